//! A bound for markup before it is parsed: the algorithm of HTML takes time and memory with the square of the depth, and what nests
//! formatting without closing it is repeated in each paragraph.

use std::borrow::Cow;

/// Deeper than any editor nests elements.
const DEPTH: usize = 200;

/// Deeper than any editor nests formatting.
const FORMATTING: usize = 10;

/// More white space than the attributes of any element have.
const ATTRIBUTES: usize = 2_000;

/// Markup without the tags that open an element too deep, or have more attributes than any element.
pub(crate) fn shallow(html: &str) -> Cow<'_, str> {
    let (mut kept, mut from) = (String::new(), 0);
    let (mut depth, mut formatting) = (0_usize, 0_usize);
    let mut at = 0;
    while let Some(start) = html[at..].find('<').map(|found| at + found) {
        at = start + 1;
        let rest = &html[at..];
        let is_end = rest.starts_with('/');
        let name: String = rest
            .trim_start_matches('/')
            .chars()
            .take(12)
            .take_while(|sign| sign.is_ascii_alphanumeric())
            .map(|sign| sign.to_ascii_lowercase())
            .collect();
        if name.is_empty() || closes_itself(&name) {
            continue;
        }
        let (open, limit) = if is_formatting(&name) { (&mut formatting, FORMATTING) } else { (&mut depth, DEPTH) };
        if is_end {
            *open = open.saturating_sub(1);
            continue;
        }
        let end = rest.find('>').map_or(html.len(), |end| at + end + 1);
        let is_wide = html[start..end].bytes().filter(u8::is_ascii_whitespace).nth(ATTRIBUTES).is_some();
        if *open >= limit || is_wide {
            kept.push_str(&html[from..start]);
            from = end;
        } else {
            *open += 1;
        }
        // What looks like a tag in it is none.
        at = end;
    }
    if from == 0 {
        return Cow::Borrowed(html);
    }
    kept.push_str(&html[from..]);
    Cow::Owned(kept)
}

/// Elements that hold nothing, or that the next one of their kind closes.
fn closes_itself(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "br"
            | "col"
            | "dd"
            | "dt"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "li"
            | "link"
            | "meta"
            | "option"
            | "p"
            | "param"
            | "source"
            | "td"
            | "th"
            | "tr"
            | "track"
            | "wbr"
    )
}

fn is_formatting(name: &str) -> bool {
    matches!(
        name,
        "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike" | "strong" | "tt" | "u"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_as_editors_write_it_is_left_alone() {
        let html = "<div><p>One<p>Two <b>bold</b> <br> 1 < 2 <img src='a.jpg' alt='x > y'></div>".repeat(500);
        assert_eq!(shallow(&html), html);
    }

    #[test]
    fn tags_that_are_too_deep_are_left_out() {
        let deep = format!("{}text{}", "<div>".repeat(1_000), "</div>".repeat(1_000));
        assert_eq!(shallow(&deep).matches("<div>").count(), DEPTH);
        let bold = shallow("<b>").repeat(40) + "<p>text</p>";
        assert_eq!(shallow(&bold), "<b>".repeat(FORMATTING) + "<p>text</p>");
        let wide = format!("<p>text <a {}>link</a>", "x ".repeat(5_000));
        assert_eq!(shallow(&wide), "<p>text link</a>");
        assert_eq!(shallow(&"<a".repeat(500_000)).len(), 1_000_000);
    }
}
