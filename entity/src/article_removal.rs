//! Article removals: articles that the public could see and then could not, because they were killed, held back or deleted. The database
//! keeps them by triggers.

use sea_orm::entity::prelude::*;

/// A row of `article_removal`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_removal")]
pub struct Model {
    /// The article, which may be gone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// Its slug.
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    /// Its identity across imports.
    #[sea_orm(column_type = "Text")]
    pub uri: String,
    /// When it left the public's sight.
    pub removed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
