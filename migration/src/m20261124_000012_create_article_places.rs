//! The places that articles are about, in editorial order.

use sea_orm_migration::{prelude::*, schema::*};

use crate::table::{drop_tables, published_article, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("article_place")
                    .col(big_integer("article_id"))
                    .col(big_integer("place_id"))
                    .col(integer("position"))
                    .col(timestamp_with_time_zone("published_at"))
                    .primary_key(Index::create().col("article_id").col("place_id"))
                    .foreign_key(&mut published_article("article_place"))
                    .foreign_key(&mut references("article_place", "place_id", "place", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_place_place_id_published_at_article_id_idx")
                    .table("article_place")
                    .col("place_id")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("article_id", IndexOrder::Desc))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["article_place"]).await
    }
}
