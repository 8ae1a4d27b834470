//! Bytes to characters: by byte order mark, by the XML declaration, and by what the bytes are when these lie.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text, and what is to be said about its encoding.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<String>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, broken) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return (text, broken.then(|| format!("holds bytes that are not {}", encoding.name())));
    }
    let two_byte = match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    };
    let label = declared(bytes);
    let named = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    let encoding = match (two_byte, named) {
        (Some(encoding), _) => encoding,
        // The declaration itself was read as ASCII.
        (None, Some(encoding)) if encoding != UTF_16LE && encoding != UTF_16BE => encoding,
        _ => UTF_8,
    };
    let unknown = label.filter(|_| named.is_none() && two_byte.is_none());
    let utf8 = std::str::from_utf8(bytes);
    match utf8 {
        Ok(text) if encoding == UTF_8 => {
            (Cow::Borrowed(text), unknown.map(|label| format!("encoding `{label}` is not known; read as UTF-8")))
        }
        // Text in a one-byte encoding is not UTF-8 by chance, unless it is ASCII.
        Ok(text) if encoding.is_single_byte() && !text.is_ascii() => {
            (Cow::Borrowed(text), Some(format!("says that it is {}, but is UTF-8", encoding.name())))
        }
        Err(_) if encoding == UTF_8 => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            (text, Some("is not UTF-8; read as windows-1252".to_owned()))
        }
        _ => {
            let (text, broken) = encoding.decode_without_bom_handling(bytes);
            (text, broken.then(|| format!("holds bytes that are not {}", encoding.name())))
        }
    }
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<&str> {
    let start = bytes.get(..bytes.len().min(256))?;
    let rest = start.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = rest.iter().position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(&rest[..end]).ok()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        decode(bytes).0.into_owned()
    }

    #[test]
    fn the_declaration_names_the_encoding() {
        assert!(text(b"<?xml version='1.0' encoding='windows-1251'?><a>\xcb\xf3\xed\xe0</a>").contains("Луна"));
        assert!(text(b"<?xml version=\"1.0\" encoding = \"ISO-8859-1\"?><a>\xe9</a>").contains('é'));
        assert!(text(b"<?xml version='1.0' encoding='Shift_JIS'?><a>\x8c\x8e</a>").contains('月'));
    }

    #[test]
    fn a_byte_order_mark_wins() {
        let utf16: Vec<u8> = "\u{feff}<a>é</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&utf16), "<a>é</a>");
        assert_eq!(text(&utf16[2..]), "<a>é</a>");
        assert_eq!(text("\u{feff}<?xml encoding='ascii'?><a>é</a>".as_bytes()), "<?xml encoding='ascii'?><a>é</a>");
    }

    #[test]
    fn declarations_that_lie_are_seen_through() {
        let (text, note) = decode("<?xml version='1.0' encoding='ISO-8859-1'?><a>Bülow</a>".as_bytes());
        assert!(text.contains("Bülow") && note.is_some());
        let (text, note) = decode(b"<?xml version='1.0' encoding='UTF-8'?><a>B\xfclow \x93q\x94</a>");
        assert!(text.contains("Bülow \u{201c}q\u{201d}") && note.is_some());
        let (text, note) = decode("<?xml version='1.0' encoding='UTF-16'?><a>é</a>".as_bytes());
        assert!(text.contains('é') && note.is_none());
        assert!(decode(b"<?xml version='1.0' encoding='klingon'?><a/>").1.is_some());
    }
}
