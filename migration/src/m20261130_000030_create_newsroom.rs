//! What a newsroom says of itself, in one row: the language of articles that name none.

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
                    .table("newsroom")
                    .col(big_integer("id").primary_key())
                    .col(text_null("language"))
                    .check(Expr::col("id").eq(1))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["newsroom"]).await
    }
}
