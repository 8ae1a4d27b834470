//! The query language: words, "phrases", OR and -exclusions, read into a small tree. What a reader types becomes words and nothing else,
//! so that no operator of a database is ever among them.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::script;
use crate::error::{Error, Result};

/// The longest query, in characters.
pub(crate) const LONGEST: usize = 1_000;
/// Most words in a query.
const MOST_WORDS: usize = 32;

/// What is searched for: any of the alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query(pub(super) Vec<Alternative>);

/// What must all be there, and what must not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alternative {
    pub(super) with: Vec<Phrase>,
    pub(super) without: Vec<Phrase>,
}

/// Words that follow each other; mostly one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Phrase(pub(super) Vec<String>);

impl Phrase {
    fn read(text: &str) -> Option<Self> {
        let words = script::wanted(text);
        (!words.is_empty()).then_some(Self(words))
    }
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it stands, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
    /// In lower case and in one spelling.
    pub(super) folded: String,
}

/// The words of a text: runs of letters and digits. Both databases cut texts alike.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word> + '_ {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        while characters.next_if(|(_, character)| !is_part_of_word(*character)).is_some() {}
        let (start, _) = *characters.peek()?;
        let mut end = start;
        while let Some((at, character)) = characters.next_if(|(_, character)| is_part_of_word(*character)) {
            end = at + character.len_utf8();
        }
        Some(Word { start, end, folded: fold(&text[start..end]) })
    })
}

pub(super) fn is_part_of_word(character: char) -> bool {
    const SOFT_HYPHEN: char = '\u{ad}';
    character.is_alphanumeric() || is_combining_mark(character) || character == SOFT_HYPHEN
}

/// One spelling of a word: lower case, composed, and with е for ё, which is written either way.
fn fold(word: &str) -> String {
    let lower = word.nfc().flat_map(char::to_lowercase);
    lower
        .filter(|character| *character != '\u{ad}')
        .map(|character| if character == 'ё' { 'е' } else { character })
        .collect()
}

impl Query {
    /// Reads what a reader typed.
    pub(super) fn read(text: &str) -> Result<Self> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(wrong(format!(
                "`query` has {length} characters, the limit is {LONGEST}; search for fewer words"
            )));
        }
        let mut query = vec![Alternative::default()];
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let excluded = first == '-' && rest[1..].starts_with(|next: char| !next.is_whitespace());
            if excluded {
                rest = &rest[1..];
            }
            let (piece, quoted, behind) = piece(rest);
            rest = behind.trim_start();
            if !excluded && !quoted && matches!(piece, "OR" | "|") {
                query.push(Alternative::default());
                continue;
            }
            if let (Some(phrase), Some(alternative)) = (Phrase::read(piece), query.last_mut()) {
                if excluded { alternative.without.push(phrase) } else { alternative.with.push(phrase) }
            }
        }
        query.retain(|alternative| !alternative.with.is_empty() || !alternative.without.is_empty());
        let query = Self(query);
        query.check()?;
        Ok(query)
    }

    fn check(&self) -> Result<()> {
        if self.0.is_empty() {
            return Err(wrong("`query` holds no word; write a word or two to search for".to_owned()));
        }
        if self.0.iter().any(|alternative| alternative.with.is_empty()) {
            return Err(wrong(
                "`query` only excludes; write a word to search for beside what is left out with `-`".to_owned(),
            ));
        }
        // Two letters that follow each other are a part of a word.
        let weight = |phrase: &Phrase| {
            let parts = phrase.0.iter().filter(|term| script::is_part_of_unspaced(term)).count();
            phrase.0.len() - parts + parts.div_ceil(4)
        };
        let words: usize = self.0.iter().flat_map(|part| part.with.iter().chain(&part.without)).map(weight).sum();
        if words > MOST_WORDS {
            return Err(wrong(format!("`query` has {words} words, the limit is {MOST_WORDS}")));
        }
        Ok(())
    }

    /// The phrases that are looked for.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Phrase> {
        self.0.iter().flat_map(|alternative| &alternative.with)
    }

    /// Whether anything is excluded.
    pub(super) fn excludes(&self) -> bool {
        self.0.iter().any(|alternative| !alternative.without.is_empty())
    }

    /// Whether words must follow each other.
    pub(super) fn has_phrases(&self) -> bool {
        let phrases = self.0.iter().flat_map(|part| part.with.iter().chain(&part.without));
        phrases.into_iter().any(|phrase| phrase.0.len() > 1)
    }

    /// Without phrases that hold nothing but `common` words; `None` when nothing to look for is left.
    pub(super) fn without_common(&self, common: impl Fn(&str) -> bool) -> Option<Self> {
        let telling = |phrases: &[Phrase]| -> Vec<Phrase> {
            phrases.iter().filter(|phrase| !phrase.0.iter().all(|word| common(word))).cloned().collect()
        };
        let alternatives =
            self.0.iter().map(|part| Alternative { with: telling(&part.with), without: telling(&part.without) });
        let alternatives: Vec<Alternative> = alternatives.filter(|alternative| !alternative.with.is_empty()).collect();
        (!alternatives.is_empty()).then_some(Self(alternatives))
    }
}

pub(super) fn wrong(message: String) -> Error {
    Error::bad_input("query", message)
}

/// The first word or quoted phrase of `text`, whether it is quoted, and what comes behind it.
fn piece(text: &str) -> (&str, bool, &str) {
    let is_quote = |character: char| matches!(character, '"' | '“' | '”' | '„' | '«' | '»');
    if let Some(inside) = text.strip_prefix(is_quote) {
        let end = inside.find(is_quote).unwrap_or(inside.len());
        return (&inside[..end], true, inside[end..].strip_prefix(is_quote).unwrap_or_default());
    }
    let end = text.find(|character: char| character.is_whitespace() || is_quote(character)).unwrap_or(text.len());
    (&text[..end], false, &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let Ok(query) = Query::read(text) else { return "?".to_owned() };
        let phrase = |phrase: &Phrase| phrase.0.join("+");
        let part = |part: &Alternative| {
            let with = part.with.iter().map(phrase);
            with.chain(part.without.iter().map(|excluded| format!("-{}", phrase(excluded))))
                .collect::<Vec<_>>()
                .join(" ")
        };
        query.0.iter().map(part).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn words_phrases_alternatives_and_exclusions_are_read() {
        for (text, expected) in [
            ("Bank  Россия", "bank россия"),
            ("\"key rate\" -mortgage", "key+rate -mortgage"),
            ("-\"key rate\" bank", "bank -key+rate"),
            ("rain OR snow wind", "rain | snow wind"),
            ("life or death", "life or death"),
            ("OR OR rain OR", "rain"),
            ("Wi-Fi covid-19 O'Neil", "wi+fi covid+19 o+neil"),
            ("«Ёлка» “two words”", "елка two+words"),
            ("\"never closed", "never+closed"),
            ("say\"hello you\"", "say hello+you"),
            ("e\u{301}te\u{301} sau\u{ad}na", "été sauna"),
            ("a:* & b | !c NEAR(d) <-> (e)", "a b | c near+d e"),
            ("- rain", "rain"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_searched_for_is_refused_with_the_reason() {
        let long = "x".repeat(10_000);
        let many = "x ".repeat(40);
        for wrong in ["", "  ", "-", "\"\"", "!?:&|*", "-rain", "rain OR -snow", &long, &many] {
            assert_eq!(read(wrong), "?", "{wrong}");
        }
    }
}
