//! Which article an address of a page means: `article(by: { url })` and reads find the same.

use importer::{
    draft::{Article, Draft},
    save::{Saver, Settings},
};
use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

/// The template of the tests' settings is `https://www.example.org/news/{slug}`.
async fn newsroom(kind: Kind) -> TestDb {
    let database = TestDb::migrated(kind).await;
    let article = |uri: &str, slug: &str, url: Option<&str>| {
        Draft::Article(Box::new(Article {
            uri: uri.to_owned(),
            headline: uri.to_owned(),
            slug: Some(slug.to_owned()),
            url: url.map(ToOwned::to_owned),
            ..Article::default()
        }))
    };
    let drafts = vec![
        article("urn:stored", "other-slug", Some("https://www.example.org/news/tram-table")),
        article("urn:made", "made", None),
        // Its slug is what the address of another is made of.
        article("urn:shadowed", "tram-table", None),
        article("urn:query", "query", Some("https://old.example.org/?id=5")),
        article("urn:home", "home", Some("https://old.example.org/")),
    ];
    for saved in Saver::new(&database.db, Settings::default()).save(drafts, database.now).await.unwrap() {
        saved.outcome.unwrap();
    }
    database
}

const FOUND: [(&str, Option<&str>); 12] = [
    ("https://www.example.org/news/tram-table", Some("urn:stored")),
    ("http://WWW.example.org/news/tram-table/?utm_source=mail#top", Some("urn:stored")),
    ("https://www.example.org/news/made", Some("urn:made")),
    ("http://www.example.org/news/made/?fbclid=1", Some("urn:made")),
    ("HTTPS://WWW.EXAMPLE.ORG/news/made#comments", Some("urn:made")),
    ("https://old.example.org/?id=5&utm_medium=social", Some("urn:query")),
    ("https://old.example.org", Some("urn:home")),
    ("https://www.example.org/news/other-slug", Some("urn:stored")),
    ("https://www.example.org/news/none", None),
    ("https://www.example.org/made", None),
    ("https://www.example.org/news/MADE", None),
    ("mailto:made@example.org", None),
];

#[tokio::test]
async fn an_address_finds_the_article_that_is_stored_with_it_and_then_the_one_it_is_made_of() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        for (url, expected) in FOUND {
            let document = "query ($url: URL) { article(by: { url: $url }) { uri } }";
            let answer = database.answer(document, json!({ "url": url })).await;
            assert_eq!(answer["data"]["article"]["uri"].as_str(), expected, "{kind:?} {url}: {answer}");
        }
        // Many at once are one statement.
        let fields: String = FOUND
            .iter()
            .enumerate()
            .map(|(number, (url, _))| format!("a{number}: article(by: {{ url: {url:?} }}) {{ uri }} "))
            .collect();
        let (answer, statements) = database.counted(&format!("{{ {fields} }}"), json!({})).await;
        assert_eq!(answer["data"]["a0"]["uri"], "urn:stored", "{kind:?}: {answer}");
        assert_eq!(statements, 1, "{kind:?}");
        // What `url` answers finds the article again, whatever it has.
        let answer = database.answer("{ articles { nodes { uri url } } }", json!({})).await;
        for node in answer["data"]["articles"]["nodes"].as_array().unwrap() {
            if node["uri"] == "urn:shadowed" {
                continue;
            }
            let found = database
                .answer("query ($url: URL) { article(by: { url: $url }) { uri } }", json!({ "url": node["url"] }))
                .await;
            assert_eq!(found["data"]["article"]["uri"], node["uri"], "{kind:?}");
        }
    }
}

#[tokio::test]
async fn reads_by_address_find_the_same() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let settings = api::reads::Settings {
            article_url: "https://www.example.org/news/{slug}".to_owned(),
            ..api::reads::Settings::default()
        };
        let client = api::http::client::Client {
            address: "192.0.2.1".parse().unwrap(),
            agent: "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0".to_owned(),
            looks_ahead: false,
        };
        let reads = api::reads::Reads::start(database.db.clone(), settings);
        for (url, expected) in FOUND {
            let read = api::reads::Read { article: url.to_owned(), reader: Some(url.to_owned()), at: None };
            let receipt = reads.record(vec![Ok(read)], &client, database.now).await.unwrap();
            assert_eq!(receipt.accepted == 1, expected.is_some(), "{kind:?} {url}: {receipt:?}");
        }
        reads.close().await;
        let answer = database.answer("{ articles { totalCount } }", Value::Null).await;
        assert_eq!(answer["data"]["articles"]["totalCount"], 5);
    }
}
