//! Items remember whose they are, so that nobody else's import changes them; tokens can be bound to sources.
//!
//! Rows that are there have no owner, whatever their number, and neither have those of a version before that still runs. Of articles
//! it is told by the source, as feeds label their news; all others are the newsroom's.

use sea_orm_migration::prelude::*;

const ITEMS: [&str; 4] = ["article", "gallery", "story", "image"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for table in ITEMS {
            db.execute_unprepared(&format!("ALTER TABLE {table} ADD COLUMN owner text NOT NULL DEFAULT ''")).await?;
        }
        manager
            .alter_table(
                Table::alter().table("api_token").add_column(ColumnDef::new("sources").json_binary().null()).take(),
            )
            .await?;
        db.execute_unprepared(
            "CREATE TABLE earlier_owner (
                source_id bigint NOT NULL PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
                owner text NOT NULL
            )",
        )
        .await?;
        db.execute_unprepared(
            "INSERT INTO earlier_owner (source_id, owner)
            SELECT source.id, 'source:' || min(feed.name)
            FROM source JOIN feed ON lower(trim(feed.name)) = lower(trim(source.name))
            GROUP BY source.id",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared("DROP TABLE earlier_owner").await?;
        db.execute_unprepared("ALTER TABLE api_token DROP COLUMN sources").await?;
        for table in ITEMS {
            db.execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN owner")).await?;
        }
        Ok(())
    }
}
