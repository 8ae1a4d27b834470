//! Related articles: the editors' choice of related articles.

use sea_orm::entity::prelude::*;

/// A row of `related_article`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "related_article")]
pub struct Model {
    /// The article whose page shows them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The related article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub related_id: i64,
    /// Editorial order.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
