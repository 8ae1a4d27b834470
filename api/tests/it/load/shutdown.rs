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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedded_database_is_one_whole_file_after_each_stop() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let url = url(&database);
    let file = std::path::PathBuf::from(url.trim_start_matches("sqlite://"));
    database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
    database.sql(&crate::paging::article_row(1, "2026-01-01T00:00:00+00:00")).await;
    database.db.clone().close().await.unwrap();
    let http = http_client().build().unwrap();
    let mut acknowledged = 0_i64;
    for stop in 0..5 {
        let mut server = Process::start(&url, &[]).await;
        let writing = async |writer: usize| {
            let mut saved = 0_i64;
            for number in 0.. {
                let read = serde_json::json!({ "article": "article-1", "reader": format!("{stop}/{writer}/{number}") });
                let sent = Reply::of(http.post(server.url("/reads")).body(read.to_string())).await;
                match sent {
                    Ok(answer) if answer.status == 200 => saved += 1,
                    _ => break,
                }
            }
            saved
        };
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            server.signal(Signal::TERM);
        };
        let (one, other, ()) = tokio::join!(writing(0), writing(1), stopping);
        acknowledged += one + other;
        assert!(server.end().await.success(), "{}", server.log());
        assert!(!server.log().contains("-wal"), "{}", server.log());
        let beside: Vec<String> = std::fs::read_dir(file.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(beside, [file.file_name().unwrap().to_string_lossy()], "after stop {stop}");
        // The file alone, as somebody would copy it.
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        std::fs::copy(&file, &copy).unwrap();
        let db = api::database::connect(&api::config::DatabaseUrl::Sqlite(copy), 1).await.unwrap();
        let sum = Statement::from_string(DbBackend::Sqlite, "SELECT coalesce(sum(reads), 0) FROM read_bucket");
        let saved: i64 = db.query_one_raw(sum).await.unwrap().unwrap().try_get_by_index(0).unwrap();
        assert!(saved >= acknowledged, "{saved} of {acknowledged} that were acknowledged");
        db.close().await.unwrap();
    }
    assert!(acknowledged > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedded_database_is_one_whole_file_after_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("news.db");
    let document = folder.path().join("section.json");
    let newsroom = serde_json::json!({ "format": "newsgraph-newsroom", "sections": [{ "slug": "a", "name": "A", "position": 1 }] });
    std::fs::write(&document, newsroom.to_string()).unwrap();
    let document = document.display().to_string();
    for arguments in [
        &["migrate", "up"][..],
        &["import", &document],
        &["import", "/nowhere/at/all"],
        &["token", "create", "cms", "--scope", "ingest"],
        &["rankings", "recompute"],
        &["migrate", "down"],
        &["source", "list"],
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_newsgraph"));
        let ran =
            command.args(["--database-url", &format!("sqlite://{}", file.display())]).args(arguments).output().unwrap();
        let mut names: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["news.db", "section.json"], "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}
