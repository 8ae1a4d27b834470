//! PostgreSQL is killed, frozen, full, or cut off in the middle of an answer, while pages are asked for and reads come in. Each time there are
//! codes and nothing else, every read that was acknowledged is there once, the server goes on by itself, and its memory is as before.
//!
//! Each fault takes some seconds; `NEWSGRAPH_TEST_SECONDS=600` repeats it for ten minutes.

use std::time::Instant;

use api::config::DatabaseUrl;
use sea_orm::{
    ConnectionTrait as _, Database, DatabaseConnection,
    sqlx::{Connection as _, PgConnection},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use url::Url;

use super::*;
use crate::{
    reads::{counted, fill},
    support::Cluster,
};

/// What a fault is done to.
struct Scene<'s> {
    cluster: &'s mut Cluster,
    server: &'s Process,
    load: &'s Load,
    http: reqwest::Client,
}

impl Scene<'_> {
    async fn status(&self, path: &str) -> u16 {
        self.http.get(self.server.url(path)).send().await.unwrap().status().as_u16()
    }
}

/// Runs a load on a server whose database is at `through`, or at the address of the cluster; does what goes wrong to it, and looks how it comes
/// out.
async fn under_load(name: &str, through: impl AsyncFn(&Url) -> Url, fault: impl AsyncFn(&mut Scene)) {
    let seconds = std::env::var("NEWSGRAPH_TEST_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let mut cluster = Cluster::start().await;
    let url = cluster.url.clone();
    let db = api::database::connect(&DatabaseUrl::Postgres(url.clone()), 4).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    fill(&db, 5, api::now()).await;
    db.close().await.unwrap();

    let server = Process::start(through(&url).await.as_str(), SETTINGS).await;
    let (load, workers) = Load::start(&server);
    load.goes_on(200).await;
    let before = server.memory();
    let begun = Instant::now();
    let mut times = 0;
    while times == 0 || begun.elapsed() < Duration::from_secs(seconds) {
        let http = http_client().timeout(Duration::from_secs(20)).build().unwrap();
        fault(&mut Scene { cluster: &mut cluster, server: &server, load: &load, http }).await;
        load.goes_on(200).await;
        server.ready().await;
        times += 1;
    }
    let reads = load.end(workers).await;
    let after = server.memory();
    eprintln!(
        "{name}, {times} times: {} answered, {reads} reads, codes {:?}, memory {before} MiB before and {after} after",
        load.good.load(Ordering::Relaxed),
        load.codes.lock().unwrap()
    );
    assert!(after <= before + MORE, "{before} MiB before, {after} after");
    let db = api::database::connect(&DatabaseUrl::Postgres(url), 1).await.unwrap();
    assert_eq!(counted(&db).await.into_values().sum::<i64>(), reads, "each read is there, and once");
}

async fn directly(url: &Url) -> Url {
    url.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_killed_and_started_again() {
    under_load("killed", directly, async |scene| {
        scene.cluster.kill();
        scene.load.fails(20).await;
        assert_eq!((scene.status("/health/live").await, scene.status("/health/ready").await), (200, 503));
        scene.cluster.restart().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_stands_still() {
    under_load("frozen", directly, async |scene| {
        scene.cluster.freeze();
        scene.load.fails(20).await;
        assert_eq!((scene.status("/health/live").await, scene.status("/health/ready").await), (200, 503));
        scene.cluster.thaw();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_take_all_connections_of_postgresql() {
    under_load("full", directly, async |scene| {
        let mut url = scene.cluster.url.clone();
        url.set_query(Some("application_name=others"));
        let mut others = vec![PgConnection::connect(url.as_str()).await.expect("there is room for one")];
        let rest = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name <> 'others' AND backend_type = 'client backend'";
        // Whoever comes first gets the room of those that are ended, so it is tried until the others have all of it.
        for _ in 0..100 {
            let many = (0..40).map(|_| PgConnection::connect(url.as_str()));
            others.extend(futures_util::future::join_all(many).await.into_iter().flatten());
            let ended: i64 = sea_orm::sqlx::query_scalar(rest).fetch_one(&mut others[0]).await.unwrap();
            if ended == 0 && others.len() > 90 {
                break;
            }
        }
        scene.load.fails(20).await;
        assert_eq!(scene.status("/health/live").await, 200);
        drop(others);
    })
    .await;
}

/// Passes connections on; while it cuts, each ends in the middle of what the database answers.
async fn proxy(listener: TcpListener, database: u16, cuts: Arc<AtomicBool>) {
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let cuts = Arc::clone(&cuts);
        tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(("127.0.0.1", database)).await else { return };
            let (mut up, mut down, mut left) = (vec![0; 4096], vec![0; 4096], fastrand::usize(500..6_000));
            loop {
                tokio::select! {
                    read = client.read(&mut up) => match read {
                        Ok(0) | Err(_) => return,
                        Ok(count) => if server.write_all(&up[..count]).await.is_err() { return },
                    },
                    read = server.read(&mut down) => match read {
                        Ok(0) | Err(_) => return,
                        Ok(count) => {
                            let passed = if cuts.load(Ordering::Relaxed) { count.min(left) } else { count };
                            if client.write_all(&down[..passed]).await.is_err() || passed < count {
                                return;
                            }
                            if cuts.load(Ordering::Relaxed) {
                                left -= passed;
                            }
                        }
                    },
                }
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connection_is_cut_in_the_middle_of_answers() {
    let cuts = Arc::new(AtomicBool::new(false));
    let through = async |url: &Url| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut through = url.clone();
        through.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        tokio::spawn(proxy(listener, url.port().unwrap(), Arc::clone(&cuts)));
        through
    };
    under_load("cut", through, async |scene| {
        cuts.store(true, Ordering::Relaxed);
        scene.load.fails(20).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        cuts.store(false, Ordering::Relaxed);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_takes_no_changes_is_said_to_be_unavailable_for_them_and_answers_the_rest() {
    let mut cluster = Cluster::start().await;
    let db = api::database::connect(&DatabaseUrl::Postgres(cluster.url.clone()), 4).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    fill(&db, 5, api::now()).await;
    let server = Process::start(cluster.url.as_str(), SETTINGS).await;
    let http = http_client().build().unwrap();
    let set = async |value: &str| {
        let admin: DatabaseConnection = Database::connect(cluster.url.as_str()).await.unwrap();
        let name = cluster.url.path().trim_start_matches('/');
        let sql = format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}");
        admin.execute_unprepared(&format!("BEGIN READ WRITE; {sql}; COMMIT")).await.unwrap();
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
        admin.execute_unprepared(end).await.unwrap();
    };
    set("on").await;
    let read = || Reply::of(http.post(server.url("/reads")).body("{\"article\": \"article-1\", \"reader\": \"a\"}"));
    let mut tries = 0;
    while !server.log().contains("takes no changes") {
        let refused = read().await.unwrap();
        assert_eq!((refused.status, refused.code().as_deref()), (503, Some("SERVICE_UNAVAILABLE")), "{refused:?}");
        says_nothing_of_the_inside(&refused.text);
        tries += 1;
        assert!(tries < 100, "{}", server.log());
    }
    // The first ones may still find connections that have just been cut.
    let mut codes = Vec::new();
    while codes.last() != Some(&None) {
        assert!(codes.len() < 20, "{codes:?}");
        codes.push(server.query(&http, "{ articles(first: 1) { nodes { slug } } }").await.unwrap().code());
    }
    set("off").await;
    // It was kept, and is saved now; sent again, it counts once.
    assert_eq!(read().await.unwrap().status, 200);
    let db = api::database::connect(&DatabaseUrl::Postgres(cluster.url.clone()), 1).await.unwrap();
    assert_eq!(counted(&db).await.into_values().sum::<i64>(), 1);
    drop(server);
    cluster.kill();
}
