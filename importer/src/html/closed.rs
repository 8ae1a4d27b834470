//! Tags that editors close in themselves, as `<iframe src="…"/>`, or not at all. Parsers of HTML take all text behind them for their content.

use std::borrow::Cow;

/// Elements whose content is no text of the article; those of other sites' media are closed also where nothing closes them.
const NAMES: [(&str, bool); 14] = [
    ("iframe", true),
    ("video", true),
    ("audio", true),
    ("object", true),
    ("canvas", true),
    ("script", false),
    ("style", false),
    ("title", false),
    ("textarea", false),
    ("noscript", false),
    ("noembed", false),
    ("button", false),
    ("select", false),
    ("form", false),
];

struct Tag {
    name: usize,
    /// Behind it.
    end: usize,
    is_start: bool,
    is_closed: bool,
}

/// The markup with end tags behind those that have none.
pub(crate) fn closed(html: &str) -> Cow<'_, str> {
    let tags = tags(html);
    // What follows of the same name.
    let mut next: [Option<bool>; NAMES.len()] = [None; NAMES.len()];
    let mut missing = Vec::new();
    for tag in tags.iter().rev() {
        if tag.is_start && next[tag.name] != Some(false) && (tag.is_closed || NAMES[tag.name].1) {
            missing.push((tag.end, NAMES[tag.name].0));
        }
        next[tag.name] = Some(tag.is_start);
    }
    if missing.is_empty() {
        return Cow::Borrowed(html);
    }
    let mut whole = String::with_capacity(html.len() + missing.len() * 12);
    let mut from = 0;
    for (end, name) in missing.into_iter().rev() {
        whole.push_str(&html[from..end]);
        whole.push_str("</");
        whole.push_str(name);
        whole.push('>');
        from = end;
    }
    whole.push_str(&html[from..]);
    Cow::Owned(whole)
}

fn tags(html: &str) -> Vec<Tag> {
    let bytes = html.as_bytes();
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(|byte| *byte == b'<').map(|found| at + found) {
        at = start + 1;
        let is_start = bytes.get(at) != Some(&b'/');
        let begin = if is_start { at } else { at + 1 };
        let length = bytes[begin.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let Some(name) = html.get(begin..begin + length) else { continue };
        let Some(name) = NAMES.iter().position(|(known, _)| name.eq_ignore_ascii_case(known)) else { continue };
        if !bytes.get(begin + length).is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')) {
            continue;
        }
        // One that does not end takes all that follows.
        let Some((end, is_closed)) = end_of(bytes, begin + length) else { break };
        tags.push(Tag { name, end, is_start, is_closed });
        at = end;
    }
    tags
}

/// Behind a tag whose attributes begin at a place, and whether it closes itself.
fn end_of(bytes: &[u8], from: usize) -> Option<(usize, bool)> {
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            // Within a value, quotation marks are signs like others.
            (None, b'"' | b'\'')
                if bytes[from..at].iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'=') =>
            {
                quote = Some(*byte);
            }
            (None, b'>') => return Some((at + 1, bytes[at - 1] == b'/')),
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_that_nothing_closes_are_closed_where_they_begin() {
        for (html, expected) in [
            ("a <iframe src=\"x\"/> b", "a <iframe src=\"x\"/></iframe> b"),
            ("a <IFRAME src='x' /> b", "a <IFRAME src='x' /></iframe> b"),
            ("a <iframe src=x> b", "a <iframe src=x></iframe> b"),
            ("a <iframe src=x/> b <iframe src=y></iframe>", "a <iframe src=x/></iframe> b <iframe src=y></iframe>"),
            ("a <video src=x/> b <script src=y /> c", "a <video src=x/></video> b <script src=y /></script> c"),
            ("<iframe title='a > b' src=x/>c", "<iframe title='a > b' src=x/></iframe>c"),
        ] {
            assert_eq!(closed(html), expected);
        }
        for same in [
            "a <iframe src=x></iframe> b",
            "<iframe src=x/></iframe>",
            "<video><source src=x/>none</video>",
            "<script>if (a < b) c</script>",
            "<script>cut",
            "<iframed/> <p/> <img/>",
            "<iframe",
            "<",
            "</",
        ] {
            assert_eq!(closed(same), same);
        }
    }
}
