//! In how many articles a term stands, of all that were ever compared.

use sea_orm::entity::prelude::*;

/// A row of `term_count`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "term_count")]
pub struct Model {
    /// The term, as the crate `relate` numbers it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub term: i64,
    /// How many.
    pub articles: i64,
}

impl ActiveModelBehavior for ActiveModel {}
