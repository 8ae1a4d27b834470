//! What is said of a request when it is over: counted, logged when it was slow, and its parts added to its trace. Never the values of its
//! variables, and of its document nothing but the hash.

use std::time::{Duration, Instant};

use http::StatusCode;
use opentelemetry::KeyValue;

use super::answer::Outcome;
use super::timing::Timing;
use crate::watch::{self, metrics, trace::Trace};

/// Names are the client's; a line of the log has room for so much.
const LONGEST_NAME: usize = 100;

pub(super) fn report(outcome: &Outcome, timing: &Timing, slow: Option<Duration>) {
    let (became, took) = (what_became(outcome), timing.so_far());
    metrics().operations.count(timing.operation(), became, took);
    if slow.is_some_and(|slow| took >= slow) {
        metrics().slow.inc();
        log(outcome, timing, became, took);
    }
    if let Some(trace) = &timing.trace {
        add_parts(trace, outcome, timing, became);
    }
}

fn what_became(outcome: &Outcome) -> watch::Outcome {
    match outcome {
        Outcome::Refused(refusal) => match refusal.status() {
            StatusCode::OK => watch::Outcome::UnknownDocument,
            StatusCode::SERVICE_UNAVAILABLE => watch::Outcome::Unavailable,
            StatusCode::GATEWAY_TIMEOUT => watch::Outcome::Timeout,
            status if status.is_server_error() => watch::Outcome::Broken,
            _ => watch::Outcome::Refused,
        },
        Outcome::Invalid(_) => watch::Outcome::Invalid,
        Outcome::Answered(answer) if answer.is_broken => watch::Outcome::Broken,
        Outcome::Answered(answer) if answer.is_unavailable => watch::Outcome::Unavailable,
        Outcome::Answered(answer) if !answer.ran => watch::Outcome::Invalid,
        Outcome::Answered(answer) if answer.has_errors => watch::Outcome::Partial,
        Outcome::Answered(_) => watch::Outcome::Success,
    }
}

/// Where the answer came from.
fn came(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Answered(answer) => answer.came.map_or("none", watch::Came::name),
        _ => "none",
    }
}

fn name(timing: &Timing) -> &str {
    let name = timing.operation().unwrap_or_default();
    // Names are letters of ASCII, so they can be cut anywhere.
    name.get(..LONGEST_NAME).unwrap_or(name)
}

fn hash(timing: &Timing) -> String {
    timing.document.as_ref().map(|(document, _)| document.hash().to_string()).unwrap_or_default()
}

fn log(outcome: &Outcome, timing: &Timing, became: watch::Outcome, took: Duration) {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    tracing::warn!(
        operation = name(timing),
        document = hash(timing),
        cost = timing.cost.unwrap_or_default(),
        ms = ms(took),
        document_ms = ms(timing.prepared),
        statements = timing.statements(),
        database_ms = ms(timing.database()),
        cache = came(outcome),
        outcome = became.name(),
        "slow request"
    );
}

fn add_parts(trace: &Trace, outcome: &Outcome, timing: &Timing, became: watch::Outcome) {
    let (started, ended) = (timing.started(), Instant::now());
    // What was refused was not run.
    let prepared = if timing.prepared.is_zero() { ended } else { started + timing.prepared };
    let kind = timing.document.as_ref().and_then(|(document, place)| document.kind_of((*place)?));
    let mut label = kind.unwrap_or("graphql").to_owned();
    if let Some(kind) = kind {
        trace.say("graphql.operation.type", kind);
    }
    if !name(timing).is_empty() {
        label.push(' ');
        label.push_str(name(timing));
        trace.say("graphql.operation.name", name(timing).to_owned());
    }
    trace.rename(label);
    trace.say("newsgraph.outcome", became.name());
    trace.say("newsgraph.statements", i64::try_from(timing.statements()).unwrap_or(i64::MAX));
    if let Some(cost) = timing.cost {
        trace.say("newsgraph.cost", i64::try_from(cost).unwrap_or(i64::MAX));
    }
    let document = vec![
        KeyValue::new("newsgraph.document.hash", hash(timing)),
        KeyValue::new("newsgraph.document.known", timing.known),
    ];
    trace.part("document", (started, prepared), document);
    if timing.prepared.is_zero() {
        return;
    }
    let outside = match came(outcome) {
        "none" => trace.clone(),
        came => trace.part("cache", (prepared, ended), vec![KeyValue::new("newsgraph.cache.outcome", came)]),
    };
    if let Some(began) = timing.began() {
        outside.part("execute", (began, ended), Vec::new()).statements(&timing.ran());
    }
}
