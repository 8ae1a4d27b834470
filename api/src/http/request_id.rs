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
use tracing::{Instrument, error, info, info_span};

use super::graphql::internal_error;
use crate::watch::{metrics, trace::Trace};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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

    /// Nothing that could break a log line or a header, and nothing long.
    fn sane(value: &HeaderValue) -> Option<Self> {
        let bytes = value.as_bytes();
        let sane = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        ((1..=64).contains(&bytes.len()) && bytes.iter().all(sane)).then(|| Self(value.clone()))
    }

    /// The standard library seeds its hashers at random, which is enough for ids that need not be secret.
    fn random() -> Self {
        let id = format!("{:016x}", RandomState::new().build_hasher().finish());
        Self(HeaderValue::from_str(&id).expect("hexadecimal digits"))
    }
}

/// The outermost layer: gives the request its id, turns a panic into an answer, writes one line of log, and counts. Bodies and
/// query strings are never logged.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request.headers().get(X_REQUEST_ID).and_then(RequestId::sane).unwrap_or_else(RequestId::random);
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();

    let in_flight = metrics().begin(&path);
    let trace = Trace::begin(request.headers(), method.as_str(), &path);

    // The span puts the id on every line that is logged on behalf of the request.
    let span = match &trace {
        Some(trace) => {
            request.extensions_mut().insert(trace.clone());
            info_span!("request", id = id.as_str(), trace = trace.id())
        }
        None => info_span!("request", id = id.as_str()),
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

    let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis() as u64);
    info!(%method, path, status, ms, "answered");
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
