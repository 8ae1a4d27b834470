//! The counters of the process. Those of the path of a request are numbers at known places; the others are looked up by their labels.

use std::{
    sync::{LazyLock, atomic::AtomicU64},
    time::Duration,
};

use http::StatusCode;
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{operations::Operations, statement::Kind};

/// Labels whose values are words of this program.
type Labels<const N: usize> = [(&'static str, &'static str); N];
type CounterBy<const N: usize> = Family<Labels<N>, Counter>;

/// Seconds that statements take.
const STATEMENT_BUCKETS: [f64; 10] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];

/// The counters of this process.
pub(crate) fn metrics() -> &'static Metrics {
    static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);
    &METRICS
}

/// Where an answer to a query of the public came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Out of the cache.
    Hit,
    /// From another request that computed it at the same time.
    Collapsed,
    /// It was computed.
    Miss,
    /// It was computed, and not kept, because changes were not followed right then.
    Untrusted,
    /// Out of the cache, the last good one, because the database is away.
    Stale,
}

impl Came {
    pub(crate) const ALL: [Self; 5] = [Self::Hit, Self::Collapsed, Self::Miss, Self::Untrusted, Self::Stale];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Collapsed => "collapsed",
            Self::Miss => "miss",
            Self::Untrusted => "untrusted",
            Self::Stale => "stale",
        }
    }
}

/// Which connections a statement ran on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Those of requests.
    Requests,
    /// Those of jobs, imports and the counting of reads.
    Jobs,
}

impl Pool {
    pub(super) const ALL: [Self; 2] = [Self::Requests, Self::Jobs];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Jobs => "jobs",
        }
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Graphql,
    Reads,
    Import,
    Health,
    Other,
}

impl Route {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Graphql, "graphql"),
        (Self::Reads, "reads"),
        (Self::Import, "import"),
        (Self::Health, "health"),
        (Self::Other, "other"),
    ];

    fn of(path: &str) -> Self {
        match path {
            "/graphql" => Self::Graphql,
            "/reads" => Self::Reads,
            "/import" => Self::Import,
            "/health/live" | "/health/ready" => Self::Health,
            _ => Self::Other,
        }
    }
}

/// Classes of HTTP status.
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters of the process.
pub(crate) struct Metrics {
    pub(super) registry: Registry,
    pub(crate) operations: Operations,
    pub(crate) statements: Statements,
    http: [[Counter; STATUSES.len()]; Route::ALL.len()],
    limited: [Counter; Route::ALL.len()],
    shed: [Counter; Route::ALL.len()],
    in_flight: Gauge,
    documents: [Counter; 2],
    registered: [Gauge; 2],
    pub(crate) slow: Counter,
    pub(crate) changes: Counter,
    pub(crate) changes_unknown: Counter,
    pub(crate) acquire_timeouts: Counter,
    reads: CounterBy<1>,
    read_batches: CounterBy<1>,
    import_items: CounterBy<2>,
    refused_connections: CounterBy<1>,
    refused_bodies: CounterBy<1>,
    feed_visits: CounterBy<1>,
    job_failures: CounterBy<1>,
}

/// Statements by connections and kind.
pub(crate) struct Statements {
    seconds: [[Histogram; Kind::ALL.len()]; Pool::ALL.len()],
    failed: [Counter; Pool::ALL.len()],
}

impl Statements {
    pub(super) fn count(&self, pool: Pool, kind: Kind, took: Duration, failed: bool) {
        self.seconds[pool as usize][kind as usize].observe(took.as_secs_f64());
        if failed {
            self.failed[pool as usize].inc();
        }
    }
}

/// What becomes of documents that are imported.
const ITEMS: [&str; 6] = ["new", "updated", "unchanged", "skipped", "failed", "refused"];
/// What becomes of visits to feeds.
const VISITS: [&str; 3] = ["read", "not_modified", "failed"];
/// Whose connections or bodies were too many.
const OF: [&str; 2] = ["client", "server"];
/// What becomes of reads.
const READS: [&str; 14] = [
    "accepted",
    "invalid",
    "unknown_article",
    "already_counted",
    "too_many_readers",
    "bot",
    "prerendered",
    "needs_token",
    "in_the_future",
    "too_late",
    "rate_limited",
    "too_many_at_once",
    "not_saved",
    "database_failed",
];
/// Work in the background that can fail and is tried again.
const JOBS: [&str; 9] = [
    "ranking_now",
    "ranking_today",
    "ranking_this_week",
    "upkeep",
    "feeds",
    "related",
    "search_texts",
    "facet_counts",
    "reads",
];

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::default();
        let operations = Operations::new(&mut registry);

        let http = CounterBy::<2>::default();
        registry.register("newsgraph_http_requests", "HTTP requests by path and class of status", http.clone());
        let limited = CounterBy::<1>::default();
        registry.register(
            "newsgraph_limited_requests",
            "Requests of clients that send too much (429)",
            limited.clone(),
        );
        let shed = CounterBy::<1>::default();
        registry.register(
            "newsgraph_shed_requests",
            "Requests that were turned away to be sent again (503 with Retry-After)",
            shed.clone(),
        );
        let by_route = |family: &CounterBy<1>| Route::ALL.map(|(_, name)| owned(family, [("route", name)]));
        let (limited, shed) = (by_route(&limited), by_route(&shed));
        let http =
            Route::ALL.map(|(_, route)| STATUSES.map(|status| owned(&http, [("route", route), ("status", status)])));
        let in_flight = Gauge::default();
        registry.register(
            "newsgraph_http_requests_in_flight",
            "HTTP requests that are being answered",
            in_flight.clone(),
        );

        let documents = CounterBy::<1>::default();
        registry.register(
            "newsgraph_documents",
            "Documents of requests: known from earlier requests or registered, or new and so parsed and validated",
            documents.clone(),
        );
        let documents = ["new", "known"].map(|state| owned(&documents, [("state", state)]));
        let registered = Family::<Labels<1>, Gauge>::default();
        registry.register(
            "newsgraph_registered_documents",
            "Registered documents: those that can be answered, and those that do not fit the schema",
            registered.clone(),
        );
        let registered = ["usable", "unusable"].map(|state| registered.get_or_create(&[("state", state)]).clone());
        let slow = counter(&mut registry, "newsgraph_slow_requests", "GraphQL requests that the log calls slow");

        let seconds = Family::<Labels<2>, Histogram>::new_with_constructor(|| Histogram::new(STATEMENT_BUCKETS));
        registry.register(
            "newsgraph_statement_duration_seconds",
            "Time that the database took for statements, without the wait for a connection",
            seconds.clone(),
        );
        let failed = CounterBy::<1>::default();
        registry.register("newsgraph_statement_failures", "Statements that failed", failed.clone());
        let statements = Statements {
            seconds: Pool::ALL.map(|pool| {
                Kind::ALL.map(|kind| seconds.get_or_create(&[("pool", pool.name()), ("kind", kind.name())]).clone())
            }),
            failed: Pool::ALL.map(|pool| owned(&failed, [("pool", pool.name())])),
        };
        let acquire_timeouts = counter(
            &mut registry,
            "newsgraph_pool_timeouts",
            "Times that no connection to the database became free in time",
        );

        let changes =
            counter(&mut registry, "newsgraph_change_feed_changes", "Changes that were read from the change feed");
        let changes_unknown = counter(
            &mut registry,
            "newsgraph_change_feed_resets",
            "Times that it was not known what has changed, so that every answer was dropped",
        );

        let mut by = |name: &str, help: &str| {
            let family = CounterBy::<1>::default();
            registry.register(name, help, family.clone());
            family
        };
        let reads = by("newsgraph_reads", "Reads by what became of them");
        let read_batches = by("newsgraph_read_batches", "Batches of reads that were written to the database");
        let refused_connections =
            by("newsgraph_refused_connections", "Connections that were one too many, of a client or of the server");
        let refused_bodies = by(
            "newsgraph_refused_bodies",
            "Request bodies that were not taken because too much was on its way already",
        );
        let feed_visits = by("newsgraph_feed_visits", "Visits to feeds by what came of them");
        let job_failures = by("newsgraph_job_failures", "Failures of work in the background, which is tried again");
        let import_items = CounterBy::<2>::default();
        registry.register(
            "newsgraph_import_items",
            "Items that came by POST /import or from feeds, by what became of them",
            import_items.clone(),
        );
        for (family, label, values) in [
            (&reads, "outcome", &READS[..]),
            (&refused_connections, "of", &OF[..]),
            (&refused_bodies, "of", &OF[..]),
            (&read_batches, "outcome", &["saved", "failed"][..]),
            (&feed_visits, "outcome", &VISITS[..]),
            (&job_failures, "task", &JOBS[..]),
        ] {
            // A series that is there from the beginning shows its first increase.
            values.iter().for_each(|value| drop(family.get_or_create(&[(label, value)])));
        }
        for source in ["import", "feed"] {
            ITEMS
                .iter()
                .for_each(|outcome| drop(import_items.get_or_create(&[("source", source), ("outcome", outcome)])));
        }
        Self {
            registry,
            operations,
            statements,
            http,
            limited,
            shed,
            in_flight,
            documents,
            registered,
            slow,
            changes,
            changes_unknown,
            acquire_timeouts,
            reads,
            read_batches,
            import_items,
            refused_connections,
            refused_bodies,
            feed_visits,
            job_failures,
        }
    }

    /// Counts the document of a request.
    pub(crate) fn document(&self, known: bool) {
        self.documents[usize::from(known)].inc();
    }

    /// Says how many documents are registered, and how many of these cannot be answered.
    pub(crate) fn registered(&self, documents: usize, unusable: usize) {
        let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
        self.registered[0].set(number(documents - unusable));
        self.registered[1].set(number(unusable));
    }

    /// Says that a request has begun, until the answer is counted or nobody waits for it any more.
    pub(crate) fn begin(&'static self, path: &str) -> InFlight {
        self.in_flight.inc();
        InFlight { metrics: self, route: Route::of(path) }
    }

    /// Counts `number` reads of which the same became. `outcome` is one of a few words.
    pub(crate) fn reads(&self, outcome: &'static str, number: usize) {
        if number > 0 {
            self.reads.get_or_create(&[("outcome", outcome)]).inc_by(number as u64);
        }
    }

    /// Counts a batch of reads that was written, or was not and is written again.
    pub(crate) fn read_batch(&self, saved: bool) {
        self.read_batches.get_or_create(&[("outcome", if saved { "saved" } else { "failed" })]).inc();
    }

    /// Counts items that came by a `source`, which is `import` or `feed`: new, updated, unchanged, skipped, failed and refused ones.
    pub(crate) fn imported(&self, source: &'static str, numbers: [usize; ITEMS.len()]) {
        for (outcome, number) in ITEMS.into_iter().zip(numbers) {
            self.import_items.get_or_create(&[("source", source), ("outcome", outcome)]).inc_by(number as u64);
        }
    }

    /// Counts a connection that was one too many of the `client` or of the `server`.
    pub(crate) fn connection_refused(&self, of: &'static str) {
        self.refused_connections.get_or_create(&[("of", of)]).inc();
    }

    /// Counts a body that was not taken because too much was on its way from the `client` or to the `server`.
    pub(crate) fn body_refused(&self, of: &'static str) {
        self.refused_bodies.get_or_create(&[("of", of)]).inc();
    }

    /// Counts a visit to a feed: `read`, `not_modified` or `failed`.
    pub(crate) fn visited(&self, outcome: &'static str) {
        self.feed_visits.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Counts a failure of work in the background.
    pub(crate) fn job_failed(&self, job: &'static str) {
        self.job_failures.get_or_create(&[("task", job)]).inc();
    }
}

/// A request that is being answered.
pub(crate) struct InFlight {
    metrics: &'static Metrics,
    route: Route,
}

impl InFlight {
    /// Counts its answer. Whatever turns requests away, it says so by these: status 429, or 503 with `Retry-After`.
    pub(crate) fn answered(self, status: StatusCode, has_retry_after: bool) {
        let (metrics, route) = (self.metrics, self.route as usize);
        let class = usize::from(status.as_u16() / 100).clamp(1, STATUSES.len()) - 1;
        metrics.http[route][class].inc();
        match status {
            StatusCode::TOO_MANY_REQUESTS => metrics.limited[route].inc(),
            StatusCode::SERVICE_UNAVAILABLE if has_retry_after => metrics.shed[route].inc(),
            _ => 0,
        };
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::<u64, AtomicU64>::default();
    registry.register(name, help, counter.clone());
    counter
}

fn owned<const N: usize>(family: &CounterBy<N>, labels: Labels<N>) -> Counter {
    family.get_or_create(&labels).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_by_its_place_has_its_place() {
        assert!(Came::ALL.iter().enumerate().all(|(place, came)| *came as usize == place));
        assert!(Pool::ALL.iter().enumerate().all(|(place, pool)| *pool as usize == place));
        assert!(Route::ALL.iter().enumerate().all(|(place, (route, _))| *route as usize == place));
    }
}
