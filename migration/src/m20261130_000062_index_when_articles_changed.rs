//! Articles in the order in which they changed or expire. Apart from the column: on PostgreSQL an index that locks nobody cannot be made in a
//! transaction.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEXES: [(&str, &str); 2] = [
    ("article_modified_at_id_idx", "((coalesce(modified_at, updated_at)) DESC, id DESC)"),
    ("article_expired_at_id_idx", "(expires_at, id) WHERE expires_at IS NOT NULL"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let concurrently = if is_postgres { "CONCURRENTLY" } else { "" };
        for (name, what) in INDEXES {
            // One that was broken off is there, but of no use.
            db.execute_unprepared(&format!("DROP INDEX IF EXISTS {name}")).await?;
            db.execute_unprepared(&format!("CREATE INDEX {concurrently} {name} ON article {what}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        Ok(())
    }
}
