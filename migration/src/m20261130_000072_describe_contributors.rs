//! Who contributors are: a few sentences, a portrait, and pages elsewhere.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Links are a list of addresses in JSON.
const COLUMNS: [(&str, &str); 3] =
    [("biography", "text"), ("links", "text"), ("image_id", "bigint REFERENCES image (id) ON DELETE SET NULL")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (column, kind) in COLUMNS {
            db.execute_unprepared(&format!("ALTER TABLE contributor ADD COLUMN {column} {kind}")).await?;
        }
        // For images that are deleted. There are far fewer contributors than articles: this is no long lock.
        db.execute_unprepared("CREATE INDEX contributor_image_id_idx ON contributor (image_id)").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared("DROP INDEX contributor_image_id_idx").await?;
        for (column, _) in COLUMNS {
            db.execute_unprepared(&format!("ALTER TABLE contributor DROP COLUMN {column}")).await?;
        }
        Ok(())
    }
}
