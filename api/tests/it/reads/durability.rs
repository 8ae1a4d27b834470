//! What was acknowledged is counted, once, though the server and the database are killed in the middle.

use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::{config::DatabaseUrl, reads::Busy};
use serde_json::{Value, json};

use super::*;
use crate::support::{Cluster, free_port, http_client};

/// A server of its own process.
struct Server {
    process: Child,
    address: String,
    key: std::path::PathBuf,
}

impl Server {
    async fn start(database: &str, key: &std::path::Path) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let process = Command::new(env!("CARGO_BIN_EXE_newsgraph"))
            .args(["--database-url", database, "--listen", &address, "--sample", "false", "--log", "error"])
            .args(["--reads-per-minute", "0", "--reads-per-address", "0"])
            .arg("--reads-key-file")
            .arg(key)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // From here on it is ended with the value.
        let server = Self { process, address, key: key.to_owned() };
        let http = http_client().build().unwrap();
        for _ in 0..200 {
            let ready = http.get(format!("http://{}/health/ready", server.address)).send().await;
            if ready.is_ok_and(|ready| ready.status() == 200) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not start");
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(Default)]
struct Tally {
    /// Requests whose five reads were answered for.
    acknowledged: AtomicUsize,
    /// Requests that were sent, each with readers of its own.
    sent: AtomicUsize,
    /// Those of them that were not answered.
    unanswered: Mutex<Vec<String>>,
    stop: AtomicBool,
}

/// Sends requests, each again until it is answered; gives up on one when the server is gone.
async fn load(address: String, worker: String, tally: Arc<Tally>) {
    let http = http_client().build().unwrap();
    let mut number = 0;
    while !tally.stop.load(Ordering::Relaxed) {
        number += 1;
        let reads: Vec<Value> = (1..=5)
            .map(|article| json!({ "article": format!("article-{article}"), "reader": format!("{worker}/{number}") }))
            .collect();
        let body = Value::from(reads).to_string();
        tally.sent.fetch_add(1, Ordering::Relaxed);
        loop {
            let answer = http.post(format!("http://{address}/reads")).body(body.clone()).send().await;
            let Ok(answer) = answer else { return tally.unanswered.lock().unwrap().push(body) };
            if answer.status() == 200 {
                let answer: Value = answer.json().await.unwrap();
                let again = answer["refused"].as_array().unwrap();
                assert!(again.iter().all(|refused| refused["reason"] == "ALREADY_COUNTED"), "{answer}");
                assert_eq!(answer["accepted"].as_u64().unwrap() + again.len() as u64, 5, "{answer}");
                tally.acknowledged.fetch_add(1, Ordering::Relaxed);
                break;
            }
            assert_eq!(answer.status(), 503);
            assert!(answer.headers().contains_key("retry-after"));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn start_load(server: &Server, name: &str) -> (Arc<Tally>, Vec<tokio::task::JoinHandle<()>>) {
    let tally = Arc::new(Tally::default());
    let workers = (0..8)
        .map(|worker| tokio::spawn(load(server.address.clone(), format!("{name}/{worker}"), Arc::clone(&tally))))
        .collect();
    (tally, workers)
}

async fn until(tally: &Tally, acknowledged: usize) {
    while tally.acknowledged.load(Ordering::Relaxed) < acknowledged {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Kills a server, starts it again, and sends what was not answered, as clients do.
async fn killed_and_started_again(
    mut server: Server,
    database: &str,
    (tally, workers): (Arc<Tally>, Vec<tokio::task::JoinHandle<()>>),
) -> Server {
    server.kill();
    for worker in workers {
        worker.await.unwrap();
    }
    let server = Server::start(database, &server.key.clone()).await;
    let http = http_client().build().unwrap();
    let unanswered = std::mem::take(&mut *tally.unanswered.lock().unwrap());
    assert!(!unanswered.is_empty(), "requests were under way");
    for body in unanswered {
        let answer = http.post(format!("http://{}/reads", server.address)).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    server
}

async fn sums(url: &DatabaseUrl) -> Vec<i64> {
    let db = api::database::connect(url, 1).await.unwrap();
    counted(&db).await.into_values().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_count_once_though_database_and_server_are_killed_under_load() {
    let mut cluster = Cluster::start().await;
    let url = DatabaseUrl::Postgres(cluster.url.clone());
    let db = api::database::connect(&url, 4).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    fill(&db, 5, api::now()).await;
    db.close().await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(cluster.url.as_str(), &folder.path().join("key")).await;
    let (tally, workers) = start_load(&server, "a");
    until(&tally, 100).await;
    for _ in 0..3 {
        cluster.kill();
        let before = tally.acknowledged.load(Ordering::Relaxed);
        cluster.restart().await;
        until(&tally, before + 100).await;
    }
    tally.stop.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.unwrap();
    }
    // Each request was sent until it was answered, so each must count, and once.
    let sent = tally.sent.load(Ordering::Relaxed);
    assert_eq!(tally.acknowledged.load(Ordering::Relaxed), sent);
    let first = i64::try_from(sent).unwrap();
    assert_eq!(sums(&url).await, [first; 5]);

    // With the database.
    let (tally, workers) = start_load(&server, "b");
    until(&tally, 200).await;
    server.kill();
    cluster.kill();
    for worker in workers {
        worker.await.unwrap();
    }
    cluster.restart().await;
    let number = |count: &AtomicUsize| i64::try_from(count.load(Ordering::Relaxed)).unwrap();
    for sum in sums(&url).await {
        assert!(sum >= first + number(&tally.acknowledged), "what was acknowledged is there");
        assert!(sum <= first + number(&tally.sent), "nothing is counted twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_after_a_server_was_killed_counts_once() {
    let cluster = Cluster::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("news.db");
    for url in [DatabaseUrl::Postgres(cluster.url.clone()), DatabaseUrl::Sqlite(file.clone())] {
        let db = api::database::connect(&url, 4).await.unwrap();
        api::database::migrate(&db).await.unwrap();
        fill(&db, 5, api::now()).await;
        db.close().await.unwrap();
        let text = match &url {
            DatabaseUrl::Postgres(url) => url.to_string(),
            DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
        };
        let mut server = Server::start(&text, &folder.path().join("key")).await;
        let mut sent = 0;
        for round in ["a", "b", "c"] {
            let (tally, workers) = start_load(&server, round);
            until(&tally, 150).await;
            let kept = Arc::clone(&tally);
            server = killed_and_started_again(server, &text, (tally, workers)).await;
            sent += i64::try_from(kept.sent.load(Ordering::Relaxed)).unwrap();
            assert_eq!(sums(&url).await, [sent; 5], "{text}");
        }
    }
}

#[tokio::test]
async fn a_reader_who_was_refused_is_refused_after_a_restart() {
    for kind in Kind::BOTH {
        let now = api::now();
        let database = newsroom(kind, 3, now).await;
        let settings = api::reads::Settings { per_network: 2, ..Default::default() };
        let all = || (1..=3).map(|article| read(&format!("article-{article}"), Some("a"), None)).collect::<Vec<_>>();
        let (home, other) = (client("203.0.113.7", BROWSER), client("203.0.113.8", BROWSER));
        let unnamed = || vec![read("article-1", None, None)];
        let before = reads(&database, settings.clone());
        // Enough batches that some are put together in one row.
        for reader in 0..300 {
            let sent = vec![read("article-2", Some(&reader.to_string()), None)];
            before.record_for(sent, &home, &back_end(), now).await.unwrap();
        }
        assert_eq!(before.record(all(), &home, now).await.unwrap().accepted, 3);
        assert_eq!(before.record(unnamed(), &home, now).await.unwrap().accepted, 1);
        let rows: i64 = {
            let sql = "SELECT count(*) AS n FROM read_mark";
            let row = database.db.query_one_raw(Statement::from_string(database.db.get_database_backend(), sql)).await;
            row.unwrap().unwrap().try_get("", "n").unwrap()
        };
        assert!(rows < 100, "{rows} rows of marks");
        // Nobody tells the first one to end.
        let after = reads(&database, settings.clone());
        let receipt = after.record(all(), &home, now).await.unwrap();
        assert_eq!((receipt.accepted, receipt.refused.len()), (0, 3), "{kind:?}");
        assert!(reasons(&receipt).iter().all(|(_, reason)| *reason == api::reads::Reason::AlreadyCounted));
        assert_eq!(after.record(unnamed(), &home, now).await.unwrap().accepted, 0);
        let again = vec![read("article-2", Some("7"), None)];
        assert_eq!(after.record_for(again, &home, &back_end(), now).await.unwrap().accepted, 0);
        let third = vec![read("article-1", Some("b"), None)];
        let receipt = after.record(third, &home, now).await.unwrap();
        assert_eq!(reasons(&receipt), [(0, api::reads::Reason::TooManyReaders)], "the network has its two readers");
        assert_eq!(after.record(unnamed(), &other, now).await.unwrap().accepted, 1);
        // Nothing in the database tells who it was.
        let sql = "SELECT writer_id || secret_id || marks AS text FROM read_mark";
        let rows = database.db.query_all_raw(Statement::from_string(database.db.get_database_backend(), sql)).await;
        for row in rows.unwrap() {
            let text: String = row.try_get("", "text").unwrap();
            assert!(!text.contains("203.0.113") && !text.contains("Mozilla"), "{text}");
        }
        // What no read can be close to any more is deleted.
        api::ranking::upkeep(&database.db, &Default::default(), now + chrono::TimeDelta::hours(26)).await.unwrap();
        let sql = "SELECT 1 FROM read_mark";
        let left = database.db.query_all_raw(Statement::from_string(database.db.get_database_backend(), sql)).await;
        assert!(left.unwrap().is_empty(), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_buffer_is_said_and_what_is_in_it_is_saved_in_the_end() {
    let mut cluster = Cluster::start().await;
    let url = DatabaseUrl::Postgres(cluster.url.clone());
    let db = api::database::connect(&url, 4).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    fill(&db, 1, api::now()).await;
    let reads = Reads::start(db, api::reads::Settings { buffer: 10, ..unlimited() });
    let send = async |reader: &str, number: usize| {
        let sent = (0..number).map(|index| read("article-1", Some(&format!("{reader} {index}")), None)).collect();
        reads.record(sent, &client("203.0.113.7", BROWSER), api::now()).await
    };
    assert_eq!(send("a", 4).await.unwrap().accepted, 4);
    cluster.kill();
    let waiting = tokio::join!(send("b", 8), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        send("c", 3).await
    });
    assert!(matches!(waiting, (Err(Busy::Unsaved), Err(Busy::Unsaved))), "{waiting:?}");
    cluster.restart().await;
    reads.close().await;
    assert_eq!(sums(&url).await, [12], "the last three had no room");
}
