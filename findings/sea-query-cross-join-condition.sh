#!/usr/bin/env bash
# sea-query 1.0.2 (crates.io)
# Guess: a join of the kind CROSS JOIN with a condition writes the condition, or is refused when it is built.
# Does: builds the join and drops the condition; nothing tells it.
# Bites: a look-up becomes a product of the tables: each row with each row, in SQL that runs.
# Seen: `… CROSS JOIN "section"` with JoinType::CrossJoin, `… INNER JOIN "section" ON …` with JoinType::InnerJoin.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name seen
cargo add --quiet sea-query@=1.0.2
cat > src/main.rs <<'END'
use sea_query::{Expr, ExprTrait, JoinType, PostgresQueryBuilder, Query};

fn joined(kind: JoinType) -> String {
    Query::select()
        .column(("article", "id"))
        .from("article")
        .join(kind, "section", Expr::col(("section", "id")).equals(("article", "section_id")))
        .to_string(PostgresQueryBuilder)
}

fn main() {
    let start = r#"SELECT "article"."id" FROM "article""#;
    let mut changed = false;
    for (seen, expected) in [
        (joined(JoinType::InnerJoin), format!(r#"{start} INNER JOIN "section" ON "section"."id" = "article"."section_id""#)),
        (joined(JoinType::CrossJoin), format!(r#"{start} CROSS JOIN "section""#)),
    ] {
        println!("{seen}");
        if seen != expected {
            eprintln!("changed: expected {expected}");
            changed = true;
        }
    }
    std::process::exit(i32::from(changed));
}
END
cargo run --quiet
