//! Images and their renditions.

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
                    .table("image")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("uri"))
                    .col(big_integer("version"))
                    .col(text_null("alt"))
                    .col(text_null("caption"))
                    .col(text_null("credit"))
                    .col(text_null("copyright_notice"))
                    .col(text_null("usage_terms"))
                    .col(integer_null("width"))
                    .col(integer_null("height"))
                    .col(double_null("focal_x"))
                    .col(double_null("focal_y"))
                    .col(text_null("placeholder"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("image_rendition")
                    .col(big_integer("image_id"))
                    .col(text("name"))
                    .col(text("href"))
                    .col(text_null("media_type"))
                    .col(integer_null("width"))
                    .col(integer_null("height"))
                    .primary_key(Index::create().col("image_id").col("name"))
                    .foreign_key(&mut references("image_rendition", "image_id", "image", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["image_rendition", "image"]).await
    }
}
