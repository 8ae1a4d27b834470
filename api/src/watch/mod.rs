//! What those who run a server can see of it: figures in the format of Prometheus (`metrics.rs`, `sample.rs`, on an address of their own),
//! and traces of requests (`trace.rs`). docs/decisions/0018 says why each is done the way it is.
//!
//! A process is one server, so its counters are the process's, as its log is: whoever has something to count says `watch::metrics()`.
//! What is looked at when somebody asks, such as the pools, belongs to a router, which names it to a [`Watch`].

mod endpoint;
mod lines;
mod metrics;
mod operations;
mod sample;
mod statement;
pub mod trace;

use std::sync::{Arc, OnceLock};

pub use self::lines::Lines;
pub(crate) use self::lines::beginning;
pub use self::metrics::Pool;
pub use self::{endpoint::routes, statement::count_statements};
pub(crate) use self::{
    metrics::{Came, metrics},
    operations::Outcome,
    sample::Sources,
    statement::StatementName,
};

/// What there is to look at when the figures are asked for: named when the routes are made, which may be after the address is open.
#[derive(Clone, Default)]
pub struct Watch(Arc<Inner>);

#[derive(Default)]
struct Inner {
    sources: OnceLock<Sources>,
    /// What the database said last: many who ask at once are one question.
    stored: tokio::sync::Mutex<Option<sample::Stored>>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Watch")
    }
}

impl Watch {
    /// Names what there is to look at. Only the first routes count.
    pub(crate) fn look_at(&self, sources: Sources) {
        let _ = self.0.sources.set(sources);
    }
}
