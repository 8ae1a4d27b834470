//! Related articles that are computed, and what they are computed from.
//!
//! None of these tables refers to `article` by a foreign key: the background job that fills them would hold locks on articles, and
//! imports would wait for it. Rows of articles that are gone are never shown, and the job takes them away.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use crate::table::{drop_tables, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Articles that have changed, a row for each change.
        manager
            .create_table(
                Table::create().table("related_due").col(big_pk_auto("id")).col(big_integer("article_id")).take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("related_due_article_id_idx").table("related_due").col("article_id").take(),
            )
            .await?;
        // What is kept of an article to compare it by; those that are copies of each other have the same `copies`.
        manager
            .create_table(
                Table::create()
                    .table("article_profile")
                    .col(big_integer("article_id").primary_key().take())
                    .col(big_integer("published_second"))
                    .col(big_integer("copies"))
                    .col(binary("profile"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("article_profile_copies_idx").table("article_profile").col("copies").take(),
            )
            .await?;
        // In how many articles a term stands.
        manager
            .create_table(
                Table::create()
                    .table("term_count")
                    .col(big_integer("term").primary_key().take())
                    .col(big_integer("articles"))
                    .take(),
            )
            .await?;
        // The articles of a term, by time: a number of seconds, because text would double the index on SQLite.
        manager
            .create_table(
                Table::create()
                    .table("article_term")
                    .col(big_integer("term"))
                    .col(big_integer("published_second"))
                    .col(big_integer("article_id"))
                    .col(float("weight"))
                    .primary_key(Index::create().col("term").col("published_second").col("article_id"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("article_relation")
                    .col(big_integer("article_id"))
                    .col(big_integer("related_id"))
                    .col(double("score"))
                    .col(text("reason"))
                    .primary_key(Index::create().col("article_id").col("related_id"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("article_relation_related_id_idx")
                    .table("article_relation")
                    .col("related_id")
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("story_suggestion")
                    .col(big_pk_auto("id"))
                    .col(double("confidence"))
                    .col(timestamp_with_time_zone("computed_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("story_suggestion_article")
                    .col(big_integer("suggestion_id"))
                    .col(big_integer("article_id"))
                    .col(integer("position"))
                    .primary_key(Index::create().col("suggestion_id").col("article_id"))
                    .foreign_key(&mut references(
                        "story_suggestion_article",
                        "suggestion_id",
                        "story_suggestion",
                        ForeignKeyAction::Cascade,
                    ))
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared(match manager.get_database_backend() {
                DatabaseBackend::Postgres => include_str!("related/postgres.sql"),
                _ => include_str!("related/sqlite.sql"),
            })
            .await?;
        // What is there already is due, too.
        connection
            .execute_unprepared("INSERT INTO related_due (article_id) SELECT id FROM article ORDER BY id")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection
            .execute_unprepared(match manager.get_database_backend() {
                DatabaseBackend::Postgres => include_str!("related/postgres_down.sql"),
                _ => include_str!("related/sqlite_down.sql"),
            })
            .await?;
        let tables = [
            "story_suggestion_article",
            "story_suggestion",
            "article_relation",
            "article_term",
            "term_count",
            "article_profile",
            "related_due",
        ];
        drop_tables(manager, &tables).await
    }
}
