//! Which cached things hold which tags, and what changed when. A thing is kept only when none of its tags has changed since its
//! computation began, and dropped at the moment at which one changes.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::tag::Tag;

/// How long it is remembered when a tag changed; a computation that takes longer is not kept.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Most changed tags that are remembered.
const MOST: usize = 200_000;

/// What ties a cached thing to its tags: while it is held and has not been dropped, the thing is true.
#[derive(Debug)]
pub(super) struct Hold {
    is_true: AtomicBool,
    /// What the thing is cached by.
    pub(super) key: u128,
}

impl Hold {
    pub(super) fn is_true(&self) -> bool {
        self.is_true.load(Ordering::Acquire)
    }
}

/// The tags of all cached things.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Counts batches of changes. It is read without the lock and written under it.
    generation: AtomicU64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// When tags changed last, since `floor`, and how many are too many.
    changed: HashMap<Tag, u64>,
    most_changed: usize,
    /// What began before is not kept.
    floor: u64,
    /// The generations that are remembered, the oldest first.
    times: VecDeque<(u64, Instant)>,
    holds: HashMap<Tag, Vec<Weak<Hold>>>,
    /// Entries of `holds`, and how many are too many.
    held: usize,
    most: usize,
}

impl Index {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the last batch of changes.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Holds a thing that was computed out of `tags` from `began` on; none when one of them has changed since.
    pub(super) fn hold(&self, key: u128, tags: &[Tag], began: u64) -> Option<Arc<Hold>> {
        let mut inner = self.lock();
        if began < inner.floor || tags.iter().any(|tag| inner.changed.get(tag).is_some_and(|at| *at > began)) {
            return None;
        }
        let hold = Arc::new(Hold { is_true: AtomicBool::new(true), key });
        for tag in tags {
            inner.holds.entry(*tag).or_default().push(Arc::downgrade(&hold));
        }
        inner.held += tags.len();
        inner.tidy();
        Some(hold)
    }

    /// Drops what holds any of `tags`, and answers by what keys it was cached.
    pub(super) fn touch(&self, tags: &[Tag]) -> Vec<u128> {
        let mut dropped = Vec::new();
        if tags.is_empty() {
            return dropped;
        }
        let mut inner = self.lock();
        let generation = self.generation.load(Ordering::Relaxed) + 1;
        inner.remember(generation);
        for tag in tags {
            inner.changed.insert(*tag, generation);
            let holds = inner.holds.remove(tag).unwrap_or_default();
            inner.held -= holds.len();
            for hold in holds.iter().filter_map(Weak::upgrade) {
                if hold.is_true.swap(false, Ordering::AcqRel) {
                    dropped.push(hold.key);
                }
            }
        }
        if inner.changed.len() > MOST {
            inner.forget(generation);
        }
        self.generation.store(generation, Ordering::Release);
        dropped
    }

    /// Drops everything, also what is being computed.
    pub(super) fn touch_all(&self) {
        let mut inner = self.lock();
        let generation = self.generation.load(Ordering::Relaxed) + 1;
        for hold in inner.holds.values().flatten().filter_map(Weak::upgrade) {
            hold.is_true.store(false, Ordering::Release);
        }
        inner.holds = HashMap::new();
        inner.held = 0;
        inner.forget(generation);
        self.generation.store(generation, Ordering::Release);
    }
}

impl Inner {
    fn remember(&mut self, generation: u64) {
        let now = Instant::now();
        self.times.push_back((generation, now));
        while let Some((old, _)) = self.times.front().copied().filter(|(_, time)| now - *time > REMEMBERED) {
            self.floor = old;
            self.times.pop_front();
        }
        if self.changed.len() > self.most_changed.max(10_000) {
            let floor = self.floor;
            self.changed.retain(|_, at| *at > floor);
            self.most_changed = 2 * self.changed.len();
        }
    }

    fn forget(&mut self, generation: u64) {
        self.floor = generation;
        self.changed = HashMap::new();
        self.times.clear();
    }

    /// Lets go of holds whose things have been evicted.
    fn tidy(&mut self) {
        if self.held <= self.most.max(100_000) {
            return;
        }
        self.holds.retain(|_, holds| {
            holds.retain(|hold| hold.strong_count() > 0);
            holds.shrink_to_fit();
            !holds.is_empty()
        });
        self.held = self.holds.values().map(Vec::len).sum();
        self.most = 2 * self.held;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tag::Kind;

    fn tag(id: i64) -> Tag {
        Tag::id(Kind::Article, id)
    }

    #[test]
    fn what_holds_a_changed_tag_is_dropped_and_nothing_else() {
        let index = Index::default();
        let one = index.hold(1, &[tag(1), tag(2)], index.generation()).unwrap();
        let other = index.hold(2, &[tag(2), tag(3)], index.generation()).unwrap();
        assert_eq!(index.touch(&[tag(1), tag(9)]), [1]);
        assert!(!one.is_true() && other.is_true());
        assert_eq!(index.touch(&[tag(2)]), [2]);
        assert!(!other.is_true());
    }

    #[test]
    fn what_was_computed_across_a_change_of_its_tags_is_not_held() {
        let index = Index::default();
        let began = index.generation();
        index.touch(&[tag(1)]);
        assert!(index.hold(1, &[tag(1)], began).is_none());
        assert!(index.hold(1, &[tag(2)], began).is_some());
        assert!(index.hold(1, &[tag(1)], index.generation()).is_some());
        let began = index.generation();
        index.touch_all();
        assert!(index.hold(1, &[tag(3)], began).is_none());
        assert!(index.hold(1, &[tag(3)], index.generation()).is_some());
    }

    #[test]
    fn too_many_changes_to_remember_keep_nothing_that_began_before() {
        let index = Index::default();
        let began = index.generation();
        let many = i64::try_from(MOST).unwrap();
        index.touch(&(0..=many).map(tag).collect::<Vec<_>>());
        assert!(index.hold(1, &[tag(-1)], began).is_none());
        assert!(index.lock().changed.is_empty());
    }

    #[test]
    fn evicted_things_leave_the_index() {
        let index = Index::default();
        for key in 0..300_000_u32 {
            drop(index.hold(key.into(), &[tag(key.into()), tag(-1)], 0));
        }
        assert!(index.lock().held <= 100_002, "{}", index.lock().held);
    }
}
