//! What the database may do for one request: for how long, and how much.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};
use sea_orm::sqlx::SqliteConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

tokio::task_local! {
    static OF_REQUEST: Arc<Allowance>;
}

/// What the database may do for one request. All statements of a request share it: it runs in one task, so they find it there.
///
/// What an embedded database does is told by the processor time of its threads. PostgreSQL works elsewhere, so there it is told by the time
/// that sessions wait for it, which is more where others work, too.
#[derive(Debug)]
pub(crate) struct Allowance {
    until: Instant,
    work: Duration,
    /// Nanoseconds of work.
    taken: AtomicU64,
    turns: Arc<Semaphore>,
}

impl Allowance {
    /// From now on, for so long and with so much work.
    pub(crate) fn new(time: Duration, work: Duration) -> Self {
        // One session at a time: what statements beside each other take could only be told when they have ended.
        let turns = Arc::new(Semaphore::new(1));
        Self { until: Instant::now() + time, work, taken: AtomicU64::new(0), turns }
    }

    /// Runs a request that has it.
    pub(crate) async fn scope<T>(self, run: impl Future<Output = T>) -> T {
        OF_REQUEST.scope(Arc::new(self), run).await
    }

    fn of_request() -> Option<Arc<Self>> {
        OF_REQUEST.try_with(Arc::clone).ok()
    }

    /// Waits for the turn of a session of this request, which lasts as long as what is answered.
    pub(crate) async fn turn() -> Option<OwnedSemaphorePermit> {
        let turns = Arc::clone(&Self::of_request()?.turns);
        turns.acquire_owned().await.ok()
    }

    /// How long the next statement of this request may run in a database that works elsewhere.
    pub(crate) fn left() -> Option<Duration> {
        let allowance = Self::of_request()?;
        let work = allowance.work.saturating_sub(allowance.taken());
        Some(work.min(allowance.until.saturating_duration_since(Instant::now())))
    }

    /// Takes the time of a statement off what is left.
    pub(crate) fn spend(time: Duration) {
        Self::of_request().inspect(|allowance| allowance.take(time));
    }

    /// How much work this request was allowed, when it has taken all of it.
    pub(crate) fn exhausted() -> Option<Duration> {
        Self::of_request().filter(|allowance| allowance.is_exhausted()).map(|allowance| allowance.work)
    }

    fn is_exhausted(&self) -> bool {
        self.taken() >= self.work
    }

    fn taken(&self) -> Duration {
        Duration::from_nanos(self.taken.load(Ordering::Relaxed))
    }

    fn take(&self, time: Duration) {
        self.taken.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Holds the statements of an embedded database to what their request is allowed; those of no request may take `time`.
pub(super) async fn hold(connection: &mut SqliteConnection, time: Duration) -> Result<(), sea_orm::SqlxError> {
    /// Instructions of the database's machine between its questions, so few that it asks before the first step of a full-text search:
    /// one can take long.
    const INSTRUCTIONS: i32 = 8;
    /// Questions that are answered without looking at a clock, at most.
    const UNSEEN: u32 = 100;
    const LONG: Duration = Duration::from_millis(1);
    let allowance = Allowance::of_request();
    let until = allowance.as_ref().map_or_else(|| Instant::now() + time, |allowance| allowance.until);
    let (mut asked, mut between_looks) = (0, 1);
    let mut last: Option<(Instant, Duration)> = None;
    connection.lock_handle().await?.set_progress_handler(INSTRUCTIONS, move || {
        asked += 1;
        if asked < between_looks {
            return true;
        }
        asked = 0;
        let now = Instant::now();
        let processor = processor_time_of_thread();
        if let Some((then, taken)) = last.replace((now, processor)) {
            between_looks = if now - then > LONG { 1 } else { (between_looks * 2).min(UNSEEN) };
            allowance.as_ref().inspect(|allowance| allowance.take(processor.saturating_sub(taken)));
        }
        now < until
            && !super::ENDING.load(Ordering::Relaxed)
            && !allowance.as_ref().is_some_and(|allowance| allowance.is_exhausted())
    });
    Ok(())
}

/// A connection has a thread of its own.
fn processor_time_of_thread() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn statements_share_what_their_request_is_allowed() {
        assert_eq!(Allowance::left(), None, "what belongs to no request is not bounded");
        let allowed = Duration::from_secs(1);
        let request = async {
            assert_eq!(Allowance::left(), Some(allowed));
            Allowance::spend(Duration::from_millis(400));
            assert_eq!(Allowance::left(), Some(Duration::from_millis(600)));
            Allowance::spend(Duration::from_millis(600) - Duration::from_nanos(1));
            assert_eq!(Allowance::exhausted(), None, "something is left");
            Allowance::spend(Duration::from_nanos(1));
            assert_eq!((Allowance::left(), Allowance::exhausted()), (Some(Duration::ZERO), Some(allowed)));
            Allowance::spend(allowed);
            assert_eq!((Allowance::left(), Allowance::exhausted()), (Some(Duration::ZERO), Some(allowed)));
        };
        Allowance::new(Duration::from_secs(5), allowed).scope(request).await;
        let short = async { assert!(Allowance::left().is_some_and(|left| left <= Duration::from_millis(5))) };
        Allowance::new(Duration::from_millis(5), allowed).scope(short).await;
    }

    #[tokio::test]
    async fn a_request_has_one_session_at_a_time() {
        assert!(Allowance::turn().await.is_none(), "what belongs to no request need not wait");
        let request = async {
            let first = Allowance::turn().await;
            assert!(first.is_some());
            assert!(Allowance::turn().now_or_never().is_none(), "the second waits");
            drop(first);
            assert!(Allowance::turn().now_or_never().flatten().is_some());
        };
        Allowance::new(Duration::from_secs(5), Duration::from_secs(1)).scope(request).await;
    }
}
