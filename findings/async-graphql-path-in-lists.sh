#!/usr/bin/env bash
# async-graphql 8.0.0-rc.5 (crates.io)
# Guess: the `path` of an error ends with the field that failed, wherever it stands (GraphQL, September 2025, 7.1.6).
# Does: for a field of an item of a list, the path ends with the index of the item.
# Bites: a client that lays errors beside fields by `path` cannot tell which field of the item failed.
# Seen: item ["item","text"], items ["items",0].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name seen
cargo add --quiet async-graphql@=8.0.0-rc.5 serde_json@1
cargo add --quiet tokio@1 --features macros,rt
cat > src/main.rs <<'END'
use async_graphql::{EmptyMutation, EmptySubscription, Object, Result, Schema};

struct Item;

#[Object]
impl Item {
    async fn text(&self) -> Result<Option<String>> {
        Err("failed".into())
    }
}

struct Query;

#[Object]
impl Query {
    async fn item(&self) -> Item {
        Item
    }

    async fn items(&self) -> Vec<Item> {
        vec![Item]
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let mut changed = false;
    for (field, expected) in [("item", r#"["item","text"]"#), ("items", r#"["items",0]"#)] {
        let answer = schema.execute(format!("{{ {field} {{ text }} }}")).await;
        let seen = serde_json::to_string(&answer.errors[0].path).unwrap();
        println!("{field} {seen}");
        if seen != expected {
            eprintln!("changed: {field}: expected {expected}");
            changed = true;
        }
    }
    std::process::exit(i32::from(changed));
}
END
cargo run --quiet
