//! Renditions: the files in which an image is available.

use sea_orm::entity::prelude::*;

/// A row of `image_rendition`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "image_rendition")]
pub struct Model {
    /// The image.
    #[sea_orm(primary_key, auto_increment = false)]
    pub image_id: i64,
    /// Name of the rendition, such as `thumbnail`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub name: String,
    /// Address; one that starts with `/` is served by Newsgraph itself.
    #[sea_orm(column_type = "Text")]
    pub href: String,
    /// IANA media type.
    #[sea_orm(column_type = "Text")]
    pub media_type: Option<String>,
    /// Width in pixels.
    pub width: Option<i32>,
    /// Height in pixels.
    pub height: Option<i32>,
    /// The image.
    #[sea_orm(belongs_to, from = "image_id", to = "id")]
    pub image: HasOne<super::image::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
