//! Top stories: what editors put on top of the front or of a section.

use sea_orm::entity::prelude::*;

/// A row of `top_story`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "top_story")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The section; null is the front.
    pub section_id: Option<i64>,
    /// Order, from 1.
    pub position: i32,
    /// The article.
    pub article_id: i64,
    /// Short line above the headline.
    #[sea_orm(column_type = "Text")]
    pub kicker: Option<String>,
    /// Headline for this place; the article's own otherwise.
    #[sea_orm(column_type = "Text")]
    pub headline: Option<String>,
    /// When the item leaves the list by itself.
    pub pinned_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
