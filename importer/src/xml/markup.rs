//! Elements to HTML that a sanitiser reads next: every element is closed, every value quoted.

use super::Node;

/// Elements that HTML never closes.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Writes what is in an XHTML element, and the element itself when it is not the page or its body.
pub(crate) fn copy(node: Node<'_>, out: &mut String) {
    if let Some(text) = node.text().filter(|_| node.is_text()) {
        return push_text(out, text);
    }
    if !node.is_element() {
        return;
    }
    let name = node.tag_name().name();
    let is_frame = matches!(name, "html" | "body");
    let is_on_page = node.parent().is_some_and(|parent| parent.tag_name().name() == "body");
    // The header of a page says what the item has said already; notes are for editors.
    if name == "head" || (name == "header" && is_on_page) || is_note(node) {
        return;
    }
    if !is_frame {
        let attributes = node.attributes().filter(|attribute| attribute.namespace().is_none());
        open(out, name, attributes.map(|attribute| (attribute.name(), attribute.value())));
    }
    if !VOID.contains(&name) {
        node.children().for_each(|child| copy(child, out));
        if !is_frame {
            close(out, name);
        }
    }
}

/// Whether an element is marked as not to be published, as agencies do for notes and contacts below their texts.
fn is_note(node: Node<'_>) -> bool {
    let classes = node.attribute("class").unwrap_or_default();
    classes.split_whitespace().any(|class| class == "notepad" || class.ends_with("nonpublic"))
}

/// Writes a start tag.
pub(crate) fn open<'a>(out: &mut String, name: &str, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) {
    out.push('<');
    out.push_str(name);
    for (name, value) in attributes {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        push_text(out, value);
        out.push('"');
    }
    out.push('>');
}

/// Writes an end tag.
pub(crate) fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Writes text.
pub(crate) fn push_text(out: &mut String, text: &str) {
    out.push_str(&crate::html::escaped(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_elements_do_not_swallow_what_follows() {
        let text = "<html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body><p/>a<br/>&lt;b&gt;\
                    <a href='?a&amp;b=\"'>c</a><!-- d --></body></html>";
        let document = super::super::parse(text).unwrap();
        let mut html = String::new();
        copy(document.root_element(), &mut html);
        assert_eq!(html, "<p></p>a<br>&lt;b&gt;<a href=\"?a&amp;b=&quot;\">c</a>");
    }

    #[test]
    fn headers_of_pages_and_notes_to_editors_are_left_out() {
        let text = "<html><body><header><ul><li>code</li></ul><h1>H</h1></header><section class='main'><p>a</p>\
                    <section class='np-nonpublic'>+1 555</section></section><section class='notepad'>+1 555</section>\
                    </body></html>";
        let document = super::super::parse(text).unwrap();
        let mut html = String::new();
        copy(document.root_element(), &mut html);
        assert_eq!(html, "<section class=\"main\"><p>a</p></section>");
    }
}
