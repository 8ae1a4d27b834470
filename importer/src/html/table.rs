//! Which tables hold data, and which lay out a page: mails and old sites do that.

use scraper::node::Element;

use super::NodeOf;
use crate::draft::Cell;

/// A table while it is read.
#[derive(Default)]
pub(super) struct Table {
    pub(super) caption: Option<String>,
    pub(super) header: Vec<Vec<Cell>>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Elements that begin a line of their own.
pub(super) fn stands_apart(name: &str) -> bool {
    matches!(name, "p" | "div" | "ul" | "ol" | "li" | "blockquote" | "pre" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Whether the table holds data: it names columns or rows, or has several columns of short texts. One with a table inside, or with what only
/// stands between the paragraphs of a text, lays out a page.
pub(super) fn is_data(table: NodeOf<'_>, element: &Element) -> bool {
    if element.attr("role").is_some_and(|role| matches!(role, "presentation" | "none")) {
        return false;
    }
    let (mut names, mut pictures, mut columns, mut paragraphs) = (false, false, 0, 0);
    for node in table.descendants().skip(1) {
        let Some(element) = node.value().as_element() else { continue };
        match element.name() {
            "table" | "figure" | "iframe" | "video" | "audio" | "blockquote" | "article" | "section" => return false,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => return false,
            "th" | "thead" | "caption" => names = true,
            "img" => pictures = true,
            _ => {}
        }
        match element.name() {
            "tr" => {
                let cells = node.children().filter(|cell| {
                    cell.value().as_element().is_some_and(|element| matches!(element.name(), "td" | "th"))
                });
                columns = columns.max(cells.count());
            }
            "td" | "th" => paragraphs = 0,
            "p" => paragraphs += 1,
            _ => {}
        }
        // Several paragraphs in a cell without any name are a text in columns.
        if paragraphs > 2 && !names {
            return false;
        }
    }
    columns > 0 && (names || (columns > 1 && !pictures))
}
