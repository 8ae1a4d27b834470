//! The server is killed in the middle of an import, again and again: sent once more, nothing comes twice and nothing is lost.

use api::{
    access::{Scope, token},
    config::DatabaseUrl,
};
use importer::draft::{Article, Draft, StoryOf};
use sea_orm::{ConnectionTrait as _, Statement};

use super::*;
use crate::import::{article, counts};

/// Many more than are written in the time that it takes to see that some are there, and to kill.
const ITEMS: usize = 3_000;

fn archive() -> String {
    let mut lines = String::new();
    for number in 0..ITEMS {
        let story = number % 7;
        let item = Article {
            stories: vec![StoryOf { uri: format!("urn:story:{story}"), title: format!("Story {story}") }],
            related: vec![format!("urn:{}", (number + 700) % ITEMS)],
            ..article(&format!("urn:{number}"), &format!("Item {number}"))
        };
        lines.push_str(&serde_json::to_string(&Draft::Article(Box::new(item))).unwrap());
        lines.push('\n');
    }
    lines
}

async fn articles(database: &TestDb) -> i64 {
    let count = Statement::from_string(database.db.get_database_backend(), "SELECT count(*) FROM article");
    database.db.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

fn url(database: &TestDb) -> String {
    match database.url() {
        DatabaseUrl::Postgres(url) => url.to_string(),
        DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
    }
}

/// Imports the archive; the server is killed when so many articles are there.
async fn import(database: &TestDb, kills: &[i64]) -> Value {
    let secret = token::create(&database.db, "cms", &[Scope::Ingest].into_iter().collect(), None, database.now).await;
    let secret = secret.unwrap().reveal().to_owned();
    let settings = [SETTINGS, &["--import-bytes", "67108864"]].concat();
    let http = http_client().build().unwrap();
    let send = |server: &Process| {
        let request = http.post(server.url("/import?format=jsonl")).bearer_auth(&secret).body(archive());
        tokio::spawn(async move { Reply::of(request).await })
    };
    for kill_at in kills {
        let mut server = Process::start(&url(database), &settings).await;
        let sending = send(&server);
        while articles(database).await < *kill_at {
            assert!(!sending.is_finished(), "it is over before it could be killed");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        server.kill();
        assert!(sending.await.unwrap().is_err(), "nothing was acknowledged");
        assert!(articles(database).await < ITEMS as i64);
    }
    let server = Process::start(&url(database), &settings).await;
    let answer = send(&server).await.unwrap().unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_twice_comes_out_as_one_that_is_not() {
    for kind in Kind::BOTH {
        let (whole, killed) = (TestDb::migrated(kind).await, TestDb::migrated(kind).await);
        let answer = import(&whole, &[]).await;
        assert_eq!((&answer["new"], &answer["failed"]), (&json!(ITEMS), &json!(0)), "{kind:?}: {answer}");
        let answer = import(&killed, &[200, 600]).await;
        let of = |name: &str| answer[name].as_u64().unwrap();
        assert_eq!(of("new") + of("unchanged"), ITEMS as u64, "{kind:?}: {answer}");
        assert!(of("unchanged") >= 600 && of("failed") == 0, "{kind:?}: {answer}");
        eprintln!("{kind:?}: {} were there after two kills, {} came with the third", of("unchanged"), of("new"));
        assert_eq!(counts(&killed).await, counts(&whole).await, "{kind:?}");
        let stories = "{ stories(first: 20) { nodes { title articles { totalCount } } } }";
        let (killed, whole) = (killed.answer(stories, json!({})).await, whole.answer(stories, json!({})).await);
        assert_eq!(killed["data"], whole["data"], "{kind:?}");
    }
}
