//! Articles of stories: the articles of a story: pinned ones in order, then newest first.

use sea_orm::entity::prelude::*;

/// The `pinned_position` of an article that is not pinned: behind all that are, so that one index gives the order.
pub const UNPINNED: i32 = i32::MAX;

/// A row of `story_article`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "story_article")]
pub struct Model {
    /// The story.
    #[sea_orm(primary_key, auto_increment = false)]
    pub story_id: i64,
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// Place among the pinned ones, from 1; [`UNPINNED`] when it is not pinned.
    pub pinned_position: i32,
    /// The article's, kept equal by the database.
    pub published_at: DateTimeUtc,
    /// The article says itself that it belongs to the story.
    pub named_by_article: bool,
    /// The story says that the article is one of its own.
    pub listed_by_story: bool,
}

impl ActiveModelBehavior for ActiveModel {}
