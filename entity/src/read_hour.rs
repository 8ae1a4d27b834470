//! Read hours: the read buckets of hours that no late read can reach any more, summed by the hour.

use sea_orm::entity::prelude::*;

/// A row of `read_hour`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "read_hour")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// Start of the hour, inclusive.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour_start: DateTimeUtc,
    /// Reads in it.
    pub reads: i64,
}

impl ActiveModelBehavior for ActiveModel {}
