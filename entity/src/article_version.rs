//! Versions: every earlier version of an article, as the draft that it came from.

use sea_orm::entity::prelude::*;

/// A row of `article_version`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_version")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The version that was replaced.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// Its headline.
    #[sea_orm(column_type = "Text")]
    pub headline: String,
    /// When a later version replaced it.
    pub replaced_at: DateTimeUtc,
    /// The draft.
    #[sea_orm(column_type = "JsonBinary")]
    pub item: Json,
}

impl ActiveModelBehavior for ActiveModel {}
