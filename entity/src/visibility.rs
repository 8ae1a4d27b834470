//! What the public may see: the one rule for articles and galleries, so that no list, count or rank can forget it.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait as _, SimpleExpr};
use serde::{Deserialize, Serialize};

/// Whether an item may be shown, as its editors set it (ninjs `pubStatus`).
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PubStatus {
    /// May be shown.
    #[default]
    Usable,
    /// Held back for now.
    Withheld,
    /// Killed.
    Canceled,
}

/// Usable, published, out of embargo and not expired at `now`.
pub(crate) fn visible<C: ColumnTrait>(columns: [C; 4], now: DateTimeUtc) -> SimpleExpr {
    let [status, published_at, embargoed_until, expires_at] = columns;
    status
        .eq(PubStatus::Usable)
        .and(published_at.lte(now))
        .and(embargoed_until.is_null().or(embargoed_until.lte(now)))
        .and(expires_at.is_null().or(expires_at.gt(now)))
}
