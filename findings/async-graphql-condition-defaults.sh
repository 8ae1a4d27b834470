#!/usr/bin/env bash
# async-graphql 8.0.0-rc.5 (crates.io)
# Guess: a variable that is not sent has its default in `@include` and `@skip` too, as it has in an argument.
# Does: takes such a condition as false; the argument beside it gets the default.
# Bites: `query ($withBody: Boolean = true) { … @include(if: $withBody) }` answers without the field and without an error.
# Seen: argument "given: true", field under @include absent, with the variable sent present.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name seen
cargo add --quiet async-graphql@=8.0.0-rc.5 serde_json@1
cargo add --quiet tokio@1 --features macros,rt
cat > src/main.rs <<'END'
use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema, Variables};
use serde_json::{Value, json};

struct Query;

#[Object]
impl Query {
    async fn text(&self, given: bool) -> String {
        format!("given: {given}")
    }
}

async fn answer(query: &str, variables: Value) -> Value {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let answer = schema.execute(Request::new(query).variables(Variables::from_json(variables))).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    answer.data.into_json().unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let argument = "query ($on: Boolean! = true) { text(given: $on) }";
    let condition = "query ($on: Boolean! = true) { text(given: true) @include(if: $on) }";
    let mut changed = false;
    for (what, seen, expected) in [
        ("argument", answer(argument, json!({})).await, json!({ "text": "given: true" })),
        ("condition, by default", answer(condition, json!({})).await, json!({})),
        ("condition, sent", answer(condition, json!({ "on": true })).await, json!({ "text": "given: true" })),
    ] {
        println!("{what} {seen}");
        if seen != expected {
            eprintln!("changed: {what}: expected {expected}");
            changed = true;
        }
    }
    std::process::exit(i32::from(changed));
}
END
cargo run --quiet
