//! What articles refer to: sources, contributors, places, sections and topics.

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
                    .table("source")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("slug"))
                    .col(text("name"))
                    .col(text_null("url"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("contributor")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("slug"))
                    .col(text("name"))
                    .col(text_null("uri").unique_key().take())
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("place")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("slug"))
                    .col(text("name"))
                    .col(text_null("country_code"))
                    .col(text_null("time_zone"))
                    .col(double_null("latitude"))
                    .col(double_null("longitude"))
                    .col(text_null("uri").unique_key().take())
                    .take(),
            )
            .await?;
        manager.create_index(Index::create().name("place_name_idx").table("place").col("name").take()).await?;
        manager
            .create_table(
                Table::create()
                    .table("section")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("slug"))
                    .col(text("name"))
                    .col(integer("position"))
                    .col(big_integer_null("parent_id"))
                    .col(boolean("hidden").default(false).take())
                    .foreign_key(&mut references("section", "parent_id", "section", ForeignKeyAction::SetNull))
                    .take(),
            )
            .await?;
        manager
            .create_index(Index::create().name("section_parent_id_idx").table("section").col("parent_id").take())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("topic")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("slug"))
                    .col(text("name"))
                    .col(text_null("qcode").unique_key().take())
                    .col(big_integer_null("broader_id"))
                    .foreign_key(&mut references("topic", "broader_id", "topic", ForeignKeyAction::SetNull))
                    .take(),
            )
            .await?;
        manager
            .create_index(Index::create().name("topic_broader_id_idx").table("topic").col("broader_id").take())
            .await?;
        manager
            .create_index(Index::create().name("topic_name_id_idx").table("topic").col("name").col("id").take())
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["topic", "section", "place", "contributor", "source"]).await
    }
}
