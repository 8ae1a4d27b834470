//! What may stand between this server and PostgreSQL: a pooler, such as PgBouncer.
//!
//! A session of the server is one of the database: statements are prepared in it, settings hold in it, changes are announced to it. A pooler that
//! gives a connection of the database to another client after each transaction breaks all of these, some requests at a time. So it is found out
//! before anything is served. docs/decisions/0031 says why there is no second way for such poolers.

use std::{fmt, time::Duration};

use futures_util::{StreamExt as _, stream};
use sea_orm::{
    SqlxError,
    sqlx::{
        AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _, postgres::PgConnectOptions,
        raw_sql,
    },
};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How long a pooler may take to give what was asked for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one whose connections are all taken is tried, such as by the server that this one follows.
const LONGEST: Duration = Duration::from_secs(15);
/// How often it is looked whether two clients get one session: others may be given it in between.
const LOOKS: usize = 10;
/// How many sessions are held meanwhile, unless there are so few that it takes longer than this to get one more.
const HELD: usize = 2;
const HELD_PATIENCE: Duration = Duration::from_secs(1);

/// Why a pooler cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pooler {
    /// It gives the session of one client to another.
    Shares,
    /// It takes no transactions.
    Statements,
    /// It has fewer connections than the server may need.
    Few {
        /// As many as it gave.
        given: usize,
        /// As many as may be needed.
        needed: usize,
    },
    /// It leads to one server now, to another then.
    Several,
}

impl fmt::Display for Pooler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MEND: &str = "set `pool_mode = session` for this database in PgBouncer (Supavisor and others call it session mode), or name PostgreSQL's \
            own address: Newsgraph pools its connections itself; docs/postgresql.md says more";
        match self {
            Self::Shares => write!(
                formatter,
                "a pooler in transaction mode stands before it, which gives the session of one client to another, so prepared statements, \
                 settings and announced changes would be lost; {MEND}"
            ),
            Self::Statements => write!(
                formatter,
                "a pooler in statement mode stands before it, which takes no transactions; {MEND}"
            ),
            Self::Few { given, needed } => write!(
                formatter,
                "the pooler before it gives {given} connections, and {needed} are needed at least, so a part of the requests would wait in vain; \
                 raise `default_pool_size` (or `pool_size` of this database) in PgBouncer; docs/postgresql.md says how far"
            ),
            Self::Several => formatter.write_str(
                "its address leads to several servers, of which each is at another place in the log; name each by an address of its own",
            ),
        }
    }
}

/// Why it was not found out whether a server can be used.
#[derive(Debug)]
pub(crate) enum Problem {
    Pooler(Pooler),
    Failed(SqlxError),
}

impl From<SqlxError> for Problem {
    fn from(error: SqlxError) -> Self {
        match error.as_database_error() {
            Some(cause) if cause.message().contains("statement pooling") => Self::Pooler(Pooler::Statements),
            _ => Self::Failed(error),
        }
    }
}

/// Looks whether sessions are this server's own, and how many of those that are wanted there are, which must be as many as are needed. What is
/// between is only looked into when there is something: two connections tell.
pub(crate) async fn look(options: &PgConnectOptions, wanted: usize, needed: usize) -> Result<usize, Problem> {
    let until = Instant::now() + LONGEST;
    loop {
        match look_once(options, wanted, needed).await {
            Err(Problem::Pooler(Pooler::Few { .. })) if Instant::now() < until => sleep(Duration::from_secs(1)).await,
            looked => return looked,
        }
    }
}

async fn look_once(options: &PgConnectOptions, wanted: usize, needed: usize) -> Result<usize, Problem> {
    let few = |given| Problem::Pooler(Pooler::Few { given, needed });
    let mut first = open(options).await?;
    let mark = format!("{:032x}", mark());
    let set = format!("SELECT set_config('newsgraph.session', '{mark}', false)");
    // The connection is there, but a pooler may have none to the database for it.
    timeout(PATIENCE, raw_sql(AssertSqlSafe(set)).execute(&mut first)).await.map_err(|_| few(0))??;
    let server = Session::of(&mut first).await?.server;
    let mut held: Vec<PgConnection> = Vec::new();
    let mut most_held = HELD;
    let mut is_pooled = false;
    let mut look = 0;
    while look < LOOKS {
        let mut other = open(options).await?;
        // What is in a transaction is nobody else's, so the first one must be given another session, if it has none of its own.
        let patience = if held.is_empty() { PATIENCE } else { HELD_PATIENCE };
        match timeout(patience, raw_sql("BEGIN").execute(&mut other)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error.into()),
            Err(_) if held.is_empty() => return Err(few(1)),
            Err(_) => {
                most_held = 0;
                for other in std::mem::take(&mut held) {
                    other.close().await?;
                }
                continue;
            }
        }
        let session = Session::of(&mut other).await?;
        if session.mark == mark {
            return Err(Problem::Pooler(Pooler::Shares));
        }
        let own = timeout(PATIENCE, Session::of(&mut first)).await.map_err(|_| few(1 + held.len()))??;
        if own.mark != mark {
            return Err(Problem::Pooler(Pooler::Shares));
        }
        if session.server != server || own.server != server {
            return Err(Problem::Pooler(Pooler::Several));
        }
        if look == 0 {
            // Else a pooler ends it rather than keeping it.
            raw_sql("ROLLBACK").execute(&mut other).await?;
            other.close().await?;
            is_pooled = is_kept(&mut first, session.process).await?;
            if !is_pooled {
                break;
            }
        } else if held.len() < most_held {
            held.push(other);
        } else {
            other.close().await?;
        }
        look += 1;
    }
    for other in held {
        other.close().await?;
    }
    first.close().await?;
    if !is_pooled {
        return Ok(wanted);
    }
    let given = count(options, wanted).await;
    if given < needed { Err(few(given)) } else { Ok(given) }
}

async fn open(options: &PgConnectOptions) -> Result<PgConnection, SqlxError> {
    timeout(PATIENCE, options.connect()).await.unwrap_or(Err(SqlxError::PoolTimedOut))
}

/// Whether a process of the database outlives the connection that it served: PostgreSQL has one for each, a pooler keeps it for the next client.
async fn is_kept(first: &mut PgConnection, process: i32) -> Result<bool, Problem> {
    for _ in 0..50 {
        let ask = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {process}");
        let row = raw_sql(AssertSqlSafe(ask)).fetch_one(&mut *first).await?;
        if row.try_get::<i64, _>(0)? == 0 {
            return Ok(false);
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(true)
}

/// Takes as many connections as are wanted at once; answers how many there were.
async fn count(options: &PgConnectOptions, wanted: usize) -> usize {
    let until = Instant::now() + PATIENCE;
    let given: Vec<PgConnection> = stream::iter(0..wanted)
        .map(async |_| {
            let connect = async {
                let mut connection = open(options).await.ok()?;
                raw_sql("SELECT 1").execute(&mut connection).await.ok()?;
                Some(connection)
            };
            timeout_at(until, connect).await.ok().flatten()
        })
        .buffer_unordered(wanted.max(1))
        .filter_map(async |connection| connection)
        .collect()
        .await;
    let number = given.len();
    for connection in given {
        // It is given back in any case.
        let _ = connection.close().await;
    }
    number
}

/// Any number that no other client takes at the same time.
fn mark() -> u128 {
    let mut bytes = [0; 16];
    // Without chance there is still the time.
    if getrandom::fill(&mut bytes).is_err() {
        bytes = u128::try_from(crate::now().timestamp_micros()).unwrap_or_default().to_ne_bytes();
    }
    u128::from_ne_bytes(bytes)
}

/// What a session says of itself.
struct Session {
    mark: String,
    process: i32,
    /// Which server it is of.
    server: String,
}

impl Session {
    async fn of(connection: &mut PgConnection) -> Result<Self, SqlxError> {
        const ASK: &str = "SELECT coalesce(current_setting('newsgraph.session', true), ''), pg_backend_pid(),
            concat_ws(' ', inet_server_addr(), inet_server_port(), pg_postmaster_start_time())";
        let row = raw_sql(ASK).fetch_one(connection).await?;
        Ok(Self { mark: row.try_get(0)?, process: row.try_get(1)?, server: row.try_get(2)? })
    }
}
