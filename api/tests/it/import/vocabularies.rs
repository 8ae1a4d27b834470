//! The IPTC Media Topics and the gazetteer, in both databases.

use std::path::Path;

use api::import::{Options, Report, import};
use importer::draft::{Article, Topic};
use serde_json::{Value, json};

use super::{article, by_uri, counts, drafts, save};
use crate::support::{Kind, TestDb};

async fn load(database: &TestDb, path: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../importer/tests/samples/vocabularies").join(path);
    let mut report = Report::new(Box::new(std::io::sink()), None);
    let summary = import(&database.db, std::slice::from_ref(&file), &Options::default(), &mut report).await.unwrap();
    assert_eq!(summary.failed, 0, "{path}: {summary}");
    let again = import(&database.db, &[file], &Options::default(), &mut report).await.unwrap();
    assert_eq!((again.new, again.updated), (0, 0), "{path}: {again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_topics_are_a_tree_and_retired_codes_find_their_successors() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        load(&database, "cptall-en-GB.json.gz").await;
        assert_eq!(counts(&database).await["topic"], 1_392 - 308);
        let tops = database.answer("{ topics(first: 100) { totalCount nodes { broader { name } } } }", json!({})).await;
        assert_eq!(tops["data"]["topics"]["totalCount"], 1_084);
        let document =
            "query ($code: QCode) { topic(by: { qcode: $code }) { name qcode broader { name broader { name } } } }";
        let find = |code: &'static str| database.answer(document, json!({ "code": code }));
        let retired = find("medtop:20000251").await;
        assert_eq!(retired["data"]["topic"]["qcode"], "medtop:20000243", "{retired}");
        let deep = find("medtop:20000030").await;
        assert_eq!(deep["data"]["topic"]["name"], "Theatre", "{deep}");
        assert_ne!(deep["data"]["topic"]["broader"]["broader"], Value::Null, "{deep}");
    }
}

#[tokio::test]
async fn an_article_with_a_retired_code_has_the_topic_that_replaces_it() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let topic = |code: &str| Topic { name: code.to_owned(), qcode: Some(code.to_owned()), ..Topic::default() };
        let topics = vec![topic("medtop:20000251"), topic("medtop:20000243")];
        save(&database, drafts([Article { topics, ..article("urn:a", "A") }])).await;
        assert_eq!(
            by_uri(&database, "urn:a", "topics { slug name qcode }").await,
            json!({ "topics": [{ "slug": "consumer-goods", "name": "Consumer goods", "qcode": "medtop:20000243" }] })
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cities_of_the_gazetteer_are_places_with_time_zones() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.unwrap();
        load(&database, "cities15000.tsv.gz").await;
        // The places of the sample are cities of the gazetteer, which has most of them.
        let all = counts(&database).await["place"];
        assert!((34_006..34_020).contains(&all), "{kind:?}: {all}");
        let answer = database.answer("{ place(slug: \"moscow\") { name countryCode timeZone } }", json!({})).await;
        assert_eq!(
            answer["data"]["place"],
            json!({ "name": "Moscow", "countryCode": "RU", "timeZone": "Europe/Moscow" }),
            "{answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_have_names_in_the_languages_of_their_vocabulary() {
    const SCHEME: &str = r#"{ "type": "http://www.w3.org/2004/02/skos/core#ConceptScheme", "prefSchemeAlias": "medtop", "conceptSet": [
        { "qcode": "medtop:01000000", "prefLabel": { "en-GB": "arts", "de": "Kunst", "pt": "artes", "ru": "искусство" } },
        { "qcode": "medtop:20000018", "prefLabel": { "en-GB": "theatre", "de": "Theater" },
            "broader": ["http://cv.iptc.org/newscodes/mediatopic/01000000"] } ] }"#;
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("topics.json");
        let db = database.db.clone();
        let load = async |text: &str| {
            std::fs::write(&file, text).unwrap();
            let mut report = Report::new(Box::new(std::io::sink()), None);
            import(&db, std::slice::from_ref(&file), &Options::default(), &mut report).await.unwrap()
        };
        assert_eq!(load(SCHEME).await.new, 2, "{kind:?}");
        assert_eq!(load(SCHEME).await.unchanged, 2, "{kind:?}");
        let names = "{ topics { nodes { slug name de: name(language: \"de-AT\") pt: name(language: \"pt-BR\") en: name(language: \"en\")
            fr: name(language: \"fr\") broader { de: name(language: \"de\") } } } }";
        let (answer, own) = database.counted(names, json!({})).await;
        assert_eq!(
            answer["data"]["topics"]["nodes"],
            json!([
                { "slug": "arts", "name": "Arts", "de": "Kunst", "pt": "Artes", "en": "Arts", "fr": "Arts", "broader": null },
                { "slug": "theatre", "name": "Theatre", "de": "Theater", "pt": "Theatre", "en": "Theatre", "fr": "Theatre",
                    "broader": { "de": "Kunst" } },
            ]),
            "{kind:?} {answer}"
        );
        // The topics, their names, those above and their names; not one for each topic.
        assert!(own <= 4, "{kind:?}: {own}");
        let wrong = database.answer("{ topics { nodes { name(language: \"?\") } } }", json!({})).await;
        let extensions = &wrong["errors"][0]["extensions"];
        assert_eq!(extensions, &json!({ "code": "BAD_USER_INPUT", "argument": "language" }), "{wrong}");
        for (prefix, text) in [("kun", "Kunst"), ("иск", "Искусство"), ("art", "Arts"), ("thea", "Theater")]
        {
            let document = "query ($prefix: String!) { suggest(prefix: $prefix) { kind slug text } }";
            let found = database.answer(document, json!({ "prefix": prefix })).await;
            let suggestions = found["data"]["suggest"].as_array().unwrap();
            assert_eq!(suggestions.len(), 1, "{kind:?} {found}");
            assert_eq!(
                (&suggestions[0]["kind"], &suggestions[0]["text"]),
                (&json!("TOPIC"), &json!(text)),
                "{kind:?} {found}"
            );
        }
        // A name is corrected, and others stay.
        assert_eq!(load(&SCHEME.replace("Kunst", "Künste")).await.updated, 1, "{kind:?}");
        let answer = database.answer(names, json!({})).await;
        assert_eq!(answer["data"]["topics"]["nodes"][0]["de"], "Künste", "{kind:?}");
        assert_eq!(answer["data"]["topics"]["nodes"][0]["pt"], "Artes", "{kind:?}");
    }
}
