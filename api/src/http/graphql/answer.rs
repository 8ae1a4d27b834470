//! The HTTP form of an answer: status, headers and body for each of the two media types.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{CacheControl, ErrorExtensionValues, ServerError, Value};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use tracing::error;

use super::super::admission::OVERLOADED;
use super::super::front::Delivered;
use super::super::negotiation::MediaType;
use super::super::request_id::RequestId;
use super::freshness::{Policy, tag_headers};
use crate::cache::{Coding, Entry};
use crate::document::{self, Hash, code_of};
use crate::watch::Came;

/// Something broke here.
pub(crate) const INTERNAL: &str = "INTERNAL_SERVER_ERROR";
/// The database, or something else that is needed, is away.
pub(crate) const UNAVAILABLE: &str = "SERVICE_UNAVAILABLE";

/// What became of a request.
pub(super) enum Outcome {
    /// The HTTP request was at fault or could not be served: the status is the same for both media types.
    Refused(Refusal),
    /// A well-formed request whose document, operation or variables are wrong: it was not run.
    Invalid(Vec<ServerError>),
    /// It was run, now or before; the data may be partial.
    Answered(Box<Answer>),
}

/// An answer that was computed, with all that is needed to send it again: to this client and, when its policy allows, to others.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The JSON.
    pub body: Bytes,
    /// Whether the request was run: an answer to one that turned out to be wrong has another status.
    pub ran: bool,
    /// How long it may be used again, and by whom.
    pub policy: Policy,
    /// The entities and lists that it was made of, as a change names them; a content delivery network can drop it by them.
    pub tags: Vec<String>,
    /// How long ago it was computed, when it comes out of a cache.
    pub age: Option<Duration>,
    /// What resolvers and caches want to be sent with it.
    pub headers: HeaderMap,
    /// Whether anything went wrong in it.
    pub(crate) has_errors: bool,
    /// Whether the database, or something else that is needed, was away.
    pub(crate) is_unavailable: bool,
    /// Whether something broke here.
    pub(crate) is_broken: bool,
    /// Where it is kept, compressed too.
    pub(crate) kept: Option<Arc<Entry>>,
    /// Where it came from, if there is a cache.
    pub(crate) came: Option<Came>,
}

impl Answer {
    /// The answer that a schema gave.
    pub(super) fn new(response: &async_graphql::Response, ran: bool, tags: Vec<String>) -> Self {
        let body = if ran { serialized(response) } else { serialized(&Errors { errors: &response.errors }) };
        let policy = match &response.errors[..] {
            [] if ran => Policy::of(response.cache_control),
            _ => Policy::Never,
        };
        Self {
            body: body.into(),
            ran,
            policy,
            tags,
            age: None,
            headers: response.http_headers.clone(),
            has_errors: !response.errors.is_empty(),
            is_unavailable: response.errors.iter().any(|error| code_of(error) == Some(UNAVAILABLE)),
            is_broken: response.errors.iter().any(|error| code_of(error) == Some(INTERNAL)),
            kept: None,
            came: None,
        }
    }

    /// One that was computed before, without any error.
    pub(crate) fn kept(entry: Arc<Entry>) -> Self {
        Self {
            body: entry.body.plain().clone(),
            ran: true,
            policy: entry.policy,
            tags: Vec::new(),
            age: None,
            headers: HeaderMap::with_capacity(2),
            has_errors: false,
            is_unavailable: false,
            is_broken: false,
            kept: Some(entry),
            came: None,
        }
    }

    /// An answer that says nothing but what is known of the request. Clients take data that is null, and no errors, for a broken answer.
    pub(super) fn known(data: Value, cost: Value) -> Self {
        let response = async_graphql::Response::new(data).extension("cost", cost);
        Self { policy: Policy::Never, ..Self::new(&response.cache_control(CacheControl::default()), true, Vec::new()) }
    }
}

/// What the form of an answer depends on besides what became of the request.
pub(super) struct Delivery<'d> {
    pub(super) media_type: MediaType,
    /// GET or HEAD: caches may keep the answer.
    pub(super) safe: bool,
    /// The answer may depend on who asks.
    pub(super) private: bool,
    /// Nobody may use an answer for longer than this without asking again.
    pub(super) max_age: Duration,
    /// The codings that the client takes, the best first.
    pub(super) codings: &'d [Coding],
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
    /// What is needed is away.
    pub(crate) fn unavailable() -> Self {
        let message = "the database cannot be reached right now; try again in a moment";
        refusal(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, message)
    }

    /// Whether the database, or something else that is needed, was away.
    pub(crate) fn is_unavailable(&self) -> bool {
        matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT) && !self.is_overload()
    }

    /// Whether there was no turn for it.
    pub(crate) fn is_overload(&self) -> bool {
        code_of(&self.error) == Some(OVERLOADED)
    }

    /// Adds what programs want to know to `extensions`.
    pub(crate) fn saying(mut self, key: &str, value: Value) -> Self {
        self.error.extensions.get_or_insert_with(ErrorExtensionValues::default).set(key, value);
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let plain =
            Delivery { media_type: MediaType::Json, safe: false, private: true, max_age: Duration::ZERO, codings: &[] };
        Outcome::Refused(self).into_response(plain)
    }
}

impl Outcome {
    pub(super) fn into_response(self, delivery: Delivery<'_>) -> Response {
        let Delivery { media_type, safe, private, max_age, codings } = delivery;
        let not_run = match media_type {
            MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
            MediaType::Json => StatusCode::OK,
        };
        let mut delivered = None;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.content_type()));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(VARY, HeaderValue::from_static("accept"));
        let (status, body) = match self {
            Self::Refused(refusal) => {
                headers.extend(refusal.headers);
                (refusal.status, serialized(&Errors { errors: &[*refusal.error] }).into())
            }
            Self::Invalid(errors) => (not_run, serialized(&Errors { errors: &errors }).into()),
            Self::Answered(mut answer) => {
                let coded = answer
                    .kept
                    .as_ref()
                    .and_then(|entry| codings.iter().find_map(|coding| Some((*coding, entry.coded(*coding)?))));
                // What is stale is for this request alone.
                delivered = answer.kept.as_ref().filter(|_| answer.age.is_none()).map(|entry| Delivered {
                    entry: Arc::clone(entry),
                    coding: coded.as_ref().map(|(coding, _)| *coding),
                    operation: None,
                });
                if safe {
                    if let Some(entry) = &answer.kept {
                        answer.tags = entry.tag_names();
                    }
                    // Who asks with credentials may be answered with more.
                    headers.insert(VARY, HeaderValue::from_static("accept, authorization"));
                    if answer.policy != Policy::Never {
                        let digest = answer.kept.as_ref().map_or_else(|| Hash::of(&answer.body), |kept| *kept.digest());
                        headers.insert(ETAG, entity_tag(media_type, &digest));
                    }
                    let mut policy = if private { answer.policy.private() } else { answer.policy };
                    match tag_headers(&answer.tags) {
                        Some(tags) if !private => headers.extend(tags),
                        Some(_) => {}
                        // It could not be dropped when something in it changes.
                        None => policy = policy.revalidated(),
                    }
                    headers.insert(CACHE_CONTROL, policy.header(max_age));
                    if let Some(age) = answer.age {
                        headers.insert(AGE, HeaderValue::from(age.as_secs()));
                    }
                }
                headers.extend(answer.headers);
                if let Some((coding, body)) = coded {
                    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
                    // The layer that compresses leaves it alone, and so does not say this.
                    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
                    answer.body = body;
                }
                (if answer.ran { StatusCode::OK } else { not_run }, answer.body)
            }
        };
        let mut response = (status, headers, body).into_response();
        if let Some(delivered) = delivered {
            response.extensions_mut().insert(delivered);
        }
        response
    }
}

/// A strong one: it names these bytes in this media type. The layer that compresses names the encoding in it, too.
fn entity_tag(media_type: MediaType, hash: &Hash) -> HeaderValue {
    let digits: String = hash.as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let form = match media_type {
        MediaType::GraphqlResponse => "g",
        MediaType::Json => "j",
    };
    HeaderValue::from_str(&format!("\"{digits}-{form}\"")).expect("digits and letters")
}

/// Makes the errors of the engine and of resolvers fit to be shown: every one has a code, and what a resolver did
/// not mean to show is logged under the request id instead.
pub(super) fn presentable(errors: &mut Vec<ServerError>, code: &str, most: usize, id: &RequestId) {
    for error in errors.iter_mut() {
        // The engine keeps a `source` for what became an error by `?` alone: its text may be SQL or a path.
        if code_of(error).is_none() && error.source.is_some() {
            error!(message = error.message, path = ?error.path, "a resolver failed");
            "internal error".clone_into(&mut error.message);
            set(error, "code", INTERNAL);
        }
        if code_of(error) == Some(INTERNAL) {
            set(error, "requestId", id.as_str());
        }
    }
    document::presentable(errors, code, most);
}

fn set(error: &mut ServerError, key: &str, value: &str) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set(key, value);
}

/// A response without `data`, as the specification wants it when nothing was run.
#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [ServerError],
}

fn serialized(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("values, strings and lists can be written as JSON")
}
