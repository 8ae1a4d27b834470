//! The embedded database: migrations that happen whole or not at all, whenever the program ends, and an end that leaves one whole file.

use std::{collections::BTreeMap, path::Path, time::Duration};

use entity::transaction::writing;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait as _,
};

use super::{Unusable, check_not_newer, options};
use crate::config::DatabaseUrl;

/// How long the end of the program waits for others who use the file.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Runs the migrations that have not run. Each is a transaction together with its mark, and one process at a time is the writer.
pub(super) async fn up(db: &DatabaseConnection) -> Result<(), Unusable> {
    check_not_newer(db).await?;
    while next(db).await?.is_some() {
        let transaction = db.begin_with_options(writing()).await?;
        check_not_newer(&transaction).await?;
        // Another process may have run it meanwhile.
        if let Some(name) = next(&transaction).await? {
            step(&transaction, &name).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// Takes the last migrations back, each in a transaction with its mark.
pub(super) async fn down(db: &DatabaseConnection, steps: u32) -> Result<(), DbErr> {
    for _ in 0..steps {
        let transaction = db.begin_with_options(writing()).await?;
        Migrator::down(&transaction, Some(1)).await?;
        transaction.commit().await?;
    }
    Ok(())
}

async fn next(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let pending = Migrator::get_pending_migrations(db).await?;
    Ok(pending.first().map(|migration| migration.name().to_owned()))
}

async fn step(transaction: &DatabaseTransaction, name: &str) -> Result<(), DbErr> {
    let attempt = transaction.begin().await?;
    let Err(cause) = Migrator::up(&attempt, Some(1)).await else { return attempt.commit().await };
    attempt.rollback().await?;
    // Earlier versions did not migrate in transactions: a process that was killed left a part behind, without the mark.
    if !take_back(transaction, name).await? {
        return Err(cause);
    }
    tracing::warn!(
        migration = name,
        "a migration was broken off when the program was killed; its parts are taken back, and it runs again"
    );
    Migrator::up(transaction, Some(1)).await
}

/// What a database is made of: the kind, the table and the definition of everything that has a name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Schema {
    objects: BTreeMap<String, Object>,
    columns: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Object {
    kind: String,
    table: String,
    sql: String,
}

impl Schema {
    async fn of(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let ask = |sql: &str| Statement::from_string(DbBackend::Sqlite, sql);
        let mut schema = Self::default();
        let objects = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        for row in db.query_all_raw(ask(objects)).await? {
            let object = Object {
                kind: row.try_get("", "type")?,
                table: row.try_get("", "tbl_name")?,
                sql: row.try_get("", "sql")?,
            };
            schema.objects.insert(row.try_get("", "name")?, object);
        }
        let columns = "SELECT t.name AS \"table\", c.name AS name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
            WHERE t.type = 'table' ORDER BY t.name, c.cid";
        for row in db.query_all_raw(ask(columns)).await? {
            schema.columns.entry(row.try_get("", "table")?).or_default().push(row.try_get("", "name")?);
        }
        Ok(schema)
    }

    /// That of a database which has had the first `migrations`.
    async fn after(migrations: u32) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).min_connections(1).sqlx_logging(false);
        let memory = Database::connect(options).await?;
        let transaction = memory.begin().await?;
        if migrations > 0 {
            Migrator::up(&transaction, Some(migrations)).await?;
        }
        let schema = Self::of(&transaction).await?;
        transaction.rollback().await?;
        memory.close().await?;
        Ok(schema)
    }

    fn has_column(&self, table: &str, column: &str) -> bool {
        self.columns.get(table).is_some_and(|columns| columns.iter().any(|name| name == column))
    }
}

/// Takes back what a migration that was broken off has made. Answers whether there was anything; all else stays as it is.
async fn take_back(transaction: &DatabaseTransaction, name: &str) -> Result<bool, DbErr> {
    let Some(index) = Migrator::migrations().iter().position(|migration| migration.name() == name) else {
        return Ok(false);
    };
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    let (before, after) = (Schema::after(index).await?, Schema::after(index + 1).await?);
    let statements = taking_back(&Schema::of(transaction).await?, &before, &after);
    for statement in &statements {
        transaction.execute_unprepared(statement).await?;
    }
    Ok(!statements.is_empty())
}

/// The statements that make `found`, which is between the two, what was before.
fn taking_back(found: &Schema, before: &Schema, after: &Schema) -> Vec<String> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    // What somebody else has made is left alone, also when it has a name that the migration wants.
    let is_of_migration = |name: &str, object: &Object| match (object.kind.as_str(), after.objects.get(name)) {
        (_, None) => false,
        ("table", Some(made)) => made.kind == "table" && found.columns.get(name) == after.columns.get(name),
        (kind, Some(made)) => made.kind == kind && made.table == object.table,
    };
    let mut drops: Vec<(u8, String)> = Vec::new();
    for (name, object) in &found.objects {
        let is_made = match before.objects.get(name) {
            None => true,
            // It was replaced. Tables are not: they get columns.
            Some(old) => object.kind != "table" && old.sql != object.sql,
        };
        if is_made && is_of_migration(name, object) {
            // What depends on others goes first; the tables inside of a virtual one go with it.
            let turn = match object.kind.as_str() {
                "trigger" => 0,
                "view" => 1,
                "index" => 2,
                _ if object.sql.to_ascii_uppercase().starts_with("CREATE VIRTUAL") => 3,
                _ => 4,
            };
            drops.push((turn, format!("DROP {} IF EXISTS {}", object.kind, quoted(name))));
        }
    }
    drops.sort();
    let mut statements: Vec<String> = drops.into_iter().map(|(_, statement)| statement).collect();
    for (table, columns) in &after.columns {
        let added = columns.iter().filter(|column| {
            before.columns.contains_key(table) && !before.has_column(table, column) && found.has_column(table, column)
        });
        statements.extend(added.map(|column| format!("ALTER TABLE {} DROP COLUMN {}", quoted(table), quoted(column))));
    }
    // What it has dropped or replaced comes back, unless data went with it.
    let mut lost: Vec<(&str, &Object)> = before
        .objects
        .iter()
        .filter(|(name, old)| {
            old.kind != "table" && found.objects.get(*name).is_none_or(|object| object.sql != old.sql)
        })
        .filter(|(name, old)| after.objects.get(*name).is_none_or(|object| object.sql != old.sql))
        .map(|(name, old)| (name.as_str(), old))
        .collect();
    lost.sort_by_key(|(name, old)| (old.kind != "view", *name));
    statements.extend(lost.into_iter().map(|(_, old)| old.sql.clone()));
    statements
}

/// Moves what is in the log beside the file into it. Fails when others hold on to it.
pub(super) async fn settle(file: &Path) -> Result<(), String> {
    let url = DatabaseUrl::Sqlite(file.to_owned());
    let mut options = options(&url, 1);
    options.map_sqlx_sqlite_opts(|options| options.create_if_missing(false).busy_timeout(LAST_WAIT));
    let db = Database::connect(options).await.map_err(|cause| cause.to_string())?;
    let settled = db.query_one_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)")).await;
    let closed = db.close().await;
    let busy: Option<i64> = match settled.map_err(|cause| cause.to_string())? {
        Some(row) => row.try_get_by_index(0).map_err(|cause| cause.to_string())?,
        None => None,
    };
    closed.map_err(|cause| cause.to_string())?;
    if busy == Some(0) { Ok(()) } else { Err("others still use the database".to_owned()) }
}
