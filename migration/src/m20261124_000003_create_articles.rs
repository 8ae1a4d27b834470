//! Articles, their earlier versions, topics, contributors, corrections and related articles.

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
                    .table("article")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("uri"))
                    .col(text_uniq("slug"))
                    .col(text_null("url").unique_key().take())
                    .col(big_integer("version"))
                    .col(text("status"))
                    .col(text("genre"))
                    .col(text("language"))
                    .col(text("headline"))
                    .col(text_null("slugline"))
                    .col(text_null("standfirst"))
                    .col(text_null("byline"))
                    .col(text_null("dateline"))
                    .col(big_integer_null("place_id"))
                    .col(timestamp_with_time_zone("published_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(timestamp_with_time_zone_null("embargoed_until"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(integer_null("urgency"))
                    .col(big_integer("section_id"))
                    .col(big_integer_null("lead_image_id"))
                    .col(big_integer_null("source_id"))
                    .col(text_null("usage_terms"))
                    .col(text_null("copyright_notice"))
                    .col(integer("word_count"))
                    .col(text_null("translation_key"))
                    .col(boolean("exclude_from_rankings").default(false).take())
                    .col(json_binary("body"))
                    .foreign_key(&mut references("article", "place_id", "place", ForeignKeyAction::SetNull))
                    .foreign_key(&mut references("article", "section_id", "section", ForeignKeyAction::Restrict))
                    .foreign_key(&mut references("article", "lead_image_id", "image", ForeignKeyAction::SetNull))
                    .foreign_key(&mut references("article", "source_id", "source", ForeignKeyAction::SetNull))
                    .take(),
            )
            .await?;
        // The target of the composite foreign keys that keep `published_at` of the link tables equal to the article's.
        manager
            .create_index(
                Index::create()
                    .name("article_id_published_at_key")
                    .table("article")
                    .col("id")
                    .col("published_at")
                    .unique()
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_published_at_id_idx")
                    .table("article")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_section_id_published_at_id_idx")
                    .table("article")
                    .col("section_id")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_place_id_published_at_id_idx")
                    .table("article")
                    .col("place_id")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_source_id_published_at_id_idx")
                    .table("article")
                    .col("source_id")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_updated_at_id_idx")
                    .table("article")
                    .col(("updated_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("article_translation_key_idx").table("article").col("translation_key").take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("article_lead_image_id_idx").table("article").col("lead_image_id").take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("article_version")
                    .col(big_integer("article_id"))
                    .col(big_integer("version"))
                    .col(text("headline"))
                    .col(timestamp_with_time_zone("replaced_at"))
                    .col(json_binary("item"))
                    .primary_key(Index::create().col("article_id").col("version"))
                    .foreign_key(&mut references("article_version", "article_id", "article", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("article_topic")
                    .col(big_integer("article_id"))
                    .col(big_integer("topic_id"))
                    .col(integer("position"))
                    .col(timestamp_with_time_zone("published_at"))
                    .primary_key(Index::create().col("article_id").col("topic_id"))
                    .foreign_key(&mut published_article("article_topic"))
                    .foreign_key(&mut references("article_topic", "topic_id", "topic", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_topic_topic_id_published_at_article_id_idx")
                    .table("article_topic")
                    .col("topic_id")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("article_id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("article_contributor")
                    .col(big_integer("article_id"))
                    .col(big_integer("contributor_id"))
                    .col(integer("position"))
                    .col(text_null("role"))
                    .primary_key(Index::create().col("article_id").col("contributor_id"))
                    .foreign_key(&mut references(
                        "article_contributor",
                        "article_id",
                        "article",
                        ForeignKeyAction::Cascade,
                    ))
                    .foreign_key(&mut references(
                        "article_contributor",
                        "contributor_id",
                        "contributor",
                        ForeignKeyAction::Cascade,
                    ))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_contributor_contributor_id_idx")
                    .table("article_contributor")
                    .col("contributor_id")
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("correction")
                    .col(big_pk_auto("id"))
                    .col(big_integer("article_id"))
                    .col(integer("position"))
                    .col(text("text"))
                    .col(timestamp_with_time_zone("corrected_at"))
                    .foreign_key(&mut references("correction", "article_id", "article", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("correction_article_id_position_key")
                    .table("correction")
                    .col("article_id")
                    .col("position")
                    .unique()
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("related_article")
                    .col(big_integer("article_id"))
                    .col(big_integer("related_id"))
                    .col(integer("position"))
                    .primary_key(Index::create().col("article_id").col("related_id"))
                    .foreign_key(&mut references("related_article", "article_id", "article", ForeignKeyAction::Cascade))
                    .foreign_key(&mut references("related_article", "related_id", "article", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("related_article_related_id_idx")
                    .table("related_article")
                    .col("related_id")
                    .take(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &["related_article", "correction", "article_contributor", "article_topic", "article_version", "article"],
        )
        .await
    }
}
