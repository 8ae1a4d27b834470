//! When articles changed for readers, and which have left their sight: what a front-end that asks now and then needs.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

use crate::table::on;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Null for what was there before: then it is `updated_at`.
        if !manager.has_column("article", "modified_at").await? {
            let column = timestamp_with_time_zone_null("modified_at");
            manager.alter_table(Table::alter().table("article").add_column(column).take()).await?;
        }
        on(DbBackend::Postgres, manager, include_str!("modified/postgres.sql")).await?;
        on(DbBackend::Sqlite, manager, include_str!("modified/sqlite.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, include_str!("modified/postgres_down.sql")).await?;
        on(DbBackend::Sqlite, manager, include_str!("modified/sqlite_down.sql")).await
    }
}
