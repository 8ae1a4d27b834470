//! Plain text: what becomes of the words of a document on their way to readers.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::html;

/// The longest slug, in bytes.
const SLUG_LENGTH: usize = 96;

/// Normalised to NFC, without control characters, and with white space folded to single spaces; `None` when nothing is left.
pub fn folded(text: &str) -> Option<String> {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for character in nfc(text).chars() {
        if character.is_whitespace() {
            gap = !folded.is_empty();
        } else if is_visible(character) {
            if gap {
                folded.push(' ');
                gap = false;
            }
            folded.push(character);
        }
    }
    (!folded.is_empty()).then_some(folded)
}

/// What a name is told apart by: names that differ in case, in spaces, in characters that nobody sees, or in how Unicode writes the same
/// characters (full-width letters, ligatures, composed accents) are one. Accents, scripts and spellings tell names apart.
pub fn name_key(name: &str) -> String {
    // The form of a small sigma depends on where it stands, not on the word.
    let lower = name.nfkc().collect::<String>().to_lowercase().replace('ς', "σ");
    let seen: String = lower.nfkc().filter(|character| !is_unseen(*character)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether there is something in a name that can be read, in whatever script.
pub(crate) fn is_name(name: &str) -> bool {
    words(name) > 0 || slug(name).is_some()
}

/// Hints where lines may break, and in which direction text runs.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// Nearly every text is normalised already, and looking is many times faster than composing it again.
pub(crate) fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// Control characters, the byte order mark and what is no character carry nothing for readers, and databases refuse NUL.
pub(crate) fn is_visible(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A plain field of a document that may hold markup or character references all the same: tags are left out, references
/// are decoded once.
pub fn plain(text: &str) -> Option<String> {
    if !text.contains(['<', '&']) {
        return folded(text);
    }
    let fragment = scraper::Html::parse_fragment(&html::shallow(&html::closed(text)));
    let mut plain = String::with_capacity(text.len());
    for node in fragment.tree.nodes() {
        match node.value() {
            scraper::Node::Text(piece) if !in_code(node) => plain.push_str(piece),
            scraper::Node::Element(element) if breaks(element.name()) => plain.push(' '),
            _ => {}
        }
    }
    folded(&plain)
}

fn in_code(node: ego_tree::NodeRef<'_, scraper::Node>) -> bool {
    let is_code = |parent: ego_tree::NodeRef<'_, scraper::Node>| {
        parent.value().as_element().is_some_and(|element| matches!(element.name(), "script" | "style"))
    };
    node.parent().is_some_and(is_code)
}

fn breaks(tag: &str) -> bool {
    matches!(tag, "br" | "p" | "div" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "tr" | "td")
}

/// A readable key in lower-case ASCII: words with hyphens between them, in any script transliterated; `None` when no
/// letter and no digit is left.
pub fn slug(text: &str) -> Option<String> {
    let latin = deunicode::deunicode_with_tofu(text, " ");
    let mut slug = String::new();
    for word in latin.replace(['\'', '`'], "").split(|character: char| !character.is_ascii_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        if !slug.is_empty() && slug.len() + 1 + word.len() > SLUG_LENGTH {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().take(SLUG_LENGTH).map(|character| character.to_ascii_lowercase()));
    }
    (!slug.is_empty()).then_some(slug)
}

/// A power in plain text: what stands raised behind a digit would be read as more of its digits.
pub(crate) fn superscript(power: &str) -> Option<String> {
    const DIGITS: [char; 10] = [
        '\u{2070}', '\u{b9}', '\u{b2}', '\u{b3}', '\u{2074}', '\u{2075}', '\u{2076}', '\u{2077}', '\u{2078}',
        '\u{2079}',
    ];
    let raised = power.trim().chars().map(|sign| match sign {
        '+' => Some('\u{207a}'),
        '-' | '\u{2212}' | '\u{2013}' => Some('\u{207b}'),
        'n' => Some('\u{207f}'),
        _ => Some(DIGITS[sign.to_digit(10)? as usize]),
    });
    raised.collect::<Option<String>>().filter(|raised| !raised.is_empty())
}

/// Number of words.
pub fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_raised_digits() {
        assert_eq!(superscript("-12").as_deref(), Some("\u{207b}\u{b9}\u{b2}"));
        assert_eq!((superscript("th"), superscript("")), (None, None));
    }

    #[test]
    fn white_space_is_folded_and_characters_are_composed() {
        assert_eq!(folded(" a\u{a0}\n\tb  c "), Some("a b c".to_owned()));
        assert_eq!(folded("e\u{301}\0\u{7}"), Some("\u{e9}".to_owned()));
        assert_eq!(folded(" \u{2003}\0 "), None);
    }

    #[test]
    fn names_are_told_apart_by_all_but_case_spaces_and_unicode_form() {
        for [one, other] in [
            ["BBC News", " bbc\u{a0} NEWS "],
            ["Ｒｅｕｔｅｒｓ", "Reuters"],
            ["Mu\u{308}ller", "MÜLLER"],
            ["ｶﾞｽ", "ガス"],
            ["ﬁnance", "Finance"],
            ["Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"],
            ["Αθήνα", "ΑΘΉΝΑ"],
            ["Wirt\u{ad}schaft", "\u{200e}Wirtschaft\u{200b}"],
            ["각", "\u{1100}\u{1161}\u{11a8}"],
        ] {
            assert_eq!(name_key(one), name_key(other), "{one} {other}");
        }
        for [one, other] in [
            ["bbc-news", "BBC News"],
            ["时报", "史报"],
            ["王伟", "汪伟"],
            ["Résumé", "Resume"],
            ["Müller", "Muller"],
            ["Müller", "Mueller"],
            ["Αθήνα", "Αθηνα"],
            ["Groß", "Gross"],
            ["Волков", "Volkov"],
            ["Оре", "Ope"],
            ["İzmir", "Izmir"],
            ["Все", "Всё"],
            ["C++", "C"],
        ] {
            assert_ne!(name_key(one), name_key(other), "{one} {other}");
        }
        assert_eq!(name_key(&name_key("ΣΊΣΥΦΟΣ ﬀ")), name_key("ΣΊΣΥΦΟΣ ﬀ"));
    }

    #[test]
    fn references_are_decoded_once_and_tags_left_out() {
        assert_eq!(plain("AT&amp;amp;T &lt;b&gt;"), Some("AT&amp;T <b>".to_owned()));
        assert_eq!(plain("one<br/>two <em>three</em><script>alert(1)</script>"), Some("one two three".to_owned()));
        assert_eq!(plain("1 < 2 & 3 > 2"), Some("1 < 2 & 3 > 2".to_owned()));
    }

    #[test]
    fn slugs_are_readable_in_any_script() {
        assert_eq!(
            slug("Who owns the Moon? What the treaties say").unwrap(),
            "who-owns-the-moon-what-the-treaties-say"
        );
        assert_eq!(slug("Кому принадлежит Луна").unwrap(), "komu-prinadlezhit-luna");
        assert_eq!(slug("Côte d'Ivoire: été").unwrap(), "cote-divoire-ete");
        assert_eq!(slug("月は誰のもの").as_deref().map(|slug| slug.is_ascii() && !slug.is_empty()), Some(true));
        assert_eq!(slug(" -- !"), None);
        assert!(slug(&"long words ".repeat(40)).unwrap().len() <= SLUG_LENGTH);
        assert_eq!(slug(&"x".repeat(400)).unwrap().len(), SLUG_LENGTH);
    }
}
