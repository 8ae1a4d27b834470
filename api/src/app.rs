//! The application: the schema with its database, behind the routes.

use std::{any::TypeId, sync::Arc};

use async_graphql::{Request, Response, parser};
use axum::{Router, middleware::from_fn_with_state};
use include_dir::{Dir, include_dir};
use sea_orm::DatabaseConnection;

use crate::{
    Settings,
    access::{self, Gate, Viewer},
    http::{
        graphql::{self, Endpoint, Execute},
        health, proxies,
    },
    import,
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
        let viewer = request.data.get(&TypeId::of::<Viewer>()).and_then(|viewer| viewer.downcast_ref::<Viewer>());
        let viewer = viewer.cloned().unwrap_or_default();
        let loaders = store::Request::of(self.db.clone(), Arc::clone(&self.settings), crate::now(), viewer);
        loaders.execute(&self.schema, request.data(self.reads.clone())).await
    }
}

/// Every path that is served, with the settings of [`access::Settings`] as they are by default.
pub fn router(db: DatabaseConnection, settings: Settings, reads: Reads) -> Result<Router, parser::Error> {
    guarded(db, settings, reads, access::Settings::default())
}

/// Every path that is served.
pub fn guarded(
    db: DatabaseConnection,
    settings: Settings,
    reads: Reads,
    access: access::Settings,
) -> Result<Router, parser::Error> {
    let checked = db.clone();
    let health = health::routes("database", move || {
        let db = checked.clone();
        async move { db.ping().await.inspect_err(|cause| tracing::warn!(%cause, "not ready")).is_ok() }
    });
    let gate = from_fn_with_state(Gate::new(db.clone(), access.jwt), access::identify);
    let imports = import::routes(db.clone(), access.import_bytes);
    let beacons = reads::routes(reads.clone()).layer(gate.clone());
    let newsroom = Newsroom { schema: schema::build(), db, settings: Arc::new(settings), reads };
    let endpoint = Endpoint::new(newsroom, &schema::sdl(), graphql::Settings::default())?;
    let api = Router::new().route("/graphql", endpoint.into_route()).merge(imports).layer(gate);
    let api = match access.origins.layer() {
        Some(cors) => api.layer(cors),
        None => api,
    };
    let router = server::assemble(api.merge(beacons).merge(health), &MEDIA);
    // The outermost: whoever asks for the address of a client gets the right one.
    Ok(router.layer(from_fn_with_state(access.proxies, proxies::unmask)))
}
