//! `POST /reads`: how a page says that it was read, in one line of script: `navigator.sendBeacon('/reads', …)`.
//!
//! A beacon is plain text to the browser, so that it is sent across sites without asking first. That is safe here: it changes nothing
//! but a count, and says nothing that another site could not say by itself.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::any,
};
use http::{
    HeaderMap, Method, StatusCode,
    header::{
        ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
    },
};
use sea_orm::entity::prelude::DateTimeUtc;
use serde_json::Value;

use super::{Busy, MOST_AT_ONCE, Read, Reads};
use crate::{
    access::{Scope, Viewer},
    error::Error,
    http::{
        client::Client,
        graphql::{Refusal, internal_error, read_body, refusal},
        request_id::RequestId,
    },
};

/// As much as a browser sends as a beacon.
const LARGEST: usize = 64 * 1024;
/// Back ends with a token send the reads of many readers.
const LARGEST_OF_BACK_ENDS: usize = 1024 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
const ALLOWED: HeaderValue = HeaderValue::from_static("POST, OPTIONS");

/// `POST /reads`.
pub fn routes(reads: Reads) -> Router {
    Router::new().route("/reads", any(answer)).with_state(reads)
}

async fn answer(State(reads): State<Reads>, request: Request) -> Response {
    let mut response = match *request.method() {
        Method::POST => match post(&reads, request).await {
            Ok(response) => response,
            Err(refusal) => refusal.into_response(),
        },
        // A browser asks this before it sends JSON across sites.
        Method::OPTIONS => {
            let content_type = HeaderValue::from_static("content-type");
            let headers = [
                (ALLOW, ALLOWED),
                (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST")),
                (ACCESS_CONTROL_ALLOW_HEADERS, content_type),
                (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
            ];
            (StatusCode::NO_CONTENT, headers).into_response()
        }
        _ => refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "send reads with POST")
            .with(ALLOW, ALLOWED)
            .into_response(),
    };
    // The answer holds nothing of the reader's, so any page may read it.
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

async fn post(reads: &Reads, request: Request) -> Result<Response, Refusal> {
    let id = RequestId::of(&request);
    let client = Client::of(request.extensions(), request.headers());
    let viewer = Viewer::of(request.extensions());
    let largest = if viewer.may(Scope::RecordReads) { LARGEST_OF_BACK_ENDS } else { LARGEST };
    let (parts, body) = request.into_parts();
    must_be_text(&parts.headers)?;
    let body = read_body(&parts.headers, body, largest, BODY_TIMEOUT).await?;
    let reads_of_body = parse(&body)?;
    match reads.record_for(reads_of_body, &client, &viewer, crate::now()).await {
        Ok(receipt) => Ok(([(CACHE_CONTROL, "no-store")], Json(receipt)).into_response()),
        Err(busy) => Err(refused(busy, &id)),
    }
}

fn refused(busy: Busy, id: &RequestId) -> Refusal {
    let later = |seconds: u64| HeaderValue::from(seconds.max(1));
    match busy {
        Busy::TooMany(wait) => {
            let message = "too many reads from this address; go on after the seconds in Retry-After";
            refusal(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", message)
                .with(RETRY_AFTER, later(wait.as_secs_f64().ceil() as u64))
        }
        Busy::TooManyAtOnce(reads) => {
            refusal(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &too_many_at_once(reads))
        }
        Busy::Unsaved => {
            let message = "reads cannot be saved right now; send them again, they count once";
            refusal(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message).with(RETRY_AFTER, later(2))
        }
        Busy::Failed(Error::Internal(cause)) => {
            tracing::error!(%cause, "the articles of reads were not found");
            internal_error(id)
        }
        Busy::Failed(_) => {
            let message = "the database cannot be reached right now; send the reads again in a moment";
            refusal(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message).with(RETRY_AFTER, later(2))
        }
    }
}

/// What a client that sent too many at once is told.
pub(super) fn too_many_at_once(reads: usize) -> String {
    format!("{reads} reads in one request; send {MOST_AT_ONCE} at most, and no more than a minute allows")
}

fn must_be_text(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(content_type) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let mime = content_type.to_str().ok().and_then(|text| text.parse::<mime::Mime>().ok());
    match mime {
        Some(mime) if ["text/plain", "application/json"].contains(&mime.essence_str()) => Ok(()),
        _ => {
            let message = "the Content-Type of the body must be `text/plain` or `application/json`";
            let types = HeaderValue::from_static("text/plain, application/json");
            Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message).with(ACCEPT, types))
        }
    }
}

/// The reads in a body: one object, or an array of them.
fn parse(body: &[u8]) -> Result<Vec<Result<Read, String>>, Refusal> {
    let form = "send `{\"article\": \"…\"}` or an array of such objects";
    let bad = |problem: String| refusal(StatusCode::BAD_REQUEST, "BAD_REQUEST", &problem);
    match serde_json::from_slice(body) {
        Ok(Value::Array(reads)) => Ok(reads.into_iter().map(read).collect()),
        Ok(one @ Value::Object(_)) => Ok(vec![read(one)]),
        Ok(_) => Err(bad(format!("the body is neither an object nor an array; {form}"))),
        Err(flaw) => Err(bad(format!("the body is not valid JSON: {flaw}; {form}"))),
    }
}

fn read(value: Value) -> Result<Read, String> {
    let Value::Object(mut fields) = value else { return Err("it is no object".to_owned()) };
    let mut text = |name: &str| match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` must be a string")),
    };
    let article = text("article")?.ok_or("`article` is missing: the slug, id, uri or address of the article")?;
    let reader = text("reader")?;
    let at = text("at")?.map(|at| match at.parse::<chrono::DateTime<chrono::FixedOffset>>() {
        Ok(at) => Ok(DateTimeUtc::from(at)),
        Err(_) => Err("`at` must be a time with a zone, such as `2026-03-01T09:30:00Z` (RFC 3339)".to_owned()),
    });
    match fields.keys().next() {
        Some(other) => {
            let other: String = other.chars().take(60).collect();
            Err(format!("`{other}` is no part of a read; it has `article`, `reader` and `at`"))
        }
        None => Ok(Read { article, reader, at: at.transpose()? }),
    }
}
