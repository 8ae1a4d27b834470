//! Groups of articles that look like one story.

use crate::{
    profile::{Profile, normalise},
    ranking::{Borrowing, product},
    term::Term,
};

/// How alike two groups are on average at least that are joined.
const ALIKE: f32 = 0.15;

/// A member that is less like the others than this part of the mean is left out.
const STRAY: f32 = 0.5;

/// The confidence is a logistic curve of how alike the members are: where it is one half, and how steep it is there.
const EVEN: f32 = 0.34;
const STEEP: f32 = 12.0;

/// How sure a suggestion is at least.
const SURE: f32 = 0.5;

/// Words of an article and its neighbours that are compared.
const TELLING: usize = 64;

/// Articles of a group at least.
const SMALLEST: usize = 3;

/// Articles that look like one story.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Places in the list that was given, the most typical first.
    pub members: Vec<usize>,
    /// How likely two of them belong together, from 0 to 1.
    pub confidence: f32,
}

/// The groups among `articles`, the surest first.
pub fn stories(articles: &[Profile]) -> Vec<Group> {
    let plain: Vec<Vec<(Term, f32)>> = articles.iter().map(Profile::vector).collect();
    let vectors = borrowed(&plain);
    let count = vectors.len();
    // Average linkage: the groups whose members are most alike on average are joined, until none are alike enough.
    let mut similarity = vec![0.0_f32; count * count];
    for one in 0..count {
        for other in 0..one {
            let value = product(&vectors[one], &vectors[other]);
            similarity[one * count + other] = value;
            similarity[other * count + one] = value;
        }
    }
    let mut groups: Vec<Vec<usize>> = (0..count).map(|index| vec![index]).collect();
    let mut alive: Vec<usize> = (0..count).collect();
    let mut nearest: Vec<Option<(usize, f32)>> = vec![None; count];
    let find = |similarity: &[f32], alive: &[usize], one: usize| {
        alive
            .iter()
            .filter(|other| **other != one)
            .map(|other| (*other, similarity[one * count + other]))
            .max_by(|left, right| left.1.total_cmp(&right.1).then(right.0.cmp(&left.0)))
    };
    for &one in &alive {
        nearest[one] = find(&similarity, &alive, one);
    }
    loop {
        let best = alive.iter().filter_map(|one| nearest[*one].map(|(other, value)| (*one, other, value)));
        let best = best.max_by(|left, right| left.2.total_cmp(&right.2).then(right.0.cmp(&left.0)));
        let Some((one, other, _)) = best.filter(|(.., value)| *value >= ALIKE) else { break };
        let (size, other_size) = (groups[one].len() as f32, groups[other].len() as f32);
        let moved = std::mem::take(&mut groups[other]);
        groups[one].extend(moved);
        alive.retain(|index| *index != other);
        for &third in &alive {
            let mean = (size * similarity[one * count + third] + other_size * similarity[other * count + third])
                / (size + other_size);
            similarity[one * count + third] = mean;
            similarity[third * count + one] = mean;
        }
        for index in 0..alive.len() {
            let third = alive[index];
            let stale = third == one || nearest[third].is_some_and(|(near, _)| near == one || near == other);
            if stale {
                nearest[third] = find(&similarity, &alive, third);
            } else if nearest[third].is_some_and(|(_, near)| similarity[third * count + one] > near) {
                nearest[third] = Some((one, similarity[third * count + one]));
            }
        }
    }
    let pairs = Pairs { vectors: &vectors };
    let mut found: Vec<Group> = groups.into_iter().filter_map(|members| pairs.group(members)).collect();
    found.sort_by(|one, other| other.confidence.total_cmp(&one.confidence).then(one.members.cmp(&other.members)));
    found
}

/// How alike the members of groups are.
struct Pairs<'v> {
    vectors: &'v [Vec<(Term, f32)>],
}

impl Pairs<'_> {
    /// The members that hang together, and how well they do; `None` when too few are left, or they do so too loosely.
    fn group(&self, mut members: Vec<usize>) -> Option<Group> {
        let typical = loop {
            if members.len() < SMALLEST {
                return None;
            }
            let typical = self.typical(&members);
            let mean = typical.iter().sum::<f32>() / typical.len() as f32;
            let least = (0..members.len()).min_by(|one, other| typical[*one].total_cmp(&typical[*other]))?;
            if typical[least] >= STRAY * mean {
                break typical;
            }
            members.remove(least);
        };
        let mean = typical.iter().sum::<f32>() / typical.len() as f32;
        // Two that are very much alike do not make a third one belong to them.
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by(|one, other| typical[*other].total_cmp(&typical[*one]).then(members[*one].cmp(&members[*other])));
        let quartile = typical[order[order.len() - 1 - (order.len() - 1) / 4]];
        let confidence = 1.0 / (1.0 + ((EVEN - f32::midpoint(mean, quartile)) * STEEP).exp());
        (confidence >= SURE)
            .then(|| Group { members: order.into_iter().map(|index| members[index]).collect(), confidence })
    }

    /// How alike each member is to the others on average.
    fn typical(&self, members: &[usize]) -> Vec<f32> {
        let mut sums = vec![0.0; members.len()];
        for one in 0..members.len() {
            for other in 0..one {
                let value = product(&self.vectors[members[one]], &self.vectors[members[other]]);
                sums[one] += value;
                sums[other] += value;
            }
        }
        sums.into_iter().map(|sum| sum / (members.len() - 1) as f32).collect()
    }
}

/// Each vector with the words of its neighbours.
fn borrowed(plain: &[Vec<(Term, f32)>]) -> Vec<Vec<(Term, f32)>> {
    let borrowing = |(index, vector): (usize, &Vec<(Term, f32)>)| {
        let mut scores: Vec<f32> = plain.iter().map(|other| product(vector, other)).collect();
        scores[index] = 0.0;
        let mut vector = Borrowing::new(vector, plain, &scores).vector;
        // The rest of the words hardly matters, and makes all pairs ten times as slow to compare.
        vector.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        vector.truncate(TELLING);
        vector.sort_by_key(|(term, _)| *term);
        normalise(&mut vector);
        vector
    };
    plain.iter().enumerate().map(borrowing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Analysis, Statistics, Text};

    fn found(headlines: &[&str]) -> Vec<Group> {
        let read = |headline: &&str| Analysis::new(Text { language: "en", headline, ..Text::default() }, &[]);
        let analyses: Vec<Analysis> = headlines.iter().map(read).collect();
        let mut statistics = Statistics::default();
        analyses.iter().for_each(|analysis| statistics.add(analysis));
        let profiles: Vec<Profile> = analyses.iter().map(|analysis| Profile::new(analysis, &statistics)).collect();
        stories(&profiles)
    }

    #[test]
    fn articles_of_one_event_are_a_group_and_others_are_not() {
        let groups = found(&[
            "Chiquita and Fyffes merge to form the largest banana company",
            "Banana giants Chiquita and Fyffes agree merger",
            "Museum reopens after ten years of restoration",
            "Chiquita to merge with Fyffes in banana deal",
            "Snow closes the northern railway",
            "Chess federation publishes new ratings",
        ]);
        assert_eq!(groups.len(), 1, "{groups:?}");
        let mut members = groups[0].members.clone();
        members.sort_unstable();
        assert_eq!(members, [0, 1, 3]);
        assert!(groups[0].confidence > 0.5 && groups[0].confidence <= 1.0);
    }

    #[test]
    fn two_articles_or_none_are_no_story() {
        assert_eq!(found(&["Banana merger agreed", "Banana merger agreed at last", "Snow closes railway"]), []);
        assert_eq!(found(&["", "", ""]), []);
        assert_eq!(found(&[]), []);
    }
}
