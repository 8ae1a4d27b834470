//! The application: the schema with its database, behind the routes.

use std::sync::Arc;

use async_graphql::{Request, ValidationMode};
use axum::Router;
use include_dir::{Dir, include_dir};
use sea_orm::DatabaseConnection;

use crate::{
    Settings,
    document::Validator,
    http::{
        graphql::{self, Endpoint, Execute, Executed, Unusable},
        health,
    },
    reads::{self, Reads},
    schema::{self, Schema},
    server, store,
    weights::WEIGHTS,
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
    async fn execute(&self, request: Request) -> Executed {
        let loaders = store::Request::new(self.db.clone(), Arc::clone(&self.settings), crate::now());
        loaders.execute(&self.schema, request.data(self.reads.clone())).await.into()
    }
}

/// Every path that is served, with the usual limits.
pub fn router(db: DatabaseConnection, settings: Settings, reads: Reads) -> Result<Router, Unusable> {
    router_with(db, settings, reads, graphql::Settings::default())
}

/// Every path that is served.
pub fn router_with(
    mut db: DatabaseConnection,
    settings: Settings,
    reads: Reads,
    graphql: graphql::Settings,
) -> Result<Router, Unusable> {
    let checked = db.clone();
    let health = health::routes("database", move || {
        let db = checked.clone();
        async move { db.ping().await.inspect_err(|cause| tracing::warn!(%cause, "not ready")).is_ok() }
    });
    graphql::count_statements(&mut db);
    let others = health.merge(reads::routes(reads.clone()));
    let schema = schema::builder().validation_mode(ValidationMode::Fast).finish();
    let newsroom = Newsroom { schema, db, settings: Arc::new(settings), reads };
    let validator = Validator::new(schema::builder(), graphql.limits.introspection);
    let graphql = graphql::Settings { weights: WEIGHTS, ..graphql };
    let endpoint = Endpoint::new(newsroom, validator, &schema::sdl(), graphql)?;
    Ok(server::router(endpoint, &MEDIA, others))
}
