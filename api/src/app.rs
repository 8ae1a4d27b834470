//! The application: the schema with its database, behind the routes.

use std::sync::Arc;

use async_graphql::{Request, Response, parser};
use axum::Router;
use include_dir::{Dir, include_dir};
use sea_orm::DatabaseConnection;

use crate::{
    Settings,
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
}

impl Execute for Newsroom {
    async fn execute(&self, request: Request) -> Response {
        let loaders = store::Request::new(self.db.clone(), Arc::clone(&self.settings), crate::now());
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
    let newsroom = Newsroom { schema: schema::build(), db, settings: Arc::new(settings), reads };
    let endpoint = Endpoint::new(newsroom, &schema::sdl(), graphql::Settings::default())?;
    Ok(server::router(endpoint, &MEDIA, others))
}
