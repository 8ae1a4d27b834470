//! The connection to the database, and its migrations.

mod allowance;
mod embedded;
mod failure;
mod pooler;

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::FutureExt as _;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqlxError, SqlxPostgresConnector, Statement, TransactionTrait as _,
    sqlx::{
        AssertSqlSafe,
        postgres::{PgConnectOptions, PgPoolOptions},
        raw_sql,
    },
};

pub(crate) use self::allowance::Allowance;
pub use self::{failure::Failure, pooler::Pooler};
use crate::config::{Config, DatabaseUrl};

/// Any number that no other program is likely to take: the lock that one of several starting servers migrates under.
const MIGRATION_LOCK: i64 = 0x6e65_7773_6772_6170;

/// How long a migration waits for the lock of a table at a time, and how long it leaves it to others in between.
const LOCK_PATIENCE: &str = "2s";
const LOCK_PAUSE: Duration = Duration::from_secs(3);
const LOCK_TRIES: u32 = 60;

/// How often a server looks whether another one has migrated.
const LOCK_LOOK: Duration = Duration::from_millis(100);

/// How long a server that starts waits for a database that starts, too, and how often it looks.
const START_PATIENCE: Duration = Duration::from_secs(30);
const START_PAUSE: Duration = Duration::from_millis(100);

/// Connections for requests, and as many for jobs, without which a server behind a pooler does not start.
const LEAST_CONNECTIONS: u32 = 2;

/// Statements that a connection keeps prepared. One that lists something of a hundred parents takes megabytes, also in PostgreSQL.
const STATEMENTS: usize = 50;

/// Instructions of SQLite between two looks whether the program ends.
const INSTRUCTIONS: i32 = 10_000;

/// How long what is under way in the database may take to end when the program does.
const LAST_STATEMENTS: Duration = Duration::from_millis(500);

/// Whether the program ends: whatever an embedded database still works at is broken off.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Why a database cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// It cannot be reached, or it answered with an error.
    Failed(DbErr),
    /// A newer version of the program has migrated it.
    Newer(String),
    /// Another transaction holds a lock that a migration needs.
    Locked,
    /// What stands before it cannot be used.
    Pooler(Pooler),
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => {
                write!(formatter, "the database cannot be used: {error}")?;
                if is_refused(error) {
                    return formatter.write_str(
                        "; the user or the password is wrong: in DATABASE_URL, reserved characters of a password are percent-encoded (`%` is \
                         `%25`), in DATABASE_PASSWORD and DATABASE_PASSWORD_FILE it stands as it is",
                    );
                }
                Failure::of(error).map_or(Ok(()), |failure| write!(formatter, "; {}", failure.mend()))
            }
            Self::Pooler(problem) => write!(formatter, "the database cannot be used: {problem}"),
            Self::Locked => formatter.write_str(
                "the database could not be migrated: another transaction has held a table that a migration changes for minutes, and waiting \
                 longer would make every request wait behind it; end that transaction (pg_stat_activity has it) and start again, nothing \
                 was changed by halves",
            ),
            Self::Newer(migration) => write!(
                formatter,
                "the database is newer than this program: it has the migration `{migration}`, which this program does not know; \
                 start the version that made it, or a later one; to go back to this version, take the migrations that it does not know back \
                 with the newer program (`newsgraph migrate down`), or restore a backup"
            ),
        }
    }
}

impl std::error::Error for Unusable {}

impl From<DbErr> for Unusable {
    fn from(error: DbErr) -> Self {
        Self::Failed(error)
    }
}

/// Connects to a database; the file of an embedded one is made when it is not there.
pub async fn connect(url: &DatabaseUrl, connections: u32) -> Result<DatabaseConnection, Unusable> {
    let mut options = options(url, connections);
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            async move {
                connection.lock_handle().await?.set_progress_handler(INSTRUCTIONS, || !ENDING.load(Ordering::Relaxed));
                Ok(())
            }
            .boxed()
        })
    });
    Ok(Database::connect(options).await?)
}

/// Closes all connections to a database. An embedded one is a single whole file then; what keeps it from that is answered, for people.
pub async fn close(url: &DatabaseUrl, connections: impl IntoIterator<Item = DatabaseConnection>) -> Result<(), String> {
    let connections: Vec<DatabaseConnection> = connections.into_iter().collect();
    let close = async || {
        for connection in &connections {
            if let Err(cause) = connection.close_by_ref().await {
                tracing::debug!(%cause, "a connection to the database was not closed well");
            }
        }
    };
    if tokio::time::timeout(LAST_STATEMENTS, close()).await.is_err() {
        // What the work that was broken off has changed is rolled back.
        ENDING.store(true, Ordering::Relaxed);
        let _ = tokio::time::timeout(LAST_STATEMENTS, close()).await;
    }
    match url {
        DatabaseUrl::Postgres(_) => Ok(()),
        DatabaseUrl::Sqlite(file) => embedded::settle(file).await.map_err(|cause| {
            format!(
                "the last changes are in {}-wal, beside the database, and not in it yet ({cause}): keep the two together; the next start brings \
                 them together",
                file.display()
            )
        }),
    }
}

/// Looks whether a database can be used by this many connections: whatever stands before PostgreSQL must leave sessions to whom they were given.
pub async fn check(url: &DatabaseUrl, connections: u32) -> Result<(), Unusable> {
    look(url, connections, connections).await.map(drop)
}

/// The same for a server that starts, perhaps together with its database: it waits for one that is away. Answers how many connections there may
/// be to it for requests, and as many for jobs: those that are wanted, unless a pooler gives fewer.
pub async fn check_at_start(url: &DatabaseUrl, wanted: u32) -> Result<u32, Unusable> {
    /// For the changes.
    const CHANGES: u32 = 2;
    /// For commands beside the server.
    const SPARE: u32 = 2;
    let all = 2 * wanted + CHANGES;
    let least = (2 * LEAST_CONNECTIONS + CHANGES + SPARE).min(all);
    let until = tokio::time::Instant::now() + START_PATIENCE;
    let mut is_told = false;
    loop {
        match look(url, all, least).await {
            Err(Unusable::Failed(error))
                if Failure::may_end(&error) && !is_refused(&error) && tokio::time::Instant::now() < until =>
            {
                if !std::mem::replace(&mut is_told, true) {
                    tracing::warn!(cause = %error, "the database cannot be reached yet; tried again for half a minute");
                }
                tokio::time::sleep(START_PAUSE).await;
            }
            Ok(given) if given < all => {
                let used = (given.saturating_sub(CHANGES + SPARE) / 2).max(1);
                tracing::warn!(
                    given,
                    "the pooler before the database has fewer connections than the {all} that NEWSGRAPH_DATABASE_CONNECTIONS={wanted} may take, \
                     so {used} are used for requests and {used} for jobs; raise `default_pool_size` in PgBouncer, or lower the setting"
                );
                return Ok(used);
            }
            checked => return checked.map(|_| wanted),
        }
    }
}

async fn look(url: &DatabaseUrl, wanted: u32, needed: u32) -> Result<u32, Unusable> {
    let DatabaseUrl::Postgres(url) = url else { return Ok(wanted) };
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    match pooler::look(&postgres(url)?, number(wanted), number(needed)).await {
        Ok(given) => Ok(u32::try_from(given).unwrap_or(u32::MAX)),
        Err(pooler::Problem::Pooler(problem)) => Err(Unusable::Pooler(problem)),
        Err(pooler::Problem::Failed(error)) => Err(of_driver(error).into()),
    }
}

/// As the connections of a pool say it.
fn of_driver(error: SqlxError) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(std::sync::Arc::new(error)))
}

/// Whether the database does not take the user or the password. PgBouncer says so as if the client broke the protocol.
fn is_refused(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else { return false };
    let Some(error) = error.as_database_error() else { return false };
    error.code().is_some_and(|code| code.starts_with("28")) || error.message().ends_with("authentication failed")
}

/// Connects to a database for requests that may run for this long: it ends their statements then, whether anyone still waits for
/// them or not.
pub async fn connect_for_requests(
    url: &DatabaseUrl,
    connections: u32,
    timeout: Duration,
) -> Result<DatabaseConnection, Unusable> {
    Ok(Database::connect(for_requests(url, connections, timeout)).await?)
}

/// The same for a database that need not be there yet.
pub(crate) async fn connect_lazily_for_requests(
    url: &DatabaseUrl,
    connections: u32,
    timeout: Duration,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = for_requests(url, connections, timeout);
    options.connect_lazy(true);
    Database::connect(options).await
}

fn for_requests(url: &DatabaseUrl, connections: u32, timeout: Duration) -> ConnectOptions {
    let ended = timeout.as_millis().to_string();
    let mut options = options_with(
        url,
        connections,
        &[
            ("statement_timeout", &ended),
            // Planning a statement takes longer than running it, and its plan hardly depends on its values; where it does, it is run in a
            // session of its own (session.rs).
            ("plan_cache_mode", "force_generic_plan"),
            // What requests read is in memory, and too little for a whole table to be the shorter way, even where the statistics of a
            // table are older than a bulk load and have it that nearly all of its rows are asked for.
            ("random_page_cost", "1.1"),
            ("enable_seqscan", "off"),
            ("jit", "off"),
            // Workers take longer to start than most statements to run, and many requests share the machine.
            ("max_parallel_workers_per_gather", "0"),
        ],
    );
    // Who waits for a connection must be told that there is none before the request ends anyway.
    let acquire = Config::ACQUIRE_TIMEOUT.min(timeout / 2);
    options.acquire_timeout(acquire).connect_timeout(acquire);
    // SQLite has no such setting, but asks now and then whether to go on.
    options.map_sqlx_sqlite_before_acquire(move |connection, _| {
        async move { allowance::hold(connection, timeout).await.map(|()| true) }.boxed()
    });
    options.map_sqlx_sqlite_pool_opts(move |pool| {
        pool.after_connect(move |connection, _| async move { allowance::hold(connection, timeout).await }.boxed())
    });
    options
}

/// How a pooler lets pass by what this asks for: it knows neither options nor this number of digits.
fn postgres(url: &url::Url) -> Result<PgConnectOptions, DbErr> {
    let options: PgConnectOptions = url.as_str().parse().map_err(of_driver)?;
    Ok(without_extras(options))
}

fn without_extras(options: PgConnectOptions) -> PgConnectOptions {
    options.extra_float_digits(None).statement_cache_capacity(STATEMENTS)
}

/// Sets up each session of a pool when it begins. As statements, because a pooler refuses settings in what opens a connection, or drops them.
pub(crate) fn set_up(pool: PgPoolOptions, settings: &[(&str, &str)]) -> PgPoolOptions {
    // A pooler may give a session that another client has left behind.
    let mut sql = "DEALLOCATE ALL".to_owned();
    for (name, value) in settings {
        sql.push_str(&format!("; SET {name} = '{value}'"));
    }
    pool.after_connect(move |connection, _| {
        let sql = AssertSqlSafe(sql.clone());
        async move { raw_sql(sql).execute(connection).await.map(drop) }.boxed()
    })
}

fn options(url: &DatabaseUrl, connections: u32) -> ConnectOptions {
    options_with(url, connections, &[])
}

/// The same, with settings that hold in each session of PostgreSQL.
fn options_with(url: &DatabaseUrl, connections: u32, settings: &[(&'static str, &str)]) -> ConnectOptions {
    let mut options = match url {
        DatabaseUrl::Postgres(url) => ConnectOptions::new(url.as_str()),
        DatabaseUrl::Sqlite(file) => ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display())),
    };
    options
        .max_connections(connections)
        .acquire_timeout(Config::ACQUIRE_TIMEOUT)
        .connect_timeout(Config::ACQUIRE_TIMEOUT)
        // A ping before each use would double the round trips; a connection that broke is replaced when it fails.
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .statement_cache_capacity(STATEMENTS)
            .foreign_keys(true)
            .journal_mode(sea_orm::sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sea_orm::sqlx::sqlite::SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(10))
    });
    let settings: Vec<(&'static str, String)> =
        settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    options.map_sqlx_postgres_opts(without_extras);
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        set_up(pool, &settings)
    });
    options
}

/// Brings the database up to date. When several servers start together, one migrates and the others wait for it.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), Unusable> {
    if db.get_database_backend() != DbBackend::Postgres {
        return embedded::up(db).await;
    }
    // The lock belongs to this transaction, so it is freed however the program ends.
    let guard = db.begin().await?;
    lock(&guard).await?;
    check_not_newer(db).await?;
    let impatient = impatient(db);
    let migrated = up(&impatient).await;
    impatient.close().await?;
    migrated?;
    guard.commit().await?;
    Ok(())
}

/// Takes the last migrations back.
pub async fn migrate_down(db: &DatabaseConnection, steps: u32) -> Result<(), Unusable> {
    check_not_newer(db).await?;
    match db.get_database_backend() {
        DbBackend::Postgres => Ok(Migrator::down(db, Some(steps)).await?),
        _ => Ok(embedded::down(db, steps).await?),
    }
}

/// A connection whose statements do not wait for long for the lock of a table: whoever comes later waits behind them.
fn impatient(db: &DatabaseConnection) -> DatabaseConnection {
    let options = (*db.get_postgres_connection_pool().connect_options()).clone();
    let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(Config::ACQUIRE_TIMEOUT);
    // A migration is wholly there or not at all, and one that a crash has undone runs again. Whatever is written later waits for the disk, and
    // with it all that was before.
    let pool = set_up(pool, &[("lock_timeout", LOCK_PATIENCE), ("synchronous_commit", "off")]);
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool.connect_lazy_with(options))
}

/// Runs the migrations that have not run. Each is a transaction, so one that gave up has changed nothing and is tried again.
async fn up(db: &DatabaseConnection) -> Result<(), Unusable> {
    for _ in 0..LOCK_TRIES {
        let pending = Migrator::get_pending_migrations(db).await?.len();
        match Migrator::up(db, None).await {
            Err(cause) if is_locked(&cause) => {
                tracing::warn!("a table that is to be migrated is locked; tried again in a moment");
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            // The session of a program that was killed goes on until it notices, and may have committed the same one meanwhile.
            Err(cause) if Migrator::get_pending_migrations(db).await?.len() < pending => {
                tracing::debug!(%cause, "a migration failed after others had run; tried again");
            }
            done => return Ok(done?),
        }
    }
    Err(Unusable::Locked)
}

fn is_locked(cause: &DbErr) -> bool {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    match cause {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == LOCK_NOT_AVAILABLE)
        }
        _ => false,
    }
}

/// Waits for the lock that one server migrates under. Not in a statement: an index that is made concurrently waits for those that run.
async fn lock(guard: &DatabaseTransaction) -> Result<(), DbErr> {
    let lock = "SELECT pg_try_advisory_xact_lock($1) AS locked";
    let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [MIGRATION_LOCK.into()]);
    loop {
        let row = guard.query_one_raw(lock.clone()).await?;
        if row.map(|row| row.try_get("", "locked")).transpose()? == Some(true) {
            return Ok(());
        }
        tokio::time::sleep(LOCK_LOOK).await;
    }
}

/// Fails when a newer version of the program has migrated the database.
pub async fn check_not_newer(db: &impl ConnectionTrait) -> Result<(), Unusable> {
    // It makes the table of migrations when there is none.
    Migrator::install(db).await?;
    let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let applied = Migrator::get_migration_models(db).await?;
    match applied.into_iter().find(|applied| !known.contains(&applied.version)) {
        Some(unknown) => Err(Unusable::Newer(unknown.version)),
        None => Ok(()),
    }
}

/// Whether there is any article or section yet.
pub async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    use sea_orm::EntityTrait as _;
    Ok(entity::section::Entity::find().one(db).await?.is_none()
        && entity::article::Entity::find().one(db).await?.is_none())
}
