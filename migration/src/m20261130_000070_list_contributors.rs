//! Contributors are listed, found by keys and suggested by name, and galleries list their articles: what changes of that is noted, beside what
//! was noted before.

use std::fmt::Write as _;

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What a changed row of a table touches more than before: kinds, and their keys as expressions of the row, whose name stands for `@`.
const TABLES: [(&str, &[(&str, &str)]); 3] = [
    ("article_contributor", &[("contributor_articles", "@.contributor_id"), ("links", "''")]),
    ("article_gallery", &[("gallery_articles", "@.gallery_id")]),
    ("contributor", &[("contributors", "''"), ("contributor_slug", "@.slug"), ("contributor_uri", "@.uri")]),
];

/// What changes when an article does, beside what did before.
const ARTICLE_TAGS: &str = "
    UNION ALL SELECT article_id, 'contributor_articles', CAST(contributor_id AS text) FROM article_contributor
    UNION ALL SELECT article_id, 'gallery_articles', CAST(gallery_id AS text) FROM article_gallery";

const EVENTS: [&str; 3] = ["insert", "update", "delete"];

/// As the names of topics in `topic_name/sqlite.sql`.
const SQLITE_NAMES: &str = "
    CREATE VIRTUAL TABLE contributor_words USING fts5(
        name, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0', prefix='1 2 3'
    );
    CREATE TRIGGER contributor_words_insert AFTER INSERT ON contributor BEGIN
        INSERT OR REPLACE INTO contributor_words (rowid, name) VALUES (new.id, replace(replace(new.name, 'ё', 'е'), 'Ё', 'Е'));
    END;
    CREATE TRIGGER contributor_words_update AFTER UPDATE OF id, name ON contributor BEGIN
        DELETE FROM contributor_words WHERE rowid = old.id;
        INSERT OR REPLACE INTO contributor_words (rowid, name) VALUES (new.id, replace(replace(new.name, 'ё', 'е'), 'Ё', 'Е'));
    END;
    CREATE TRIGGER contributor_words_delete AFTER DELETE ON contributor BEGIN
        DELETE FROM contributor_words WHERE rowid = old.id;
    END;
    INSERT INTO contributor_words (rowid, name) SELECT id, replace(replace(name, 'ё', 'е'), 'Ё', 'Е') FROM contributor;";

/// The view of what changes when an article does, as it was, without a semicolon.
fn article_tag(file: &'static str) -> &'static str {
    let (_, view) = file.split_once("CREATE VIEW article_tag").expect("the file makes the view");
    let (view, _) = view.split_once(';').expect("the statement ends");
    view
}

fn postgres_up() -> String {
    let view = article_tag(include_str!("changes/postgres.sql"));
    let mut sql = format!("CREATE OR REPLACE VIEW article_tag{view}{ARTICLE_TAGS};");
    for (table, tags) in TABLES {
        let values: Vec<String> =
            tags.iter().map(|(kind, key)| format!("('{kind}', ({})::text)", key.replace('@', "changed"))).collect();
        let values = values.join(", ");
        let note = |rows: &str| {
            format!(
                "INSERT INTO change (kind, key)
                SELECT DISTINCT tag.kind, tag.key
                FROM ({rows}) AS changed CROSS JOIN LATERAL (VALUES {values}) AS tag (kind, key)
                WHERE tag.key IS NOT NULL;"
            )
        };
        let (inserted, deleted) = (note("SELECT * FROM new_rows"), note("SELECT * FROM old_rows"));
        let updated = note(
            "(SELECT * FROM old_rows EXCEPT SELECT * FROM new_rows) UNION ALL (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows)",
        );
        let _ = write!(
            sql,
            "CREATE FUNCTION change_{table}_list() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN {inserted}
                ELSIF TG_OP = 'UPDATE' THEN {updated}
                ELSE {deleted}
                END IF;
                RETURN NULL;
            END $$;"
        );
        for (event, rows) in EVENTS.into_iter().zip([
            "NEW TABLE AS new_rows",
            "OLD TABLE AS old_rows NEW TABLE AS new_rows",
            "OLD TABLE AS old_rows",
        ]) {
            let _ = write!(
                sql,
                "CREATE TRIGGER change_list_{event} AFTER {event} ON {table} REFERENCING {rows}
                FOR EACH STATEMENT EXECUTE FUNCTION change_{table}_list();"
            );
        }
    }
    // There are far fewer contributors than articles: this is no long lock.
    sql.push_str(
        "CREATE INDEX contributor_name_words_idx ON contributor USING gin (to_tsvector('pg_catalog.simple', search_plain(name)));",
    );
    sql
}

fn sqlite_up() -> String {
    let view = article_tag(include_str!("changes/sqlite.sql"));
    let mut sql = format!("DROP VIEW article_tag; CREATE VIEW article_tag{view}{ARTICLE_TAGS};");
    for (table, tags) in TABLES {
        let select = |row: &str| {
            let tags: Vec<String> = tags
                .iter()
                .map(|(kind, key)| format!("SELECT '{kind}' AS kind, CAST({} AS text) AS key", key.replace('@', row)))
                .collect();
            tags.join(" UNION ")
        };
        let touched = [select("NEW"), format!("{} UNION {}", select("OLD"), select("NEW")), select("OLD")];
        for (event, rows) in EVENTS.into_iter().zip(touched) {
            let _ = write!(
                sql,
                "CREATE TRIGGER change_{table}_list_{event} AFTER {event} ON {table} BEGIN
                    INSERT INTO change (kind, key) SELECT kind, key FROM ({rows}) WHERE key IS NOT NULL;
                END;"
            );
        }
    }
    sql.push_str(SQLITE_NAMES);
    sql
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let sql = if is_postgres { postgres_up() } else { sqlite_up() };
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut sql = String::new();
        if manager.get_database_backend() == DbBackend::Postgres {
            let view = article_tag(include_str!("changes/postgres.sql"));
            let _ = write!(sql, "DROP INDEX contributor_name_words_idx; CREATE OR REPLACE VIEW article_tag{view};");
            for (table, _) in TABLES {
                let _ = write!(sql, "DROP FUNCTION change_{table}_list() CASCADE;");
            }
        } else {
            let view = article_tag(include_str!("changes/sqlite.sql"));
            let _ = write!(sql, "DROP VIEW article_tag; CREATE VIEW article_tag{view};");
            for event in EVENTS {
                for (table, _) in TABLES {
                    let _ = write!(sql, "DROP TRIGGER change_{table}_list_{event};");
                }
                let _ = write!(sql, "DROP TRIGGER contributor_words_{event};");
            }
            sql.push_str("DROP TABLE contributor_words;");
        }
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }
}
