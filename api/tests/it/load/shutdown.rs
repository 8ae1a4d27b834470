//! The end of a server: it says so first, answers what is under way, and is gone at once when asked twice.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::support::{Kind, Process, Reply, TestDb, http_client};

fn url(database: &TestDb) -> String {
    match database.url() {
        api::config::DatabaseUrl::Postgres(url) => url.to_string(),
        api::config::DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_goes_first_then_the_connections_and_the_locks() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let mut server = Process::start(&url(&database), &["--drain", "1s"]).await;
        let http = http_client().build().unwrap();
        server.signal(Signal::TERM);
        let ready = loop {
            let ready = http.get(server.url("/health/ready")).send().await.unwrap();
            if ready.status() != 200 {
                break ready;
            }
        };
        assert_eq!((ready.status().as_u16(), ready.text().await.unwrap().as_str()), (503, "{\"status\":\"stopping\"}"));
        assert_eq!(http.get(server.url("/health/live")).send().await.unwrap().status(), 200, "it lives");
        let answer = server.query(&http, "{ sections { slug } }").await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (200, "close"), "{answer:?}");
        let read = http.post(server.url("/reads")).body("{\"article\": \"none\"}");
        assert_eq!(Reply::of(read).await.unwrap().status, 200);
        assert!(server.end().await.success(), "{}", server.log());
        assert!(http.get(server.url("/health/live")).send().await.is_err());
        if kind == Kind::Postgres {
            let others = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                WHERE l.locktype = 'advisory' AND a.datname = current_database()";
            let row = database.db.query_one_raw(Statement::from_string(DbBackend::Postgres, others)).await.unwrap();
            assert_eq!(row.unwrap().try_get_by_index::<i64>(0).unwrap(), 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let mut server = Process::start(&url(&database), &["--drain", "10min"]).await;
    server.signal(Signal::TERM);
    let http = http_client().build().unwrap();
    while http.get(server.url("/health/ready")).send().await.unwrap().status() == 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begun = Instant::now();
    server.signal(Signal::INT);
    assert_eq!(server.end().await.code(), Some(1), "{}", server.log());
    assert!(begun.elapsed() < Duration::from_secs(60));
}
