//! A newsroom's own settings: each import says what it changed, and what is no longer wanted goes.

use std::fs;

use api::import::Options;
use serde_json::{Value, json};

use super::{newsroom, reports::import_all};
use crate::support::{Kind, TestDb};

/// What an import of settings says of each property, and the warnings.
async fn set(database: &TestDb, settings: Value) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut document = json!({ "format": "newsgraph-newsroom" });
    document.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let file = folder.path().join("newsroom.json");
    fs::write(&file, document.to_string()).unwrap();
    let (summary, lines) = import_all(database, &[file], &Options::default()).await;
    assert_eq!(summary.failed, 0, "{lines:?}");
    let texts = |outcome: &str| {
        let lines = lines.iter().filter(|line| line["outcome"] == outcome);
        lines.map(|line| format!("{}: {}", line["at"].as_str().unwrap(), line["message"].as_str().unwrap())).collect()
    };
    (texts("set"), texts("warning"))
}

async fn ask(database: &TestDb, document: &str) -> Value {
    let answer = database.answer(document, json!({})).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"].clone()
}

async fn with_articles(kind: Kind) -> TestDb {
    let database = newsroom(kind).await;
    let folder = tempfile::tempdir().unwrap();
    let lines: String = ["a", "b", "c"]
        .map(|name| {
            let article = json!({
                "type": "article", "uri": format!("urn:{name}"), "headline": name, "section": { "name": "Sport" },
                "publishedAt": "2026-03-01T00:00:00Z"
            });
            format!("{article}\n")
        })
        .concat();
    fs::write(folder.path().join("lines.jsonl"), lines).unwrap();
    import_all(&database, &[folder.path().join("lines.jsonl")], &Options::default()).await;
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_settings_change_is_counted_by_property() {
    for kind in Kind::BOTH {
        let database = with_articles(kind).await;
        let settings = |name: &str, kicker: &str, headline: &str, count: u32| {
            json!({
                "sections": [
                    { "slug": "sport", "name": name, "position": 3 },
                    { "slug": "football", "name": "Football", "position": 4, "parent": "sport" }
                ],
                "sources": [{ "slug": "agency", "name": "Agency" }],
                "places": [{ "name": "Oslo", "timeZone": "Europe/Oslo" }],
                "topics": [{ "name": "Trams" }],
                "topStories": [
                    { "items": [{ "article": "urn:a", "kicker": kicker }, { "article": "urn:b" }] },
                    { "section": "sport", "items": [{ "article": "urn:c" }] }
                ],
                "externalHeadlines": [
                    { "placement": "PARTNER_NEWS", "headline": headline, "url": "https://example.org/1", "sourceName": "S" },
                    { "placement": "IN_OTHER_MEDIA", "headline": "Two", "url": "https://example.org/1", "sourceName": "S" }
                ],
                "reads": [
                    { "article": "urn:a", "at": "2026-03-02T11:00:00Z", "count": count },
                    { "article": "urn:b", "at": "2026-03-02T11:00:00Z", "count": 1 }
                ]
            })
        };
        let (said, warned) = set(&database, settings("Sport", "LIVE", "One", 5)).await;
        assert_eq!(
            said,
            [
                // An article has named the section before.
                "sections: 1 new, 1 updated, 0 unchanged",
                "sources: 1 new, 0 updated, 0 unchanged",
                "topics: 1 new, 0 updated, 0 unchanged",
                "places: 1 new, 0 updated, 0 unchanged",
                "topStories: 3 new, 0 updated, 0 unchanged",
                "externalHeadlines: 2 new, 0 updated, 0 unchanged",
                "reads: 2 new, 0 updated, 0 unchanged",
            ],
            "{kind:?}"
        );
        assert_eq!(warned, Vec::<String>::new(), "{kind:?}");
        let (said, _) = set(&database, settings("Sport", "LIVE", "One", 5)).await;
        assert!(said.len() == 7 && said.iter().all(|line| line.contains(": 0 new, 0 updated, ")), "{kind:?}: {said:?}");
        let (said, _) = set(&database, settings("Sports", "NOW", "Uno", 6)).await;
        for line in [
            "sections: 0 new, 1 updated, 1 unchanged",
            "topStories: 0 new, 1 updated, 2 unchanged",
            "externalHeadlines: 0 new, 1 updated, 1 unchanged",
            "reads: 0 new, 1 updated, 1 unchanged",
        ] {
            assert!(said.contains(&line.to_owned()), "{kind:?}: {line}: {said:?}");
        }
        let shown = ask(
            &database,
            "{ topStories { kicker article { headline } } externalHeadlines(placement: PARTNER_NEWS) { headline } }",
        )
        .await;
        assert_eq!(shown["topStories"][0]["kicker"], "NOW", "{kind:?}");
        assert_eq!(shown["externalHeadlines"][0]["headline"], "Uno", "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_array_empties_and_what_is_left_out_stays() {
    for kind in Kind::BOTH {
        let database = with_articles(kind).await;
        let headline = |placement: &str, url: &str| json!({ "placement": placement, "headline": "H", "url": url, "sourceName": "S" });
        set(
            &database,
            json!({
                "topStories": [{ "items": [{ "article": "urn:a" }] }, { "section": "sport", "items": [{ "article": "urn:b" }] }],
                "externalHeadlines": [
                    headline("PARTNER_NEWS", "https://example.org/1"),
                    headline("PARTNER_NEWS", "https://example.org/2"),
                    headline("IN_OTHER_MEDIA", "https://example.org/3"),
                    headline("IN_OTHER_MEDIA", "https://example.org/3")
                ]
            }),
        )
        .await;
        let numbers = async || {
            let shown = ask(
                &database,
                "{ topStories { position } sections { topStories { position } }
                   partners: externalHeadlines(placement: PARTNER_NEWS) { url }
                   others: externalHeadlines(placement: IN_OTHER_MEDIA) { url } }",
            )
            .await;
            let length = |value: &Value| value.as_array().map_or(0, Vec::len);
            let of_sections: usize =
                shown["sections"].as_array().unwrap().iter().map(|section| length(&section["topStories"])).sum();
            [length(&shown["topStories"]), of_sections, length(&shown["partners"]), length(&shown["others"])]
        };
        assert_eq!(numbers().await, [1, 1, 2, 1], "{kind:?}");
        set(&database, json!({ "sources": [] })).await;
        assert_eq!(numbers().await, [1, 1, 2, 1], "{kind:?}");
        let (said, _) =
            set(&database, json!({ "externalHeadlines": [headline("PARTNER_NEWS", "https://example.org/2")] })).await;
        assert_eq!(said, ["externalHeadlines: 0 new, 1 updated, 0 unchanged, 2 removed"], "{kind:?}");
        assert_eq!(numbers().await, [1, 1, 1, 0], "{kind:?}");
        let (said, _) = set(&database, json!({ "externalHeadlines": [] })).await;
        assert_eq!(said, ["externalHeadlines: 0 new, 0 updated, 0 unchanged, 1 removed"], "{kind:?}");
        let (said, _) = set(&database, json!({ "topStories": [{ "section": "sport", "items": [] }] })).await;
        assert_eq!(said, ["topStories: 0 new, 0 updated, 0 unchanged, 1 removed"], "{kind:?}");
        assert_eq!(numbers().await, [1, 0, 0, 0], "{kind:?}");
        set(&database, json!({ "topStories": [] })).await;
        assert_eq!(numbers().await, [0, 0, 0, 0], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_section_that_is_taken_away_hands_its_articles_over_or_stays() {
    for kind in Kind::BOTH {
        let database = with_articles(kind).await;
        let feed = api::feeds::Draft {
            name: "Outlet".to_owned(),
            url: "https://outlet.example/feed".parse().unwrap(),
            format: None,
            section: Some("Sport".to_owned()),
            mapping: entity::feed::Mapping::default(),
            language: None,
            time_zone: importer::time::Zone::UTC,
            every: None,
            allow_private: false,
        };
        api::feeds::add(&database.db, feed, api::now()).await.unwrap();
        set(
            &database,
            json!({
                "sections": [
                    { "slug": "top", "name": "Top", "position": 1 },
                    { "slug": "sport", "name": "Sport", "position": 2, "parent": "top" },
                    { "slug": "football", "name": "Football", "position": 3, "parent": "sport" },
                    { "slug": "leisure", "name": "Leisure", "position": 4 }
                ],
                "topStories": [{ "section": "sport", "items": [{ "article": "urn:a" }] }]
            }),
        )
        .await;
        for (wrong, says) in [
            (json!({ "slug": "sport" }), "3 articles stand in it; say with `into`"),
            (json!({ "slug": "sport", "into": "nowhere" }), "no other section has the slug `nowhere`"),
            (json!({ "slug": "sport", "into": "sport" }), "no other section has the slug `sport`"),
        ] {
            let (_, warned) = set(&database, json!({ "removeSections": [wrong] })).await;
            assert!(warned.len() == 1 && warned[0].contains(says), "{kind:?}: {warned:?}");
        }
        let (said, warned) =
            set(&database, json!({ "removeSections": [{ "slug": "sport", "into": "leisure" }] })).await;
        assert_eq!(said, ["removeSections: 0 new, 0 updated, 0 unchanged, 1 removed"], "{kind:?}");
        assert!(
            warned.len() == 1 && warned[0].contains("`Outlet`") && warned[0].contains("source update"),
            "{warned:?}"
        );
        let shown = ask(&database, "{ section(slug: \"sport\") { slug } football: section(slug: \"football\") { parent { slug } }
            leisure: section(slug: \"leisure\") { articles { totalCount } } filterOptions { sections { value count } } }")
            .await;
        assert_eq!(shown["section"], Value::Null, "{kind:?}");
        assert_eq!(shown["football"]["parent"]["slug"], "top", "{kind:?}");
        assert_eq!(shown["leisure"]["articles"]["totalCount"], 3, "{kind:?}");
        assert_eq!(shown["filterOptions"]["sections"], json!([{ "value": "leisure", "count": 3 }]), "{kind:?}");
        let (said, warned) =
            set(&database, json!({ "removeSections": [{ "slug": "sport", "into": "leisure" }] })).await;
        assert_eq!(
            (said, warned.len()),
            (vec!["removeSections: 0 new, 0 updated, 1 unchanged".to_owned()], 0),
            "{kind:?}"
        );
    }
}
