//! Galleries of photos, infographics and videos.

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
                    .table("gallery")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("uri"))
                    .col(text_uniq("slug"))
                    .col(big_integer("version"))
                    .col(text("title"))
                    .col(text_null("summary"))
                    .col(text("kind"))
                    .col(text("status"))
                    .col(big_integer_null("section_id"))
                    .col(big_integer_null("lead_image_id"))
                    .col(timestamp_with_time_zone("published_at"))
                    .col(timestamp_with_time_zone_null("embargoed_until"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .foreign_key(&mut references("gallery", "section_id", "section", ForeignKeyAction::SetNull))
                    .foreign_key(&mut references("gallery", "lead_image_id", "image", ForeignKeyAction::SetNull))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("gallery_published_at_id_idx")
                    .table("gallery")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("gallery_kind_published_at_id_idx")
                    .table("gallery")
                    .col("kind")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("gallery_section_id_published_at_id_idx")
                    .table("gallery")
                    .col("section_id")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("gallery_item")
                    .col(big_integer("gallery_id"))
                    .col(integer("position"))
                    .col(big_integer("image_id"))
                    .col(text_null("caption"))
                    .col(text_null("media_url"))
                    .col(text_null("media_type"))
                    .col(double_null("duration_seconds"))
                    .primary_key(Index::create().col("gallery_id").col("position"))
                    .foreign_key(&mut references("gallery_item", "gallery_id", "gallery", ForeignKeyAction::Cascade))
                    .foreign_key(&mut references("gallery_item", "image_id", "image", ForeignKeyAction::Restrict))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("gallery_item_image_id_idx").table("gallery_item").col("image_id").take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("article_gallery")
                    .col(big_integer("article_id"))
                    .col(big_integer("gallery_id"))
                    .col(integer("position"))
                    .primary_key(Index::create().col("article_id").col("gallery_id"))
                    .foreign_key(&mut references("article_gallery", "article_id", "article", ForeignKeyAction::Cascade))
                    .foreign_key(&mut references("article_gallery", "gallery_id", "gallery", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_gallery_gallery_id_idx")
                    .table("article_gallery")
                    .col("gallery_id")
                    .take(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["article_gallery", "gallery_item", "gallery"]).await
    }
}
