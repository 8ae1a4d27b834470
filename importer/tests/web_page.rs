//! Web pages that nobody here wrote: pages of newsrooms and what people noted about them, and the tests of other readers.

mod suite;

use std::{collections::BTreeMap, fs, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use importer::{
    Defaults, Reading,
    draft::{Article, Block, Draft},
    web_page,
};
use proptest::prelude::*;
use serde_json::Value;

/// The heads of pages of newsrooms, whose words are blurred, by their kind and name, and what people noted about them.
fn heads() -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Value>) {
    let mut files = suite::files("heads", 101);
    let gold = files.remove("heads/gold.json").expect("is there");
    let pages = files.into_iter().map(|(name, bytes)| (name["heads/".len()..].to_owned(), bytes)).collect();
    (pages, serde_json::from_slice(&gold).expect("JSON"))
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
    let words = |text: &str| words(text).into_iter().filter(|word| !between.contains(&word.as_str())).collect();
    let noted: Vec<String> = words(noted);
    let names: Vec<&str> = article.contributors.iter().map(|contributor| contributor.name.as_str()).collect();
    words(&names.join(" ")) == noted || article.byline.as_deref().is_some_and(|byline| words(byline) == noted)
}

/// Whether a moment is on a day somewhere on Earth: people noted the day that the page shows.
fn is_on(time: Option<DateTime<Utc>>, day: &str) -> bool {
    let days =
        |time: DateTime<Utc>| (-12..=14).map(move |hours| (time + TimeDelta::hours(hours)).format("%F").to_string());
    time.is_some_and(|time| days(time).any(|of_zone| day.starts_with(&of_zone)))
}

/// How many fields are as people noted them, and which are not.
#[derive(Default)]
struct Score {
    right: usize,
    of: usize,
    misses: Vec<(String, String)>,
}

impl Score {
    fn count(&mut self, page: &str, is_right: bool, noted: &str, read: &impl std::fmt::Debug) {
        self.of += 1;
        if is_right {
            self.right += 1;
        } else {
            self.misses.push((page.to_owned(), format!("noted {noted:?}, read {read:?}")));
        }
    }

    fn report(&self, what: &str) -> String {
        let misses = self.misses.iter().map(|(page, miss)| format!("\n    {page}: {miss}"));
        format!("{what}: {} of {}{}", self.right, self.of, misses.collect::<String>())
    }

    /// Fails on a miss that is not accepted. Pages are named by their file.
    fn check(&self, what: &str, right: usize, of: usize, accepted: &[(&str, &[&str])]) {
        for (page, miss) in &self.misses {
            let hash = page.rsplit('/').next().unwrap_or_default().trim_end_matches(".html");
            let is_accepted = accepted.iter().any(|(_, pages)| pages.contains(&hash));
            assert!(is_accepted, "{what} of {page}: {miss}");
        }
        assert_eq!((self.right, self.of), (right, of), "{what}");
    }
}

const NOT_THERE: &str = "what was noted stood in the text of the page, and the head that is kept does not have it";

const HEADLINES: &[(&str, &[&str])] = &[
    (NOT_THERE, &["0c563f", "19fdf2", "db8ff7"]),
    ("the page changed after the note: 317 jokes, no longer 265", &["fe8d2b"]),
    ("JSON-LD has another headline than the page shows", &["19779a", "456052", "4fb868"]),
    ("the line above the headline is noted with it or without it", &["007d55", "7cdcde", "7ff0d6", "dc0e5a"]),
    ("the noted title has the author and the name of the site in it", &["d1473b"]),
    ("two different `og:title`; the first is not the one that is noted", &["5853f2"]),
    ("the page glues the slogan of the site to the title", &["4f3a1f"]),
    ("the title of the page is that of the site", &["db1d60"]),
    ("a section front (CollectionPage), which is no article", &["93d1b3"]),
    ("neither type nor time nor author nor text: no sign of an article", &["3a8735", "895a38"]),
];

const AUTHORS: &[(&str, &[&str])] = &[
    (NOT_THERE, &["5b80bb", "91fde5", "75dba8", "9bbd35"]),
    (
        "the head names the publisher or an account instead",
        &["0c563f", "73678a", "7cdcde", "8ef1b9", "ba1bee", "cb3306", "d99ab6", "ff7349", "6f5a40"],
    ),
    ("the head has the name to log in with alone", &["082308"]),
    ("the first letter of the noted name is cut off; the head has the given name alone", &["5853f2"]),
    ("the noted author is `Last Updated: January 7, 2025`", &["e0e515"]),
    ("a section front, which is no article", &["93d1b3"]),
];

const DATES: &[(&str, &[&str])] = &[
    (NOT_THERE, &["5b80bb", "91fde5", "ba1bee", "8795a3"]),
    ("the noted day is that of the last modification or of another version", &["007d55", "fe8d2b"]),
    ("neither type nor time nor author nor text: no sign of an article", &["3a8735", "895a38"]),
];

#[test]
fn heads_of_news_pages_say_what_people_noted() {
    let (pages, gold) = heads();
    let (mut headlines, mut authors, mut dates) = (Score::default(), Score::default(), Score::default());
    for (name, bytes) in pages {
        let reading = web_page::read(&bytes, &Defaults::default()).unwrap();
        let Some(gold) = gold.get(&name) else { continue };
        let noted = |key: &str| gold.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let none = Article::default();
        let article = article(&reading).unwrap_or(&none);
        if let Some(title) = noted("title") {
            headlines.count(&name, words(&article.headline) == words(title), title, &article.headline);
        }
        if let Some(author) = noted("author").or_else(|| noted("byline")) {
            authors.count(&name, is_by(article, author), author, &article.contributors);
        }
        if let Some(date) = noted("date").or_else(|| noted("publishedTime")) {
            dates.count(&name, is_on(article.published_at, date), date, &article.published_at);
        }
    }
    for (what, score) in [("headline", &headlines), ("author", &authors), ("date", &dates)] {
        println!("{}", score.report(what));
    }
    headlines.check("headline", 65, 83, HEADLINES);
    authors.check("author", 50, 67, AUTHORS);
    dates.check("date", 68, 76, DATES);
}

#[test]
fn every_page_of_the_heads_is_read_or_skipped_with_a_reason() {
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for (name, bytes) in heads().0 {
        assert!(web_page::recognises(&bytes), "{name}");
        let reading = web_page::read(&bytes, &Defaults::default()).unwrap();
        assert_eq!(reading.drafts.len() + reading.skipped.len(), 1, "{name}");
        let [articles, warned, skipped] = counts.entry(name.split('/').next().unwrap().to_owned()).or_default();
        *articles += reading.drafts.len();
        *warned += usize::from(!reading.warnings.is_empty());
        *skipped += reading.skipped.len();
        let Some(article) = article(&reading) else { continue };
        assert!(article.uri.starts_with("http"), "{name}: {}", article.uri);
        assert!(!article.headline.contains(['<', '\u{fffd}']), "{name}: {}", article.headline);
        assert!(
            !article.headline.contains("&amp;") && !article.headline.contains("&#"),
            "{name}: {}",
            article.headline
        );
    }
    println!("articles, with warnings, skipped: {counts:?}");
    let articles: usize = counts.values().map(|[articles, ..]| articles).sum();
    let skipped: usize = counts.values().map(|[.., skipped]| skipped).sum();
    assert_eq!((articles, skipped), (97, 3));
}

#[test]
fn blocks_of_json_ld_that_do_not_parse_are_mended_or_passed_over_with_a_warning() {
    let warned = heads().0.into_iter().filter(|(_, bytes)| {
        let reading = web_page::read(bytes, &Defaults::default()).unwrap();
        reading.warnings.iter().any(|warning| warning.at.starts_with("JSON-LD block"))
    });
    let kinds: Vec<String> = warned.map(|(name, _)| name.split('/').next().unwrap().to_owned()).collect();
    println!("{} pages: {kinds:?}", kinds.len());
    assert_eq!(kinds.iter().filter(|kind| *kind == "broken-jsonld").count(), 8);
    assert_eq!(kinds.iter().filter(|kind| *kind == "news").count(), 5);
}

#[test]
fn pages_that_are_not_utf_8_are_read() {
    let (pages, _) = heads();
    for (page, headline) in [
        ("8795a3", "Masnosomn masannn mit der Aosnaamanons des Monmanaanonssomnana!"),
        ("91fde5", "Monnasnasa: Nonnmonn - Snanmass nama sasan!"),
        ("9fd0a2", "Snaana Sssamssonna"),
        ("bb2719", "Ein Soannansmnons mön Nonnsaosan Nonn"),
        ("f5697c", "Maana Snonaananna sann noss mansmaamann auf Mosnonsssossa in Mnaamons"),
    ] {
        let bytes = &pages[&format!("not-utf8/{page}.html")];
        let reading = web_page::read(bytes, &Defaults::default()).unwrap();
        let article = article(&reading).unwrap();
        assert_eq!(article.headline, headline);
        let standfirst = article.standfirst.as_deref().unwrap_or_default();
        assert!(!standfirst.contains("Ã") && !standfirst.contains('\u{fffd}'), "{standfirst}");
    }
}

fn at(url: &str) -> Defaults {
    Defaults { base: url.parse().ok(), ..Defaults::default() }
}

#[test]
fn whole_pages_have_their_text() {
    for (file, headline, least_words, starts) in [
        (
            "global-voices.html",
            "Ein Jahr voller Proteste: Nicaraguaner wollen nicht mehr nur den Rücktritt Ortegas, sondern einen Neuanfang",
            1_300,
            "Seit dem Ausbruch der Massenproteste gegen Präsident Daniel Ortega",
        ),
        (
            "v8-blog.html",
            "Outside the web: standalone WebAssembly binaries using Emscripten",
            2_300,
            "Emscripten has always focused first and foremost on compiling to the Web",
        ),
        ("creative-commons.html", "What we do", 180, "Creative Commons helps you legally share your knowledge"),
        (
            "code-covered.html",
            "Get your Frontend JavaScript Code Covered",
            480,
            "So finally you're testing your frontend JavaScript code?",
        ),
    ] {
        let reading = web_page::read(&sample(file), &at("https://site.example/page")).unwrap();
        let article = article(&reading).unwrap();
        assert_eq!(article.headline, headline);
        let texts: Vec<String> = article.body.iter().map(Block::text).collect();
        let words: usize = texts.iter().map(|text| importer::text::words(text)).sum();
        println!("{file}: {words} words in {} blocks", texts.len());
        assert!(words >= least_words, "{file}: {words}");
        assert!(texts.iter().any(|text| text.starts_with(starts)), "{file}: {texts:?}");
        for other in ["Cookie", "Newsletter", "Impressum", "Tweet this", "Search for:"] {
            assert!(!texts.iter().any(|text| text.contains(other)), "{file}: {other}");
        }
        // The others state their licence to people alone: what it is for is in the sentence around it.
        if !matches!(file, "v8-blog.html" | "code-covered.html") {
            let terms = article.usage_terms.as_deref().unwrap_or_default();
            assert!(terms.starts_with("https://creativecommons.org/licenses/by/"), "{file}: {terms}");
        }
    }
}

/// Real pages that may be copied; see `NOTICE` beside them.
fn sample(name: &str) -> Vec<u8> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/web_page")).join(name);
    fs::read(path).expect("a sample of this project")
}

#[test]
fn samples_are_read() {
    let url = "https://v8.dev/blog/emscripten-standalone-wasm";
    let reading = web_page::read(&sample("v8-blog.html"), &at(url)).unwrap();
    let article_of_v8 = article(&reading).unwrap();
    assert_eq!(article_of_v8.uri, url);
    assert_eq!(article_of_v8.published_at.map(|time| time.to_rfc3339()).as_deref(), Some("2019-11-21T00:00:00+00:00"));
    assert!(article_of_v8.body.len() > 50);

    let reading = web_page::read(&sample("opengraph.html"), &Defaults::default()).unwrap();
    let article_of_graph = article(&reading).unwrap();
    assert_eq!(article_of_graph.headline, "From Street Theater to Wagner on the Opera Stage");
    assert_eq!(article_of_graph.section.as_ref().map(|section| section.name.as_str()), Some("Music"));
    assert_eq!(
        article_of_graph.published_at.map(|time| time.to_rfc3339()).as_deref(),
        Some("2016-12-15T10:55:55+00:00")
    );
    assert_eq!(article_of_graph.source.as_ref().map(|source| source.name.as_str()), Some("Event Education"));

    let reading =
        web_page::read(&sample("dublin-core.html"), &at("https://dublincore.org/documents/dcq-html/")).unwrap();
    let article_of_core = article(&reading).unwrap();
    assert_eq!(article_of_core.headline, "Expressing Dublin Core in HTML/XHTML meta and link elements");
    assert_eq!(
        article_of_core.published_at.map(|time| time.to_rfc3339()).as_deref(),
        Some("2003-11-01T00:00:00+00:00")
    );
    assert_eq!(article_of_core.updated_at.map(|time| time.to_rfc3339()).as_deref(), Some("2001-07-18T00:00:00+00:00"));
    assert!(article_of_core.standfirst.as_deref().is_some_and(|text| text.starts_with("This document describes how")));

    for name in ["microdata.html", "broken-json-ld.html"] {
        let reading = web_page::read(&sample(name), &at("https://music.example/page")).unwrap();
        assert!(reading.drafts.is_empty() && reading.skipped.len() == 1, "{name}: a band and an action are no news");
    }
}

const SAMPLES: [&str; 6] = [
    "v8-blog.html",
    "code-covered.html",
    "opengraph.html",
    "dublin-core.html",
    "microdata.html",
    "broken-json-ld.html",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_come_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = web_page::read(&bytes, &Defaults::default());
        let _ = web_page::recognises(&bytes);
    }

    #[test]
    fn any_markup_comes_to_an_end(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "<!doctype html>", "<html lang=x>", "<title>", "</title>", "<meta name=date content=", "'>", "\">", "<p>", "</p>",
                "<div itemscope itemtype=https://schema.org/NewsArticle>", "<i itemprop=headline>", "</i>", "</div>",
                "<script type=application/ld+json>", "</script>", "{\"@type\":\"NewsArticle\",", "\"headline\":", "\"a\"", "[",
                "]", "}", ",", "\"@id\":\"#a\"", "\"author\":", "<![CDATA[", "]]>", "&quot;", "<table>", "<svg>", "<template>",
                "2024-02-08T", "31.12.99999", "\u{0}", "\u{10ffff}", "<base href='//'>", "<link rel=canonical href=http://a.b/c>",
                "<b>", "<a href=x>", "\\", "/*", "//", "<!--", "-->", "word ",
            ]),
            0..120,
        )
    ) {
        let _ = web_page::read(pieces.concat().as_bytes(), &at("https://news.example/a"));
    }

    #[test]
    fn damaged_samples_come_to_an_end(
        name in proptest::sample::select(SAMPLES.to_vec()),
        cut in 0.0..1.0_f64,
        changes in proptest::collection::vec((0.0..1.0_f64, any::<u8>()), 0..20),
    ) {
        let mut page = sample(name);
        page.truncate((page.len() as f64 * cut) as usize);
        let length = page.len();
        for (place, byte) in changes {
            if let Some(changed) = page.get_mut((length as f64 * place) as usize) {
                *changed = byte;
            }
        }
        let _ = web_page::read(&page, &at("https://news.example/a"));
    }
}
