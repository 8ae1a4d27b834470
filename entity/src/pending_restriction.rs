//! What is said of items that have not arrived: that they are not to be shown, or not for now.

use sea_orm::entity::prelude::*;

use crate::visibility::PubStatus;

/// A row of `pending_restriction`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_restriction")]
pub struct Model {
    /// The item that is spoken of.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub uri: String,
    /// Whether it may be shown.
    pub status: PubStatus,
    /// The version that says so.
    pub version: Option<i64>,
    /// When it was said.
    pub updated_at: Option<DateTimeUtc>,
    /// Not shown before.
    pub embargoed_until: Option<DateTimeUtc>,
    /// Not shown from then on.
    pub expires_at: Option<DateTimeUtc>,
    /// Who said it ([`Owner`](crate::owner::Owner)): it holds for their own items.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub owner: String,
}

impl ActiveModelBehavior for ActiveModel {}
