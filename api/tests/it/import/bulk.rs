//! Bulk loads: batches side by side, and texts that are indexed afterwards.

use std::io::Write as _;

use api::import::{Options, Report, Summary, import};
use importer::{
    draft::{Article, Block, Draft, StoryOf},
    html::Inline,
};
use serde_json::json;

use super::{article, counts, newsroom};
use crate::support::{Kind, TestDb};

async fn load(database: &TestDb, articles: impl Iterator<Item = Article>) -> Summary {
    let mut file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    for article in articles {
        serde_json::to_writer(&mut file, &Draft::Article(Box::new(article))).unwrap();
        file.write_all(b"\n").unwrap();
    }
    let mut report = Report::new(Box::new(std::io::sink()), None);
    import(&database.db, &[file.path().to_owned()], &Options::default(), &mut report).await.unwrap()
}

async fn total(database: &TestDb, query: &str) -> i64 {
    let document = "query ($query: String!) { search(query: $query) { totalCount } }";
    let answer = database.answer(document, json!({ "query": query })).await;
    answer["data"]["search"]["totalCount"].as_i64().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn titles_are_found_at_once_and_texts_when_they_are_indexed() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let articles = (0..300).map(|number| Article {
            language: Some("en".to_owned()),
            body: vec![Block::Paragraph { html: Inline::from_text("The harbours were frozen.") }],
            ..article(&format!("urn:{number}"), &format!("Winter {number} arrives"))
        });
        assert_eq!(load(&database, articles).await.new, 300, "{kind:?}");
        assert_eq!(total(&database, "arriving winter").await, 300, "{kind:?}");
        let indexed = api::search::index_texts(&database.db).await.unwrap();
        assert_eq!(indexed, if kind == Kind::Postgres { 300 } else { 0 });
        assert_eq!(total(&database, "winter harbour").await, 300, "{kind:?}");
        assert_eq!(total(&database, "winter -harbour").await, 0, "{kind:?}");
        assert_eq!(api::search::index_texts(&database.db).await.unwrap(), 0);
        // What is changed afterwards is indexed at once.
        database.sql("UPDATE article SET headline = 'Summer arrives' WHERE uri = 'urn:7'").await;
        assert_eq!(total(&database, "summer harbour").await, 1, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn references_between_batches_become_real_and_versions_stay_in_order() {
    const ARTICLES: usize = 2_400;
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let side_by_side = (0..2).map(|half| {
            let related = move |number: usize| format!("urn:{}", (number + ARTICLES / 2 + 7) % ARTICLES);
            let articles = (0..ARTICLES).filter(move |number| number % 2 == half).flat_map(move |number| {
                let first = Article {
                    related: vec![related(number)],
                    stories: vec![StoryOf {
                        uri: format!("urn:story:{}", number % 11),
                        title: format!("Story {}", number % 11),
                    }],
                    ..article(&format!("urn:{number}"), &format!("Article {number}"))
                };
                let second = Article { version: Some(2), headline: format!("Changed {number}"), ..first.clone() };
                [Some(first), (number % 5 == 0).then_some(second)].into_iter().flatten()
            });
            load(&database, articles)
        });
        let summaries = futures_util::future::join_all(side_by_side).await;
        for summary in &summaries {
            assert_eq!((summary.new, summary.failed), (ARTICLES / 2, 0), "{kind:?}: {summary}");
            assert_eq!(summary.updated, ARTICLES / 10, "{kind:?}: {summary}");
        }
        assert_eq!(counts(&database).await["pending_link"], 0, "{kind:?}");
        let answer = database
            .answer(
                r#"{ a: article(by: { uri: "urn:5" }) { headline related { reason article { uri } } }
                    stories(first: 20) { totalCount nodes { articles { totalCount } } } }"#,
                json!({}),
            )
            .await;
        assert_eq!(answer["data"]["a"]["headline"], "Changed 5", "{kind:?}: {answer}");
        let editors = answer["data"]["a"]["related"].as_array().unwrap();
        assert_eq!(editors[0], json!({ "reason": "EDITOR", "article": { "uri": "urn:1212" } }), "{kind:?}");
        assert_eq!(answer["data"]["stories"]["totalCount"], 11);
        let members = answer["data"]["stories"]["nodes"].as_array().unwrap().iter();
        let members: i64 = members.map(|story| story["articles"]["totalCount"].as_i64().unwrap()).sum();
        assert_eq!(members, ARTICLES as i64, "{kind:?}");
    }
}
