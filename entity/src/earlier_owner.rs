//! Earlier owners: whose the articles of a source are that were there before articles had owners.

use sea_orm::entity::prelude::*;

/// A row of `earlier_owner`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "earlier_owner")]
pub struct Model {
    /// The source of the articles.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: i64,
    /// Their owner.
    #[sea_orm(column_type = "Text")]
    pub owner: String,
}

impl ActiveModelBehavior for ActiveModel {}
