//! Read marks: that readers were counted, as keyed hashes, so that a server that starts again does not count them twice. The key is not in
//! the database. A row is saved with the counts that its marks stand for, and deleted when no read can come close to them any more.

use sea_orm::entity::prelude::*;

/// A row of `read_mark`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "read_mark")]
pub struct Model {
    /// Grows.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The server that counted.
    #[sea_orm(column_type = "Text")]
    pub writer_id: String,
    /// Tells which secret the hashes are made with.
    pub secret_id: i64,
    /// How many batches the row holds the marks of.
    pub batches: i32,
    /// When they were saved.
    pub saved_at: DateTimeUtc,
    /// The marks, 40 characters each.
    #[sea_orm(column_type = "Text")]
    pub marks: String,
}

impl ActiveModelBehavior for ActiveModel {}
