//! A kill, a hold or an embargo is acted on whatever else a document says: whatever its format, its version, and what it looks like.

use importer::{
    Defaults, Document, Format,
    draft::Draft,
    save::{Outcome, Saved, Saver, Settings},
};
use serde_json::{Value, json};

use super::newsroom;
use crate::support::{Kind, TestDb};

/// Saves a document as an import does.
async fn send(database: &TestDb, document: &str) -> Vec<Saved> {
    let format = Format::detect_records(document.as_bytes())
        .map_or_else(|| Format::of_document(document.as_bytes()), Ok)
        .unwrap_or_else(|problem| panic!("{document}: {problem}"));
    let Ok(Document::News(reading)) = format.read(document.as_bytes(), &Defaults::default()) else {
        panic!("{document}")
    };
    assert!(reading.skipped.is_empty() && reading.failed.is_empty(), "{document}: {reading:?}");
    Saver::new(&database.db, Settings::default()).save(reading.drafts, database.now).await.unwrap()
}

async fn send_json(database: &TestDb, document: &Value) -> Vec<Saved> {
    send(database, &document.to_string()).await
}

/// What readers see of the items: the URIs of articles, galleries and stories, and the addresses of pictures.
async fn seen(database: &TestDb) -> Vec<String> {
    let document = "{ articles(first: 50) { nodes { uri leadImage { url } } } galleries(first: 50) { nodes { title } }
        story(slug: \"story\") { title } }";
    let answer = database.answer(document, json!({})).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let data = &answer["data"];
    let mut seen = Vec::new();
    // The story is seen as long as it has an article.
    for article in data["articles"]["nodes"].as_array().unwrap().iter().filter(|article| article["uri"] != "urn:x") {
        seen.push(article["uri"].as_str().unwrap().to_owned());
        seen.extend(article["leadImage"]["url"].as_str().map(ToOwned::to_owned));
    }
    seen.extend(data["galleries"]["nodes"].as_array().unwrap().iter().map(|_| "urn:g".to_owned()));
    seen.extend(data["story"].as_object().map(|_| "urn:s".to_owned()));
    seen
}

fn text(uri: &str, more: &Value) -> Value {
    let mut item = json!({ "uri": uri, "type": "text", "language": "en", "versionCreated": "2026-03-01T08:00:00Z",
        "headlines": [{ "value": format!("Headline of {uri}") }], "bodies": [{ "value": "Text." }] });
    merge(&mut item, more);
    item
}

fn merge(item: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        item[name] = value.clone();
    }
}

fn picture(uri: &str) -> Value {
    json!({ "uri": uri, "type": "picture",
        "renditions": [{ "name": "large", "href": "https://m.example/1.jpg", "contentType": "image/jpeg", "width": 900 }] })
}

/// An article, a gallery, a story and a picture of version 2.
async fn full(kind: Kind) -> TestDb {
    let database = newsroom(kind).await;
    let two = json!({ "version": "2" });
    let mut main = picture("urn:p");
    main["name"] = "main".into();
    let mut own = picture("urn:p");
    merge(&mut own, &two);
    send_json(&database, &own).await;
    send_json(&database, &text("urn:x", &json!({ "section": null }))).await;
    send_json(&database, &text("urn:a", &json!({ "version": "2", "associations": [main] }))).await;
    let gallery = json!({ "uri": "urn:g", "type": "composite", "profile": "gallery", "version": "2", "versionCreated": "2026-03-01T08:00:00Z",
        "headlines": [{ "value": "Gallery" }], "associations": [picture("urn:other")] });
    send_json(&database, &gallery).await;
    let story = json!({ "uri": "urn:s", "type": "composite", "profile": "story", "version": "2", "versionCreated": "2026-03-01T08:00:00Z",
        "headlines": [{ "value": "Story" }], "associations": [{ "uri": "urn:a", "type": "text" }, { "uri": "urn:x", "type": "text" }] });
    send_json(&database, &story).await;
    assert_eq!(seen(&database).await, ["urn:a", "https://m.example/1.jpg", "urn:g", "urn:s"], "{kind:?}");
    database
}

const NEWSML_G2: &str = r#"<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="URI" version="VERSION" standard="NewsML-G2" standardversion="2.30" conformance="power"><itemMeta><itemClass qcode="ninat:CLASS"/><provider literal="x"/><versionCreated>2026-03-01T09:00:00Z</versionCreated><pubStatus qcode="stat:STATUS"/></itemMeta></newsItem>"#;
const PACKAGE: &str = r#"<packageItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="URI" version="VERSION" standard="NewsML-G2" standardversion="2.30" conformance="power"><itemMeta><itemClass qcode="ninat:composite"/><provider literal="x"/><versionCreated>2026-03-01T09:00:00Z</versionCreated><pubStatus qcode="stat:STATUS"/></itemMeta></packageItem>"#;
const NITF: &str = r#"<nitf><head><docdata management-status="STATUS"><doc-id id-string="URI"/><date.issue norm="20260301T090000Z"/><du-key version="VERSION"/></docdata></head><body><body.head/><body.content/></body></nitf>"#;
const NITF_NOTICE: &str = r#"<nitf><head><docdata management-doc-idref="URI" management-idref-status="STATUS"><doc-id id-string="urn:notice"/><date.issue norm="20260301T090000Z"/></docdata></head><body><body.head/><body.content/></body></nitf>"#;

/// What may be sent of an item that says nothing but that it is withdrawn or held back.
fn notices(uri: &str, version: &str, status: &str) -> Vec<String> {
    let fill = |pattern: &str, class: &str| {
        pattern.replace("URI", uri).replace("VERSION", version).replace("STATUS", status).replace("CLASS", class)
    };
    let mut notices = vec![
        fill(NEWSML_G2, "text"),
        fill(NEWSML_G2, "picture"),
        fill(PACKAGE, ""),
        fill(NITF, ""),
        json!({ "type": "restriction", "uri": uri, "version": version.parse::<i64>().unwrap(), "status": status })
            .to_string(),
        json!({ "type": "article", "uri": uri, "version": version.parse::<i64>().unwrap(), "status": status })
            .to_string(),
        json!({ "type": "gallery", "uri": uri, "version": version.parse::<i64>().unwrap(), "status": status })
            .to_string(),
    ];
    for kind in
        ["text", "picture", "graphic", "video", "audio", "composite", "event", "planning", "component", "unheard"]
    {
        notices.push(
            json!({ "uri": uri, "type": kind, "version": version, "versionCreated": "2026-03-01T09:00:00Z", "pubStatus": status })
                .to_string(),
        );
    }
    notices
        .push(json!({ "uri": uri, "pubstatus": status.to_uppercase(), "version": version, "type": null }).to_string());
    notices
}

#[tokio::test]
async fn a_word_without_content_is_about_what_is_stored_in_every_format() {
    for kind in Kind::BOTH {
        let database = full(kind).await;
        let before = seen(&database).await;
        let gone = |uri: &str| -> Vec<String> {
            let hidden = if uri == "urn:p" { "https://m.example/1.jpg" } else { uri };
            let mut left: Vec<String> = before.iter().filter(|item| *item != hidden).cloned().collect();
            // A picture goes with the article that has it.
            left.retain(|item| uri != "urn:a" || item != "https://m.example/1.jpg");
            left
        };
        let mut version = 2;
        for uri in ["urn:a", "urn:g", "urn:s", "urn:p"] {
            for status in ["canceled", "withheld"] {
                for index in 0..notices(uri, "1", status).len() {
                    let notice = &notices(uri, &version.to_string(), status)[index];
                    let saved = send(&database, notice).await;
                    assert_eq!(saved[0].outcome, Ok(Outcome::Updated), "{kind:?} {notice} {saved:?}");
                    assert_eq!(seen(&database).await, gone(uri), "{kind:?} {notice}");
                    // The same again is nothing new.
                    assert_eq!(send(&database, notice).await[0].outcome, Ok(Outcome::Unchanged), "{kind:?} {notice}");
                    version += 1;
                    bring_back(&database, uri, version).await;
                    assert_eq!(seen(&database).await, before, "{kind:?} {notice}");
                }
            }
        }
    }
}

async fn bring_back(database: &TestDb, uri: &str, version: i64) {
    let more = json!({ "version": version.to_string(), "versionCreated": "2026-03-01T10:00:00Z" });
    let mut item = match uri {
        "urn:a" => {
            let mut main = picture("urn:p");
            main["name"] = "main".into();
            text("urn:a", &json!({ "associations": [main] }))
        }
        "urn:p" => picture("urn:p"),
        "urn:g" => {
            json!({ "uri": "urn:g", "type": "composite", "profile": "gallery", "headlines": [{ "value": "Gallery" }],
            "associations": [picture("urn:other")] })
        }
        _ => json!({ "uri": "urn:s", "type": "composite", "profile": "story", "headlines": [{ "value": "Story" }],
            "associations": [{ "uri": "urn:a", "type": "text" }, { "uri": "urn:x", "type": "text" }] }),
    };
    merge(&mut item, &more);
    send_json(database, &item).await;
}

#[tokio::test]
async fn a_notice_in_nitf_is_about_the_document_that_it_names() {
    for kind in Kind::BOTH {
        for status in ["canceled", "withheld"] {
            let database = full(kind).await;
            send(&database, &NITF_NOTICE.replace("URI", "urn:a").replace("STATUS", status)).await;
            assert_eq!(seen(&database).await, ["urn:g", "urn:s"], "{kind:?}");
        }
    }
}

#[tokio::test]
async fn composites_that_are_canceled_with_what_they_hold_are_gone() {
    for kind in Kind::BOTH {
        let database = full(kind).await;
        let canceled = json!({ "version": "3", "pubStatus": "canceled" });
        let mut gallery = json!({ "uri": "urn:g", "type": "composite", "profile": "gallery", "headlines": [{ "value": "Gallery" }],
            "associations": [picture("urn:other")] });
        merge(&mut gallery, &canceled);
        let mut story = json!({ "uri": "urn:s", "type": "composite", "headlines": [{ "value": "Story" }],
            "associations": [{ "uri": "urn:a", "type": "text" }, { "uri": "urn:x", "type": "text" }] });
        merge(&mut story, &canceled);
        for item in [&gallery, &story] {
            assert_eq!(send_json(&database, item).await[0].outcome, Ok(Outcome::Updated), "{kind:?}");
        }
        assert_eq!(seen(&database).await, ["urn:a", "https://m.example/1.jpg"], "{kind:?}");
        // What an article says of its stories does not bring one back.
        let named = json!({ "type": "article", "uri": "urn:b", "headline": "B", "publishedAt": "2026-03-01T07:00:00Z",
            "stories": [{ "uri": "urn:s", "title": "Story" }] });
        send_json(&database, &named).await;
        let answer = database
            .answer(
                "{ article(by: { uri: \"urn:b\" }) { stories { title } } filterOptions { stories { label } } }",
                json!({}),
            )
            .await;
        let nothing = json!({ "article": { "stories": [] }, "filterOptions": { "stories": [] } });
        assert_eq!(answer["data"], nothing, "{kind:?}: {answer}");
    }
}

#[tokio::test]
async fn embargoes_and_expiries_of_every_version_of_ninjs_hold_back() {
    let item = |uri: &str, more: &Value| text(uri, more);
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        send_json(&database, &text("urn:x", &json!({}))).await;
        for (number, more) in [
            json!({ "embargoedUntil": "2037-01-15T06:00:00Z" }),
            json!({ "embargoeduntil": "2037-01-15T06:00:00+02:00" }),
            json!({ "embargoed": "2037-01-15T06:00:00Z" }),
            json!({ "expires": "2026-01-15T06:00:00Z" }),
            json!({ "embargoedUntil": "some day" }),
            json!({ "embargoed": 2037 }),
            json!({ "expires": ["2026-01-15"] }),
            json!({ "pubStatus": ["usable"] }),
            json!({ "pubStatus": "frozen" }),
            json!({ "signals": [{ "name": "kill" }] }),
        ]
        .iter()
        .enumerate()
        {
            send_json(&database, &item(&format!("urn:{number}"), more)).await;
            let mut gallery = json!({ "uri": format!("urn:g:{number}"), "type": "composite", "profile": "gallery",
                "headlines": [{ "value": "Gallery" }], "associations": [picture("urn:other")] });
            merge(&mut gallery, more);
            send_json(&database, &gallery).await;
            let mut story = json!({ "uri": "urn:s", "type": "composite", "profile": "story", "version": (number + 1).to_string(),
                "headlines": [{ "value": "Story" }], "associations": [{ "uri": "urn:0", "type": "text" }] });
            merge(&mut story, more);
            send_json(&database, &story).await;
            assert_eq!(seen(&database).await, [""; 0], "{kind:?} {more}");
        }
        // A picture that an article shows, and one that is an item.
        let embargo = json!({ "embargoedUntil": "2037-01-15T06:00:00Z" });
        let mut main = picture("urn:p");
        merge(&mut main, &json!({ "name": "main", "embargoedUntil": "2037-01-15T06:00:00Z" }));
        let saved = send_json(&database, &item("urn:a", &json!({ "associations": [main] }))).await;
        assert!(saved[0].notes.iter().any(|note| note.message.contains("embargoed until 2037")), "{saved:?}");
        assert_eq!(seen(&database).await, ["urn:a"], "{kind:?}");
        let mut own = picture("urn:q");
        merge(&mut own, &embargo);
        send_json(&database, &own).await;
        let mut main = picture("urn:q");
        main["name"] = "main".into();
        send_json(&database, &item("urn:b", &json!({ "associations": [main] }))).await;
        assert_eq!(seen(&database).await, ["urn:b", "urn:a"], "{kind:?}");
    }
}

#[tokio::test]
async fn a_restriction_holds_under_the_same_version_and_another_change_is_a_warning() {
    for kind in Kind::BOTH {
        let database = full(kind).await;
        let other = text("urn:a", &json!({ "version": "2", "headlines": [{ "value": "Other" }] }));
        let saved = send_json(&database, &other).await;
        assert_eq!(saved[0].outcome, Ok(Outcome::Unchanged));
        assert!(
            saved[0].notes.iter().any(|note| note.message.contains("send a change with a higher version")),
            "{saved:?}"
        );
        let held = text("urn:a", &json!({ "version": "2", "embargoedUntil": "2037-01-15T06:00:00Z" }));
        assert_eq!(send_json(&database, &held).await[0].outcome, Ok(Outcome::Updated));
        assert_eq!(seen(&database).await, ["urn:g", "urn:s"], "{kind:?}");
        let killed = text("urn:a", &json!({ "version": "2", "pubStatus": "canceled" }));
        assert_eq!(send_json(&database, &killed).await[0].outcome, Ok(Outcome::Updated));
        // What was sent before does not bring it back, and neither does content without a version.
        for again in
            [text("urn:a", &json!({ "version": "2" })), text("urn:a", &json!({ "headlines": [{ "value": "New" }] }))]
        {
            assert_eq!(send_json(&database, &again).await[0].outcome, Ok(Outcome::Unchanged), "{again}");
            assert_eq!(seen(&database).await, ["urn:g", "urn:s"], "{kind:?}");
        }
        for (uri, left) in [("urn:p", vec!["urn:g", "urn:s"]), ("urn:g", vec!["urn:s"])] {
            let kill = json!({ "uri": uri, "type": "picture", "version": "2", "pubStatus": "canceled" });
            assert_eq!(send_json(&database, &kill).await[0].outcome, Ok(Outcome::Updated), "{uri}");
            assert_eq!(seen(&database).await, left, "{kind:?}");
        }
        let again = send_json(&database, &picture("urn:p")).await;
        assert_eq!(again[0].outcome, Ok(Outcome::Unchanged), "{again:?}");
        assert!(again[0].notes.iter().any(|note| note.message.contains("it was canceled")), "{again:?}");
    }
}

#[tokio::test]
async fn a_kill_that_comes_first_holds_for_every_kind_and_not_for_others_items() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        for uri in ["urn:a", "urn:g", "urn:s", "urn:p"] {
            let kill = json!({ "type": "restriction", "uri": uri, "version": 5, "status": "canceled" });
            let saved = send_json(&database, &kill).await;
            assert!(saved[0].notes.iter().any(|note| note.message.contains("remembered")), "{saved:?}");
        }
        send_json(&database, &text("urn:x", &json!({}))).await;
        for uri in ["urn:p", "urn:a", "urn:g", "urn:s"] {
            bring_back(&database, uri, 4).await;
        }
        assert_eq!(seen(&database).await, [""; 0], "{kind:?}");
        for uri in ["urn:p", "urn:a", "urn:g", "urn:s"] {
            bring_back(&database, uri, 6).await;
        }
        assert_eq!(seen(&database).await, ["urn:a", "https://m.example/1.jpg", "urn:g", "urn:s"], "{kind:?}");
        // What a source says of an item that is not its own is remembered for its own alone.
        let sender = importer::Sender::Owner(entity::owner::Owner::Token("stranger".to_owned()));
        let mut stranger = Saver::of(&database.db, sender, Settings::default());
        let kill = Draft::Restriction(Box::new(importer::draft::Restriction::new(
            "urn:later",
            entity::visibility::PubStatus::Canceled,
        )));
        stranger.save(vec![kill], database.now).await.unwrap();
        send_json(&database, &text("urn:later", &json!({}))).await;
        assert!(seen(&database).await.contains(&"urn:later".to_owned()), "{kind:?}");
    }
}
