//! The related articles of an article are read in the order in which they are shown, no more of them than are.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const NAME: &str = "article_relation_article_id_score_related_id_idx";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A large archive has many millions of relations: servers of the version before go on writing them meanwhile.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.down(manager).await?;
        let concurrently = match manager.get_database_backend() {
            DatabaseBackend::Postgres => "CONCURRENTLY ",
            _ => "",
        };
        let columns = "article_id, score DESC, related_id DESC";
        let create = format!("CREATE INDEX {concurrently}{NAME} ON article_relation ({columns})");
        manager.get_connection().execute_unprepared(&create).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(&format!("DROP INDEX IF EXISTS {NAME}")).await?;
        Ok(())
    }
}
