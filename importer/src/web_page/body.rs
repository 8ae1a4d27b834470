//! The text of an article: as its metadata states it, or what is to be read in the page itself.

use std::collections::HashMap;

use dom_smoothie::{Config, Readability};
use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Node, Selector};
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

/// Elements that may be the article; a page with more is a list.
const MARKED: usize = 20;

/// Words that a text may have beside those that are stated: headings, lists and what stands under pictures.
const EXTRA: usize = 80;

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

/// Searches the page for its main text; `is_stated` is whether it says that it is an article.
pub(super) fn readable(page: &Html, source: &str, base: Option<&Url>, is_stated: bool) -> Readable {
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
        return short(page, base, is_stated);
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
    let blocks = found.map(|found| html::blocks(&found.content, base, &mut Picture::into_image)).unwrap_or_default();
    if words(&blocks) > 0 { Readable::Blocks(blocks) } else { short(page, base, is_stated) }
}

/// The text of a page that has too little of it for a search: flashes have a line or two. It stands in what is marked as the article, else
/// in the paragraphs of a page that says that it is one.
fn short(page: &Html, base: Option<&Url>, is_stated: bool) -> Readable {
    let marked = Selector::parse("[itemprop~=articleBody], article, main, [role=main]").expect("a literal");
    let paragraphs = Selector::parse("p, h2, h3, h4, ul, ol, blockquote, figure, table").expect("a literal");
    let no_text =
        ["nav", "header", "footer", "aside", "form", "noscript", "template", "li", "blockquote", "figure", "table"];
    let pieces = |root: ElementRef<'_>| {
        let is_text = |piece: &ElementRef<'_>| {
            let around =
                piece.ancestors().take_while(|ancestor| ancestor.id() != root.id()).filter_map(ElementRef::wrap);
            !around.into_iter().any(|ancestor| no_text.contains(&ancestor.value().name()))
        };
        let pieces: String = root.select(&paragraphs).filter(is_text).map(|piece| piece.html()).collect();
        html::blocks(&pieces, base, &mut Picture::into_image)
    };
    // The most exact mark first: what is inside of others.
    let mut roots: Vec<ElementRef<'_>> = page.select(&marked).take(MARKED).collect();
    roots.sort_by_key(|root| match root.value().name() {
        _ if root.attr("itemprop").is_some() => 0,
        "article" => 1,
        _ => 2,
    });
    let mut found = roots.into_iter().map(pieces).find(|blocks| words(blocks) > 0);
    if found.is_none() && is_stated {
        found = Some(pieces(page.root_element())).filter(|blocks| words(blocks) > 0);
    }
    found.map_or(Readable::Nothing, Readable::Blocks)
}

/// The blocks of the page when they hold the text that is stated, without what stands around it.
pub(super) fn same(stated: &[Block], shown: Vec<Block>) -> Option<Vec<Block>> {
    let mut wanted: HashMap<String, usize> = HashMap::new();
    for token in stated.iter().flat_map(|block| tokens(&block.text())) {
        *wanted.entry(token).or_default() += 1;
    }
    let count: usize = wanted.values().sum();
    // How much of each block is in the text.
    let mut left = wanted.clone();
    let shares: Vec<(usize, usize)> = shown
        .iter()
        .map(|block| {
            let tokens = tokens(&block.text());
            let known = tokens.iter().filter(|token| match left.get_mut(*token) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    true
                }
                _ => false,
            });
            (known.count(), tokens.len())
        })
        .collect();
    let is_of_it = |(known, all): &(usize, usize)| *all > 0 && known * 3 >= all * 2;
    let mut first = shares.iter().position(is_of_it)?;
    let last = shares.iter().rposition(is_of_it)?;
    // Pictures right above the text are its own.
    while first > 0 && shares[first - 1].1 == 0 {
        first -= 1;
    }
    let end = shares[last + 1..].iter().position(|(_, all)| *all > 0).map_or(shares.len(), |next| last + 1 + next);
    let (known, all) = shares[first..end].iter().fold((0, 0), |(known, all), share| (known + share.0, all + share.1));
    let is_same = known * 10 >= count * 9 && all <= count * 2 + EXTRA;
    is_same.then(|| shown.into_iter().skip(first).take(end - first).collect())
}

/// Words; in scripts that write none apart, signs.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for sign in text.chars().flat_map(char::to_lowercase).chain([' ']) {
        let is_apart = ('\u{2e80}'..='\u{ffdc}').contains(&sign) || ('\u{e00}'..='\u{eff}').contains(&sign);
        if sign.is_alphanumeric() && !is_apart {
            word.push(sign);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if is_apart && sign.is_alphanumeric() {
            tokens.push(sign.to_string());
        }
    }
    tokens
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
