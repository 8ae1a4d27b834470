//! The application: the schema with its database, behind the routes.

use std::{any::TypeId, sync::Arc};

use async_graphql::{Request, Response, ValidationMode, parser::types::ExecutableDocument};
use axum::{Router, middleware::from_fn_with_state};
use include_dir::{Dir, include_dir};
use sea_orm::DatabaseConnection;

use crate::{
    Settings,
    access::{self, Gate, Viewer},
    cache::{Cache, Recorder, Shareable},
    document::{self, Prepared, Trusted, fitted},
    http::{
        article_page::{self, Pages},
        front::Front,
        graphql::{self, Answer, Asked, Endpoint, Execute, Executed, Refusal, Unusable},
        health, proxies, schema_file,
    },
    import,
    reads::{self, Reads},
    replicas::Replicas,
    schema::{self, Schema},
    server::{self, Draining},
    store,
    watch::{self, Sources, Watch},
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
    replicas: Replicas,
}

impl Newsroom {
    /// Runs a query of the public, which `request` makes of its document: on a replica, if one knows all that this server has seen.
    async fn query(
        &self,
        document: ExecutableDocument,
        request: impl Fn(ExecutableDocument) -> Request,
        recorder: Recorder,
    ) -> Response {
        // Before the time of day is taken.
        let kept = self.cache.as_ref().and_then(Cache::rows);
        let now = crate::now();
        let run = |db: &DatabaseConnection, document, kept| {
            let settings = Arc::clone(&self.settings);
            let loaders = store::Request::of(db.clone(), settings, now, Viewer::public(), recorder.clone(), kept);
            // In a place of its own, as below.
            Box::pin(loaders.execute(&self.schema, request(document)))
        };
        // It is chosen when the computation has begun: what is seen from then on keeps the answer out of memory.
        if let Some(replica) = self.replicas.choose(self.cache.as_ref()) {
            // Rows are not kept of it: by the time one is read, a change may have been seen that the replica does not know.
            let response = run(replica.db(), document.clone(), None).await;
            if !is_failed(&response) {
                return response;
            }
            replica.failed();
        }
        run(&self.db, document, kept).await
    }
}

impl Execute for Newsroom {
    async fn execute(&self, mut request: Request, document: &Arc<Prepared>) -> Executed {
        let (viewer, recorder) = (carried::<Viewer>(&request), carried::<Recorder>(&request));
        if viewer.sees_what_everybody_does() && carried::<Option<Shareable>>(&request).is_some() {
            let request = &request;
            let again = |part: ExecutableDocument| {
                let mut again = Request::new("").variables(request.variables.clone());
                again.operation_name.clone_from(&request.operation_name);
                again.set_parsed_query(fitted(part, &request.variables));
                again
            };
            let run = |part: ExecutableDocument, recorder| self.query(part, again, recorder);
            let operation = request.operation_name.as_deref();
            if let Some(cache) = self.cache.as_ref().filter(|cache| cache.keeps_answers())
                && let Some(executed) = Box::pin(cache.in_parts(document, operation, &recorder, &run)).await
            {
                return executed;
            }
            return Box::pin(run(document.alone(operation).into_owned(), recorder)).await.into();
        }
        let part = document.to_run(&request);
        request.set_parsed_query(part);
        // Before the time of day is taken.
        let kept = self.cache.as_ref().and_then(Cache::rows);
        let settings = Arc::clone(&self.settings);
        let loaders = store::Request::of(self.db.clone(), settings, crate::now(), viewer, recorder, kept);
        // In a place of its own: what waits for it, and what answers without it, stay small.
        Box::pin(loaders.execute(&self.schema, request.data(self.reads.clone()))).await.into()
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

/// Whether the database, and not the request, is at fault.
fn is_failed(response: &Response) -> bool {
    let codes = response.errors.iter().filter_map(document::code_of);
    codes.into_iter().any(|code| matches!(code, graphql::INTERNAL | graphql::UNAVAILABLE))
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
    /// For queries of the public, when they are up to date.
    pub replicas: Replicas,
}

/// How to serve.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Who is believed, and who may read answers.
    pub access: access::Settings,
    /// What requests may cost.
    pub graphql: graphql::Settings,
    /// Where it is said what there is to watch.
    pub watch: Watch,
    /// Whether the server is about to stop.
    pub draining: Draining,
}

/// Every path that is served, in the usual way.
pub fn router(db: DatabaseConnection, settings: Settings, reads: Reads) -> Result<Router, Unusable> {
    router_with(
        Pools { requests: db.clone(), jobs: db, replicas: Replicas::default() },
        settings,
        reads,
        Options::default(),
    )
}

/// Reads the registered documents of a folder or a manifest, and holds them against the schema, as the endpoint does when it is made.
pub fn check_documents(path: &std::path::Path, graphql: &graphql::Settings) -> Result<Trusted, Unusable> {
    let schema = document::Schema::from_sdl(&schema::sdl(), &WEIGHTS, graphql.limits.introspection)?;
    Trusted::load(path, &schema, &graphql.limits).map_err(Unusable::Documents)
}

/// Every path that is served.
pub fn router_with(pools: Pools, settings: Settings, reads: Reads, options: Options) -> Result<Router, Unusable> {
    router_and_cache(pools, settings, reads, options).map(|(router, _)| router)
}

/// Every path that is served, and the answers that are kept, if any are.
pub fn router_and_cache(
    pools: Pools,
    settings: Settings,
    reads: Reads,
    options: Options,
) -> Result<(Router, Option<Cache>), Unusable> {
    let (Options { access, graphql, watch, draining }, Pools { requests: mut db, jobs, replicas }) = (options, pools);
    // On the connections of jobs: many requests must not make the server seem broken.
    let checked = jobs.clone();
    let health = health::routes("database", move || {
        let db = checked.clone();
        async move { db.ping().await.inspect_err(|cause| tracing::warn!(%cause, "not ready")).is_ok() }
    });
    let health = health.layer(from_fn_with_state(draining, health::drain));
    graphql::count_statements(&mut db);
    let gate = Gate::new(db.clone(), access.jwt.clone(), graphql.limiter.clone());
    let gate = from_fn_with_state(gate, access::identify);
    let beacons = reads::routes(reads.clone()).layer(gate.clone());
    let schema = schema::builder().validation_mode(ValidationMode::Fast).finish();
    // On the connections of jobs: requests that take all others must not keep changes from being seen.
    let cache = Cache::start(&jobs, &settings.cache);
    let imports = import::routes(jobs.clone(), &access, cache.clone());
    // Whoever asks for the address of a client gets the right one, so nothing but the front stands outside of that.
    let front = cache
        .clone()
        .filter(|cache| cache.keeps_answers() && !graphql.server_timing && !watch::trace::is_on())
        .map(|cache| Front::new(cache, settings.cache.for_front(), graphql.body_bytes, graphql.body_timeout));
    let kept = cache.clone();
    let (seen, rankings) = ((db.clone(), cache.clone(), reads.clone()), settings.rankings.clone());
    let (public_url, article_url, looked_up) = (settings.public_url.clone(), settings.article_url.clone(), db.clone());
    let newsroom = Newsroom { schema, db, settings: Arc::new(settings), reads, cache, replicas };
    let graphql = graphql::Settings { weights: WEIGHTS, ..graphql };
    let limiter = graphql.limiter.clone();
    let sdl = schema::sdl();
    let schema_file = schema_file::routes(&sdl, graphql.limits.introspection);
    let endpoint = Endpoint::new(newsroom, &sdl, graphql)?;
    let (requests, cache, reads) = seen;
    watch.look_at(Sources { requests, jobs, cache, documents: endpoint.documents(), reads, rankings });
    let endpoint = Arc::new(endpoint);
    let asked = Arc::clone(&endpoint);
    let ask: article_page::Ask = Arc::new(move |request| asked.ask(request));
    let pages = article_page::routes(Pages { ask, db: looked_up, public_url, article_url });
    let api = Router::new().route("/graphql", endpoint.route()).merge(pages).merge(imports).layer(gate);
    let api = api.merge(schema_file);
    let api = match access.origins.layer() {
        Some(cors) => api.layer(cors),
        None => api,
    };
    let router = server::assemble(api.merge(beacons).merge(health), &MEDIA, limiter);
    let router = router.layer(from_fn_with_state(access.proxies, proxies::unmask));
    let router = match front {
        Some(front) => router.layer(front),
        None => router,
    };
    Ok((router, kept))
}
