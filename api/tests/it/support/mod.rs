//! Databases for tests: each test gets one of its own, made by the migrations.

mod postgres;
mod process;

pub(crate) use self::{
    postgres::{Cluster, free_port, install, programs as postgres_programs, unprivileged},
    process::{Process, Reply},
};

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use api::{Request, Settings, config::DatabaseUrl};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use serde_json::Value;

/// An HTTP client; it wants a provider of cryptography although nothing here is encrypted.
pub(crate) fn http_client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// The databases that every test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Sqlite,
}

impl Kind {
    pub(crate) const BOTH: [Self; 2] = [Self::Postgres, Self::Sqlite];
}

/// An empty database of a test's own.
pub(crate) struct TestDb {
    pub(crate) db: DatabaseConnection,
    /// The moment of requests.
    pub(crate) now: chrono::DateTime<chrono::Utc>,
    /// How many of the articles that a search finds are counted.
    pub(crate) search_counted: u64,
    /// Deleted with the value.
    _file: Option<tempfile::TempDir>,
    url: DatabaseUrl,
}

impl TestDb {
    /// A database without any table.
    pub(crate) async fn empty(kind: Kind) -> Self {
        let (url, file) = match kind {
            Kind::Postgres => (postgres::create_database().await, None),
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (DatabaseUrl::Sqlite(folder.path().join("test.db")), Some(folder))
            }
        };
        let db = api::database::connect(&url, 4).await.unwrap();
        Self { db, now: api::now(), search_counted: Settings::SEARCH_COUNTED, _file: file, url }
    }

    /// A database with all tables and nothing in them.
    pub(crate) async fn migrated(kind: Kind) -> Self {
        let database = Self::empty(kind).await;
        api::database::migrate(&database.db).await.unwrap();
        database
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The name of a PostgreSQL database.
    pub(crate) fn name(&self) -> String {
        match &self.url {
            DatabaseUrl::Postgres(url) => url.path().trim_start_matches('/').to_owned(),
            DatabaseUrl::Sqlite(_) => panic!("only databases of a server have names"),
        }
    }

    pub(crate) async fn sql(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    /// The answer to a request, as JSON.
    pub(crate) async fn answer(&self, document: &str, variables: Value) -> Value {
        self.counted(document, variables).await.0
    }

    /// The answer to a request, and how many statements it took.
    pub(crate) async fn counted(&self, document: &str, variables: Value) -> (Value, usize) {
        let statements = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&statements);
        // Whatever counts statements does so on a handle of its own.
        let mut db = self.db.clone();
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let settings = Arc::new(Settings {
            cache: api::cache::Settings::off(),
            search_counted: self.search_counted,
            ..Settings::new("http://newsgraph.test".to_owned(), "https://www.example.org/news/{slug}".to_owned())
        });
        let request = async_graphql::Request::new(document).variables(async_graphql::Variables::from_json(variables));
        let response = Request::new(db, settings, self.now).execute(&api::schema::build(), request).await;
        (serde_json::to_value(response).unwrap(), statements.load(Ordering::Relaxed))
    }
}

/// Waits until servers that keep answers must have seen what was committed before: they follow changes within 100 ms.
pub(crate) async fn seen_by_all() {
    tokio::time::sleep(std::time::Duration::from_millis(101)).await;
}

/// Chance that is the same in each run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }
}
