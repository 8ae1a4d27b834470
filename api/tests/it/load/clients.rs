//! Whom a limit counts as one client, and what is answered when there is no turn.

use api::{
    access::{Scope, token},
    http::{
        admission::{self, Admission},
        graphql,
        limiter::{self, Limiter},
    },
};
use serde_json::{Value, json};

use super::Server;
use crate::support::{Kind, Reply, TestDb};

impl Server {
    /// The status of a small request of a client behind the proxy.
    async fn from(&self, address: &str) -> u16 {
        // One that asks where its time went is not answered before it has an account.
        let request = self.post("{ place(slug: \"x\") { name } }").header("server-timing", "");
        Reply::of(request.header("x-forwarded-for", address)).await.unwrap().status
    }

    async fn with(&self, secret: &str) -> Reply {
        Reply::of(self.post("{ place(slug: \"x\") { name } }").bearer_auth(secret)).await.unwrap()
    }
}

fn limited(burst: u32) -> graphql::Settings {
    let limiter = Limiter::new(&limiter::Settings { per_minute: 1, burst, per_minute_of_token: 2 });
    graphql::Settings { limiter, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_is_an_address_behind_the_proxy_a_network_of_ipv6_or_a_token() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::start(&database, limited(20)).await;
    for _ in 0..2 {
        assert_eq!(server.from("198.51.100.7").await, 200);
        assert_eq!(server.from("2001:db8:1:2::1").await, 200);
    }
    assert_eq!(server.from("198.51.100.7").await, 429);
    assert_eq!(server.from("2001:db8:1:2:ffff::9").await, 429, "the same network");
    assert_eq!(server.from("198.51.100.8").await, 200);
    assert_eq!(server.from("2001:db8:1:3::1").await, 200);
    // A token has a bucket of its own, wherever it comes from, and twice as much here.
    let secret = token::create(&database.db, "cms", &[Scope::Ingest].into_iter().collect(), None, api::now()).await;
    let secret = secret.unwrap();
    for _ in 0..4 {
        assert_eq!(server.with(secret.reveal()).await.status, 200);
    }
    assert_eq!(server.with(secret.reveal()).await.status, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_cannot_be_tried_one_after_the_other() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::start(&database, limited(100)).await;
    let mut statuses = Vec::new();
    for number in 0..8 {
        statuses.push(server.with(&format!("ng_{number}")).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_memory_and_the_health_are_answered_when_there_is_no_turn() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let admission = Admission::new(admission::Settings {
            at_once: 1,
            waiting: 0,
            longest: std::time::Duration::from_millis(50),
        });
        let settings = graphql::Settings { admission: admission.clone(), ..limited(1_000) };
        let server = Server::start(&database, settings).await;
        // Until changes are followed nothing is kept.
        let kept = async {
            loop {
                let answer = Reply::of(server.post("{ sections { slug } }")).await.unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
                if answer.header("cache-status").starts_with("Newsgraph; hit") {
                    return answer;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let kept = tokio::time::timeout(std::time::Duration::from_secs(10), kept).await.unwrap();
        assert_eq!(kept.header("ratelimit"), "", "it is the same for all");
        let turn = admission.enter().await.unwrap();
        let computed = Reply::of(server.post("{ sections { name } }")).await.unwrap();
        assert_eq!((computed.status, computed.code().as_deref()), (503, Some("OVERLOADED")), "{computed:?}");
        assert!(!computed.header("retry-after").is_empty());
        let again = Reply::of(server.post("{ sections { slug } }")).await.unwrap();
        assert_eq!((again.status, again.json()), (200, json!({ "data": { "sections": Value::Array(vec![]) } })));
        for path in ["/health/live", "/health/ready"] {
            assert_eq!(server.http.get(format!("{}{path}", server.url)).send().await.unwrap().status(), 200);
        }
        drop(turn);
        assert_eq!(Reply::of(server.post("{ sections { name } }")).await.unwrap().status, 200);
    }
}
