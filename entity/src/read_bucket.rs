//! Read buckets: reads of an article counted in buckets of time.

use sea_orm::entity::prelude::*;

/// A row of `read_bucket`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "read_bucket")]
pub struct Model {
    /// The article.
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i64,
    /// Start of the bucket, inclusive.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket_start: DateTimeUtc,
    /// Reads in it.
    pub reads: i64,
}

impl ActiveModelBehavior for ActiveModel {}
