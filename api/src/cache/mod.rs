//! Whole answers kept in memory, and never an untrue one: each carries the tags of what it is made of (`tag.rs`), a reader of the change
//! feed (`feed.rs`, `follow.rs`) drops what carries the tag of a change (`index.rs`), and so does time (`moments.rs`).
//!
//! An answer may be given only while the last look at the feed is younger than a lease. So nothing older than that can be given, whatever
//! becomes of the connection, the database or this process. docs/decisions/0012 says why each part is as it is.

mod body;
mod feed;
mod flight;
mod follow;
mod index;
mod moments;
mod parts;
mod prune;
mod purge;
mod rows;
mod serve;
mod tag;

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use async_graphql::CacheControl;
use async_graphql_value::ConstValue;
use chrono::TimeDelta;
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter, sync::DefaultLifecycle};
use sea_orm::{DatabaseConnection, entity::prelude::DateTimeUtc};

pub(crate) use self::{
    body::{Body, Coding},
    parts::Shareable,
    prune::prune,
    rows::{Kept, Rows},
    serve::{CACHE_STATUS, HIT},
    tag::{CACHE_TAG, Kind, Recorded, Recorder, SURROGATE_KEY, Tag},
};
use self::{
    flight::{Flight, Flights, Landing},
    follow::Follower,
    index::{Hold, Index},
    moments::Moments,
    purge::Purger,
};
pub use self::{follow::Committed, purge::Purge};
use crate::{document::Hash, http::graphql::Policy, watch::Came};

/// How old the last look at the change feed may be.
const LEASE: TimeDelta = TimeDelta::milliseconds(100);
/// The part of the cache that one answer may take.
const LARGEST: u64 = 16;
/// The parts that the cache is locked by. One of them holds the largest answer.
const SHARDS: usize = 8;

/// How much is kept, and for how long it is given when the database is away.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of memory for answers; 0 keeps none.
    pub bytes: u64,
    /// Bytes of memory for rows; 0 keeps none.
    pub rows: u64,
    /// How long the last good answers are given when the database cannot be reached.
    pub stale: TimeDelta,
    /// Who commits something on this server tells it here.
    pub committed: Committed,
    /// A cache before the server that is told what is no longer true.
    pub purge: Option<Purge>,
}

impl Default for Settings {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        let (stale, committed) = (TimeDelta::minutes(10), Committed::default());
        Self { bytes: 64 * MIB, rows: 48 * MIB, stale, committed, purge: None }
    }
}

impl Settings {
    /// Keeps nothing.
    pub fn off() -> Self {
        Self { bytes: 0, rows: 0, ..Self::default() }
    }

    /// The part of it for what requests come to.
    pub(crate) fn for_front(&self) -> u64 {
        self.bytes / 8
    }
}

/// An answer that is kept.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) body: Body,
    hold: Arc<Hold>,
    tags: Box<[Tag]>,
    pub(crate) policy: Policy,
    /// From when on it is untrue by itself, in microseconds.
    until: i64,
    /// No other answer of this server has it.
    number: u64,
    digest: OnceLock<Hash>,
    /// The schema's hints, for an answer that is part of others.
    hints: CacheControl,
}

impl Entry {
    /// What tells it from all other answers of this server, whatever they answer.
    pub(crate) fn identity(&self) -> Identity {
        Identity { key: self.hold.key, number: self.number }
    }

    /// The hash of its bytes without coding.
    pub(crate) fn digest(&self) -> &Hash {
        self.digest.get_or_init(|| Hash::of(self.body.plain()))
    }

    fn is_true(&self, now: i64) -> bool {
        now < self.until && self.hold.is_true()
    }

    /// The tags, as those who keep a copy are told them. The first is that of all answers.
    pub(crate) fn tag_names(&self) -> Vec<String> {
        std::iter::once(&Tag::everything()).chain(&self.tags).map(Tag::to_string).collect()
    }

    /// About what it takes of memory: plain and compressed, with its part of the index.
    fn weight(&self) -> u64 {
        const FIXED: usize = 400;
        const PER_TAG: usize = 32;
        (self.body.weight() + self.tags.len() * PER_TAG + FIXED) as u64
    }
}

/// An answer, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    key: u128,
    number: u64,
}

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<u128, Arc<Entry>> for Bytes {
    fn weight(&self, _: &u128, entry: &Arc<Entry>) -> u64 {
        entry.weight()
    }
}

/// What was answered, and dropped.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// By where answers came from.
    answers: [u64; Came::ALL.len()],
    /// Of the hits, those that the front gave.
    pub fronted: u64,
    /// Answers that were dropped because something in them had changed.
    pub dropped: u64,
}

impl Counts {
    /// Answers by where they came from.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (Came, u64)> {
        Came::ALL.into_iter().zip(self.answers)
    }
}

#[derive(Debug, Default)]
struct Counters {
    answers: [AtomicU64; Came::ALL.len()],
    fronted: AtomicU64,
    dropped: AtomicU64,
}

/// What there is to see of a cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// Answers, and the memory that they take, about.
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    pub(crate) most_bytes: u64,
    /// When the last look at the feed began that was successful.
    pub(crate) looked: Option<DateTimeUtc>,
}

/// What the cache says to a request.
pub(crate) enum Found {
    /// An answer that is true.
    Hit(Arc<Entry>),
    /// An answer that another request computed at the same time.
    Shared(Arc<Entry>),
    /// There is none: the request computes it.
    Miss(Flight),
    /// Changes are not followed right now, so nothing can be given; the request computes an answer for itself.
    Untrusted,
}

/// The answers of this server.
#[derive(Clone, Debug)]
pub struct Cache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    entries: quick_cache::sync::Cache<u128, Arc<Entry>, Bytes>,
    index: Index,
    moments: Moments,
    flights: Flights,
    rows: rows::Store,
    /// When the last look at the feed began that was successful, in microseconds.
    looked: AtomicI64,
    /// The position in PostgreSQL's log before which all changes stand that were seen.
    seen_until: AtomicU64,
    /// When a request failed last because the database was away.
    failed: AtomicI64,
    counters: Counters,
    numbers: AtomicU64,
    follower: Follower,
    purger: Option<Arc<Purger>>,
    /// Keys are hashes that nobody outside can aim at.
    hashers: [RandomState; 2],
}

impl Cache {
    /// The cache of a server on `db`, if it is to keep anything; it follows the changes as long as it is held.
    pub fn start(db: &DatabaseConnection, settings: &Settings) -> Option<Self> {
        if settings.bytes == 0 && settings.rows == 0 {
            return None;
        }
        let cache = Self::new(settings);
        follow::spawn(db, &cache.0);
        Some(cache)
    }

    /// Returns when what has been committed before this call can no longer be hidden by an answer of this server: because it has been seen, or
    /// because nothing is given until it is.
    pub async fn catch_up(&self) {
        self.0.follower.catch_up().await;
    }

    /// Follows changes no more: from now on nothing is answered from memory. The connection that changes were followed on is closed.
    pub async fn end(&self) {
        self.0.follower.end().await;
    }

    fn new(settings: &Settings) -> Self {
        const USUAL: u64 = 16 * 1024;
        let items = usize::try_from(settings.bytes / USUAL).unwrap_or(usize::MAX).clamp(256, 1_000_000);
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity(items)
            .weight_capacity(settings.bytes - settings.for_front())
            .build()
            .expect("both capacities are set");
        let entries = quick_cache::sync::Cache::with_options(
            options,
            Bytes,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        );
        Self(Arc::new(Inner {
            settings: settings.clone(),
            entries,
            index: Index::default(),
            moments: Moments::default(),
            flights: Flights::default(),
            rows: rows::Store::new(settings.rows),
            looked: AtomicI64::new(i64::MIN),
            seen_until: AtomicU64::new(0),
            failed: AtomicI64::new(i64::MIN),
            counters: Counters::default(),
            numbers: AtomicU64::new(0),
            purger: settings.purge.clone().map(Purger::start),
            follower: Follower::new(settings.committed.clone()),
            hashers: Default::default(),
        }))
    }

    /// What a request is cached by: equal ones have equal answers. Variables are equal in any order of their keys.
    pub(crate) fn key<'v>(
        &self,
        document: &[u8],
        operation: Option<&str>,
        variables: impl Iterator<Item = (&'v str, &'v ConstValue)>,
    ) -> u128 {
        let mut text = Vec::with_capacity(64);
        let mut variables: Vec<_> = variables.collect();
        variables.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in variables {
            write_text(&mut text, name);
            write_value(&mut text, value);
        }
        let hash = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            hasher.write_usize(document.len());
            hasher.write(document);
            match operation {
                Some(name) => {
                    hasher.write_u8(1);
                    hasher.write_usize(name.len());
                    hasher.write(name.as_bytes());
                }
                None => hasher.write_u8(0),
            }
            hasher.write(&text);
            hasher.finish()
        };
        let [high, low] = self.0.hashers.each_ref().map(hash);
        u128::from(high) << 64 | u128::from(low)
    }

    /// The answer to the request of this key; or the request is to compute it.
    async fn seek(&self, key: u128) -> Found {
        let inner = &self.0;
        loop {
            let now = micros(crate::now());
            if !inner.is_trusted(now) {
                return Found::Untrusted;
            }
            inner.pass(now);
            if let Some(entry) = inner.entries.get(&key) {
                if entry.is_true(now) {
                    return Found::Hit(entry);
                }
                // The time has come at which it is untrue.
                inner.entries.remove(&key);
            }
            // A request may share what was begun before it only when nothing at all has changed in between.
            match inner.flights.board(self, key, inner.index.generation()) {
                Ok(flight) => return Found::Miss(flight),
                Err(mut other) => {
                    match other.wait_for(|landing| !matches!(landing, Landing::Flying)).await.as_deref() {
                        Ok(Landing::Landed(entry)) if entry.is_true(micros(crate::now())) => {
                            return Found::Shared(Arc::clone(entry));
                        }
                        // What cannot be shared is computed by each, side by side.
                        Ok(_) => return Found::Miss(Flight::alone(self, key)),
                        // It was given up: another one begins.
                        Err(_) => {}
                    }
                }
            }
        }
    }

    /// The answer of this name, if it is still kept and true.
    pub(crate) fn still(&self, identity: Identity) -> Option<Arc<Entry>> {
        let inner = &self.0;
        let now = micros(crate::now());
        if !inner.is_trusted(now) {
            return None;
        }
        inner.pass(now);
        let entry = inner.entries.get(&identity.key)?;
        (entry.number == identity.number && entry.is_true(now)).then_some(entry)
    }

    /// Counts an answer by where it came from.
    fn answered(&self, came: Came) {
        self.0.counters.answers[came as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an answer that the front gave.
    pub(crate) fn fronted(&self) {
        self.answered(Came::Hit);
        self.0.counters.fronted.fetch_add(1, Ordering::Relaxed);
    }

    /// The last good answer, with its age, for when the database has failed the request.
    pub(crate) fn last_good(&self, key: u128) -> Option<(Arc<Entry>, TimeDelta)> {
        let inner = &self.0;
        let now = micros(crate::now());
        inner.failed.store(now, Ordering::Relaxed);
        inner.last_good(key, now)
    }

    /// The last good answer, when it is known that the database is away: then nobody need wait for it.
    pub(crate) fn last_good_at_once(&self, key: u128) -> Option<(Arc<Entry>, TimeDelta)> {
        const KNOWN: i64 = 1_000_000;
        let inner = &self.0;
        let now = micros(crate::now());
        let failed = inner.failed.load(Ordering::Relaxed);
        let is_away = !inner.is_trusted(now) && failed > inner.looked.load(Ordering::Acquire) && now - failed < KNOWN;
        if is_away { inner.last_good(key, now) } else { None }
    }

    /// Whether there is an answer, be it true or not.
    pub(crate) fn has(&self, key: u128) -> bool {
        self.0.entries.contains_key(&key)
    }

    /// The position in PostgreSQL's log before which all changes stand that were seen; none while changes are not followed.
    pub(crate) fn seen_until(&self) -> Option<u64> {
        self.is_trusted().then(|| self.0.seen_until.load(Ordering::Acquire))
    }

    /// Whether whole answers are kept.
    pub(crate) fn keeps_answers(&self) -> bool {
        self.0.settings.bytes > 0
    }

    /// Whether the feed is being followed right now: if not, every answer is computed.
    pub fn is_trusted(&self) -> bool {
        self.0.is_trusted(micros(crate::now()))
    }

    /// What has been answered and dropped since the start.
    pub fn counts(&self) -> Counts {
        let Counters { answers, fronted, dropped } = &self.0.counters;
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts { answers: answers.each_ref().map(of), fronted: of(fronted), dropped: of(dropped) }
    }

    /// What there is to see of it.
    pub(crate) fn figures(&self) -> Figures {
        let inner = &self.0;
        let looked = inner.looked.load(Ordering::Acquire);
        Figures {
            entries: inner.entries.len() as u64,
            bytes: inner.entries.weight(),
            most_bytes: inner.settings.bytes,
            looked: (looked != i64::MIN).then(|| chrono::DateTime::from_timestamp_micros(looked)).flatten(),
        }
    }
}

impl Inner {
    fn is_trusted(&self, now: i64) -> bool {
        // A clock that was set back does not make the past true.
        let age = now.saturating_sub(self.looked.load(Ordering::Acquire));
        (0..=LEASE.num_microseconds().unwrap_or_default()).contains(&age) && now < self.moments.known_until()
    }

    /// Lets the moments up to `now` pass.
    fn pass(&self, now: i64) {
        self.moments.pass(now, |tags| self.touch(tags));
    }

    /// Drops what is made of any of `tags`.
    fn touch(&self, tags: &[Tag]) {
        if tags.contains(&Tag::everything()) {
            self.touch_all();
            return;
        }
        if let Some(purger) = self.purger.as_ref().filter(|_| !tags.is_empty()) {
            purger.add(tags);
        }
        // First what answers are made of: one that is begun in between must not be made of what was.
        self.rows.touch(tags);
        let dropped = self.index.touch(tags);
        self.counters.dropped.fetch_add(dropped.len() as u64, Ordering::Relaxed);
        for key in dropped {
            self.entries.remove(&key);
        }
    }

    fn touch_all(&self) {
        if let Some(purger) = &self.purger {
            purger.add(&[Tag::everything()]);
        }
        self.rows.touch_all();
        self.index.touch_all();
        self.entries.clear();
    }

    fn last_good(&self, key: u128, now: i64) -> Option<(Arc<Entry>, TimeDelta)> {
        self.pass(now);
        let age = TimeDelta::microseconds(now.saturating_sub(self.looked.load(Ordering::Acquire)));
        let is_known = age <= self.settings.stale && now < self.moments.known_until();
        let entry = self.entries.get(&key).filter(|entry| is_known && entry.is_true(now))?;
        Some((entry, age))
    }
}

fn micros(time: DateTimeUtc) -> i64 {
    time.timestamp_micros()
}

fn write_text(text: &mut Vec<u8>, word: &str) {
    text.push(b'"');
    text.extend_from_slice(&word.len().to_le_bytes());
    text.extend_from_slice(word.as_bytes());
}

/// Writes a value so that no two different ones look alike.
fn write_value(text: &mut Vec<u8>, value: &ConstValue) {
    match value {
        ConstValue::Null => text.push(b'n'),
        ConstValue::Boolean(value) => text.push(if *value { b't' } else { b'f' }),
        ConstValue::Number(number) => {
            text.push(b'#');
            write_text(text, &number.to_string());
        }
        ConstValue::String(word) => write_text(text, word),
        ConstValue::Enum(name) => {
            text.push(b'e');
            write_text(text, name);
        }
        ConstValue::Binary(bytes) => {
            text.push(b'b');
            text.extend_from_slice(&bytes.len().to_le_bytes());
            text.extend_from_slice(bytes);
        }
        ConstValue::List(values) => {
            text.push(b'[');
            text.extend_from_slice(&values.len().to_le_bytes());
            values.iter().for_each(|value| write_value(text, value));
        }
        ConstValue::Object(fields) => {
            text.push(b'{');
            text.extend_from_slice(&fields.len().to_le_bytes());
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| name.as_str());
            for (name, value) in fields {
                write_text(text, name);
                write_value(text, value);
            }
        }
    }
}
