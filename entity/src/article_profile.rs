//! What is kept of an article to compare it with others.

use sea_orm::entity::prelude::*;

/// A row of `article_profile`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_profile")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// The article's publication, in seconds since 1970.
    pub published_second: i64,
    /// Equal in articles that are copies of each other.
    pub copies: i64,
    /// Its most telling terms, as the crate `relate` keeps them.
    pub profile: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
