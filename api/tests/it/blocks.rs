//! Tables, sounds, videos and embeds of a text: what is imported is answered, found and rendered alike, on both databases.

use importer::{
    draft::Draft,
    save::{Saver, Settings},
};
use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

async fn newsroom(kind: Kind) -> TestDb {
    let database = TestDb::migrated(kind).await;
    let line = json!({ "type": "article", "uri": "urn:a", "headline": "Trams", "language": "en", "body": [
        { "type": "paragraph", "html": "Opening words." },
        { "type": "table", "caption": "Passengers yearly", "header": ["Line", "Riders"],
          "rows": [["Northgate", "2,000"], [{ "html": "<b>closed</b>", "columnSpan": 2, "header": true }, "<script>x</script>"]] },
        { "type": "audio", "url": "https://m.example/a.mp3", "mediaType": "audio/mpeg", "durationSeconds": 69, "title": "Interview" },
        { "type": "video", "url": "https://m.example/v.mp4", "width": 640, "height": 360, "caption": "Flames overnight",
          "poster": { "uri": "https://m.example/v.jpg",
            "renditions": [{ "name": "original", "href": "https://m.example/v.jpg", "width": 640 }] } },
        { "type": "embed", "url": "https://www.youtube.com/embed/1", "provider": "YouTube", "title": "Live" },
        { "type": "embed", "url": "https://charts.example/1", "kind": "chart", "width": 600, "height": 400,
          "poster": { "uri": "https://m.example/c.png" } },
        { "type": "embed", "url": "https://m.example/old.mp4", "title": "Old" },
        { "type": "video", "url": "javascript:alert(1)" },
        { "type": "quote", "html": "Said.", "cite": "Stationmaster" },
    ]});
    let draft: Draft = serde_json::from_value(line).unwrap();
    let saved = Saver::new(&database.db, Settings::default()).save(vec![draft], database.now).await.unwrap();
    saved[0].outcome.as_ref().unwrap();
    assert!(saved[0].notes.iter().any(|note| note.message.contains("https://")), "{:?}", saved[0].notes);
    database
}

async fn body(database: &TestDb, fields: &str) -> Value {
    let answer =
        database.answer(&format!("{{ article(by: {{ uri: \"urn:a\" }}) {{ body {{ {fields} }} }} }}"), json!({})).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["article"]["body"].clone()
}

#[tokio::test]
async fn tables_sounds_videos_and_embeds_are_blocks() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let blocks = body(
            &database,
            "blocks { __typename
                ... on TableBlock { caption header { cells { text isHeader } } rows { cells { text html isHeader columnSpan rowSpan } } }
                ... on AudioBlock { audio: url mediaType durationSeconds title }
                ... on VideoBlock { video: url width height caption poster { url } }
                ... on EmbedBlock { embed: url kind width height poster { url } } }",
        )
        .await;
        let cell = |text: &str, html: &str, header: bool, columns: i64| json!({ "text": text, "html": html, "isHeader": header, "columnSpan": columns, "rowSpan": 1 });
        assert_eq!(
            blocks["blocks"],
            json!([
                { "__typename": "Paragraph" },
                { "__typename": "TableBlock", "caption": "Passengers yearly",
                  "header": [{ "cells": [{ "text": "Line", "isHeader": true }, { "text": "Riders", "isHeader": true }] }],
                  "rows": [
                    { "cells": [cell("Northgate", "Northgate", false, 1), cell("2,000", "2,000", false, 1)] },
                    { "cells": [cell("closed", "<strong>closed</strong>", true, 2), cell("", "", false, 1)] }] },
                { "__typename": "AudioBlock", "audio": "https://m.example/a.mp3", "mediaType": "audio/mpeg",
                  "durationSeconds": 69.0, "title": "Interview" },
                { "__typename": "VideoBlock", "video": "https://m.example/v.mp4", "width": 640, "height": 360,
                  "caption": "Flames overnight", "poster": { "url": "https://m.example/v.jpg" } },
                { "__typename": "EmbedBlock", "embed": "https://www.youtube.com/embed/1", "kind": "VIDEO", "width": null,
                  "height": null, "poster": null },
                { "__typename": "EmbedBlock", "embed": "https://charts.example/1", "kind": "CHART", "width": 600, "height": 400,
                  "poster": { "url": "https://m.example/c.png" } },
                { "__typename": "VideoBlock", "video": "https://m.example/old.mp4", "width": null, "height": null,
                  "caption": null, "poster": null },
                { "__typename": "Quote" },
            ]),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn text_html_and_search_hold_the_same_words() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let shown = body(&database, "text html").await;
        assert_eq!(
            shown["text"],
            "Opening words.\n\nPassengers yearly\nLine | Riders\nNorthgate | 2,000\nclosed | \n\nSaid.\nStationmaster",
            "{kind:?}"
        );
        assert_eq!(
            shown["html"],
            "<p>Opening words.</p>\n<table><caption>Passengers yearly</caption><thead><tr><th>Line</th><th>Riders</th></tr></thead>\
             <tbody><tr><td>Northgate</td><td>2,000</td></tr><tr><th colspan=\"2\"><strong>closed</strong></th><td></td></tr></tbody>\
             </table>\n<blockquote><p>Said.</p><footer>Stationmaster</footer></blockquote>\n",
            "{kind:?}"
        );
        for (word, is_found) in [
            ("opening", true),
            ("yearly", true),
            ("riders", true),
            ("northgate", true),
            ("closed", true),
            ("stationmaster", true),
            ("interview", false),
            ("flames", false),
            ("live", false),
        ] {
            let document =
                "query ($query: String!) { search(query: $query) { edges { node { uri } highlights { field } } } }";
            let answer = database.answer(document, json!({ "query": word })).await;
            assert_eq!(answer.get("errors"), None, "{answer}");
            let edges = answer["data"]["search"]["edges"].as_array().unwrap();
            assert_eq!(edges.len(), usize::from(is_found), "{kind:?} {word}: {answer}");
            assert!(edges.iter().all(|edge| edge["highlights"][0]["field"] == "BODY"), "{kind:?} {word}: {answer}");
            let in_text = |text: &Value| text.as_str().unwrap().to_lowercase().contains(word);
            assert_eq!((in_text(&shown["text"]), in_text(&shown["html"])), (is_found, is_found), "{kind:?} {word}");
        }
    }
}
