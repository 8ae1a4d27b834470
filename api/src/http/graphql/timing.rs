//! Where the time of a request went, for developers who ask: the header `Server-Timing`, which browsers show beside a request.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::header::{HeaderName, HeaderValue};
use sea_orm::DatabaseConnection;

/// Sent with a request it asks for the times; an answer has them in it.
pub(crate) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

tokio::task_local! {
    static DATABASE: Arc<Statements>;
}

/// The statements of one request. It runs in one task, so what is measured in the task is its own.
#[derive(Debug, Default)]
pub(super) struct Statements {
    count: AtomicU64,
    nanoseconds: AtomicU64,
}

/// Counts the statements of `db` for the request that they are run for.
pub(crate) fn count_statements(db: &mut DatabaseConnection) {
    db.set_metric_callback(|statement| {
        // Statements of jobs belong to no request.
        let _ = DATABASE.try_with(|statements| {
            let took = u64::try_from(statement.elapsed.as_nanos()).unwrap_or(u64::MAX);
            statements.count.fetch_add(1, Ordering::Relaxed);
            statements.nanoseconds.fetch_add(took, Ordering::Relaxed);
        });
    });
}

/// The times of one request.
pub(super) struct Timing {
    started: Instant,
    /// What is done before it is run.
    pub(super) prepared: Duration,
    /// Whether the document was known.
    pub(super) known: bool,
    statements: Arc<Statements>,
}

impl Timing {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), prepared: Duration::ZERO, known: false, statements: Arc::default() }
    }

    /// Since the request was read.
    pub(super) fn so_far(&self) -> Duration {
        self.started.elapsed()
    }

    /// Runs the request, counting its statements.
    pub(super) async fn counting<T>(&self, run: impl Future<Output = T>) -> T {
        DATABASE.scope(Arc::clone(&self.statements), run).await
    }

    /// Statements so far.
    pub(super) fn statements(&self) -> u64 {
        self.statements.count.load(Ordering::Relaxed)
    }

    pub(super) fn header(&self, age: Option<Duration>) -> HeaderValue {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let whole = self.so_far();
        // What was refused was not run.
        let prepared = if self.prepared.is_zero() { whole } else { self.prepared };
        let execute = whole.saturating_sub(prepared);
        let database = Duration::from_nanos(self.statements.nanoseconds.load(Ordering::Relaxed));
        let known = if self.known { "known" } else { "new" };
        let mut value = format!(
            "document;dur={:.3};desc=\"{known}\", execute;dur={:.3}, db;dur={:.3};desc=\"{} statements\"",
            ms(prepared),
            ms(execute),
            ms(database),
            self.statements()
        );
        if let Some(age) = age {
            let _ = write!(value, ", cache;desc=\"hit, {} s old\"", age.as_secs());
        }
        HeaderValue::from_str(&value).expect("words and numbers")
    }
}
