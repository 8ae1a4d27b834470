//! The name of a document: the SHA-256 of its text. It is what clients call a persisted query by, and no two texts have the same.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// That of `text`.
    pub fn of(text: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(text.as_ref()).into())
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
        }
        Some(Self(bytes))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_and_read_in_hexadecimal() {
        let hash = Hash::of("{ __typename }");
        let text = hash.to_string();
        assert_eq!(text, "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b");
        assert_eq!(Hash::from_hex(&text), Some(hash));
        assert_eq!(Hash::from_hex(&text.to_uppercase()), Some(hash));
        for wrong in ["", &text[1..], &format!("{text}0"), &text.replace('7', "g"), &"é".repeat(32)] {
            assert_eq!(Hash::from_hex(wrong), None, "{wrong}");
        }
    }
}
