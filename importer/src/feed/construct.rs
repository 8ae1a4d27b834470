//! Texts, by the rules of the vocabulary that they are of.

use base64::Engine as _;

use super::{
    entry::{Text, has_tag},
    xml::{Element, Space},
};

/// A text by the rules of its vocabulary.
pub(super) fn text_of(element: &Element) -> Option<Text> {
    let (value, is_html) = if element.space == Space::Atom {
        construct(element)?
    } else {
        // RSS does not say, and the `type` of Media RSS is seldom right.
        (element.html()?, true)
    };
    if value.trim().is_empty() {
        return None;
    }
    let language = element.language.as_deref().map(str::to_owned);
    Some(Text { value, is_html, base: element.base.clone(), language })
}

/// A text construct of Atom 1.0 (`type`) and 0.3 (`type` and `mode`).
fn construct(element: &Element) -> Option<(String, bool)> {
    let media_type = element.attribute("type").unwrap_or("text").to_ascii_lowercase();
    let is_xml = media_type == "xhtml" || media_type.ends_with("+xml") || media_type.ends_with("/xml");
    let is_html = media_type == "html" || media_type.starts_with("text/html") || is_xml;
    let has_elements = element.elements().next().is_some();
    let base64 = |text: String| {
        let packed: String = text.split_whitespace().collect();
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).ok()?).ok()
    };
    Some(match element.attribute("mode") {
        Some("base64") => {
            let text = base64(element.text()?)?;
            let is_html = is_html || (element.attribute("type").is_none() && has_tag(&text));
            (text, is_html)
        }
        Some("escaped") => (element.text()?, is_html),
        Some("xml") if has_elements => (element.inner_html(), true),
        _ if is_xml => (element.inner_html(), true),
        _ if is_html => (element.inner_escaped_html(), true),
        // Markup in what is said to be plain text.
        _ if has_elements => (element.inner_html(), true),
        _ if media_type == "text" || media_type.starts_with("text/") || media_type == "plain" => {
            (element.text()?, false)
        }
        _ => {
            let text = element.text()?;
            let decoded = base64(text)?;
            let is_html = has_tag(&decoded);
            (decoded, is_html)
        }
    })
}
