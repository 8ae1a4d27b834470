//! The articles that a term is among the most telling of, by time.

use sea_orm::entity::prelude::*;

/// A row of `article_term`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_term")]
pub struct Model {
    /// The term.
    #[sea_orm(primary_key, auto_increment = false)]
    pub term: i64,
    /// The article's publication, in seconds since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub published_second: i64,
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// How much the term tells of it.
    pub weight: f32,
}

impl ActiveModelBehavior for ActiveModel {}
