//! Indexes for filters: the newest articles of a form, and the urgent ones.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [&str; 2] = ["genre", "urgency"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            manager
                .create_index(
                    Index::create()
                        .name(format!("article_{column}_published_at_id_idx"))
                        .table("article")
                        .col(column)
                        .col(("published_at", IndexOrder::Desc))
                        .col(("id", IndexOrder::Desc))
                        .take(),
                )
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            let index = Index::drop().name(format!("article_{column}_published_at_id_idx")).table("article").to_owned();
            manager.drop_index(index).await?;
        }
        Ok(())
    }
}
