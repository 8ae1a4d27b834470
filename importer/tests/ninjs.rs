//! ninjs as its own test suite and its members write it.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod suite;

use std::collections::BTreeMap;

use importer::{
    Defaults, Reading,
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
