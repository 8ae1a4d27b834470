//! Places of articles: the places that an article is about, in editorial order.

use sea_orm::entity::prelude::*;

/// A row of `article_place`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_place")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The place.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place_id: i64,
    /// Editorial order; the first matters most.
    pub position: i32,
    /// The article's, kept equal by the database.
    pub published_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
