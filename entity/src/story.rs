//! Stories: running subjects that articles belong to ("More news on …").

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Whether a story still goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StoryStatus {
    /// Articles are still added.
    Open,
    /// Told to its end.
    Closed,
}

/// A row of `story`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "story")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Identity across imports and versions.
    #[sea_orm(unique, column_type = "Text")]
    pub uri: String,
    /// Readable key, unique and stable.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// A higher version replaces.
    pub version: i64,
    /// Title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Summary.
    #[sea_orm(column_type = "Text")]
    pub summary: Option<String>,
    /// Whether it still goes on.
    pub status: StoryStatus,
    /// The picture that stands for it.
    pub lead_image_id: Option<i64>,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Hash of the draft that it was saved from.
    #[sea_orm(column_type = "Text")]
    pub digest: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
