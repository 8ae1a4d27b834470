//! Identical requests at the same time are computed once: the first one flies, the others wait for it to land.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_graphql::CacheControl;
use bytes::Bytes;
use tokio::sync::watch;

use super::{Cache, Entry, LARGEST, Recorded, body::Body, micros};
use crate::http::graphql::Policy;

/// What became of a computation.
#[derive(Debug)]
pub(super) enum Landing {
    Flying,
    Landed(Arc<Entry>),
    /// Its answer is for the one that computed it.
    Alone,
}

/// The computations that others may wait for.
#[derive(Debug, Default)]
pub(super) struct Flights {
    flying: Mutex<HashMap<u128, Flying>>,
    number: AtomicU64,
}

#[derive(Debug)]
struct Flying {
    number: u64,
    generation: u64,
    landing: watch::Receiver<Landing>,
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<u128, Flying>> {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a computation, or joins one that began in the same generation.
    pub(super) fn board(&self, cache: &Cache, key: u128, generation: u64) -> Result<Flight, watch::Receiver<Landing>> {
        let mut flying = self.lock();
        if let Some(other) = flying.get(&key).filter(|other| other.generation == generation) {
            return Err(other.landing.clone());
        }
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let (sender, landing) = watch::channel(Landing::Flying);
        flying.insert(key, Flying { number, generation, landing });
        Ok(Flight { cache: cache.clone(), key, generation, shared: Some((number, sender)) })
    }
}

/// A computation. When it is dropped, those who wait begin anew.
#[derive(Debug)]
pub(crate) struct Flight {
    cache: Cache,
    key: u128,
    generation: u64,
    shared: Option<(u64, watch::Sender<Landing>)>,
}

impl Flight {
    /// A computation that nobody waits for.
    pub(super) fn alone(cache: &Cache, key: u128) -> Self {
        Self { cache: cache.clone(), key, generation: cache.0.index.generation(), shared: None }
    }

    /// Ends with an answer that others may be given: it is kept, unless something in it has changed since it was begun.
    pub(crate) fn land(
        mut self,
        body: &Bytes,
        policy: Policy,
        hints: CacheControl,
        recorded: &Recorded,
    ) -> Option<Arc<Entry>> {
        let inner = &self.cache.0;
        let now = micros(crate::now());
        let until = recorded.until.map_or(i64::MAX, micros);
        let tags = &recorded.tags;
        let fits = (body.len() + body.len() / 2 + 32 * tags.len()) as u64 <= inner.settings.bytes / LARGEST;
        let hold = if fits && now < until { inner.index.hold(self.key, tags, self.generation) } else { None };
        let entry = hold.map(|hold| {
            Arc::new(Entry {
                body: Body::new(body.clone()),
                hold,
                tags: tags.as_slice().into(),
                policy,
                until,
                number: inner.numbers.fetch_add(1, Ordering::Relaxed),
                digest: OnceLock::new(),
                hints,
            })
        });
        if let Some(entry) = &entry {
            inner.entries.insert(self.key, Arc::clone(entry));
        }
        self.leave(entry.clone().map_or(Landing::Alone, Landing::Landed));
        entry
    }

    /// Ends with an answer that is not for others.
    pub(crate) fn land_alone(mut self) {
        self.leave(Landing::Alone);
    }

    fn leave(&mut self, landing: Landing) {
        let Some((number, sender)) = self.shared.take() else { return };
        let mut flying = self.cache.0.flights.lock();
        if flying.get(&self.key).is_some_and(|flying| flying.number == number) {
            flying.remove(&self.key);
        }
        drop(flying);
        if !matches!(landing, Landing::Flying) {
            let _ = sender.send(landing);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.leave(Landing::Flying);
    }
}
