//! Telling copies: two texts of the same wire report, printed twice with small changes.

use std::hash::Hasher as _;

use crate::term::mixed;

/// Values of a sketch; the share of equal ones estimates the share of equal pairs of words, give or take 6 percent.
const SIZE: usize = 64;

/// Texts that have this much in common are copies: a headline of which one word in eight was changed, or less.
const COPY: f32 = 0.6;

/// The smallest hashes of a text's pairs of neighbouring words (MinHash, one permutation: Li, Owen and Zhang 2012).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sketch(Vec<u16>);

impl Sketch {
    pub(crate) fn of<'t>(stems: impl Iterator<Item = &'t str>) -> Self {
        let mut smallest: Vec<Option<u16>> = vec![None; SIZE];
        let mut before = "";
        let mut add = |first: &str, second: &str| {
            let mut hasher = fnv::FnvHasher::default();
            hasher.write(first.as_bytes());
            hasher.write(&[0]);
            hasher.write(second.as_bytes());
            let hash = mixed(hasher.finish());
            let slot = &mut smallest[(hash % SIZE as u64) as usize];
            let value = (hash >> 32) as u16;
            *slot = Some(slot.map_or(value, |held| held.min(value)));
        };
        for stem in stems {
            add(before, stem);
            before = stem;
        }
        if before.is_empty() {
            return Self(Vec::new());
        }
        add(before, "");
        // A short text leaves places empty: each takes the value of the next one that is not, so that equal texts stay equal and
        // different ones rarely meet (densification: Shrivastava and Li 2014).
        let filled = |place: usize| {
            (0..SIZE).find_map(|step| smallest[(place + step) % SIZE].map(|value| value.wrapping_add(step as u16)))
        };
        Self((0..SIZE).filter_map(filled).collect())
    }

    /// How much of the two texts is the same, from 0 to 1.
    fn resemblance(&self, other: &Self) -> f32 {
        if self.0.is_empty() || self.0.len() != other.0.len() {
            return 0.0;
        }
        let equal = self.0.iter().zip(&other.0).filter(|(one, other)| one == other).count();
        equal as f32 / self.0.len() as f32
    }

    pub(crate) fn is_copy(&self, other: &Self) -> bool {
        self.resemblance(other) >= COPY
    }

    pub(crate) fn values(&self) -> &[u16] {
        &self.0
    }

    pub(crate) fn from_values(values: Vec<u16>) -> Self {
        Self(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(text: &str) -> Sketch {
        Sketch::of(text.split_whitespace())
    }

    #[test]
    fn a_text_with_few_changes_is_a_copy_and_one_on_the_same_subject_is_not() {
        let text = "the line that divides korea was drawn map by map in two years of talks at panmunjom while the front hardly moved";
        let changed = text.replace("hardly", "barely");
        let other =
            "the talks at panmunjom took two years because each side wanted the line that divides korea on other hills";
        assert!(sketch(text).is_copy(&sketch(text)) && sketch(text).is_copy(&sketch(&changed)));
        assert!(!sketch(text).is_copy(&sketch(other)));
        assert!(sketch("snow storms ground flights").is_copy(&sketch("snow storms ground flights")));
        assert!(!sketch("snow storms ground flights").is_copy(&sketch("snow storms ground trains")));
    }

    #[test]
    fn texts_without_words_are_no_copies() {
        assert!(!sketch("").is_copy(&sketch("")));
    }
}
