//! Bytes to text: a feed's encoding as it says it, unless its bytes say otherwise.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How far a declaration may stand from the start: some publishers put comments before it.
const HEAD: usize = 2048;

/// The text, and what was wrong with its encoding.
pub(super) fn decode(bytes: &[u8]) -> (String, Option<String>) {
    match bytes {
        [0, 0, 0xfe, 0xff, rest @ ..] => return decode_utf_32(rest, u32::from_be_bytes),
        [0xff, 0xfe, 0, 0, rest @ ..] => return decode_utf_32(rest, u32::from_le_bytes),
        [0, 0, 0, b'<' | b'{', ..] => return decode_utf_32(bytes, u32::from_be_bytes),
        [b'<' | b'{', 0, 0, 0, ..] => return decode_utf_32(bytes, u32::from_le_bytes),
        _ => {}
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, &bytes[length..], None);
    }
    match bytes {
        [b'<' | b'{', 0, ..] => return decode_as(UTF_16LE, bytes, None),
        [0, b'<' | b'{', ..] => return decode_as(UTF_16BE, bytes, None),
        _ => {}
    }
    let label = declared(bytes);
    let declared = label.as_deref().and_then(|label| Encoding::for_label(label.as_bytes()));
    if let Ok(text) = std::str::from_utf8(bytes) {
        // In these every byte is ASCII; in any other, text that happens to be valid UTF-8 is UTF-8.
        if let Some(encoding) = declared.filter(|encoding| !encoding.is_ascii_compatible() && bytes.contains(&0x1b)) {
            return decode_as(encoding, bytes, None);
        }
        let lies = declared.is_some_and(|encoding| encoding != UTF_8) && !bytes.is_ascii();
        let warning = lies.then(|| format!("says {}, is UTF-8", label.unwrap_or_default()));
        return (text.to_owned(), warning);
    }
    match declared {
        Some(encoding) if encoding != UTF_8 && encoding.is_ascii_compatible() => decode_as(encoding, bytes, None),
        _ => {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            detector.feed(bytes, true);
            let guess = detector.guess(None, Utf8Detection::Deny);
            // A few broken bytes, or one cut at the end, do not make a document another encoding.
            if is_mostly_utf8(bytes) {
                return decode_as(UTF_8, bytes, None);
            }
            let said = label.as_deref().unwrap_or("no encoding");
            decode_as(guess, bytes, Some(format!("says {said}, read as {}", guess.name())))
        }
    }
}

/// The one encoding of XML processors that is none of the web.
fn decode_utf_32(bytes: &[u8], number: fn([u8; 4]) -> u32) -> (String, Option<String>) {
    let numbers = bytes.chunks(4).map(|chunk| chunk.try_into().map(number).unwrap_or(u32::MAX));
    let text: String = numbers.map(|number| char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let warning = text.contains(char::REPLACEMENT_CHARACTER).then(|| "some characters are not UTF-32".to_owned());
    (text, warning)
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8], warning: Option<String>) -> (String, Option<String>) {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    let warning = warning.or_else(|| broken.then(|| format!("some characters are not {}", encoding.name())));
    (text.into_owned(), warning)
}

/// The value of `encoding` in the XML declaration.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    let declaration = &head[head.find("<?xml")?..];
    let declaration = &declaration[..declaration.find("?>")?];
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Some(value[1..].split(quote).next()?.trim().to_owned())
}

/// More well-formed sequences than broken ones?
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_encoding_is_used() {
        let bytes = b"<?xml version='1.0' encoding='windows-1251'?><a>\xcc\xe8\xf0</a>";
        assert_eq!(decode(bytes), ("<?xml version='1.0' encoding='windows-1251'?><a>Мир</a>".to_owned(), None));
    }

    #[test]
    fn a_declaration_that_lies_is_passed_over_with_a_warning() {
        let utf8 = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>Мир</a>";
        let (text, warning) = decode(utf8.as_bytes());
        assert_eq!(text, utf8);
        assert!(warning.unwrap().contains("is UTF-8"));
        let (text, warning) = decode(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><a>caf\u{e9} d\u{e9}j\u{e0} vu</a>"
                .chars()
                .map(|c| c as u8)
                .collect::<Vec<_>>()
                .as_slice(),
        );
        assert!(text.contains("café déjà vu"), "{text}");
        assert!(warning.unwrap().contains("read as"));
    }

    #[test]
    fn a_broken_byte_in_utf_8_is_replaced() {
        let mut bytes = "<a>Мир во всём мире</a>".as_bytes().to_vec();
        bytes.insert(3, 0xff);
        let (text, warning) = decode(&bytes);
        assert_eq!(text, "<a>\u{fffd}Мир во всём мире</a>");
        assert!(warning.is_some());
    }

    #[test]
    fn utf_16_and_utf_32_are_told_with_and_without_a_mark() {
        let utf32 = |text: &str| text.chars().flat_map(|sign| u32::from(sign).to_le_bytes()).collect::<Vec<_>>();
        assert_eq!(decode(&utf32("<a>é</a>")), ("<a>é</a>".to_owned(), None));
        assert_eq!(decode(&utf32("\u{feff}<a>é</a>")).0, "<a>é</a>");
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        assert_eq!(decode(&utf16("<a>é</a>")).0, "<a>é</a>");
        assert_eq!(decode(&utf16("\u{feff}<a>é</a>")).0, "<a>é</a>");
    }
}
