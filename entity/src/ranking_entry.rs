//! Ranking entries: the articles of a ranking.

use sea_orm::entity::prelude::*;

/// A row of `ranking_entry`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ranking_entry")]
pub struct Model {
    /// The ranking.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ranking_id: i64,
    /// Place, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub rank: i32,
    /// The article.
    pub article_id: i64,
    /// Reads in the window.
    pub reads: i64,
    /// Place in the ranking before; null for a new entry.
    pub previous_rank: Option<i32>,
    /// When the article entered the list.
    pub first_entered_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
