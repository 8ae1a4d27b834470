//! Which of the candidates are related, and how closely.

use std::collections::HashMap;

use crate::{
    profile::{Profile, normalise},
    term::Term,
};

/// Candidates whose words an article borrows, so that it finds what is told in other words.
const FEEDBACK: usize = 20;

/// How alike a candidate is at least whose words are borrowed.
const FEEDBACK_FLOOR: f32 = 0.1;

/// How much the words of the closest weigh against its own, when they are many and close; and how much likeness is needed for that.
const LENT: f32 = 2.0;
const RESERVE: f32 = 2.0;

/// The part of the likeness that is found with borrowed words.
const BORROWED: f32 = 0.7;

/// The part of its weight that an article keeps however far away it is in time, and the days in which the rest halves.
const TIMELESS: f32 = 0.4;
const HALF_LIFE: f32 = 30.0;

/// How close a related article is at least: what is less alike shares words by chance.
pub const CLOSE: f32 = 0.2;

/// What the likeness of texts counts that share one word alone, or two: these may well mean other things.
const LONE: f32 = 0.4;
const PAIR: f32 = 0.6;

/// Topics alone make articles no more alike than this.
const TOPICS: f32 = 0.5;

/// An article that may be related.
#[derive(Clone, Debug)]
pub struct Candidate<K> {
    /// The caller's key.
    pub key: K,
    /// What is known of it.
    pub profile: Profile,
    /// Days between the two publications.
    pub days: f32,
}

/// An article that is related.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked<K> {
    /// The caller's key.
    pub key: K,
    /// From 0 to 1.
    pub score: f32,
    /// What made it so.
    pub reason: Reason,
}

/// Why an article is related.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is about the same, rare topics.
    Topics,
    /// Its text is alike.
    Text,
}

/// The candidates, the closest first.
pub fn rank<K: Copy + Ord>(article: &Profile, candidates: &[Candidate<K>]) -> Vec<Ranked<K>> {
    let vector = article.vector();
    let vectors: Vec<Vec<(Term, f32)>> = candidates.iter().map(|candidate| candidate.profile.vector()).collect();
    let shared: Vec<(f32, usize)> = vectors.iter().map(|other| shared_terms(&vector, other)).collect();
    let plain: Vec<f32> = shared.iter().map(|(product, _)| *product).collect();
    let borrowing = Borrowing::new(&vector, &vectors, &plain);
    let ranked =
        candidates.iter().zip(vectors.iter().zip(&shared)).enumerate().map(|(index, (candidate, (other, shared)))| {
            let (plain, terms) = shared;
            let few = match terms {
                1 => LONE,
                2 => PAIR,
                _ => 1.0,
            };
            let text = few * ((1.0 - BORROWED) * plain + BORROWED * borrowing.likeness(index, other));
            let topics = TOPICS * shared_topics(article, &candidate.profile);
            let score = (1.0 - (1.0 - text) * (1.0 - topics)) * damping(candidate.days);
            Ranked { key: candidate.key, score, reason: if topics > text { Reason::Topics } else { Reason::Text } }
        });
    let mut ranked: Vec<Ranked<K>> = ranked.collect();
    ranked.sort_by(|one, other| other.score.total_cmp(&one.score).then(other.key.cmp(&one.key)));
    ranked
}

fn damping(days: f32) -> f32 {
    TIMELESS + (1.0 - TIMELESS) * 0.5_f32.powf(days / HALF_LIFE)
}

/// How much of what their topics tell is shared.
fn shared_topics(one: &Profile, other: &Profile) -> f32 {
    let is_shared = |topic: i64| other.topics.iter().any(|(theirs, _)| *theirs == topic);
    let shared: f32 = one.topics.iter().filter(|(topic, _)| is_shared(*topic)).map(|(_, telling)| telling).sum();
    if shared == 0.0 {
        return 0.0;
    }
    let sum = |profile: &Profile| profile.topics.iter().map(|(_, telling)| telling).sum::<f32>();
    // What topics tell may have been counted at two moments.
    (shared / (sum(one) * sum(other)).sqrt()).min(1.0)
}

/// An article with the words of those that are closest to it (Rocchio's feedback, without a reader's judgement).
pub(crate) struct Borrowing {
    pub(crate) vector: Vec<(Term, f32)>,
    /// What each of the closest gave, in the same measure.
    given: HashMap<usize, f32>,
}

impl Borrowing {
    /// `scores` is how alike the `others` are to the article.
    pub(crate) fn new(vector: &[(Term, f32)], others: &[Vec<(Term, f32)>], scores: &[f32]) -> Self {
        let mut best: Vec<usize> = (0..others.len()).filter(|index| scores[*index] > FEEDBACK_FLOOR).collect();
        best.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]).then(one.cmp(other)));
        best.truncate(FEEDBACK);
        // Few that are hardly alike lend little.
        let total: f32 = best.iter().map(|index| scores[*index]).sum::<f32>() + RESERVE;
        let given: Vec<(usize, f32)> = best.into_iter().map(|index| (index, LENT * scores[index] / total)).collect();
        let mut sum: HashMap<Term, f32> = vector.iter().copied().collect();
        for (index, part) in &given {
            for (term, weight) in &others[*index] {
                *sum.entry(*term).or_default() += weight * part;
            }
        }
        let mut vector: Vec<(Term, f32)> = sum.into_iter().collect();
        vector.sort_by_key(|(term, _)| *term);
        let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(1.0);
        normalise(&mut vector);
        let given = given.into_iter().map(|(index, part)| (index, part / length)).collect();
        Self { vector, given }
    }

    /// How alike one of the others is, apart from what it gave itself.
    fn likeness(&self, index: usize, other: &[(Term, f32)]) -> f32 {
        let own = self.given.get(&index).copied().unwrap_or_default();
        (product(&self.vector, other) - own).max(0.0)
    }
}

/// The cosine of two vectors of length 1 that are sorted by term.
pub(crate) fn product(one: &[(Term, f32)], other: &[(Term, f32)]) -> f32 {
    shared_terms(one, other).0
}

/// The cosine, and how many terms make it.
fn shared_terms(one: &[(Term, f32)], other: &[(Term, f32)]) -> (f32, usize) {
    let (mut left, mut right, mut sum, mut count) = (0, 0, 0.0, 0);
    while let (Some((term, weight)), Some((other_term, other_weight))) = (one.get(left), other.get(right)) {
        match term.cmp(other_term) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => {
                sum += weight * other_weight;
                count += 1;
                left += 1;
                right += 1;
            }
        }
    }
    (sum, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Analysis, Statistics, Text};

    /// Ranks all but the first of the articles for the first: language, headline, topics and days between.
    fn ranked(articles: &[(&str, &str, &[i64], f32)]) -> Vec<Ranked<usize>> {
        let read = |(language, headline, topics, _): &(&str, &str, &[i64], f32)| {
            Analysis::new(Text { language, headline, ..Text::default() }, topics)
        };
        let analyses: Vec<Analysis> = articles.iter().map(read).collect();
        let mut statistics = Statistics::default();
        analyses.iter().for_each(|analysis| statistics.add(analysis));
        let profile = |analysis| Profile::new(analysis, &statistics);
        let candidates: Vec<Candidate<usize>> = articles
            .iter()
            .zip(&analyses)
            .enumerate()
            .skip(1)
            .map(|(key, (article, analysis))| Candidate { key, profile: profile(analysis), days: article.3 })
            .collect();
        rank(&profile(&analyses[0]), &candidates)
    }

    fn keys(ranked: &[Ranked<usize>]) -> Vec<usize> {
        ranked.iter().map(|ranked| ranked.key).collect()
    }

    #[test]
    fn words_are_compared_by_their_stems_in_latin_and_cyrillic_script() {
        for articles in [
            [("en", "Treaty signed in Geneva"), ("en", "Treaties are being signed"), ("en", "Museum reopens")],
            [("ru", "Подписан договор о границе"), ("ru", "Договоры о границах подписаны"), ("ru", "Музей открылся")],
            [("tr", "Anlaşma imzalandı"), ("tr", "Anlaşmalar imzalandı"), ("tr", "Müze açıldı")],
            [("ja", "首相が条約に署名"), ("ja", "条約に署名した"), ("ja", "博物館が再開")],
        ] {
            let found = ranked(&articles.map(|(language, headline)| (language, headline, &[][..], 0.0)));
            assert_eq!(found[0].key, 1, "{articles:?}");
            assert!(found[0].score > 0.2 && found[1].score < 0.05, "{articles:?}: {found:?}");
            assert_eq!(found[0].reason, Reason::Text);
        }
    }

    #[test]
    fn a_rare_topic_counts_more_than_one_that_nearly_all_have() {
        let found = ranked(&[
            ("en", "one", &[1, 2], 0.0),
            ("en", "two", &[1], 0.0),
            ("en", "three", &[2], 0.0),
            ("en", "four", &[1], 0.0),
            ("en", "five", &[1], 0.0),
            ("en", "six", &[1], 0.0),
            ("en", "seven", &[1], 0.0),
            ("en", "eight", &[1], 0.0),
        ]);
        assert_eq!((found[0].key, found[0].reason), (2, Reason::Topics));
        assert!(found[0].score > 1.5 * found[1].score, "{found:?}");
    }

    #[test]
    fn of_two_that_are_as_close_the_one_of_the_same_days_comes_first_and_no_score_leaves_its_bounds() {
        let articles: [(&str, &str, &[i64], f32); 3] = [
            ("en", "Treaty signed in Geneva", &[1], 0.0),
            ("en", "Treaty signed in Geneva", &[1], 400.0),
            ("en", "Treaty signed in Geneva", &[1], 1.0),
        ];
        let found = ranked(&articles);
        assert_eq!(keys(&found), [2, 1]);
        assert!(found.iter().all(|found| (0.0..=1.0001).contains(&found.score)), "{found:?}");
    }

    #[test]
    fn one_word_alone_relates_no_headlines() {
        let articles = [
            ("en", "Museum opens new wing in Lyon", &[][..], 0.0),
            ("en", "Airport opens second runway", &[][..], 0.0),
            ("en", "Wing of museum in Lyon closes", &[][..], 0.0),
            ("en", "Parliament votes on budget", &[][..], 0.0),
            ("en", "New budget for schools", &[][..], 0.0),
            ("en", "Bakery wins prize", &[][..], 0.0),
        ];
        let found = ranked(&articles);
        let close: Vec<usize> = found.iter().filter(|found| found.score >= CLOSE).map(|found| found.key).collect();
        assert_eq!(close, [2], "{found:?}");
    }

    #[test]
    fn what_is_told_in_other_words_is_found_by_those_of_the_closest() {
        let found = ranked(&[
            ("en", "Icahn presses eBay", &[], 0.0),
            ("en", "PayPal spin-off wanted by investor", &[], 0.0),
            ("en", "Icahn presses eBay: PayPal spin-off", &[], 0.0),
            ("en", "Icahn wants eBay to spin off PayPal", &[], 0.0),
            ("en", "Snow closes the northern railway", &[], 0.0),
        ]);
        let score = |key| found.iter().find(|found| found.key == key).map(|found| found.score).unwrap();
        assert!(score(1) > 0.1 && score(4) < 0.01, "{found:?}");
    }
}
