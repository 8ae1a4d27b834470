//! Contributors of articles: who made an article, in the order of the byline.

use sea_orm::entity::prelude::*;

/// A row of `article_contributor`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_contributor")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The contributor.
    #[sea_orm(primary_key, auto_increment = false)]
    pub contributor_id: i64,
    /// Order in the byline.
    pub position: i32,
    /// What they did.
    #[sea_orm(column_type = "Text")]
    pub role: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
