//! Every property of the formats of agencies is accounted for: a document that has them all is read, and what becomes of each is what the page
//! of the format in `docs/formats` says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use importer::{Defaults, Problem, Reading, newsml_1, newsml_g2, nitf};
use regex::Regex;
use roxmltree::{Document, Node};

type Read = fn(&[u8], &Defaults) -> Result<Reading, Problem>;

/// Format, the document that has all of its properties, and the reader.
const FORMATS: [(&str, &str, Read); 3] = [
    ("nitf", "nitf-3.6", nitf::read),
    ("newsml-1", "newsml-1.2", newsml_1::read),
    ("newsml-g2", "newsml-g2-2.35", newsml_g2::read),
];

/// How the marks of the documents are written in other scripts.
const SCRIPTS: [&str; 4] = ["марка", "σήμα", "标记", "علامة"];

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/every").join(format!("{name}.xml"));
    fs::read_to_string(path).expect("is there")
}

/// The rows of the table of properties: each property with its outcome.
fn table(format: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats").join(format!("{format}.md"));
    let page = fs::read_to_string(path).expect("is there");
    let properties = page.split("## Properties").nth(1).expect("a heading of the table");
    let mut table = BTreeMap::new();
    for line in properties.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        for name in cells[0].split('`').skip(1).step_by(2) {
            let known = table.insert(name.to_owned(), cells[1].trim().to_owned());
            assert!(known.is_none(), "{format}: `{name}` stands twice in the table");
        }
    }
    table
}

/// The values of a document, each with the path of names that leads to it.
fn values(node: Node<'_, '_>, path: &str, values: &mut Vec<(String, String)>) {
    let path = format!("{path}/{}", node.tag_name().name());
    for attribute in node.attributes().filter(|attribute| attribute.namespace().is_none()) {
        values.push((format!("{path}@{}", attribute.name()), attribute.value().to_owned()));
    }
    let text: String = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
    if !text.trim().is_empty() {
        values.push((path.clone(), text.trim().to_owned()));
    }
    if node.attributes().len() == 0 && !node.has_children() {
        values.push((path.clone(), String::new()));
    }
    node.children().filter(Node::is_element).for_each(|child| self::values(child, &path, values));
}

/// The row for a path: that of the longest end of it.
fn row<'t>(table: &'t BTreeMap<String, String>, path: &str) -> Option<(&'t str, &'t str)> {
    let ends = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
    let of_all = path.rsplit_once('@').map(|(_, name)| format!("@{name}"));
    let mut names = ends.map(str::to_owned).chain(of_all);
    names.find_map(|name| table.get_key_value(&name)).map(|(name, outcome)| (name.as_str(), outcome.as_str()))
}

/// The marks in a value.
fn marks(value: &str) -> Vec<&str> {
    let words = value.split(|sign: char| !sign.is_ascii_alphanumeric());
    words.filter(|word| word.strip_prefix("mk").is_some_and(|number| number.parse::<u32>().is_ok())).collect()
}

fn has_mark(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| !text[at + mark.len()..].starts_with(|sign: char| sign.is_ascii_digit()))
}

#[test]
fn every_property_is_accounted_for() {
    let mut problems = Vec::new();
    for (format, name, read) in FORMATS {
        let text = document(name);
        let reading = read(text.as_bytes(), &Defaults::default()).expect("can be read");
        let drafts = serde_json::to_string(&reading.drafts).expect("drafts are JSON");
        let notes: Vec<String> = reading.warnings.iter().chain(&reading.skipped).map(ToString::to_string).collect();
        let table = table(format);
        let (mut used, mut kept) = (BTreeSet::new(), BTreeSet::new());
        let parsed = Document::parse(&text).expect("well-formed");
        let mut all = Vec::new();
        values(parsed.root_element(), "", &mut all);
        for (path, value) in all {
            let Some((name, outcome)) = row(&table, &path) else {
                let is_kept = marks(&value).iter().any(|mark| has_mark(&drafts, mark));
                problems.push(format!(
                    "{format}: `{path}` ({value}, {}) is not in the table",
                    if is_kept { "kept" } else { "not kept" }
                ));
                continue;
            };
            used.insert(name.to_owned());
            for mark in marks(&value) {
                let is_kept = has_mark(&drafts, mark);
                if is_kept {
                    kept.insert(name.to_owned());
                }
                let is_right = match outcome {
                    "kept" => is_kept,
                    // Of several: looked at below.
                    "one kept" => true,
                    "warned" => {
                        !is_kept
                            && notes
                                .iter()
                                .any(|note| path.split(['/', '@']).any(|part| !part.is_empty() && note.contains(part)))
                    }
                    "left out" | "for editors" => !is_kept,
                    // What decides something, such as a type or a time, need not be seen.
                    "read" => true,
                    _ => false,
                };
                if !is_right {
                    problems.push(format!(
                        "{format}: `{path}` ({mark}) is {outcome:?} by the row `{name}`, kept: {is_kept}"
                    ));
                }
            }
        }
        let unused = table.keys().filter(|name| !used.contains(*name));
        problems.extend(unused.map(|name| format!("{format}: nothing in the document is `{name}`")));
        let lost = table.iter().filter(|(name, outcome)| *outcome == "one kept" && !kept.contains(*name));
        problems.extend(lost.map(|(name, _)| format!("{format}: no `{name}` is kept")));
        assert!(drafts.len() > 1_000, "{format}: {drafts}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn white_space_between_elements_says_nothing() {
    for (format, name, read) in FORMATS {
        let text = document(name).trim_end().to_owned();
        let drafts = |text: &str| read(text.as_bytes(), &Defaults::default()).expect("can be read").drafts;
        let mut minified = String::new();
        for piece in text.split_inclusive('>') {
            let is_gap = piece.starts_with(char::is_whitespace) && piece.trim_start().starts_with('<');
            minified.push_str(if is_gap { piece.trim_start() } else { piece });
        }
        assert!(!minified.contains('\n'), "{minified}");
        assert_eq!(drafts(&text), drafts(&minified), "{format}");
    }
}

#[test]
fn every_script_is_read_alike() {
    let names = Regex::new(r#""name":"[^"]*","href""#).expect("is right");
    for (format, name, read) in FORMATS {
        let text = document(name);
        let drafts = |text: &str| {
            let reading = read(text.as_bytes(), &Defaults::default()).expect("can be read");
            // A sentence ends as its script has it, and files have Latin names.
            let drafts = serde_json::to_string(&reading.drafts).expect("drafts are JSON").replace('\u{3002}', ".");
            names.replace_all(&drafts, r#""href""#).into_owned()
        };
        let latin = drafts(&text);
        for script in SCRIPTS {
            let written = text.replace("mk", script);
            assert_eq!(latin, drafts(&written).replace(script, "mk"), "{format} {script}");
        }
    }
}
