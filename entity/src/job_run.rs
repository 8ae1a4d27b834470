//! Job runs: when each background job ran last, on whichever server, so that servers that share a database take turns.

use sea_orm::entity::prelude::*;

/// A row of `job_run`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job_run")]
pub struct Model {
    /// The job.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub name: String,
    /// When it ran last.
    pub ran_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
