//! Searches in every script: what is found is what a reader of the language expects, on both databases.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

/// Articles of a language, with queries and what they find.
#[derive(Deserialize)]
struct Corpus {
    language: String,
    articles: Vec<Text>,
    queries: Vec<Expected>,
}

#[derive(Deserialize)]
struct Text {
    uri: String,
    headline: String,
    text: String,
    byline: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    query: String,
    finds: Vec<String>,
}

fn corpora() -> Vec<Corpus> {
    serde_json::from_str(include_str!("../samples/search-in-every-script.json")).unwrap()
}

fn article(language: &str, text: &Text) -> Value {
    json!({ "type": "article", "uri": text.uri, "language": language, "headline": text.headline, "byline": text.byline,
        "publishedAt": "2026-03-01T10:00:00Z", "body": [{ "type": "paragraph", "html": text.text }] })
}

async fn import(database: &TestDb, articles: Vec<Value>) {
    let drafts = articles.into_iter().map(|article| serde_json::from_value(article).unwrap()).collect();
    let mut saver = importer::save::Saver::new(&database.db, importer::save::Settings::default());
    for saved in saver.save(drafts, database.now).await.unwrap() {
        saved.outcome.unwrap();
    }
}

async fn found(database: &TestDb, query: &str, language: Option<&str>) -> Vec<String> {
    let document = "query ($query: String!, $languages: [Language!]) {
        search(query: $query, filter: { languages: $languages }) { nodes { uri } totalCount } }";
    let variables = json!({ "query": query, "languages": language.map(|language| [language]) });
    let answer = database.answer(document, variables).await;
    assert_eq!(answer.get("errors"), None, "{query}: {answer}");
    let search = &answer["data"]["search"];
    let nodes = search["nodes"].as_array().unwrap();
    assert_eq!(search["totalCount"], nodes.len(), "{query}");
    nodes.iter().map(|node| node["uri"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_query_finds_what_it_should_and_nothing_else() {
    for kind in Kind::BOTH {
        let mut database = TestDb::migrated(kind).await;
        database.now = "2026-03-02T12:00:00Z".parse().unwrap();
        let corpora = corpora();
        assert_eq!(corpora.len(), 21);
        let all = corpora.iter().flat_map(|corpus| corpus.articles.iter().map(|text| article(&corpus.language, text)));
        import(&database, all.collect()).await;
        let mut wrong = Vec::new();
        for corpus in &corpora {
            for Expected { query, finds } in &corpus.queries {
                let mut uris = found(&database, query, Some(&corpus.language)).await;
                uris.sort();
                if uris != *finds {
                    wrong.push(format!("{kind:?} {} `{query}`: {uris:?} instead of {finds:?}", corpus.language));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[tokio::test]
async fn words_as_they_are_written_stand_before_those_without_marks() {
    let text = |uri: &str, headline: &str, text: &str| Text {
        uri: uri.to_owned(),
        headline: headline.to_owned(),
        text: text.to_owned(),
        byline: None,
    };
    for kind in Kind::BOTH {
        let mut database = TestDb::migrated(kind).await;
        database.now = "2026-03-02T12:00:00Z".parse().unwrap();
        let articles = [
            text("urn:folded-title", "Rain in Zürich", "It goes on."),
            text("urn:exact-text", "Rain", "It goes on in Zurich."),
            text("urn:exact-title", "Sun in Zurich", "It is warm."),
        ];
        import(&database, articles.iter().map(|text| article("en", text)).collect()).await;
        assert_eq!(
            found(&database, "Zurich", None).await,
            ["urn:exact-title", "urn:exact-text", "urn:folded-title"],
            "{kind:?}"
        );
        assert_eq!(found(&database, "Zürich", None).await[0], "urn:folded-title", "{kind:?}");
        let answer = database.answer("{ search(query: \"Zurich\") { edges { score node { uri } } } }", json!({})).await;
        let scores =
            answer["data"]["search"]["edges"].as_array().unwrap().iter().map(|edge| edge["score"].as_f64().unwrap());
        assert_eq!(scores.collect::<Vec<_>>(), [1.0, 0.25, 0.125], "{kind:?}");
        // Page by page it is the same.
        let page = "query ($after: String) { search(query: \"Zurich\", first: 1, after: $after) { nodes { uri } pageInfo { endCursor } } }";
        let (mut after, mut uris) = (Value::Null, Vec::new());
        for _ in 0..3 {
            let answer = database.answer(page, json!({ "after": after })).await;
            uris.push(answer["data"]["search"]["nodes"][0]["uri"].clone());
            after = answer["data"]["search"]["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(uris, ["urn:exact-title", "urn:exact-text", "urn:folded-title"], "{kind:?}");
    }
}

#[tokio::test]
async fn changes_are_found_and_what_is_gone_is_not() {
    for kind in Kind::BOTH {
        let mut database = TestDb::migrated(kind).await;
        database.now = "2026-03-02T12:00:00Z".parse().unwrap();
        let written = |headline: &str, version: i64| {
            json!({ "type": "article", "uri": "urn:a", "language": "zh", "headline": headline, "version": version, "byline": "Łukasz",
                "publishedAt": "2026-03-01T10:00:00Z" })
        };
        import(&database, vec![written("渡轮回来了", 1)]).await;
        assert_eq!(found(&database, "渡轮", None).await, ["urn:a"], "{kind:?}");
        assert_eq!(found(&database, "Lukasz", None).await, ["urn:a"], "{kind:?}");
        import(&database, vec![written("火车晚点", 2)]).await;
        assert_eq!(found(&database, "渡轮", None).await, [""; 0], "{kind:?}");
        assert_eq!(found(&database, "火车", None).await, ["urn:a"], "{kind:?}");
        let answer =
            database.answer("{ search(query: \"火车晚点\") { edges { highlights { fragments } } } }", json!({})).await;
        assert_eq!(
            answer["data"]["search"]["edges"][0]["highlights"][0]["fragments"],
            json!(["<mark>火车晚点</mark>"]),
            "{kind:?}"
        );
        let suggested = database.answer("{ suggest(prefix: \"火车\") { text } }", json!({})).await;
        assert_eq!(suggested["data"]["suggest"], json!([{ "text": "火车晚点" }]), "{kind:?}");
    }
}
