//! What editors place by hand: top stories and headlines of other outlets.

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
                    .table("top_story")
                    .col(big_pk_auto("id"))
                    .col(big_integer_null("section_id"))
                    .col(integer("position"))
                    .col(big_integer("article_id"))
                    .col(text_null("kicker"))
                    .col(text_null("headline"))
                    .col(timestamp_with_time_zone_null("pinned_until"))
                    .foreign_key(&mut references("top_story", "section_id", "section", ForeignKeyAction::Cascade))
                    .foreign_key(&mut references("top_story", "article_id", "article", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("top_story_section_id_position_key")
                    .table("top_story")
                    .col("section_id")
                    .col("position")
                    .unique()
                    .take(),
            )
            .await?;
        // Nulls are distinct in a unique index, so the front (no section) needs one of its own.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE UNIQUE INDEX top_story_front_position_key ON top_story (position) WHERE section_id IS NULL",
            )
            .await?;
        manager
            .create_index(Index::create().name("top_story_article_id_idx").table("top_story").col("article_id").take())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("external_headline")
                    .col(big_pk_auto("id"))
                    .col(text("placement"))
                    .col(integer("position"))
                    .col(text("headline"))
                    .col(text("url"))
                    .col(text("source_name"))
                    .col(text_null("standfirst"))
                    .col(timestamp_with_time_zone_null("published_at"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("external_headline_placement_url_key")
                    .table("external_headline")
                    .col("placement")
                    .col("url")
                    .unique()
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("external_headline_placement_position_id_idx")
                    .table("external_headline")
                    .col("placement")
                    .col("position")
                    .col("id")
                    .take(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["external_headline", "top_story"]).await
    }
}
