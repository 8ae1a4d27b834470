//! What an import says: of items that take down what readers see, of languages, and of a dry run before it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use api::import::{Options, Report, Summary, import};
use importer::{Defaults, save};
use serde_json::{Value, json};

use super::{by_uri, counts};
use crate::support::{Kind, TestDb};

/// What an import comes to, and the lines of its report.
pub(super) async fn import_all(database: &TestDb, inputs: &[PathBuf], options: &Options) -> (Summary, Vec<Value>) {
    let said = tempfile::NamedTempFile::new().unwrap();
    let mut report = Report::new(Box::new(std::io::sink()), Some(Box::new(said.reopen().unwrap())));
    let summary = import(&database.db, inputs, options, &mut report).await.unwrap();
    let lines = fs::read_to_string(said.path()).unwrap();
    (summary, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

async fn import_text(database: &TestDb, folder: &Path, text: &str, options: &Options) -> (Summary, Vec<Value>) {
    let file = folder.join("document");
    fs::write(&file, text).unwrap();
    import_all(database, &[file], options).await
}

/// Writes a document with a version and a status.
type Written = fn(u8, &str) -> String;

/// A document of an article in each format that says a status: its `uri`, and the document for a version and a status.
fn articles_with_status() -> [(&'static str, &'static str, Written); 5] {
    [
        ("ninjs", "urn:example:ninjs", |version, status| {
            json!({
                "uri": "urn:example:ninjs", "type": "text", "version": version.to_string(), "pubStatus": status,
                "versionCreated": format!("2026-01-0{version}T00:00:00Z"), "headlines": [{ "value": "Tram" }]
            })
            .to_string()
        }),
        ("newsml-g2", "urn:example:g2", |version, status| {
            format!(
                "<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/' guid='urn:example:g2' version='{version}' xml:lang='en'>\
                 <itemMeta><itemClass qcode='ninat:text'/><versionCreated>2026-01-0{version}T00:00:00Z</versionCreated>\
                 <pubStatus qcode='stat:{status}'/></itemMeta><contentMeta><headline>Tram</headline></contentMeta>\
                 <contentSet><inlineXML><p>Text.</p></inlineXML></contentSet></newsItem>"
            )
        }),
        ("newsml-1", "urn:newsml:a.example:20260101:n1", |version, status| {
            format!(
                "<NewsML><NewsEnvelope><DateAndTime>2026010{version}T000000Z</DateAndTime></NewsEnvelope><NewsItem><Identification>\
                 <NewsIdentifier><ProviderId>a.example</ProviderId><DateId>20260101</DateId><NewsItemId>n1</NewsItemId>\
                 <RevisionId PreviousRevision='0' Update='N'>{version}</RevisionId>\
                 <PublicIdentifier>urn:newsml:a.example:20260101:n1:{version}</PublicIdentifier></NewsIdentifier></Identification>\
                 <NewsManagement><NewsItemType FormalName='News'/><FirstCreated>20260101T000000Z</FirstCreated>\
                 <ThisRevisionCreated>2026010{version}T000000Z</ThisRevisionCreated><Status FormalName='{status}'/></NewsManagement>\
                 <NewsComponent><NewsLines><HeadLine>Tram</HeadLine></NewsLines></NewsComponent></NewsItem></NewsML>"
            )
        }),
        ("nitf", "urn:example:nitf", |version, status| {
            format!(
                "<nitf><head><docdata management-status='{status}'><doc-id id-string='urn:example:nitf'/>\
                 <date.issue norm='2026010{version}T000000Z'/></docdata></head><body><body.head><hedline><hl1>Tram</hl1></hedline>\
                 </body.head></body></nitf>"
            )
        }),
        ("jsonl", "urn:example:jsonl", |version, status| {
            json!({
                "type": "article", "uri": "urn:example:jsonl", "version": version, "status": status, "headline": "Tram",
                "publishedAt": "2026-01-01T00:00:00Z"
            })
            .to_string()
        }),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_takes_a_published_article_down_is_told_in_every_format() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let folder = tempfile::tempdir().unwrap();
        for (format, uri, document) in articles_with_status() {
            let options = Options { format: Some(format.parse().unwrap()), ..Options::default() };
            let send = async |version, status: &str| {
                import_text(&database, folder.path(), &document(version, status), &options).await
            };
            let taken_down = |lines: &[Value]| {
                let is_one = |line: &&Value| line["message"].as_str().is_some_and(|text| text.contains("taken down"));
                lines.iter().filter(is_one).cloned().collect::<Vec<_>>()
            };
            let (first, said) = send(1, "usable").await;
            assert_eq!((first.new, taken_down(&said).len()), (1, 0), "{kind:?} {format}: {said:?}");
            assert_ne!(by_uri(&database, uri, "headline").await, Value::Null, "{kind:?} {format}");
            let (second, said) = send(2, "withheld").await;
            let [line] = &taken_down(&said)[..] else { panic!("{kind:?} {format}: {said:?}") };
            assert!(second.updated == 1 && second.warnings > 0, "{kind:?} {format}: {second}");
            assert_eq!(
                (&line["outcome"], &line["item"], &line["at"]),
                (&json!("warning"), &json!(uri), &json!("status")),
                "{kind:?} {format}"
            );
            assert!(line["message"].as_str().unwrap().contains("is withheld: the article was public"), "{line}");
            assert_eq!(by_uri(&database, uri, "headline").await, Value::Null, "{kind:?} {format}");
            // It is hidden already, and comes back without a word.
            for (version, status) in [(3, "withheld"), (4, "usable"), (5, "canceled")] {
                let (summary, said) = send(version, status).await;
                assert_eq!(taken_down(&said), Vec::<Value>::new(), "{kind:?} {format} {status}: {summary}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_and_galleries_that_are_taken_down_are_told_too() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let image = |version: u8, status: &str| {
            json!({
                "type": "image", "uri": "urn:image", "version": version, "status": status,
                "renditions": [{ "name": "a", "href": "https://example.org/a.jpg" }]
            })
        };
        let gallery = |version: u8, status: &str| {
            json!({
                "type": "gallery", "uri": "urn:gallery", "version": version, "status": status, "title": "G", "kind": "photo",
                "publishedAt": "2026-01-01T00:00:00Z"
            })
        };
        let article = |version: u8, image: Value| {
            let mut lead = image;
            lead.as_object_mut().unwrap().remove("type");
            json!({
                "type": "article", "uri": "urn:article", "version": version, "headline": "A", "leadImage": lead,
                "publishedAt": "2026-01-01T00:00:00Z"
            })
        };
        let lines = |items: &[Value]| items.iter().map(|item| format!("{item}\n")).collect::<String>();
        let options = Options::default();
        let first = lines(&[image(1, "usable"), gallery(1, "usable"), article(1, image(1, "usable"))]);
        let (_, said) = import_text(&database, folder.path(), &first, &options).await;
        assert_eq!(said, Vec::<Value>::new(), "{kind:?}");
        let (_, said) =
            import_text(&database, folder.path(), &lines(&[gallery(2, "withheld"), image(2, "withheld")]), &options)
                .await;
        let told: Vec<_> =
            said.iter().map(|line| (line["item"].as_str().unwrap(), line["at"].as_str().unwrap())).collect();
        assert_eq!(told, [("urn:gallery", "status"), ("urn:image", "status")], "{kind:?}: {said:?}");

        import_text(&database, folder.path(), &lines(&[image(3, "usable")]), &options).await;
        let hidden = lines(&[article(2, image(4, "withheld"))]);
        let (_, said) = import_text(&database, folder.path(), &hidden, &options).await;
        let told: Vec<_> =
            said.iter().map(|line| (line["item"].as_str().unwrap(), line["at"].as_str().unwrap())).collect();
        assert_eq!(told, [("urn:article", "image `urn:image`")], "{kind:?}: {said:?}");
    }
}

/// Documents that name no language, in every format of articles.
fn without_a_language() -> [(&'static str, &'static str, String); 8] {
    let [ninjs, _, newsml_1, nitf, jsonl] = articles_with_status();
    let usable = |(format, uri, document): (&'static str, &'static str, fn(u8, &str) -> String)| {
        (format, uri, document(1, "usable"))
    };
    [
        usable(ninjs),
        usable(newsml_1),
        usable(nitf),
        usable(jsonl),
        (
            "newsml-g2",
            "urn:example:g2",
            "<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/' guid='urn:example:g2' version='1'><itemMeta>\
             <itemClass qcode='ninat:text'/><versionCreated>2026-01-01T00:00:00Z</versionCreated></itemMeta><contentMeta>\
             <headline>Tram</headline></contentMeta><contentSet><inlineXML><p>Text.</p></inlineXML></contentSet></newsItem>"
                .to_owned(),
        ),
        ("csv", "urn:example:csv", "uri,headline,published\nurn:example:csv,Tram,2026-01-01T00:00:00Z\n".to_owned()),
        (
            "feed",
            "https://example.org/feed-item",
            "<rss version='2.0'><channel><title>T</title><link>https://example.org/</link><description>D</description><item>\
             <title>Tram</title><link>https://example.org/feed-item</link><guid>https://example.org/feed-item</guid>\
             <pubDate>Thu, 01 Jan 2026 00:00:00 GMT</pubDate></item>\
             </channel></rss>"
                .to_owned(),
        ),
        (
            "html",
            "https://example.org/page",
            "<html><head><title>Tram</title><link rel='canonical' href='https://example.org/page'>\
             <script type='application/ld+json'>{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\
             \"headline\":\"Tram\",\"url\":\"https://example.org/page\",\"datePublished\":\"2026-01-01T00:00:00Z\"}</script></head>\
             <body><article><h1>Tram</h1><p>The first tram left at four minutes past five in the morning.</p></article></body></html>"
                .to_owned(),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn articles_without_a_language_have_that_of_the_import_else_the_newsrooms() {
    for kind in Kind::BOTH {
        let folder = tempfile::tempdir().unwrap();
        let by_import = Options {
            settings: save::Settings { language: Some("de".to_owned()), ..Default::default() },
            ..Options::default()
        };
        let by_reader = Options {
            defaults: Defaults { language: Some("de".to_owned()), ..Default::default() },
            ..Options::default()
        };
        // The newsroom's own is set in the third database, before the import, and in the fourth after it.
        for (way, options) in [&by_import, &by_reader, &Options::default(), &Options::default()].into_iter().enumerate()
        {
            let database = TestDb::migrated(kind).await;
            let newsroom = r#"{ "format": "newsgraph-newsroom", "language": "DE" }"#;
            if way == 2 {
                import_text(&database, folder.path(), newsroom, options).await;
            }
            for (format, uri, document) in without_a_language() {
                let options = Options { format: Some(format.parse().unwrap()), ..options.clone() };
                let (summary, said) = import_text(&database, folder.path(), &document, &options).await;
                assert_eq!(summary.new, 1, "{kind:?} {format}: {said:?}");
                let article = by_uri(&database, uri, "language").await;
                let language = if way == 3 { "und" } else { "de" };
                assert_eq!(article["language"], language, "{kind:?} {format}, way {way}");
            }
            if way == 3 {
                let (summary, said) = import_text(&database, folder.path(), newsroom, options).await;
                let articles = said.iter().find(|line| line["at"] == "articles").expect("a line on articles");
                assert_eq!(articles["message"], "0 new, 8 updated, 0 unchanged", "{kind:?}: {summary}");
                assert_eq!(by_uri(&database, "urn:example:jsonl", "language").await["language"], "de", "{kind:?}");
            }
            // Words are found in their forms from then on.
            let found = database.answer("{ search(query: \"Trams\") { totalCount } }", json!({})).await;
            assert!(found["data"]["search"]["totalCount"].is_number(), "{found}");
        }
    }
}

/// The samples of every format, the sample newsroom, and documents that hold versions and mistakes.
fn many_inputs(folder: &Path) -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut inputs = vec![
        root.join("importer/tests/samples/feed"),
        root.join("importer/tests/samples/web_page"),
        root.join("importer/tests/samples/xml"),
        root.join("sample/galleries"),
        root.join("sample/articles/press-review"),
        root.join("sample/stories"),
        root.join("sample/newsroom.json"),
    ];
    let lines = [
        // Two versions, one that is older, and one that takes the article down.
        r#"{"type":"article","uri":"urn:a","version":2,"headline":"A","url":"https://example.org/a","language":"en","publishedAt":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"article","uri":"urn:a","version":1,"headline":"A0","publishedAt":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"article","uri":"urn:a","version":3,"headline":"A2","status":"withheld","publishedAt":"2026-01-01T00:00:00Z"}"#,
        // Another's address, no time, and pictures without an identity.
        r#"{"type":"article","uri":"urn:b","headline":"B","url":"https://example.org/a"}"#,
        r#"{"type":"article","uri":"urn:c","headline":"C","leadImage":{"uri":""},"urgency":12,"publishedAt":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"article","uri":"urn:c","headline":"C2","publishedAt":"2026-01-01T00:00:00Z"}"#,
        // What is told by content, twice.
        r#"{"type":"image","uri":"urn:i","caption":"One","renditions":[{"name":"a","href":"https://example.org/i.jpg"}]}"#,
        r#"{"type":"image","uri":"urn:i","caption":"Two","renditions":[{"name":"a","href":"https://example.org/i.jpg"}]}"#,
        r#"{"type":"topic","name":"Trams","qcode":"x:1","names":{"de":"Straßenbahnen"}}"#,
        r#"{"type":"topic","name":"Tramways","qcode":"x:1"}"#,
        r#"{"type":"place","name":"Oslo","uri":"geo:1","timeZone":"Europe/Oslo"}"#,
        r#"{"type":"place","name":"Oslo","uri":"geo:1","timeZone":"Mars/Base"}"#,
        r#"{"type":"gallery","uri":"urn:g","title":"G","kind":"photo","section":{"name":"Fresh"}}"#,
        r#"{"type":"story","uri":"urn:s","title":"S","articles":[{"uri":"urn:a"},{"uri":"urn:later"}]}"#,
        r#"{"type":"article","uri":"urn:d"}"#,
        r#"{"type":"article","uri":"urn:e","headlin":"E"}"#,
    ];
    let documents = [
        ("lines.jsonl", lines.join("\n")),
        ("table.csv", "uri,headline,published\nurn:t1,T1,2026-01-01T00:00:00Z\nurn:t2,T2,never\nurn:t1,T1 again,2026-01-01T00:00:00Z\n".to_owned()),
        ("broken.json", "{ \"uri\": \"urn:x\", \"headline\": }".to_owned()),
        (
            "settings.json",
            r#"{ "format": "newsgraph-newsroom", "language": "en", "sections": [{ "slug": "fresh", "name": "Fresh", "position": 7 }],
                "topStories": [{ "items": [{ "article": "urn:b" }, { "article": "urn:none" }] }],
                "externalHeadlines": [{ "placement": "PARTNER_NEWS", "headline": "H", "url": "https://example.org/h", "sourceName": "S" }],
                "reads": [{ "article": "urn:b", "at": "2026-01-01T00:00:00Z", "count": 3 }] }"#
                .to_owned(),
        ),
        ("unsettings.json", r#"{ "format": "newsgraph-newsroom", "externalHeadlines": [], "topStories": [], "removeSections": [{ "slug": "fresh" }] }"#.to_owned()),
    ];
    for (name, text) in documents {
        fs::write(folder.join(name), text).unwrap();
        inputs.push(folder.join(name));
    }
    inputs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_what_the_run_says_and_leaves_nothing_behind() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let inputs = many_inputs(folder.path());
        let dry = Options { dry_run: true, ..Options::default() };
        let said = |lines: Vec<Value>| {
            let is_said = |line: &Value| !matches!(line["outcome"].as_str(), Some("would be new" | "would be updated"));
            let settled = |mut line: Value| {
                if line["outcome"] == "would be set" {
                    line["outcome"] = "set".into();
                }
                line
            };
            lines.into_iter().filter(is_said).map(settled).collect::<Vec<_>>()
        };
        // All at once into nothing, then each by itself into what came before it, then all again.
        let all: Vec<&[PathBuf]> = std::iter::once(&inputs[..]).chain(inputs.chunks(1)).chain([&inputs[..]]).collect();
        for (round, inputs) in all.into_iter().enumerate() {
            let before = counts(&database).await;
            let (would, foretold) = import_all(&database, inputs, &dry).await;
            assert_eq!(counts(&database).await, before, "{kind:?} {round}");
            if round == 0 {
                assert!(would.new > 100 && would.updated > 3 && would.warnings > 5 && would.failed > 3, "{would}");
                continue;
            }
            let (did, told) = import_all(&database, inputs, &Options::default()).await;
            assert_eq!(would, did, "{kind:?} {inputs:?}");
            assert_eq!(said(foretold), said(told), "{kind:?} {inputs:?}");
        }
    }
}
