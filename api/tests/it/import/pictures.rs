//! Pictures that are items of their own: what becomes of one that is held back, killed or brought back, wherever it is shown.

use importer::{Defaults, ninjs};

use super::*;

/// Saves a ninjs document as an import does.
async fn import(database: &TestDb, document: &Value) -> Vec<Outcome> {
    let reading = ninjs::read(document.to_string().as_bytes(), &Defaults::default()).unwrap();
    assert!(reading.skipped.is_empty(), "{reading:?}");
    save(database, reading.drafts).await
}

fn picture(version: Option<i64>, status: &str) -> Value {
    let mut item = json!({ "uri": "urn:picture", "type": "picture", "pubStatus": status,
        "renditions": [{ "name": "large", "href": "https://example.org/1.jpg", "contentType": "image/jpeg", "width": 900 }] });
    if let Some(version) = version {
        item["version"] = version.to_string().into();
    }
    item
}

fn newsroom_of(article_version: i64) -> Value {
    let mut other = picture(None, "usable");
    other["uri"] = "urn:other".into();
    let shown = json!({ "uri": "urn:picture", "type": "picture",
        "renditions": [{ "name": "large", "href": "https://example.org/1.jpg", "contentType": "image/jpeg", "width": 900 }] });
    json!([
        { "uri": "urn:a", "type": "text", "version": article_version.to_string(), "versionCreated": "2026-03-01T10:00:00Z",
            "headlines": [{ "value": format!("Headline {article_version}") }], "bodies": [{ "value": "Text." }],
            "associations": [{ "name": "main", "uri": "urn:picture", "type": "picture", "renditions": shown["renditions"] }] },
        { "uri": "urn:g", "type": "composite", "profile": "gallery", "version": article_version.to_string(),
            "versionCreated": "2026-03-01T10:00:00Z", "headlines": [{ "value": format!("Gallery {article_version}") }],
            "associations": [shown, other] },
    ])
}

/// Whether the lead picture of the article is shown, and how many items the gallery has.
async fn shown(database: &TestDb) -> (bool, Value) {
    let answer = database
        .answer(
            "{ article(by: { uri: \"urn:a\" }) { leadImage { url } } galleries { nodes { itemCount items { nodes { image { url } } } } } }",
            json!({}),
        )
        .await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let gallery = &answer["data"]["galleries"]["nodes"][0];
    assert_eq!(
        gallery["items"]["nodes"].as_array().map(|items| json!(items.len())),
        Some(gallery["itemCount"].clone())
    );
    (answer["data"]["article"]["leadImage"].is_object(), gallery["itemCount"].clone())
}

#[tokio::test]
async fn a_picture_that_is_killed_is_shown_nowhere_until_a_later_version_of_it_comes() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        import(&database, &newsroom_of(1)).await;
        import(&database, &picture(Some(1), "usable")).await;
        assert_eq!(shown(&database).await, (true, json!(2)), "{kind:?}");
        // A kill names the picture alone.
        let kill = json!({ "uri": "urn:picture", "type": "picture", "version": "2", "pubStatus": "canceled" });
        assert_eq!(import(&database, &kill).await, [Outcome::Updated]);
        assert_eq!(shown(&database).await, (false, json!(1)), "{kind:?}");
        // Neither an earlier version nor an article that still has it brings it back.
        assert_eq!(import(&database, &picture(Some(1), "usable")).await, [Outcome::Unchanged]);
        import(&database, &newsroom_of(2)).await;
        assert_eq!(shown(&database).await, (false, json!(1)), "{kind:?}");
        assert_eq!(import(&database, &picture(Some(3), "usable")).await, [Outcome::Updated]);
        assert_eq!(shown(&database).await, (true, json!(2)), "{kind:?}");
        assert_eq!(import(&database, &picture(Some(4), "withheld")).await, [Outcome::Updated]);
        assert_eq!(shown(&database).await, (false, json!(1)), "{kind:?}");
    }
}

#[tokio::test]
async fn a_kill_without_a_version_and_one_that_comes_first_count() {
    for kind in Kind::BOTH {
        let kill = json!({ "uri": "urn:picture", "type": "picture", "pubStatus": "canceled" });
        let database = newsroom(kind).await;
        // In one batch with an article that shows it.
        let mut both = newsroom_of(1);
        both.as_array_mut().unwrap().push(kill.clone());
        import(&database, &both).await;
        assert_eq!(shown(&database).await, (false, json!(1)), "{kind:?}");
        let database = newsroom(kind).await;
        assert_eq!(import(&database, &kill).await, [Outcome::New]);
        import(&database, &newsroom_of(1)).await;
        assert_eq!(shown(&database).await, (false, json!(1)), "{kind:?}");
        let database = newsroom(kind).await;
        import(&database, &newsroom_of(1)).await;
        import(&database, &picture(Some(7), "usable")).await;
        import(&database, &kill).await;
        assert_eq!(shown(&database).await, (false, json!(1)), "{kind:?}");
    }
}
