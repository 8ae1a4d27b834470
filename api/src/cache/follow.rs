//! Following the change feed: a look whenever the database announces something, when this server has changed something, and at each heartbeat.
//!
//! It has a thread and a connection of its own. On the threads of requests it would wait behind them when they take all of the processor, and
//! then answers would have to be computed, which takes even more of it.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use chrono::TimeDelta;
use sea_orm::{DatabaseConnection, DbErr};
use tokio::{
    runtime,
    sync::{Notify, watch},
    time::timeout,
};

use super::{
    Inner, LEASE,
    feed::{Feed, News},
    micros, moments,
};
use crate::watch::metrics;

/// The longest time between two looks, well within the lease.
const HEARTBEAT: Duration = Duration::from_millis(25);
/// How long a look may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(1);
/// How far ahead moments are known at least, beyond the time for which answers are given while the database is away.
const AHEAD: TimeDelta = TimeDelta::minutes(10);
/// Changes are kept for an hour; a reader that was away for longer than this begins anew.
const LONGEST_GAP: TimeDelta = TimeDelta::minutes(30);

/// Tells who keeps answers that this server has committed something, so that it is looked for at once.
#[derive(Clone, Debug, Default)]
pub struct Committed(Arc<Notify>);

impl Committed {
    /// Something has been committed.
    pub fn tell(&self) {
        self.0.notify_one();
    }
}

/// What others have to do with the one who follows.
#[derive(Debug, Default)]
pub(super) struct Follower {
    /// Told when there is something to see.
    committed: Committed,
    /// Looks that have begun.
    begun: AtomicU64,
    /// The last look that was successful.
    seen: watch::Sender<u64>,
    /// Whether it is to end.
    ending: AtomicBool,
    /// Whether it has ended, and its connection is closed.
    ended: watch::Sender<bool>,
}

impl Follower {
    pub(super) fn new(committed: Committed) -> Self {
        Self { committed, ..Self::default() }
    }

    /// Returns when a look that began after this call has been successful; or when so much time has passed that nothing is given from memory
    /// unless there was one.
    pub(super) async fn catch_up(&self) {
        let next = self.begun.load(Ordering::Acquire) + 1;
        let mut seen = self.seen.subscribe();
        self.committed.tell();
        let _ = timeout(LEASE.to_std().unwrap_or_default(), seen.wait_for(|seen| *seen >= next)).await;
    }

    /// Follows no more, and closes its connection.
    pub(super) async fn end(&self) {
        let mut ended = self.ended.subscribe();
        self.ending.store(true, Ordering::Release);
        self.committed.tell();
        let _ = timeout(PATIENCE, ended.wait_for(|ended| *ended)).await;
    }
}

/// Follows the changes as long as the cache is held by others.
pub(super) fn spawn(db: &DatabaseConnection, cache: &Arc<Inner>) {
    let (db, wake, cache) = (db.clone(), Arc::clone(&cache.follower.committed.0), Arc::downgrade(cache));
    let follow = move || {
        let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(cause) => return tracing::error!(%cause, "changes cannot be followed, so answers are computed"),
        };
        runtime.block_on(async {
            let feed = Feed::new(&db, &wake);
            drop(db);
            let mut reader = Reader { feed, unsure_since: None, sought: i64::MIN, is_failing: false };
            while let Some(()) = reader.turn(&cache).await {
                let _ = timeout(HEARTBEAT, wake.notified()).await;
            }
            if let Err(cause) = reader.feed.db().close_by_ref().await {
                tracing::debug!(%cause, "the connection of the change feed was not closed well");
            }
            if let Some(cache) = cache.upgrade() {
                cache.follower.ended.send_replace(true);
            }
        });
    };
    if let Err(cause) = thread::Builder::new().name("changes".to_owned()).spawn(follow) {
        tracing::error!(%cause, "changes cannot be followed, so answers are computed");
    }
}

struct Reader {
    feed: Feed,
    /// Moments after this time may not be known, in microseconds.
    unsure_since: Option<i64>,
    /// When moments were sought last.
    sought: i64,
    is_failing: bool,
}

impl Reader {
    /// One look; none when nobody holds the cache any more, or it is to end.
    async fn turn(&mut self, cache: &Weak<Inner>) -> Option<()> {
        let cache = cache.upgrade().filter(|cache| !cache.follower.ending.load(Ordering::Acquire))?;
        match timeout(PATIENCE, self.look(&cache)).await {
            Ok(Ok(())) => {
                if std::mem::take(&mut self.is_failing) {
                    tracing::info!("changes are followed again");
                }
            }
            failed => {
                if !std::mem::replace(&mut self.is_failing, true) {
                    let cause = failed.map_or("the database does not answer".to_owned(), |failed| {
                        failed.map_or_else(|cause| cause.to_string(), |()| String::new())
                    });
                    tracing::warn!(%cause, "changes cannot be followed, so answers are computed");
                }
            }
        }
        Some(())
    }

    async fn look(&mut self, cache: &Inner) -> Result<(), DbErr> {
        let number = cache.follower.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let now = crate::now();
        // What is committed before this moment is seen by the look.
        let began = micros(now);
        let last = cache.looked.load(Ordering::Acquire);
        if began.saturating_sub(last) > LONGEST_GAP.num_microseconds().unwrap_or_default() {
            self.feed.forget();
        }
        // Moments that passed while nobody asked must not be forgotten for those that are sought from now on.
        cache.pass(began);
        let is_quiet = match self.feed.look().await? {
            News::Unknown => {
                cache.seen_until.store(self.feed.log_position, Ordering::Release);
                metrics().changes_unknown.inc();
                cache.moments.forget();
                cache.touch_all();
                false
            }
            News::Changed(tags) => {
                // Before anything is dropped: what is computed from then on is computed of a database that has what was seen.
                if !tags.is_empty() {
                    cache.seen_until.store(self.feed.log_position, Ordering::Release);
                }
                metrics().changes.inc_by(tags.len() as u64);
                cache.touch(&tags);
                tags.is_empty()
            }
        };
        let known_until = cache.moments.known_until();
        let ahead = AHEAD + cache.settings.stale;
        let is_far = known_until.saturating_sub(began) > (ahead - AHEAD / 2).num_microseconds().unwrap_or_default();
        // Where there are many moments they are never known far ahead; then they need not be sought at each look.
        let is_due = !is_far && began.saturating_sub(self.sought) >= 1_000_000;
        if !is_quiet || is_due || self.unsure_since.is_some() {
            // What was changed before the look is dropped already. Moments are sought from there on, and from where they were not known.
            let known = if known_until == i64::MIN { began } else { known_until - 1 };
            let from = *self.unsure_since.get_or_insert(began.min(known));
            let found = match chrono::DateTime::from_timestamp_micros(from) {
                Some(from) => moments::ahead(self.feed.db(), from, now + ahead).await,
                None => Err(DbErr::Custom("a time out of range".to_owned())),
            };
            match found {
                Ok((moments, until)) => {
                    cache.moments.know(moments, until);
                    self.unsure_since = None;
                    self.sought = began;
                }
                Err(cause) => {
                    cache.moments.forget();
                    return Err(cause);
                }
            }
        }
        cache.looked.store(began, Ordering::Release);
        cache.follower.seen.send_replace(number);
        Ok(())
    }
}
