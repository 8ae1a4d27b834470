//! Stories and the articles in them.

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
                    .table("story")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("uri"))
                    .col(text_uniq("slug"))
                    .col(big_integer("version"))
                    .col(text("title"))
                    .col(text_null("summary"))
                    .col(text("status"))
                    .col(big_integer_null("lead_image_id"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut references("story", "lead_image_id", "image", ForeignKeyAction::SetNull))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("story_updated_at_id_idx")
                    .table("story")
                    .col(("updated_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("story_status_updated_at_id_idx")
                    .table("story")
                    .col("status")
                    .col(("updated_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("story_article")
                    .col(big_integer("story_id"))
                    .col(big_integer("article_id"))
                    .col(integer("pinned_position"))
                    .col(timestamp_with_time_zone("published_at"))
                    .primary_key(Index::create().col("story_id").col("article_id"))
                    .foreign_key(&mut references("story_article", "story_id", "story", ForeignKeyAction::Cascade))
                    .foreign_key(&mut published_article("story_article"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("story_article_story_id_pinned_position_published_at_article_id_idx")
                    .table("story_article")
                    .col("story_id")
                    .col("pinned_position")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("article_id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("story_article_article_id_idx").table("story_article").col("article_id").take(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["story_article", "story"]).await
    }
}
