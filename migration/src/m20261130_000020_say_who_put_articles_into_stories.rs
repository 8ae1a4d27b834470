//! Who says that an article belongs to a story: the article, the story, or both. It is in the story as long as one of them says so.
//!
//! Of rows that are there already nobody knows: they count as said by both, so that none is lost.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [&str; 2] = ["named_by_article", "listed_by_story"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            let column = boolean(column).default(true).take();
            manager.alter_table(Table::alter().table("story_article").add_column(column).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            manager.alter_table(Table::alter().table("story_article").drop_column(column).take()).await?;
        }
        Ok(())
    }
}
