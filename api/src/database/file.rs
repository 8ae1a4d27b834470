//! Connections to the file of an embedded database: how long their statements may take, and those that cannot write.
//!
//! SQLite opens a file that may not be written for reading alone, and the connection stays so when it may be written again. So each such
//! connection is looked at before it is used, and replaced.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use sea_orm::{
    ConnectOptions, SqlxError,
    sqlx::{self, SqliteConnection},
};

/// How long a statement waits for another that writes; [`is_read_only`] says the same.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the connections of a pool are opened and handed out; `timeout` is how long what is done with one may take, from when it is handed out.
pub(super) fn keep(options: &mut ConnectOptions, timeout: Option<Duration>) {
    options.map_sqlx_sqlite_opts(|options| {
        options
            .foreign_keys(true)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Normal)
            .busy_timeout(PATIENCE)
    });
    // How many are open that cannot write.
    let read_only = Arc::new(AtomicUsize::new(0));
    let opened = Arc::clone(&read_only);
    options.map_sqlx_sqlite_pool_opts(move |pool| {
        let opened = Arc::clone(&opened);
        pool.after_connect(move |connection, _| {
            let opened = Arc::clone(&opened);
            async move {
                limit(connection, timeout).await?;
                if is_read_only(connection).await? {
                    opened.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            }
            .boxed()
        })
    });
    options.map_sqlx_sqlite_before_acquire(move |connection, _| {
        let read_only = Arc::clone(&read_only);
        async move {
            limit(connection, timeout).await?;
            if read_only.load(Ordering::Relaxed) == 0 || !is_read_only(connection).await? {
                return Ok(true);
            }
            let _ = read_only.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            Ok(false)
        }
        .boxed()
    });
}

/// SQLite has no such setting, but asks now and then whether to go on.
async fn limit(connection: &mut SqliteConnection, timeout: Option<Duration>) -> Result<(), SqlxError> {
    /// Instructions of its machine, some hundred microseconds.
    const BETWEEN_LOOKS: i32 = 10_000;
    if let Some(timeout) = timeout {
        let deadline = Instant::now() + timeout;
        connection.lock_handle().await?.set_progress_handler(BETWEEN_LOOKS, move || Instant::now() < deadline);
    }
    Ok(())
}

/// Whether the file was opened for reading alone. That is found out before any lock is waited for, so nothing is.
async fn is_read_only(connection: &mut SqliteConnection) -> Result<bool, SqlxError> {
    /// Of no row; where there is no such table yet, nothing has been opened for reading alone.
    const WRITE: &str = "DELETE FROM change WHERE false";
    const READ_ONLY: u32 = 8;
    const WAIT: &str = "PRAGMA busy_timeout = 10000";
    sqlx::raw_sql("PRAGMA busy_timeout = 0").execute(&mut *connection).await?;
    let written = sqlx::raw_sql(WRITE).execute(&mut *connection).await;
    sqlx::raw_sql(WAIT).execute(&mut *connection).await?;
    let code = written.as_ref().err().and_then(SqlxError::as_database_error).and_then(|error| error.code());
    Ok(code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == READ_ONLY))
}
