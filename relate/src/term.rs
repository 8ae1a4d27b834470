//! What texts are compared by, as a number that is the same on every machine and in every release.

use std::hash::Hasher as _;

/// A stem of a language, a topic, or a language itself (which counts its articles).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term(pub i64);

impl Term {
    /// A stem. Equal spellings of two languages are two terms.
    pub(crate) fn stem(language: &str, stem: &str) -> Self {
        Self::hashed(b'w', language, stem.as_bytes())
    }

    /// A topic, by its key.
    pub fn topic(key: i64) -> Self {
        Self::hashed(b't', "", &key.to_le_bytes())
    }

    /// What counts the articles of a language; of all languages when it is empty.
    pub fn articles(language: &str) -> Self {
        Self::hashed(b'a', language, b"")
    }

    fn hashed(kind: u8, language: &str, bytes: &[u8]) -> Self {
        let mut hasher = fnv::FnvHasher::default();
        hasher.write(&[kind]);
        hasher.write(language.as_bytes());
        hasher.write(&[0]);
        hasher.write(bytes);
        Self(mixed(hasher.finish()).cast_signed())
    }
}

/// FNV leaves the upper bits of short texts alike; this spreads them (the finaliser of MurmurHash 3).
pub(crate) fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}
