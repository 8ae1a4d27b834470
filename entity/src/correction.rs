//! Corrections: what was wrong in an article, and when it was put right.

use sea_orm::entity::prelude::*;

/// A row of `correction`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "correction")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The article.
    pub article_id: i64,
    /// Order, oldest first.
    pub position: i32,
    /// What was wrong and what is right.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// When it was put right.
    pub corrected_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
