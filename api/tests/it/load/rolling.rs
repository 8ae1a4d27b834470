//! A rolling restart: two servers behind a balancer, each replaced in turn under load. No request is lost, and no read that was counted.
//!
//! It takes some seconds; `NEWSGRAPH_TEST_SECONDS=600` makes it ten minutes of one restart after the other.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::{
    reads::{counted, fill},
    support::{Kind, Process, Reply, TestDb, free_port, http_client},
};

const SETTINGS: &[&str] = &["--drain", "1s", "--cache-size", "0", "--database-connections", "8"];

/// One of the servers, as the balancer knows it.
struct Member {
    port: u16,
    ready: AtomicBool,
}

/// Passes each connection on to a server that is ready. It never tries a second one.
async fn balance(listener: TcpListener, members: Arc<Vec<Member>>) {
    let mut turn = 0;
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        turn += 1;
        let ready: Vec<u16> =
            members.iter().filter(|one| one.ready.load(Ordering::Relaxed)).map(|one| one.port).collect();
        let port = ready[turn % ready.len()];
        tokio::spawn(async move {
            if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}

/// Asks a server again and again whether it is ready.
async fn watch(members: Arc<Vec<Member>>, which: usize) {
    let http = http_client().timeout(Duration::from_secs(2)).build().unwrap();
    loop {
        let url = format!("http://127.0.0.1:{}/health/ready", members[which].port);
        let is_ready = http.get(url).send().await.is_ok_and(|ready| ready.status() == 200);
        members[which].ready.store(is_ready, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[derive(Default)]
struct Tally {
    queries: AtomicUsize,
    reads: AtomicUsize,
    stop: AtomicBool,
}

/// Sends queries and reads, each once. Some keep their connections, some do not.
async fn load(url: String, worker: usize, tally: Arc<Tally>) {
    let client = http_client();
    let client = if worker.is_multiple_of(2) { client } else { client.pool_max_idle_per_host(0) };
    let http = client.build().unwrap();
    let mut number = 0;
    while !tally.stop.load(Ordering::Relaxed) {
        number += 1;
        let query = json!({ "query": "{ articles(first: 3) { nodes { slug section { name } } } }" });
        let answer = Reply::of(http.post(format!("{url}/graphql")).json(&query)).await;
        let answer = answer.unwrap_or_else(|error| panic!("a query is lost: {error:?}"));
        assert!(answer.status == 200 && answer.code().is_none(), "{answer:?}");
        tally.queries.fetch_add(1, Ordering::Relaxed);
        let read = json!({ "article": "article-1", "reader": format!("{worker}/{number}") });
        let answer = Reply::of(http.post(format!("{url}/reads")).body(read.to_string())).await;
        let answer = answer.unwrap_or_else(|error| panic!("a read is lost: {error:?}"));
        assert_eq!(answer.json()["accepted"], Value::from(1), "{answer:?}");
        tally.reads.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_are_replaced_one_after_the_other_and_nothing_is_lost() {
    let seconds = std::env::var("NEWSGRAPH_TEST_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let database = TestDb::migrated(Kind::Postgres).await;
    fill(&database.db, 5, api::now()).await;
    let api::config::DatabaseUrl::Postgres(address) = database.url().clone() else { panic!("it is PostgreSQL") };
    let start = async |port| Process::start_at(port, address.as_str(), SETTINGS).await;
    let member = |port| Member { port, ready: AtomicBool::new(false) };
    let members = Arc::new(vec![member(free_port()), member(free_port())]);
    let mut servers = [start(members[0].port).await, start(members[1].port).await];

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut background = vec![tokio::spawn(watch(members.clone(), 0)), tokio::spawn(watch(members.clone(), 1))];
    let all_ready = async || {
        while !members.iter().all(|member| member.ready.load(Ordering::Relaxed)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    all_ready().await;
    background.push(tokio::spawn(balance(listener, members.clone())));
    let tally = Arc::new(Tally::default());
    let workers: Vec<_> = (0..8).map(|worker| tokio::spawn(load(url.clone(), worker, tally.clone()))).collect();

    let begun = Instant::now();
    let mut restarts = 0;
    while restarts < 2 || begun.elapsed() < Duration::from_secs(seconds) {
        let which = restarts % 2;
        let before = tally.reads.load(Ordering::Relaxed);
        servers[which].signal(Signal::TERM);
        let ended = servers[which].end().await;
        assert!(ended.success(), "{}", servers[which].log());
        servers[which] = start(members[which].port).await;
        all_ready().await;
        while tally.reads.load(Ordering::Relaxed) < before + 100 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        restarts += 1;
    }
    tally.stop.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.unwrap();
    }
    background.iter().for_each(|task| task.abort());
    let (queries, reads) = (tally.queries.load(Ordering::Relaxed), tally.reads.load(Ordering::Relaxed));
    eprintln!("{restarts} restarts, {queries} queries and {reads} reads, none lost");
    assert_eq!(counted(&database.db).await.into_values().sum::<i64>(), i64::try_from(reads).unwrap());
}
