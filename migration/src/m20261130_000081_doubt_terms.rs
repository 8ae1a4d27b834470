//! Terms that only hidden items have are hidden themselves: sections, topics, places, sources and contributors.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The tables that tie articles to terms, by the kind of the term.
const LINKS: [(&str, &str); 3] =
    [("article_topic", "topic"), ("article_place", "place"), ("article_contributor", "contributor")];

/// Whether an article is public, and stays so as far as is known. Times are texts of one form, told apart by their beginning.
const LASTING: &str = "(article.status = 'usable' AND article.expires_at IS NULL AND article.published_at <= {now}
    AND (article.embargoed_until IS NULL OR article.embargoed_until <= {now}))";

const NOW: &str = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')";

/// The items that have a term of a kind, by its id. What SQLite cannot push into a view of all of them stands in the statement itself.
fn uses(kind: &str) -> Vec<String> {
    let linked = |(table, _): &(&str, &str)| {
        format!("{table} AS link JOIN article ON article.id = link.article_id WHERE link.{kind}_id")
    };
    let links = LINKS.iter().filter(|(_, of)| *of == kind).map(linked);
    let own: &[&str] = match kind {
        "section" => &["article", "gallery AS article"],
        "place" | "source" => &["article"],
        _ => &[],
    };
    own.iter().map(|table| format!("{table} WHERE article.{kind}_id")).chain(links).collect()
}

/// The text of a template: `{doubt KIND TERMS}` makes terms doubtful that no item has for good.
fn filled(template: &str) -> String {
    let lasting = LASTING.replace("{now}", NOW);
    let mut rest = template;
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("{doubt ") {
        let (call, behind) = after.split_once('}').expect("each is closed");
        let (kind, terms) = call.split_once(' ').expect("a kind, and terms");
        let terms = if terms.contains(" AS id ") { terms.to_owned() } else { format!("{terms} AS id") };
        let unused = uses(kind)
            .iter()
            .map(|item| format!("AND NOT EXISTS (SELECT 1 FROM {item} = term.id AND {lasting})"))
            .collect::<Vec<_>>();
        text.push_str(before);
        text.push_str(&format!(
            "INSERT INTO term_status (kind, term_id, status)
            SELECT DISTINCT '{kind}', term.id, 'doubtful' FROM (SELECT {terms}) AS term WHERE term.id IS NOT NULL {}
            ON CONFLICT DO NOTHING;",
            unused.join(" ")
        ));
        rest = behind;
    }
    text.push_str(rest);
    text.replace("{new_lasting}", &lasting.replace("article.", "NEW.")).replace("{lasting}", &lasting)
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            connection.execute_unprepared(include_str!("terms/postgres.sql")).await?;
            return Ok(());
        }
        connection.execute_unprepared(&filled(include_str!("terms/sqlite.sql"))).await?;
        for (table, kind) in LINKS {
            let link = include_str!("terms/sqlite_link.sql").replace("{table}", table).replace("{kind}", kind);
            connection.execute_unprepared(&filled(&link)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            connection.execute_unprepared(include_str!("terms/postgres_down.sql")).await?;
            return Ok(());
        }
        for (table, _) in LINKS {
            for edit in ["insert", "update", "delete"] {
                connection.execute_unprepared(&format!("DROP TRIGGER doubt_{table}_{edit}")).await?;
            }
        }
        connection.execute_unprepared(include_str!("terms/sqlite_down.sql")).await?;
        Ok(())
    }
}
