//! Whether a change of a text matters to readers. Mended typing errors do not; everything else does: a word more or less, and above all
//! another number or another name, however like the one before it looks.

use std::collections::HashMap;

/// Changed words that are compared one with the other; more are no typing errors.
const MOST: usize = 40;

/// Words that turn a sentence round, or are numbers, and look like others.
const WEIGHTY: &[&str] = &[
    "no",
    "not",
    "nor",
    "none",
    "never",
    "without",
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "thousands",
    "dozen",
    "dozens",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "half",
    "quarter",
];
/// How the words for millions, billions and so on begin in many languages.
const ILLIONS: &[&str] =
    &["milli", "billi", "trilli", "millo", "billo", "trillo", "milhõ", "bilhõ", "trilhõ", "милли", "билли", "трилли"];

/// A word of a text.
#[derive(Clone, Copy, Debug)]
struct Word<'t> {
    /// Without the punctuation around it.
    text: &'t str,
    /// Whether it has a capital letter that its place does not explain.
    name: bool,
}

/// Whether readers are told something else, or more, or less. The texts are compared one after the other: headline, standfirst, paragraphs.
pub(super) fn is_significant<'t>(
    before: impl Iterator<Item = &'t str>,
    after: impl Iterator<Item = &'t str>,
    language: &str,
) -> bool {
    // Nouns have capital letters there.
    let names = !["de", "lb"].contains(&language.split('-').next().unwrap_or_default());
    let words =
        |texts: &mut dyn Iterator<Item = &'t str>| texts.flat_map(|text| words(text, names)).collect::<Vec<_>>();
    let (mut before, mut after) = (before, after);
    let (old, new) = (words(&mut before), words(&mut after));
    let folded = |words: &[Word<'_>]| words.iter().map(|word| word.text.to_lowercase()).collect::<Vec<_>>();
    let (old_folded, new_folded) = (folded(&old), folded(&new));
    if old_folded == new_folded {
        return false;
    }
    let mut counts: HashMap<&str, i64> = HashMap::new();
    old_folded.iter().for_each(|word| *counts.entry(word).or_default() += 1);
    new_folded.iter().for_each(|word| *counts.entry(word).or_default() -= 1);
    let removed = excess(&old, &old_folded, &counts, 1);
    let added = excess(&new, &new_folded, &counts, -1);
    if removed.is_empty() && added.is_empty() {
        // The same words in another order.
        return true;
    }
    let joined = |words: &[Word<'_>]| words.iter().map(|word| word.text.to_lowercase()).collect::<String>();
    let is_weighty = |word: &Word<'_>| word.name || is_weighty(word.text);
    if removed.len() + added.len() <= MOST && joined(&removed) == joined(&added) {
        // A space too many, or one that was missing.
        return removed.iter().chain(&added).any(|word| has_digit(word.text));
    }
    if removed.len() != added.len() || removed.len() + added.len() > MOST {
        return true;
    }
    let mut rest = added;
    removed.iter().any(|old| {
        let like = rest.iter().position(|new| is_typing_error(old.text, new.text));
        like.is_none_or(|index| {
            let new = rest.swap_remove(index);
            is_weighty(old) || is_weighty(&new)
        })
    })
}

/// The words of a text that are in it more often than in the other one.
fn excess<'t>(words: &[Word<'t>], folded: &[String], counts: &HashMap<&str, i64>, sign: i64) -> Vec<Word<'t>> {
    let mut left: HashMap<&str, i64> = HashMap::new();
    let mut found = Vec::new();
    for (word, folded) in words.iter().zip(folded) {
        let left = left.entry(folded).or_insert_with(|| counts.get(folded.as_str()).map_or(0, |count| count * sign));
        if *left > 0 {
            *left -= 1;
            found.push(*word);
        }
    }
    found
}

/// The words of a text. Where there are no spaces between words, characters are words.
fn words(text: &str, names: bool) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut begins_sentence = true;
    for piece in text.split_whitespace() {
        let ends_sentence =
            piece.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']']).ends_with(['.', '!', '?', ':', '…']);
        let word = trimmed(piece);
        if word.chars().any(is_without_spaces) {
            words.extend(characters(word));
        } else if !word.is_empty() {
            words.push(Word { text: word, name: names && !begins_sentence && word.chars().any(char::is_uppercase) });
        }
        begins_sentence = ends_sentence || (word.is_empty() && begins_sentence);
    }
    // In a headline where each word has a capital letter, it says nothing.
    let long = words.iter().filter(|word| word.text.chars().count() > 3);
    let (capital, all) = long.fold((0, 0), |(capital, all), word| (capital + usize::from(word.name), all + 1));
    if all > 3 && capital * 4 > all * 3 {
        words.iter_mut().for_each(|word| word.name = false);
    }
    words
}

fn characters(word: &str) -> impl Iterator<Item = Word<'_>> {
    word.char_indices()
        .filter(|(_, character)| character.is_alphanumeric())
        .map(|(start, character)| Word { text: &word[start..start + character.len_utf8()], name: true })
}

/// A word without the punctuation around it; what belongs to a number stays.
fn trimmed(piece: &str) -> &str {
    if has_digit(piece) {
        return piece.trim_matches(|character: char| {
            matches!(
                character,
                '.' | ','
                    | ';'
                    | ':'
                    | '!'
                    | '?'
                    | '"'
                    | '\''
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | '«'
                    | '»'
                    | '“'
                    | '”'
                    | '„'
                    | '‘'
                    | '’'
            )
        });
    }
    piece.trim_matches(|character: char| !character.is_alphanumeric())
}

fn has_digit(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}

/// Chinese, Japanese, Thai, Lao, Khmer and Burmese.
fn is_without_spaces(character: char) -> bool {
    matches!(u32::from(character), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

fn is_weighty(word: &str) -> bool {
    let word = word.to_lowercase();
    has_digit(&word) || WEIGHTY.contains(&word.as_str()) || ILLIONS.iter().any(|start| word.starts_with(start))
}

/// Whether one word can be the other one with a slip of the finger.
fn is_typing_error(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) =
        (one.to_lowercase().chars().collect(), other.to_lowercase().chars().collect());
    let longest = one.len().max(other.len());
    // "possible" and "impossible", "man" and "woman".
    let (long, short) = if one.len() > other.len() { (&one, &other) } else { (&other, &one) };
    if long.len() > short.len() + 1 && long.ends_with(short) {
        return false;
    }
    match longest {
        0..=3 => one.len() == other.len() && distance(&one, &other) == 1 && is_permutation(&one, &other),
        4..=7 => distance(&one, &other) <= 1,
        _ => distance(&one, &other) <= 2,
    }
}

fn is_permutation(one: &[char], other: &[char]) -> bool {
    let sorted = |word: &[char]| {
        let mut word = word.to_vec();
        word.sort_unstable();
        word
    };
    sorted(one) == sorted(other)
}

/// Letters to change, add, leave out or swap with their neighbour.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(before: &str, after: &str) -> bool {
        is_significant([before].into_iter(), [after].into_iter(), "en")
    }

    #[test]
    fn mended_typing_errors_do_not_matter() {
        for (before, after) in [
            ("The same text.", "The same text."),
            ("Teh village is flooded.", "The village is flooded."),
            ("The goverment fell, and parliment met.", "The government fell, and parliament met."),
            ("It happend on the raod.", "It happened on the road."),
            ("A lot of people , and a dog", "A lot of people, and a dog."),
            ("Alot of people came.", "A lot of people came."),
            ("they said \"yes\"", "They said “yes”."),
            ("Правительсво ушло в отставку.", "Правительство ушло в отставку."),
            ("Goverment Falls After Vote in Parliament", "Government Falls After Vote in Parliament"),
        ] {
            assert!(!changes(before, after), "{before} -> {after}");
        }
        let german = |before: &'static str, after: &'static str| {
            is_significant([before].into_iter(), [after].into_iter(), "de-AT")
        };
        assert!(!german("Die Regirung tagt.", "Die Regierung tagt."));
        assert!(german("Die Regierung tagt.", "Die Opposition tagt."));
    }

    #[test]
    fn other_numbers_names_and_words_matter() {
        for (before, after) in [
            ("The flood killed 3 people.", "The flood killed 3000 people."),
            ("The flood killed 3 people.", "The flood killed 3,000 people."),
            ("It cost 1.5 million.", "It cost 1.5 billion."),
            ("It fell by 5%.", "It fell by 5 points."),
            ("It is -5 outside.", "It is 5 outside."),
            ("Nine people died.", "Ten people died."),
            ("About nine people died.", "About five people died."),
            ("The trial begins on Monday.", "The trial begins on Sunday."),
            ("The mayor, Anna Petrova, resigned.", "The mayor, Anna Petrovna, resigned."),
            ("The mayor, Anna Petrov, resigned.", "The mayor, Anna Petrow, resigned."),
            ("Сообщил Иван Петров вчера.", "Сообщил Иван Перов вчера."),
            ("Ущерб составил миллион.", "Ущерб составил миллиард."),
            ("He was killed.", "He was not killed."),
            ("He can go.", "He cannot go."),
            ("It is possible.", "It is impossible."),
            ("It is now known.", "It is not known."),
            ("Dog bites man", "Man bites dog"),
            ("One sentence.", "One sentence. And another."),
            ("洪水造成三人死亡", "洪水造成三千人死亡"),
            ("市长王伟辞职", "市长汪伟辞职"),
        ] {
            assert!(changes(before, after), "{before} -> {after}");
            assert!(changes(after, before), "{after} -> {before}");
        }
    }

    #[test]
    fn a_text_that_was_written_anew_matters_and_is_compared_in_no_time() {
        let before: String = (0..20_000).map(|word| format!("word{word}x ")).collect();
        let after: String = (0..20_000).map(|word| format!("other{word}y ")).collect();
        assert!(changes(&before, &after) && !changes(&before, &before));
    }
}
