//! What callers see while the database is away, and that nobody has to restart the server when it is back.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::{
    support::{Kind, TestDb, http_client},
    web::serve_with,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_is_answered_with_codes_and_found_again_without_a_restart() {
    let database = TestDb::migrated(Kind::Postgres).await;
    let other = TestDb::empty(Kind::Postgres).await;
    let (address, server) = serve_with(&database, api::cache::Settings::off()).await;
    let client = http_client().build().unwrap();
    let ready =
        || async { client.get(format!("http://{address}/health/ready")).send().await.unwrap().status().as_u16() };
    let query = || async {
        let body = json!({ "query": "{ sections { slug } place(slug: \"seoul\") { name } }" });
        let answer = client.post(format!("http://{address}/graphql")).json(&body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    assert_eq!(ready().await, 200);
    assert_eq!(query().await, json!({ "data": { "sections": [], "place": null } }));

    let name = database.name();
    other.sql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    other.sql(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    // The first request may still find a connection that has just been cut.
    for _ in 0..3 {
        let answer = query().await;
        assert_eq!(answer["data"], Value::Null, "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE", "{answer}");
        let text = answer.to_string().to_lowercase();
        assert!(!text.contains("select") && !text.contains("postgres") && !text.contains(&name), "{text}");
    }
    assert_eq!(ready().await, 503);
    assert!(database.db.execute_unprepared("SELECT 1").await.is_err());

    other.sql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    assert_eq!(ready().await, 200);
    assert_eq!(query().await, json!({ "data": { "sections": [], "place": null } }));
    server.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_ends_statements_that_take_longer_than_requests_may() {
    let endless = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT count(*) FROM numbers WHERE n < 0";
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let limit = std::time::Duration::from_millis(300);
        let db = api::database::connect_for_requests(database.url(), 1, limit).await.unwrap();
        // The one connection is new at first, and used again then.
        for _ in 0..3 {
            let error = db.execute_unprepared(endless).await.expect_err("it would never end").to_string();
            assert!(error.contains("interrupted") || error.contains("statement timeout"), "{kind:?}: {error}");
            db.execute_unprepared("SELECT 1").await.unwrap();
        }
    }
}
