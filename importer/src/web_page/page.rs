//! What every reader of a page's metadata needs: its address, its defaults, and a place for warnings.

use chrono::{DateTime, Utc};
use url::Url;

pub(super) use crate::vocabulary::coded_language as language;
use crate::{
    Defaults, Reading,
    draft::Contributor,
    text,
    time::{self, Origin},
};

/// More topics than a newsroom gives to an article.
const TOPICS: usize = 50;

/// Bytes of the longest plain text.
const TEXT: usize = 5_000;

/// A longer one is a sentence.
const NAME: usize = 120;

/// What content management systems say when they know nobody.
const NOBODY: [&str; 6] = ["admin", "administrator", "anonymous", "null", "undefined", "unknown"];

/// Words that go before the names of authors.
const BY: [&str; 9] = ["by ", "von ", "por ", "par ", "di ", "af ", "av ", "door ", "written by "];

pub(super) struct Page<'a> {
    pub(super) defaults: &'a Defaults,
    /// What relative addresses are relative to.
    pub(super) base: Option<Url>,
    /// Where its times are from.
    pub(super) origin: Origin,
    pub(super) reading: &'a mut Reading,
}

impl Page<'_> {
    /// A moment; `at` names the property in the warning when it is none.
    pub(super) fn time(&mut self, at: &str, text: &str) -> Option<DateTime<Utc>> {
        let text = plain(text)?;
        match time::read(&text, &self.origin) {
            Ok(time) => Some(time),
            Err(reason) => {
                let text: String = text.chars().take(NAME).collect();
                self.reading.warn(at, format!("`{text}` {reason}"));
                None
            }
        }
    }

    /// An address of the web.
    pub(super) fn address(&self, text: &str) -> Option<Url> {
        let text = text.trim();
        if text.is_empty() || text.contains(|character: char| character.is_whitespace() || character == '<') {
            return None;
        }
        let url = match &self.base {
            Some(base) => base.join(text),
            None => Url::parse(text),
        };
        url.ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    }
}

/// Plain text of a property; what is longer than any headline, summary or notice is cut.
pub(super) fn plain(text: &str) -> Option<String> {
    text::plain(&text[..text.floor_char_boundary(TEXT)])
}

/// A name for readers: no address, no handle, no name to log in with, not a sentence.
pub(super) fn name(text: &str) -> Option<String> {
    let name = plain(text)?;
    let is_address = name.contains("://") || name.starts_with("www.") || name.starts_with('@');
    let is_account =
        name.contains(['.', '_']) && name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_'));
    let is_nobody = NOBODY.iter().any(|nobody| name.eq_ignore_ascii_case(nobody));
    let is_short = name.chars().count() <= NAME && name.contains(char::is_alphabetic);
    (is_short && !is_address && !is_account && !is_nobody).then_some(name)
}

/// A number of pixels, as `1200` or `1200px`.
pub(super) fn pixels(text: &str) -> Option<i32> {
    let text = text.trim().trim_end_matches("px").trim();
    text.parse::<f64>().ok().filter(|pixels| (1.0..=100_000.0).contains(pixels)).map(|pixels| pixels.round() as i32)
}

/// Topics of a list that is written as text.
pub(super) fn keywords(text: &str) -> Vec<String> {
    let text = plain(text).unwrap_or_default();
    let separator = [';', '|', ','].into_iter().find(|separator| text.contains(*separator)).unwrap_or(',');
    text.split(separator).filter_map(|keyword| topic(keyword.trim())).take(TOPICS).collect()
}

fn topic(text: &str) -> Option<String> {
    let text = match text.split_once(':') {
        Some(("Tag" | "tag" | "Topic" | "topic", topic)) => topic,
        // Flags of content management systems: `LockedPostSource:0`.
        Some((key, value)) if is_identifier(key) && !value.starts_with(' ') => return None,
        _ => text,
    };
    let length = text.chars().count();
    (length <= NAME && text.contains(char::is_alphanumeric))
        .then(|| text.trim_matches(['"', '«', '»', '#', ' ']).to_owned())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Authors of a byline. Commas separate names only where no piece is a single word, as they also stand before agencies and places.
pub(super) fn authors(byline: &str) -> Vec<Contributor> {
    let line = without_by(byline);
    let mut names: Vec<&str> = vec![line];
    for separator in [";", "；", "、", " / ", " & "] {
        names = names.into_iter().flat_map(|name| name.split(separator)).collect();
    }
    for separator in [" and ", " und ", " y ", " et ", " och "] {
        let pieces = |name: &'_ str| name.split(separator).all(|name| name.trim().contains(' '));
        names = names.into_iter().flat_map(|name| name.splitn(if pieces(name) { 16 } else { 1 }, separator)).collect();
    }
    let names = names.into_iter().flat_map(|name| {
        let pieces: Vec<&str> = name.split([',', '，']).map(str::trim).collect();
        let are_names = pieces.iter().all(|piece| (2..=4).contains(&piece.split_whitespace().count()));
        if are_names { pieces } else { vec![name.trim()] }
    });
    names.filter_map(name).map(|name| author(name, None)).collect()
}

/// Authors of a property that holds their names alone: every comma separates two, but for what stands behind a name.
pub(super) fn listed_authors(line: &str) -> Vec<Contributor> {
    let found = authors(line);
    let [one] = &found[..] else { return found };
    let pieces: Vec<&str> = one.name.split(',').map(str::trim).collect();
    let is_name = |piece: &&str| {
        let is_title = piece.ends_with('.')
            || piece.chars().filter(|sign| sign.is_uppercase()).count() > piece.split_whitespace().count();
        !is_title && piece.starts_with(char::is_alphabetic)
    };
    // `Ann Lee, London` is one with a place, and `Lee, Ann` may be one.
    let are_alike = pieces.iter().all(|piece| piece.contains(' ') == pieces[0].contains(' '));
    let is_unspaced = pieces[0].contains(|sign: char| sign >= '\u{2e80}');
    let are_many = pieces.len() > 2 || (pieces.len() == 2 && (pieces[0].contains(' ') || is_unspaced));
    if !are_many || !are_alike || !pieces.iter().all(is_name) {
        return found;
    }
    pieces.into_iter().filter_map(name).map(|name| author(name, None)).collect()
}

pub(super) fn author(name: String, uri: Option<String>) -> Contributor {
    Contributor { name, uri, role: Some("author".to_owned()), ..Contributor::default() }
}

/// A byline without the word that introduces it.
pub(super) fn without_by(byline: &str) -> &str {
    let byline = byline.trim();
    let without = BY.iter().find_map(|by| {
        let start = byline.get(..by.len())?;
        start.eq_ignore_ascii_case(by).then(|| byline[by.len()..].trim())
    });
    without.filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(byline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_normalised() {
        for (text, expected) in [("de_DE", "de-DE"), ("EN-us", "en-US"), (" fr ", "fr"), ("zh-hans-cn", "zh-Hans-CN")] {
            assert_eq!(language(text).as_deref(), Some(expected));
        }
        for text in ["Deutsch", "English", "", "und", "x-default", "en US"] {
            assert_eq!(language(text), None, "{text}");
        }
    }

    #[test]
    fn keywords_are_separated_and_flags_left_out() {
        assert_eq!(keywords("EU, Paris; Rome, Italy"), ["EU, Paris", "Rome, Italy"]);
        assert_eq!(keywords("EU, AT&amp;T ,,"), ["EU", "AT&T"]);
        assert_eq!(keywords("Tag:Node, Elevated:false, Brexit: the end"), ["Node", "Brexit: the end"]);
    }

    #[test]
    fn bylines_are_taken_apart_where_names_are_certain() {
        let names = |line| authors(line).into_iter().map(|author| author.name).collect::<Vec<_>>();
        assert_eq!(names("By Ada Lovelace and Alan Turing"), ["Ada Lovelace", "Alan Turing"]);
        assert_eq!(names("Ada Lovelace, Alan Turing und Kurt Gödel"), ["Ada Lovelace", "Alan Turing", "Kurt Gödel"]);
        assert_eq!(names("Ada Lovelace, London"), ["Ada Lovelace, London"]);
        assert_eq!(names("dsw / DPA"), ["dsw", "DPA"]);
        assert_eq!(names("https://facebook.com/ada"), [""; 0]);
        assert_eq!(names("Staff and news service reports"), ["Staff and news service reports"]);
        assert_eq!(names("ada.lovelace"), [""; 0]);
        assert_eq!(names("von der Leyen"), ["von der Leyen"]);
    }

    #[test]
    fn sizes_may_have_a_unit() {
        assert_eq!(pixels("1200px"), Some(1200));
        assert_eq!(pixels("640.0"), Some(640));
        assert_eq!(pixels("100%"), None);
        assert_eq!(pixels("1e300"), None);
    }
}
