//! Where the time of a request went, for developers who ask: the header `Server-Timing`, which browsers show beside a request.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use http::header::{HeaderName, HeaderValue};
use sea_orm::DatabaseConnection;

use crate::document::Prepared;
use crate::watch::trace::{Ran, Trace};
use crate::watch::{self, Pool, StatementName};

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
    /// When the request began to be run.
    began: OnceLock<Instant>,
    /// Each one, when the request is traced.
    ran: Option<Mutex<Vec<Ran>>>,
}

/// Statements of a request that have spans of their own.
const MOST_TRACED: usize = 200;

impl Statements {
    fn note(&self, statement: &sea_orm::metric::Info<'_>) {
        let took = u64::try_from(statement.elapsed.as_nanos()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(took, Ordering::Relaxed);
        let Some(ran) = &self.ran else { return };
        let mut ran = ran.lock().unwrap_or_else(PoisonError::into_inner);
        if ran.len() < MOST_TRACED {
            ran.push(Ran {
                name: StatementName::of(&statement.statement.sql),
                ended: Instant::now(),
                took: statement.elapsed,
                failed: statement.failed,
            });
        }
    }
}

/// Counts the statements of `db` for the request that they are run for.
pub(crate) fn count_statements(db: &mut DatabaseConnection) {
    watch::count_statements(db, Pool::Requests, |statement| {
        // Those that no request waits for, such as whether the database is there, belong to none.
        let _ = DATABASE.try_with(|statements| statements.note(statement));
    });
}

/// The times of one request.
pub(super) struct Timing {
    started: Instant,
    /// What is done before it is run.
    pub(super) prepared: Duration,
    /// Whether the document was known.
    pub(super) known: bool,
    /// The document, and which of its operations is wanted.
    pub(super) document: Option<(Arc<Prepared>, Option<usize>)>,
    /// What the request costs.
    pub(super) cost: Option<u64>,
    pub(super) trace: Option<Trace>,
    statements: Arc<Statements>,
}

impl Timing {
    pub(super) fn start(trace: Option<Trace>) -> Self {
        let ran = trace.as_ref().map(|_| Mutex::default());
        Self {
            started: Instant::now(),
            prepared: Duration::ZERO,
            known: false,
            document: None,
            cost: None,
            trace,
            statements: Arc::new(Statements { ran, ..Statements::default() }),
        }
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// It begins to be run.
    pub(super) fn begin(&self) {
        self.statements.began.get_or_init(Instant::now);
    }

    /// When it began to be run, if it was.
    pub(super) fn began(&self) -> Option<Instant> {
        self.statements.began.get().copied()
    }

    /// The statements that were noted for the trace.
    pub(super) fn ran(&self) -> Vec<Ran> {
        let ran = self.statements.ran.as_ref();
        ran.map(|ran| std::mem::take(&mut *ran.lock().unwrap_or_else(PoisonError::into_inner))).unwrap_or_default()
    }

    /// The time that the database took.
    pub(super) fn database(&self) -> Duration {
        Duration::from_nanos(self.statements.nanoseconds.load(Ordering::Relaxed))
    }

    /// The name of the operation that is wanted.
    pub(super) fn operation(&self) -> Option<&str> {
        let (document, operation) = self.document.as_ref()?;
        document.name_of((*operation)?)
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
        let database = self.database();
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
