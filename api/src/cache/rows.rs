//! Rows, short lists of them and pages kept in memory between requests, for answers that are not kept themselves: by the key that finds
//! them, with the tags of what they are made of, dropped by the same changes as answers. docs/decisions/0016 says why.

use std::{
    any::{Any, TypeId},
    fmt,
    hash::{BuildHasher as _, Hash, RandomState},
    ops::Deref,
    sync::Arc,
};

use quick_cache::{Weighter, sync::Cache as Entries};
use sea_orm::entity::prelude::DateTimeUtc;

use super::{
    Cache, Inner,
    index::{Hold, Index},
    micros,
    tag::Tag,
};

/// The part of the memory that one entry may take.
const LARGEST: u64 = 16;

/// What was found for a key.
#[derive(Debug)]
pub(crate) struct Kept<V> {
    /// None when there was nothing.
    pub(crate) value: Option<V>,
    /// What answers that are made of it depend on.
    pub(crate) tags: Box<[Tag]>,
    /// From when on it is untrue by itself.
    pub(crate) until: Option<DateTimeUtc>,
}

#[derive(Debug)]
struct Entry<K, V> {
    key: K,
    kept: Kept<V>,
    hold: Arc<Hold>,
}

/// By type and hash; what has the same is told apart by the key itself.
type Place = (TypeId, u64);

#[derive(Clone)]
struct Stored {
    entry: Arc<dyn Any + Send + Sync>,
    weight: u64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Place, Stored> for Weight {
    fn weight(&self, _: &Place, stored: &Stored) -> u64 {
        stored.weight
    }
}

/// All that is kept.
pub(super) struct Store {
    bytes: u64,
    entries: Entries<Place, Stored, Weight>,
    index: Index,
    /// Hashes that nobody outside can aim at.
    hasher: RandomState,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("bytes", &self.entries.weight()).finish_non_exhaustive()
    }
}

impl Store {
    pub(super) fn new(bytes: u64) -> Self {
        const USUAL: u64 = 2 * 1024;
        let items = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).clamp(16, 1_000_000);
        let entries = Entries::with_weighter(items, bytes, Weight);
        Self { bytes, entries, index: Index::default(), hasher: RandomState::new() }
    }

    /// Drops what is made of any of `tags`.
    pub(super) fn touch(&self, tags: &[Tag]) {
        // What is dropped is not true any more; its place is taken by what is found next, or by others.
        self.index.touch(tags);
    }

    pub(super) fn touch_all(&self) {
        self.index.touch_all();
        self.entries.clear();
    }
}

/// What one request may take, and keep for others.
#[derive(Clone)]
pub(crate) struct Rows {
    cache: Arc<Inner>,
    began: u64,
    now: i64,
}

impl Cache {
    /// What is kept, for a request that takes its time of day after this; none when changes are not followed right now.
    ///
    /// Moments that pass later count as changes since the request began, so what it finds as of before them is not kept.
    pub(crate) fn rows(&self) -> Option<Rows> {
        let inner = &self.0;
        let now = micros(crate::now());
        if inner.rows.bytes == 0 || !inner.is_trusted(now) {
            return None;
        }
        inner.pass(now);
        Some(Rows { cache: Arc::clone(inner), began: inner.rows.index.generation(), now })
    }
}

impl Rows {
    /// What is kept for `key`, while it is true.
    pub(crate) fn get<K, V>(&self, key: &K) -> Option<impl Deref<Target = Kept<V>>>
    where
        K: Eq + Hash + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let stored = self.cache.rows.entries.get(&self.place(key))?;
        let entry = stored.entry.downcast::<Entry<K, V>>().ok()?;
        let is_true = entry.hold.is_true() && entry.kept.until.is_none_or(|until| self.now < micros(until));
        (is_true && entry.key == *key).then_some(Found(entry))
    }

    /// Keeps what was found for `key`, unless something in it has changed since the request began.
    pub(crate) fn keep<K, V>(&self, key: &K, kept: Kept<V>, also: &[Tag], weight: usize)
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        const FIXED: usize = 300;
        const PER_TAG: usize = 48;
        let rows = &self.cache.rows;
        let tags: Vec<Tag> = kept.tags.iter().chain(also).copied().collect();
        let weight = (FIXED + size_of::<Entry<K, V>>() + weight + PER_TAG * tags.len()) as u64;
        if weight > rows.bytes / LARGEST || kept.until.is_some_and(|until| micros(until) <= self.now) {
            return;
        }
        if let Some(hold) = rows.index.hold(0, &tags, self.began) {
            let entry = Arc::new(Entry { key: key.clone(), kept, hold });
            rows.entries.insert(self.place(key), Stored { entry, weight });
        }
    }

    fn place<K: Hash + 'static>(&self, key: &K) -> Place {
        (TypeId::of::<K>(), self.cache.rows.hasher.hash_one(key))
    }
}

struct Found<K, V>(Arc<Entry<K, V>>);

impl<K, V> Deref for Found<K, V> {
    type Target = Kept<V>;

    fn deref(&self) -> &Kept<V> {
        &self.0.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{Settings, tag::Kind};

    fn tag(id: i64) -> Tag {
        Tag::id(Kind::Article, id)
    }

    fn request(cache: &Cache) -> Rows {
        let inner = &cache.0;
        Rows { cache: Arc::clone(inner), began: inner.rows.index.generation(), now: micros(crate::now()) }
    }

    fn keep(rows: &Rows, key: i64, tags: &[Tag], until: Option<DateTimeUtc>, weight: usize) {
        rows.keep(&key, Kept { value: Some("found"), tags: tags.into(), until }, &[], weight);
    }

    fn has(rows: &Rows, key: i64) -> bool {
        rows.get::<i64, &str>(&key).is_some()
    }

    #[test]
    fn what_is_kept_is_given_until_something_in_it_changes() {
        let cache = Cache::new(&Settings::default());
        keep(&request(&cache), 1, &[tag(1)], None, 0);
        keep(&request(&cache), 2, &[tag(2)], None, 0);
        assert!(has(&request(&cache), 1) && has(&request(&cache), 2) && !has(&request(&cache), 3));
        cache.0.touch(&[tag(1)]);
        assert!(!has(&request(&cache), 1) && has(&request(&cache), 2));
        cache.0.touch_all();
        assert!(!has(&request(&cache), 2));
    }

    #[test]
    fn the_same_key_of_another_type_is_another_thing() {
        let cache = Cache::new(&Settings::default());
        let rows = request(&cache);
        keep(&rows, 1, &[tag(1)], None, 0);
        assert!(rows.get::<u64, &str>(&1).is_none() && has(&rows, 1));
    }

    #[test]
    fn what_has_changed_since_the_request_began_is_not_kept() {
        let cache = Cache::new(&Settings::default());
        let rows = request(&cache);
        rows.keep(&2_i64, Kept { value: Some("found"), tags: [tag(2)].into(), until: None }, &[tag(1)], 0);
        cache.0.touch(&[tag(1)]);
        keep(&rows, 1, &[tag(1)], None, 0);
        assert!(!has(&rows, 1), "it was found after the change, by a request that began before");
        assert!(!has(&rows, 2), "it holds more than what answers name");
    }

    #[test]
    fn what_is_too_large_or_untrue_by_itself_is_not_kept() {
        let cache = Cache::new(&Settings { rows: 1024 * 1024, ..Settings::default() });
        let rows = request(&cache);
        keep(&rows, 1, &[tag(1)], None, 1024 * 1024 / 16);
        keep(&rows, 2, &[tag(1)], Some(crate::now() - chrono::TimeDelta::seconds(1)), 0);
        keep(&rows, 3, &[tag(1)], Some(crate::now() + chrono::TimeDelta::minutes(1)), 0);
        assert!(!has(&rows, 1) && !has(&rows, 2) && has(&rows, 3));
        let later = Rows { now: rows.now + 61_000_000, ..rows };
        assert!(!has(&later, 3));
    }

    #[test]
    fn memory_is_bounded() {
        let cache = Cache::new(&Settings { rows: 1024 * 1024, ..Settings::default() });
        let rows = request(&cache);
        (0..10_000).for_each(|key| keep(&rows, key, &[tag(key)], None, 1_000));
        assert!(cache.0.rows.entries.weight() <= 1024 * 1024);
        assert!((0..10_000).filter(|key| has(&rows, *key)).count() > 300);
    }
}
