//! Parts of answers: root fields that depend on no variable, such as the feed beside every article, are the same for all values of the others.
//! When many pages have to be computed again after a change, each of these fields is computed once for all of them.
//!
//! A part is an answer of its own: it has its own tags, is kept and dropped like others, and is computed once for those who ask at the same time. An
//! answer is put together out of parts only when nothing is wrong in any of them; where there is an error, the document is executed as a
//! whole, so that errors, nulls and their places are the engine's.

use async_graphql::{CacheControl, Name, Response, Value, parser::types::ExecutableDocument};
use bytes::Bytes;
use chrono::DateTime;
use futures_util::future::{join, join_all};

use super::{Cache, Entry, Found, Recorded, Recorder};
use crate::{
    document::{Hash, Prepared, Split, only},
    http::graphql::{Executed, Policy},
};

/// Says of a request that its answer is the public's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shareable;

/// A root field that was computed, now or before.
struct Part {
    json: Bytes,
    hints: CacheControl,
    recorded: Recorded,
}

impl Part {
    fn kept(entry: &Entry) -> Self {
        let until = if entry.until == i64::MAX { None } else { DateTime::from_timestamp_micros(entry.until) };
        let recorded = Recorded { tags: entry.tags.to_vec(), until };
        Self { json: entry.body.plain().clone(), hints: entry.hints, recorded }
    }
}

impl Cache {
    /// Executes a document in parts, by `run`; none when it has no parts, or when they do not come to a whole. `recorder` is that of the whole.
    pub(crate) async fn in_parts<R>(
        &self,
        prepared: &Prepared,
        operation: Option<&str>,
        recorder: &Recorder,
        run: &impl Fn(ExecutableDocument, Recorder) -> R,
    ) -> Option<Executed>
    where
        R: Future<Output = Response>,
    {
        let Split { keys, common } = prepared.split(operation)?;
        let document = &*prepared.alone(operation);
        let own = keys.iter().any(|key| !common.contains(key)).then(|| only(document, |key| !common.contains(key)));
        let own = async {
            match own {
                Some(own) => Some(run(own, recorder.clone()).await),
                None => None,
            }
        };
        let parts = common.iter().map(|key| self.part((prepared.hash(), operation), document, key, run));
        let (own, parts) = join(own, join_all(parts)).await;
        let mut hints = CacheControl::default();
        let mut own = match own {
            Some(response) => {
                hints = response.cache_control;
                Some(fields(response)?)
            }
            None => None,
        };
        let mut parts: Vec<(&Name, Part)> =
            common.iter().zip(parts).map(|(key, part)| Some((key, part?))).collect::<Option<_>>()?;
        let mut json = b"{\"data\":{".to_vec();
        for (number, key) in keys.iter().enumerate() {
            json.extend_from_slice(if number == 0 { b"\"" } else { b",\"" });
            json.extend_from_slice(key.as_bytes());
            json.extend_from_slice(b"\":");
            if let Some(place) = parts.iter().position(|(part, _)| *part == key) {
                let (_, part) = parts.swap_remove(place);
                hints = merged(hints, part.hints);
                json.extend_from_slice(&part.json);
                recorder.include(part.recorded);
            } else {
                let value = own.as_mut()?.swap_remove(key)?;
                serde_json::to_writer(&mut json, &value).ok()?;
            }
        }
        json.extend_from_slice(b"}}");
        // What the data is stands in the JSON.
        let response = Response::new(Value::Object(Default::default())).cache_control(hints);
        Some(Executed { json: Some(json.into()), ..response.into() })
    }

    async fn part<R>(
        &self,
        (hash, operation): (&Hash, Option<&str>),
        document: &ExecutableDocument,
        key: &Name,
        run: &impl Fn(ExecutableDocument, Recorder) -> R,
    ) -> Option<Part>
    where
        R: Future<Output = Response>,
    {
        // No document has a name as long as this one.
        let name = [hash.as_bytes().as_slice(), key.as_bytes()].concat();
        let flight = match self.seek(self.key(&name, operation, std::iter::empty())).await {
            Found::Hit(entry) | Found::Shared(entry) => return Some(Part::kept(&entry)),
            Found::Miss(flight) => flight,
            Found::Untrusted => return None,
        };
        let recorder = Recorder::default();
        let response = run(only(document, |other| other == key), recorder.clone()).await;
        let hints = response.cache_control;
        let json = fields(response).and_then(|fields| serde_json::to_vec(fields.get(key)?).ok());
        let Some(json) = json.map(Bytes::from) else {
            flight.land_alone();
            return None;
        };
        let recorded = recorder.finish();
        flight.land(&json, Policy::of(hints), hints, &recorded);
        Some(Part { json, hints, recorded })
    }
}

/// The fields of a response in which nothing is wrong and that has nothing beside them.
fn fields(response: Response) -> Option<async_graphql::indexmap::IndexMap<Name, Value>> {
    let is_plain = response.errors.is_empty() && response.extensions.is_empty() && response.http_headers.is_empty();
    match response.data {
        Value::Object(fields) if is_plain => Some(fields),
        _ => None,
    }
}

/// As the engine merges the hints of fields: the smallest counts, no time is none, and -1 is never.
fn merged(one: CacheControl, other: CacheControl) -> CacheControl {
    let max_age = match (one.max_age, other.max_age) {
        (-1, _) | (_, -1) => -1,
        (age, 0) | (0, age) => age,
        (one, other) => one.min(other),
    };
    CacheControl { public: one.public && other.public, max_age }
}

/// Records what a part is made of as that of the whole.
impl Recorder {
    fn include(&self, Recorded { tags, until }: Recorded) {
        self.note(tags);
        if let Some(until) = until {
            self.expire(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_hint_counts() {
        let hint = |public, max_age| CacheControl { public, max_age };
        assert_eq!(merged(hint(true, 0), hint(true, 30)), hint(true, 30));
        assert_eq!(merged(hint(true, 15), hint(false, 30)), hint(false, 15));
        assert_eq!(merged(hint(true, -1), hint(true, 30)), hint(true, -1));
        assert_eq!(merged(hint(true, 0), hint(true, 0)), hint(true, 0));
    }
}
