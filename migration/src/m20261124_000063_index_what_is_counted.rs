//! SQLite counts articles by value without reading them: a row has its body in it. PostgreSQL keeps bodies outside of rows.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::table::on;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = "CREATE INDEX article_counted_idx ON article (
    published_at, status, embargoed_until, expires_at, section_id, place_id, source_id, genre, language, urgency
)";

const DOWN: &str = "DROP INDEX article_counted_idx";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Sqlite, manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Sqlite, manager, DOWN).await
    }
}
