//! Keeping the change feed short: what every reader has read, or has been away for too long to need, is deleted.

use chrono::TimeDelta;
use entity::change;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    entity::prelude::DateTimeUtc,
};

/// How long changes are kept; readers that were away for half as long begin anew.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// Deletes old changes.
pub(crate) async fn prune(db: &DatabaseConnection, now: DateTimeUtc) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(include_str!("prune_postgres.sql")).await?;
    } else {
        change::Entity::delete_many().filter(change::Column::At.lt(now - KEPT)).exec(db).await?;
    }
    Ok(())
}
