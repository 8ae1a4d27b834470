//! What is kept of an article: its most telling terms, in a few hundred bytes.

use std::collections::HashMap;

use crate::{analysis::Analysis, sketch::Sketch, term::Term};

/// Terms that are kept of an article.
const KEPT: usize = 32;

/// Terms that candidates are looked for by.
const ASKED: usize = 16;

/// Terms of fewer articles than about this tell no more for being rarer: many are slips and names of chance.
const RARE: f32 = 4.0;

/// The square root, for each text of a pair: in their product how telling a term is counts once, as in BM25.
const DAMPED: f32 = 0.5;

/// In how many articles terms stand.
#[derive(Clone, Debug, Default)]
pub struct Statistics(HashMap<Term, u64>);

impl Statistics {
    /// From counts of [`Analysis::counted`].
    pub fn new(counts: impl IntoIterator<Item = (Term, u64)>) -> Self {
        Self(counts.into_iter().collect())
    }

    /// Adds an article.
    pub fn add(&mut self, analysis: &Analysis) {
        for term in analysis.counted() {
            *self.0.entry(term).or_default() += 1;
        }
    }

    /// How many articles have a term.
    pub fn count(&self, term: Term) -> u64 {
        self.0.get(&term).copied().unwrap_or_default()
    }

    /// How much a term tells among the articles that `all` counts: 1 when each has it, more the fewer have it.
    fn telling(&self, term: Term, all: Term) -> f32 {
        let (all, with) = (self.count(all) as f32, self.count(term) as f32);
        1.0 + ((all + RARE) / (with + RARE)).ln().max(0.0)
    }
}

/// What is kept of an article to compare it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Counts the articles of its language: only those of one language are compared.
    language: Term,
    /// Its most telling terms, the most telling first: a vector of length 1.
    pub(crate) terms: Vec<(Term, f32)>,
    /// Keys of its topics, each with how much it tells.
    pub(crate) topics: Vec<(i64, f32)>,
    pub(crate) sketch: Sketch,
}

impl Profile {
    /// The profile of a text, in an archive of which `statistics` are known.
    pub fn new(analysis: &Analysis, statistics: &Statistics) -> Self {
        let language = Term::articles(&analysis.language);
        let weight = |(term, weight): (&Term, &f32)| (*term, weight * statistics.telling(*term, language).powf(DAMPED));
        let mut terms: Vec<(Term, f32)> = analysis.terms.iter().map(weight).collect();
        terms.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        terms.truncate(KEPT);
        normalise(&mut terms);
        let all = Term::articles("");
        let topics = analysis.topics.iter();
        let topics = topics.map(|topic| (*topic, statistics.telling(Term::topic(*topic), all) - 1.0)).collect();
        Self { language, terms, topics, sketch: analysis.sketch.clone() }
    }

    /// Its topics, as they are counted.
    pub fn topics(&self) -> impl Iterator<Item = Term> {
        self.topics.iter().map(|(topic, _)| Term::topic(*topic))
    }

    /// What the article is found by: its terms and topics with their weights.
    pub fn features(&self) -> impl Iterator<Item = (Term, f32)> {
        self.terms.iter().copied().chain(self.topic_features())
    }

    /// What candidates for the article are looked for by: its most telling features with their weights.
    pub fn query(&self) -> impl Iterator<Item = (Term, f32)> {
        self.terms.iter().take(ASKED).copied().chain(self.topic_features())
    }

    /// Topics are the same in all languages, but readers want to read on in theirs.
    fn topic_features(&self) -> impl Iterator<Item = (Term, f32)> {
        let length = self.topics.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        self.topics.iter().map(move |(topic, weight)| (Term::topic(self.language.0 ^ *topic), weight / length))
    }

    /// Whether one is a copy of the other: the same report, printed twice.
    pub fn is_copy(&self, other: &Self) -> bool {
        self.sketch.is_copy(&other.sketch)
    }

    /// In bytes, to be kept.
    pub fn encode(&self) -> Vec<u8> {
        let sketch = self.sketch.values();
        let mut bytes = Vec::with_capacity(12 + 12 * (self.terms.len() + self.topics.len()) + 2 * sketch.len());
        bytes.push(FORMAT);
        bytes.extend(self.language.0.to_le_bytes());
        for list in [&self.terms.iter().map(|(term, weight)| (term.0, *weight)).collect(), &self.topics] {
            bytes.push(u8::try_from(list.len()).expect("few are kept"));
            for (key, weight) in list {
                bytes.extend(key.to_le_bytes());
                bytes.extend(weight.to_le_bytes());
            }
        }
        bytes.push(u8::try_from(sketch.len()).expect("a sketch is short"));
        sketch.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        bytes
    }

    /// From bytes of [`Self::encode`]; `None` when another version of the program wrote them.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes.strip_prefix(&[FORMAT])?;
        let language = Term(i64::from_le_bytes(take(&mut bytes)?));
        let mut lists = [Vec::new(), Vec::new()];
        for list in &mut lists {
            for _ in 0..take::<1>(&mut bytes)?[0] {
                list.push((i64::from_le_bytes(take(&mut bytes)?), f32::from_le_bytes(take(&mut bytes)?)));
            }
        }
        let mut sketch = Vec::new();
        for _ in 0..take::<1>(&mut bytes)?[0] {
            sketch.push(u16::from_le_bytes(take(&mut bytes)?));
        }
        let [terms, topics] = lists;
        let terms = terms.into_iter().map(|(term, weight)| (Term(term), weight)).collect();
        bytes.is_empty().then(|| Self { language, terms, topics, sketch: Sketch::from_values(sketch) })
    }

    /// Its vector, sorted by term.
    pub(crate) fn vector(&self) -> Vec<(Term, f32)> {
        let mut vector = self.terms.clone();
        vector.sort_by_key(|(term, _)| *term);
        vector
    }
}

/// Changes when what is kept, or how texts are read, changes: then everything is read anew.
const FORMAT: u8 = 1;

fn take<const SIZE: usize>(bytes: &mut &[u8]) -> Option<[u8; SIZE]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

/// Makes the length of a vector 1.
pub(crate) fn normalise(vector: &mut [(Term, f32)]) {
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    #[test]
    fn a_profile_is_kept_in_bytes_and_bytes_of_another_format_are_none() {
        let text = Text {
            language: "en",
            headline: "Treaty signed",
            body: &"words and more words ".repeat(90),
            ..Text::default()
        };
        let analysis = Analysis::new(text, &[7, 9]);
        let mut statistics = Statistics::default();
        statistics.add(&analysis);
        let profile = Profile::new(&analysis, &statistics);
        let mut bytes = profile.encode();
        assert_eq!(Profile::decode(&bytes), Some(profile));
        assert_eq!(Profile::decode(&bytes[..bytes.len() - 1]), None);
        bytes[0] = 0;
        assert_eq!(Profile::decode(&bytes), None);
        assert_eq!(Profile::decode(&[]), None);
    }

    #[test]
    fn the_first_article_of_an_archive_has_terms_too() {
        let analysis = Analysis::new(Text { language: "en", headline: "Treaty signed", ..Text::default() }, &[]);
        let profile = Profile::new(&analysis, &Statistics::default());
        assert_eq!(profile.features().filter(|(_, weight)| *weight > 0.0).count(), 2);
    }

    #[test]
    fn the_fewer_articles_have_a_term_the_more_it_tells() {
        let texts = ["Oil prices rise", "Oil exports rise", "Oil tanker waits", "Oil glut waits", "Museum waits"];
        let analyses = texts.map(|headline| Analysis::new(Text { language: "en", headline, ..Text::default() }, &[]));
        let mut statistics = Statistics::default();
        analyses.iter().for_each(|analysis| statistics.add(analysis));
        let profile = Profile::new(&analyses[0], &statistics);
        assert_eq!(profile.terms[0].0, Term::stem("en", "price"));
        assert_eq!(profile.terms[2].0, Term::stem("en", "oil"));
    }
}
