//! The read roll-up: how far read buckets have been summed into hours, and how far they have been deleted.

use sea_orm::{entity::prelude::*, sea_query::ExprTrait as _};

/// The one row of `read_rollup`.
#[sea_orm::model]
#[derive(Clone, Copy, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "read_rollup")]
pub struct Model {
    /// Always [`ID`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Every hour before is in `read_hour`; null before the first.
    pub rolled_until: Option<DateTimeUtc>,
    /// No bucket before is kept; null before the first was deleted.
    pub pruned_until: Option<DateTimeUtc>,
}

/// The key of the row.
pub const ID: i64 = 1;

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Has the hours from the one of `from` on summed anew, because buckets that lie so far back have changed.
    pub async fn reopen<C: ConnectionTrait>(db: &C, from: DateTimeUtc) -> Result<(), DbErr> {
        let Some(state) = Self::find_by_id(ID).one(db).await? else { return Ok(()) };
        // What has been deleted cannot be summed again.
        let from = state.pruned_until.map_or(from, |pruned| Ord::max(pruned, from));
        let from = DateTimeUtc::from_timestamp(from.timestamp().div_euclid(3600) * 3600, 0).unwrap_or(from);
        Self::update_many()
            .col_expr(Column::RolledUntil, sea_orm::sea_query::Expr::value(from))
            .filter(Column::Id.eq(ID).and(Column::RolledUntil.gt(from)))
            .exec(db)
            .await?;
        Ok(())
    }
}
