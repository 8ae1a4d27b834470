//! Groups of articles that look like one story.

use sea_orm::entity::prelude::*;

/// A row of `story_suggestion`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "story_suggestion")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// When it was found.
    pub computed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
