//! Images: pictures and drawings with their rights.

use sea_orm::entity::prelude::*;

pub use crate::visibility::PubStatus;

/// A row of `image`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "image")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Identity across imports.
    #[sea_orm(unique, column_type = "Text")]
    pub uri: String,
    /// Version of the item; a higher one replaces.
    pub version: i64,
    /// Whether it may be shown.
    pub status: PubStatus,
    /// What the picture shows, for those who do not see it.
    #[sea_orm(column_type = "Text")]
    pub alt: Option<String>,
    /// Caption.
    #[sea_orm(column_type = "Text")]
    pub caption: Option<String>,
    /// Whom to name.
    #[sea_orm(column_type = "Text")]
    pub credit: Option<String>,
    /// Copyright notice.
    #[sea_orm(column_type = "Text")]
    pub copyright_notice: Option<String>,
    /// Terms of use.
    #[sea_orm(column_type = "Text")]
    pub usage_terms: Option<String>,
    /// Width of the original in pixels.
    pub width: Option<i32>,
    /// Height of the original in pixels.
    pub height: Option<i32>,
    /// Focal point from the left, 0 to 1.
    pub focal_x: Option<f64>,
    /// Focal point from the top, 0 to 1.
    pub focal_y: Option<f64>,
    /// CSS colour to show while loading.
    #[sea_orm(column_type = "Text")]
    pub placeholder: Option<String>,
    /// How it came to be, as a code of IPTC's digital source types.
    #[sea_orm(column_type = "Text")]
    pub digital_source_type: Option<String>,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// Hash of the draft that it was saved from.
    #[sea_orm(column_type = "Text")]
    pub digest: Option<String>,
    /// Whose it is ([`Owner`](crate::owner::Owner)); empty when it was there before images had owners.
    #[sea_orm(column_type = "Text")]
    pub owner: String,
    /// Its files.
    #[sea_orm(has_many)]
    pub renditions: HasMany<super::image_rendition::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
