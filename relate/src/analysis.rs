//! A text as it is read once: its terms with their weights, and a sketch that tells copies.

use std::collections::HashMap;

use crate::{language::words, sketch::Sketch, term::Term};

/// Words of the body that count: news says first what matters most.
const BODY_WORDS: usize = 400;

/// Characters after which a word is counted as two.
const LONG_WORD: usize = 30;

/// Topics of an article that count, in editorial order.
const TOPICS: usize = 16;

/// What is compared of an article.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text<'t> {
    /// BCP 47 tag.
    pub language: &'t str,
    /// Headline.
    pub headline: &'t str,
    /// Standfirst.
    pub standfirst: &'t str,
    /// Body, as plain text.
    pub body: &'t str,
}

/// A text that has been read.
#[derive(Clone, Debug)]
pub struct Analysis {
    pub(crate) language: String,
    /// Terms with their weights in this text alone.
    pub(crate) terms: HashMap<Term, f32>,
    /// Keys of topics, in editorial order.
    pub(crate) topics: Vec<i64>,
    pub(crate) sketch: Sketch,
}

impl Analysis {
    /// Reads a text about `topics`.
    pub fn new(text: Text<'_>, topics: &[i64]) -> Self {
        let words = words(text.language);
        let headline = words.stems(text.headline);
        let standfirst = words.stems(text.standfirst);
        let body: Vec<String> = words.stems(first_words(text.body, BODY_WORDS));
        let mut counts: HashMap<&str, [u16; 3]> = HashMap::new();
        for (field, stems) in [&headline, &standfirst, &body].into_iter().enumerate() {
            for stem in stems {
                counts.entry(stem).or_default()[field] += 1;
            }
        }
        let weight = |[headline, standfirst, body]: [u16; 3]| {
            2.0 * f32::from(headline.min(1)) + f32::from(standfirst.min(1)) + (1.0 + f32::from(body)).log2() * 0.5
        };
        let terms =
            counts.into_iter().map(|(stem, count)| (Term::stem(&words.language, stem), weight(count))).collect();
        let sketch = Sketch::of(headline.iter().chain(&standfirst).chain(&body).map(String::as_str));
        Self { language: words.language.clone(), terms, topics: topics.iter().copied().take(TOPICS).collect(), sketch }
    }

    /// Every term whose articles are to be counted: what [`Statistics`](crate::Statistics) are made of.
    pub fn counted(&self) -> impl Iterator<Item = Term> {
        let articles = [Term::articles(&self.language), Term::articles("")];
        self.terms.keys().copied().chain(self.topics()).chain(articles)
    }

    /// Those of them that are topics.
    pub fn topics(&self) -> impl Iterator<Item = Term> {
        self.topics.iter().map(|topic| Term::topic(*topic))
    }
}

/// The first words of a text, counted in white space; a text of a script without spaces is cut by its length.
fn first_words(text: &str, count: usize) -> &str {
    let mut since = 0;
    let mut ends = text.char_indices().filter_map(|(place, character)| {
        since += 1;
        let ends = character.is_whitespace() || since > LONG_WORD;
        ends.then(|| {
            since = 0;
            place
        })
    });
    ends.nth(count).map_or(text, |end| &text[..end])
}
