//! ninjs as its own test suite and its members write it.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use importer::{
    Defaults, Reading,
    draft::{Article, Block, Draft},
    ninjs,
};

fn shared(path: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ninjs").join(path);
    folder.exists().then_some(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The documents below `folder` that are in a folder with this name.
fn documents(folder: &Path, named: &str) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.components().any(|part| part.as_os_str() == named)).collect()
}

fn read(path: &Path) -> Reading {
    let bytes = fs::read(path).unwrap();
    ninjs::read(&bytes, &Defaults::default()).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

fn article(path: &Path) -> Article {
    let mut articles = read(path).drafts.into_iter().filter_map(|draft| match draft {
        Draft::Article(article) => Some(*article),
        _ => None,
    });
    articles.next_back().unwrap_or_else(|| panic!("{} holds no article", path.display()))
}

#[test]
fn every_document_that_should_pass_is_read() {
    let Some(folder) = shared("test_suite") else { return };
    let documents = documents(&folder, "should_pass");
    assert!(documents.len() > 120, "{}", documents.len());
    for path in documents {
        let reading = read(&path);
        // Most of them show one property alone, and an article needs a headline.
        let is_answered = !reading.drafts.is_empty() || !reading.skipped.is_empty();
        assert!(is_answered, "{}: neither read nor skipped with a reason", path.display());
    }
}

#[test]
fn no_document_that_should_fail_ends_the_reader() {
    let Some(folder) = shared("test_suite") else { return };
    let documents = documents(&folder, "should_fail");
    assert!(documents.len() > 50, "{}", documents.len());
    for path in documents {
        if let Err(problem) = ninjs::read(&fs::read(&path).unwrap(), &Defaults::default()) {
            assert!(!problem.message.is_empty(), "{}", path.display());
        }
    }
}

#[test]
fn json_that_is_none_is_refused_with_its_place() {
    let Some(folder) = shared("../hostile/json") else { return };
    let mut refused = 0;
    for path in files(&folder) {
        let result = ninjs::read(&fs::read(&path).unwrap(), &Defaults::default());
        if path.file_name().unwrap().to_string_lossy().starts_with("n_") {
            let Err(problem) = result else { panic!("{} is read", path.display()) };
            assert!(problem.at.starts_with("line "), "{}: {problem:?}", path.display());
            refused += 1;
        }
    }
    assert!(refused > 50, "{refused}");
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
        let (Some(left), Some(right)) = (shared(left), shared(right)) else { return };
        assert_eq!(essence(&article(&left)), essence(&article(&right)), "{} and {}", left.display(), right.display());
    }
}

#[test]
fn notes_for_editors_reach_no_field() {
    let Some(data) = shared("graphql-sample-data/data.json") else { return };
    let drafts = serde_json::to_string(&read(&data).drafts).unwrap();
    for note in ["navngir siktede", "Noe utvidet", "TURKEY OUT", "Uppdateras"] {
        assert!(!drafts.contains(note), "{note}");
    }
}
