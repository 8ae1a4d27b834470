//! How good related news and story suggestions are, on headlines whose stories are known.
//!
//! Ours and a plain TF-IDF over the same headlines are asked for the five closest to each headline. Of the file only headlines and stories
//! are used: in the corpus of the UCI news aggregator the times and ids of a story's articles follow each other and would give it away.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    error::Error,
    fmt::Write as _,
    hash::Hasher as _,
    io::Write as _,
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use relate::{Analysis, CLOSE, Candidate, Profile, Ranked, Statistics, Text, rank, stories};
use serde::Deserialize;

/// Candidates that are ranked for an article, as in the product.
const CANDIDATES: usize = 200;

#[derive(Args, Debug)]
pub(crate) struct Related {
    /// A table with the columns TITLE and STORY.
    path: PathBuf,

    /// Which stories: `tune` and `test` are halves by the hash of the story's name.
    #[arg(long, value_name = "PART", default_value = "each")]
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// `tune`, `test` and `all`, one after the other.
    Each,
    /// The half that the weights were chosen on.
    Tune,
    /// The half that they were not.
    Test,
    /// Everything.
    All,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "TITLE")]
    title: String,
    #[serde(rename = "STORY")]
    story: String,
}

impl Related {
    pub(crate) fn run(&self) -> Result<(), Box<dyn Error>> {
        let rows: Vec<Row> = csv::Reader::from_path(&self.path)?.deserialize().collect::<Result<_, _>>()?;
        let parts = match self.part {
            Part::Each => vec![Part::Tune, Part::Test, Part::All],
            part => vec![part],
        };
        for part in parts {
            let mut rows: Vec<&Row> = rows.iter().filter(|row| part == Part::All || half(&row.story) == part).collect();
            // The order of the file would break ties in favour of the story.
            rows.sort_by_key(|row| hash(&row.title));
            let mut text = String::new();
            measure(part, &rows, &mut text)?;
            std::io::stdout().write_all(text.as_bytes())?;
        }
        Ok(())
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn half(story: &str) -> Part {
    if (hash(story) >> 7).is_multiple_of(2) { Part::Tune } else { Part::Test }
}

fn measure(part: Part, rows: &[&Row], out: &mut String) -> Result<(), Box<dyn Error>> {
    let truth: Vec<&str> = rows.iter().map(|row| row.story.as_str()).collect();
    let distinct: HashSet<&str> = truth.iter().copied().collect();
    writeln!(out, "{part:?}: {} headlines of {} stories", rows.len(), distinct.len())?;
    let titles: Vec<&str> = rows.iter().map(|row| row.title.as_str()).collect();
    writeln!(out, "  {:18} {:>11} {:>7} {:>7}", "", "precision@5", "nDCG@5", "MRR")?;
    for (name, found) in [("TF-IDF", tf_idf(&titles)), ("Newsgraph", ours(&titles))] {
        let scores = Scores::of(&found, &truth);
        writeln!(out, "  {name:18} {:>11.4} {:>7.4} {:>7.4}", scores.precision, scores.ndcg, scores.reciprocal)?;
    }
    let (with, without) = shown(&titles, &truth);
    writeln!(
        out,
        "  something is shown for {with} headlines, and for {without} when the rest of their story is not there"
    )?;
    let analyses: Vec<Analysis> = titles.iter().map(|title| analysis(title)).collect();
    let mut statistics = Statistics::default();
    analyses.iter().for_each(|analysis| statistics.add(analysis));
    let profiles: Vec<Profile> = analyses.iter().map(|analysis| Profile::new(analysis, &statistics)).collect();
    let groups = stories(&profiles);
    let mut labels: Vec<usize> = (0..rows.len()).map(|index| index + groups.len()).collect();
    for (label, group) in groups.iter().enumerate() {
        group.members.iter().for_each(|member| labels[*member] = label);
    }
    let (precision, recall) = b_cubed(&labels, &truth);
    let grouped: usize = groups.iter().map(|group| group.members.len()).sum();
    writeln!(
        out,
        "  story suggestions: B-cubed precision {precision:.4}, recall {recall:.4}, F1 {:.4}; {} groups of {grouped} headlines",
        2.0 * precision * recall / (precision + recall),
        groups.len(),
    )?;
    let mut by_confidence: BTreeMap<i32, (usize, usize)> = BTreeMap::new();
    for group in &groups {
        let entry = by_confidence.entry((group.confidence * 10.0) as i32).or_default();
        for one in &group.members {
            for other in &group.members {
                if one < other {
                    entry.0 += usize::from(truth[*one] == truth[*other]);
                    entry.1 += 1;
                }
            }
        }
    }
    for (level, (right, pairs)) in by_confidence {
        writeln!(
            out,
            "    confidence {:.1}: {right} of {pairs} pairs right ({:.3})",
            f64::from(level) / 10.0,
            right as f64 / pairs as f64
        )?;
    }
    Ok(())
}

fn analysis(title: &str) -> Analysis {
    Analysis::new(Text { language: "en", headline: title, ..Text::default() }, &[])
}

/// The five closest of each that are not copies of one that is closer.
fn ours(titles: &[&str]) -> Vec<Vec<usize>> {
    let archive = Archive::new(titles);
    let closest = |index| {
        let mut kept: Vec<usize> = vec![index];
        for ranked in archive.ranked(index, |_| true) {
            if kept.iter().all(|other| !archive.profiles[*other].is_copy(&archive.profiles[ranked.key])) {
                kept.push(ranked.key);
            }
            if kept.len() > 5 {
                break;
            }
        }
        kept.split_off(1)
    };
    (0..titles.len()).map(closest).collect()
}

/// How many headlines have something that is close enough to be shown, with their stories in the archive and without.
fn shown(titles: &[&str], truth: &[&str]) -> (usize, usize) {
    let archive = Archive::new(titles);
    let is_shown = |index: usize, has_kin: bool| {
        let ranked = archive.ranked(index, |other| has_kin || truth[other] != truth[index]);
        ranked.first().is_some_and(|closest| closest.score >= CLOSE)
    };
    let count = |has_kin| (0..titles.len()).filter(|index| is_shown(*index, has_kin)).count();
    (count(true), count(false))
}

/// Headlines, as the product finds them.
struct Archive {
    profiles: Vec<Profile>,
    postings: HashMap<relate::Term, Vec<(usize, f32)>>,
}

impl Archive {
    fn new(titles: &[&str]) -> Self {
        let analyses: Vec<Analysis> = titles.iter().map(|title| analysis(title)).collect();
        let mut statistics = Statistics::default();
        analyses.iter().for_each(|analysis| statistics.add(analysis));
        let profiles: Vec<Profile> = analyses.iter().map(|analysis| Profile::new(analysis, &statistics)).collect();
        let mut postings: HashMap<relate::Term, Vec<(usize, f32)>> = HashMap::new();
        for (index, profile) in profiles.iter().enumerate() {
            for (term, weight) in profile.features() {
                postings.entry(term).or_default().push((index, weight));
            }
        }
        Self { profiles, postings }
    }

    /// Those that are related to one, the closest first.
    fn ranked(&self, index: usize, takes: impl Fn(usize) -> bool) -> Vec<Ranked<usize>> {
        let mut sums: HashMap<usize, f32> = HashMap::new();
        for (term, weight) in self.profiles[index].query() {
            for (other, other_weight) in &self.postings[&term] {
                *sums.entry(*other).or_default() += weight * other_weight;
            }
        }
        sums.remove(&index);
        sums.retain(|other, _| takes(*other));
        let mut found: Vec<(usize, f32)> = sums.into_iter().collect();
        found.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        found.truncate(CANDIDATES);
        let candidate = |(key, _): (usize, f32)| Candidate { key, profile: self.profiles[key].clone(), days: 0.0 };
        rank(&self.profiles[index], &found.into_iter().map(candidate).collect::<Vec<_>>())
    }
}

/// The baseline: words in lower case, tf times ln(N / df), cosine.
fn tf_idf(titles: &[&str]) -> Vec<Vec<usize>> {
    let documents: Vec<Vec<String>> = titles
        .iter()
        .map(|title| {
            let words = title.split(|character: char| !character.is_alphanumeric());
            words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
        })
        .collect();
    let mut frequency: HashMap<&str, f64> = HashMap::new();
    for document in &documents {
        for word in document.iter().collect::<HashSet<_>>() {
            *frequency.entry(word).or_default() += 1.0;
        }
    }
    let vectors: Vec<BTreeMap<&str, f64>> = documents
        .iter()
        .map(|document| {
            let mut vector: BTreeMap<&str, f64> = BTreeMap::new();
            for word in document {
                *vector.entry(word).or_default() += (documents.len() as f64 / frequency[word.as_str()]).ln();
            }
            let length = vector.values().map(|weight| weight * weight).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            vector.values_mut().for_each(|weight| *weight /= length);
            vector
        })
        .collect();
    let mut postings: HashMap<&str, Vec<(usize, f64)>> = HashMap::new();
    for (index, vector) in vectors.iter().enumerate() {
        for (word, weight) in vector {
            postings.entry(word).or_default().push((index, *weight));
        }
    }
    let closest = |(index, vector): (usize, &BTreeMap<&str, f64>)| {
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        for (word, weight) in vector {
            for (other, other_weight) in &postings[word] {
                *scores.entry(*other).or_default() += weight * other_weight;
            }
        }
        scores.remove(&index);
        let mut scores: Vec<(usize, f64)> = scores.into_iter().collect();
        scores.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        scores.into_iter().take(5).map(|(index, _)| index).collect()
    };
    vectors.iter().enumerate().map(closest).collect()
}

/// Means over all headlines.
struct Scores {
    precision: f64,
    ndcg: f64,
    reciprocal: f64,
}

impl Scores {
    fn of(found: &[Vec<usize>], truth: &[&str]) -> Self {
        let mut scores = Self { precision: 0.0, ndcg: 0.0, reciprocal: 0.0 };
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        for (index, found) in found.iter().enumerate() {
            let right: Vec<bool> = found.iter().map(|other| truth[*other] == truth[index]).collect();
            scores.precision += right.iter().filter(|right| **right).count() as f64 / 5.0;
            let gained: f64 = right.iter().enumerate().filter(|(_, right)| **right).map(|(rank, _)| gain(rank)).sum();
            let others = truth.iter().filter(|story| **story == truth[index]).count() - 1;
            let best: f64 = (0..others.min(5)).map(gain).sum();
            scores.ndcg += if best > 0.0 { gained / best } else { 0.0 };
            scores.reciprocal += right.iter().position(|right| *right).map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0));
        }
        let count = found.len().max(1) as f64;
        Self { precision: scores.precision / count, ndcg: scores.ndcg / count, reciprocal: scores.reciprocal / count }
    }
}

/// B-cubed precision and recall: for each headline, how much of its group is of its story, and how much of its story in its group.
fn b_cubed(labels: &[usize], truth: &[&str]) -> (f64, f64) {
    let mut sizes: HashMap<usize, f64> = HashMap::new();
    let mut story_sizes: HashMap<&str, f64> = HashMap::new();
    let mut both: HashMap<(usize, &str), f64> = HashMap::new();
    for (label, story) in labels.iter().zip(truth) {
        *sizes.entry(*label).or_default() += 1.0;
        *story_sizes.entry(story).or_default() += 1.0;
        *both.entry((*label, story)).or_default() += 1.0;
    }
    let (mut precision, mut recall) = (0.0, 0.0);
    for (label, story) in labels.iter().zip(truth) {
        let shared = both[&(*label, *story)];
        precision += shared / sizes[label];
        recall += shared / story_sizes[story];
    }
    let count = labels.len().max(1) as f64;
    (precision / count, recall / count)
}
