//! How long the database may work for a request.

use std::time::Duration;

use api::http::graphql;
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use serde_json::{Value, json};

use super::Server;
use crate::support::{Kind, Reply, TestDb};

/// What a search answers on a server whose database may work so long for a request.
async fn search(database: &TestDb, database_time: Duration) -> Value {
    let server = Server::start(database, graphql::Settings { database_time, ..Default::default() }).await;
    let query = "{ search(query: \"said\") { totalCount facets { topics { value } } nodes { slug } } }";
    Reply::of(server.post(query)).await.unwrap().json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_works_no_longer_for_a_request_than_it_is_allowed() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.unwrap();
        let allowed = search(&database, Duration::from_secs(5)).await;
        assert!(allowed["data"]["search"]["totalCount"].as_i64().is_some_and(|count| count > 0), "{kind:?}: {allowed}");
        let none = search(&database, Duration::ZERO).await;
        assert_eq!(none["data"], json!({ "search": null }), "{kind:?}: {none}");
        assert_eq!(none["errors"][0]["extensions"]["code"], "TIMEOUT", "{kind:?}: {none}");
        let message = none["errors"][0]["message"].as_str().unwrap();
        assert!(
            message.starts_with("The request took the database more than 0 seconds of work"),
            "{kind:?}: {message}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_ends_a_statement_when_what_its_request_is_allowed_is_over() {
    let database = TestDb::migrated(Kind::Postgres).await;
    api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.unwrap();
    // A lock that nobody gives back stands for work that has no end.
    let lock = database.db.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE article_topic IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let settings = graphql::Settings { database_time: Duration::from_millis(200), ..Default::default() };
    let server = Server::start(&database, settings).await;
    let counted = |alias| format!("{alias}: search(query: \"said\") {{ totalCount facets {{ topics {{ value }} }} }}");
    let query = format!("{{ {} {} sections {{ slug }} }}", counted("first"), counted("second"));
    let reply = Reply::of(server.post(&query)).await.unwrap().json();
    let errors = reply["errors"].as_array().unwrap();
    assert!(!errors.is_empty(), "{reply}");
    for error in errors {
        assert_eq!(error["extensions"]["code"], "TIMEOUT", "{reply}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("The request took the database more than 0.2 seconds of work"), "{reply}");
    }
    // What has failed is null, and the menu beside it is there.
    assert_eq!(reply["data"]["second"].get("totalCount").unwrap_or(&Value::Null), &Value::Null, "{reply}");
    assert!(reply["data"]["sections"].as_array().is_some_and(|sections| !sections.is_empty()), "{reply}");
    lock.rollback().await.unwrap();
    let reply = Reply::of(server.post(&query)).await.unwrap().json();
    assert_eq!(reply["errors"], Value::Null, "{reply}");
}
