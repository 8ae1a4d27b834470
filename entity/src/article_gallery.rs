//! Galleries of articles: the galleries that go with an article.

use sea_orm::entity::prelude::*;

/// A row of `article_gallery`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_gallery")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The gallery.
    #[sea_orm(primary_key, auto_increment = false)]
    pub gallery_id: i64,
    /// Editorial order.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
