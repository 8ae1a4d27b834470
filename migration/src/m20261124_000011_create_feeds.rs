//! Addresses that news is fetched from by itself, how their news is filed, and how the last visits went.

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
                    .table("feed")
                    .col(big_pk_auto("id"))
                    .col(text_uniq("name"))
                    .col(text_uniq("url"))
                    .col(text_null("format"))
                    .col(text_null("section"))
                    .col(json_binary("mapping"))
                    .col(text_null("language"))
                    .col(text("time_zone"))
                    .col(big_integer_null("every_seconds"))
                    .col(boolean("allow_private").default(false).take())
                    .col(boolean("paused").default(false).take())
                    .col(text_null("etag"))
                    .col(text_null("last_modified"))
                    .col(timestamp_with_time_zone("next_visit_at"))
                    .col(timestamp_with_time_zone_null("claimed_until"))
                    .col(timestamp_with_time_zone_null("last_visit_at"))
                    .col(timestamp_with_time_zone_null("last_success_at"))
                    .col(text_null("last_outcome"))
                    .col(text_null("last_error"))
                    .col(integer("failures").default(0).take())
                    .take(),
            )
            .await?;
        manager
            .create_index(Index::create().name("feed_next_visit_at_idx").table("feed").col("next_visit_at").take())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["feed"]).await
    }
}
