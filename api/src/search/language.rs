//! What is known of languages: how their words are stemmed, and which are too common to be searched for.

use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};

/// A language as searches know it: the first part of a BCP 47 tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Language(String);

impl Language {
    pub(super) fn of(tag: &str) -> Self {
        Self(tag.split('-').next().unwrap_or(tag).to_ascii_lowercase())
    }

    fn algorithm(&self) -> Option<Algorithm> {
        Some(match self.0.as_str() {
            "ar" => Algorithm::Arabic,
            "da" => Algorithm::Danish,
            "nl" => Algorithm::Dutch,
            "en" => Algorithm::English,
            "fi" => Algorithm::Finnish,
            "fr" => Algorithm::French,
            "de" => Algorithm::German,
            "el" => Algorithm::Greek,
            "hu" => Algorithm::Hungarian,
            "it" => Algorithm::Italian,
            "no" | "nb" | "nn" => Algorithm::Norwegian,
            "pt" => Algorithm::Portuguese,
            "ro" => Algorithm::Romanian,
            "ru" => Algorithm::Russian,
            "es" => Algorithm::Spanish,
            "sv" => Algorithm::Swedish,
            "ta" => Algorithm::Tamil,
            "tr" => Algorithm::Turkish,
            _ => return None,
        })
    }

    /// Whether its words are not stemmed: then all such languages are searched alike.
    pub(super) fn is_plain(&self) -> bool {
        self.algorithm().is_none()
    }

    /// The stem of a folded word.
    pub(super) fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        // Russian texts in Latin letters are mostly English names; PostgreSQL stems them so, too.
        let algorithm = match self.algorithm() {
            Some(Algorithm::Russian) if word.is_ascii() => Some(Algorithm::English),
            algorithm => algorithm,
        };
        algorithm.map_or(Cow::Borrowed(word), |algorithm| Stemmer::create(algorithm).stem(word))
    }

    /// The beginnings of all words that have the stem of `word`: a stemmer mends the end of a word, the German one also its vowels.
    pub(super) fn beginning<'w>(&self, word: &'w str) -> &'w str {
        let stem = self.stem(word);
        let shared = word.chars().zip(stem.chars()).take_while(|(a, b)| a == b).count();
        let kept = if self.0 == "de" {
            word.chars().take(shared).take_while(|letter| !"aouäöü".contains(*letter)).count()
        } else {
            // `happy` and `happiness` meet in `happi`.
            shared.saturating_sub(1)
        };
        let end = word.char_indices().nth(kept.max(1)).map_or(word.len(), |(at, _)| at);
        &word[..end]
    }

    /// The beginnings of all words that have the stem of `word`. In Arabic, what is written before a word is no part of its stem.
    pub(super) fn beginnings(&self, word: &str) -> Vec<String> {
        const BEFORE: [&str; 12] = ["", "ال", "وال", "بال", "كال", "فال", "لل", "و", "ف", "ب", "ك", "ل"];
        if self.0 != "ar" {
            return vec![self.beginning(word).to_owned()];
        }
        let stem = self.stem(word);
        let end =
            stem.char_indices().nth(stem.chars().count().saturating_sub(1).max(1)).map_or(stem.len(), |(at, _)| at);
        BEFORE.iter().map(|before| format!("{before}{}", &stem[..end])).collect()
    }

    /// Whether a folded word is too common to be searched for.
    pub(super) fn is_common(&self, word: &str) -> bool {
        let code = match self.0.as_str() {
            "nb" | "nn" => "no",
            "ru" if word.is_ascii() => "en",
            code => code,
        };
        self.algorithm().is_some() && stop_words::lookup(code).is_some_and(|words| words.contains(&word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_stemmed_by_their_language() {
        let (english, russian, other) = (Language::of("en-GB"), Language::of("ru"), Language::of("ja"));
        assert_eq!(english.stem("elections"), english.stem("election"));
        assert_eq!(russian.stem("выборами"), russian.stem("выборы"));
        assert_eq!(russian.stem("rates"), "rate");
        assert_eq!(other.stem("elections"), "elections");
        assert!(
            english.is_common("the")
                && !english.is_common("war")
                && russian.is_common("и")
                && russian.is_common("the")
                && !other.is_common("the")
        );
    }

    #[test]
    fn every_form_of_a_word_begins_as_its_stem_says() {
        for (language, forms) in [
            ("en", ["happy", "happiness", "happily"].as_slice()),
            ("en", &["country", "countries"]),
            ("de", &["haus", "häuser", "hauses"]),
            ("ru", &["москва", "москвы", "москве"]),
        ] {
            let language = Language::of(language);
            for form in forms {
                for other in forms.iter().filter(|other| language.stem(other) == language.stem(form)) {
                    assert!(other.starts_with(language.beginning(form)), "{form} {other}");
                }
            }
        }
    }
}
