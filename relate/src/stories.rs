//! Groups of articles that look like one story.

use crate::{
    profile::Profile,
    ranking::{borrowing, product},
    term::Term,
};

/// How alike two groups are on average at least that are joined.
const ALIKE: f32 = 0.2;

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
    let mut cohesion: Vec<f32> = vec![1.0; count];
    loop {
        let best = alive.iter().filter_map(|one| nearest[*one].map(|(other, value)| (*one, other, value)));
        let best = best.max_by(|left, right| left.2.total_cmp(&right.2).then(right.0.cmp(&left.0)));
        let Some((one, other, value)) = best.filter(|(.., value)| *value >= ALIKE) else { break };
        let (size, other_size) = (groups[one].len() as f32, groups[other].len() as f32);
        let moved = std::mem::take(&mut groups[other]);
        groups[one].extend(moved);
        cohesion[one] = value;
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
    let mut found: Vec<Group> = Vec::new();
    for index in alive {
        if groups[index].len() >= SMALLEST {
            found.push(Group { confidence: cohesion[index], members: std::mem::take(&mut groups[index]) });
        }
    }
    found.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    found
}

/// Each vector with the words of its neighbours.
fn borrowed(plain: &[Vec<(Term, f32)>]) -> Vec<Vec<(Term, f32)>> {
    let borrowing = |(index, vector): (usize, &Vec<(Term, f32)>)| {
        let mut scores: Vec<f32> = plain.iter().map(|other| product(vector, other)).collect();
        scores[index] = 0.0;
        borrowing(vector, plain, &scores)
    };
    plain.iter().enumerate().map(borrowing).collect()
}
