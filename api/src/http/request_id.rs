//! Each request has an id: the client's own when it is sane, else a new one. It is in the answer, in the log, and in
//! internal errors, so that a report from a user leads to the lines of the log.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Method, StatusCode};
use tracing::{Instrument, Level, Span, error, info, info_span};

use super::graphql::internal_error;
use crate::watch::{beginning, metrics, trace::Trace};

/// Characters of a method and of a path that are logged.
const METHOD: usize = 20;
const PATH: usize = 200;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("an id is letters, digits and signs")
    }

    /// The id that [`observe`] gave the request.
    pub fn of(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_else(Self::random)
    }

    /// That of a request with these headers: the client's own or a new one.
    pub(super) fn for_request(headers: &HeaderMap) -> Self {
        headers.get(X_REQUEST_ID).and_then(Self::sane).unwrap_or_else(Self::random)
    }

    /// As it is sent.
    pub(super) fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Nothing that could break a log line or a header, and nothing long.
    fn sane(value: &HeaderValue) -> Option<Self> {
        let bytes = value.as_bytes();
        let sane = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        ((1..=64).contains(&bytes.len()) && bytes.iter().all(sane)).then(|| Self(value.clone()))
    }

    /// The standard library seeds its hashers at random, which is enough for ids that need not be secret.
    fn random() -> Self {
        let id = RandomState::new().build_hasher().finish();
        let mut digits = *b"0000000000000000";
        for (place, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(id >> (60 - 4 * place)) as usize & 15];
        }
        Self(HeaderValue::from_bytes(&digits).expect("hexadecimal digits"))
    }

    /// The span puts the id on every line that is logged on behalf of the request.
    fn span(&self) -> Span {
        info_span!("request", id = self.as_str())
    }
}

/// When a request came, if not just now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Began(pub(super) Instant);

/// What is done when a request has been answered in front of all layers: it is counted, and gets its line of log.
pub(super) fn answered(id: &RequestId, method: &Method, path: &str, status: StatusCode, began: Instant) {
    metrics().begin(path).answered(status, false);
    if tracing::enabled!(Level::INFO) {
        id.span().in_scope(|| log(method, path, status, began));
    }
}

fn log(method: &Method, path: &str, status: StatusCode, began: Instant) {
    let (status, ms) = (status.as_u16(), began.elapsed().as_millis() as u64);
    let (method, path) = (beginning(method.as_str(), METHOD), beginning(path, PATH));
    let path = &*path;
    info!(%method, path, status, ms, "answered");
}

/// The outermost layer: gives the request its id, turns a panic into an answer, writes one line of log, and counts. Bodies and
/// query strings are never logged.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let began = request.extensions().get::<Began>().map_or_else(Instant::now, |began| began.0);
    let id = RequestId::for_request(request.headers());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();

    let in_flight = metrics().begin(&path);
    let trace = Trace::begin(request.headers(), &beginning(method.as_str(), METHOD), &beginning(&path, PATH));

    // The span puts the id on every line that is logged on behalf of the request.
    let span = match &trace {
        Some(trace) => {
            request.extensions_mut().insert(trace.clone());
            info_span!("request", id = id.as_str(), trace = trace.id())
        }
        None => id.span(),
    };
    let answer = AssertUnwindSafe(next.run(request).instrument(span.clone())).catch_unwind().await;
    let _entered = span.entered();
    let mut response = answer.unwrap_or_else(|_| {
        error!("a handler panicked");
        internal_error(&id).into_response()
    });
    response.headers_mut().insert(X_REQUEST_ID, id.0.clone());
    in_flight.answered(response.status(), response.headers().contains_key(RETRY_AFTER));
    if let Some(trace) = trace {
        trace.end(response.status());
    }
    log(&method, &path, response.status(), began);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_plain_ids_are_taken_over() {
        let sane = |text: &str| RequestId::sane(&HeaderValue::from_bytes(text.as_bytes()).expect("a header")).is_some();
        assert!(sane("0af7651916cd43dd-8448.eb_211C"));
        assert!(sane(&"a".repeat(64)));
        for text in ["", "a b", "a;b", "a\tb", "é", "<script>", &"a".repeat(65)] {
            assert!(!sane(text), "{text}");
        }
    }

    #[test]
    fn made_ids_differ() {
        assert_ne!(RequestId::random().as_str(), RequestId::random().as_str());
    }
}
