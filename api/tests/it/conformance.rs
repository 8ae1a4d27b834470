//! The rules of the specification for documents and for the schema, beside graphql-js, the reference implementation.
//!
//! `web/conformance/documents.mjs` makes documents, valid ones and ones that break every rule, and says what graphql-js finds in them.
//! `NEWSGRAPH_DOCUMENTS` says how many, and `NEWSGRAPH_SEED` which: a failure prints the seed and the document.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use api::document::{Documents, Hash, Limits, Schema, Weights};
use async_graphql::ServerError;
use serde::Deserialize;

use crate::web::{has_packages, web};

/// What graphql-js says of a document.
#[derive(Deserialize)]
struct Judged {
    text: String,
    #[serde(default)]
    syntax: bool,
    /// Messages and their places, by line and column.
    #[serde(default)]
    errors: Vec<(String, Vec<(usize, usize)>)>,
}

/// So large that nothing is refused for its size.
fn wide() -> Limits {
    let much = 1_000_000;
    Limits {
        bytes: much,
        tokens: much,
        nesting: 100,
        fields: much,
        depth: 100,
        root_fields: much,
        aliases: much,
        directives: much,
        directives_per_field: much,
        introspection_depth: 100,
        introspection_values: u64::MAX,
        errors: 10_000,
        ..Limits::default()
    }
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |number| number.parse().expect("a number"))
}

fn code(error: &ServerError) -> String {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code")).expect("every error has a code");
    code.clone().into_json().expect("a string").as_str().expect("a string").to_owned()
}

fn places(error: &ServerError) -> Vec<(usize, usize)> {
    error.locations.iter().map(|place| (place.line, place.column)).collect()
}

/// The names in an answer of the fields that a message says cannot be merged.
fn merged_names(message: &str) -> impl Iterator<Item = &str> {
    message.split("ields \"").skip(1).filter_map(|rest| rest.split('"').next())
}

/// What is different, if anything is.
fn difference(judged: &Judged, ours: &[ServerError]) -> Option<&'static str> {
    let is_syntax = ours.iter().any(|error| code(error) == "GRAPHQL_PARSE_FAILED");
    if judged.syntax {
        return (!is_syntax).then_some("graphql-js cannot parse it");
    }
    // A definition of a type is no syntax of a request to us, and not executable to graphql-js.
    if judged.errors.iter().any(|(message, _)| message.ends_with("definition is not executable.")) {
        return ours.is_empty().then_some("graphql-js finds it invalid");
    }
    if is_syntax {
        return Some("graphql-js can parse it");
    }
    match (judged.errors.is_empty(), ours.is_empty()) {
        (true, true) => return None,
        (true, false) => return Some("graphql-js finds it valid"),
        (false, true) => return Some("graphql-js finds it invalid"),
        (false, false) => {}
    }
    let theirs_at: BTreeSet<_> = judged.errors.iter().flat_map(|(_, places)| places).copied().collect();
    if ours.iter().any(|error| error.message.ends_with("spreads itself")) {
        // Nothing else is looked at then; of fragments that share a name graphql-js looks at any.
        let shares = judged.errors.iter().any(|(message, _)| message.starts_with("There can be only one fragment"));
        let known = shares || ours.iter().flat_map(places).all(|place| theirs_at.contains(&place));
        return (!known).then_some("the cycle is at other places");
    }
    let is_merging = |message: &str| message.starts_with("Fields \"") && message.contains("conflict because");
    let (merging, others): (Vec<_>, Vec<_>) = judged.errors.iter().partition(|(message, _)| is_merging(message));
    let (our_merging, our_others): (Vec<_>, Vec<_>) =
        ours.iter().partition(|error| error.message.contains("cannot be answered as one"));
    // Two fragments of one name are refused by both; whether one of them spreads itself depends on which is meant.
    let shares = judged.errors.iter().any(|(message, _)| message.starts_with("There can be only one fragment"));
    let is_cycle = |message: &str| message.starts_with("Cannot spread fragment");
    let clear = others.iter().filter(|(message, _)| !(shares && is_cycle(message)));
    let mut expected: Vec<_> = clear.map(|(_, places)| places.clone()).collect();
    let mut found: Vec<_> = our_others.iter().map(|error| places(error)).collect();
    expected.sort();
    found.sort();
    if expected != found {
        return Some("graphql-js finds other errors");
    }
    // Where fields are of unknown types, there is no saying whether they can stand on one object.
    if others.is_empty() || our_others.is_empty() {
        if merging.is_empty() != our_merging.is_empty() {
            return Some("graphql-js differs on whether fields can be merged");
        }
        // Of a field that cannot be merged in several ways, each side names the place that it finds first.
        let at: BTreeSet<_> = merging.iter().flat_map(|(_, places)| places).copied().collect();
        let named: BTreeSet<_> = merging.iter().flat_map(|(message, _)| merged_names(message)).collect();
        let is_known = |error: &&&ServerError| {
            places(error).into_iter().all(|place| at.contains(&place))
                || merged_names(&error.message).all(|name| named.contains(name))
        };
        if !our_merging.iter().all(|error| is_known(&error)) {
            return Some("graphql-js names other fields that cannot be merged");
        }
    }
    None
}

/// Makes documents for a schema and compares what is said of them.
fn compare(sdl: &Path, seed: u64, count: u64) {
    let schema = std::fs::read_to_string(sdl).expect("the schema is there");
    let schema = Schema::from_sdl(&schema, &Weights::default(), true).expect("the schema can be read");
    let (limits, documents) = (wide(), Documents::new(1 << 16));
    let script = web().join("conformance/documents.mjs");
    let mut node = Command::new("node")
        .args([script.as_path(), sdl])
        .args([seed.to_string(), count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let (mut valid, mut invalid, mut different) = (0_u64, 0_u64, Vec::new());
    for line in BufReader::new(node.stdout.take().expect("it is piped")).lines() {
        let judged: Judged = serde_json::from_str(&line.expect("text")).expect("a line of JSON");
        let known = documents.prepare(&judged.text, Hash::of(&judged.text), &schema, &limits);
        let ours = known.as_ref().err().map_or(&[][..], |errors| errors);
        if judged.syntax || !judged.errors.is_empty() {
            invalid += 1
        } else {
            valid += 1
        }
        if let Some(how) = difference(&judged, ours) {
            let said: Vec<_> = ours.iter().map(|error| format!("{} {:?}", error.message, places(error))).collect();
            different.push(format!("{how}\n{}\ntheirs: {:#?}\nours: {said:#?}", judged.text, judged.errors));
        }
    }
    assert!(node.wait().expect("it ends").success(), "the documents could not be made");
    assert_eq!(valid + invalid, count, "every document is judged");
    assert!(valid > count / 5 && invalid > count / 5, "{valid} valid and {invalid} invalid documents tell too little");
    let most = different.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(different.is_empty(), "{} of {count} documents of seed {seed} differ:\n\n{most}", different.len());
}

#[test]
fn documents_are_valid_where_they_are_to_graphql_js() {
    if !has_packages() {
        return;
    }
    let (seed, count) = (number("NEWSGRAPH_SEED", 2025), number("NEWSGRAPH_DOCUMENTS", 6_000));
    println!("seed {seed}");
    std::thread::scope(|scope| {
        // Half of them for a schema that has more of what the rules are about.
        let sdl =
            [Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema.graphql"), web().join("conformance/schema.graphql")];
        for sdl in sdl {
            scope.spawn(move || compare(&sdl, seed, count / 2));
        }
    });
}

#[tokio::test]
async fn the_schema_is_printed_as_introspection_describes_it() {
    if !has_packages() {
        return;
    }
    let query = include_str!("../../../web/conformance/introspection.graphql");
    let answer = api::schema::build().execute(query).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    let both = serde_json::json!({ "sdl": api::schema::sdl(), "introspection": answer.data });
    let mut node = Command::new("node")
        .arg(web().join("conformance/schema.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    node.stdin.take().expect("it is piped").write_all(both.to_string().as_bytes()).expect("it reads");
    let said = node.wait_with_output().expect("it ends");
    assert!(said.status.success(), "they differ:\n{}", String::from_utf8_lossy(&said.stdout));
}

#[test]
fn the_scalars_of_the_schema_say_where_they_are_specified() {
    let sdl = api::schema::sdl();
    let scalars: Vec<&str> = sdl.lines().filter(|line| line.starts_with("scalar ")).collect();
    assert_eq!(scalars.len(), 7, "{scalars:?}");
    for scalar in scalars {
        assert!(scalar.contains(" @specifiedBy(url: \"https://"), "{scalar}");
    }
}
