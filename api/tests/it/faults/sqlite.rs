//! The embedded database: its disk is full, its file may not be written or is damaged. The log says how to mend it.

use std::{fs, io::Write as _, os::unix::process::CommandExt as _, path::Path, process::Command};

use api::{
    access::{Scope, token},
    config::DatabaseUrl,
};

use super::*;
use crate::{
    reads::{counted, fill},
    support::free_port,
};

/// A database with some articles, and a token that may import.
async fn made(folder: &Path, articles: i64) -> (DatabaseUrl, String) {
    let url = DatabaseUrl::Sqlite(folder.join("news.db"));
    let db = api::database::connect(&url, 2).await.unwrap();
    api::database::migrate(&db).await.unwrap();
    fill(&db, articles, api::now()).await;
    let secret = token::create(&db, "cms", &[Scope::Ingest].into_iter().collect(), None, api::now()).await.unwrap();
    db.close().await.unwrap();
    (url, secret.reveal().to_owned())
}

fn address(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("news.db").display())
}

/// A disk of its own, where a test may mount one.
struct Disk(tempfile::TempDir);

impl Disk {
    const SIZE: &str = "size=24m";

    fn mounted() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", Self::SIZE, "tmpfs"]).arg(folder.path()).output();
        mount.is_ok_and(|mount| mount.status.success()).then_some(Self(folder))
    }

    fn fill(&self) {
        let mut ballast = fs::File::create(self.0.path().join("ballast")).unwrap();
        for size in [1 << 16, 1 << 12] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.0.path().join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

/// A database that can be made immutable, and is not left so: it could not be removed.
struct Immutable<'f>(&'f Path);

impl Immutable<'_> {
    fn set(&self, is: &str) -> bool {
        // The third file is no file but memory that is shared.
        let files = ["news.db", "news.db-wal"].map(|file| self.0.join(file));
        Command::new("chattr").arg(is).args(files).output().is_ok_and(|chattr| chattr.status.success())
    }
}

impl Drop for Immutable<'_> {
    fn drop(&mut self) {
        self.set("-i");
    }
}

fn item(number: usize) -> String {
    let text = "The harbour was frozen when the ships came. ".repeat(800);
    json!({ "uri": format!("urn:item:{number}"), "type": "text", "versionCreated": "2026-01-01T00:00:00Z",
        "headlines": [{ "value": format!("Item {number}") }], "body_text": text })
    .to_string()
}

/// Lets a server write no more, and then again.
async fn stops_writing(server: &Process, secret: &str, stop: impl AsyncFn(), go_on: impl AsyncFn()) {
    let http = http_client().build().unwrap();
    let import = |number| {
        let request = http.post(server.url("/import")).bearer_auth(secret).body(item(number));
        Reply::of(request)
    };
    let read = |reader: usize| {
        let body = json!({ "article": "article-1", "reader": reader.to_string() }).to_string();
        Reply::of(http.post(server.url("/reads")).body(body))
    };
    assert_eq!(import(0).await.unwrap().status, 200);
    assert_eq!(read(0).await.unwrap().status, 200);
    let before = server.memory();
    stop().await;
    let mut imported = 1;
    let refused = loop {
        let answer = import(imported).await.unwrap();
        if answer.status != 200 {
            break answer;
        }
        imported += 1;
        assert!(imported < 1_000, "nothing stops it");
    };
    says_nothing_of_the_inside(&refused.text);
    assert_eq!((refused.status, refused.code().as_deref()), (503, Some("SERVICE_UNAVAILABLE")), "{refused:?}");
    let answer = server.query(&http, "{ articles(first: 2) { nodes { slug } } }").await.unwrap();
    assert_eq!((answer.status, answer.code()), (200, None), "what is there is answered: {answer:?}");
    let log = server.log();
    assert!(log.contains("disk of the database"), "{log}");
    go_on().await;
    assert_eq!(import(imported).await.unwrap().status, 200, "no restart is needed: {}", server.log());
    assert_eq!(read(1).await.unwrap().status, 200);
    let query = "{ articles(filter: {}) { totalCount } }";
    let total = server.query(&http, query).await.unwrap().json()["data"]["articles"]["totalCount"].as_u64();
    assert_eq!(total, Some(imported as u64 + 1 + 5), "what was acknowledged is there");
    let after = server.memory();
    eprintln!("refused after {imported} imports; memory {before} MiB before and {after} after");
    assert!(after <= before + MORE, "{before} MiB before, {after} after");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_forgotten_when_there_is_room() {
    // Where no disk can be mounted, the size of files is limited instead: to the program that is an error of the disk.
    if let Some(disk) = Disk::mounted() {
        eprintln!("on a disk of its own");
        let folder = disk.0.path();
        let (url, secret) = made(folder, 5).await;
        let server = Process::start(&address(folder), SETTINGS).await;
        stops_writing(&server, &secret, async || disk.fill(), async || disk.empty()).await;
        drop(server);
        let db = api::database::connect(&url, 1).await.unwrap();
        assert_eq!(counted(&db).await.into_values().sum::<i64>(), 2);
        db.close().await.unwrap();
        return;
    }
    eprintln!("with a limit on the size of files");
    let folder = tempfile::tempdir().unwrap();
    let (url, secret) = made(folder.path(), 5).await;
    let mut shell = Command::new("/bin/sh");
    // Its signal would end the program. The limit is in blocks of 512 bytes.
    shell.args(["-c", "trap '' XFSZ; ulimit -S -f 16384; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_newsgraph")]);
    let server = Process::launch(shell, free_port(), &address(folder.path()), SETTINGS);
    server.ready().await;
    let lift = async || {
        let lifted = Command::new("prlimit").args(["--fsize=unlimited", "--pid"]).arg(server.id().to_string()).status();
        assert!(lifted.unwrap().success());
    };
    stops_writing(&server, &secret, async || {}, lift).await;
    drop(server);
    let db = api::database::connect(&url, 1).await.unwrap();
    assert_eq!(counted(&db).await.into_values().sum::<i64>(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_becomes_read_only_is_said_and_forgotten_when_it_may_be_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let (_, secret) = made(folder.path(), 5).await;
    let server = Process::start(&address(folder.path()), SETTINGS).await;
    let file = Immutable(folder.path());
    if !file.set("+i") {
        eprintln!("left out: `chattr +i` is refused here, and a file that is open may be written whatever its mode");
        return;
    }
    let become_so = async || assert!(file.set("+i"));
    let no_more = async || assert!(file.set("-i"));
    no_more().await;
    stops_writing(&server, &secret, become_so, no_more).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_be_written_is_said_at_the_start_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), 1).await;
    for entry in fs::read_dir(folder.path()).unwrap().flatten() {
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o444)).unwrap();
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write whatever it likes.
    let program = tempfile::tempdir().unwrap();
    let copy = program.path().join("newsgraph");
    fs::copy(env!("CARGO_BIN_EXE_newsgraph"), &copy).unwrap();
    fs::set_permissions(program.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(copy);
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    let mut server = Process::launch(command, free_port(), &address(folder.path()), SETTINGS);
    assert!(!server.end().await.success());
    let log = server.log();
    assert!(log.contains("let the user of the server write its file and folder"), "{log}");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_said_at_the_start_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), 1).await;
    let file = folder.path().join("news.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[..4096].fill(b'x');
    fs::write(&file, &bytes).unwrap();
    let mut server =
        Process::launch(Command::new(env!("CARGO_BIN_EXE_newsgraph")), free_port(), &address(folder.path()), SETTINGS);
    assert!(!server.end().await.success());
    let log = server.log();
    assert!(log.contains("is damaged") && log.contains(".recover"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_damaged_while_the_server_runs_is_answered_with_codes_and_mended_by_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), 2_000).await;
    let file = folder.path().join("news.db");
    let backup = fs::read(&file).unwrap();
    let mut server = Process::start(&address(folder.path()), SETTINGS).await;
    // All but the first page, in place.
    let garbage = vec![b'x'; backup.len() - 4096];
    std::os::unix::fs::FileExt::write_all_at(&fs::OpenOptions::new().write(true).open(&file).unwrap(), &garbage, 4096)
        .unwrap();
    let http = http_client().build().unwrap();
    let mut codes = BTreeMap::<String, usize>::new();
    for _ in 0..20 {
        let query = "{ articles(first: 100) { totalCount nodes { slug headline section { name } } } }";
        let answer = server.query(&http, query).await.unwrap();
        says_nothing_of_the_inside(&answer.text);
        assert!([200, 503, 504].contains(&answer.status), "{answer:?}");
        *codes.entry(answer.code().unwrap_or_default()).or_default() += 1;
    }
    let known = codes.keys().all(|code| code.is_empty() || CODES.contains(&code.as_str()));
    assert!(known && codes.contains_key("SERVICE_UNAVAILABLE"), "{codes:?}");
    let log = server.log();
    assert!(log.contains("is damaged") && log.contains("backup"), "{log}");
    // As the log says.
    server.kill();
    fs::write(&file, &backup).unwrap();
    for extra in ["news.db-wal", "news.db-shm"] {
        let _ = fs::remove_file(folder.path().join(extra));
    }
    let server = Process::start(&address(folder.path()), SETTINGS).await;
    let answer = server.query(&http, "{ articles(first: 1) { totalCount } }").await.unwrap();
    assert_eq!(answer.json()["data"]["articles"]["totalCount"], 2_000, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_of_an_old_sqlite_is_refused_in_clear_words_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (url, _) = made(folder.path(), 3).await;
    let file = folder.path().join("news.db");
    let sql = "UPDATE article SET headline = 'By hand' WHERE id = 1; UPDATE section SET name = 'By hand';";
    let Ok(ran) = Command::new("sqlite3").arg(&file).arg(sql).output() else {
        assert!(
            std::env::var_os("NEWSGRAPH_DEMAND_WEB").is_none(),
            "missing: sqlite3 (Debian: `apt-get install sqlite3`)"
        );
        eprintln!("left out, because sqlite3 is missing");
        return;
    };
    let db = api::database::connect(&url, 1).await.unwrap();
    let count = "SELECT (SELECT count(*) FROM article WHERE headline = 'By hand') + (SELECT count(*) FROM section WHERE name = 'By hand')";
    let count = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, count);
    let changed: i64 = db.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    if ran.status.success() {
        assert!(changed >= 2, "{ran:?}");
    } else {
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(said.contains("unrecognized option: \"contentless_delete\""), "{said}");
        assert_eq!(changed, 0);
    }
}
