//! What was acknowledged is counted, once, though the server and the database are killed in the middle.

use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
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
}

impl Server {
    async fn start(database: &str) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let process = Command::new(env!("CARGO_BIN_EXE_newsgraph"))
            .args(["--database-url", database, "--listen", &address, "--sample", "false", "--log", "error"])
            .args(["--reads-per-minute", "0", "--reads-per-address", "0"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // From here on it is ended with the value.
        let server = Self { process, address };
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
            let Ok(answer) = answer else { return };
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

    let mut server = Server::start(cluster.url.as_str()).await;
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
async fn an_embedded_database_keeps_what_was_acknowledged_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("news.db"));
    let db = api::database::connect(&url, 4).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    fill(&db, 5, api::now()).await;
    db.close().await.unwrap();
    let mut server = Server::start(&format!("sqlite://{}", folder.path().join("news.db").display())).await;
    let (tally, workers) = start_load(&server, "a");
    until(&tally, 200).await;
    server.kill();
    for worker in workers {
        worker.await.unwrap();
    }
    let number = |count: &AtomicUsize| i64::try_from(count.load(Ordering::Relaxed)).unwrap();
    for sum in sums(&url).await {
        assert!(sum >= number(&tally.acknowledged) && sum <= number(&tally.sent), "{sum}");
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
