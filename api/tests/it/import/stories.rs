//! Which articles a story holds: what the articles say and what the story says, in whatever order they come.

use entity::story_article;
use importer::{draft::Draft, save::Outcome};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use super::{newsroom, save};
use crate::support::{Kind, TestDb};

fn line(line: &Value) -> Draft {
    serde_json::from_value(line.clone()).unwrap()
}

async fn import(database: &TestDb, lines: &[Value]) -> Vec<Outcome> {
    save(database, lines.iter().map(line).collect()).await
}

/// The story with a slug: its title and its articles in order.
async fn story(database: &TestDb, slug: &str) -> Value {
    let document = "query ($slug: String!) { story(slug: $slug) { title articles { totalCount nodes { uri } } } }";
    let answer = database.answer(document, json!({ "slug": slug })).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let story = &answer["data"]["story"];
    let uris: Vec<&Value> =
        story["articles"]["nodes"].as_array().into_iter().flatten().map(|node| &node["uri"]).collect();
    assert_eq!(story["articles"]["totalCount"].as_u64().unwrap_or_default() as usize, uris.len());
    if story.is_null() { Value::Null } else { json!([story["title"], uris]) }
}

fn article(uri: &str, stories: &Value) -> Value {
    json!({ "type": "article", "uri": uri, "headline": uri, "publishedAt": "2026-03-01T09:00:00Z", "stories": stories })
}

#[tokio::test]
async fn lines_say_the_same_in_any_order() {
    const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        for (number, order) in ORDERS.iter().enumerate() {
            for alone in [false, true] {
                let name = |what: &str| format!("urn:{what}:{number}:{alone}");
                let slug = format!("wished-{number}-{alone}");
                let lines = [
                    article(
                        &name("one"),
                        &json!([{ "uri": name("story"), "title": format!("Named {number} {alone}") }]),
                    ),
                    article(&name("two"), &json!([])),
                    json!({ "type": "story", "uri": name("story"), "slug": slug, "title": "Title",
                        "updatedAt": "2026-03-01T08:00:00Z",
                        "articles": [{ "uri": name("two"), "pinned": true }, { "uri": name("later") }] }),
                ];
                let lines = order.map(|place| lines[place].clone());
                for _ in 0..2 {
                    let mut outcomes = Vec::new();
                    if alone {
                        for line in &lines {
                            outcomes.extend(import(&database, std::slice::from_ref(line)).await);
                        }
                    } else {
                        outcomes = import(&database, &lines).await;
                    }
                    let expected = json!(["Title", [name("two"), name("one")]]);
                    assert_eq!(story(&database, &slug).await, expected, "{kind:?} {order:?} {alone} {outcomes:?}");
                    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{kind:?} {order:?} {outcomes:?}");
                }
                // One that names the story itself and that the story waited for.
                let later = article(&name("later"), &json!([{ "uri": name("story"), "title": "Title" }]));
                import(&database, &[later]).await;
                let expected = json!(["Title", [name("two"), name("later"), name("one")]]);
                assert_eq!(story(&database, &slug).await, expected, "{kind:?} {order:?} {alone}");
            }
        }
    }
}

#[tokio::test]
async fn a_story_that_comes_again_keeps_the_articles_that_name_it() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let member = |version: i64, stories: Value| {
            let mut line = article("urn:a:1", &stories);
            line["version"] = version.into();
            line
        };
        let of = |version: i64, articles: Value| json!({ "type": "story", "uri": "urn:s:1", "version": version, "title": "S", "articles": articles });
        let named = json!([{ "uri": "urn:s:1", "title": "S" }]);
        let pinned = json!([{ "uri": "urn:a:1", "pinned": true }]);
        let other = article("urn:a:2", &named);
        import(&database, &[member(1, named.clone()), of(1, json!([]))]).await;
        assert_eq!(story(&database, "s").await, json!(["S", ["urn:a:1"]]), "{kind:?}: the article names it");
        assert_eq!(import(&database, &[member(1, named.clone())]).await, [Outcome::Unchanged]);
        import(&database, &[other, of(2, pinned.clone())]).await;
        assert_eq!(story(&database, "s").await, json!(["S", ["urn:a:1", "urn:a:2"]]), "{kind:?}: it is pinned");
        import(&database, &[of(3, json!([]))]).await;
        assert_eq!(story(&database, "s").await, json!(["S", ["urn:a:2", "urn:a:1"]]), "{kind:?}: and is not any more");
        import(&database, &[of(4, pinned), member(2, json!([]))]).await;
        assert_eq!(story(&database, "s").await, json!(["S", ["urn:a:1", "urn:a:2"]]), "{kind:?}: the story lists it");
        import(&database, &[of(5, json!([]))]).await;
        assert_eq!(story(&database, "s").await, json!(["S", ["urn:a:2"]]), "{kind:?}: nobody says so any more");
        import(&database, &[member(3, named)]).await;
        assert_eq!(
            story(&database, "s").await,
            json!(["S", ["urn:a:2", "urn:a:1"]]),
            "{kind:?}: the article does again"
        );
    }
}

#[tokio::test]
async fn a_story_that_nobody_names_any_more_is_gone() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let named = |title: &str, uri: &str| article("urn:a", &json!([{ "uri": uri, "title": title }]));
        import(&database, &[named("First", "urn:s:1")]).await;
        assert_eq!(story(&database, "first").await, json!(["First", ["urn:a"]]));
        import(&database, &[named("Second", "urn:s:2")]).await;
        assert_eq!(story(&database, "first").await, Value::Null, "{kind:?}");
        assert_eq!(story(&database, "second").await, json!(["Second", ["urn:a"]]));
    }
}

#[tokio::test]
async fn databases_of_versions_before_keep_the_articles_of_stories() {
    for kind in Kind::BOTH {
        let database = TestDb::empty(kind).await;
        let steps = Migrator::migrations();
        let before = steps.iter().position(|step| step.name().contains("say_who_put_articles_into_stories")).unwrap();
        Migrator::up(&database.db, Some(u32::try_from(before).unwrap())).await.unwrap();
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
        for id in 1..=3 {
            database.sql(&crate::paging::article_row(id, "2026-01-01T00:00:00+00:00")).await;
        }
        database
            .sql(
                "INSERT INTO story (id, uri, slug, version, title, status, updated_at) VALUES
                (1, 'urn:s:1', 's', 1, 'S', 'open', '2026-01-01T00:00:00+00:00'),
                (2, 'urn:s:2', 't', 0, 'T', 'open', '2026-01-01T00:00:00+00:00')",
            )
            .await;
        database
            .sql(
                "INSERT INTO story_article (story_id, article_id, pinned_position, published_at) VALUES
                (1, 1, 1, '2026-01-01T00:00:00+00:00'), (1, 2, 2147483647, '2026-01-01T00:00:00+00:00'),
                (2, 3, 2147483647, '2026-01-01T00:00:00+00:00')",
            )
            .await;
        Migrator::up(&database.db, None).await.unwrap();
        let rows = story_article::Entity::find().all(&database.db).await.unwrap();
        let said = |row: &story_article::Model| (row.article_id, row.named_by_article, row.listed_by_story);
        let mut said: Vec<_> = rows.iter().map(said).collect();
        said.sort_unstable();
        assert_eq!(said, [(1, false, true), (2, true, true), (3, true, true)], "{kind:?}");
        // The story comes anew: what is pinned was its own word, the other may have been that of the article.
        import(&database, &[json!({ "type": "story", "uri": "urn:s:1", "version": 2, "title": "S" })]).await;
        import(&database, &[json!({ "type": "story", "uri": "urn:s:2", "slug": "wished", "title": "T" })]).await;
        let rows = story_article::Entity::find().all(&database.db).await.unwrap();
        let mut left: Vec<_> = rows.iter().map(|row| (row.story_id, row.article_id)).collect();
        left.sort_unstable();
        assert_eq!(left, [(1, 2), (2, 3)], "{kind:?}");
    }
}
