//! Words to stems, by the language of the text.

use std::{collections::HashSet, sync::LazyLock};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// The primary subtag of a BCP 47 tag, which says enough for stems: `pt-BR` is `pt`. Norwegian Bokmål and Nynorsk are Norwegian.
pub(crate) fn primary(tag: &str) -> String {
    let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    match primary.as_str() {
        "nb" | "nn" => "no".to_owned(),
        _ => primary,
    }
}

/// How words of a language become stems.
pub(crate) struct Words {
    pub(crate) language: String,
    stemmer: Option<Stemmer>,
    stop_words: HashSet<String>,
}

impl Words {
    pub(crate) fn of(tag: &str) -> Self {
        let language = primary(tag);
        let algorithm = match language.as_str() {
            "ar" => Some(Algorithm::Arabic),
            "da" => Some(Algorithm::Danish),
            "nl" => Some(Algorithm::Dutch),
            "en" => Some(Algorithm::English),
            "fi" => Some(Algorithm::Finnish),
            "fr" => Some(Algorithm::French),
            "de" => Some(Algorithm::German),
            "el" => Some(Algorithm::Greek),
            "hu" => Some(Algorithm::Hungarian),
            "it" => Some(Algorithm::Italian),
            "no" => Some(Algorithm::Norwegian),
            "pt" => Some(Algorithm::Portuguese),
            "ro" => Some(Algorithm::Romanian),
            "ru" => Some(Algorithm::Russian),
            "es" => Some(Algorithm::Spanish),
            "sv" => Some(Algorithm::Swedish),
            "ta" => Some(Algorithm::Tamil),
            "tr" => Some(Algorithm::Turkish),
            _ => None,
        };
        let stop_words = stop_words::lookup(&language).unwrap_or_default();
        let stop_words = stop_words.iter().map(|word| folded(word)).collect();
        Self { language, stemmer: algorithm.map(Stemmer::create), stop_words }
    }

    /// The stems of a text, in their order; words that carry no meaning are left out.
    pub(crate) fn stems(&self, text: &str) -> Vec<String> {
        let mut stems = Vec::new();
        let mut ideograph: Option<char> = None;
        for word in text.unicode_words() {
            let mut characters = word.chars();
            if let (Some(first), None) = (characters.next(), characters.next())
                && is_unspaced(first)
            {
                // Scripts without spaces come a character at a time: pairs of neighbours stand for words.
                if let Some(before) = ideograph.replace(first) {
                    stems.push([before, first].iter().collect());
                }
                continue;
            }
            ideograph = None;
            let word = folded(word);
            let word = word.strip_suffix("'s").unwrap_or(&word);
            if word.chars().count() < 2 && !word.chars().all(char::is_numeric) || self.stop_words.contains(word) {
                continue;
            }
            stems.push(match &self.stemmer {
                Some(stemmer) => stemmer.stem(word).into_owned(),
                None => word.to_owned(),
            });
        }
        stems
    }
}

/// In lower case and one form; with one apostrophe, and with the `е` that Russian texts mostly print for `ё`.
fn folded(word: &str) -> String {
    let lower = word.nfkc().flat_map(char::to_lowercase);
    lower
        .map(|character| match character {
            '\u{2019}' | '\u{2bc}' => '\'',
            'ё' => 'е',
            other => other,
        })
        .collect()
}

fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// The languages of articles repeat: each one's words are prepared once.
pub(crate) fn words(tag: &str) -> std::sync::Arc<Words> {
    type Known = std::sync::RwLock<std::collections::HashMap<String, std::sync::Arc<Words>>>;
    static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);
    let language = primary(tag);
    if let Some(words) = KNOWN.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&language) {
        return std::sync::Arc::clone(words);
    }
    let words = std::sync::Arc::new(Words::of(&language));
    let mut known = KNOWN.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Tags come from documents: an archive of invented ones must not fill the memory.
    if known.len() < 500 {
        known.insert(language, std::sync::Arc::clone(&words));
    }
    words
}
