//! Galleries: ordered photos, infographics or videos.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SimpleExpr;
use serde::{Deserialize, Serialize};

pub use crate::visibility::{PubStatus, Sight};

/// What a gallery shows.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum GalleryKind {
    /// Photographs and drawings.
    #[default]
    Photo,
    /// Charts and maps.
    Infographic,
    /// Videos.
    Video,
}

/// A row of `gallery`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "gallery")]
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
    /// What it shows.
    pub kind: GalleryKind,
    /// Whether it may be shown.
    pub status: PubStatus,
    /// Its section.
    pub section_id: Option<i64>,
    /// The picture that stands for it.
    pub lead_image_id: Option<i64>,
    /// When readers could first see it.
    pub published_at: DateTimeUtc,
    /// Not shown before.
    pub embargoed_until: Option<DateTimeUtc>,
    /// Not shown from then on.
    pub expires_at: Option<DateTimeUtc>,
    /// Hash of the draft that it was saved from.
    #[sea_orm(column_type = "Text")]
    pub digest: Option<String>,
    /// Whose it is ([`Owner`](crate::owner::Owner)); empty when it was there before galleries had owners.
    #[sea_orm(column_type = "Text")]
    pub owner: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The galleries that `sight` reaches.
    pub fn seen_by(sight: Sight) -> Select<Self> {
        Self::find().filter(Self::is_seen_by(sight))
    }

    /// The condition of [`Self::seen_by`], for statements that start elsewhere.
    pub fn is_seen_by(sight: Sight) -> SimpleExpr {
        crate::visibility::visible(
            [Column::Status, Column::PublishedAt, Column::EmbargoedUntil, Column::ExpiresAt],
            sight,
        )
    }

    /// The galleries that the public may see at `now`, whoever asks.
    pub fn published(now: DateTimeUtc) -> Select<Self> {
        Self::seen_by(Sight::Public(now))
    }
}
