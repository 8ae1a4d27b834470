//! What a newsroom has beside the articles of an archive: related news, indexed texts, reads with rankings, top stories and galleries. A benchmark
//! without them measures another product, so none begins before they are there.

use std::time::Instant;

use entity::{
    article_relation, gallery, ranking::Window, ranking_entry, related_article, related_due, story_article, top_story,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, EntityTrait, PaginatorTrait as _, Statement, Value};

use crate::{Outcome, database};

/// A database with an archive in it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database: `postgres://USER:PASSWORD@HOST:PORT/NAME` or a file. Its reads and top stories are replaced.
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    /// The latest articles, which are read and are on top.
    #[arg(long, default_value_t = 3000)]
    read: u64,
}

/// Makes what is missing. Relating takes some 30 ms an article.
pub(crate) async fn make(args: &Args) -> Outcome {
    let db = api::database::connect(&database(&args.database_url), 4).await?;
    api::database::migrate(&db).await?;
    let begun = Instant::now();
    let texts = api::search::index_texts(&db).await?;
    eprintln!("{texts} texts indexed, {:.0?}", begun.elapsed());
    loop {
        let related = api::related::update(&db, api::now()).await?;
        eprintln!("{related} articles related, {:.0?}", begun.elapsed());
        if related == 0 {
            break;
        }
    }
    let (reads, script) = match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => ("$1", include_str!("ready/postgres.sql")),
        _ => ("?1", include_str!("ready/sqlite.sql")),
    };
    for statement in script.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let values = [Value::from(i64::try_from(args.read)?)].into_iter().filter(|_| statement.contains(reads));
        let values: Vec<Value> = values.collect();
        db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), statement, values)).await?;
    }
    for window in Window::ALL {
        api::ranking::recompute(&db, &Default::default(), window, api::now()).await?;
    }
    db.execute_unprepared("ANALYZE").await?;
    check(&db).await?;
    eprintln!("ready, {:.0?}", begun.elapsed());
    Ok(())
}

/// Fails when the archive lacks something that a newsroom has.
pub(crate) async fn check(db: &DatabaseConnection) -> Outcome {
    let mut missing = Vec::new();
    for (what, is_there) in [
        ("related news", any(db, article_relation::Entity).await?),
        ("editors' choices of related news", any(db, related_article::Entity).await?),
        ("stories", any(db, story_article::Entity).await?),
        ("galleries", any(db, gallery::Entity).await?),
        ("rankings", any(db, ranking_entry::Entity).await?),
        ("top stories", any(db, top_story::Entity).await?),
        ("the last of its related news", !any(db, related_due::Entity).await?),
    ] {
        if !is_there {
            missing.push(what);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    Err(format!("the archive lacks {missing}: run `bench ready` first (and `bench archive` without `--text-only`)")
        .into())
}

async fn any<E: EntityTrait>(db: &DatabaseConnection, _: E) -> Result<bool, DbErr>
where
    E::Model: Send + Sync,
{
    Ok(E::find().paginate(db, 1).fetch_page(0).await?.len() == 1)
}
