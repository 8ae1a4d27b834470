//! Documents that were seen lately, by the hash of their text, for all requests: what is known of a text is found out once. Texts
//! that are wrong are kept with their errors, so that sending them again and again is no more work.
//!
//! The cache is bounded by bytes, and one that has been asked for again outlives those that were seen once. It is also where
//! automatic persisted queries are registered.

use std::sync::Arc;

use async_graphql::ServerError;
use quick_cache::{Weighter, sync::Cache};

use super::hash::Hash;
use super::prepared::Prepared;
use super::{Limits, Schema};

/// What is known of a text.
pub type Known = Result<Arc<Prepared>, Arc<[ServerError]>>;

/// Documents that were seen lately.
pub struct Documents(Cache<Hash, Known, Bytes>);

#[derive(Clone)]
struct Bytes;

impl Weighter<Hash, Known> for Bytes {
    fn weight(&self, _: &Hash, known: &Known) -> u64 {
        const ENTRY: u64 = 200;
        ENTRY
            + match known {
                Ok(prepared) => prepared.bytes(),
                Err(errors) => errors.iter().map(|error| 300 + error.message.len() as u64).sum(),
            }
    }
}

impl Documents {
    /// A cache of this many bytes.
    pub fn new(bytes: u64) -> Self {
        const USUAL: u64 = 64 * 1024;
        let items = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).clamp(16, 100_000);
        Self(Cache::with_weighter(items, bytes, Bytes))
    }

    /// The document with this hash, when it was seen lately.
    pub fn get(&self, hash: &Hash) -> Option<Known> {
        self.0.get(hash)
    }

    /// What is known of the text with this hash; found out now when it is not known yet.
    pub fn prepare(&self, text: &str, hash: Hash, schema: &Schema, limits: &Limits) -> Known {
        if let Some(known) = self.0.get(&hash) {
            return known;
        }
        let known: Known = match Prepared::new(text, hash, schema, limits) {
            Ok(prepared) => Ok(Arc::new(prepared)),
            Err(errors) => Err(errors.into()),
        };
        // Telling that a text is too long is no work, and it would take more room than others.
        if text.len() as u64 <= limits.bytes {
            self.0.insert(hash, known.clone());
        }
        known
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that are in use, about.
    pub fn weight(&self) -> u64 {
        self.0.weight()
    }
}
