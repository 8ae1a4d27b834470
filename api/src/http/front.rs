//! The front: a request that was answered out of memory before, and is sent again byte for byte, is answered here, before it is routed, parsed
//! and checked.
//!
//! What a request comes to is found out once, by the layers and the handler behind the front: which answer of the cache, in which coding, with
//! which headers. That is remembered by a hash of all in the request that any of them reads. It is given again as long as the cache still has
//! that very answer and it is true, which the cache decides for each request as it does for all others; so nothing that is remembered here
//! need ever be dropped.
//!
//! What the layers do for such a request:
//! - The id, the line of log and the time it took are as for every request (`request_id.rs`).
//! - The headers for browsers (security, CORS) and caches were set by their layers when the answer was remembered, for a request with the same
//!   `Origin`. A header that is not known to be the same each time, such as one that tells what is left of a limit, keeps an answer from being
//!   remembered.
//! - Who sends a request changes nothing in what the public is answered, so neither proxies nor addresses are looked at.
//! - Requests with credentials, and those that ask for times, go by.

use std::{
    convert::Infallible,
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
    response::Response,
};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use highway::{HighwayHash as _, HighwayHasher, Key};
use http::{
    HeaderMap, Method, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, EXPECT, HeaderName, HeaderValue, IF_NONE_MATCH, ORIGIN,
        REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
    request::Parts,
};
use http_body_util::BodyExt as _;
use quick_cache::Weighter;
use tower::{Layer, Service, ServiceExt as _};

use super::{
    graphql::SERVER_TIMING,
    request_id::{Began, RequestId, X_REQUEST_ID, answered},
};
use crate::cache::{CACHE_STATUS, CACHE_TAG, Cache, Coding, Entry, HIT, Identity, SURROGATE_KEY};
use crate::watch::{Outcome, metrics};

/// The path that is looked at.
const PATH: &str = "/graphql";
/// The headers of a request that its answer depends on; a layer that reads another one must name it here.
const READ: [HeaderName; 6] = [ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, CONTENT_ENCODING, IF_NONE_MATCH, ORIGIN];
/// Requests with one of these go by.
const LEFT_ALONE: [HeaderName; 3] = [AUTHORIZATION, SERVER_TIMING, EXPECT];
/// The headers of an answer that are the same each time. An answer with another one is not remembered.
const CONSTANT: [HeaderName; 16] = [
    CONTENT_TYPE,
    CONTENT_LENGTH,
    CONTENT_ENCODING,
    CACHE_CONTROL,
    VARY,
    ETAG,
    X_CONTENT_TYPE_OPTIONS,
    REFERRER_POLICY,
    CONTENT_SECURITY_POLICY,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    SURROGATE_KEY,
    CACHE_TAG,
    CACHE_STATUS,
    X_REQUEST_ID,
];

/// The layer; the outermost one of the router.
#[derive(Clone)]
pub(crate) struct Front(Arc<Inner>);

struct Inner {
    cache: Cache,
    known: quick_cache::sync::Cache<u128, Arc<Known>, Weight>,
    /// A request is known by its hash, so that nobody must be able to make two with the same one.
    secret: [u64; 4],
    /// Longer bodies go by.
    longest: usize,
    /// How long a body may take to arrive.
    patience: Duration,
}

/// What a request comes to.
struct Known {
    answer: Identity,
    coding: Option<Coding>,
    status: StatusCode,
    /// Whether the bytes are sent, too.
    with_body: bool,
    headers: HeaderMap,
    /// The name of the operation, for those who count.
    operation: Option<Arc<str>>,
}

#[derive(Clone)]
struct Weight;

impl Weighter<u128, Arc<Known>> for Weight {
    fn weight(&self, _: &u128, known: &Arc<Known>) -> u64 {
        const FIXED: usize = 1_000;
        const HEADER: usize = 64;
        let lengths = known.headers.values().map(|value| value.len() + HEADER);
        (FIXED + lengths.sum::<usize>()) as u64
    }
}

/// Says of a response that it is an answer of the cache, as it is kept; a stale one is not.
#[derive(Clone)]
pub(crate) struct Delivered {
    pub(crate) entry: Arc<Entry>,
    pub(crate) coding: Option<Coding>,
    /// The name of the operation, if it has one.
    pub(crate) operation: Option<Arc<str>>,
}

impl Front {
    /// A front that remembers about this many bytes of requests and answers for `cache`.
    pub(crate) fn new(cache: Cache, bytes: u64, longest: usize, patience: Duration) -> Self {
        const USUAL: u64 = 2_000;
        let items = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).clamp(16, 1_000_000);
        let mut secret = [0; 32];
        // Without chance the standard library's seeds are as good as there are.
        if getrandom::fill(&mut secret).is_err() {
            for part in secret.chunks_exact_mut(8) {
                let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
                part.copy_from_slice(&seed.to_ne_bytes());
            }
        }
        let mut words = [0; 4];
        for (word, part) in words.iter_mut().zip(secret.chunks_exact(8)) {
            *word = u64::from_ne_bytes(part.try_into().unwrap_or_default());
        }
        let known = quick_cache::sync::Cache::with_weighter(items, bytes, Weight);
        Self(Arc::new(Inner { cache, known, secret: words, longest, patience }))
    }
}

impl<S> Layer<S> for Front {
    type Service = Fronted<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Fronted { front: self.clone(), inner: Arc::new(inner) }
    }
}

/// What stands behind the front, with it.
pub(crate) struct Fronted<S> {
    front: Front,
    /// It is cloned only when it is needed: it has many layers.
    inner: Arc<S>,
}

impl<S> Clone for Fronted<S> {
    fn clone(&self) -> Self {
        Self { front: self.front.clone(), inner: Arc::clone(&self.inner) }
    }
}

impl<S> Service<Request> for Fronted<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !self.front.0.looks_at(&request) {
            return Box::pin(S::clone(&self.inner).oneshot(request));
        }
        let Self { front, inner } = self.clone();
        Box::pin(async move { front.0.serve(&*inner, request).await })
    }
}

impl Inner {
    /// Whether it may be one that can be answered here.
    fn looks_at(&self, request: &Request) -> bool {
        let is_bounded = match *request.method() {
            Method::GET | Method::HEAD => true,
            // What is declared is what comes.
            Method::POST => request.body().size_hint().exact().is_some_and(|length| length <= self.longest as u64),
            _ => false,
        };
        is_bounded
            && request.uri().path() == PATH
            && !LEFT_ALONE.iter().any(|header| request.headers().contains_key(header))
    }

    async fn serve<S>(&self, inner: &S, request: Request) -> Result<Response, Infallible>
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync,
        S::Future: Send,
    {
        let began = Began(Instant::now());
        let (mut parts, body) = request.into_parts();
        let (bytes, failure) = match parts.method {
            Method::POST => read(body, self.patience).await,
            _ => (Bytes::new(), None),
        };
        parts.extensions.insert(began);
        if let Some(failure) = failure {
            // Whoever reads it then comes to the same end.
            let body = Body::from_stream(stream::iter([Ok(bytes), Err(failure)]));
            return inner.clone().oneshot(Request::from_parts(parts, body)).await;
        }
        let hash = self.hash(&parts, &bytes);
        if let Some(response) = self.answer(hash, &parts, began) {
            return Ok(response);
        }
        let is_head = parts.method == Method::HEAD;
        let mut response = inner.clone().oneshot(Request::from_parts(parts, Body::from(bytes))).await?;
        if let Some(delivered) = response.extensions_mut().remove::<Delivered>() {
            self.remember(hash, &response, &delivered, is_head);
        }
        Ok(response)
    }

    /// Of everything that an answer depends on. Each part says how long it is, so that no two requests are the same bytes.
    fn hash(&self, parts: &Parts, body: &[u8]) -> u128 {
        let mut hasher = HighwayHasher::new(Key(self.secret));
        let mut part = |bytes: &[u8]| {
            hasher.append(&bytes.len().to_le_bytes());
            hasher.append(bytes);
        };
        part(parts.method.as_str().as_bytes());
        part(parts.uri.query().unwrap_or_default().as_bytes());
        for (number, name) in (0_u8..).zip(&READ) {
            for value in parts.headers.get_all(name) {
                part(&[number]);
                part(value.as_bytes());
            }
        }
        part(&[u8::MAX]);
        part(body);
        let [low, high] = hasher.finalize128();
        u128::from(high) << 64 | u128::from(low)
    }

    /// The answer, when it is known which and it is still true.
    fn answer(&self, hash: u128, parts: &Parts, Began(began): Began) -> Option<Response> {
        let known = self.known.get(&hash)?;
        let entry = self.cache.still(known.answer)?;
        let body = match (known.with_body, known.coding) {
            (false, _) => Body::empty(),
            (true, None) => Body::from(entry.body.plain().clone()),
            (true, Some(coding)) => Body::from(entry.body.coded(coding)?.clone()),
        };
        self.cache.fronted();
        metrics().operations.count(known.operation.as_deref(), Outcome::Success, began.elapsed());
        let id = RequestId::for_request(&parts.headers);
        let mut response = Response::new(body);
        *response.status_mut() = known.status;
        let headers = response.headers_mut();
        headers.clone_from(&known.headers);
        headers.insert(X_REQUEST_ID, id.value());
        answered(&id, &parts.method, parts.uri.path(), known.status, began);
        Some(response)
    }

    /// Remembers what a request came to, when it comes to the same again.
    fn remember(&self, hash: u128, response: &Response, delivered: &Delivered, is_head: bool) {
        let Delivered { entry, coding, operation } = delivered;
        let status = response.status();
        let is_constant = response.headers().keys().all(|name| CONSTANT.contains(name));
        // A layer that compresses sends other bytes than those that are kept.
        let named = response.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        let is_as_kept = match status {
            StatusCode::OK => named == coding.map(|coding| coding.name().as_bytes()),
            StatusCode::NOT_MODIFIED => true,
            _ => false,
        };
        if !is_constant || !is_as_kept {
            return;
        }
        let mut headers = response.headers().clone();
        headers.insert(CACHE_STATUS, HIT);
        let with_body = status == StatusCode::OK && !is_head;
        if status == StatusCode::OK && is_head {
            let body = coding.map_or_else(|| Some(entry.body.plain().clone()), |coding| entry.coded(coding));
            let Some(body) = body else { return };
            headers.insert(CONTENT_LENGTH, body.len().into());
        }
        let known = Known {
            answer: entry.identity(),
            coding: *coding,
            status,
            with_body,
            headers,
            operation: operation.clone(),
        };
        self.known.insert(hash, Arc::new(known));
    }
}

/// The body that was declared; or what has come of it, and why no more does.
async fn read(mut body: Body, patience: Duration) -> (Bytes, Option<axum::BoxError>) {
    let mut read = Bytes::new();
    let mut more = BytesMut::new();
    let whole = async {
        while let Some(frame) = body.frame().await {
            let Ok(bytes) = frame?.into_data() else { continue };
            match (read.is_empty(), more.is_empty()) {
                (true, true) => read = bytes,
                (false, true) => {
                    more.extend_from_slice(&read);
                    more.extend_from_slice(&bytes);
                }
                _ => more.extend_from_slice(&bytes),
            }
            if body.is_end_stream() {
                break;
            }
        }
        Ok::<_, axum::Error>(())
    };
    let failure = match tokio::time::timeout(patience, whole).await {
        Ok(Ok(())) => None,
        Ok(Err(cause)) => Some(cause.into()),
        Err(_) => Some(TooSlow.into()),
    };
    (if more.is_empty() { read } else { more.freeze() }, failure)
}

/// A body has not arrived in time.
#[derive(Debug)]
pub(crate) struct TooSlow;

impl TooSlow {
    /// Whether that is why a body could not be read.
    pub(crate) fn caused(error: &(dyn StdError + 'static)) -> bool {
        error.is::<Self>() || error.source().is_some_and(Self::caused)
    }
}

impl fmt::Display for TooSlow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the body did not arrive in time")
    }
}

impl StdError for TooSlow {}
