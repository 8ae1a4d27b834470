//! HTML to a tree in bounded time: the parser needs time by the depth of the tree for each of its nodes.

use html5ever::{ParseOpts, driver, tendril::TendrilSink as _};
use scraper::{Html, HtmlTreeSink};

/// Browsers go no deeper.
const DEPTH: usize = 512;

/// More than any page of news has.
const NODES: usize = 250_000;

/// Nodes that show how deep the parser is; a single one may stand elsewhere.
const LATEST: usize = 64;

/// Bytes between two looks at the tree.
const PIECE: usize = 4096;

/// The tree of a document; `None` when it is deeper or larger than pages are.
pub(super) fn document(source: &str) -> Option<Html> {
    let mut parser = driver::parse_document(HtmlTreeSink::new(Html::new_document()), ParseOpts::default());
    let mut rest = source;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.floor_char_boundary(PIECE));
        rest = behind;
        parser.process(piece.into());
        let html = parser.tokenizer.sink.sink.0.borrow();
        let nodes = html.tree.nodes();
        let count = nodes.len();
        let latest = nodes.rev().take(LATEST);
        if count > NODES || latest.map(|node| node.ancestors().take(DEPTH + 1).count()).any(|depth| depth > DEPTH) {
            return None;
        }
    }
    Some(parser.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_any_encoding_length_are_whole() {
        let page = format!("<p>{}</p><h1>end</h1>", "ü月🌙x".repeat(5_000));
        let html = document(&page).unwrap();
        assert_eq!(html.root_element().text().collect::<String>().chars().count(), 20_003);
    }

    #[test]
    fn trees_that_would_take_long_are_none() {
        assert!(document(&"<div>".repeat(1_000_000)).is_none());
        assert!(document(&"<p>".repeat(1_000_000)).is_none());
        let formats: String = (0..100_000).map(|index| format!("<b x={index}>")).collect();
        assert!(document(&formats).is_none());
        assert!(document(&"<div>".repeat(400)).is_some());
    }
}
