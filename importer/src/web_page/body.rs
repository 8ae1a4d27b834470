//! The text of an article: as its metadata states it, or what is to be read in the page itself.

use dom_smoothie::{Config, Readability};
use ego_tree::iter::Edge;
use scraper::{Html, Node};
use url::Url;

use super::{markup, page};
use crate::{
    draft::Block,
    html::{self, Picture},
    text,
};

/// Characters that a page needs for a search for its text to be worth while.
const LENGTH: usize = 250;

/// The most that the depths of all nodes may come to: the search looks from each node up and down. No editor makes more.
const EFFORT: usize = 5_000_000;

/// Classes that tell what a block is.
const CLASSES: [&str; 11] = [
    "instagram-media",
    "read-more",
    "readmore",
    "reddit-card",
    "reddit-embed-bq",
    "related",
    "see-also",
    "tiktok-embed",
    "twitter-tweet",
    "twitter-video",
    "pullquote",
];

/// The blocks of a text with or without markup.
pub(super) fn blocks(body: &str, base: Option<&Url>) -> Vec<Block> {
    if has_markup(body) {
        return of_markup(body, base);
    }
    let lines: Vec<String> = body.lines().map(|line| page::plain(line).unwrap_or_default()).collect();
    let text = lines.join("\n");
    if has_markup(&text) { of_markup(&text, base) } else { html::blocks_of_text(&text) }
}

fn of_markup(body: &str, base: Option<&Url>) -> Vec<Block> {
    if markup::document(body).is_none() {
        return Vec::new();
    }
    html::blocks(body, base, &mut Picture::into_image)
}

fn has_markup(text: &str) -> bool {
    ["</p>", "</div>", "</a>", "</h2>", "</li>", "</strong>", "<br", "<p>"].iter().any(|tag| text.contains(tag))
}

/// What can be read in a page.
pub(super) enum Readable {
    /// The blocks of its main text.
    Blocks(Vec<Block>),
    /// It holds metadata alone.
    Nothing,
    /// It is too large or too deep.
    TooLarge,
}

/// Searches the page for its main text.
pub(super) fn readable(page: &Html, source: &str, base: Option<&Url>) -> Readable {
    let (mut effort, mut depth, mut length, mut code) = (0, 0_usize, 0, 0_usize);
    for edge in page.root_element().traverse() {
        let is_code = |node: &Node| {
            node.as_element().is_some_and(|element| {
                matches!(element.name(), "head" | "script" | "style" | "noscript" | "template" | "svg")
            })
        };
        match edge {
            Edge::Open(node) => {
                depth += 1;
                effort += depth;
                code += usize::from(is_code(node.value()));
                if let Some(text) = node.value().as_text().filter(|_| code == 0) {
                    length += text.trim().len();
                }
            }
            Edge::Close(node) => {
                depth -= 1;
                code -= usize::from(is_code(node.value()));
            }
        }
    }
    if length < LENGTH {
        return Readable::Nothing;
    }
    if effort > EFFORT {
        return Readable::TooLarge;
    }
    let config = Config {
        disable_json_ld: true,
        classes_to_preserve: CLASSES.iter().map(|class| (*class).to_owned()).collect(),
        ..Config::default()
    };
    let found = Readability::new(source, base.map(Url::as_str), Some(config)).and_then(|mut page| page.parse());
    match found {
        Ok(found) => Readable::Blocks(html::blocks(&found.content, base, &mut Picture::into_image)),
        Err(_) => Readable::Nothing,
    }
}

/// Number of words in blocks.
pub(super) fn words(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| text::words(&block.text())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_and_without_markup_are_read() {
        let texts = |body: &str| blocks(body, None).iter().map(Block::text).collect::<Vec<_>>();
        assert_eq!(texts("One.\n\nTwo &amp; three."), ["One.", "Two & three."]);
        assert_eq!(texts("<p>One.</p><p>Two &amp; three.</p>"), ["One.", "Two & three."]);
        assert_eq!(texts("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;"), ["One.", "Two."]);
        assert_eq!(texts("1 < 2 and 3 > 2"), ["1 < 2 and 3 > 2"]);
    }
}
