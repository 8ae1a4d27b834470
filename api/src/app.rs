//! The application: the schema with its database, behind the routes.

use std::{any::TypeId, sync::Arc};

use async_graphql::{Request, ValidationMode};
use axum::{Router, middleware::from_fn_with_state};
use include_dir::{Dir, include_dir};
use sea_orm::DatabaseConnection;

use crate::{
    Settings,
    access::{self, Gate, Viewer},
    cache::{Cache, Recorder},
    document::Validator,
    http::{
        graphql::{self, Answer, Asked, Endpoint, Execute, Executed, Refusal, Unusable},
        health, proxies,
    },
    import,
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
    cache: Option<Cache>,
}

impl Execute for Newsroom {
    async fn execute(&self, request: Request) -> Executed {
        let (viewer, recorder) = (carried::<Viewer>(&request), carried::<Recorder>(&request));
        // Before the time of day is taken.
        let kept = self.cache.as_ref().and_then(Cache::rows);
        let settings = Arc::clone(&self.settings);
        let loaders = store::Request::of(self.db.clone(), settings, crate::now(), viewer, recorder, kept);
        loaders.execute(&self.schema, request.data(self.reads.clone())).await.into()
    }

    async fn answer(
        &self,
        asked: &Asked,
        run: impl Future<Output = Result<Answer, Refusal>> + Send,
    ) -> Result<Answer, Refusal> {
        match &self.cache {
            Some(cache) if !asked.private && cache.keeps_answers() => cache.answer(asked, run).await,
            _ => run.await,
        }
    }
}

/// What a request carries for its execution.
fn carried<T: Clone + Default + 'static>(request: &Request) -> T {
    let carried = request.data.get(&TypeId::of::<T>()).and_then(|carried| carried.downcast_ref::<T>());
    carried.cloned().unwrap_or_default()
}

/// The connections to the database.
#[derive(Clone, Debug)]
pub struct Pools {
    /// On which statements end when a request would.
    pub requests: DatabaseConnection,
    /// For what may take longer.
    pub jobs: DatabaseConnection,
}

/// How to serve.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Who is believed, and who may read answers.
    pub access: access::Settings,
    /// What requests may cost.
    pub graphql: graphql::Settings,
}

/// Every path that is served, in the usual way.
pub fn router(db: DatabaseConnection, settings: Settings, reads: Reads) -> Result<Router, Unusable> {
    router_with(Pools { requests: db.clone(), jobs: db }, settings, reads, Options::default())
}

/// Every path that is served.
pub fn router_with(pools: Pools, settings: Settings, reads: Reads, options: Options) -> Result<Router, Unusable> {
    let (Options { access, graphql }, Pools { requests: mut db, jobs }) = (options, pools);
    let checked = db.clone();
    let health = health::routes("database", move || {
        let db = checked.clone();
        async move { db.ping().await.inspect_err(|cause| tracing::warn!(%cause, "not ready")).is_ok() }
    });
    graphql::count_statements(&mut db);
    let gate = from_fn_with_state(Gate::new(db.clone(), access.jwt), access::identify);
    let imports = import::routes(jobs.clone(), access.import_bytes);
    let beacons = reads::routes(reads.clone()).layer(gate.clone());
    let schema = schema::builder().validation_mode(ValidationMode::Fast).finish();
    // On the connections of jobs: requests that take all others must not keep changes from being seen.
    let cache = Cache::start(&jobs, &settings.cache);
    let newsroom = Newsroom { schema, db, settings: Arc::new(settings), reads, cache };
    let validator = Validator::new(schema::builder(), graphql.limits.introspection);
    let graphql = graphql::Settings { weights: WEIGHTS, ..graphql };
    let endpoint = Endpoint::new(newsroom, validator, &schema::sdl(), graphql)?;
    let api = Router::new().route("/graphql", endpoint.into_route()).merge(imports).layer(gate);
    let api = match access.origins.layer() {
        Some(cors) => api.layer(cors),
        None => api,
    };
    let router = server::assemble(api.merge(beacons).merge(health), &MEDIA);
    // The outermost: whoever asks for the address of a client gets the right one.
    Ok(router.layer(from_fn_with_state(access.proxies, proxies::unmask)))
}
