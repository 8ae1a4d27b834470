//! How much of the processor an embedded database may take for a request.

use std::time::Duration;

use api::http::graphql;
use serde_json::Value;

use super::Server;
use crate::support::{Kind, Reply, TestDb};

/// What a search answers on a server that allows a request so much of the processor.
async fn search(database: &TestDb, processor: Duration) -> Value {
    let server = Server::start(database, graphql::Settings { processor, ..Default::default() }).await;
    let query = "{ search(query: \"said\") { totalCount facets { topics { value } } nodes { slug } } }";
    Reply::of(server.post(query)).await.unwrap().json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedded_database_takes_no_more_of_the_processor_than_a_request_is_allowed() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.unwrap();
        let allowed = search(&database, Duration::from_secs(5)).await;
        assert!(allowed["data"]["search"]["totalCount"].as_i64().is_some_and(|count| count > 0), "{kind:?}: {allowed}");
        let none = search(&database, Duration::ZERO).await;
        if kind == Kind::Postgres {
            assert_eq!(none, allowed, "it works in processes of its own, which the time of a request bounds");
            continue;
        }
        assert_eq!(none["data"], Value::Null, "{none}");
        assert_eq!(none["errors"][0]["extensions"]["code"], "TIMEOUT", "{none}");
        let message = none["errors"][0]["message"].as_str().unwrap();
        assert!(
            message.starts_with("The request took the database more than 0 seconds of processor time"),
            "{message}"
        );
    }
}
