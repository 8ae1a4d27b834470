//! What the page shows beside an archive: reads and top stories; and an editor who publishes.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement, Value};

use crate::archive::Zipf;

/// A database that is ready to be asked.
pub(super) struct Stage {
    pub(super) articles: i64,
    /// Slugs of articles, the most read first.
    pub(super) slugs: Vec<String>,
}

impl Stage {
    /// Adds reads of the last week and top stories; all are of the `pages` latest articles.
    pub(super) async fn set(db: &DatabaseConnection, pages: u64) -> Result<Self, Box<dyn std::error::Error>> {
        run(db, include_str!("../ready/postgres.sql"), [Value::from(i64::try_from(pages).unwrap_or(i64::MAX))]).await?;
        for window in entity::ranking::Window::ALL {
            api::ranking::recompute(db, &Default::default(), window, api::now()).await?;
        }
        db.execute_unprepared("VACUUM ANALYZE").await?;
        crate::ready::check(db).await?;
        let count =
            db.query_one_raw(Statement::from_string(DbBackend::Postgres, "SELECT count(*) FROM article")).await?;
        let articles = count.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        let slugs = "SELECT slug FROM article WHERE status = 'usable' ORDER BY published_at DESC, id DESC LIMIT $1";
        let slugs = Statement::from_sql_and_values(DbBackend::Postgres, slugs, [pages.into()]);
        let slugs = db.query_all_raw(slugs).await?;
        Ok(Self { articles, slugs: slugs.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()? })
    }

    /// Slugs as readers ask for them: by Zipf.
    pub(super) fn draws(&self, number: usize) -> impl Iterator<Item = &str> {
        let zipf = Zipf::new(self.slugs.len(), 1.0);
        let mut chance = fastrand::Rng::with_seed(1);
        (0..number).map(move |_| self.slugs[zipf.draw(&mut chance)].as_str())
    }

    /// Publishes a copy of an article each second, and mends the headline of another.
    pub(super) fn publisher(&self, db: DatabaseConnection) -> impl Future<Output = ()> + use<> {
        async move {
            for number in 0_i64.. {
                let published = run(&db, include_str!("publish.sql"), [Value::from(number)]).await;
                if let Err(error) = published {
                    eprintln!("nothing could be published: {error}");
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Runs the statements of a script; `$1` of each is the value.
async fn run<const N: usize>(db: &DatabaseConnection, script: &str, values: [Value; N]) -> Result<(), DbErr> {
    for statement in script.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let values = values.iter().filter(|_| statement.contains("$1")).cloned();
        db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, statement, values.collect::<Vec<_>>()))
            .await?;
    }
    Ok(())
}
