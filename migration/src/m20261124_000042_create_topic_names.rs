//! Names of topics in the languages that vocabularies give, and the words that they are suggested by.

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
                    .table("topic_name")
                    .col(big_pk_auto("id"))
                    .col(big_integer("topic_id"))
                    .col(text("language"))
                    .col(text("name"))
                    .foreign_key(&mut references("topic_name", "topic_id", "topic", ForeignKeyAction::Cascade))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("topic_name_topic_id_language_key")
                    .table("topic_name")
                    .col("topic_id")
                    .col("language")
                    .unique()
                    .take(),
            )
            .await?;
        let words = if manager.get_database_backend() == DbBackend::Postgres {
            "CREATE INDEX topic_name_name_words_idx ON topic_name USING gin (to_tsvector('pg_catalog.simple', search_plain(name)))"
        } else {
            include_str!("topic_name/sqlite.sql")
        };
        manager.get_connection().execute_unprepared(words).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Indexes and triggers go with their table.
        drop_tables(manager, &["topic_name"]).await?;
        if manager.get_database_backend() == DbBackend::Sqlite {
            manager.get_connection().execute_unprepared("DROP TABLE topic_name_words").await?;
        }
        Ok(())
    }
}
