//! How words are written: the rules by which the databases index texts (the migration `search_every_script`), for queries and highlights.

use unicode_normalization::UnicodeNormalization as _;

use super::query::{Word, is_part_of_word};

/// Letters of scripts without spaces between words: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese.
pub(super) fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{e01}'..='\u{e30}' | '\u{e32}'..='\u{e33}' | '\u{e40}'..='\u{e46}' | '\u{e81}'..='\u{eb0}' | '\u{eb2}'..='\u{eb3}'
        | '\u{ebd}'..='\u{ec6}' | '\u{edc}'..='\u{edf}' | '\u{1000}'..='\u{102a}' | '\u{103f}' | '\u{1050}'..='\u{109d}'
        | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17b3}' | '\u{17d7}' | '\u{17dc}' | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}'
        | '\u{3105}'..='\u{312f}' | '\u{3131}'..='\u{318e}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97c}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
        && !is_dropped(letter)
}

/// Their vowel signs and tone marks, which are not looked at.
fn is_dropped(letter: char) -> bool {
    matches!(letter,
        '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}'
        | '\u{102b}'..='\u{103e}' | '\u{1056}'..='\u{1059}' | '\u{105e}'..='\u{1060}' | '\u{1062}'..='\u{1064}'
        | '\u{1067}'..='\u{106d}' | '\u{1071}'..='\u{1074}' | '\u{1082}'..='\u{108d}' | '\u{108f}' | '\u{109a}'..='\u{109d}'
        | '\u{17b4}'..='\u{17d3}' | '\u{17dd}' | '\u{3099}'..='\u{309a}')
}

/// The form of a letter that is indexed; none for what is left out.
fn form(letter: char) -> Option<char> {
    Some(match letter {
        'İ' => 'i',
        'ı' => 'i',
        'ё' => 'е',
        'Ё' => 'Е',
        '\u{622}' | '\u{623}' | '\u{625}' | '\u{671}' => '\u{627}',
        '\u{649}' | '\u{6cc}' => '\u{64a}',
        '\u{6a9}' => '\u{643}',
        '\u{624}' => '\u{648}',
        '\u{ad}' | '\u{300}' | '\u{301}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{93c}' => return None,
        // The vowel points of Hebrew.
        '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' => return None,
        letter => letter,
    })
}

/// A word as it is indexed: in lower case, composed, each letter in one form. At the end heh is teh marbuta, for which it often stands.
fn written(word: &str) -> String {
    let forms = word.nfc().filter_map(form).flat_map(char::to_lowercase).filter(|letter| !is_dropped(*letter));
    let mut written: String = forms.collect();
    if let Some(start) = written.strip_suffix('\u{647}').map(str::len) {
        written.replace_range(start.., "\u{629}");
    }
    written
}

/// Letters of half and full width, ligatures, and Arabic letters by their place in a word: they are read in their usual form.
fn has_usual_form(letter: char) -> bool {
    matches!(letter,
        '\u{fb00}'..='\u{fb06}' | '\u{fb13}'..='\u{fb17}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{ff10}'..='\u{ff5a}' | '\u{ff66}'..='\u{ff9f}')
}

/// A letter in its usual form, and where it stands in the text.
#[derive(Clone, Copy)]
struct Letter {
    start: usize,
    end: usize,
    letter: char,
}

fn letters(text: &str) -> Vec<Letter> {
    let mut letters = Vec::with_capacity(text.len());
    let mut signs = text.char_indices().peekable();
    while let Some((start, sign)) = signs.next() {
        let mut end = start + sign.len_utf8();
        if !has_usual_form(sign) {
            letters.push(Letter { start, end, letter: sign });
            continue;
        }
        // Voice marks of half width are signs of their own.
        let mark = signs.next_if(|(_, sign)| matches!(sign, '\u{ff9e}' | '\u{ff9f}')).map(|(_, mark)| mark);
        end += mark.map_or(0, char::len_utf8);
        letters.extend([sign].into_iter().chain(mark).nfkc().map(|letter| Letter { start, end, letter }));
    }
    letters
}

/// A word without the marks of its Latin and Greek letters.
pub(super) fn folded(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut has_base = false;
    for letter in word.nfd() {
        if has_base && matches!(letter, '\u{300}'..='\u{36f}') {
            continue;
        }
        has_base = letter.is_ascii_alphabetic() || matches!(letter, '\u{370}'..='\u{3ff}');
        match letter {
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'ħ' => plain.push('h'),
            'ŧ' => plain.push('t'),
            'ŋ' => plain.push('n'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            letter => plain.push(letter),
        }
    }
    plain.nfc().collect()
}

/// The words of a text as they are indexed: runs of letters and digits, `U.S.` as one, and of scripts without spaces each two letters that
/// follow each other, and the last one.
pub(super) fn terms(text: &str) -> Vec<Word> {
    let letters = letters(text);
    let is_dot_of_capital = |at: usize| {
        let letter = |at: usize| letters.get(at).map(|letter| letter.letter);
        letter(at) == Some('.')
            && letter(at + 1).is_some_and(|letter| letter.is_ascii_uppercase())
            && letter(at + 2) == Some('.')
    };
    let mut terms = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if !is_part_of_word(letters[at].letter) {
            at += 1;
            continue;
        }
        let start = at;
        while at < letters.len() && (is_part_of_word(letters[at].letter) || is_dot_of_capital(at)) {
            at += 1;
        }
        parts(&letters[start..at], &mut terms);
    }
    terms
}

/// The terms of a run of letters.
fn parts(run: &[Letter], terms: &mut Vec<Word>) {
    let kept: Vec<Letter> = run.iter().copied().filter(|letter| !is_dropped(letter.letter)).collect();
    for part in kept.chunk_by(|one, other| is_unspaced(one.letter) == is_unspaced(other.letter)) {
        if !is_unspaced(part[0].letter) {
            let word: String = part.iter().map(|letter| letter.letter).filter(|letter| *letter != '.').collect();
            let folded = written(&word);
            if !folded.is_empty() {
                terms.push(Word { start: part[0].start, end: part[part.len() - 1].end, folded });
            }
            continue;
        }
        for (index, letter) in part.iter().enumerate() {
            let pair = &part[index..(index + 2).min(part.len())];
            let folded = pair.iter().map(|letter| letter.letter).collect();
            terms.push(Word { start: letter.start, end: pair[pair.len() - 1].end, folded });
        }
    }
}

/// The terms that a query for `text` looks for, one behind the other. The last letter of a run is the beginning of any word that goes on, so it is
/// left out; a single one is followed by a star: it may be the beginning of two.
pub(super) fn wanted(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = terms(text).into_iter().map(|term| term.folded).collect();
    let is_single = |term: &String| term.chars().count() == 1 && term.chars().all(is_unspaced);
    let is_pair = |term: &String| term.chars().count() == 2 && term.chars().all(is_unspaced);
    match &terms[..] {
        [.., before, last] if is_single(last) && is_pair(before) => drop(terms.pop()),
        [only] if is_single(only) => terms[0].push('*'),
        _ => {}
    }
    terms
}

/// How much of a query a term is: the letters of a word in a script without spaces are several.
pub(super) fn is_part_of_unspaced(term: &str) -> bool {
    term.chars().next().is_some_and(is_unspaced)
}

/// What is looked for by its beginning.
pub(super) fn beginning(term: &str) -> Option<&str> {
    term.strip_suffix('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(text: &str) -> Vec<String> {
        terms(text).into_iter().map(|term| term.folded).collect()
    }

    #[test]
    fn words_are_cut_as_they_are_indexed() {
        for (text, words) in [
            ("The U.S. and the U.S.S.R.", &["the", "us", "and", "the", "ussr"][..]),
            ("e.g. example.org A.B", &["e", "g", "example", "org", "a", "b"]),
            ("上海东边 iPhone手机", &["上海", "海东", "东边", "边", "iphone", "手机", "机"]),
            ("ภาษาไทย", &["ภา", "าษ", "ษา", "าไ", "ไท", "ทย", "ย"]),
            ("도서관에서 책", &["도서", "서관", "관에", "에서", "서", "책"]),
            ("İSTANBUL ılık ＡＢＣ１", &["istanbul", "ilik", "abc1"]),
            ("أَخْبَار كبيـــر مستشفى", &["اخبار", "كبير", "مستشفي"]),
            ("القاهره القاهرة وجهه", &["القاهرة", "القاهرة", "وجهة"]),
            ("הַמֶּמְשָׁלָה", &["הממשלה"]),
            ("क़ानून ज़िला", &["कानून", "जिला"]),
            ("ｶﾞﾗｽ 25ﾄﾞﾙ", &["ガラ", "ラス", "ス", "25", "ドル", "ル"]),
            ("ﬁnal oﬃce ﻣﺼﺮ", &["final", "office", "مصر"]),
        ] {
            assert_eq!(indexed(text), words, "{text}");
        }
    }

    #[test]
    fn a_query_leaves_open_how_the_last_word_goes_on() {
        for (text, words) in [
            ("上海", &["上海"][..]),
            ("记忆系统", &["记忆", "忆系", "系统"]),
            ("책", &["책*"]),
            ("手机iPhone", &["手机", "机", "iphone"]),
            ("bank", &["bank"]),
        ] {
            assert_eq!(wanted(text), words, "{text}");
        }
    }

    #[test]
    fn marks_are_folded() {
        for (word, plain) in [
            ("zürich", "zurich"),
            ("łódź", "lodz"),
            ("straße", "strasse"),
            ("tromsø", "tromso"),
            ("αθήνα", "αθηνα"),
            ("đà", "da"),
            ("việt", "viet"),
            ("майор", "майор"),
            ("ær", "aer"),
        ] {
            assert_eq!(folded(word), plain);
        }
    }
}
