//! The application: the schema with its database, behind the routes.

use std::{any::TypeId, sync::Arc};

use async_graphql::{Request, Response, parser};
use axum::Router;
use include_dir::{Dir, include_dir};
use sea_orm::DatabaseConnection;

use crate::{
    Settings,
    cache::{Cache, Recorder},
    http::{
        graphql::{self, Endpoint, Execute},
        health,
    },
    reads::{self, Reads},
    schema::{self, Schema},
    server, store,
};

/// The pictures of the sample newsroom.
static MEDIA: Dir = include_dir!("$CARGO_MANIFEST_DIR/../sample/media");

/// Executes requests with loaders of their own.
struct Newsroom {
    schema: Schema,
    db: DatabaseConnection,
    settings: Arc<Settings>,
    reads: Reads,
    cache: Option<Cache>,
}

impl Execute for Newsroom {
    fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    async fn execute(&self, request: Request) -> Response {
        let recorder =
            request.data.get(&TypeId::of::<Recorder>()).and_then(|recorder| recorder.downcast_ref::<Recorder>());
        let recorder = recorder.cloned().unwrap_or_default();
        let loaders = store::Request::recorded(self.db.clone(), Arc::clone(&self.settings), crate::now(), recorder);
        loaders.execute(&self.schema, request.data(self.reads.clone())).await
    }
}

/// Every path that is served.
pub fn router(db: DatabaseConnection, settings: Settings, reads: Reads) -> Result<Router, parser::Error> {
    let checked = db.clone();
    let health = health::routes("database", move || {
        let db = checked.clone();
        async move { db.ping().await.inspect_err(|cause| tracing::warn!(%cause, "not ready")).is_ok() }
    });
    let others = health.merge(reads::routes(reads.clone()));
    let cache = Cache::start(&db, &settings.cache);
    let newsroom = Newsroom { schema: schema::build(), db, settings: Arc::new(settings), reads, cache };
    let endpoint = Endpoint::new(newsroom, &schema::sdl(), graphql::Settings::default())?;
    Ok(server::router(endpoint, &MEDIA, others))
}
