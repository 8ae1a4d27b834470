//! What callers see while the database is away, and that nobody has to restart the server when it is back.

mod import;
mod postgres;
mod sqlite;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    support::{Kind, Process, Reply, TestDb, http_client},
    web::serve_with,
};

/// What a server is started with, so that faults show soon and nothing is answered out of memory.
const SETTINGS: &[&str] = &[
    "--cache-size",
    "0",
    "--row-cache-size",
    "0",
    "--request-timeout",
    "1s",
    "--database-connections",
    "8",
    "--queue-time",
    "200ms",
    "--drain",
    "0s",
];
/// MiB that a server may hold more after a fault than before.
const MORE: u64 = 100;
/// What callers are told while a fault lasts.
const CODES: [&str; 3] = ["SERVICE_UNAVAILABLE", "TIMEOUT", "OVERLOADED"];

/// Fails when an answer shows what is nobody's business.
fn says_nothing_of_the_inside(text: &str) {
    let text = text.to_lowercase();
    for word in [
        "select ",
        "insert ",
        "update ",
        "sqlx",
        "sqlite",
        "postgres",
        "/tmp",
        ".db",
        "disk image",
        "errno",
        "os error",
    ] {
        assert!(!text.contains(word), "{word}: {text}");
    }
}

/// A load on a server, and what comes back.
#[derive(Default)]
struct Load {
    good: AtomicUsize,
    /// Answers by their code.
    codes: Mutex<BTreeMap<String, usize>>,
    /// Reads of readers of their own, each sent until it is answered for.
    reads: AtomicUsize,
    acknowledged: AtomicUsize,
    stop: AtomicBool,
}

impl Load {
    fn start(server: &Process) -> (Arc<Self>, Vec<JoinHandle<()>>) {
        let load = Arc::new(Self::default());
        let mut workers = Vec::new();
        for _ in 0..6 {
            workers.push(tokio::spawn(Arc::clone(&load).query(server.url("/graphql"))));
        }
        for worker in 0..3 {
            workers.push(tokio::spawn(Arc::clone(&load).read(server.url("/reads"), worker)));
        }
        (load, workers)
    }

    async fn query(self: Arc<Self>, url: String) {
        let http = http_client().build().unwrap();
        let body = json!({ "query": "{ sections { slug } articles(first: 3) { nodes { slug section { name } } } }" });
        while !self.stop.load(Ordering::Relaxed) {
            let answer = Reply::of(http.post(&url).json(&body)).await.expect("the server answers");
            says_nothing_of_the_inside(&answer.text);
            match answer.code() {
                None => {
                    assert_eq!(answer.status, 200, "{answer:?}");
                    assert_eq!(answer.json()["data"]["articles"]["nodes"].as_array().map(Vec::len), Some(3));
                    self.good.fetch_add(1, Ordering::Relaxed);
                }
                Some(code) => {
                    assert!([200, 503, 504].contains(&answer.status) && CODES.contains(&code.as_str()), "{answer:?}");
                    *self.codes.lock().unwrap().entry(code).or_default() += 1;
                }
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    }

    async fn read(self: Arc<Self>, url: String, worker: usize) {
        let http = http_client().build().unwrap();
        let mut number = 0;
        while !self.stop.load(Ordering::Relaxed) {
            number += 1;
            self.reads.fetch_add(1, Ordering::Relaxed);
            let body = json!({ "article": "article-1", "reader": format!("{worker}/{number}") }).to_string();
            loop {
                let answer = Reply::of(http.post(&url).body(body.clone())).await.expect("the server answers");
                says_nothing_of_the_inside(&answer.text);
                if answer.status == 200 {
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                assert_eq!((answer.status, answer.code().as_deref()), (503, Some("SERVICE_UNAVAILABLE")), "{answer:?}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    }

    /// Waits until so many more are answered well.
    async fn goes_on(&self, more: usize) {
        let before = (self.good.load(Ordering::Relaxed), self.acknowledged.load(Ordering::Relaxed));
        for _ in 0..6_000 {
            let good = self.good.load(Ordering::Relaxed) >= before.0 + more;
            if good && self.acknowledged.load(Ordering::Relaxed) >= before.1 + more / 4 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing is answered: {:?}", self.codes.lock().unwrap());
    }

    /// Waits until so many more are answered with a code.
    async fn fails(&self, more: usize) {
        let sum = || self.codes.lock().unwrap().values().sum::<usize>();
        let before = sum();
        for _ in 0..3_000 {
            if sum() >= before + more {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing fails");
    }

    /// Ends it; each read that was sent has been acknowledged then.
    async fn end(&self, workers: Vec<JoinHandle<()>>) -> i64 {
        self.stop.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.await.unwrap();
        }
        let reads = self.reads.load(Ordering::Relaxed);
        assert_eq!(self.acknowledged.load(Ordering::Relaxed), reads);
        i64::try_from(reads).unwrap()
    }
}

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
        assert_eq!(answer["data"], json!({ "sections": null, "place": null }), "{answer}");
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
        let limit = Duration::from_millis(300);
        let db = api::database::connect_for_requests(database.url(), 1, limit).await.unwrap();
        // The one connection is new at first, and used again then.
        for _ in 0..3 {
            let error = db.execute_unprepared(endless).await.expect_err("it would never end").to_string();
            assert!(error.contains("interrupted") || error.contains("statement timeout"), "{kind:?}: {error}");
            db.execute_unprepared("SELECT 1").await.unwrap();
        }
    }
}
