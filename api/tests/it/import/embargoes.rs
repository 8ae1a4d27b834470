//! When readers could first see what was under embargo, scheduled or held back: the feed and what is new in it follow.

use chrono::TimeDelta;
use importer::draft::Draft;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, Statement, entity::prelude::DateTimeUtc};
use serde_json::{Value, json};

use super::{newsroom, save};
use crate::support::{Kind, TestDb};

async fn import(database: &TestDb, lines: &[Value]) {
    save(database, lines.iter().map(|line| serde_json::from_value::<Draft>(line.clone()).unwrap()).collect()).await;
}

/// The feed as readers see it, and the cursor of its start.
async fn feed(database: &TestDb) -> (Vec<String>, Value) {
    let answer = database.answer("{ feed { days { articles { uri } } pageInfo { startCursor } } }", json!({})).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let feed = &answer["data"]["feed"];
    let days = feed["days"].as_array().unwrap().iter().flat_map(|day| day["articles"].as_array().unwrap());
    (days.map(|article| article["uri"].as_str().unwrap().to_owned()).collect(), feed["pageInfo"]["startCursor"].clone())
}

async fn new_since(database: &TestDb, cursor: &Value) -> i64 {
    let answer = database
        .answer("query ($cursor: String!) { feed { newSince(cursor: $cursor) } }", json!({ "cursor": cursor }))
        .await;
    answer["data"]["feed"]["newSince"].as_i64().unwrap_or_else(|| panic!("{answer}"))
}

async fn published_at(database: &TestDb, uri: &str) -> DateTimeUtc {
    let document = "query ($uri: String) { article(by: { uri: $uri }) { publishedAt } }";
    let answer = database.answer(document, json!({ "uri": uri })).await;
    answer["data"]["article"]["publishedAt"].as_str().unwrap_or_else(|| panic!("{answer}")).parse().unwrap()
}

fn time(time: DateTimeUtc) -> Value {
    time.to_rfc3339().into()
}

#[tokio::test]
async fn the_feed_shows_an_article_where_its_embargo_ended() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        let start = database.now;
        let end = start + TimeDelta::hours(1);
        let held = json!({ "type": "article", "uri": "urn:held", "headline": "Held", "embargoedUntil": time(end),
            "topics": [{ "name": "Trams" }], "places": [{ "name": "Oslo" }], "stories": [{ "uri": "urn:s", "title": "S" }] });
        import(&database, &[held]).await;
        database.now = start + TimeDelta::minutes(30);
        let topical = json!([{ "name": "Trams" }]);
        let meanwhile =
            json!({ "type": "article", "uri": "urn:meanwhile", "headline": "Meanwhile", "topics": topical });
        import(&database, &[meanwhile]).await;
        let (uris, cursor) = feed(&database).await;
        assert_eq!(uris, ["urn:meanwhile"], "{kind:?}");
        database.now = end;
        assert_eq!(new_since(&database, &cursor).await, 1, "{kind:?}");
        assert_eq!(feed(&database).await.0, ["urn:held", "urn:meanwhile"], "{kind:?}");
        assert_eq!(published_at(&database, "urn:held").await, end);
        let answer =
            database.answer("{ articles(filter: { topics: [\"trams\"] }) { nodes { uri } } }", json!({})).await;
        let expected = json!([{ "uri": "urn:held" }, { "uri": "urn:meanwhile" }]);
        assert_eq!(answer["data"]["articles"]["nodes"], expected, "{kind:?}");
    }
}

#[tokio::test]
async fn an_embargo_that_is_lifted_or_moved_moves_the_publication() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        let start = database.now;
        let line = |version: i64, fields: Value| {
            let mut line = json!({ "type": "article", "uri": "urn:a", "version": version, "headline": "A",
                "publishedAt": time(start - TimeDelta::hours(3)) });
            line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            line
        };
        import(&database, &[line(1, json!({ "embargoedUntil": time(start + TimeDelta::hours(6)) }))]).await;
        import(&database, &[line(2, json!({ "embargoedUntil": time(start + TimeDelta::hours(9)) }))]).await;
        let other = json!({ "type": "article", "uri": "urn:b", "headline": "B", "publishedAt": time(start) });
        import(&database, &[other]).await;
        let (_, cursor) = feed(&database).await;
        // Lifted early, with the times that the agency gave it at first.
        database.now = start + TimeDelta::hours(2);
        import(&database, &[line(3, json!({}))]).await;
        assert_eq!(new_since(&database, &cursor).await, 1, "{kind:?}");
        assert_eq!(published_at(&database, "urn:a").await, database.now, "{kind:?}");
        // It has been seen: nothing that comes later moves it.
        let lifted = database.now;
        database.now = start + TimeDelta::hours(3);
        import(&database, &[line(4, json!({ "embargoedUntil": time(start + TimeDelta::hours(4)) }))]).await;
        import(&database, &[line(5, json!({ "status": "withheld" }))]).await;
        import(&database, &[line(6, json!({ "status": "usable" }))]).await;
        assert_eq!(published_at(&database, "urn:a").await, lifted, "{kind:?}");
    }
}

#[tokio::test]
async fn what_was_held_back_or_scheduled_is_published_when_it_is_released() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        let start = database.now;
        let early = time(start - TimeDelta::hours(3));
        let late = time(start + TimeDelta::hours(5));
        import(
            &database,
            &[
                json!({ "type": "article", "uri": "urn:held", "version": 1, "headline": "A", "status": "withheld",
                    "publishedAt": early }),
                json!({ "type": "article", "uri": "urn:planned", "version": 1, "headline": "B", "publishedAt": late }),
                json!({ "type": "article", "uri": "urn:seen", "version": 1, "headline": "C", "publishedAt": early }),
            ],
        )
        .await;
        database.now = start + TimeDelta::hours(1);
        for (uri, headline) in [("urn:held", "A"), ("urn:planned", "B"), ("urn:seen", "C")] {
            let line =
                json!({ "type": "article", "uri": uri, "version": 2, "headline": headline, "publishedAt": early });
            import(&database, &[line]).await;
        }
        assert_eq!(published_at(&database, "urn:held").await, database.now, "{kind:?}");
        assert_eq!(published_at(&database, "urn:planned").await, database.now, "{kind:?}");
        assert_eq!(published_at(&database, "urn:seen").await, start - TimeDelta::hours(3), "{kind:?}");
    }
}

#[tokio::test]
async fn galleries_are_published_when_their_embargo_ends() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        let end = database.now + TimeDelta::hours(1);
        let gallery = |version: i64, until: Option<DateTimeUtc>| {
            json!({ "type": "gallery", "uri": "urn:g", "version": version, "title": "G", "kind": "photo",
                "embargoedUntil": until.map(time) })
        };
        import(&database, &[gallery(1, Some(end))]).await;
        import(&database, &[gallery(2, Some(end + TimeDelta::hours(1)))]).await;
        database.now = end;
        import(&database, &[gallery(3, None)]).await;
        let answer = database.answer("{ galleries { nodes { publishedAt } } }", json!({})).await;
        let published = answer["data"]["galleries"]["nodes"][0]["publishedAt"].as_str().unwrap().parse::<DateTimeUtc>();
        assert_eq!(published.unwrap(), end, "{kind:?}");
    }
}

#[tokio::test]
async fn databases_of_versions_before_publish_when_embargoes_end() {
    for kind in Kind::BOTH {
        let database = TestDb::empty(kind).await;
        let steps = Migrator::migrations();
        let before = steps.iter().position(|step| step.name().contains("publish_when_embargoes_end")).unwrap();
        Migrator::up(&database.db, Some(u32::try_from(before).unwrap())).await.unwrap();
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
        for id in 1..=3 {
            database.sql(&crate::paging::article_row(id, "2026-01-01T00:00:00+00:00")).await;
        }
        // The first was imported under embargo, the second had been seen before, the third has none.
        database.sql("UPDATE article SET embargoed_until = '2026-01-02T00:00:00+00:00' WHERE id < 3").await;
        let cast = if kind == Kind::Postgres { "::jsonb" } else { "" };
        let kept = json!({ "status": "usable", "published_at": "2026-01-01T00:00:00Z", "embargoed_until": null });
        database
            .sql(&format!(
                "INSERT INTO article_version (article_id, version, headline, replaced_at, item)
                VALUES (2, 0, 'Seen', '2026-01-01T09:00:00+00:00', '{kept}'{cast})"
            ))
            .await;
        Migrator::up(&database.db, None).await.unwrap();
        let rows = database
            .db
            .query_all_raw(Statement::from_string(
                database.db.get_database_backend(),
                "SELECT id FROM article WHERE published_at = '2026-01-02T00:00:00+00:00'",
            ))
            .await
            .unwrap();
        let moved: Vec<i64> = rows.iter().map(|row| row.try_get("", "id").unwrap()).collect();
        assert_eq!(moved, [1], "{kind:?}");
    }
}
