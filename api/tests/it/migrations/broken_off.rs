//! Programs that are killed while they migrate: the next one goes on, wherever that was.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use api::config::DatabaseUrl;
use migration::{Migrator, MigratorTrait as _, SchemaManager};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use crate::support::{Kind, TestDb};

async fn open(file: &Path) -> DatabaseConnection {
    api::database::connect(&DatabaseUrl::Sqlite(file.to_owned()), 1).await.unwrap()
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Everything in a file that has a name, with its definition, and all columns.
async fn schema(db: &DatabaseConnection) -> BTreeSet<String> {
    let named = "SELECT type || ' ' || name || ' ' || CASE type WHEN 'table' THEN '' ELSE coalesce(sql, '') END FROM sqlite_schema";
    let columns =
        "SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || coalesce(c.dflt_value, '')
        FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'";
    texts(db, named).await.into_iter().chain(texts(db, columns).await).collect()
}

/// A folder with a file after each migration, from none to all.
async fn history() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let current = folder.path().join("current.db");
    for done in 0..=Migrator::migrations().len() {
        let db = open(&current).await;
        if done == 0 {
            Migrator::install(&db).await.unwrap();
        } else {
            Migrator::up(&db, Some(1)).await.unwrap();
        }
        if done == 1 {
            db.execute_unprepared("INSERT INTO section (slug, name, position) VALUES ('kept', 'Kept', 1)")
                .await
                .unwrap();
        }
        db.close().await.unwrap();
        let file = folder.path().join(format!("{done}.db"));
        std::fs::copy(&current, &file).unwrap();
        files.push(file);
    }
    (folder, files)
}

/// What is in the file after so many migrations.
fn held(done: usize) -> &'static [&'static str] {
    if done == 0 { &[] } else { &["kept"] }
}

fn copied(file: &Path) -> PathBuf {
    let copy = file.with_extension("copy");
    std::fs::copy(file, &copy).unwrap();
    copy
}

/// Opens a file as the program does, and compares it with one that was never broken off.
async fn opens(file: &Path, whole: &BTreeSet<String>, holds: &[&str], what: &str) {
    let db = open(file).await;
    if let Err(problem) = api::database::migrate(&db).await {
        panic!("{what}: {problem}");
    }
    assert!(Migrator::get_pending_migrations(&db).await.unwrap().is_empty(), "{what}");
    let found = schema(&db).await;
    let difference: Vec<&String> = found.symmetric_difference(whole).collect();
    assert!(difference.is_empty(), "{what}: {difference:#?}");
    assert_eq!(texts(&db, "SELECT slug FROM section").await, holds, "{what}");
    let sound = texts(&db, "PRAGMA integrity_check").await;
    assert_eq!(sound, ["ok"], "{what}");
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_file_with_a_migration_that_lacks_its_mark_opens() {
    let (_folder, files) = history().await;
    let whole = {
        let db = open(files.last().unwrap()).await;
        schema(&db).await
    };
    for (index, migration) in Migrator::migrations().iter().enumerate() {
        let file = copied(&files[index]);
        let db = open(&file).await;
        migration.up(&SchemaManager::new(&db)).await.unwrap();
        db.close().await.unwrap();
        opens(&file, &whole, held(index), migration.name()).await;
    }
}

#[tokio::test]
async fn a_file_with_a_part_of_a_migration_opens() {
    let (_folder, files) = history().await;
    let whole = {
        let db = open(files.last().unwrap()).await;
        schema(&db).await
    };
    // Tables inside of virtual ones come with these.
    const MADE: &str = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND NOT (type = 'table' AND (name LIKE '%\\_words\\_%' ESCAPE '\\'
        OR name LIKE 'article\\_titles\\_%' ESCAPE '\\')) ORDER BY rowid";
    for (index, migration) in Migrator::migrations().iter().enumerate() {
        let (before, after) = (open(&files[index]).await, open(&files[index + 1]).await);
        let known: BTreeSet<String> = texts(&before, MADE).await.into_iter().collect();
        let made: Vec<String> = texts(&after, MADE)
            .await
            .into_iter()
            .filter(|sql| !known.contains(sql) && !is_altered(sql, &known))
            .collect();
        before.close().await.unwrap();
        after.close().await.unwrap();
        let steps: BTreeSet<usize> = [1, made.len() / 2, made.len().saturating_sub(1)].into_iter().collect();
        for step in steps.into_iter().filter(|step| (1..made.len()).contains(step)) {
            let file = copied(&files[index]);
            let db = open(&file).await;
            for sql in &made[..step] {
                // What needs a column that is not there yet would not have been made yet.
                let _ = db.execute_unprepared(sql).await;
            }
            db.close().await.unwrap();
            opens(&file, &whole, held(index), &format!("{} after {step} of {}", migration.name(), made.len())).await;
        }
    }
}

/// A table that was there before and has got a column.
fn is_altered(sql: &str, known: &BTreeSet<String>) -> bool {
    let name = |sql: &str| sql.split('(').next().map(|start| start.trim().replace('"', ""));
    sql.starts_with("CREATE TABLE") && known.iter().any(|other| name(other) == name(sql))
}

#[tokio::test]
async fn tables_of_somebody_else_are_left_alone() {
    let (_folder, files) = history().await;
    let names: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let index = names.iter().position(|name| name.ends_with("create_changes")).unwrap();
    let db = open(&files[index]).await;
    db.execute_unprepared("CREATE TABLE change (amount integer); INSERT INTO change VALUES (5)").await.unwrap();
    let problem = api::database::migrate(&db).await.unwrap_err().to_string();
    assert!(problem.contains("already exists"), "{problem}");
    assert_eq!(texts(&db, "SELECT CAST(amount AS text) FROM change").await, ["5"]);
    let pending = Migrator::get_pending_migrations(&db).await.unwrap();
    assert_eq!(
        pending.first().map(|migration| migration.name()),
        Some(names[index].as_str()),
        "nothing was done by halves"
    );
}

#[tokio::test]
async fn migrations_outside_of_a_transaction_can_run_again() {
    let database = TestDb::empty(Kind::Postgres).await;
    for migration in Migrator::migrations() {
        if migration.use_transaction() == Some(false) {
            migration.up(&SchemaManager::new(&database.db)).await.unwrap();
        }
        Migrator::up(&database.db, Some(1)).await.unwrap_or_else(|error| panic!("{}: {error}", migration.name()));
    }
}

fn program(url: &DatabaseUrl, arguments: &[&str]) -> Command {
    let url = match url {
        DatabaseUrl::Postgres(url) => url.to_string(),
        DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_newsgraph"));
    command.args(["--database-url", &url]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_are_killed_again_and_again_come_to_the_end() {
    for kind in Kind::BOTH {
        let database = TestDb::empty(kind).await;
        let mut kills = 0;
        // Each is given a little more time than the one before, so they are killed at many steps, and one comes to the end.
        let status = loop {
            let mut migrating = program(database.url(), &["migrate", "up"]).spawn().unwrap();
            tokio::time::sleep(Duration::from_millis(40 + 12 * kills)).await;
            if let Some(status) = migrating.try_wait().unwrap() {
                break status;
            }
            migrating.kill().unwrap();
            migrating.wait().unwrap();
            kills += 1;
            assert!(kills < 1_000, "{kind:?}: it makes no progress");
        };
        assert!(status.success(), "{kind:?}: after {kills} kills");
        assert!(Migrator::get_pending_migrations(&database.db).await.unwrap().is_empty(), "{kind:?}");
        let fresh = TestDb::migrated(kind).await;
        let names = match kind {
            Kind::Sqlite => "SELECT type || ' ' || name FROM sqlite_schema ORDER BY 1",
            Kind::Postgres => {
                "SELECT kind || ' ' || name FROM (
                    SELECT 'relation' AS kind, relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
                    UNION ALL SELECT 'function', proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
                    UNION ALL SELECT 'trigger', tgname::text FROM pg_trigger WHERE NOT tgisinternal
                ) AS all_names ORDER BY 1"
            }
        };
        assert_eq!(texts(&database.db, names).await, texts(&fresh.db, names).await, "{kind:?}");
    }
}
