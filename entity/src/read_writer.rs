//! Read writers: the servers that count reads, each start one row, with the number of the last batch that was saved. A batch and its
//! number are saved together, so a batch whose fate is unknown can be sent again.

use sea_orm::entity::prelude::*;

/// A row of `read_writer`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "read_writer")]
pub struct Model {
    /// Made at random when a server starts.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    /// The last batch that was saved.
    pub last_batch: i64,
    /// When that was.
    pub seen_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
