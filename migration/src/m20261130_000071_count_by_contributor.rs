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

const COUNT: &str = "
INSERT INTO facet_count (facet, value_id, value, articles)
SELECT facet, value_id, value, count(*) FROM facet_value WHERE facet = 'contributor' GROUP BY facet, value_id, value";

/// What SQLite cannot replace.
const REPLACED: &str = "DROP VIEW facet_value; DROP TRIGGER facet_count_article_update";

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
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let (before, view, links) = if is_postgres {
            let view = view().replacen("CREATE", "CREATE OR REPLACE", 1);
            // What others are writing is counted by them or here.
            ("LOCK TABLE article IN SHARE ROW EXCLUSIVE MODE", view, include_str!("facet/postgres_link.sql"))
        } else {
            (REPLACED, view().to_owned(), include_str!("facet/sqlite_link.sql"))
        };
        let links = links.replace("{table}", TABLE).replace("{facet}", "contributor");
        let links = links.replace("{column}", "contributor_id").replace("{counted}", "TRUE");
        let update = update_with_contributors(is_postgres);
        // In one call: of several connections to a file, those that have not seen a trigger go refuse to make it anew.
        let sql = format!("{before}; {view}{VALUES}; {update} {links} {COUNT}");
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let (before, view) = if is_postgres {
            let triggers =
                format!("DROP TRIGGER facet_count_truncate ON {TABLE}; DROP FUNCTION facet_count_{TABLE}() CASCADE");
            (triggers, view().replacen("CREATE", "CREATE OR REPLACE", 1))
        } else {
            let triggers =
                ["insert", "update", "delete"].map(|event| format!("DROP TRIGGER facet_count_{TABLE}_{event};"));
            (format!("{} {REPLACED}", triggers.join(" ")), view().to_owned())
        };
        let update = update(is_postgres);
        let sql = format!("{before}; {view}; {update} DELETE FROM facet_count WHERE facet = 'contributor'");
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }
}
