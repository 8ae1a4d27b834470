//! What was found, marked in the texts it was found in.

use async_graphql::{Enum, SimpleObject};
use entity::{
    article::Card,
    block::{Block, Blocks},
};

use super::{query::Word, script::terms};
use crate::scalar::Html;

/// The part of an article that something was found in.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum HighlightField {
    /// The headline.
    Headline,
    /// The standfirst.
    Standfirst,
    /// The text.
    Body,
}

/// Pieces of an article with the words that were found.
#[derive(SimpleObject)]
pub(crate) struct Highlight {
    /// The part of the article.
    field: HighlightField,
    /// Pieces of it, in their order, the words that were found inside `<mark>`: the whole headline or standfirst, or up to three pieces of
    /// the text.
    fragments: Vec<Html>,
}

/// Words before and behind a word that was found.
const AROUND: usize = 12;
/// Most pieces of a text.
const MOST_FRAGMENTS: usize = 3;

impl Highlight {
    /// Of each part of an article in which a word `is_found`.
    pub(super) fn all(card: &Card, body: &Blocks, is_found: impl Fn(&str) -> bool) -> Vec<Self> {
        let whole = |field, text: &str| {
            let words: Vec<Word> = terms(text);
            let found: Vec<usize> = found(&words, &is_found);
            (!found.is_empty()).then(|| Self { field, fragments: vec![marked(text, &words, &found, 0..words.len())] })
        };
        let headline = whole(HighlightField::Headline, &card.headline);
        let standfirst = card.standfirst.as_deref().and_then(|text| whole(HighlightField::Standfirst, text));
        let fragments: Vec<Html> =
            texts(body).flat_map(|text| fragments(text, &is_found)).take(MOST_FRAGMENTS).collect();
        let text = (!fragments.is_empty()).then_some(Self { field: HighlightField::Body, fragments });
        headline.into_iter().chain(standfirst).chain(text).collect()
    }
}

fn texts(body: &Blocks) -> impl Iterator<Item = &str> {
    body.0.iter().flat_map(Block::texts)
}

fn found(words: &[Word], is_found: &impl Fn(&str) -> bool) -> Vec<usize> {
    words.iter().enumerate().filter(|(_, word)| is_found(&word.folded)).map(|(index, _)| index).collect()
}

/// The pieces of a paragraph around what was found in it.
fn fragments(text: &str, is_found: &impl Fn(&str) -> bool) -> Vec<Html> {
    let words: Vec<Word> = terms(text);
    let found = found(&words, is_found);
    let mut spans: Vec<std::ops::Range<usize>> = Vec::new();
    for &index in &found {
        let span = index.saturating_sub(AROUND)..(index + AROUND + 1).min(words.len());
        let shown = spans.last().map_or(0, |last| last.end);
        match spans.last_mut() {
            Some(last) if span.start <= last.end && index - last.start < 3 * AROUND => last.end = span.end,
            _ if index < shown => {}
            _ => spans.push(span.start.max(shown)..span.end),
        }
    }
    spans.into_iter().take(MOST_FRAGMENTS).map(|span| marked(text, &words, &found, span)).collect()
}

/// The words of `span` with what is between them, those that were found marked.
fn marked(text: &str, words: &[Word], found: &[usize], span: std::ops::Range<usize>) -> Html {
    let start = if span.start == 0 { 0 } else { words[span.start].start };
    let end = if span.end == words.len() { text.len() } else { words[span.end - 1].end };
    let mut html = String::with_capacity(end - start + 32);
    if start > 0 {
        html.push_str("… ");
    }
    // Two letters of a script without spaces have one of them in common with the next.
    let mut marked: Vec<std::ops::Range<usize>> = Vec::new();
    for word in found.iter().filter(|index| span.contains(index)).map(|index| &words[*index]) {
        match marked.last_mut() {
            Some(last) if word.start < last.end => last.end = word.end.max(last.end),
            _ => marked.push(word.start..word.end),
        }
    }
    let mut at = start;
    for range in marked {
        html_escape::encode_text_to_string(&text[at..range.start], &mut html);
        html.push_str("<mark>");
        html_escape::encode_text_to_string(&text[range.clone()], &mut html);
        html.push_str("</mark>");
        at = range.end;
    }
    let end = end.max(at);
    html_escape::encode_text_to_string(&text[at..end], &mut html);
    if end < text.len() {
        html.push_str(" …");
    }
    Html(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str, word: &str) -> Vec<String> {
        fragments(text, &|found: &str| found == word).into_iter().map(|html| html.0).collect()
    }

    #[test]
    fn what_was_found_is_marked_and_everything_else_is_escaped() {
        assert_eq!(
            marks("A <b>Bank</b> & a bank.", "bank"),
            ["A &lt;b&gt;<mark>Bank</mark>&lt;/b&gt; &amp; a <mark>bank</mark>."]
        );
        assert_eq!(marks("Nothing.", "bank"), Vec::<String>::new());
    }

    #[test]
    fn a_long_text_is_cut_around_each_word_and_nothing_is_shown_twice() {
        let filler = "word ".repeat(30);
        let text = format!("{filler}bank {filler}bank {filler}");
        let pieces = marks(&text, "bank");
        assert_eq!(pieces.len(), 2);
        for piece in pieces {
            assert_eq!(piece.matches("<mark>bank</mark>").count(), 1, "{piece}");
            assert!(piece.starts_with("… word") && piece.ends_with("word …"), "{piece}");
        }
        let dense = marks(&"bank ".repeat(200), "bank");
        assert!(dense.len() <= 3 && dense.iter().all(|piece| piece.matches("<mark>").count() <= 60), "{dense:?}");
    }
}
