//! The articles of suggested stories.

use sea_orm::entity::prelude::*;

/// A row of `story_suggestion_article`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "story_suggestion_article")]
pub struct Model {
    /// The suggestion.
    #[sea_orm(primary_key, auto_increment = false)]
    pub suggestion_id: i64,
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The most typical first.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
