//! Upgrades beside servers that serve: `docs/upgrade.md` says what happens, and this is where it is seen.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::*;
use crate::support::{Kind, TestDb};

/// What a version after this one may do to the database: it adds, and takes nothing away.
const NEXT_VERSION: [&str; 6] = [
    "ALTER TABLE article ADD COLUMN reading_minutes integer",
    "ALTER TABLE section ADD COLUMN colour text NOT NULL DEFAULT ''",
    "CREATE TABLE podcast (id bigint PRIMARY KEY, article_id bigint NOT NULL REFERENCES article (id) ON DELETE CASCADE)",
    "CREATE INDEX CONCURRENTLY article_reading_minutes_idx ON article (reading_minutes)",
    "UPDATE article SET reading_minutes = length(body::text) / 1000",
    "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_from_the_next_version', 0)",
];

/// Asks for something that is computed each time, and sends reads, until it is told to stop; counts requests and remembers those that failed.
#[derive(Clone, Default)]
struct Load {
    stop: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
}

impl Load {
    fn run(&self, program: &Program, worker: usize) -> tokio::task::JoinHandle<Vec<String>> {
        let (load, http, address) = (self.clone(), program.http.clone(), program.address.clone());
        tokio::spawn(async move {
            let mut failed = Vec::new();
            while !load.stop.load(Ordering::Relaxed) {
                let number = load.requests.fetch_add(1, Ordering::Relaxed);
                // A document of its own each time, so that no cache answers.
                let query = format!(
                    "query Q{number} {{ articles(first: {}) {{ nodes {{ headline section {{ name }} topics {{ name }} }} }} }}",
                    number % 20 + 1
                );
                let asked =
                    http.post(format!("http://{address}/graphql")).json(&json!({ "query": query })).send().await;
                match asked {
                    Ok(answer) if answer.status() == 200 => {
                        let answer: Value = answer.json().await.unwrap();
                        if answer.get("errors").is_some() {
                            failed.push(answer.to_string());
                        }
                    }
                    other => failed.push(format!("{other:?}")),
                }
                let read = json!({ "article": "how-the-korean-armistice-line-was-drawn", "reader": format!("{worker}/{number}") });
                let sent = http.post(format!("http://{address}/reads")).body(read.to_string()).send().await;
                if !sent.as_ref().is_ok_and(|sent| sent.status() == 200) {
                    failed.push(format!("{sent:?}"));
                }
            }
            failed
        })
    }

    async fn end(&self, workers: Vec<tokio::task::JoinHandle<Vec<String>>>) {
        self.stop.store(true, Ordering::Relaxed);
        for worker in workers {
            let failed = worker.await.unwrap();
            assert!(failed.is_empty(), "{failed:#?}");
        }
    }
}

const UNLIMITED: [&str; 4] = ["--reads-per-minute", "0", "--reads-per-address", "0"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_goes_on_without_a_failed_request_while_the_next_version_migrates() {
    let database = TestDb::empty(Kind::Postgres).await;
    let program = Program::serve(database.url(), &UNLIMITED, &[]).await;
    let load = Load::default();
    let mut workers: Vec<_> = (0..4).map(|worker| load.run(&program, worker)).collect();
    // A second server of this version starts, and the command runs: there is nothing to do for either.
    let second = Program::serve(database.url(), &UNLIMITED, &[]).await;
    let (migrated, said) = run(database.url(), &["migrate", "up"]).await;
    assert!(migrated, "{said}");
    workers.push(load.run(&second, 4));
    for statement in NEXT_VERSION {
        let before = load.requests.load(Ordering::Relaxed);
        database.sql(statement).await;
        while load.requests.load(Ordering::Relaxed) < before + 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    load.end(workers).await;

    // Whoever starts an old program now is told so, and nothing else happens.
    for arguments in
        [&["serve", "--listen", "127.0.0.1:0"][..], &["token", "list"], &["migrate", "status"], &["migrate", "down"]]
    {
        let (went_well, said) = run(database.url(), arguments).await;
        assert!(!went_well, "{arguments:?}: {said}");
        assert!(said.contains("newer than this program") && said.contains("m29990101_000001"), "{arguments:?}: {said}");
    }
    assert!(program.ask(PAGE).await["data"]["sections"].is_array());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_waits_for_a_lock_lets_others_pass() {
    let database = TestDb::migrated(Kind::Postgres).await;
    // One of the last changes this table, so it waits for whoever writes to it.
    while Migrator::get_applied_migrations(&database.db)
        .await
        .unwrap()
        .iter()
        .any(|one| one.name().ends_with("give_images_a_status"))
    {
        Migrator::down(&database.db, Some(1)).await.unwrap();
    }
    let writer = database.db.begin().await.unwrap();
    writer.execute_unprepared("UPDATE image SET credit = 'Held'").await.unwrap();
    let db = database.db.clone();
    let migrating = tokio::spawn(async move { api::database::migrate(&db).await });
    let waits = "SELECT 1 AS waits FROM pg_locks WHERE NOT granted AND relation = 'image'::regclass";
    let waits = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, waits);
    while database.db.query_one_raw(waits.clone()).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // It stands behind the migration, which would wait until the first writer ends. That one does not end before this one is done.
    database.sql("UPDATE image SET credit = 'Changed'").await;
    assert!(!migrating.is_finished());
    writer.commit().await.unwrap();
    migrating.await.unwrap().unwrap();
    assert!(Migrator::get_pending_migrations(&database.db).await.unwrap().is_empty());
}
