//! What the page of an article shows beside it: the others of its stories, and related news that does not repeat them.

use importer::{
    draft::{Article, Draft, StoryOf},
    save::{Saver, Settings},
};
use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

/// Articles of which the first is like all others, the more the earlier they came; `told` of them are in one story. The editors chose one of the
/// story and one that is in none for the first.
async fn newsroom(kind: Kind, told: usize, others: usize) -> TestDb {
    let mut database = TestDb::migrated(kind).await;
    database.now = "2026-03-02T12:00:00Z".parse().unwrap();
    let story = StoryOf { uri: "urn:story".to_owned(), title: "Depot".to_owned() };
    let article = |number: usize| Article {
        uri: format!("urn:{number}"),
        headline: format!("Report number {number}"),
        published_at: Some("2026-03-01T10:00:00Z".parse().unwrap()),
        stories: if number < told { vec![story.clone()] } else { Vec::new() },
        related: if number == 0 { vec!["urn:1".to_owned(), format!("urn:{told}")] } else { Vec::new() },
        ..Article::default()
    };
    let drafts = (0..told + others).map(|number| Draft::Article(Box::new(article(number)))).collect();
    for saved in Saver::new(&database.db, Settings::default()).save(drafts, database.now).await.unwrap() {
        saved.outcome.unwrap();
    }
    database
        .sql(
            "INSERT INTO article_relation (article_id, related_id, score, reason)
            SELECT one.id, other.id, 0.9 - other.id * 0.001, 'text' FROM article AS one, article AS other
            WHERE one.uri = 'urn:0' AND other.uri <> 'urn:0'",
        )
        .await;
    database
}

async fn ask(database: &TestDb, fields: &str) -> Value {
    let answer = database.answer(&format!("{{ article(by: {{ uri: \"urn:0\" }}) {{ {fields} }} }}"), json!({})).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["article"].clone()
}

fn uris(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|related| related["article"]["uri"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_stories_of_an_article_show_the_others() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 4, 0).await;
        let shown =
            ask(&database, "stories { articles(first: 2) { totalCount nodes { uri } pageInfo { endCursor } } }").await;
        let articles = &shown["stories"][0]["articles"];
        assert_eq!(articles["totalCount"], 3, "{kind:?}");
        assert_eq!(articles["nodes"], json!([{ "uri": "urn:3" }, { "uri": "urn:2" }]), "{kind:?}");
        let rest =
            format!("stories {{ articles(after: {}) {{ nodes {{ uri }} }} }}", articles["pageInfo"]["endCursor"]);
        assert_eq!(
            ask(&database, &rest).await["stories"][0]["articles"]["nodes"],
            json!([{ "uri": "urn:1" }]),
            "{kind:?}"
        );
        // Named as well, it is still one.
        let id = ask(&database, "id").await["id"].clone();
        let named = format!("stories {{ articles(excluding: [{id}]) {{ totalCount }} }}");
        assert_eq!(ask(&database, &named).await["stories"][0]["articles"]["totalCount"], 3, "{kind:?}");
        let whole =
            database.answer("{ story(slug: \"depot\") { articles { totalCount nodes { uri } } } }", json!({})).await;
        assert_eq!(whole["data"]["story"]["articles"]["totalCount"], 4, "{kind:?}: elsewhere it holds all");
        assert_eq!(whole["data"]["story"]["articles"]["nodes"].as_array().unwrap().len(), 4, "{kind:?}");
    }
}

#[tokio::test]
async fn related_news_without_the_stories_still_fills_its_places() {
    for kind in Kind::BOTH {
        // More of the story are alike than are looked at.
        let database = newsroom(kind, 60, 8).await;
        let found = ask(&database, "related(first: 5, excludingStories: true) { reason article { uri } }").await;
        let found = uris(&found["related"]).into_iter().map(ToOwned::to_owned).collect::<Vec<_>>();
        assert_eq!(found.len(), 5, "{kind:?}: {found:?}");
        assert_eq!(found[0], "urn:60", "{kind:?}: the editors' choice that is in no story");
        let number = |uri: &String| uri.trim_start_matches("urn:").parse::<usize>().unwrap();
        assert!(found.iter().all(|uri| number(uri) >= 60), "{kind:?}: {found:?}");
    }
}

#[tokio::test]
async fn related_news_can_be_asked_for_by_reasons() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 4, 3).await;
        let by = async |arguments: &str| {
            let found =
                ask(&database, &format!("related(first: 10, {arguments}) {{ reason article {{ uri }} }}")).await;
            let related = found["related"].as_array().unwrap().iter();
            related
                .map(|one| format!("{} {}", one["reason"].as_str().unwrap(), one["article"]["uri"].as_str().unwrap()))
                .collect::<Vec<_>>()
        };
        assert_eq!(by("reasons: [EDITOR]").await, ["EDITOR urn:1", "EDITOR urn:4"], "{kind:?}");
        assert_eq!(
            by("reasons: [SAME_STORY]").await,
            ["SAME_STORY urn:3", "SAME_STORY urn:2", "SAME_STORY urn:1"],
            "{kind:?}"
        );
        let alike = by("reasons: [SIMILAR_TEXT], excludingStories: true").await;
        assert_eq!(alike.len(), 3, "{kind:?}: {alike:?}");
        assert!(alike.iter().all(|one| one.starts_with("SIMILAR_TEXT")), "{kind:?}: {alike:?}");
        assert_eq!(by("reasons: []").await, [] as [&str; 0], "{kind:?}");
        assert_eq!(by("reasons: [EDITOR], excludingStories: true").await, ["EDITOR urn:4"], "{kind:?}");
    }
}
