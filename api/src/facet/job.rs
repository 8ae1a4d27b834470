//! The background job behind the kept counts: it sums up what triggers have appended, takes note of articles that have expired, and looks
//! once a day whether the counts are right.

use std::time::Duration;

use chrono::TimeDelta;
use entity::{facet_count, job_run, transaction::writing};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, QueryOrder as _,
    QuerySelect as _, Statement, TransactionTrait as _, entity::prelude::DateTimeUtc, sea_query::OnConflict,
};

/// How often it looks for changes.
const PAUSE: Duration = Duration::from_secs(10);
/// How long an article has expired before the counts take note: no server's clock is so far behind.
const MARGIN: TimeDelta = TimeDelta::minutes(10);
/// How often the counts are compared with the articles.
const CHECK: TimeDelta = TimeDelta::hours(24);
const CHECK_NAME: &str = "facet counts";

/// Whether any article has expired that the counts have not taken note of.
const LAPSED: &str = "SELECT 1 AS lapsed FROM article
    WHERE expires_at <= $1 AND expires_at IS NOT NULL AND (lapsed_at = expires_at) IS NOT TRUE LIMIT 1";

/// Any number that no other lock has: one of several servers sums up at a time.
const LOCK: i64 = 0x6e65_7773_6661_6365;

/// Keeps the counts short and right until it is aborted; a failure is logged and tried again.
pub fn spawn(db: &DatabaseConnection) -> tokio::task::JoinHandle<()> {
    let db = db.clone();
    tokio::spawn(async move {
        let mut last = None;
        loop {
            if let Err(cause) = turn(&db, &mut last).await {
                crate::watch::metrics().job_failed("facet_counts");
                tracing::warn!(%cause, "counts of filter values not tidied up; tried again in a moment");
            }
            tokio::time::sleep(PAUSE).await;
        }
    })
}

async fn turn(db: &DatabaseConnection, last: &mut Option<i64>) -> Result<(), DbErr> {
    let now = crate::now();
    lapse(db, now).await?;
    let newest = newest(db).await?;
    if newest != *last {
        compact(db).await?;
        *last = self::newest(db).await?;
    }
    let checked = job_run::Entity::find_by_id(CHECK_NAME).one(db).await?;
    if checked.is_none_or(|checked| checked.ran_at < now - CHECK || checked.ran_at > now + CHECK) {
        let row = job_run::ActiveModel { name: Set(CHECK_NAME.to_owned()), ran_at: Set(now) };
        let update = OnConflict::column(job_run::Column::Name).update_column(job_run::Column::RanAt).to_owned();
        job_run::Entity::insert(row).on_conflict(update).exec_without_returning(db).await?;
        mend(db).await?;
    }
    Ok(())
}

/// The last row that was added.
async fn newest(db: &DatabaseConnection) -> Result<Option<i64>, DbErr> {
    use facet_count::Column as C;
    let newest = facet_count::Entity::find().select_only().column(C::Id).order_by_desc(C::Id).limit(1);
    newest.into_tuple().one(db).await
}

/// Takes note of what has expired, and sums up the counts.
pub async fn tidy(db: &DatabaseConnection, now: DateTimeUtc) -> Result<(), DbErr> {
    lapse(db, now).await?;
    compact(db).await
}

/// Takes articles that expired some time ago out of the counts, some at a time. Until then they are counted and taken off by each reader.
async fn lapse(db: &DatabaseConnection, now: DateTimeUtc) -> Result<(), DbErr> {
    let (backend, until) = (db.get_database_backend(), now - MARGIN);
    // Nobody waits for a writer that has nothing to write.
    while db.query_one_raw(Statement::from_sql_and_values(backend, LAPSED, [until.into()])).await?.is_some() {
        let lapse = Statement::from_sql_and_values(backend, include_str!("lapse.sql"), [until.into()]);
        db.execute_raw(lapse).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn compact(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        // Each value has one row.
        db.execute_unprepared("DELETE FROM facet_count WHERE articles = 0").await?;
        return Ok(());
    }
    let transaction = db.begin_with_options(writing()).await?;
    let lock = "SELECT pg_try_advisory_xact_lock($1) AS locked";
    let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [LOCK.into()]);
    let row = transaction.query_one_raw(lock).await?;
    if row.is_some_and(|row| row.try_get("", "locked").unwrap_or(false)) {
        transaction.execute_unprepared(include_str!("compact.postgres.sql")).await?;
    }
    transaction.commit().await
}

/// Adds what the counts lack, such as after rows were loaded without triggers; answers of how many values.
pub async fn mend(db: &DatabaseConnection) -> Result<usize, DbErr> {
    let backend = db.get_database_backend();
    let rows = db.query_all_raw(Statement::from_string(backend, include_str!("drift.sql"))).await?;
    let drift = rows.iter().map(|row| {
        let (facet, value): (String, String) = (row.try_get("", "facet")?, row.try_get("", "value")?);
        let (value_id, articles): (i64, i64) = (row.try_get("", "value_id")?, row.try_get("", "articles")?);
        Ok([facet.into(), value_id.into(), value.into(), articles.into()])
    });
    let drift: Vec<[sea_orm::Value; 4]> = drift.collect::<Result<_, DbErr>>()?;
    if drift.is_empty() {
        return Ok(0);
    }
    tracing::warn!(values = drift.len(), "counts of filter values were wrong; mended");
    let transaction = db.begin_with_options(writing()).await?;
    let add = match backend {
        DbBackend::Postgres => "INSERT INTO facet_count (facet, value_id, value, articles) VALUES ($1, $2, $3, $4)",
        _ => {
            "INSERT INTO facet_count (facet, value_id, value, articles) VALUES ($1, $2, $3, $4)
            ON CONFLICT (facet, value_id, value) DO UPDATE SET articles = articles + excluded.articles"
        }
    };
    let mended = drift.len();
    for values in drift {
        transaction.execute_raw(Statement::from_sql_and_values(backend, add, values)).await?;
    }
    transaction.commit().await?;
    Ok(mended)
}
