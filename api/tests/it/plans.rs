//! How PostgreSQL reads what a page is made of: row by row from its indexes, also right after a bulk load, when its statistics are still those
//! of before.

use std::sync::{Arc, Mutex};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, Statement,
    sea_query::{Value, Values},
};
use serde_json::json;

use crate::{
    article_page,
    support::{Kind, TestDb},
};

const PAGE: &str = include_str!("../queries/article/page.graphql");

/// Many articles, each with 50 relations, topics, places, people, a story, galleries and ranks. Rows beyond the first are copies of it.
const BULK: &[&str] = &[
    "INSERT INTO section (id, slug, name, position) SELECT n, 'bulk-' || n, 'Bulk ' || n, n FROM generate_series(100, 130) n",
    "INSERT INTO topic (id, slug, name) SELECT n, 'bulk-' || n, 'Bulk ' || n FROM generate_series(100, 600) n",
    "INSERT INTO place (id, slug, name) SELECT n, 'bulk-' || n, 'Bulk ' || n FROM generate_series(100, 600) n",
    "INSERT INTO contributor (id, slug, name) SELECT n, 'bulk-' || n, 'Bulk ' || n FROM generate_series(100, 600) n",
    "INSERT INTO image (id, uri, version, updated_at)
        SELECT n, 'urn:bulk:' || n, 1, now() FROM generate_series(100, 2100) n",
    "INSERT INTO image_rendition (image_id, name, href, width)
        SELECT n, 'large', '/media/' || n || '.png', 1600 FROM generate_series(100, 2100) n",
    "INSERT INTO article (id, uri, slug, version, status, genre, language, headline, published_at, updated_at, section_id, place_id,
            lead_image_id, word_count, body)
        SELECT n, 'urn:bulk:' || n, 'bulk-' || n, 1, 'usable', 'current', 'en', 'Bulk ' || n, '2026-02-01T00:00:00Z'::timestamptz - n * interval '1 minute',
            '2026-02-01T00:00:00Z', 100 + n % 30, 100 + n % 500, 100 + n % 2000, 0, '[]'
        FROM generate_series(1000, 4000) n",
    "INSERT INTO article_topic (article_id, topic_id, position, published_at)
        SELECT id, 100 + (id * 7 + k) % 500, k, published_at FROM article, generate_series(1, 4) k WHERE id >= 1000",
    "INSERT INTO article_place (article_id, place_id, position, published_at)
        SELECT id, 100 + id % 500, 1, published_at FROM article WHERE id >= 1000",
    "INSERT INTO article_contributor (article_id, contributor_id, position)
        SELECT id, 100 + id % 500, 1 FROM article WHERE id >= 1000",
    "INSERT INTO story (id, uri, slug, version, title, status, updated_at)
        SELECT n, 'urn:bulk:' || n, 'bulk-' || n, 1, 'Bulk ' || n, 'open', now() FROM generate_series(100, 400) n",
    "INSERT INTO story_article (story_id, article_id, pinned_position, published_at)
        SELECT 100 + id % 300, id, 2147483647, published_at FROM article WHERE id >= 1000",
    "INSERT INTO gallery (id, uri, slug, version, title, kind, status, lead_image_id, published_at)
        SELECT n, 'urn:bulk:' || n, 'bulk-' || n, 1, 'Bulk ' || n, 'photo', 'usable', n, '2026-02-01T00:00:00Z' FROM generate_series(100, 2000) n",
    "INSERT INTO gallery_item (gallery_id, position, image_id)
        SELECT gallery.id, k, 100 + (gallery.id + k) % 2000 FROM gallery, generate_series(1, 5) k WHERE gallery.id >= 100",
    "INSERT INTO article_gallery (article_id, gallery_id, position) SELECT id, 100 + id % 1900, 1 FROM article WHERE id >= 1000",
    "INSERT INTO related_article (article_id, related_id, position)
        SELECT id, 1000 + (id + k * 37) % 3000, k FROM article, generate_series(1, 4) k WHERE id > 1000",
    "INSERT INTO article_relation (article_id, related_id, score, reason)
        SELECT id, 1000 + (id + k * 31) % 3000, 1.0 / k, 'text' FROM article, generate_series(1, 50) k WHERE id > 1000",
    "INSERT INTO article_profile (article_id, published_second, copies, profile)
        SELECT id, 0, id, '' FROM article WHERE id >= 1000",
    "INSERT INTO ranking_entry (ranking_id, rank, article_id, reads, first_entered_at)
        SELECT ranking.id, 1000 + n, 1000 + n, 1, now() FROM ranking, generate_series(1, 100) n",
];

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::BigInt(_) | Value::BigUnsigned(_) => "bigint",
        Value::Double(_) => "double precision",
        Value::Json(_) => "jsonb",
        Value::ChronoDateTimeUtc(_) => "timestamptz",
        Value::String(_) => "text",
        other => panic!("the type of {other:?} is to be named here"),
    }
}

/// The plans of statements, as a server has them that begins now.
async fn plans(database: &TestDb, statements: &[Statement]) -> Vec<String> {
    let db = for_requests(database).await;
    let mut plans = Vec::new();
    for (number, statement) in statements.iter().enumerate() {
        let Values(values) = statement.values.clone().unwrap_or(Values(Vec::new()));
        let types: Vec<&str> = values.iter().map(type_name).collect();
        let (types, nothing) = match values.len() {
            0 => (String::new(), String::new()),
            count => (format!("({})", types.join(", ")), format!("({})", vec!["NULL"; count].join(", "))),
        };
        db.execute_unprepared(&format!("PREPARE page_{number} {types} AS {}", statement.sql)).await.unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE page_{number} {nothing}");
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, explain)).await.unwrap();
        let lines: Vec<String> = rows.iter().map(|row| row.try_get("", "QUERY PLAN").unwrap()).collect();
        plans.push(lines.join("\n"));
    }
    db.close().await.unwrap();
    plans
}

async fn for_requests(database: &TestDb) -> DatabaseConnection {
    api::database::connect_for_requests(database.url(), 1, std::time::Duration::from_secs(60)).await.unwrap()
}

/// The statements of a request that takes no transaction of its own.
async fn statements(database: &TestDb, document: &str, variables: serde_json::Value) -> Vec<Statement> {
    let noted: Arc<Mutex<Vec<Statement>>> = Arc::default();
    let mut db = for_requests(database).await;
    let notes = Arc::clone(&noted);
    db.set_metric_callback(move |info| notes.lock().unwrap().push(info.statement.clone()));
    let settings = api::Settings {
        cache: api::cache::Settings::off(),
        ..api::Settings::new("http://newsgraph.test".to_owned(), "https://www.example.org/news/{slug}".to_owned())
    };
    let request = async_graphql::Request::new(document).variables(async_graphql::Variables::from_json(variables));
    let schema = api::schema::build();
    let answer = api::Request::new(db, Arc::new(settings), database.now).execute(&schema, request).await;
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    let noted = noted.lock().unwrap();
    noted.iter().filter(|statement| statement.sql.starts_with("SELECT")).cloned().collect()
}

/// The ways by which a plan reaches rows. Whether it notes the places of rows before it reads them, or keeps those it has read, depends on how
/// many are expected, and is nearly the same work.
fn ways(plan: &str) -> Vec<String> {
    let way = |line: &str| {
        let (_, way) = line.split_once("->  ").unwrap_or(("", line.trim()));
        let index =
            way.split_once("Bitmap Index Scan on ").or_else(|| way.split_once(" using ")).map(|(_, index)| index);
        let index = index.map(|index| index.split_whitespace().next().unwrap_or_default().to_owned());
        index.or_else(|| way.starts_with("Seq Scan").then(|| way.to_owned()))
    };
    let mut ways: Vec<String> = plan.lines().filter_map(way).collect();
    ways.sort();
    ways
}

#[tokio::test]
async fn the_plans_of_a_page_are_the_same_with_the_statistics_of_before_a_bulk_load() {
    let database = article_page::newsroom(Kind::Postgres, 3).await;
    let tables = "SELECT format('ALTER TABLE %I SET (autovacuum_enabled = false)', relname) AS alter FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let tables = database.db.query_all_raw(Statement::from_string(DbBackend::Postgres, tables)).await.unwrap();
    for table in tables {
        database.sql(&table.try_get::<String>("", "alter").unwrap()).await;
    }
    database.sql("ANALYZE").await;
    for rows in BULK {
        database.sql(rows).await;
    }
    let statements = statements(&database, PAGE, json!({ "slug": "bulk-2000" })).await;
    assert!(statements.len() > 5, "the page is there: {statements:?}");
    let stale = plans(&database, &statements).await;
    database.sql("ANALYZE").await;
    let fresh = plans(&database, &statements).await;
    for ((statement, stale), fresh) in statements.iter().zip(&stale).zip(&fresh) {
        assert_eq!(ways(stale), ways(fresh), "{}\n{stale}\n{fresh}", statement.sql);
        let all_of_it = ["Seq Scan on article", "Hash Join", "Merge Join"].map(|word| fresh.contains(word));
        assert_eq!(all_of_it, [false; 3], "{}\n{fresh}", statement.sql);
    }
}
