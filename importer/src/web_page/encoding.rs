//! Bytes of a web page to text: what the page says about its encoding is checked, since pages often say wrong.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use crate::{Defaults, Reading};

/// Where a page says its encoding; browsers look at the first 1,024 bytes, pages put it later all the same.
const DECLARATION: usize = 8192;

/// The text of a page.
pub(super) fn decode<'a>(bytes: &'a [u8], defaults: &Defaults, reading: &mut Reading) -> Cow<'a, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[length..]).0;
    }
    let declared = declared(&bytes[..bytes.len().min(DECLARATION)]);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let is_silent = text.is_ascii() && declared.is_none_or(Encoding::is_ascii_compatible);
        match declared {
            Some(encoding) if encoding != UTF_8 && !is_silent && encoding.is_ascii_compatible() => {
                reading.warn("charset", format!("the page says {}, and is UTF-8", encoding.name()));
            }
            // ISO-2022-JP writes Japanese in ASCII bytes.
            Some(encoding) if !encoding.is_ascii_compatible() => return encoding.decode_without_bom_handling(bytes).0,
            _ => {}
        }
        return Cow::Borrowed(text);
    }
    if let Some(encoding) = declared.filter(|encoding| *encoding != UTF_8) {
        let (text, has_errors) = encoding.decode_without_bom_handling(bytes);
        if !has_errors {
            return text;
        }
    }
    if is_damaged_utf8(bytes) {
        reading.warn("charset", "bytes that are no UTF-8 are replaced");
        return String::from_utf8_lossy(bytes);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let tld = defaults.base.as_ref().and_then(|base| base.host_str()?.rsplit('.').next().map(str::to_owned));
    let tld = tld.filter(|tld| tld.bytes().all(|byte| byte.is_ascii_lowercase()));
    let guessed = detector.guess(tld.as_deref().map(str::as_bytes), Utf8Detection::Deny);
    let says = declared.map_or("names no encoding", |encoding| match encoding {
        _ if encoding == UTF_8 => "says UTF-8 and is not",
        _ => "is not in the encoding that it says",
    });
    reading.warn("charset", format!("the page {says}: read as {}", guessed.name()));
    guessed.decode_without_bom_handling(bytes).0
}

/// Far more characters of several bytes than bytes that belong to none: UTF-8 that was cut or spliced.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut wide, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        wide += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    wide > broken * 4
}

/// What the page says, as the HTML standard reads it.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    let in_xml =
        start.trim_start().strip_prefix("<?xml").and_then(|rest| value_of(rest.split('>').next()?, "encoding"));
    let in_meta = || {
        let mut tags = start.split("<meta").skip(1).filter_map(|rest| rest.split('>').next());
        tags.find_map(|tag| value_of(tag, "charset"))
    };
    let encoding = Encoding::for_label(in_meta().or(in_xml)?.as_bytes())?;
    // A page that could be read so far is in none of these.
    let is_impossible = encoding == UTF_16LE || encoding == UTF_16BE;
    Some(if is_impossible { UTF_8 } else { encoding }).map(|encoding| match encoding {
        _ if encoding == X_USER_DEFINED => WINDOWS_1252,
        _ => encoding,
    })
}

fn value_of<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    while let Some(at) = rest.find(name) {
        rest = rest[at + name.len()..].trim_start();
        if let Some(value) = rest.strip_prefix('=') {
            let value = value.trim_start().trim_start_matches(['"', '\'']);
            let end = value.find(|end: char| end.is_whitespace() || matches!(end, '"' | '\'' | ';' | '?' | '/'));
            return value.get(..end.unwrap_or(value.len())).filter(|value| !value.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, usize) {
        let mut reading = Reading::default();
        let text = decode(bytes, &Defaults::default(), &mut reading).into_owned();
        (text, reading.warnings.len())
    }

    #[test]
    fn the_encoding_that_a_page_says_is_used() {
        assert_eq!(decoded(b"<meta charset=iso-8859-1>\xe4"), ("<meta charset=iso-8859-1>\u{e4}".to_owned(), 0));
        let page = b"<META http-equiv=content-type content=\"text/html; charset=windows-1251\">\xcb\xf3\xed\xe0";
        assert!(decoded(page).0.ends_with("Луна"));
        assert!(decoded(b"<?xml version='1.0' encoding='iso-8859-2'?>\xb1").0.ends_with('ą'));
        assert!(decoded(b"<meta charset=iso-2022-jp>\x1b$B7n\x1b(B").0.ends_with('月'));
    }

    #[test]
    fn a_byte_order_mark_outweighs_what_the_page_says() {
        assert_eq!(decoded("\u{feff}<meta charset=latin1>é".as_bytes()), ("<meta charset=latin1>é".to_owned(), 0));
        assert_eq!(decoded(b"\xff\xfea\0"), ("a".to_owned(), 0));
    }

    #[test]
    fn pages_that_say_wrong_are_read_with_a_warning() {
        let (text, warnings) = decoded(b"<meta charset=utf-8><p>Gr\xf6\xdfe und \xc4hre, f\xfcr alle");
        assert!(text.ends_with("Größe und Ähre, für alle"), "{text}");
        assert_eq!(warnings, 1);
        assert_eq!(decoded("<meta charset=latin1>Größe".as_bytes()), ("<meta charset=latin1>Größe".to_owned(), 1));
        assert_eq!(decoded(b"<meta charset=latin1>plain").1, 0);
    }

    #[test]
    fn utf_8_that_was_cut_stays_utf_8() {
        let mut page = "<meta charset=utf-8>Größe und Ähre, für alle".repeat(3).into_bytes();
        page.push(0xc3);
        let (text, warnings) = decoded(&page);
        assert!(text.contains("Ähre") && text.ends_with('\u{fffd}'));
        assert_eq!(warnings, 1);
    }
}
