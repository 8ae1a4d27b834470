//! Who is let in to be computed: so many requests at a time, a short line before them, and early refusals when the line stands still.
//!
//! A line that empties again and again is harmless however long it gets; one that never does only adds delay to everybody. So the line is
//! watched as in CoDel (RFC 8289): when even the shortest wait of an interval was longer than the target, those who wait are given no more
//! than the target, and the rest are told to come again. What is answered out of memory needs no turn. docs/decisions/0017 has the reasons.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http::{
    StatusCode,
    header::{HeaderValue, RETRY_AFTER},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::graphql::{Refusal, refusal};

/// The code of requests that were shed.
pub(crate) const OVERLOADED: &str = "OVERLOADED";
/// The target is this part of the longest wait.
const TARGET: u32 = 4;

/// How many are let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Requests that are computed at the same time.
    pub at_once: usize,
    /// Requests that wait for that.
    pub waiting: usize,
    /// How long one may wait.
    pub longest: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { at_once: 16, waiting: 256, longest: Duration::from_secs(5) }
    }
}

/// Lets requests in.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    shed: AtomicU64,
    line: Mutex<Line>,
}

/// How the line does.
#[derive(Debug)]
struct Line {
    longest: Duration,
    ends: Instant,
    /// The shortest wait of this interval.
    shortest: Duration,
    stands: bool,
}

/// The right to be computed, as long as it is held.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// That the server has too much to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overloaded;

impl Admission {
    /// Lets in as many as the settings say.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner {
            settings,
            turns: Arc::new(Semaphore::new(settings.at_once.clamp(1, Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            shed: AtomicU64::new(0),
            line: Mutex::new(Line::new(settings.longest, Instant::now())),
        }))
    }

    /// Waits for a turn, for as long as that makes sense.
    pub async fn enter(&self) -> Result<Turn, Overloaded> {
        let inner = &*self.0;
        if let Ok(permit) = Arc::clone(&inner.turns).try_acquire_owned() {
            inner.waited(Duration::ZERO);
            return Ok(Turn { _permit: permit });
        }
        let Some(_place) = Place::take(&inner.waiting, inner.settings.waiting) else {
            return Err(inner.shed());
        };
        let started = Instant::now();
        let patience = inner.line().patience(started);
        let turn = tokio::time::timeout(patience, Arc::clone(&inner.turns).acquire_owned()).await;
        inner.waited(started.elapsed());
        match turn {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            // It is never closed.
            Ok(Err(_)) | Err(_) => Err(inner.shed()),
        }
    }

    /// Requests that were refused.
    pub fn shed(&self) -> u64 {
        self.0.shed.load(Ordering::Relaxed)
    }

    /// Requests that wait for a turn right now.
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// Requests that are computed right now.
    pub fn running(&self) -> usize {
        self.0.settings.at_once.saturating_sub(self.0.turns.available_permits())
    }
}

impl Inner {
    fn line(&self) -> std::sync::MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waited(&self, wait: Duration) {
        self.line().waited(wait, Instant::now());
    }

    fn shed(&self) -> Overloaded {
        self.shed.fetch_add(1, Ordering::Relaxed);
        Overloaded
    }
}

impl Line {
    fn new(longest: Duration, now: Instant) -> Self {
        Self { longest, ends: now + longest, shortest: Duration::ZERO, stands: false }
    }

    /// How long who comes now may wait.
    fn patience(&self, now: Instant) -> Duration {
        // What was known of a line long ago says nothing of this one.
        if self.stands && now < self.ends + self.longest { self.longest / TARGET } else { self.longest }
    }

    fn waited(&mut self, wait: Duration, now: Instant) {
        if now < self.ends {
            self.shortest = self.shortest.min(wait);
            return;
        }
        self.stands = now < self.ends + self.longest && self.shortest > self.longest / TARGET / 2;
        self.ends = now + self.longest;
        self.shortest = wait;
    }
}

/// A place in the line.
struct Place<'i>(&'i AtomicUsize);

impl<'i> Place<'i> {
    fn take(waiting: &'i AtomicUsize, most: usize) -> Option<Self> {
        let taken = waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| (now < most).then_some(now + 1));
        taken.is_ok().then(|| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl From<Overloaded> for Refusal {
    fn from(_: Overloaded) -> Self {
        // Not the same for all, so that they do not come again all at once.
        let seconds = 1 + getrandom::u32().unwrap_or_default() % 3;
        let message = format!("the server has more to do than it can do in time; ask again in {seconds} seconds");
        refusal(StatusCode::SERVICE_UNAVAILABLE, OVERLOADED, &message)
            .with(RETRY_AFTER, HeaderValue::from(seconds))
            .saying("retryAfter", seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_millis(100);

    fn admission(at_once: usize, waiting: usize) -> Admission {
        Admission::new(Settings { at_once, waiting, longest: LONGEST })
    }

    #[tokio::test]
    async fn one_waits_for_a_turn_and_no_longer_than_it_may() {
        let admission = admission(1, 1);
        let turn = admission.enter().await.expect("it is free");
        assert_eq!((admission.running(), admission.waiting()), (1, 0));
        assert_eq!(admission.enter().await.map(drop), Err(Overloaded));
        let (next, ()) = tokio::join!(admission.enter(), async { drop(turn) });
        assert!(next.is_ok());
        assert_eq!((admission.shed(), admission.waiting(), admission.running()), (1, 0, 1));
    }

    #[tokio::test]
    async fn a_full_line_takes_nobody() {
        let admission = admission(1, 2);
        let turn = admission.enter().await.expect("it is free");
        let enter = || async { admission.enter().await.map(drop) };
        let (first, second, third, ()) = tokio::join!(enter(), enter(), enter(), async { drop(turn) });
        assert_eq!((first, second, third), (Ok(()), Ok(()), Err(Overloaded)));
    }

    #[test]
    fn a_line_that_stands_is_cut_short_and_let_grow_again_when_it_has_emptied() {
        let begun = Instant::now();
        let at = |milliseconds| begun + Duration::from_millis(milliseconds);
        let ms = Duration::from_millis;
        let mut line = Line::new(LONGEST, begun);
        // An interval in which somebody did not wait, and one in which everybody did.
        line.waited(ms(0), at(10));
        line.waited(ms(80), at(90));
        line.waited(ms(40), at(110));
        assert_eq!(line.patience(at(111)), LONGEST);
        line.waited(ms(30), at(150));
        line.waited(ms(60), at(220));
        assert_eq!(line.patience(at(221)), LONGEST / TARGET);
        line.waited(ms(0), at(300));
        line.waited(ms(40), at(330));
        assert_eq!(line.patience(at(331)), LONGEST, "it has emptied");
        line.waited(ms(60), at(340));
        line.waited(ms(60), at(440));
        assert_eq!(line.patience(at(441)), LONGEST / TARGET);
        assert_eq!(line.patience(at(700)), LONGEST, "what was long ago does not count");
    }
}
