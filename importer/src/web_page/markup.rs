//! HTML to a tree in bounded time.

use crate::html::{Limits, Parsed, parse};

/// As deep as browsers go, and more nodes than any page of news has.
const LIMITS: Limits = Limits { depth: 512, formatting: 20, nodes: 250_000 };

/// The tree of a document; `None` when it is deeper or larger than pages are.
pub(super) fn document(source: &str) -> Option<Parsed> {
    Some(parse(source, true, LIMITS)).filter(|parsed| !parsed.is_deep && !parsed.is_too_much)
}

/// The markup of a tree: as it was, unless other parsers would take long for it.
pub(super) fn source_of(parsed: &Parsed, source: String) -> String {
    if parsed.is_regular() { source } else { parsed.html.html() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_any_encoding_length_are_whole() {
        let page = format!("<p>{}</p><h1>end</h1>", "ü月🌙x".repeat(5_000));
        let html = document(&page).unwrap().html;
        assert_eq!(html.root_element().text().collect::<String>().chars().count(), 20_003);
    }

    #[test]
    fn trees_that_would_take_long_are_none() {
        assert!(document(&"<div>".repeat(1_000_000)).is_none());
        assert!(document(&"<p>".repeat(1_000_000)).is_none());
        assert!(document(&"<div>".repeat(400)).is_some());
    }

    #[test]
    fn formatting_that_nobody_closes_is_not_repeated_without_end() {
        let formats: String = (0..100_000).map(|index| format!("<b x={index}><p>x")).collect();
        assert!(document(&formats).is_none_or(|parsed| !parsed.is_regular()));
    }
}
