//! Two servers on one database, random edits and readers: what is asked for 100 ms after a commit shows it, on both, also while the
//! connections that changes are followed by are cut again and again, and when the database is restarted.
//!
//! Each test takes some seconds; `NEWSGRAPH_TEST_SECONDS=600` makes it ten minutes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use api::config::DatabaseUrl;
use sea_orm::{DbBackend, Statement};

use super::{edits::QUESTIONS, *};
use crate::support::Cluster;

/// What is committed so long ago is in every answer.
const BOUND: Duration = Duration::from_millis(100);

/// Questions that are compared after each burst of edits.
const QUESTIONS_COMPARED: usize = 6;

fn length() -> Duration {
    let seconds = std::env::var("NEWSGRAPH_TEST_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(6))
}

/// A random edit by hand: publish, correct, kill, move, pin, link, rank, embargo and so on.
fn edit(number: usize) -> String {
    let article = fastrand::u32(1..=13);
    let one = || fastrand::u32(1..=3);
    let soon = || {
        let time = api::now() + chrono::TimeDelta::milliseconds(fastrand::i64(0..400));
        time.to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
    };
    match fastrand::u32(0..24) {
        0..=3 => {
            format!("UPDATE article SET headline = 'Edit {number}', updated_at = '{}' WHERE id = {article}", soon())
        }
        4 => format!("UPDATE article SET status = 'canceled' WHERE id = {article}"),
        5 | 6 => format!(
            "UPDATE article SET status = 'usable', expires_at = NULL, embargoed_until = NULL WHERE id = {article}"
        ),
        7 => format!("UPDATE article SET section_id = {} WHERE id = {article}", one()),
        8 => format!("UPDATE article SET embargoed_until = '{}' WHERE id = {article}", soon()),
        9 => format!("UPDATE article SET expires_at = '{}' WHERE id = {article}", soon()),
        10 => format!("DELETE FROM article_topic WHERE article_id = {article}"),
        11 => format!(
            "INSERT INTO article_topic (article_id, topic_id, position, published_at)
            SELECT id, {}, 1, published_at FROM article WHERE id = {article} ON CONFLICT DO NOTHING",
            one()
        ),
        12 => format!("UPDATE story_article SET pinned_position = {} WHERE article_id = {article}", one()),
        13 => format!(
            "INSERT INTO story_article (story_id, article_id, pinned_position, published_at)
            SELECT {}, id, 2147483647, published_at FROM article WHERE id = {article} ON CONFLICT DO NOTHING",
            one()
        ),
        14 => format!("DELETE FROM story_article WHERE article_id = {article}"),
        15 => {
            format!("UPDATE top_story SET article_id = {article}, headline = 'Top {number}' WHERE position = {}", one())
        }
        16 => format!("UPDATE gallery SET title = 'Pictures {number}' WHERE id = {}", one()),
        17 => format!(
            "UPDATE gallery SET status = CASE status WHEN 'usable' THEN 'withheld' ELSE 'usable' END WHERE id = {}",
            one()
        ),
        18 => format!("UPDATE image SET alt = 'Alt {number}' WHERE id = {}", one()),
        19 => format!("UPDATE topic SET name = 'Topic {number}' WHERE id = {}", one()),
        20 => format!("UPDATE section SET hidden = NOT hidden WHERE id = {}", one()),
        21 => format!("UPDATE ranking_entry SET reads = {number} WHERE rank = 1"),
        22 => format!(
            "INSERT INTO article_relation (article_id, related_id, score, reason) VALUES ({article}, {}, {}, 'text')
            ON CONFLICT (article_id, related_id) DO UPDATE SET score = EXCLUDED.score",
            fastrand::u32(1..=13),
            fastrand::f64()
        ),
        _ => format!(
            "UPDATE related_article SET related_id = {article} WHERE article_id = 1 AND position = 1 AND NOT EXISTS
            (SELECT 1 FROM related_article WHERE article_id = 1 AND related_id = {article})"
        ),
    }
}

/// What was counted.
#[derive(Debug, Default)]
struct Tally {
    edits: AtomicUsize,
    asked: AtomicUsize,
    hits: AtomicUsize,
    compared: AtomicUsize,
    stale: AtomicUsize,
}

struct Newsrooms {
    servers: Vec<Server>,
    plain: Server,
    tally: Arc<Tally>,
    stop: Arc<AtomicBool>,
    readers: Vec<tokio::task::JoinHandle<()>>,
}

impl Newsrooms {
    /// Servers of their own connections, as in processes of their own, and readers that ask them all the time.
    async fn open(url: &DatabaseUrl) -> Self {
        Self::open_beside(&[], url).await
    }

    /// The same with read replicas.
    async fn open_beside(replicas: &[DatabaseUrl], url: &DatabaseUrl) -> Self {
        let mut servers = Vec::new();
        for _ in 0..2 {
            let db = api::database::connect(url, 4).await.unwrap();
            let replicas = Replicas::connect(&db, replicas, 4, Duration::from_secs(5)).await.unwrap();
            servers.push(Server::beside(replicas, &db, Settings::default()));
        }
        let plain = Server::start(&api::database::connect(url, 4).await.unwrap(), Settings::off());
        let (tally, stop) = (Arc::new(Tally::default()), Arc::new(AtomicBool::new(false)));
        let mut readers = Vec::new();
        for server in servers.iter().flat_map(|server| [server, server]) {
            let (server, tally, stop) = (server.clone(), Arc::clone(&tally), Arc::clone(&stop));
            readers.push(tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let (_, question) = QUESTIONS[fastrand::usize(..QUESTIONS.len())];
                    let answer = server.ask(question).await;
                    tally.asked.fetch_add(1, Ordering::Relaxed);
                    tally.hits.fetch_add(usize::from(answer.is_hit()), Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_micros(500)).await;
                }
            }));
        }
        Self { servers, plain, tally, stop, readers }
    }

    async fn close(self) -> Arc<Tally> {
        self.stop.store(true, Ordering::Relaxed);
        for reader in self.readers {
            reader.await.unwrap();
        }
        self.tally
    }

    /// Compares the answers of the servers with what is in the database.
    async fn compare(&self, edits: &[String]) {
        let mut questions = QUESTIONS.to_vec();
        fastrand::shuffle(&mut questions);
        for (name, question) in &questions[..QUESTIONS_COMPARED] {
            for server in &self.servers {
                // Time goes on while answers are compared: what a moment changes may be in one and not yet in the other.
                let before = self.plain.ask(question).await;
                let answer = server.ask(question).await;
                let after = self.plain.ask(question).await;
                self.tally.compared.fetch_add(1, Ordering::Relaxed);
                if answer.bytes != before.bytes && answer.bytes != after.bytes && before.bytes == after.bytes {
                    self.tally.stale.fetch_add(1, Ordering::Relaxed);
                    eprintln!("stale: {name} ({}) after {edits:#?}", answer.status());
                    eprintln!("{}\n{}", String::from_utf8_lossy(&answer.bytes), String::from_utf8_lossy(&after.bytes));
                }
            }
        }
    }

    /// Edits in bursts, each followed by a comparison after the bound.
    async fn edit_for(&self, length: Duration, db: &DatabaseConnection) {
        let start = Instant::now();
        while start.elapsed() < length {
            let mut edits = Vec::new();
            for _ in 0..fastrand::usize(1..=40) {
                let edit = edit(self.tally.edits.fetch_add(1, Ordering::Relaxed));
                db.execute_unprepared(&edit).await.unwrap_or_else(|error| panic!("{error}: {edit}"));
                edits.push(edit);
                if fastrand::u8(0..4) == 0 {
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..8))).await;
                }
            }
            tokio::time::sleep(BOUND).await;
            self.compare(&edits).await;
        }
    }
}

fn report(name: &str, tally: &Tally) {
    eprintln!("{name}: {tally:?}");
    assert_eq!(tally.stale.load(Ordering::Relaxed), 0, "{name}: {tally:?}");
    assert!(tally.compared.load(Ordering::Relaxed) > 0 && tally.hits.load(Ordering::Relaxed) > 0, "{name}: {tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_of_two_servers_is_stale_while_editors_work() {
    for kind in Kind::BOTH {
        let database = crate::article_page::newsroom(kind, 3).await;
        let newsrooms = Newsrooms::open(database.url()).await;
        newsrooms.edit_for(length(), &database.db).await;
        report(&format!("{kind:?}"), &*newsrooms.close().await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_stale_while_the_connections_that_changes_are_followed_by_are_cut() {
    let database = crate::article_page::newsroom(Kind::Postgres, 3).await;
    let newsrooms = Newsrooms::open(database.url()).await;
    let cutter = database.db.clone();
    let stop = Arc::clone(&newsrooms.stop);
    let cutting = tokio::spawn(async move {
        while !stop.load(Ordering::Relaxed) {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
                AND (query LIKE 'LISTEN%' OR query LIKE '%pg_current_snapshot%') AND query NOT LIKE '%terminate%'";
            cutter.execute_unprepared(sql).await.unwrap();
            tokio::time::sleep(Duration::from_millis(fastrand::u64(20..200))).await;
        }
    });
    newsrooms.edit_for(length(), &database.db).await;
    let tally = newsrooms.close().await;
    cutting.await.unwrap();
    report("cut", &tally);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_stale_when_the_database_has_been_restarted() {
    let mut cluster = Cluster::start().await;
    let url = DatabaseUrl::Postgres(cluster.url.clone());
    let db = api::database::connect(&url, 2).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    crate::article_page::fill(&db, 3).await;
    let newsrooms = Newsrooms::open(&url).await;
    for _ in 0..2 {
        newsrooms.edit_for(length() / 3, &db).await;
        cluster.kill();
        cluster.restart().await;
        // Connections that broke are noticed when they are used.
        while db.execute_unprepared("SELECT 1").await.is_err()
            || newsrooms.plain.ask(QUESTIONS[0].1).await.json().get("errors").is_some()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    newsrooms.edit_for(length() / 3, &db).await;
    report("restarted", &*newsrooms.close().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_stale_or_lost_while_a_replica_lags_and_dies() {
    let primary = Cluster::start().await;
    let url = DatabaseUrl::Postgres(primary.url.clone());
    let db = api::database::connect(&url, 2).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    crate::article_page::fill(&db, 3).await;
    let mut replica = primary.replica().await;
    let replica_url = DatabaseUrl::Postgres(replica.url.clone());
    let newsrooms = Newsrooms::open_beside(std::slice::from_ref(&replica_url), &url).await;

    let mut watched = api::database::connect(&replica_url, 1).await.unwrap();
    let asked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%FROM \"article\"%'";
    let number = async |db: &DatabaseConnection, sql: &str| {
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    newsrooms.edit_for(length() / 4, &db).await;
    for _ in 0..1_000 {
        if number(&watched, asked).await > 0 {
            break;
        }
        newsrooms.edit_for(Duration::from_millis(20), &db).await;
    }
    assert!(number(&watched, asked).await > 0, "queries go to the replica");

    for round in 0..2 {
        watched.execute_unprepared("SELECT pg_wal_replay_pause()").await.unwrap();
        newsrooms.edit_for(length() / 8, &db).await;
        // What is replayed then may cancel this statement, too.
        while watched.execute_unprepared("SELECT pg_wal_replay_resume()").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        newsrooms.edit_for(length() / 8, &db).await;
        replica.kill();
        let question = format!("{{ round{round}: articles(first: 2) {{ nodes {{ slug }} }} }}");
        for server in &newsrooms.servers {
            assert_eq!(server.ask(&question).await.json().get("errors"), None, "the primary answers");
        }
        newsrooms.edit_for(length() / 8, &db).await;
        replica.restart().await;
        watched = api::database::connect(&replica_url, 1).await.unwrap();
        newsrooms.edit_for(length() / 8, &db).await;
    }
    report("replica", &*newsrooms.close().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_no_replica_is_not_asked() {
    let (one, other) = (TestDb::migrated(Kind::Postgres).await, Cluster::start().await);
    let url = DatabaseUrl::Postgres(other.url.clone());
    let sqlite = TestDb::migrated(Kind::Sqlite).await;
    let refused =
        Replicas::connect(&sqlite.db, std::slice::from_ref(&url), 1, Duration::from_secs(5)).await.unwrap_err();
    assert!(refused.to_string().contains("for PostgreSQL"), "{refused}");
    let replicas = Replicas::connect(&one.db, &[url, one.url().clone()], 1, Duration::from_secs(5)).await.unwrap();
    let server = Server::beside(replicas, &one.db, Settings::default());
    for number in 0..20 {
        let question = format!("{{ q{number}: sections {{ slug }} }}");
        assert_eq!(server.ask(&question).await.data(), json!({ format!("q{number}"): [] }));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_good_answers_are_given_with_a_mark_while_the_database_is_away() {
    const LIST: &str = "{ articles(first: 3) { nodes { slug headline } } }";
    let mut cluster = Cluster::start().await;
    let url = DatabaseUrl::Postgres(cluster.url.clone());
    let db = api::database::connect(&url, 2).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    crate::article_page::fill(&db, 3).await;
    let server_db = api::database::connect_for_requests(&url, 4, Duration::from_secs(5)).await.unwrap();
    let cached = Server::start(&server_db, Settings::default());
    let good = cached.warm(LIST).await;
    cluster.kill();
    let mut answer = cached.ask(LIST).await;
    while answer.is_hit() {
        answer = cached.ask(LIST).await;
    }
    assert_eq!(answer.bytes, good.bytes, "{}", answer.status());
    assert!(answer.status().contains("detail=database-away"), "{}", answer.status());
    assert_eq!(answer.header("warning"), "110 - \"Response is Stale\"");
    let other = cached.ask("{ places { slug } }").await.json();
    assert_eq!(other["errors"][0]["extensions"]["code"], "SERVICE_UNAVAILABLE", "{other}");
    cluster.restart().await;
    db.execute_unprepared("SELECT 1").await.ok();
    while db.execute_unprepared("UPDATE article SET headline = 'Back' WHERE id = 1").await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(BOUND).await;
    loop {
        let answer = cached.followed(LIST).await;
        if answer.json().get("errors").is_none() && !answer.status().contains("away") {
            assert_eq!(answer.data()["articles"]["nodes"][0]["headline"], "Back");
            break;
        }
    }
}
