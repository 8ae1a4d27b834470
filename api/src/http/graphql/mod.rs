//! GraphQL over HTTP to the letter of the draft specification: media types, status codes, methods, and the order in
//! which a request is read, measured, checked and run. docs/decisions/0003 says where the draft leaves a choice.

mod answer;
mod cached;
mod json;
mod params;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{ObjectType, Schema, SubscriptionType, parser};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use futures_util::FutureExt;
use http::header::{ALLOW, HeaderValue};
use http::{Method, StatusCode};
use tracing::error;

pub(crate) use answer::internal_error;
pub use answer::{Refusal, refusal};
pub(crate) use params::read as read_body;

use self::answer::{Outcome, presentable};
use self::params::Params;
use super::client::Client;
use super::negotiation;
use super::request_id::RequestId;
use crate::cache::{Cache, Recorder};
use crate::document::{self, InputTypes, Limits};

const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");

/// Runs a GraphQL request whose document, operation and variables have been checked. The request carries its
/// [`RequestId`] and its [`Client`] as data; an implementation adds what lives as long as one request, such as loaders.
pub trait Execute: Send + Sync + 'static {
    /// Runs it.
    fn execute(&self, request: async_graphql::Request) -> impl Future<Output = async_graphql::Response> + Send;

    /// The cache of its answers, if they are kept. Then [`Self::execute`] writes down what an answer is made of, in the `Recorder` that the
    /// request carries as data.
    fn cache(&self) -> Option<&Cache> {
        None
    }
}

impl<Q, M, S> Execute for Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    async fn execute(&self, request: async_graphql::Request) -> async_graphql::Response {
        Schema::execute(self, request).await
    }
}

/// What a request may cost.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Limits of the document.
    pub limits: Limits,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a request may run.
    pub timeout: Duration,
    /// Errors of one answer to a request that was run.
    pub field_errors: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            body_bytes: 128 * 1024,
            body_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            field_errors: 100,
        }
    }
}

/// The GraphQL endpoint: a schema behind HTTP.
pub struct Endpoint<E> {
    execute: E,
    types: InputTypes,
    settings: Settings,
}

impl<E: Execute> Endpoint<E> {
    /// `sdl` is what the schema prints of itself.
    pub fn new(execute: E, sdl: &str, settings: Settings) -> Result<Self, parser::Error> {
        Ok(Self { execute, types: InputTypes::from_sdl(sdl)?, settings })
    }

    /// The route, for every method.
    pub fn into_route<S: Clone + Send + Sync + 'static>(self) -> MethodRouter<S> {
        any(answer::<E>).with_state(Arc::new(self))
    }

    async fn serve(&self, request: Request, id: &RequestId) -> Outcome {
        let (parts, body) = request.into_parts();
        let params = match parts.method {
            Method::POST => Params::from_body(&parts.headers, body, &self.settings).await,
            _ => Params::from_query_string(&parts.uri),
        };
        match params {
            Ok(params) => {
                let client = Client::of(&parts.extensions, &parts.headers);
                self.answer(params, &parts.headers, parts.method.is_safe(), id, client).await
            }
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    async fn run(&self, params: Params, safe: bool, id: &RequestId, client: Client, recorder: &Recorder) -> Outcome {
        let (request, query) = match self.checked(params, safe) {
            Ok((request, query)) => (request.data(id.clone()).data(client).data(recorder.clone()), query),
            Err(outcome) => return outcome,
        };
        let run = AssertUnwindSafe(self.execute.execute(request)).catch_unwind();
        let mut response = match tokio::time::timeout(self.settings.timeout, run).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => {
                error!("a resolver panicked");
                return Outcome::Refused(internal_error(id));
            }
            Err(_) => {
                let message = format!("the request took longer than {} seconds", self.settings.timeout.as_secs_f32());
                return Outcome::Refused(refusal(StatusCode::GATEWAY_TIMEOUT, "TIMEOUT", &message));
            }
        };
        // Errors of fields have a path; those of validation, which the engine does first, have none.
        let executed =
            response.data != async_graphql::Value::Null || response.errors.iter().any(|error| !error.path.is_empty());
        if executed {
            presentable(&mut response.errors, "BAD_USER_INPUT", self.settings.field_errors, id);
            Outcome::Executed { response: Box::new(response), query }
        } else {
            presentable(&mut response.errors, "GRAPHQL_VALIDATION_FAILED", self.settings.limits.errors, id);
            Outcome::Invalid(response.errors)
        }
    }

    /// Everything that can be known to be wrong before anything runs; and whether it is a query.
    fn checked(&self, params: Params, safe: bool) -> Result<(async_graphql::Request, bool), Outcome> {
        let Settings { limits, .. } = &self.settings;
        let document = document::parse(&params.query, limits).map_err(Outcome::Invalid)?;
        let operation = document::operation(&document, params.operation_name.as_deref())
            .map_err(|error| Outcome::Invalid(vec![error]))?;
        match operation.node.ty {
            OperationType::Mutation if safe => {
                let message = "a mutation must be sent with POST";
                let refusal = refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
                return Err(Outcome::Refused(refusal.with(ALLOW, HeaderValue::from_static("POST"))));
            }
            OperationType::Subscription => {
                let message = "subscriptions are not served over plain HTTP requests";
                let at = Some(operation.pos);
                return Err(Outcome::Invalid(vec![document::error("GRAPHQL_VALIDATION_FAILED", message, at)]));
            }
            _ => {}
        }
        let query = operation.node.ty == OperationType::Query;
        self.types.check_literals(&document, limits.errors).map_err(Outcome::Invalid)?;
        self.types.check_variables(&operation.node, &params.variables, limits.errors).map_err(Outcome::Invalid)?;

        let mut request = async_graphql::Request::new(params.query).variables(params.variables);
        request.operation_name = params.operation_name;
        request.extensions.0 = params.extensions;
        request.set_parsed_query(document);
        Ok((request, query))
    }
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
    endpoint.serve(request, &id).await.into_response(media_type)
}
