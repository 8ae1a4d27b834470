//! The sample newsroom: loaded whole, once, and enough to answer every example in full.

use std::path::Path;

use api::sample::{Load, load};
use serde_json::{Value, json};

use super::counts;
use crate::support::{Kind, TestDb};

async fn loaded(kind: Kind) -> TestDb {
    let database = TestDb::migrated(kind).await;
    assert!(load(&database.db, Load::Auto, database.now).await.unwrap());
    database
}

#[tokio::test]
async fn it_is_loaded_into_an_empty_database_once() {
    for kind in Kind::BOTH {
        let database = loaded(kind).await;
        let first = counts(&database).await;
        assert_eq!((first["section"], first["pending_link"]), (8, 0), "{kind:?}");
        assert!(first["article"] >= 120 && first["topic"] >= 30 && first["place"] >= 15, "{first:?}");
        assert!(!load(&database.db, Load::Auto, database.now).await.unwrap());
        assert!(!load(&database.db, Load::False, database.now).await.unwrap());
        // By demand it is imported again, which changes nothing.
        assert!(load(&database.db, Load::True, database.now).await.unwrap());
        assert_eq!(counts(&database).await, first);
    }
}

#[tokio::test]
async fn several_servers_that_start_together_load_it_once() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let starts = (0..3).map(|_| {
            let (db, now) = (database.db.clone(), database.now);
            tokio::spawn(async move { load(&db, Load::Auto, now).await.unwrap() })
        });
        let mut loads = 0;
        for start in starts.collect::<Vec<_>>() {
            loads += usize::from(start.await.unwrap());
        }
        assert_eq!(loads, 1, "{kind:?}");
    }
}

/// No field of the page may be empty.
fn full(value: &Value, path: &str) {
    match value {
        Value::Null => panic!("{path} is null"),
        Value::Array(values) => {
            assert!(!values.is_empty(), "{path} is empty");
            values.iter().enumerate().for_each(|(index, value)| full(value, &format!("{path}/{index}")));
        }
        Value::Object(object) => object.iter().for_each(|(name, value)| full(value, &format!("{path}/{name}"))),
        Value::String(text) => assert!(!text.is_empty(), "{path} is empty"),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

#[tokio::test]
async fn the_article_page_is_answered_in_full_and_alike_by_both_databases() {
    let mut answers = Vec::new();
    for kind in Kind::BOTH {
        let mut database = TestDb::migrated(kind).await;
        database.now = "2026-03-02T12:00:00Z".parse().unwrap();
        load(&database.db, Load::Auto, database.now).await.unwrap();
        let variables = json!({ "slug": "how-the-korean-armistice-line-was-drawn" });
        let answer = database.answer(include_str!("../../queries/article/page.graphql"), variables).await;
        full(&answer["data"], "data");
        let list = |name: &str| {
            let entries = answer["data"][name]["entries"].as_array().unwrap();
            entries.iter().map(|entry| entry["article"]["slug"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let (now, today, week) = (list("now"), list("today"), list("week"));
        assert_eq!((now.len(), today.len(), week.len()), (7, 7, 7));
        assert!(now != today && today != week && now != week, "the rankings differ");
        let movements: std::collections::HashSet<String> = ["now", "today", "week"]
            .iter()
            .flat_map(|window| answer["data"][window]["entries"].as_array().unwrap())
            .map(|entry| entry["movement"].to_string())
            .collect();
        assert!(movements.len() > 1, "{movements:?}");
        answers.push(answer);
    }
    // Keys of rows depend on the order in which a database made them; everything else is the same.
    let (mut postgres, mut sqlite) = (answers[0].clone(), answers[1].clone());
    for answer in [&mut postgres, &mut sqlite] {
        answer["data"]["article"]["id"].take();
        answer["data"]["feed"]["pageInfo"]["endCursor"].take();
    }
    assert_eq!(postgres, sqlite);
}

#[tokio::test]
async fn every_example_of_graphiql_is_answered_without_an_error() {
    let database = loaded(Kind::Sqlite).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/graphiql/examples");
    let mut examples = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "graphql") {
            continue;
        }
        let variables = std::fs::read_to_string(path.with_extension("variables.json"));
        let variables = variables.map_or(json!({}), |text| serde_json::from_str(&text).unwrap());
        let answer = database.answer(&std::fs::read_to_string(&path).unwrap(), variables).await;
        assert_eq!(answer.get("errors"), None, "{}: {answer}", path.display());
        let data = answer["data"].as_object().unwrap();
        for (field, value) in data {
            let has_something = !value.is_null() && *value != json!([]) && value["nodes"] != json!([]);
            assert!(has_something, "{}: {field} shows nothing", path.display());
        }
        examples += 1;
    }
    assert!(examples >= 4);
}
