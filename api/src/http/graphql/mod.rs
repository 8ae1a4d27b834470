//! GraphQL over HTTP to the letter of the draft specification: media types, status codes, methods, and the order in
//! which a request is read, measured, checked and run. docs/decisions/0003 says where the draft leaves a choice, and 0011 what is kept
//! between requests.

mod answer;
mod freshness;
mod json;
mod params;
mod persisted;
mod report;
mod timing;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::{OperationDefinition, OperationType};
use async_graphql::{Name, ObjectType, Schema, SubscriptionType, Value, Variables, indexmap::IndexMap, parser};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use http::header::{ALLOW, HeaderValue};
use http::{HeaderMap, Method, StatusCode, request::Parts};
use tracing::{error, warn};

pub(crate) use answer::internal_error;
pub use answer::{Answer, Refusal, refusal};
pub(crate) use answer::{INTERNAL, UNAVAILABLE};
pub use freshness::{Policy, depends_on_viewer};
pub(crate) use params::read as read_body;
pub(crate) use timing::{SERVER_TIMING, count_statements};

use self::answer::{Delivery, Outcome, presentable};
use self::params::Params;
use self::persisted::Wanted;
use self::timing::Timing;
use super::admission::{self, Admission};
use super::article_page;
use super::client::Client;
use super::front::Delivered;
use super::limiter::{self, Account, Limiter};
use super::negotiation;
use super::request_id::RequestId;
use crate::access::Viewer;
use crate::cache::{Recorder, Shareable};
use crate::database::Allowance;
use crate::document::{self, Documents, Hash, Limits, Prepared, Trusted, Weights};
use crate::watch::{metrics, trace::Trace};

const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");

/// Runs a GraphQL request whose document, operation and variables have been checked. The request carries its
/// [`RequestId`], its [`Client`] and its [`Viewer`] as data; an implementation adds what lives as long as one request, such as loaders.
pub trait Execute: Send + Sync + 'static {
    /// Runs an operation of `document`, which the request names. The document has been validated, so the schema need not do it again
    /// (`ValidationMode::Fast`).
    fn execute(
        &self,
        request: async_graphql::Request,
        document: &Arc<Prepared>,
    ) -> impl Future<Output = Executed> + Send;

    /// Answers a query: by `run`, which executes it, or with an answer that was kept. This is where a cache of answers belongs.
    fn answer(
        &self,
        asked: &Asked,
        run: impl Future<Output = Result<Answer, Refusal>> + Send,
    ) -> impl Future<Output = Result<Answer, Refusal>> + Send {
        let _ = asked;
        run
    }
}

impl<Q, M, S> Execute for Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    async fn execute(&self, mut request: async_graphql::Request, document: &Arc<Prepared>) -> Executed {
        let document = document.to_run(&request);
        request.set_parsed_query(document);
        Schema::execute(self, request).await.into()
    }
}

/// What came of running a request.
#[derive(Debug)]
pub struct Executed {
    /// The data and the errors.
    pub response: async_graphql::Response,
    /// The entities and lists that it was made of.
    pub tags: Vec<String>,
    /// The whole answer as JSON, when it was put together without the data; then there are no errors.
    pub json: Option<Bytes>,
}

impl From<async_graphql::Response> for Executed {
    fn from(response: async_graphql::Response) -> Self {
        Self { response, tags: Vec::new(), json: None }
    }
}

/// What a query asks for, as far as its answer depends on it.
#[derive(Debug)]
pub struct Asked {
    /// The hash of the document.
    pub document: Hash,
    /// Which of its operations.
    pub operation: Option<String>,
    /// The variables that the operation has.
    pub variables: Variables,
    /// Whether the answer may depend on who asks.
    pub private: bool,
    /// Where what the answer is made of is written down while it is computed; the request carries it as data.
    pub(crate) recorder: Recorder,
}

impl Asked {
    /// The same for the same document, operation and variables.
    pub fn key(&self) -> Hash {
        let asked = (self.document.to_string(), &self.operation, &self.variables);
        Hash::of(serde_json::to_vec(&asked).expect("values and strings can be written as JSON"))
    }
}

/// What a request may cost, and what is kept of it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Limits of the document, its variables and its cost.
    pub limits: Limits,
    /// What the SDL does not say of the cost of fields.
    pub weights: Weights,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a request may run.
    pub timeout: Duration,
    /// How long the database may work for a request.
    pub database_time: Duration,
    /// Errors of one answer to a request that was run.
    pub field_errors: usize,
    /// Bytes of the documents that are kept.
    pub document_bytes: u64,
    /// Whether clients may send the hash of a document that was seen lately.
    pub persisted_queries: bool,
    /// A folder or manifest of documents that clients may send by name.
    pub documents: Option<PathBuf>,
    /// Whether these alone are answered.
    pub documents_only: bool,
    /// Whether there is no endpoint when one of these is wrong.
    pub documents_strict: bool,
    /// How long caches may use an answer without asking again, at most.
    pub max_age: Duration,
    /// Whether each answer says where its time went; else only those to requests that ask for it.
    pub server_timing: bool,
    /// Requests that take as long as this are logged.
    pub slow: Option<Duration>,
    /// Limits clients; none is limited without.
    pub limiter: Option<Limiter>,
    /// How many requests are computed at a time.
    pub admission: Admission,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            weights: Weights::default(),
            body_bytes: 128 * 1024,
            body_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
            database_time: Duration::from_millis(800),
            field_errors: 100,
            document_bytes: 32 * 1024 * 1024,
            persisted_queries: true,
            documents: None,
            documents_only: false,
            documents_strict: false,
            max_age: Duration::from_secs(60),
            server_timing: false,
            slow: None,
            limiter: None,
            admission: Admission::new(admission::Settings::default()),
        }
    }
}

/// Why an endpoint cannot be made.
#[derive(Debug)]
pub enum Unusable {
    /// The SDL of the schema cannot be read.
    Sdl(parser::Error),
    /// Registered documents are wrong: a line for each flaw.
    Documents(String),
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sdl(error) => write!(formatter, "the schema cannot be read: {error}"),
            Self::Documents(flaws) => write!(formatter, "the registered documents cannot be used:\n{flaws}"),
        }
    }
}

impl std::error::Error for Unusable {}

impl From<parser::Error> for Unusable {
    fn from(error: parser::Error) -> Self {
        Self::Sdl(error)
    }
}

/// The GraphQL endpoint: a schema behind HTTP.
pub struct Endpoint<E> {
    execute: E,
    schema: document::Schema,
    documents: Arc<Documents>,
    trusted: Trusted,
    settings: Settings,
}

impl<E: Execute> Endpoint<E> {
    /// `sdl` is what the schema prints of itself: documents are held against it.
    pub fn new(execute: E, sdl: &str, settings: Settings) -> Result<Self, Unusable> {
        let schema = document::Schema::from_sdl(sdl, &settings.weights, settings.limits.introspection)?;
        let trusted = match &settings.documents {
            Some(path) => Trusted::load(path, &schema, &settings.limits).map_err(Unusable::Documents)?,
            None => Trusted::default(),
        };
        if settings.documents_strict && !trusted.flaws().is_empty() {
            return Err(Unusable::Documents(trusted.flaws().join("\n")));
        }
        for flaw in trusted.flaws() {
            warn!(flaw, "a registered document cannot be answered");
        }
        metrics().registered(trusted.len(), trusted.unusable());
        // Those that were chosen by the newsroom are counted by name, whatever clients make up.
        trusted.iter().flat_map(|document| document.names()).for_each(|name| metrics().operations.register(name));
        let documents = Arc::new(Documents::new(settings.document_bytes));
        Ok(Self { execute, schema, documents, trusted, settings })
    }

    /// The documents that were seen lately.
    pub fn documents(&self) -> Arc<Documents> {
        Arc::clone(&self.documents)
    }

    /// The route, for every method.
    pub fn into_route<S: Clone + Send + Sync + 'static>(self) -> MethodRouter<S> {
        Arc::new(self).route()
    }

    /// The route of an endpoint that others ask, too.
    pub(crate) fn route<S: Clone + Send + Sync + 'static>(self: Arc<Self>) -> MethodRouter<S> {
        any(answer::<E>).with_state(self)
    }

    /// The answer to a request that has passed the layers before.
    pub(crate) fn ask(self: &Arc<Self>, request: Request) -> BoxFuture<'static, Response> {
        Box::pin(answer(State(Arc::clone(self)), request))
    }

    async fn serve(
        &self,
        parts: &Parts,
        body: axum::body::Body,
        about: (&RequestId, Client, Viewer),
        account: &Account<'_>,
    ) -> (Outcome, Timing) {
        if let Err(refusal) = account.charge(limiter::EACH.into()) {
            return (Outcome::Refused(refusal), Timing::start(parts.extensions.get::<Trace>().cloned()));
        }
        let params = match parts.method {
            Method::POST => Params::from_body(&parts.headers, body, &self.settings).await,
            _ => Params::from_query_string(&parts.uri),
        };
        let mut timing = Timing::start(parts.extensions.get::<Trace>().cloned());
        let outcome = match params {
            Ok(params) => {
                let private = depends_on_viewer(&parts.headers, &about.2);
                let how = (parts.method.is_safe(), private);
                let answered = self.run(params, how, about, account, &mut timing).await;
                answered.unwrap_or_else(|outcome| outcome)
            }
            Err(refusal) => Outcome::Refused(refusal),
        };
        (outcome, timing)
    }

    async fn run(
        &self,
        params: Params,
        (safe, private): (bool, bool),
        (id, client, viewer): (&RequestId, Client, Viewer),
        account: &Account<'_>,
        timing: &mut Timing,
    ) -> Result<Outcome, Outcome> {
        let prepared = self.document(&params, account, timing)?;
        metrics().document(timing.known);
        let Params { operation_name, variables, mut extensions, .. } = params;
        let name = operation_name.as_deref();
        timing.document = Some((Arc::clone(&prepared), prepared.place_of(name)));
        let operation = prepared.operation(name).map_err(invalid)?;
        let is_query = allowed(&operation.node, safe)?;
        let limits = &self.settings.limits;
        self.schema.check_variables(&operation.node, &variables, limits).map_err(Outcome::Invalid)?;
        let cost = prepared.cost(&self.schema, &operation.node, name, &variables, limits).map_err(invalid)?;
        timing.cost = Some(cost);
        let measured = |statements| known_cost(cost, limits, statements);
        let flag = |name| matches!(extensions.get(name), Some(Value::Boolean(true)));
        let (dry_run, show_cost) = (flag("dryRun"), flag("cost"));
        if dry_run {
            timing.prepared = timing.so_far();
            let data = prepared.nothing_run(&self.schema, &operation.node, &variables);
            return Ok(Outcome::Answered(Box::new(Answer::known(data, measured(None)))));
        }
        document::check_cost(cost, limits).map_err(invalid)?;

        let asked = Asked {
            document: *prepared.hash(),
            operation: operation_name.clone(),
            variables: only_defined(&operation.node, &variables),
            private,
            recorder: Recorder::default(),
        };
        let carried = async_graphql::Request::new("").data(id.clone()).data(client).data(viewer);
        let mut request = carried.data(asked.recorder.clone()).variables(variables);
        let struck = prepared.struck(&self.schema, name, &asked.variables);
        let is_struck = struck.is_some();
        if let Some(struck) = struck {
            request = request.data(struck);
        } else if is_query && !show_cost && !private {
            request = request.data(Some(Shareable));
        }
        request.operation_name = operation_name;
        extensions.remove("persistedQuery");
        request.extensions.0 = extensions;
        timing.prepared = timing.so_far();

        let timing = &*timing;
        let run = timing.counting(async {
            // What is answered out of memory costs no more than any request, and needs no turn.
            account.charge_rest(cost)?;
            let _turn = self.settings.admission.enter().await?;
            timing.begin();
            let mut executed = self.execute(request, &prepared, id).await?;
            let (errors, name) = (&mut executed.response.errors, asked.operation.as_deref());
            prepared.explain(errors, &self.schema, name, &asked.variables);
            if is_struck {
                prepared.amend(&mut executed.response, &self.schema, name, &asked.variables);
            }
            if show_cost {
                let statements = Some(timing.statements());
                executed.response.extensions.insert("cost".to_owned(), measured(statements));
            }
            Ok(self.answer(executed, id))
        });
        let answer = if is_query && !show_cost { self.execute.answer(&asked, run).await } else { run.await };
        answer.map(|answer| Outcome::Answered(Box::new(answer))).map_err(Outcome::Refused)
    }

    /// The document that a request wants, ready to be run.
    fn document(&self, params: &Params, account: &Account<'_>, timing: &mut Timing) -> Result<Arc<Prepared>, Outcome> {
        let Settings { limits, documents_only, persisted_queries, .. } = &self.settings;
        let wanted = Wanted::of(params).map_err(Outcome::Refused)?;
        let registered = match &wanted {
            Wanted::Text(_, hash) => self.trusted.by_hash(hash),
            Wanted::Registered(id) | Wanted::Seen(id) => self.trusted.by_id(id),
        };
        match registered {
            Some(Ok(registered)) => {
                timing.known = true;
                return Ok(Arc::clone(registered));
            }
            // Its text is as good as any other, where others are answered.
            Some(Err(flaw)) if *documents_only || !matches!(wanted, Wanted::Text(..)) => {
                return Err(invalid(persisted::unusable(flaw)));
            }
            _ => {}
        }
        let known = match wanted {
            Wanted::Text(_, hash) if *documents_only && hash != *article_page::HASH => {
                return Err(invalid(persisted::not_among_the_registered()));
            }
            Wanted::Registered(id) => return Err(invalid(persisted::not_registered(id))),
            Wanted::Seen(id) if *documents_only => return Err(invalid(persisted::not_registered(id))),
            Wanted::Seen(_) if !persisted_queries => return Err(persisted::not_supported()),
            Wanted::Seen(hash) => match Hash::from_hex(hash) {
                Some(hash) => self.documents.get(&hash).ok_or_else(persisted::not_found)?,
                None => {
                    let message = "`extensions.persistedQuery.sha256Hash` must be 64 hexadecimal digits";
                    return Err(Outcome::Refused(params::bad_request(message.to_owned())));
                }
            },
            Wanted::Text(text, hash) => match self.documents.get(&hash) {
                Some(known) => known,
                None => {
                    account.charge((text.len() / limiter::BYTES_FOR_ONE) as u64).map_err(Outcome::Refused)?;
                    let known = self.documents.prepare(text, hash, &self.schema, limits);
                    return known.map_err(|errors| Outcome::Invalid(errors.to_vec()));
                }
            },
        };
        timing.known = true;
        known.map_err(|errors| Outcome::Invalid(errors.to_vec()))
    }

    async fn execute(
        &self,
        request: async_graphql::Request,
        document: &Arc<Prepared>,
        id: &RequestId,
    ) -> Result<Executed, Refusal> {
        let allowance = Allowance::new(self.settings.timeout, self.settings.database_time);
        let run = AssertUnwindSafe(allowance.scope(self.execute.execute(request, document))).catch_unwind();
        match tokio::time::timeout(self.settings.timeout, run).await {
            Ok(Ok(executed)) => Ok(executed),
            Ok(Err(_)) => {
                error!("a resolver panicked");
                Err(internal_error(id))
            }
            Err(_) => {
                let message = format!("the request took longer than {} seconds", self.settings.timeout.as_secs_f32());
                Err(refusal(StatusCode::GATEWAY_TIMEOUT, "TIMEOUT", &message))
            }
        }
    }

    fn answer(&self, Executed { mut response, tags, json }: Executed, id: &RequestId) -> Answer {
        // Errors of fields have a path; those of the engine's own checks, which it does first, have none.
        let ran = response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty());
        if ran {
            presentable(&mut response.errors, "BAD_USER_INPUT", self.settings.field_errors, id);
        } else {
            presentable(&mut response.errors, "GRAPHQL_VALIDATION_FAILED", self.settings.limits.errors, id);
        }
        let mut answer = Answer::new(&response, ran, tags);
        if let Some(json) = json {
            answer.body = json;
        }
        answer
    }
}

fn invalid(error: async_graphql::ServerError) -> Outcome {
    Outcome::Invalid(vec![error])
}

/// Whether it is a query; a mutation by GET and a subscription are refused.
fn allowed(operation: &OperationDefinition, safe: bool) -> Result<bool, Outcome> {
    match operation.ty {
        OperationType::Query => Ok(true),
        OperationType::Mutation if safe => {
            let message = "a mutation must be sent with POST";
            let refusal = refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
            Err(Outcome::Refused(refusal.with(ALLOW, HeaderValue::from_static("POST"))))
        }
        OperationType::Mutation => Ok(false),
        OperationType::Subscription => {
            let message = "subscriptions are not served over plain HTTP requests";
            Err(invalid(document::error("GRAPHQL_VALIDATION_FAILED", message, None)))
        }
    }
}

/// Variables that the operation does not have change nothing in its answer.
fn only_defined(operation: &OperationDefinition, variables: &Variables) -> Variables {
    let mut defined = Variables::default();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        if let Some(value) = variables.get(name) {
            defined.insert(name.clone(), value.clone());
        }
    }
    defined
}

fn known_cost(cost: u64, limits: &Limits, statements: Option<u64>) -> Value {
    let mut entries =
        IndexMap::from([(Name::new("requested"), Value::from(cost)), (Name::new("limit"), Value::from(limits.cost))]);
    if let Some(statements) = statements {
        entries.insert(Name::new("statements"), Value::from(statements));
    }
    Value::Object(entries)
}

fn wants_timing(settings: &Settings, headers: &HeaderMap) -> bool {
    settings.server_timing || headers.contains_key(SERVER_TIMING)
}

async fn answer<E: Execute>(State(endpoint): State<Arc<Endpoint<E>>>, request: Request) -> Response {
    match *request.method() {
        Method::GET | Method::HEAD | Method::POST => {}
        Method::OPTIONS => return (StatusCode::NO_CONTENT, [(ALLOW, ALLOWED)]).into_response(),
        _ => {
            let message = "send GraphQL requests with POST, or queries with GET";
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
                .with(ALLOW, ALLOWED)
                .into_response();
        }
    }
    let Some(media_type) = negotiation::media_type(request.headers()) else {
        let message = "the answer can be `application/graphql-response+json` or `application/json`, \
                       and Accept takes neither";
        return refusal(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message).into_response();
    };
    let id = RequestId::of(&request);
    let (parts, body) = request.into_parts();
    let client = Client::of(&parts.extensions, &parts.headers);
    let viewer = Viewer::of(&parts.extensions);
    let account = Account::new(endpoint.settings.limiter.as_ref(), &viewer, &client);
    let private = depends_on_viewer(&parts.headers, &viewer);
    let (outcome, timing) = endpoint.serve(&parts, body, (&id, client, viewer), &account).await;
    report::report(&outcome, &timing, endpoint.settings.slow);
    let age = match &outcome {
        Outcome::Answered(answer) => answer.age,
        _ => None,
    };
    let delivery = Delivery {
        media_type,
        safe: parts.method.is_safe(),
        private,
        max_age: endpoint.settings.max_age,
        codings: &negotiation::codings(&parts.headers),
    };
    // What is given out of memory is the same for all, and says nothing of who asks.
    let tells = account.is_computed() || !matches!(outcome, Outcome::Answered(_));
    let mut response = outcome.into_response(delivery);
    if let Some(delivered) = response.extensions_mut().get_mut::<Delivered>() {
        delivered.operation = timing.operation().map(Into::into);
    }
    if tells {
        account.tell(response.headers_mut());
    }
    if wants_timing(&endpoint.settings, &parts.headers) {
        response.headers_mut().insert(SERVER_TIMING, timing.header(age));
    }
    response
}
