//! Reads by the hour, what makes a flush of counted reads happen once, and when the jobs ran last.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

use crate::table::{drop_tables, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("read_hour")
                    .col(big_integer("article_id"))
                    .col(timestamp_with_time_zone("hour_start"))
                    .col(big_integer("reads"))
                    .primary_key(Index::create().col("article_id").col("hour_start"))
                    .foreign_key(&mut references("read_hour", "article_id", "article", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("read_hour_hour_start_article_id_idx")
                    .table("read_hour")
                    .col("hour_start")
                    .col("article_id")
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("read_writer")
                    .col(text("id").primary_key().take())
                    .col(big_integer("last_batch"))
                    .col(timestamp_with_time_zone("seen_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("read_rollup")
                    .col(big_integer("id").primary_key().take())
                    .col(timestamp_with_time_zone_null("rolled_until"))
                    .col(timestamp_with_time_zone_null("pruned_until"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("job_run")
                    .col(text("name").primary_key().take())
                    .col(timestamp_with_time_zone("ran_at"))
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection.execute_unprepared("INSERT INTO read_rollup (id) VALUES (1)").await?;
        // A count that grows stays on its page when there is room, and then no index has to change with it.
        if connection.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("ALTER TABLE read_bucket SET (fillfactor = 70)").await?;
            connection.execute_unprepared("ALTER TABLE read_writer SET (fillfactor = 50)").await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if connection.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("ALTER TABLE read_bucket RESET (fillfactor)").await?;
        }
        drop_tables(manager, &["job_run", "read_rollup", "read_writer", "read_hour"]).await
    }
}
