//! Answers that are kept in memory: when they are given, what drops them, and that none is ever stale.

mod answers;
mod consistency;
mod edits;
mod front;
mod order;
mod parts;
mod purge;

use std::time::Duration;

use api::{cache::Settings, replicas::Replicas};
use axum::{Router, body::Body};
use http::{HeaderMap, Request, header::ACCEPT_ENCODING};
use http_body_util::BodyExt as _;
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Kind, TestDb};

/// A server with a cache of its own, without a port.
#[derive(Clone)]
struct Server(Router);

/// An answer as a client sees it.
#[derive(Clone, Debug)]
struct Answer {
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// How the cache took part.
    fn status(&self) -> &str {
        self.header("cache-status")
    }

    fn is_hit(&self) -> bool {
        self.status() == "Newsgraph; hit"
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    fn data(&self) -> Value {
        let json = self.json();
        assert_eq!(json.get("errors"), None, "{json}");
        json["data"].clone()
    }
}

impl Server {
    fn start(db: &DatabaseConnection, cache: Settings) -> Self {
        Self::beside(Replicas::default(), db, cache)
    }

    fn beside(replicas: Replicas, db: &DatabaseConnection, cache: Settings) -> Self {
        let article_url = "https://www.example.org/news/{slug}".to_owned();
        let reads = api::reads::Reads::start(db.clone(), api::reads::Settings::default());
        let public_url = "http://newsgraph.test".to_owned();
        let settings = api::Settings { cache, ..api::Settings::new(public_url, article_url) };
        let pools = api::app::Pools { requests: db.clone(), jobs: db.clone(), replicas };
        Self(api::app::router_with(pools, settings, reads, Default::default()).unwrap())
    }

    async fn send(&self, body: &Value, coding: &str) -> Answer {
        let request = Request::post("/graphql").header("content-type", "application/json");
        let request = request.header(ACCEPT_ENCODING, coding).body(Body::from(body.to_string())).unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let headers = response.headers().clone();
        Answer { headers, bytes: response.into_body().collect().await.unwrap().to_bytes().to_vec() }
    }

    async fn ask(&self, query: &str) -> Answer {
        self.send(&json!({ "query": query }), "identity").await
    }

    /// The answer while changes are followed: a machine that is busy with something else loses the thread for moments.
    async fn followed(&self, query: &str) -> Answer {
        for _ in 0..2_000 {
            let answer = self.ask(query).await;
            if answer.status() != "Newsgraph; fwd=bypass" {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("changes are not followed");
    }

    /// Asks until the answer is kept.
    async fn warm(&self, query: &str) -> Answer {
        for _ in 0..2_000 {
            let answer = self.followed(query).await;
            if answer.is_hit() {
                return answer;
            }
        }
        panic!("it is not kept: {query}: {:?}", self.ask(query).await);
    }

    /// Waits until all that has been committed is followed: a change that is committed now is seen.
    async fn caught_up(&self, db: &DatabaseConnection) {
        const PROBE: &str = "{ externalHeadlines(placement: PARTNER_NEWS) { headline } }";
        let mark = fastrand::u64(..).to_string();
        self.warm(PROBE).await;
        let sql = format!(
            "INSERT INTO external_headline (placement, position, headline, url, source_name)
            VALUES ('partner_news', 1, '{mark}', 'https://example.org/{mark}', 'Probe')"
        );
        db.execute_unprepared(&sql).await.unwrap();
        while !String::from_utf8_lossy(&self.followed(PROBE).await.bytes).contains(&mark) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        db.execute_unprepared("DELETE FROM external_headline WHERE placement = 'partner_news'").await.unwrap();
    }
}

/// A newsroom, a server with a cache and one without.
async fn newsroom(kind: Kind) -> (TestDb, Server, Server) {
    let database = crate::article_page::newsroom(kind, 3).await;
    let cached = Server::start(&database.db, Settings::default());
    let plain = Server::start(&database.db, Settings::off());
    (database, cached, plain)
}
