//! The marks of readers who were counted, so that a server that was killed knows them when it starts again. They are saved with the
//! counts that they stand for, a row for each batch.

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
                    .table("read_mark")
                    .if_not_exists()
                    .col(big_pk_auto("id"))
                    .col(text("writer_id"))
                    .col(big_integer("secret_id"))
                    .col(integer("batches"))
                    .col(timestamp_with_time_zone("saved_at"))
                    .col(text("marks"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .if_not_exists()
                    .name("read_mark_saved_at_idx")
                    .table("read_mark")
                    .col("saved_at")
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["read_mark"]).await
    }
}
