//! Read replicas: queries of the public go to those that have everything in them which this server has seen of the primary.
//!
//! The reader of the change feed knows the position in the log at which it saw the last change. A replica that has replayed the log up to there
//! knows all that answers in memory know, so what is computed from it may be kept with them. One that lags, or does not answer, is left alone
//! until it has caught up; then, and while changes are not followed, the primary is asked. So no answer is older than one of a single database.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    cache::Cache,
    config::{self, DatabaseUrl},
    database,
    http::graphql,
};

/// How often a replica is asked how far it is.
const PAUSE: Duration = Duration::from_millis(10);
/// How often one that does not answer is asked.
const RETRY: Duration = Duration::from_secs(1);
/// How often one is tried that is behind what cannot be used.
const RETRY_POOLER: Duration = Duration::from_secs(60);
/// How long one may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// The position of a replica that must not be asked.
const AWAY: u64 = 0;

/// Copies of the database that PostgreSQL keeps by streaming replication.
#[derive(Clone, Debug, Default)]
pub struct Replicas(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    replicas: Vec<Replica>,
    turn: AtomicUsize,
    watchers: Vec<JoinHandle<()>>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    /// Its address, without what is secret.
    name: Arc<str>,
    requests: DatabaseConnection,
    /// Up to where it has replayed the log, in bytes; where it is at least.
    replayed: Arc<AtomicU64>,
}

/// Why replicas cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// Only PostgreSQL has them.
    NotPostgres,
    /// The settings of the connection are wrong.
    Failed(String, DbErr),
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPostgres => {
                formatter.write_str("replicas are for PostgreSQL: the database and its replicas are `postgres://…`")
            }
            Self::Failed(name, cause) => write!(formatter, "the replica {name} cannot be used: {cause}"),
        }
    }
}

impl std::error::Error for Unusable {}

impl Replicas {
    /// Connects to replicas of `primary`, and watches them as long as this is held. One that cannot be reached now may come later.
    pub async fn connect(
        primary: &DatabaseConnection,
        urls: &[DatabaseUrl],
        connections: u32,
        statements: Duration,
    ) -> Result<Self, Unusable> {
        let mut inner = Inner::default();
        for url in urls {
            let DatabaseUrl::Postgres(address) = url else { return Err(Unusable::NotPostgres) };
            if primary.get_database_backend() != DbBackend::Postgres {
                return Err(Unusable::NotPostgres);
            }
            let name = config::server(address);
            let failed = |cause| Unusable::Failed(name.clone(), cause);
            let mut requests =
                database::connect_lazily_for_requests(url, connections, statements).await.map_err(failed)?;
            graphql::count_statements(&mut requests);
            let watched = database::connect_lazily_for_requests(url, 1, PATIENCE).await.map_err(failed)?;
            let replica = Replica { name: name.into(), requests, replayed: Arc::default() };
            let url = url.clone();
            // Those of requests, and the one by which it is watched.
            let between = async move || database::check(&url, connections + 1).await;
            inner.watchers.push(tokio::spawn(watch(primary.clone(), watched, between, replica.clone())));
            inner.replicas.push(replica);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// The next replica that has all that `cache` has seen, if there is one.
    pub(crate) fn choose(&self, cache: Option<&Cache>) -> Option<&Replica> {
        let replicas = &self.0.replicas;
        if replicas.is_empty() {
            return None;
        }
        let seen = cache?.seen_until()?;
        let first = self.0.turn.fetch_add(1, Ordering::Relaxed);
        let mut turns = (0..replicas.len()).filter_map(|turn| replicas.get(first.wrapping_add(turn) % replicas.len()));
        turns.find(|replica| replica.replayed.load(Ordering::Acquire) >= seen.max(AWAY + 1))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.watchers.iter().for_each(JoinHandle::abort);
    }
}

impl Replica {
    /// For the statements of requests.
    pub(crate) fn db(&self) -> &DatabaseConnection {
        &self.requests
    }

    /// Leaves it alone until it has answered again.
    pub(crate) fn failed(&self) {
        self.replayed.store(AWAY, Ordering::Release);
    }
}

/// Asks a replica again and again how far it is, as soon as what is `between` can be used.
async fn watch(
    primary: DatabaseConnection,
    watched: DatabaseConnection,
    between: impl AsyncFn() -> Result<(), database::Unusable>,
    replica: Replica,
) {
    let mut is_fit = None;
    loop {
        if is_fit != Some(true)
            && let Err(database::Unusable::Pooler(cause)) = between().await
        {
            if is_fit.replace(false) != Some(false) {
                tracing::warn!("no queries go to the replica {}: {cause}", replica.name);
            }
            tokio::time::sleep(RETRY_POOLER).await;
            continue;
        }
        let position = match timeout(PATIENCE, position(&primary, &watched, is_fit == Some(true))).await {
            Ok(position) => position.map_err(|cause| cause.to_string()),
            Err(_) => Err("it does not answer".to_owned()),
        };
        let name = &replica.name;
        match position {
            Ok(position) => {
                replica.replayed.store(position, Ordering::Release);
                if is_fit.replace(true) != Some(true) {
                    tracing::info!("queries go to the replica {name} when it is up to date");
                }
            }
            Err(cause) => {
                replica.failed();
                if is_fit.replace(false) != Some(false) {
                    tracing::warn!(%cause, "no queries go to the replica {name}");
                }
            }
        }
        tokio::time::sleep(if is_fit == Some(true) { PAUSE } else { RETRY }).await;
    }
}

/// Up to where the replica has replayed the log. When it is `known`, it is not asked again whose replica it is.
async fn position(primary: &DatabaseConnection, watched: &DatabaseConnection, known: bool) -> Result<u64, DbErr> {
    const POSITION: &str =
        "SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint END AS position";
    const IDENTITY: &str = "SELECT system_identifier FROM pg_control_system()";
    let ask = async |db: &DatabaseConnection, sql: &str| {
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        row.map_or(Ok(None), |row| row.try_get_by_index::<Option<i64>>(0))
    };
    if !known && ask(primary, IDENTITY).await? != ask(watched, IDENTITY).await? {
        return Err(DbErr::Custom("it is no replica of this database".to_owned()));
    }
    let position = ask(watched, POSITION).await?;
    let position = position.ok_or_else(|| DbErr::Custom("it does not follow a primary".to_owned()))?;
    Ok(position.unsigned_abs())
}
