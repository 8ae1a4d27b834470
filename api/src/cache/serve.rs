//! Where queries meet the cache: answered out of memory, or computed and kept.

use std::{sync::Arc, time::Duration};

use async_graphql::CacheControl;
use async_graphql_value::ConstValue;
use chrono::TimeDelta;
use http::header::{HeaderName, HeaderValue, WARNING};

use super::{Cache, Entry, Flight, Found};
use crate::http::graphql::{Answer, Asked, Refusal};
use crate::watch::Came;

/// RFC 9211.
pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// Says that an answer was kept.
pub(crate) const HIT: HeaderValue = HeaderValue::from_static("Newsgraph; hit");
const COLLAPSED: HeaderValue = HeaderValue::from_static("Newsgraph; fwd=miss; collapsed");
/// How long the database is waited for when changes cannot be followed and there is a last good answer.
const PATIENCE: Duration = Duration::from_secs(1);

impl Cache {
    /// The answer to a query of the public: kept, or what `run` comes to, which may be kept then.
    pub(crate) async fn answer(
        &self,
        asked: &Asked,
        run: impl Future<Output = Result<Answer, Refusal>> + Send,
    ) -> Result<Answer, Refusal> {
        let variables = asked.variables.iter().map(|(name, value): (_, &ConstValue)| (name.as_str(), value));
        let key = self.key(asked.document.as_bytes(), asked.operation.as_deref(), variables);
        if let Some((entry, age)) = self.last_good_at_once(key) {
            return self.counted(Came::Stale, Ok(stale(entry, age)));
        }
        let flight = match self.seek(key).await {
            Found::Hit(entry) => return self.counted(Came::Hit, Ok(given(entry, HIT))),
            Found::Shared(entry) => return self.counted(Came::Collapsed, Ok(given(entry, COLLAPSED))),
            Found::Miss(flight) => Some(flight),
            Found::Untrusted => None,
        };
        let came = if flight.is_some() { Came::Miss } else { Came::Untrusted };
        // While changes are followed the database is there; then nothing is given up.
        let outcome = if flight.is_some() || !self.has(key) {
            Some(run.await)
        } else {
            tokio::time::timeout(PATIENCE, run).await.ok()
        };
        let failed = match outcome {
            Some(Ok(answer)) if !answer.is_unavailable => return self.counted(came, Ok(keep(answer, flight, asked))),
            Some(Err(refusal)) if !refusal.is_unavailable() => {
                // Those who wait for this one try for themselves, side by side: one after the other they would wait too long.
                if let Some(flight) = flight.filter(|_| refusal.is_overload()) {
                    flight.land_alone();
                }
                return self.counted(came, Err(refusal));
            }
            failed => failed,
        };
        if let Some(flight) = flight {
            flight.land_alone();
        }
        match self.last_good(key) {
            Some((entry, age)) => self.counted(Came::Stale, Ok(stale(entry, age))),
            None => self.counted(came, failed.unwrap_or_else(|| Err(Refusal::unavailable()))),
        }
    }

    /// Says where an answer came from.
    fn counted(&self, came: Came, mut answer: Result<Answer, Refusal>) -> Result<Answer, Refusal> {
        self.answered(came);
        if let Ok(answer) = &mut answer {
            answer.came = Some(came);
        }
        answer
    }
}

/// An answer that is true right now: it is as if it were computed now, so it has no age.
fn given(entry: Arc<Entry>, status: HeaderValue) -> Answer {
    let mut answer = Answer::kept(entry);
    answer.headers.insert(CACHE_STATUS, status);
    answer
}

/// The last good answer of a database that is away.
fn stale(entry: Arc<Entry>, age: TimeDelta) -> Answer {
    let mut answer = Answer::kept(entry);
    answer.age = age.to_std().ok();
    let status = format!("Newsgraph; hit; ttl=-{}; detail=database-away", age.num_seconds());
    let status = HeaderValue::from_str(&status).unwrap_or(HIT);
    answer.headers.insert(CACHE_STATUS, status);
    answer.headers.insert(WARNING, HeaderValue::from_static("110 - \"Response is Stale\""));
    answer
}

/// Keeps what was computed, if nothing went wrong in it.
fn keep(mut answer: Answer, flight: Option<Flight>, asked: &Asked) -> Answer {
    let is_whole = answer.ran && !answer.has_errors && answer.headers.is_empty();
    let status = match flight {
        Some(flight) if is_whole => {
            match flight.land(&answer.body, answer.policy, CacheControl::default(), &asked.recorder.finish()) {
                Some(entry) => {
                    answer.kept = Some(entry);
                    "Newsgraph; fwd=miss; stored"
                }
                None => "Newsgraph; fwd=miss",
            }
        }
        Some(flight) => {
            flight.land_alone();
            return answer;
        }
        None if is_whole => "Newsgraph; fwd=bypass",
        None => return answer,
    };
    answer.headers.insert(CACHE_STATUS, HeaderValue::from_static(status));
    answer
}
