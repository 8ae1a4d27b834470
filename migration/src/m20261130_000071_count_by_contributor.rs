//! How many articles each contributor has is kept by triggers, as for topics.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "article_contributor";

/// More that an article is counted by.
const VALUES: &str = "
UNION ALL
SELECT facet_article.id, 'contributor', article_contributor.contributor_id, ''
FROM facet_article JOIN article_contributor ON article_contributor.article_id = facet_article.id";

/// Part of a file that makes what is made anew here: from `start` to `end`, which is left out.
fn part(file: &'static str, start: &str, end: &str) -> &'static str {
    let from = file.find(start).expect("the file makes it");
    let length = file[from..].find(end).expect("it ends");
    &file[from..from + length]
}

/// The view of what articles are counted by, as it was, without a semicolon.
fn view() -> &'static str {
    part(include_str!("facet/views.sql"), "CREATE VIEW facet_value", ";")
}

/// What counts anew when an article changes, as it was.
fn update(is_postgres: bool) -> String {
    if is_postgres {
        let function = part(include_str!("facet/postgres.sql"), "CREATE FUNCTION facet_count_update", "END $$;");
        function.replacen("CREATE", "CREATE OR REPLACE", 1) + "END $$;"
    } else {
        let trigger = part(include_str!("facet/sqlite.sql"), "CREATE TRIGGER facet_count_article_update", "END;");
        trigger.to_owned() + "END;"
    }
}

/// The same with contributors.
fn update_with_contributors(is_postgres: bool) -> String {
    let article = if is_postgres { "article.id" } else { "OLD.id" };
    let stories = format!("UNION ALL SELECT 'story', story_id, '' FROM story_article WHERE article_id = {article}");
    let contributors =
        format!("UNION ALL SELECT 'contributor', contributor_id, '' FROM {TABLE} WHERE article_id = {article}");
    let before = update(is_postgres);
    assert!(before.contains(&stories), "it counts stories");
    before.replace(&stories, &format!("{stories}\n        {contributors}"))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let (view, links) = if is_postgres {
            // What others are writing is counted by them or here.
            db.execute_unprepared("LOCK TABLE article IN SHARE ROW EXCLUSIVE MODE").await?;
            (view().replacen("CREATE", "CREATE OR REPLACE", 1), include_str!("facet/postgres_link.sql"))
        } else {
            db.execute_unprepared("DROP VIEW facet_value; DROP TRIGGER facet_count_article_update").await?;
            (view().to_owned(), include_str!("facet/sqlite_link.sql"))
        };
        db.execute_unprepared(&format!("{view}{VALUES}")).await?;
        db.execute_unprepared(&update_with_contributors(is_postgres)).await?;
        let links = links.replace("{table}", TABLE).replace("{facet}", "contributor");
        db.execute_unprepared(&links.replace("{column}", "contributor_id").replace("{counted}", "TRUE")).await?;
        db.execute_unprepared(
            "INSERT INTO facet_count (facet, value_id, value, articles)
            SELECT facet, value_id, value, count(*) FROM facet_value WHERE facet = 'contributor'
            GROUP BY facet, value_id, value",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        if is_postgres {
            db.execute_unprepared(&format!("DROP TRIGGER facet_count_truncate ON {TABLE}")).await?;
            db.execute_unprepared(&format!("DROP FUNCTION facet_count_{TABLE}() CASCADE")).await?;
            db.execute_unprepared(&view().replacen("CREATE", "CREATE OR REPLACE", 1)).await?;
        } else {
            for event in ["insert", "update", "delete"] {
                db.execute_unprepared(&format!("DROP TRIGGER facet_count_{TABLE}_{event}")).await?;
            }
            db.execute_unprepared("DROP VIEW facet_value; DROP TRIGGER facet_count_article_update").await?;
            db.execute_unprepared(view()).await?;
        }
        db.execute_unprepared(&update(is_postgres)).await?;
        db.execute_unprepared("DELETE FROM facet_count WHERE facet = 'contributor'").await?;
        Ok(())
    }
}
