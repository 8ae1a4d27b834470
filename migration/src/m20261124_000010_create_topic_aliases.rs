//! Codes of concepts that a vocabulary has retired: each resolves to the topic that replaces it.

use sea_orm_migration::{prelude::*, schema::*};

use crate::table::{drop_tables, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("topic_alias")
                    .col(text("qcode").primary_key().take())
                    .col(big_integer("topic_id"))
                    .foreign_key(&mut references("topic_alias", "topic_id", "topic", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(Index::create().name("topic_alias_topic_id_idx").table("topic_alias").col("topic_id").take())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["topic_alias"]).await
    }
}
