//! The commands of `docs/backup-and-restore.md`, run as they stand there, while a server writes.

use super::*;
use crate::support::{Cluster, Kind, TestDb, postgres_programs};

/// The commands of the page that have this mark, as one script.
fn commands(mark: &str) -> String {
    let page = read_project("docs/backup-and-restore.md");
    let before = format!("<!-- run: {mark} -->\n```sh\n");
    let blocks = page.split(&before).skip(1);
    let commands: Vec<&str> = blocks.map(|block| block.split("```").next().unwrap()).collect();
    assert!(!commands.is_empty(), "the page has no commands for {mark}");
    commands.concat()
}

/// Runs commands in a folder, with the program and those of PostgreSQL to be found.
async fn shell(folder: &Path, commands: &str, variables: &[(&str, String)]) {
    let programs = Path::new(env!("CARGO_BIN_EXE_newsgraph")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{path}", programs.display(), postgres_programs().display());
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-euc", commands]).current_dir(folder).env("PATH", path).envs(variables.iter().cloned());
    if let Some((uid, gid)) = crate::support::unprivileged() {
        // As the user that owns the cluster: PostgreSQL does not run as root.
        let owned = std::process::Command::new("chown").args(["-R", &format!("{uid}:{gid}")]).arg(folder).status();
        assert!(owned.unwrap().success());
        shell.uid(uid).gid(gid);
    }
    let ran = shell.output().await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{commands}\n{said}");
}

/// Sends reads to a server until the handle is aborted, so that there is always something being written.
fn keep_writing(program: &Program) -> tokio::task::JoinHandle<()> {
    let (http, address) = (program.http.clone(), program.address.clone());
    tokio::spawn(async move {
        for number in 0.. {
            let body =
                json!({ "article": "how-the-korean-armistice-line-was-drawn", "reader": format!("reader {number}") });
            let sent = http.post(format!("http://{address}/reads")).body(body.to_string()).send().await;
            assert!(sent.is_ok_and(|sent| sent.status().is_success()), "a backup must not keep anybody from writing");
        }
    })
}

const UNLIMITED: [&str; 4] = ["--reads-per-minute", "0", "--reads-per-address", "0"];
const ASKED: &str = "{ sections { slug name articles(first: 5) { totalCount nodes { headline topics { name } } } }
    search(query: \"armistice\", first: 5) { totalCount nodes { headline } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_an_sqlite_file_that_was_made_while_it_was_written_answers_the_same() {
    if std::process::Command::new("sqlite3").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("NEWSGRAPH_DEMAND_WEB").is_none(),
            "missing: sqlite3 (Debian: `apt-get install sqlite3`)"
        );
        eprintln!("left out, because sqlite3 is missing");
        return;
    }
    let folder = world_readable();
    let database = DatabaseUrl::Sqlite(folder.path().join("newsgraph.db"));
    let mut program = Program::serve(&database, &UNLIMITED, &[]).await;
    let before = program.ask(ASKED).await;
    assert!(before["data"]["search"].is_object(), "{before}");
    let writing = keep_writing(&program);
    tokio::time::sleep(Duration::from_millis(200)).await;
    // The folder stays the server's, whoever it is.
    let ran =
        std::process::Command::new("sh").args(["-euc", &commands("sqlite backup")]).current_dir(folder.path()).output();
    let ran = ran.unwrap();
    assert!(ran.status.success() && String::from_utf8_lossy(&ran.stdout).contains("ok"), "{ran:?}");
    assert!(!writing.is_finished(), "it was written all the time");
    writing.abort();
    program.end().await;

    // All is lost.
    std::fs::write(folder.path().join("newsgraph.db"), "nothing").unwrap();
    let variables = [("DATABASE_URL", "sqlite://newsgraph.db".to_owned())];
    shell(folder.path(), &commands("sqlite restore"), &variables).await;
    let restored = Program::serve(&database, &["--sample", "false"], &[]).await;
    assert_eq!(restored.ask(ASKED).await, before);
}

fn world_readable() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_postgresql_that_was_made_while_it_was_written_answers_the_same() {
    let (database, empty) = (TestDb::empty(Kind::Postgres).await, TestDb::empty(Kind::Postgres).await);
    let program = Program::serve(database.url(), &UNLIMITED, &[]).await;
    let before = program.ask(ASKED).await;
    assert!(before["data"]["search"].is_object(), "{before}");
    let writing = keep_writing(&program);
    let folder = world_readable();
    let variables = [("DATABASE_URL", database_text(database.url())), ("RESTORED_URL", database_text(empty.url()))];
    shell(folder.path(), &commands("postgresql backup"), &variables).await;
    assert!(!writing.is_finished(), "it was written all the time");
    writing.abort();
    shell(folder.path(), &commands("postgresql restore"), &variables).await;
    let restored = Program::serve(empty.url(), &["--sample", "false"], &[]).await;
    assert_eq!(restored.ask(ASKED).await, before);
    // What triggers keep goes on being kept, and caches follow.
    crate::support::seen_by_all().await;
    empty.sql("UPDATE section SET name = 'Restored' WHERE slug = 'world'").await;
    crate::support::seen_by_all().await;
    assert!(restored.ask(ASKED).await.to_string().contains("Restored"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_physical_backup_of_postgresql_answers_the_same() {
    let cluster = Cluster::start().await;
    let database = DatabaseUrl::Postgres(cluster.url.clone());
    let program = Program::serve(&database, &UNLIMITED, &[]).await;
    let before = program.ask(ASKED).await;
    let writing = keep_writing(&program);
    let folder = world_readable();
    let port = crate::support::free_port();
    let variables = [("CLUSTER_URL", cluster.url.to_string()), ("RESTORED_PORT", port.to_string())];
    std::fs::create_dir(folder.path().join("backup")).unwrap();
    shell(folder.path(), &commands("postgresql physical backup"), &variables).await;
    assert!(!writing.is_finished(), "it was written all the time");
    writing.abort();
    shell(folder.path(), &commands("postgresql physical restore"), &variables).await;
    let mut url = cluster.url.clone();
    url.set_port(Some(port)).unwrap();
    let restored = Program::serve(&DatabaseUrl::Postgres(url), &["--sample", "false"], &[]).await;
    let answer = restored.ask(ASKED).await;
    drop(restored);
    shell(folder.path(), "pg_ctl --pgdata=backup/cluster --mode=immediate --wait stop", &[]).await;
    assert_eq!(answer, before);
}
