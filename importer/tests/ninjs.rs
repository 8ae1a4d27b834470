//! ninjs as its own test suite and its members write it.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod suite;

use std::collections::BTreeMap;

use importer::{
    Defaults, Format, Reading,
    draft::{Article, Block, Draft},
    ninjs,
};

fn files() -> BTreeMap<String, Vec<u8>> {
    suite::files("ninjs", 230)
}

/// The documents of the test suite that are in a folder with this name.
fn documents(named: &str) -> BTreeMap<String, Vec<u8>> {
    let mut documents = suite::below(files(), "ninjs/test_suite/", 181);
    documents.retain(|name, _| name.split('/').any(|part| part == named));
    documents
}

fn read(name: &str, bytes: &[u8]) -> Reading {
    ninjs::read(bytes, &Defaults::default()).unwrap_or_else(|problem| panic!("{name}: {problem}"))
}

fn article(name: &str, bytes: &[u8]) -> Article {
    let mut articles = read(name, bytes).drafts.into_iter().filter_map(|draft| match draft {
        Draft::Article(article) => Some(*article),
        _ => None,
    });
    articles.next_back().unwrap_or_else(|| panic!("{name} holds no article"))
}

#[test]
fn every_document_that_should_pass_is_read() {
    let documents = documents("should_pass");
    assert_eq!(documents.len(), 127);
    for (name, bytes) in documents {
        let reading = read(&name, &bytes);
        // Most of them show one property alone, and an article needs a headline.
        assert_eq!(Format::detect_records(&bytes).or_else(|| Format::detect(&bytes)), Some(Format::Ninjs), "{name}");
        let is_answered = !reading.drafts.is_empty() || !reading.skipped.is_empty();
        assert!(is_answered, "{name}: neither read nor skipped with a reason");
    }
}

#[test]
fn no_document_that_should_fail_ends_the_reader() {
    let documents = documents("should_fail");
    assert_eq!(documents.len(), 53);
    for (name, bytes) in documents {
        if let Err(problem) = ninjs::read(&bytes, &Defaults::default()) {
            assert!(!problem.message.is_empty(), "{name}");
        }
    }
}

#[test]
fn json_that_is_none_is_refused_with_its_place() {
    let mut refused = 0;
    for (name, bytes) in suite::files("json", 161) {
        let result = ninjs::read(&bytes, &Defaults::default());
        if name.starts_with("json/n_") {
            let Err(problem) = result else { panic!("{name} is read") };
            assert!(problem.at.starts_with("line "), "{name}: {problem:?}");
            refused += 1;
        }
    }
    assert_eq!(refused, 98);
}

#[test]
fn items_may_stand_in_a_list_or_one_a_line() {
    let item = |uri: &str| format!(r#"{{"uri": "{uri}", "type": "text", "headline": "H", "body_text": "B."}}"#);
    let (one, other) = (item("urn:x:1"), item("urn:x:2"));
    for source in [format!("[{one}, {other}]"), format!("{one}\n{other}\n"), format!("{one}\r\n\r\n{other}")] {
        assert!(ninjs::recognises(source.as_bytes()), "{source}");
        let uris: Vec<String> =
            read("items", source.as_bytes()).drafts.iter().map(|draft| draft.uri().to_owned()).collect();
        assert_eq!(uris, ["urn:x:1", "urn:x:2"], "{source}");
    }
    let broken = format!("{one}\n{{\"uri\": ");
    assert!(ninjs::read(broken.as_bytes(), &Defaults::default()).unwrap_err().to_string().contains("line 2"));
}

/// What the dialects say of the same story.
fn essence(article: &Article) -> (String, String, Vec<String>, Option<String>, Option<String>) {
    let text: Vec<String> = article.body.iter().map(Block::text).filter(|text| !text.is_empty()).collect();
    let words = text.join(" ").split_whitespace().map(ToOwned::to_owned).collect();
    let published = article.published_at.map(|time| time.to_rfc3339());
    (article.uri.clone(), article.headline.clone(), words, article.byline.clone(), published)
}

#[test]
fn the_same_story_in_three_dialects_is_the_same_article() {
    let files = files();
    for (left, right) in [
        (
            "examples/1.4/businesswire-newsml-20130605006126.json",
            "examples/2.1/businesswire-newsml-20130605006126.json",
        ),
        (
            "examples/1.4/businesswire-newsml-20130731006140.json",
            "examples/2.1/businesswire-newsml-20130731006140.json",
        ),
        ("examples/2.1/dpa_text.json", "examples/3.0/dpa_text.json"),
        (
            "documentation-examples/1.6/004_simple_text_article.json",
            "documentation-examples/2.2/004_simple_text_article.json",
        ),
        (
            "documentation-examples/2.2/004_simple_text_article.json",
            "documentation-examples/3.1/004_simple_text_article.json",
        ),
        (
            "documentation-examples/1.6/005_complex_text_article.json",
            "documentation-examples/2.2/005_complex_text_article.json",
        ),
        (
            "documentation-examples/2.2/005_complex_text_article.json",
            "documentation-examples/3.1/005_complex_text_article.json",
        ),
        ("documentation-examples/2.2/007_multimedia.json", "documentation-examples/3.1/007_multimedia.json"),
    ] {
        let essence = |name: &str| essence(&article(name, &files[&format!("ninjs/{name}")]));
        assert_eq!(essence(left), essence(right), "{left} and {right}");
    }
}

#[test]
fn notes_for_editors_reach_no_field() {
    let name = "ninjs/graphql-sample-data/data.json";
    let drafts = serde_json::to_string(&read(name, &files()[name]).drafts).unwrap();
    for note in ["navngir siktede", "Noe utvidet", "TURKEY OUT", "Uppdateras"] {
        assert!(!drafts.contains(note), "{note}");
    }
}

/// Documents that have every property of the schemas, by version: 1.6 has all of 1.x, 2.2 all of 2.x, 3.1 all of 3.x.
const EVERY: [(&str, &str); 3] = [
    ("1.6", include_str!("samples/every/ninjs-1.6.json")),
    ("2.2", include_str!("samples/every/ninjs-2.2.json")),
    ("3.1", include_str!("samples/every/ninjs-3.1.json")),
];

/// The texts of a document, each with the names that lead to it, in lower case and without the places in lists.
fn texts(value: &serde_json::Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(object) => {
            object.iter().for_each(|(name, value)| texts(value, &format!("{path}/{}", name.to_lowercase()), found));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| texts(value, path, found)),
        serde_json::Value::String(text) => found.push((path.to_owned(), text.clone())),
        other => found.push((path.to_owned(), other.to_string())),
    }
}

fn mark(text: &str) -> Option<&str> {
    let start = text.find("mk")?;
    let rest = &text[start..];
    let end = rest[2..].find(|sign: char| !sign.is_ascii_digit()).map_or(rest.len(), |at| at + 2);
    (end > 2).then(|| &rest[..end])
}

#[test]
fn every_property_of_every_version_is_kept_or_said_to_be_left_out() {
    let page = include_str!("../../docs/formats/ninjs.md");
    let (_, left_out) = page.split_once("\n## Left out\n").expect("a table of what is left out");
    let rows = left_out.lines().filter(|line| line.starts_with("| `"));
    let names: Vec<String> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .map(str::to_lowercase)
        .collect();
    let mut used = std::collections::BTreeSet::new();
    let mut wrong = Vec::new();
    for (version, document) in EVERY {
        let reading = read(version, document.as_bytes());
        let drafts = serde_json::to_string(&reading.drafts).unwrap();
        let is_kept = |mark: &str| {
            drafts
                .match_indices(mark)
                .any(|(at, _)| !drafts[at + mark.len()..].starts_with(|sign: char| sign.is_ascii_digit()))
        };
        let mut all = Vec::new();
        texts(&serde_json::from_str(document).unwrap(), "", &mut all);
        for (path, text) in all {
            let path = format!("{path}/");
            let row = names.iter().find(|name| path.contains(&format!("/{name}/")));
            let Some(mark) = mark(&text) else {
                used.extend(row.cloned());
                continue;
            };
            match (is_kept(mark), row) {
                (true, _) => {}
                (false, Some(name)) => drop(used.insert(name.clone())),
                (false, None) => wrong.push(format!("{version} {path} {text} is lost")),
            }
        }
        let Draft::Article(article) = &reading.drafts[reading.drafts.len() - 1] else { panic!("{:?}", reading.drafts) };
        let time = |text: &str| Some(text.parse().unwrap());
        assert_eq!(article.embargoed_until, time("2026-11-29T08:30:00Z"), "{version}");
        assert_eq!(article.expires_at, time("2036-01-01T00:00:00Z"), "{version}");
        assert_eq!((article.version, article.urgency), (Some(7), Some(3)), "{version}");
        assert_eq!(
            article.digital_source_type.as_deref(),
            Some("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia")
        );
        assert!(article.located.as_ref().is_some_and(|place| place.latitude == Some(60.4)), "{version}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unused: Vec<_> = names.iter().filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "nothing in the documents is {unused:?}");
}

/// The drafts with `script` written as `mk`, without the readable keys, which are Latin in every script, and without case.
fn essentials(reading: &Reading, script: &str) -> String {
    fn without_slugs(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(object) => {
                object.remove("slug");
                object.values_mut().for_each(without_slugs);
            }
            serde_json::Value::Array(list) => list.iter_mut().for_each(without_slugs),
            _ => {}
        }
    }
    let mut drafts = serde_json::to_value(&reading.drafts).unwrap();
    without_slugs(&mut drafts);
    drafts.to_string().to_lowercase().replace(&script.to_lowercase(), "mk")
}

#[test]
fn white_space_and_scripts_change_nothing() {
    for (version, document) in EVERY {
        let value: serde_json::Value = serde_json::from_str(document).unwrap();
        let whole = serde_json::to_string(&read(version, document.as_bytes()).drafts).unwrap();
        let minified = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::to_string(&read(version, minified.as_bytes()).drafts).unwrap(), whole, "{version}");
        for script in ["марка", "σήμα", "标记", "علامة"] {
            let written = minified.replace("mk", script);
            assert_eq!(importer::Format::detect_records(written.as_bytes()), None, "{version} {script}");
            assert_eq!(
                importer::Format::detect(written.as_bytes()),
                Some(importer::Format::Ninjs),
                "{version} {script}"
            );
            assert_eq!(
                essentials(&read(version, written.as_bytes()), script),
                essentials(&read(version, minified.as_bytes()), "mk")
            );
        }
    }
}
