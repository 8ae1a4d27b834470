//! Gallery items: the items of a gallery, in order.

use sea_orm::{
    QuerySelect as _, QueryTrait as _,
    entity::prelude::*,
    sea_query::{ExprTrait as _, SimpleExpr},
};

use crate::{
    image,
    visibility::{Sight, reached},
};

/// A row of `gallery_item`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "gallery_item")]
pub struct Model {
    /// The gallery.
    #[sea_orm(primary_key, auto_increment = false)]
    pub gallery_id: i64,
    /// Order, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The picture, or the poster of a video.
    pub image_id: i64,
    /// Caption in this gallery; the image's own otherwise.
    #[sea_orm(column_type = "Text")]
    pub caption: Option<String>,
    /// Address of the video.
    #[sea_orm(column_type = "Text")]
    pub media_url: Option<String>,
    /// IANA media type of the video.
    #[sea_orm(column_type = "Text")]
    pub media_type: Option<String>,
    /// Length of the video.
    pub duration_seconds: Option<f64>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The condition that `sight` reaches the picture of an item.
    pub fn is_seen_by(sight: Sight) -> SimpleExpr {
        let picture = image::Entity::find()
            .select_only()
            .expr(Expr::val(1))
            .filter(Expr::col((image::Entity, image::Column::Id)).equals((Entity, Column::ImageId)))
            .filter(reached(image::Column::Status, sight));
        Expr::exists(picture.into_query())
    }
}
