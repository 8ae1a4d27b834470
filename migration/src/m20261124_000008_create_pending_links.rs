//! References to items that have not arrived yet.

use sea_orm_migration::{prelude::*, schema::*};

use crate::table::drop_tables;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("pending_link")
                    .col(big_pk_auto("id"))
                    .col(text("kind"))
                    .col(big_integer("owner_id"))
                    .col(text("target_uri"))
                    .col(integer("position"))
                    .col(boolean("pinned").default(false).take())
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("pending_link_target_uri_idx").table("pending_link").col("target_uri").take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("pending_link_kind_owner_id_idx")
                    .table("pending_link")
                    .col("kind")
                    .col("owner_id")
                    .take(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["pending_link"]).await
    }
}
