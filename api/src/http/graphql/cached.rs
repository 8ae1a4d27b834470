//! Where requests meet the cache of answers: looked up before the document is read, kept after it was run.

use std::sync::Arc;

use async_graphql::Value;
use bytes::Bytes;
use chrono::TimeDelta;
use http::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, VARY, WARNING};

use super::answer::{Outcome, serialized};
use super::params::Params;
use super::{Client, Endpoint, Execute, RequestId};
use crate::cache::{Coding, Entry, Flight, Found, Recorder};
use crate::http::negotiation;

/// RFC 9211.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// How long the database is waited for when changes cannot be followed and there is a last good answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// An answer that is in the cache, and how it came there.
pub(super) struct Cached {
    pub(super) body: Bytes,
    pub(super) headers: HeaderMap,
}

impl Cached {
    fn new(entry: &Arc<Entry>, accepted: &[Coding], status: HeaderValue) -> Self {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CACHE_STATUS, status);
        for coding in accepted {
            if let Some(body) = entry.coded(*coding) {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
                // The layer that compresses leaves it alone, and so does not say this.
                headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
                return Self { body, headers };
            }
        }
        Self { body: entry.body.plain().clone(), headers }
    }

    /// The last good answer of a database that is away.
    fn stale(entry: &Arc<Entry>, age: TimeDelta, accepted: &[Coding]) -> Self {
        let status = format!("Newsgraph; hit; ttl=-{}; detail=database-away", age.num_seconds());
        let status = HeaderValue::from_str(&status).unwrap_or(HeaderValue::from_static("Newsgraph; hit"));
        let mut cached = Self::new(entry, accepted, status);
        cached.headers.insert(WARNING, HeaderValue::from_static("110 - \"Response is Stale\""));
        cached
    }
}

impl<E: Execute> Endpoint<E> {
    /// The answer to a request: out of the cache, or computed and kept.
    pub(super) async fn answer(
        &self,
        params: Params,
        headers: &HeaderMap,
        safe: bool,
        id: &RequestId,
        client: Client,
    ) -> Outcome {
        // What else a request may ask for in `extensions` would be in its answer.
        let plain = params.extensions.keys().all(|name| name == "persistedQuery");
        let Some(cache) = self.execute.cache().filter(|_| plain) else {
            return self.run(params, safe, id, client, &Recorder::default()).await;
        };
        let variables = params.variables.iter().map(|(name, value)| (name.as_str(), value));
        let key = cache.key(&params.query, params.operation_name.as_deref(), variables);
        let accepted = negotiation::codings(headers);
        let hit = |entry: &Arc<Entry>, status| {
            Outcome::Cached(Box::new(Cached::new(entry, &accepted, HeaderValue::from_static(status))))
        };
        if let Some((entry, age)) = cache.last_good_at_once(key) {
            return Outcome::Cached(Box::new(Cached::stale(&entry, age, &accepted)));
        }
        let flight = match cache.find(key).await {
            Found::Hit(entry) => return hit(&entry, "Newsgraph; hit"),
            Found::Shared(entry) => return hit(&entry, "Newsgraph; fwd=miss; collapsed"),
            Found::Miss(flight) => Some(flight),
            Found::Untrusted => None,
        };
        let recorder = Recorder::default();
        let run = self.run(params, safe, id, client, &recorder);
        // While changes are followed the database is there; then nothing is given up.
        let outcome = if flight.is_some() || !cache.has(key) {
            Some(run.await)
        } else {
            tokio::time::timeout(PATIENCE, run).await.ok()
        };
        match outcome {
            Some(outcome) if !outcome.is_unavailable() => keep(outcome, flight, &recorder),
            failed => {
                if let Some(flight) = flight {
                    flight.land_alone();
                }
                match cache.last_good(key) {
                    Some((entry, age)) => Outcome::Cached(Box::new(Cached::stale(&entry, age, &accepted))),
                    None => failed.unwrap_or_else(Outcome::unavailable),
                }
            }
        }
    }
}

/// Keeps what was computed, if it is an answer to a query and nothing went wrong in it.
fn keep(outcome: Outcome, flight: Option<Flight>, recorder: &Recorder) -> Outcome {
    let response = match outcome {
        Outcome::Executed { response, query }
            if query && response.errors.is_empty() && response.http_headers.is_empty() =>
        {
            response
        }
        other => {
            if let Some(flight) = flight {
                flight.land_alone();
            }
            return other;
        }
    };
    debug_assert!(response.data != Value::Null, "without data there are errors");
    let body = Bytes::from(serialized(&response));
    let kept = flight.map(|flight| flight.land(&body, &recorder.finish()));
    let status = match kept {
        Some(Some(_)) => "Newsgraph; fwd=miss; stored",
        Some(None) => "Newsgraph; fwd=miss",
        None => "Newsgraph; fwd=bypass",
    };
    let headers = HeaderMap::from_iter([(CACHE_STATUS, HeaderValue::from_static(status))]);
    Outcome::Cached(Box::new(Cached { body, headers }))
}
