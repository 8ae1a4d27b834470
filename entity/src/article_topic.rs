//! Topics of articles: the topics of an article, in editorial order.

use sea_orm::entity::prelude::*;

/// A row of `article_topic`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_topic")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The topic.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: i64,
    /// Editorial order; the first matters most.
    pub position: i32,
    /// The article's, kept equal by the database.
    pub published_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
