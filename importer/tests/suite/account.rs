//! Accounts of formats: what the pages say of each property, against what the readers make of it.

use std::collections::BTreeMap;

use importer::Reading;

/// What is said of each name in the first column of the tables under a heading, by the word in the second.
pub(crate) fn said(page: &str, heading: &str) -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    let mut current = "";
    for line in page.lines() {
        if let Some(text) = line.strip_prefix('#') {
            current = text.trim_start_matches('#').trim();
        } else if line.starts_with("| `") && current == heading {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            for name in cells[1].split('`').skip(1).step_by(2) {
                let before = said.insert(name.to_owned(), cells[2].to_owned());
                assert!(before.is_none(), "`{name}` stands twice under `{heading}`");
            }
        }
    }
    assert!(!said.is_empty(), "no table under `{heading}`");
    said
}

/// What comes of a document, but for what is said of it.
pub(crate) fn drafts(reading: &Reading) -> String {
    serde_json::to_string(&reading.drafts).expect("drafts are JSON") + &format!("{:?}", reading.skipped)
}

/// Compares what a page says of a name with what comes of a document with it and without it.
pub(crate) fn check(name: &str, said: &str, with: &Reading, without: &Reading, of_feed: bool) {
    let is_kept = drafts(with) != drafts(without) || of_feed;
    let is_warned = with.warnings.len() > without.warnings.len();
    match said {
        "kept" => assert!(is_kept, "`{name}` changes nothing"),
        "warned" => assert!(is_warned, "nothing is said of `{name}`"),
        "left out" => assert!(!is_kept && !is_warned, "`{name}` changes something: {:?}", with.warnings),
        other => panic!("`{name}` is `{other}`"),
    }
}

/// Which fields of the drafts hold something, and how much: what must be the same in every script.
pub(crate) fn shape(reading: &Reading) -> Vec<String> {
    fn walk(value: &serde_json::Value, at: &str, shape: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(object) => {
                for (name, value) in object {
                    walk(value, &format!("{at}.{name}"), shape);
                }
            }
            serde_json::Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    walk(value, &format!("{at}[{index}]"), shape);
                }
            }
            serde_json::Value::Null => {}
            _ => shape.push(at.to_owned()),
        }
    }
    let mut shape = Vec::new();
    walk(&serde_json::to_value(&reading.drafts).expect("drafts are JSON"), "", &mut shape);
    shape.extend(reading.warnings.iter().map(|warning| format!("warning at {}", warning.at)));
    shape.extend(reading.skipped.iter().map(|skipped| format!("skipped {}", skipped.at)));
    shape
}

/// Texts in many scripts, each of several words.
pub(crate) const SCRIPTS: [&str; 5] = [
    "The ferry came back to the harbour",
    "Паром вернулся в гавань сегодня утром",
    "Το φέρι επέστρεψε στο λιμάνι σήμερα",
    "渡轮今天早上回到了港口并且靠岸",
    "عادت العبارة إلى الميناء هذا الصباح",
];
