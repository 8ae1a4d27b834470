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

/// The part of the likeness that is found with borrowed words.
const BORROWED: f32 = 0.8;

/// The part of its weight that an article keeps however far away it is in time, and the days in which the rest halves.
const TIMELESS: f32 = 0.4;
const HALF_LIFE: f32 = 30.0;

/// Topics alone make articles no more alike than this.
const TOPICS: f32 = 0.6;

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
    let plain: Vec<f32> = vectors.iter().map(|other| product(&vector, other)).collect();
    let borrowing = borrowing(&vector, &vectors, &plain);
    let ranked = candidates.iter().zip(vectors.iter().zip(&plain)).map(|(candidate, (other, plain))| {
        let text = (1.0 - BORROWED) * plain + BORROWED * product(&borrowing, other);
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

/// The vector of an article with the words of those that are closest to it (Rocchio's feedback, without a reader's judgement).
pub(crate) fn borrowing(vector: &[(Term, f32)], others: &[Vec<(Term, f32)>], scores: &[f32]) -> Vec<(Term, f32)> {
    let mut best: Vec<usize> = (0..others.len()).filter(|index| scores[*index] > FEEDBACK_FLOOR).collect();
    best.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]).then(one.cmp(other)));
    best.truncate(FEEDBACK);
    let total: f32 = best.iter().map(|index| scores[*index]).sum();
    let mut sum: HashMap<Term, f32> = vector.iter().copied().collect();
    for index in best {
        for (term, weight) in &others[index] {
            *sum.entry(*term).or_default() += weight * scores[index] / total;
        }
    }
    let mut borrowing: Vec<(Term, f32)> = sum.into_iter().collect();
    borrowing.sort_by_key(|(term, _)| *term);
    normalise(&mut borrowing);
    borrowing
}

/// The cosine of two vectors of length 1 that are sorted by term.
pub(crate) fn product(one: &[(Term, f32)], other: &[(Term, f32)]) -> f32 {
    let (mut left, mut right, mut sum) = (0, 0, 0.0);
    while let (Some((term, weight)), Some((other_term, other_weight))) = (one.get(left), other.get(right)) {
        match term.cmp(other_term) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => {
                sum += weight * other_weight;
                left += 1;
                right += 1;
            }
        }
    }
    sum
}
