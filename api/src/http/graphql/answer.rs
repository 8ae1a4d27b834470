//! The HTTP form of an answer: status, headers and body for each of the two media types.

use async_graphql::{ErrorExtensionValues, ServerError, Value};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use tracing::error;

use super::super::negotiation::MediaType;
use super::super::request_id::RequestId;
use super::cached::Cached;
use crate::document;

const INTERNAL: &str = "INTERNAL_SERVER_ERROR";

/// What became of a request.
pub(super) enum Outcome {
    /// The HTTP request was at fault or could not be served: the status is the same for both media types.
    Refused(Refusal),
    /// A well-formed request whose document, operation or variables are wrong: it was not run.
    Invalid(Vec<ServerError>),
    /// It was run; the data may be partial.
    Executed {
        response: Box<async_graphql::Response>,
        /// Whether it was a query.
        query: bool,
    },
    /// It has been run, now or before, without any error.
    Cached(Box<Cached>),
}

/// An answer that carries nothing but an error.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    error: Box<ServerError>,
    headers: HeaderMap,
}

/// An error of the HTTP request, with its status.
pub fn refusal(status: StatusCode, code: &str, message: &str) -> Refusal {
    Refusal { status, error: Box::new(document::error(code, message, None)), headers: HeaderMap::new() }
}

/// Something broke here. The client gets the id under which the log has the cause.
pub(crate) fn internal_error(id: &RequestId) -> Refusal {
    let mut refusal = refusal(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, "internal error");
    set(&mut refusal.error, "requestId", id.as_str());
    refusal
}

impl Refusal {
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Outcome::Refused(self).into_response(MediaType::Json)
    }
}

impl Outcome {
    /// Whether the database, or something else that is needed, was away.
    pub(super) fn is_unavailable(&self) -> bool {
        match self {
            Self::Executed { response, .. } => {
                response.errors.iter().any(|error| code_of(error) == Some("SERVICE_UNAVAILABLE"))
            }
            Self::Refused(refusal) => refusal.status == StatusCode::GATEWAY_TIMEOUT,
            _ => false,
        }
    }

    /// What is needed is away.
    pub(super) fn unavailable() -> Self {
        let message = "the database cannot be reached right now; try again in a moment";
        Self::Refused(refusal(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message))
    }

    pub(super) fn into_response(self, media_type: MediaType) -> Response {
        let (status, headers, body) = match self {
            Self::Refused(refusal) => {
                (refusal.status, refusal.headers, Bytes::from(serialized(&Errors::of(&[*refusal.error]))))
            }
            Self::Invalid(errors) => {
                let status = match media_type {
                    MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
                    MediaType::Json => StatusCode::OK,
                };
                (status, HeaderMap::new(), serialized(&Errors::of(&errors)).into())
            }
            Self::Executed { response, .. } => {
                (StatusCode::OK, response.http_headers.clone(), serialized(&response).into())
            }
            Self::Cached(cached) => (StatusCode::OK, cached.headers, cached.body),
        };
        let mut response = (status, body).into_response();
        let fixed = response.headers_mut();
        fixed.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.content_type()));
        fixed.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        fixed.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        fixed.insert(VARY, HeaderValue::from_static("accept"));
        fixed.extend(headers);
        response
    }
}

/// Makes the errors of the engine and of resolvers fit to be shown: every one has a code, and what a resolver did
/// not mean to show is logged under the request id instead.
pub(super) fn presentable(errors: &mut Vec<ServerError>, code: &str, most: usize, id: &RequestId) {
    for error in errors.iter_mut() {
        if code_of(error).is_none() {
            // The engine keeps a `source` for what became an error by `?` alone: its text may be SQL or a path.
            if error.source.is_some() {
                error!(message = error.message, path = ?error.path, "a resolver failed");
                "internal error".clone_into(&mut error.message);
                set(error, "code", INTERNAL);
            } else {
                set(error, "code", code);
            }
        }
        if code_of(error) == Some(INTERNAL) {
            set(error, "requestId", id.as_str());
        }
        error.source = None;
    }
    if errors.len() > most {
        let hidden = errors.len() - most;
        errors.truncate(most);
        errors.push(document::error("TOO_MANY_ERRORS", format!("{hidden} more errors are not shown"), None));
    }
}

fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

fn set(error: &mut ServerError, key: &str, value: &str) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set(key, value);
}

/// A response without `data`, as the specification wants it when nothing was run.
#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [ServerError],
}

impl<'a> Errors<'a> {
    fn of(errors: &'a [ServerError]) -> Self {
        Self { errors }
    }
}

pub(super) fn serialized(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("values, strings and lists can be written as JSON")
}
