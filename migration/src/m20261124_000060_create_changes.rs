//! The change feed: triggers note what answers are made of when it changes, also by hand, so that caches can drop what is no longer true.

use std::fmt::Write as _;

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What a changed row of a table touches: kinds, and their keys as expressions of the row, whose name stands for `@`. One that is null
/// touches nothing. Articles, galleries and profiles touch more than their own columns tell: they are in the files.
const TABLES: [(&str, &[(&str, &str)]); 24] = [
    ("article_topic", &[("article_parts", "@.article_id"), ("topic_articles", "@.topic_id"), ("links", "''")]),
    ("story_article", &[("article_parts", "@.article_id"), ("story_articles", "@.story_id"), ("links", "''")]),
    ("article_gallery", &[("article_parts", "@.article_id"), ("links", "''")]),
    ("article_place", &[("article_parts", "@.article_id"), ("place_articles", "@.place_id"), ("links", "''")]),
    ("article_contributor", &[("article_parts", "@.article_id")]),
    ("correction", &[("article_parts", "@.article_id")]),
    ("related_article", &[("related", "@.article_id")]),
    ("article_relation", &[("related", "@.article_id")]),
    ("feed", &[("feeds", "''")]),
    ("gallery_item", &[("gallery", "@.gallery_id")]),
    ("section", &[("sections", "''")]),
    (
        "topic",
        &[
            ("topics", "''"),
            ("topic", "@.id"),
            ("topic_slug", "@.slug"),
            ("topic_qcode", "@.qcode"),
            ("topic_tree", "CASE WHEN @.broader_id IS NOT NULL THEN '' END"),
        ],
    ),
    ("topic_name", &[("topics", "''"), ("topic", "@.topic_id")]),
    ("topic_alias", &[("topic_qcode", "@.qcode")]),
    ("place", &[("places", "''"), ("place", "@.id"), ("place_slug", "@.slug")]),
    ("source", &[("sources", "''"), ("source", "@.id"), ("source_slug", "@.slug")]),
    ("contributor", &[("contributor", "@.id")]),
    ("image", &[("image", "@.id")]),
    ("image_rendition", &[("image", "@.image_id")]),
    ("story", &[("stories", "''"), ("story", "@.id"), ("story_slug", "@.slug")]),
    ("top_story", &[("top_stories", "coalesce(@.section_id, 0)")]),
    ("external_headline", &[("external_headlines", "@.placement")]),
    ("ranking", &[("ranking", "@.\"window\" || '/' || coalesce(@.section_id, 0)")]),
    (
        "ranking_entry",
        &[(
            "ranking",
            "(SELECT \"window\" || '/' || coalesce(section_id, 0) FROM ranking WHERE ranking.id = @.ranking_id)",
        )],
    ),
];

/// Their rows are read together.
const SUGGESTIONS: [&str; 2] = ["story_suggestion", "story_suggestion_article"];

/// Those with triggers of their own.
const SPECIAL: [&str; 3] = ["article", "gallery", "article_profile"];

fn tables() -> impl Iterator<Item = (&'static str, &'static [(&'static str, &'static str)])> {
    const TAGS: &[(&str, &str)] = &[("suggestions", "''")];
    TABLES.into_iter().chain(SUGGESTIONS.map(|table| (table, TAGS)))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(include_str!("changes/postgres.sql")).await?;
            for (table, tags) in tables() {
                db.execute_unprepared(&postgres_function(table, tags)).await?;
            }
            for table in SPECIAL.into_iter().chain(tables().map(|(table, _)| table)) {
                db.execute_unprepared(&postgres_triggers(table)).await?;
            }
            return Ok(());
        }
        db.execute_unprepared(include_str!("changes/sqlite.sql")).await?;
        for (table, tags) in tables() {
            db.execute_unprepared(&sqlite_triggers(table, tags)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let mut sql = String::new();
        for table in SPECIAL.into_iter().chain(tables().map(|(table, _)| table)) {
            if manager.get_database_backend() == DbBackend::Postgres {
                let _ = write!(sql, "DROP FUNCTION change_{table}() CASCADE;");
            } else {
                for event in ["insert", "update", "delete"] {
                    let _ = write!(sql, "DROP TRIGGER change_{table}_{event};");
                }
            }
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            sql.push_str("DROP FUNCTION change_announce() CASCADE;");
        } else {
            sql.push_str("DROP TRIGGER change_article_move;");
        }
        sql.push_str("DROP VIEW article_tag; DROP VIEW gallery_tag; DROP TABLE change;");
        db.execute_unprepared(&sql).await?;
        Ok(())
    }
}

/// Notes what the changed rows of a statement touch, each thing once; a statement that changes more than a batch of an import does makes
/// readers drop everything.
fn postgres_function(table: &str, tags: &[(&str, &str)]) -> String {
    let values: Vec<String> =
        tags.iter().map(|(kind, key)| format!("('{kind}', ({})::text)", key.replace('@', "changed"))).collect();
    let values = values.join(", ");
    let note = |rows: &str| {
        format!(
            "IF (SELECT count(*) FROM ({rows}) AS changed) > 20000 THEN
                INSERT INTO change (kind, key) VALUES ('all', '');
            ELSE
                INSERT INTO change (kind, key)
                SELECT DISTINCT tag.kind, tag.key
                FROM ({rows}) AS changed CROSS JOIN LATERAL (VALUES {values}) AS tag (kind, key)
                WHERE tag.key IS NOT NULL;
            END IF;"
        )
    };
    let (inserted, deleted) = (note("SELECT * FROM new_rows"), note("SELECT * FROM old_rows"));
    // An update that changes nothing touches nothing.
    let updated = note(
        "(SELECT * FROM old_rows EXCEPT SELECT * FROM new_rows) UNION ALL (SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows)",
    );
    format!(
        "CREATE FUNCTION change_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN {inserted}
            ELSIF TG_OP = 'UPDATE' THEN {updated}
            ELSIF TG_OP = 'DELETE' THEN {deleted}
            ELSE INSERT INTO change (kind, key) VALUES ('all', '');
            END IF;
            RETURN NULL;
        END $$;"
    )
}

fn postgres_triggers(table: &str) -> String {
    let mut sql = String::new();
    for (event, rows) in [
        ("INSERT", "REFERENCING NEW TABLE AS new_rows"),
        ("UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        ("DELETE", "REFERENCING OLD TABLE AS old_rows"),
        ("TRUNCATE", ""),
    ] {
        let name = event.to_ascii_lowercase();
        let _ = write!(
            sql,
            "CREATE TRIGGER change_{name} AFTER {event} ON {table} {rows} FOR EACH STATEMENT EXECUTE FUNCTION change_{table}();"
        );
    }
    sql
}

fn sqlite_triggers(table: &str, tags: &[(&str, &str)]) -> String {
    let select = |row: &str| {
        let tags: Vec<String> = tags
            .iter()
            .map(|(kind, key)| format!("SELECT '{kind}' AS kind, CAST({} AS text) AS key", key.replace('@', row)))
            .collect();
        tags.join(" UNION ")
    };
    let note =
        |rows: String| format!("INSERT INTO change (kind, key) SELECT kind, key FROM ({rows}) WHERE key IS NOT NULL;");
    let (inserted, deleted) = (note(select("NEW")), note(select("OLD")));
    let updated = note(format!("{} UNION {}", select("OLD"), select("NEW")));
    // Computing relations again gives most of them as they were. Whatever else is saved again is not worth the comparison.
    let when = match table {
        "article_relation" => {
            "WHEN (OLD.article_id, OLD.related_id, OLD.score, OLD.reason) \
                IS NOT (NEW.article_id, NEW.related_id, NEW.score, NEW.reason)"
        }
        _ => "",
    };
    format!(
        "CREATE TRIGGER change_{table}_insert AFTER INSERT ON {table} BEGIN {inserted} END;
        CREATE TRIGGER change_{table}_update AFTER UPDATE ON {table} {when} BEGIN {updated} END;
        CREATE TRIGGER change_{table}_delete AFTER DELETE ON {table} BEGIN {deleted} END;"
    )
}
