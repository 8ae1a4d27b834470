//! Real feeds that are part of this project.

use importer::{
    Defaults, Reading,
    draft::{Article, Block, Draft},
    feed,
};

fn read(bytes: &[u8]) -> Reading {
    assert!(feed::recognises(bytes));
    feed::read(bytes, &Defaults::default()).expect("it is a feed")
}

fn first(reading: &Reading) -> &Article {
    match &reading.drafts[0] {
        Draft::Article(article) => article,
        other => panic!("{other:?}"),
    }
}

fn time(time: Option<chrono::DateTime<chrono::Utc>>) -> String {
    time.map(|time| time.to_rfc3339()).unwrap_or_default()
}

#[test]
fn atom_of_its_specification() {
    let reading = read(include_bytes!("../samples/feed/atom_spec_1.xml"));
    let article = first(&reading);
    assert_eq!(article.uri, "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a");
    assert_eq!(article.url.as_deref(), Some("http://example.org/2003/12/13/atom03"));
    assert_eq!(article.headline, "Atom-Powered Robots Run Amok");
    assert_eq!(article.standfirst.as_deref(), Some("Some text."));
    assert_eq!(article.byline.as_deref(), Some("John Doe"));
    assert_eq!(time(article.updated_at), "2003-12-13T18:30:02+00:00");
    assert!(reading.warnings.is_empty() && reading.skipped.is_empty());
}

#[test]
fn rss_1_0_of_its_specification() {
    let reading = read(include_bytes!("../samples/feed/rss_1.0_spec_1.xml"));
    assert_eq!(reading.drafts.len(), 2);
    let article = first(&reading);
    assert_eq!(article.uri, "http://xml.com/pub/2000/08/09/xslt/xslt.html");
    assert_eq!(article.headline, "Processing Inclusions with XSLT");
    assert_eq!(article.source.as_ref().unwrap().name, "XML.com");
}

#[test]
fn a_json_feed() {
    let reading = read(include_bytes!("../samples/feed/jsonfeed_example_1.json"));
    let article = first(&reading);
    assert!(article.url.is_some() && !article.body.is_empty());
    assert!(reading.skipped.is_empty());
}

#[test]
fn rss_0_91_in_an_encoding_of_its_own() {
    let reading = read(include_bytes!("../samples/feed/rss_0.91_encoding_1.xml"));
    assert!(!first(&reading).headline.contains('\u{fffd}'));
    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
}

#[test]
fn a_video_with_its_poster() {
    let reading = read(include_bytes!("../samples/feed/rss_2.0_vimeo_media.xml"));
    let article = first(&reading);
    assert!(article.lead_image.is_some());
    assert!(article.body.iter().any(|block| matches!(block, Block::Embed { poster: Some(_), .. } | Block::Video(_))));
}

#[test]
fn media_rss_of_its_specification() {
    let reading = read(include_bytes!("../samples/feed/media_example_5.xml"));
    let played = first(&reading).body.iter();
    let played = played.filter(|block| matches!(block, Block::Embed { .. } | Block::Audio(_) | Block::Video(_)));
    assert_eq!(played.count(), 1, "the files of a group are one thing");
}

#[test]
fn an_encoding_that_is_not_declared_is_guessed() {
    let bytes = include_bytes!("../samples/feed/koi8r.xml");
    let reading = read(bytes);
    assert_eq!(reading.warnings[0].at, "encoding");
    assert!(reading.warnings[0].message.contains("KOI8"));
}

#[test]
fn nothing_is_left_of_markup_that_hides_scripts() {
    let bytes = String::from_utf8_lossy(include_bytes!("../samples/feed/entry_content_crazy.xml"));
    let bytes = bytes.replace("<entry>", "<entry><id>urn:x:1</id><title>Title</title>");
    let reading = read(bytes.as_bytes());
    let text = serde_json::to_string(first(&reading)).unwrap();
    assert!(!text.contains("javascript:") && !text.contains("<script") && !text.contains("onmouseover"), "{text}");
}
