//! Changes: what is no longer as it was, noted by triggers of the database. On PostgreSQL a row also has its transaction.

use sea_orm::entity::prelude::*;

/// A row of `change`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What kind of thing: a row of a table, a list, or a key that something is found by.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Which; empty when there is one of the kind.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
