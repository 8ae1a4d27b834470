//! Reading the change feed: what has been committed since the last look, exactly, in one statement.
//!
//! On PostgreSQL the position of a reader is a snapshot: what is new is visible now and was not visible then. Numbers of a sequence would
//! pass over a transaction that takes its number early and commits late. SQLite has one writer at a time, so ids are the order of commits.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, QueryResult, SqlxPostgresConnector,
    SqlxSqliteConnector, Statement,
    sqlx::{
        postgres::{PgListener, PgPoolOptions},
        sqlite::SqlitePoolOptions,
    },
};
use tokio::sync::Notify;

use super::tag::Tag;
use crate::database;

/// The channel that triggers announce changes on.
const CHANNEL: &str = "newsgraph_change";
/// Changes that are read at once; where there are more, everything is dropped.
const MOST: usize = 20_000;
/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// A reader of the feed, with a connection of its own, so that it never waits behind requests.
pub(super) struct Feed {
    db: DatabaseConnection,
    position: Option<Position>,
    listening: Option<tokio::task::JoinHandle<()>>,
    /// The position in PostgreSQL's log at the last look, in bytes: all that was seen stands before it.
    pub(super) log_position: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Position {
    /// A snapshot of PostgreSQL's, and the transactions that it ends before.
    Snapshot { text: String, end: i64 },
    /// The version of SQLite's file when it was looked at last, and the last id.
    Last { version: i64, id: i64 },
}

/// What was found at a look.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing is known of what was before: everything may have changed.
    Unknown,
    Changed(Vec<Tag>),
}

impl Feed {
    /// Connects as `db` does when it is looked at first. `wake` is notified of changes as soon as the database tells.
    pub(super) fn new(db: &DatabaseConnection, wake: &Arc<Notify>) -> Self {
        if db.get_database_backend() != DbBackend::Postgres {
            let options = (*db.get_sqlite_connection_pool().connect_options()).clone();
            // The version of the file is told by connection, so it is one that is kept.
            let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
            let pool = pool.test_before_acquire(false).acquire_timeout(PATIENCE).connect_lazy_with(options);
            return Self {
                db: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool),
                position: None,
                listening: None,
                log_position: 0,
            };
        }
        let options = (*db.get_postgres_connection_pool().connect_options()).clone();
        let pool = database::set_up(PgPoolOptions::new(), &[]).max_connections(2).idle_timeout(None).max_lifetime(None);
        let pool = pool.test_before_acquire(false).acquire_timeout(PATIENCE).connect_lazy_with(options);
        let (listened, wake) = (pool.clone(), Arc::clone(wake));
        let listening = tokio::spawn(async move {
            loop {
                if let Err(cause) = listen(&listened, &wake).await {
                    tracing::debug!(%cause, "changes are not announced; they are looked for");
                }
                wake.notify_one();
                tokio::time::sleep(PATIENCE).await;
            }
        });
        let db = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Self { db, position: None, listening: Some(listening), log_position: 0 }
    }

    /// The reader's own connection.
    pub(super) fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Begins anew at the next look.
    pub(super) fn forget(&mut self) {
        self.position = None;
    }

    /// What has been committed since the last look.
    pub(super) async fn look(&mut self) -> Result<News, DbErr> {
        match self.db.get_database_backend() {
            DbBackend::Postgres => self.look_by_snapshot().await,
            _ => self.look_by_id().await,
        }
    }

    async fn look_by_snapshot(&mut self) -> Result<News, DbErr> {
        const NOW: &str = "pg_current_snapshot()::text AS snapshot, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS snapshot_end,
            (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS log_position";
        let text = match &self.position {
            Some(Position::Snapshot { text, .. }) => text.clone(),
            _ => String::new(),
        };
        let statement = if text.is_empty() {
            Statement::from_string(DbBackend::Postgres, format!("SELECT {NOW}, NULL::text AS kind, NULL::text AS key"))
        } else {
            let sql = format!(
                "SELECT {NOW}, change.kind, change.key
                FROM (SELECT CAST($1 AS text)::pg_snapshot AS snapshot) AS last
                LEFT JOIN change ON tx >= pg_snapshot_xmin(CAST($1 AS text)::pg_snapshot) AND NOT pg_visible_in_snapshot(tx, last.snapshot)
                LIMIT {}",
                MOST + 1
            );
            Statement::from_sql_and_values(DbBackend::Postgres, sql, [text.into()])
        };
        let rows = self.db.query_all_raw(statement).await?;
        let Some(first) = rows.first() else { return Err(DbErr::RecordNotFound("the snapshot".to_owned())) };
        let (text, end) = (first.try_get("", "snapshot")?, first.try_get("", "snapshot_end")?);
        self.log_position = first.try_get::<i64>("", "log_position")?.unsigned_abs();
        let news = match &self.position {
            // Transactions that ended later than now: it is another database than it was.
            Some(Position::Snapshot { end: last, .. }) if *last <= end => tags(&rows)?,
            _ => News::Unknown,
        };
        self.position = Some(Position::Snapshot { text, end });
        Ok(news)
    }

    async fn look_by_id(&mut self) -> Result<News, DbErr> {
        let sqlite = |sql: &str| Statement::from_string(DbBackend::Sqlite, sql);
        // It is asked first: what is committed in between shows in it the next time.
        let version = self.db.query_one_raw(sqlite("PRAGMA data_version")).await?;
        let version: i64 = version.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        let last = match self.position {
            Some(Position::Last { version: seen, .. }) if seen == version => return Ok(News::Changed(Vec::new())),
            Some(Position::Last { id, .. }) => id,
            _ => {
                // The highest id that was ever given, also when its row has been deleted.
                let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'change'), 0) AS id";
                let row = self.db.query_one_raw(sqlite(sql)).await?;
                let id = row.map_or(Ok(0), |row| row.try_get("", "id"))?;
                self.position = Some(Position::Last { version, id });
                return Ok(News::Unknown);
            }
        };
        let sql = format!(
            "SELECT change.id, kind, key, seq FROM sqlite_sequence LEFT JOIN change ON change.id > ?
            WHERE name = 'change' ORDER BY change.id LIMIT {}",
            MOST + 1
        );
        let rows = self.db.query_all_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, [last.into()])).await?;
        let Some(first) = rows.first() else {
            self.position = Some(Position::Last { version, id: last });
            return Ok(News::Changed(Vec::new()));
        };
        let newest: i64 = first.try_get("", "seq")?;
        let news = if newest < last { News::Unknown } else { tags(&rows)? };
        self.position = Some(Position::Last { version, id: newest });
        Ok(news)
    }
}

/// What the rows of a look name, each once; a row without a kind is there when there is no news.
fn tags(rows: &[QueryResult]) -> Result<News, DbErr> {
    if rows.len() > MOST {
        return Ok(News::Unknown);
    }
    let mut tags = Vec::new();
    for row in rows {
        if let Some(kind) = row.try_get::<Option<String>>("", "kind")? {
            tags.push(Tag::of(&kind, &row.try_get::<String>("", "key")?));
        }
    }
    tags.sort_unstable();
    tags.dedup();
    Ok(News::Changed(tags))
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

async fn listen(pool: &sea_orm::sqlx::PgPool, wake: &Notify) -> Result<(), sea_orm::sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    // What was committed before is looked for.
    wake.notify_one();
    loop {
        listener.recv().await?;
        wake.notify_one();
    }
}
