//! Requests by operation. The name of an operation is the client's to choose, so only so many names are told apart: those of documents that
//! were registered when the server started, always, and the first others that were answered. The rest are `other`.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use prometheus_client::{
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

/// Names that are learned from requests.
const MOST_LEARNED: usize = 100;
/// Longer names are nobody's.
const LONGEST: usize = 64;
const ANONYMOUS: &str = "anonymous";
const OTHER: &str = "other";

/// Seconds. An answer out of memory takes some microseconds, the longest request as long as the settings allow.
const BUCKETS: [f64; 14] = [0.0001, 0.0003, 0.001, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// What became of a GraphQL request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Answered without any error.
    Success,
    /// Answered, with errors in some fields that callers can mend or that say that something is not theirs.
    Partial,
    /// Not run: the document, the operation, the variables or the cost are wrong.
    Invalid,
    /// Not run: the HTTP request is wrong, or too much.
    Refused,
    /// A persisted document that the client is to send once.
    UnknownDocument,
    /// Something that is needed was away, or the server has too much to do.
    Unavailable,
    /// It took too long.
    Timeout,
    /// Something broke here.
    Broken,
}

impl Outcome {
    const ALL: [Self; 8] = [
        Self::Success,
        Self::Partial,
        Self::Invalid,
        Self::Refused,
        Self::UnknownDocument,
        Self::Unavailable,
        Self::Timeout,
        Self::Broken,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Partial => "partial",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::UnknownDocument => "unknown_document",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
        }
    }
}

/// The figures of one operation; counting is an addition to a number that is found by its place.
struct Operation {
    requests: [Counter; Outcome::ALL.len()],
    seconds: Histogram,
}

type Requests = Family<[(&'static str, String); 2], Counter>;
type Seconds = Family<[(&'static str, String); 1], Histogram>;

/// The operations that are told apart.
pub(crate) struct Operations {
    requests: Requests,
    seconds: Seconds,
    known: RwLock<Known>,
    anonymous: Operation,
    other: Operation,
}

#[derive(Default)]
struct Known {
    operations: HashMap<Box<str>, Operation>,
    learned: usize,
}

impl Operations {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let requests = Requests::default();
        let seconds = Seconds::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register(
            "newsgraph_graphql_requests",
            "GraphQL requests by operation and by what became of them",
            requests.clone(),
        );
        registry.register(
            "newsgraph_graphql_request_duration_seconds",
            "Time from the moment a GraphQL request was read until its answer was ready",
            seconds.clone(),
        );
        let (anonymous, other) = (operation(&requests, &seconds, ANONYMOUS), operation(&requests, &seconds, OTHER));
        Self { requests, seconds, known: RwLock::default(), anonymous, other }
    }

    /// Keeps a place for the operation of a registered document.
    pub(crate) fn register(&self, name: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if !known.operations.contains_key(name) && name.len() <= LONGEST {
            known.operations.insert(name.into(), operation(&self.requests, &self.seconds, name));
        }
    }

    /// Counts a request to the operation that has this name, if it has any.
    pub(crate) fn count(&self, name: Option<&str>, outcome: Outcome, took: Duration) {
        let Some(name) = name else { return self.anonymous.count(outcome, took) };
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(operation) = known.operations.get(name) {
            return operation.count(outcome, took);
        }
        let learns = outcome == Outcome::Success && known.learned < MOST_LEARNED && name.len() <= LONGEST;
        drop(known);
        if !learns {
            return self.other.count(outcome, took);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let Known { operations, learned } = &mut *known;
        if !operations.contains_key(name) && *learned >= MOST_LEARNED {
            return self.other.count(outcome, took);
        }
        let operation = operations.entry(name.into()).or_insert_with(|| {
            *learned += 1;
            operation(&self.requests, &self.seconds, name)
        });
        operation.count(outcome, took);
    }
}

fn operation(requests: &Requests, seconds: &Seconds, name: &str) -> Operation {
    let requests = Outcome::ALL.map(|outcome| {
        let labels = [("operation", name.to_owned()), ("outcome", outcome.name().to_owned())];
        requests.get_or_create(&labels).clone()
    });
    let seconds = seconds.get_or_create(&[("operation", name.to_owned())]).clone();
    Operation { requests, seconds }
}

impl Operation {
    fn count(&self, outcome: Outcome, took: Duration) {
        self.requests[outcome as usize].inc();
        self.seconds.observe(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(registry: &Registry) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, registry).expect("a string takes everything");
        text
    }

    #[test]
    fn outcomes_are_counted_by_their_place() {
        for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, place);
        }
    }

    #[test]
    fn names_that_clients_choose_make_a_bounded_number_of_series() {
        let mut registry = Registry::default();
        let operations = Operations::new(&mut registry);
        operations.register("Front");
        for number in 0..1000 {
            operations.count(Some(&format!("Wrong{number}")), Outcome::Invalid, Duration::ZERO);
        }
        for number in 0..1000 {
            operations.count(Some(&format!("Made{number}")), Outcome::Success, Duration::ZERO);
        }
        operations.count(Some(&"x".repeat(65)), Outcome::Success, Duration::ZERO);
        operations.count(Some("Front"), Outcome::Success, Duration::from_millis(2));
        operations.count(None, Outcome::Broken, Duration::ZERO);
        let text = text(&registry);
        let series = text.lines().filter(|line| line.starts_with("newsgraph_graphql_requests_total")).count();
        assert_eq!(series, (MOST_LEARNED + 3) * Outcome::ALL.len());
        for line in [
            "newsgraph_graphql_requests_total{operation=\"Made99\",outcome=\"success\"} 1",
            "newsgraph_graphql_requests_total{operation=\"other\",outcome=\"invalid\"} 1000",
            "newsgraph_graphql_requests_total{operation=\"other\",outcome=\"success\"} 901",
            "newsgraph_graphql_requests_total{operation=\"Front\",outcome=\"success\"} 1",
            "newsgraph_graphql_requests_total{operation=\"anonymous\",outcome=\"broken\"} 1",
            "newsgraph_graphql_request_duration_seconds_bucket{le=\"0.003\",operation=\"Front\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
