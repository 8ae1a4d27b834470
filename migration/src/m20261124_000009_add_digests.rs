//! What an item held when it was saved, so that a changed one without a version number can be told from the same one, and from an
//! earlier one that is delivered again.

use sea_orm_migration::{prelude::*, schema::*};

use crate::table::drop_tables;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [&str; 4] = ["article", "gallery", "image", "story"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.alter_table(Table::alter().table(table).add_column(text_null("digest")).take()).await?;
        }
        manager
            .create_table(Table::create().table("superseded_digest").col(text("digest").primary_key().take()).take())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["superseded_digest"]).await?;
        for table in TABLES {
            manager.alter_table(Table::alter().table(table).drop_column("digest").take()).await?;
        }
        Ok(())
    }
}
