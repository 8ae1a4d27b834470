//! SQLite finds words of headlines and standfirsts in an index of their own: in that of whole texts it must read all places of a word to tell
//! which are in a headline. PostgreSQL has had such a column all along.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::table::on;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = "
    CREATE VIRTUAL TABLE article_titles USING fts5(
        headline, standfirst, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
    );
    CREATE TRIGGER article_titles_insert AFTER INSERT ON article BEGIN
        INSERT OR REPLACE INTO article_titles (rowid, headline, standfirst)
        SELECT id, headline, standfirst FROM article_search WHERE id = new.id;
    END;
    CREATE TRIGGER article_titles_update AFTER UPDATE OF id, headline, standfirst ON article
    WHEN (old.id, old.headline, old.standfirst) IS NOT (new.id, new.headline, new.standfirst)
    BEGIN
        DELETE FROM article_titles WHERE rowid = old.id;
        INSERT OR REPLACE INTO article_titles (rowid, headline, standfirst)
        SELECT id, headline, standfirst FROM article_search WHERE id = new.id;
    END;
    CREATE TRIGGER article_titles_delete AFTER DELETE ON article BEGIN
        DELETE FROM article_titles WHERE rowid = old.id;
    END;
    INSERT INTO article_titles (rowid, headline, standfirst) SELECT id, headline, standfirst FROM article_search;";

const DOWN: &str = "
    DROP TRIGGER article_titles_delete;
    DROP TRIGGER article_titles_update;
    DROP TRIGGER article_titles_insert;
    DROP TABLE article_titles;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Sqlite, manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Sqlite, manager, DOWN).await
    }
}
