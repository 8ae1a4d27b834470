//! No SQL is put together from what anyone sends: values are bound, always. What is put together of constants is listed here, with why.

use std::{collections::BTreeSet, path::Path};

use regex::Regex;

/// Pieces of SQL that are put together, by file and beginning, and what is put into them.
const CONSTANTS: &[(&str, &str, &str)] = &[
    ("api/src/alike.rs", "SELECT * FROM ({branch})", "what the query builder made, its values bound"),
    (
        "api/src/alike.rs",
        "SELECT page.* FROM jsonb_to_recordset",
        "the same, numbers of values that are bound, and names of types",
    ),
    ("api/src/session.rs", "SET LOCAL statement_timeout", "milliseconds"),
    ("api/src/related/update.rs", "SET LOCAL enable_bitmapscan", "`on` or `off`"),
    ("api/src/search/matching.rs", "EXPLAIN (FORMAT JSON)", "what the query builder made, its values bound"),
    (
        "api/src/search/matching.rs",
        "phraseto_tsquery(",
        "the database's own name of a text search configuration, quotes doubled",
    ),
    (
        "api/src/search/matching.rs",
        "plainto_tsquery(",
        "the database's own name of a text search configuration, quotes doubled",
    ),
    ("api/src/search/spelling.rs", "SELECT value AS word", "the number of a value that is bound"),
    (
        "api/src/search/spelling.rs",
        "WITH candidate AS MATERIALIZED",
        "a constant, and what the query builder made, its values bound",
    ),
    ("api/src/search/suggest.rs", "to_tsvector(", "a column of ours"),
    ("api/src/search/suggest.rs", "{table}.id IN", "a table of ours, and the number of a kind"),
    ("api/src/database/embedded.rs", "ALTER TABLE {} DROP COLUMN {}", "names out of the database itself, quoted"),
    ("api/src/database/embedded.rs", "DROP {} IF EXISTS {}", "a kind and a name out of the database itself, quoted"),
    ("api/src/database/pooler.rs", "SELECT count(*) FROM pg_stat_activity", "a number that the database gave"),
    ("api/src/database/pooler.rs", "SELECT set_config(", "digits that were made up; a pooler may not know values"),
    ("api/src/cache/feed.rs", "SELECT {NOW}", "expressions of ours, and the most rows that are read"),
    ("api/src/cache/feed.rs", "SELECT change.id", "the most rows that are read"),
    ("api/src/cache/moments.rs", "SELECT {table}_id AS id", "tables of ours"),
    ("api/src/facet/kept.rs", "SELECT value_id, value, articles FROM total", "names and numbers of ours"),
    ("api/src/facet/kept.rs", "SELECT {number} AS facet", "names and numbers of ours"),
];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Tests may write what they like.
            let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn sql_is_put_together_of_constants_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    // Migrations are left out: they see nothing that anyone sends.
    for crate_ in ["api", "entity", "importer", "relate"] {
        sources(&root.join(crate_).join("src"), &mut files);
    }
    assert!(files.len() > 100, "the sources are found");
    let put_together = Regex::new(r#"(?:format|write|writeln)!\(\s*(?:&mut \w+,\s*)?"((?:[^"\\]|\\.)*)""#).unwrap();
    let keyword = Regex::new(
        r"\b(?:EXPLAIN|SELECT|INSERT|UPDATE \w+ SET|DELETE FROM|MATERIALIZED|WHERE|SET LOCAL|MATCH|DROP|ALTER|CREATE|TRIGGER|to_tsvector|tsquery|regconfig)\b",
    )
    .unwrap();
    let raw = Regex::new(r"\b(?:execute_unprepared|from_string|from_sql_and_values|cust|cust_with_\w+)\(\s*(?:[\w:.]+(?:\(\))?,\s*)?([^)]{0,60})").unwrap();
    let is_constant =
        Regex::new(r#"^(?:"|\[|include_str!\(|match |&?format!\(\s*"|[a-z_]+$|[a-z_]+[,\n]|[A-Z_]+(?:$|[,\n]))"#)
            .unwrap();
    let mut unknown = BTreeSet::new();
    let mut used = BTreeSet::new();
    for (path, text) in &files {
        let name = path.rsplit("/../").next().unwrap();
        for found in put_together.captures_iter(text) {
            let literal = found[1].split_whitespace().collect::<Vec<_>>().join(" ");
            if !keyword.is_match(&literal) || !literal.replace("{{", "").contains('{') {
                continue;
            }
            match CONSTANTS.iter().find(|(file, start, _)| *file == name && literal.starts_with(start)) {
                Some(known) => drop(used.insert(known)),
                None => drop(unknown.insert(format!("{name}: {literal}"))),
            }
        }
        for found in raw.captures_iter(text).filter(|found| !is_constant.is_match(&found[1])) {
            unknown.insert(format!("{name}: {}", &found[0]));
        }
    }
    assert!(unknown.is_empty(), "bind values instead, or list what constants are put in, and why: {unknown:#?}");
    let stale: Vec<_> = CONSTANTS.iter().filter(|known| !used.contains(known)).collect();
    assert!(stale.is_empty(), "listed, but not there any more: {stale:#?}");
}
