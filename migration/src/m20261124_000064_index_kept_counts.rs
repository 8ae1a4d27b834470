//! The counts of one value are found without those of all others. SQLite has had such an index all along.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::table::on;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

// The table is kept short by a job: this is no long lock.
const UP: &str = "CREATE INDEX facet_count_facet_value_id_value_idx ON facet_count (facet, value_id, value)";

const DOWN: &str = "DROP INDEX facet_count_facet_value_id_value_idx";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, DOWN).await
    }
}
