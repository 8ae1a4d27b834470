//! Web pages that nobody here wrote: pages of newsrooms and what people noted about them, and the tests of other readers.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use importer::{
    Defaults, Reading,
    draft::{Article, Draft},
    web_page,
};
use serde_json::Value;

/// People who clone the project do not have it.
fn data(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/html")).join(folder);
    path.is_dir().then_some(path)
}

fn pages(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut pages = BTreeMap::new();
    for kind in fs::read_dir(folder).into_iter().flatten().flatten() {
        for file in fs::read_dir(kind.path()).into_iter().flatten().flatten() {
            let name = format!("{}/{}", kind.file_name().display(), file.file_name().display());
            pages.insert(name, fs::read(file.path()).expect("a readable file"));
        }
    }
    pages
}

fn article(reading: &Reading) -> Option<&Article> {
    match &reading.drafts[..] {
        [Draft::Article(article)] => Some(article),
        [] => None,
        more => panic!("{more:?}"),
    }
}

/// The words of a text without regard to case, so that `SHANA NYS DAMBROT` is `Shana Nys Dambrot`.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The names, or the line that has them, without regard to the words between them.
fn is_by(article: &Article, noted: &str) -> bool {
    let between = ["und", "and", "y", "en", "territorio", "shares"];
    let noted: Vec<String> = words(noted).into_iter().filter(|word| !between.contains(&word.as_str())).collect();
    let names: Vec<&str> = article.contributors.iter().map(|contributor| contributor.name.as_str()).collect();
    words(&names.join(" ")) == noted || article.byline.as_deref().map(words) == Some(noted)
}

#[derive(Debug, Default, PartialEq)]
struct Score {
    right: usize,
    of: usize,
    misses: Vec<String>,
}

impl Score {
    fn count(&mut self, name: &str, is_right: bool, noted: &str, read: &str) {
        self.of += 1;
        if is_right {
            self.right += 1;
        } else {
            self.misses.push(format!("{name}\n        noted {noted}\n        read  {read}"));
        }
    }
}

#[test]
fn heads_of_news_pages_say_what_people_noted() {
    let Some(folder) = data("heads") else { return };
    let gold = fs::read(folder.join("gold.json")).unwrap();
    let gold: BTreeMap<String, Value> = serde_json::from_slice(&gold).unwrap();
    let (mut headlines, mut authors, mut dates) = (Score::default(), Score::default(), Score::default());
    for (name, bytes) in pages(&folder) {
        let reading = web_page::read(&bytes, &Defaults::default()).unwrap();
        let Some(gold) = gold.get(&name) else { continue };
        let noted = |key: &str| gold.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let none = Article::default();
        let article = article(&reading).unwrap_or(&none);
        if let Some(title) = noted("title") {
            headlines.count(&name, words(&article.headline) == words(title), title, &article.headline);
        }
        if let Some(author) = noted("author").or_else(|| noted("byline")) {
            authors.count(
                &name,
                is_by(article, author),
                author,
                &format!("{:?} {:?}", article.byline, article.contributors),
            );
        }
        if let Some(date) = noted("date").or_else(|| noted("publishedTime")) {
            let days = article.published_at.map(|time| time.format("%Y-%m-%d").to_string());
            dates.count(
                &name,
                days.as_deref() == date.get(..10),
                date,
                &format!("{:?} {:?}", article.published_at, article.updated_at),
            );
        }
    }
    for (what, score) in [("headline", &headlines), ("author", &authors), ("date", &dates)] {
        println!("{what}: {} of {}", score.right, score.of);
        for miss in &score.misses {
            println!("    {miss}");
        }
    }
}
