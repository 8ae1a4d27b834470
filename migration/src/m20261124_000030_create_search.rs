//! What articles and names are found by: text search vectors on PostgreSQL, FTS5 tables kept by triggers on SQLite. Both are right also
//! for rows that are changed by hand.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The tables whose names are suggested, each with the column of its name. The place here is in the key of its rows in `name_words`.
const NAMES: [(&str, &str); 4] = [("section", "name"), ("topic", "name"), ("story", "title"), ("place", "name")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A search first asks which languages there are.
        manager
            .create_index(
                Index::create()
                    .name("article_language_published_at_id_idx")
                    .table("article")
                    .col("language")
                    .col(("published_at", IndexOrder::Desc))
                    .col(("id", IndexOrder::Desc))
                    .take(),
            )
            .await?;
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(include_str!("search/postgres_up.sql")).await?;
            return Ok(());
        }
        db.execute_unprepared(include_str!("search/sqlite_up.sql")).await?;
        db.execute_unprepared(
            "CREATE VIRTUAL TABLE name_words USING fts5(
                name, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0', prefix='1 2 3'
            )",
        )
        .await?;
        for (place, (table, column)) in NAMES.into_iter().enumerate() {
            let put = |row: &str| {
                format!(
                    "INSERT OR REPLACE INTO name_words (rowid, name)
                    SELECT id * 4 + {place}, replace(replace({column}, 'ё', 'е'), 'Ё', 'Е') FROM {table} {row};"
                )
            };
            let remove = format!("DELETE FROM name_words WHERE rowid = old.id * 4 + {place};");
            let (put_new, put_all) = (put("WHERE id = new.id"), put(""));
            db.execute_unprepared(&format!(
                "CREATE TRIGGER {table}_words_insert AFTER INSERT ON {table} BEGIN {put_new} END;
                CREATE TRIGGER {table}_words_update AFTER UPDATE OF id, {column} ON {table} BEGIN {remove} {put_new} END;
                CREATE TRIGGER {table}_words_delete AFTER DELETE ON {table} BEGIN {remove} END;
                {put_all}"
            ))
            .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(include_str!("search/postgres_down.sql")).await?;
        } else {
            for table in ["article", "section", "topic", "story", "place"] {
                for event in ["insert", "update", "delete"] {
                    db.execute_unprepared(&format!("DROP TRIGGER {table}_words_{event}")).await?;
                }
            }
            db.execute_unprepared(
                "DROP VIEW article_search; DROP TABLE article_vocabulary; DROP TABLE article_words; DROP TABLE name_words",
            )
            .await?;
        }
        manager.drop_index(Index::drop().name("article_language_published_at_id_idx").table("article").to_owned()).await
    }
}
