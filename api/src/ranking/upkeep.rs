//! Keeping the counts small: buckets that no late read can reach are summed into hours, and what is old is deleted, a little at a time
//! and without a lock that a counting server would wait for.

use chrono::TimeDelta;
use entity::{read_bucket, read_rollup, read_writer, term_status};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement, Value,
    entity::prelude::DateTimeUtc,
};

use super::{Settings, floor, job::begin_alone};

/// Buckets older than this do not change any more: reads are taken up to a day late, and saved soon after.
pub(crate) const SETTLED: TimeDelta = TimeDelta::hours(26);
const HOUR: TimeDelta = TimeDelta::hours(1);
/// Servers that were not seen for so long are gone, and their last batch is of no use.
const WRITERS: TimeDelta = TimeDelta::days(7);

/// Sums what has settled, and deletes what is old.
pub async fn upkeep(db: &DatabaseConnection, settings: &Settings, now: DateTimeUtc) -> Result<(), DbErr> {
    while roll_up(db, now).await? {}
    let transaction = begin_alone(db).await?;
    let state = read_rollup::Entity::find_by_id(read_rollup::ID).one(&transaction).await?;
    let keep_buckets = settings.keep_buckets.max(SETTLED + HOUR);
    let rolled = state.and_then(|state| state.rolled_until);
    let buckets_until = rolled.map(|rolled| floor(now - keep_buckets, HOUR).min(rolled));
    if let Some(until) = buckets_until {
        // Said before it is done, so that nothing is counted from what is half gone.
        let row = read_rollup::ActiveModel { pruned_until: Set(Some(until)), ..row() };
        read_rollup::Entity::update(row).exec(&transaction).await?;
    }
    transaction.commit().await?;
    if let Some(until) = buckets_until {
        delete(db, include_str!("prune_buckets.sql"), until).await?;
    }
    let spans = [settings.now, settings.today, settings.this_week].map(|pace| pace.span);
    let longest = spans.into_iter().max().unwrap_or_default();
    let hours_until = floor(now - settings.keep_hours.max(longest + HOUR), HOUR);
    delete(db, include_str!("prune_hours.sql"), hours_until).await?;
    delete(db, include_str!("prune_removals.sql"), now - crate::article::REMOVALS_KEPT).await?;
    delete(db, include_str!("prune_marks.sql"), now - crate::reads::MARKS_KEPT).await?;
    let gone = read_writer::Entity::delete_many().filter(read_writer::Column::SeenAt.lt(now - WRITERS));
    gone.exec(db).await?;
    term_status::Entity::settle(db, now).await?;
    crate::cache::prune(db, now).await
}

/// Sums the next hour that has settled; answers whether there may be another.
async fn roll_up(db: &DatabaseConnection, now: DateTimeUtc) -> Result<bool, DbErr> {
    let transaction = begin_alone(db).await?;
    let settled = floor(now - SETTLED, HOUR);
    let state = read_rollup::Entity::find_by_id(read_rollup::ID).one(&transaction).await?;
    let from = state.and_then(|state| state.rolled_until).unwrap_or(DateTimeUtc::UNIX_EPOCH);
    if from >= settled {
        transaction.rollback().await?;
        return Ok(false);
    }
    use read_bucket::Column as B;
    let next: Option<DateTimeUtc> = read_bucket::Entity::find()
        .select_only()
        .column(B::BucketStart)
        .filter(B::BucketStart.gte(from))
        .filter(B::BucketStart.lt(settled))
        .order_by_asc(B::BucketStart)
        .into_tuple()
        .one(&transaction)
        .await?;
    let rolled = match next {
        Some(next) => {
            let hour = floor(next, HOUR);
            sum_hour(&transaction, hour).await?;
            hour + HOUR
        }
        None => settled,
    };
    let row = read_rollup::ActiveModel { rolled_until: Set(Some(rolled)), ..row() };
    read_rollup::Entity::update(row).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(rolled < settled)
}

fn row() -> read_rollup::ActiveModel {
    read_rollup::ActiveModel { id: Set(read_rollup::ID), ..Default::default() }
}

async fn sum_hour(transaction: &DatabaseTransaction, hour: DateTimeUtc) -> Result<(), DbErr> {
    let values: [Value; 2] = [hour.into(), (hour + HOUR).into()];
    let sql = include_str!("sum_hour.sql");
    let backend = transaction.get_database_backend();
    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Deletes rows before `until`, some at a time: short transactions, so that nobody waits.
async fn delete(db: &DatabaseConnection, sql: &str, until: DateTimeUtc) -> Result<(), DbErr> {
    loop {
        let values: [Value; 1] = [until.into()];
        let deleted = db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        if deleted.rows_affected() == 0 {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}
