//! What is looked at when the figures are asked for: the process, its runtime, pools and caches, and what the database says of its jobs.
//! The database is asked at most every few seconds and never waited for long, so that the figures are there when it is not.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use entity::{change, feed, job_run, ranking};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Statement,
    entity::prelude::DateTimeUtc,
    sea_query::{Alias, Expr, Query, SelectStatement},
};

use super::{Pool, Watch};
use crate::{cache::Cache, document::Documents, ranking as rank, reads::Reads};

/// How long what the database said is said again.
const KEPT: Duration = Duration::from_secs(5);
/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// Where more wait, that many are said to.
const MOST_WAITING: u64 = 100_000;
/// Feeds that are told apart.
const MOST_FEEDS: u64 = 500;

/// A gauge of a fraction, such as a time in seconds.
type Fraction = Gauge<f64, AtomicU64>;

/// What there is to look at.
pub(crate) struct Sources {
    pub(crate) requests: DatabaseConnection,
    pub(crate) jobs: DatabaseConnection,
    pub(crate) cache: Option<Cache>,
    pub(crate) documents: Arc<Documents>,
    pub(crate) reads: Reads,
    pub(crate) rankings: rank::Settings,
}

/// What the database said, and when.
pub(super) struct Stored {
    asked: Instant,
    said: Option<Said>,
}

struct Said {
    jobs: Vec<job_run::Model>,
    rankings: Vec<(String, DateTimeUtc)>,
    feeds: Vec<feed::Model>,
    /// What waits to be done, by name.
    waiting: Vec<(&'static str, i64)>,
}

impl Watch {
    /// Writes down what is to be seen right now.
    pub(super) async fn look(&self, registry: &mut Registry) {
        process(registry);
        runtime(registry);
        let Some(sources) = self.0.sources.get() else { return };
        let backend = match sources.jobs.get_database_backend() {
            DbBackend::Postgres => "postgresql",
            _ => "sqlite",
        };
        let build = Info::new([("version", env!("CARGO_PKG_VERSION")), ("database", backend)]);
        registry.register("newsgraph_build", "The program and the kind of its database", build);
        let rules = importer::time::zone::rules();
        let zones = Info::new([("version", rules.version().to_owned()), ("source", rules.source())]);
        registry.register("newsgraph_time_zones", "The rules of time zones that are in force", zones);
        pools(registry, sources);
        caches(registry, sources);
        let (waiting, room) = sources.reads.waiting();
        gauge(registry, "newsgraph_reads_buffered", "Reads that wait to be saved", waiting);
        gauge(registry, "newsgraph_reads_buffer_size", "Reads that may wait before more are turned away", room);
        let every = family::<[(&'static str, String); 1]>(
            registry,
            "newsgraph_job_interval_seconds",
            "How often a job runs, on one of the servers",
        );
        // A job is called by its window.
        for window in ranking::Window::ALL {
            let refresh = sources.rankings.pace(window).refresh;
            every.get_or_create(&[("task", window.to_value())]).set(refresh.as_seconds_f64());
        }
        let mut stored = self.0.stored.lock().await;
        if stored.as_ref().is_none_or(|stored| stored.asked.elapsed() >= KEPT) {
            let said = tokio::time::timeout(PATIENCE, ask(sources)).await;
            let said = match said {
                Ok(Ok(said)) => Some(said),
                Ok(Err(cause)) => {
                    tracing::debug!(%cause, "the database says nothing of its jobs");
                    None
                }
                Err(_) => None,
            };
            *stored = Some(Stored { asked: Instant::now(), said });
        }
        let said = stored.as_ref().and_then(|stored| stored.said.as_ref());
        gauge(
            registry,
            "newsgraph_database_up",
            "Whether the database answered when it was asked for the figures below",
            u32::from(said.is_some()),
        );
        write(registry, said);
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: impl TryInto<i64>) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value.try_into().unwrap_or(i64::MAX));
    registry.register(name, help, gauge);
}

fn fraction(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Fraction::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn total(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let counter = Counter::<u64>::default();
    counter.inc_by(value);
    registry.register(name, help, counter);
}

fn seconds_total(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let counter = Counter::<f64, AtomicU64>::default();
    counter.inc_by(value);
    registry.register(name, help, counter);
}

fn family<S>(registry: &mut Registry, name: &str, help: &str) -> Family<S, Fraction>
where
    S: Clone + std::hash::Hash + Eq + EncodeLabelSet + std::fmt::Debug + Send + Sync + 'static,
{
    let family = Family::<S, Fraction>::default();
    registry.register(name, help, family.clone());
    family
}

fn pools(registry: &mut Registry, sources: &Sources) {
    type By = [(&'static str, &'static str); 1];
    let size = family::<By>(registry, "newsgraph_pool_connections", "Connections to the database that are open");
    let idle = family::<By>(registry, "newsgraph_pool_connections_idle", "Connections that nothing runs on");
    let used = family::<By>(registry, "newsgraph_pool_connections_in_use", "Connections that something runs on");
    let most = family::<By>(registry, "newsgraph_pool_connections_max", "Most connections that may be open");
    for pool in Pool::ALL {
        let db = match pool {
            Pool::Requests => &sources.requests,
            Pool::Jobs => &sources.jobs,
        };
        let (open, free, limit) = match db.get_database_backend() {
            DbBackend::Postgres => {
                let pool = db.get_postgres_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
            _ => {
                let pool = db.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
        };
        let (open, free) = (f64::from(open), f64::from(u32::try_from(free).unwrap_or(u32::MAX)));
        let labels = [("pool", pool.name())];
        size.get_or_create(&labels).set(open);
        idle.get_or_create(&labels).set(free);
        used.get_or_create(&labels).set((open - free).max(0.0));
        most.get_or_create(&labels).set(f64::from(limit));
    }
}

fn caches(registry: &mut Registry, sources: &Sources) {
    gauge(
        registry,
        "newsgraph_document_cache_bytes",
        "Memory of documents that have been parsed and validated, about",
        sources.documents.weight(),
    );
    gauge(registry, "newsgraph_document_cache_entries", "Documents that are kept", sources.documents.len());
    let counts = sources.cache.as_ref().map(Cache::counts).unwrap_or_default();
    let answers = Family::<[(&'static str, &'static str); 1], Counter>::default();
    registry.register(
        "newsgraph_cache_answers",
        "Answers to queries of the public by where they came from",
        answers.clone(),
    );
    for (came, number) in counts.answers() {
        answers.get_or_create(&[("outcome", came.name())]).inc_by(number);
    }
    let Some(cache) = &sources.cache else { return };
    let figures = cache.figures();
    gauge(registry, "newsgraph_cache_bytes", "Memory of answers that are kept, about", figures.bytes);
    gauge(registry, "newsgraph_cache_max_bytes", "Memory that answers may take", figures.most_bytes);
    gauge(registry, "newsgraph_cache_entries", "Answers that are kept", figures.entries);
    total(
        registry,
        "newsgraph_cache_dropped",
        "Answers that were dropped because something in them changed",
        counts.dropped,
    );
    gauge(
        registry,
        "newsgraph_change_feed_trusted",
        "Whether changes are being followed, so that kept answers may be given",
        u32::from(cache.is_trusted()),
    );
    if let Some(looked) = figures.looked {
        fraction(
            registry,
            "newsgraph_change_feed_age_seconds",
            "Time since the last look at the change feed that succeeded; answers are given while it is below 0.1",
            (crate::now() - looked).as_seconds_f64(),
        );
    }
}

async fn ask(sources: &Sources) -> Result<Said, DbErr> {
    let db = &sources.jobs;
    let jobs = job_run::Entity::find().all(db).await?;
    let lists = ranking::Entity::find().filter(ranking::Column::SectionId.is_null()).all(db).await?;
    let rankings = lists.into_iter().map(|list| (list.window.to_value(), list.computed_at)).collect();
    let feeds = feed::Entity::find().order_by_asc(feed::Column::Id).limit(MOST_FEEDS).all(db).await?;
    let mut waiting = vec![
        ("related_articles", waiting(db, table("related_due")).await?),
        ("kept_changes", waiting(db, table("change")).await?),
    ];
    if let Some(looked) = sources.cache.as_ref().and_then(|cache| cache.figures().looked) {
        let later = change::Entity::find().select_only().expr(Expr::val(1)).filter(change::Column::At.gt(looked));
        waiting.push(("unread_changes", self::waiting(db, later.into_query()).await?));
    }
    if db.get_database_backend() == DbBackend::Postgres {
        let texts = Statement::from_string(
            DbBackend::Postgres,
            "SELECT count(*) AS waiting FROM (SELECT 1 FROM article WHERE NOT text_indexed LIMIT 100000) AS texts",
        );
        let row = db.query_one_raw(texts).await?;
        waiting.push(("search_texts", row.map_or(Ok(0), |row| row.try_get("", "waiting"))?));
    }
    Ok(Said { jobs, rankings, feeds, waiting })
}

fn table(name: &'static str) -> SelectStatement {
    Query::select().expr(Expr::val(1)).from(Alias::new(name)).take()
}

/// How many rows there are, up to a number.
async fn waiting(db: &DatabaseConnection, mut rows: SelectStatement) -> Result<i64, DbErr> {
    let rows = rows.limit(MOST_WAITING).take();
    let count = Query::select().expr_as(Expr::cust("count(*)"), "waiting").from_subquery(rows, "rows").take();
    let row = db.query_one(&count).await?;
    row.map_or(Ok(0), |row| row.try_get("", "waiting"))
}

/// Writes what the database said; the names are there also when it said nothing.
fn write(registry: &mut Registry, said: Option<&Said>) {
    type By = [(&'static str, String); 1];
    let seconds = |time: DateTimeUtc| time.timestamp_micros() as f64 / 1e6;
    let mut by = |name, help| family::<By>(registry, name, help);
    let jobs = by("newsgraph_job_last_run_timestamp_seconds", "When a job ran last, on any server");
    let rankings =
        by("newsgraph_ranking_computed_timestamp_seconds", "When the most-read list of a window was computed");
    let waiting = by("newsgraph_backlog_rows", "Rows that wait for work in the background, up to 100000");
    let paused = by("newsgraph_feed_paused", "Whether a feed is left alone");
    let failures = by("newsgraph_feed_failures", "Visits to a feed that failed since one succeeded");
    let succeeded = by("newsgraph_feed_last_success_timestamp_seconds", "When a visit to a feed succeeded last");
    let next = by("newsgraph_feed_next_visit_timestamp_seconds", "When a feed is visited next");
    let Some(said) = said else { return };
    for job in &said.jobs {
        jobs.get_or_create(&[("task", job.name.clone())]).set(seconds(job.ran_at));
    }
    for (window, computed) in &said.rankings {
        rankings.get_or_create(&[("window", window.clone())]).set(seconds(*computed));
    }
    for (name, rows) in &said.waiting {
        waiting.get_or_create(&[("queue", (*name).to_owned())]).set(*rows as f64);
    }
    for feed in &said.feeds {
        let labels = [("feed", feed.name.clone())];
        paused.get_or_create(&labels).set(f64::from(u8::from(feed.paused)));
        failures.get_or_create(&labels).set(f64::from(feed.failures));
        next.get_or_create(&labels).set(seconds(feed.next_visit_at));
        if let Some(time) = feed.last_success_at {
            succeeded.get_or_create(&labels).set(seconds(time));
        }
    }
}

fn runtime(registry: &mut Registry) {
    let metrics = tokio::runtime::Handle::current().metrics();
    gauge(registry, "newsgraph_runtime_workers", "Threads that run tasks", metrics.num_workers());
    gauge(registry, "newsgraph_runtime_tasks", "Tasks that have not ended", metrics.num_alive_tasks());
    gauge(
        registry,
        "newsgraph_runtime_queue_tasks",
        "Tasks that wait for a thread in the common queue",
        metrics.global_queue_depth(),
    );
    let busy = (0..metrics.num_workers()).map(|worker| metrics.worker_total_busy_duration(worker)).sum::<Duration>();
    seconds_total(registry, "newsgraph_runtime_busy_seconds", "Time that threads ran tasks", busy.as_secs_f64());
}

/// What operating systems other than Linux tell is told in other ways.
#[cfg(not(target_os = "linux"))]
fn process(_: &mut Registry) {}

/// By the names that the clients of Prometheus have agreed on.
#[cfg(target_os = "linux")]
fn process(registry: &mut Registry) {
    let Ok(process) = procfs::process::Process::myself() else { return };
    if let Ok(stat) = process.stat() {
        let ticks = procfs::ticks_per_second() as f64;
        let cpu = (stat.utime + stat.stime) as f64 / ticks;
        seconds_total(registry, "process_cpu_seconds", "Time of processors that the process took", cpu);
        let memory = stat.rss * procfs::page_size();
        gauge(registry, "process_resident_memory_bytes", "Memory of the process", memory);
        gauge(registry, "process_virtual_memory_bytes", "Addresses of the process", stat.vsize);
        gauge(registry, "process_threads", "Threads of the process", stat.num_threads);
        if let Ok(boot) = procfs::boot_time_secs() {
            let started = boot as f64 + stat.starttime as f64 / ticks;
            fraction(registry, "process_start_time_seconds", "When the process was started", started);
        }
    }
    if let Ok(open) = process.fd_count() {
        gauge(registry, "process_open_fds", "File descriptors that are open", open);
    }
    if let Ok(limits) = process.limits()
        && let procfs::process::LimitValue::Value(most) = limits.max_open_files.soft_limit
    {
        gauge(registry, "process_max_fds", "File descriptors that may be open", most);
    }
}
