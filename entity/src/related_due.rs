//! Articles whose related articles are to be computed, a row for each change; triggers of the database add them.

use sea_orm::entity::prelude::*;

/// A row of `related_due`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "related_due")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The article; it may be gone.
    pub article_id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
