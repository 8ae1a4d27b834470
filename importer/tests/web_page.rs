//! Web pages that nobody here wrote: pages of newsrooms and what people noted about them, and the tests of other readers.

use std::{collections::BTreeMap, fs, path::PathBuf};

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

fn pages(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut pages = BTreeMap::new();
    for kind in fs::read_dir(folder).into_iter().flatten().flatten() {
        for file in fs::read_dir(kind.path()).into_iter().flatten().flatten() {
            let name = format!("{}/{}", kind.file_name().display(), file.file_name().display());
            pages.insert(name, fs::read(file.path()).unwrap());
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

#[test]
fn heads_of_news_pages_say_what_people_noted() {
    let Some(folder) = data("heads") else { return };
    let gold: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(folder.join("gold.json")).unwrap()).unwrap();
    let dump = std::env::var_os("DUMP").is_some();
    for (name, bytes) in pages(folder.to_str().unwrap()) {
        let reading = web_page::read(&bytes, &Defaults::default()).unwrap();
        let gold = gold.get(&name);
        let text = |key: &str| gold.and_then(|gold| gold.get(key)).and_then(Value::as_str).unwrap_or("-");
        if dump {
            println!("== {name}");
            for note in &reading.warnings { println!("   W {note}"); }
            for note in &reading.skipped { println!("   S {note}"); }
            let Some(article) = article(&reading) else { continue };
            println!("   H {} {}", article.headline, if article.headline == text("title") { "" } else { text("title") });
            println!("   A {:?} {:?}   G {} {}", article.byline, article.contributors.iter().map(|c| &c.name).collect::<Vec<_>>(), text("author"), text("byline"));
            println!("   D {:?} {:?}  G {} {}", article.published_at, article.updated_at, text("date"), text("publishedTime"));
            println!("   U {} {:?}", article.uri, article.url);
            println!("   S {:?} T {:?} L {:?} G {:?}", article.section.as_ref().map(|s| &s.name), article.topics.iter().map(|t| &t.name).collect::<Vec<_>>(), article.language, article.genre);
            println!("   P {:?} C {:?} R {:?}", article.source, article.copyright_notice, article.usage_terms);
            println!("   I {:?} b{}", article.lead_image.as_ref().map(|i| (&i.uri, i.width, i.height, &i.caption, &i.credit)), article.body.len());
            println!("   F {:?}", article.standfirst);
        }
    }
}
