//! Superseded digests: hashes of drafts whose rows have been replaced since, so that one that is delivered again is known.

use sea_orm::entity::prelude::*;

/// A row of `superseded_digest`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "superseded_digest")]
pub struct Model {
    /// Hash of the draft, its `uri` included.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub digest: String,
}

impl ActiveModelBehavior for ActiveModel {}
