//! Reads counted in buckets of time, and the rankings computed from them.

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
                    .table("read_bucket")
                    .col(big_integer("article_id"))
                    .col(timestamp_with_time_zone("bucket_start"))
                    .col(big_integer("reads"))
                    .primary_key(Index::create().col("article_id").col("bucket_start"))
                    .foreign_key(&mut references("read_bucket", "article_id", "article", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("read_bucket_bucket_start_article_id_idx")
                    .table("read_bucket")
                    .col("bucket_start")
                    .col("article_id")
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("ranking")
                    .col(big_pk_auto("id"))
                    .col(text("window"))
                    .col(big_integer_null("section_id"))
                    .col(timestamp_with_time_zone("window_start"))
                    .col(timestamp_with_time_zone("window_end"))
                    .col(timestamp_with_time_zone("computed_at"))
                    .col(text("formula"))
                    .foreign_key(&mut references("ranking", "section_id", "section", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ranking_window_section_id_key")
                    .table("ranking")
                    .col("window")
                    .col("section_id")
                    .unique()
                    .take(),
            )
            .await?;
        // Nulls are distinct in a unique index, so the ranking of the whole newsroom needs one of its own.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE UNIQUE INDEX ranking_overall_window_key ON ranking (\"window\") WHERE section_id IS NULL",
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("ranking_entry")
                    .col(big_integer("ranking_id"))
                    .col(integer("rank"))
                    .col(big_integer("article_id"))
                    .col(big_integer("reads"))
                    .col(integer_null("previous_rank"))
                    .col(timestamp_with_time_zone("first_entered_at"))
                    .primary_key(Index::create().col("ranking_id").col("rank"))
                    .foreign_key(&mut references("ranking_entry", "ranking_id", "ranking", ForeignKeyAction::Cascade))
                    .foreign_key(&mut references("ranking_entry", "article_id", "article", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("ranking_entry_article_id_idx").table("ranking_entry").col("article_id").take(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["ranking_entry", "ranking", "read_bucket"]).await
    }
}
