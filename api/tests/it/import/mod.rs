//! News that is imported is served: what becomes of versions, kills, embargoes and references, on both databases.

mod addresses;
mod archives;
mod bulk;
mod command;
mod embargoes;
mod feeds;
mod owners;
mod pictures;
mod reports;
mod restrictions;
mod sample;
mod settings;
mod specimens;
mod stories;
mod terms;
mod vocabularies;

use std::{collections::HashMap, fs::File, path::Path};

use entity::{
    article, article_topic, article_version, correction, gallery, image, pending_link, place, section, topic,
};
use importer::{
    draft::{Article, Block, Correction, Draft, Place, StoryMember, Topic},
    html::Inline,
    save::{Outcome, Saver, Settings},
};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

/// A folder with test suites of other projects, each in a folder of its name; `importer/tests/suites/NOTICE` says what they are.
fn suites(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let archive =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../importer/tests/suites").join(format!("{name}.tar.gz"));
        let archive = File::open(&archive).unwrap_or_else(|error| panic!("{}: {error}", archive.display()));
        tar::Archive::new(flate2::read::GzDecoder::new(archive)).unpack(folder.path().join(name)).unwrap();
    }
    folder
}

pub(crate) fn article(uri: &str, headline: &str) -> Article {
    Article {
        uri: uri.to_owned(),
        headline: headline.to_owned(),
        version: Some(1),
        published_at: Some("2026-03-01T10:00:00Z".parse().unwrap()),
        body: vec![Block::Paragraph { html: Inline::from_text("One two three four five six seven eight nine ten.") }],
        ..Article::default()
    }
}

fn drafts(articles: impl IntoIterator<Item = Article>) -> Vec<Draft> {
    articles.into_iter().map(|article| Draft::Article(Box::new(article))).collect()
}

async fn save(database: &TestDb, drafts: Vec<Draft>) -> Vec<Outcome> {
    let saved = Saver::new(&database.db, Settings::default()).save(drafts, database.now).await.unwrap();
    saved.into_iter().map(|saved| saved.outcome.unwrap()).collect()
}

async fn newsroom(kind: Kind) -> TestDb {
    let mut database = TestDb::migrated(kind).await;
    database.now = "2026-03-02T12:00:00Z".parse().unwrap();
    database
}

async fn by_uri(database: &TestDb, uri: &str, fields: &str) -> Value {
    let document = format!("query ($uri: String) {{ article(by: {{ uri: $uri }}) {{ {fields} }} }}");
    let answer = database.answer(&document, json!({ "uri": uri })).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["article"].clone()
}

/// How many rows each table has.
pub(crate) async fn counts(database: &TestDb) -> HashMap<&'static str, u64> {
    let db = &database.db;
    HashMap::from([
        ("article", article::Entity::find().count(db).await.unwrap()),
        ("article_topic", article_topic::Entity::find().count(db).await.unwrap()),
        ("article_version", article_version::Entity::find().count(db).await.unwrap()),
        ("correction", correction::Entity::find().count(db).await.unwrap()),
        ("gallery", gallery::Entity::find().count(db).await.unwrap()),
        ("image", image::Entity::find().count(db).await.unwrap()),
        ("pending_link", pending_link::Entity::find().count(db).await.unwrap()),
        ("place", place::Entity::find().count(db).await.unwrap()),
        ("section", section::Entity::find().count(db).await.unwrap()),
        ("topic", topic::Entity::find().count(db).await.unwrap()),
    ])
}

#[tokio::test]
async fn a_higher_version_replaces_and_the_earlier_one_is_kept() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let first = article("urn:a", "First headline");
        assert_eq!(save(&database, drafts([first.clone()])).await, [Outcome::New]);
        assert_eq!(save(&database, drafts([first.clone()])).await, [Outcome::Unchanged]);
        let second = Article {
            version: Some(3),
            headline: "Quite another headline than before".to_owned(),
            updated_at: Some("2026-03-01T15:00:00Z".parse().unwrap()),
            ..first.clone()
        };
        assert_eq!(save(&database, drafts([second])).await, [Outcome::Updated]);
        let late = Article { version: Some(2), headline: "Late".to_owned(), ..first };
        assert_eq!(save(&database, drafts([late])).await, [Outcome::Unchanged]);
        assert_eq!(
            by_uri(&database, "urn:a", "slug headline version publishedAt updatedAt wordCount").await,
            json!({ "slug": "first-headline", "headline": "Quite another headline than before", "version": 3,
                "publishedAt": "2026-03-01T10:00:00Z", "updatedAt": "2026-03-01T15:00:00Z", "wordCount": 10 }),
            "{kind:?}"
        );
        let kept = article_version::Entity::find().all(&database.db).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].version, kept[0].headline.as_str()), (1, "First headline"));
        assert_eq!(kept[0].item["body"][0]["text"], "One two three four five six seven eight nine ten.");
    }
}

#[tokio::test]
async fn two_versions_in_one_import_end_with_the_higher_one() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let versions = [2, 1, 3].map(|version| Article {
            version: Some(version),
            headline: format!("Version {version}"),
            ..article("urn:a", "")
        });
        assert_eq!(save(&database, drafts(versions)).await, [Outcome::New, Outcome::Unchanged, Outcome::Updated]);
        assert_eq!(by_uri(&database, "urn:a", "headline").await, json!({ "headline": "Version 3" }));
    }
}

#[tokio::test]
async fn without_a_version_number_changed_content_is_a_new_version() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let first = Article { version: None, ..article("urn:a", "A") };
        let changed = Article { headline: "B".to_owned(), ..first.clone() };
        let older = Article { updated_at: Some("2020-01-01T00:00:00Z".parse().unwrap()), ..first.clone() };
        assert_eq!(save(&database, drafts([first.clone()])).await, [Outcome::New]);
        assert_eq!(save(&database, drafts([first.clone()])).await, [Outcome::Unchanged]);
        assert_eq!(save(&database, drafts([changed])).await, [Outcome::Updated]);
        assert_eq!(save(&database, drafts([older])).await, [Outcome::Unchanged]);
        // The first version, delivered again.
        assert_eq!(save(&database, drafts([first])).await, [Outcome::Unchanged]);
        assert_eq!(by_uri(&database, "urn:a", "headline version").await, json!({ "headline": "B", "version": 2 }));
    }
}

#[tokio::test]
async fn mended_typing_errors_do_not_move_the_time_of_the_update() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let first = article("urn:a", "Headline of the news");
        let at = |time: &str| Some(time.parse().unwrap());
        let mended = Article {
            version: Some(2),
            headline: "Headlines of the news".to_owned(),
            updated_at: at("2026-03-01T11:00:00Z"),
            ..first.clone()
        };
        let corrected = Article {
            version: Some(3),
            updated_at: at("2026-03-01T12:00:00Z"),
            corrections: vec![Correction { text: "An earlier version was wrong.".to_owned(), at: None }],
            ..first.clone()
        };
        let fields = "updatedAt corrections { text correctedAt }";
        save(&database, drafts([first])).await;
        save(&database, drafts([mended])).await;
        assert_eq!(
            by_uri(&database, "urn:a", fields).await,
            json!({ "updatedAt": "2026-03-01T10:00:00Z", "corrections": [] })
        );
        save(&database, drafts([corrected.clone()])).await;
        let shown = json!({ "updatedAt": "2026-03-01T12:00:00Z", "corrections": [
            { "text": "An earlier version was wrong.", "correctedAt": "2026-03-01T12:00:00Z" }] });
        assert_eq!(by_uri(&database, "urn:a", fields).await, shown);
        // The next version repeats the correction, as some agencies do; it is still one.
        save(&database, drafts([Article { version: Some(4), ..corrected }])).await;
        assert_eq!(
            by_uri(&database, "urn:a", "corrections { text }").await["corrections"].as_array().unwrap().len(),
            1
        );
    }
}

#[tokio::test]
async fn corrections_stand_oldest_first_in_whatever_order_they_come() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let correction = |text: &str, time: Option<&str>| Correction {
            text: text.to_owned(),
            at: time.map(|time| time.parse().unwrap()),
        };
        let corrected = Article {
            updated_at: Some("2026-03-01T10:30:00Z".parse().unwrap()),
            corrections: vec![
                correction("Late.", Some("2026-03-01T11:00:00Z")),
                correction("Early.", Some("2026-03-01T10:10:00Z")),
                correction("At the update.", None),
            ],
            ..article("urn:a", "A")
        };
        save(&database, drafts([corrected])).await;
        let shown = by_uri(&database, "urn:a", "corrections { text }").await;
        assert_eq!(
            shown["corrections"],
            json!([{ "text": "Early." }, { "text": "At the update." }, { "text": "Late." }])
        );
    }
}

#[tokio::test]
async fn a_kill_without_content_takes_the_article_away_and_keeps_it_for_its_editors() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(&database, drafts([article("urn:a", "A")])).await;
        let kill = Article {
            uri: "urn:a".to_owned(),
            version: Some(2),
            status: article::PubStatus::Canceled,
            ..Article::default()
        };
        assert_eq!(save(&database, drafts([kill])).await, [Outcome::Updated]);
        assert_eq!(by_uri(&database, "urn:a", "headline").await, Value::Null);
        let answer = database.answer("{ articles { totalCount nodes { slug } } }", json!({})).await;
        assert_eq!(answer["data"]["articles"], json!({ "totalCount": 0, "nodes": [] }));
        let row = article::Entity::find().one(&database.db).await.unwrap().unwrap();
        assert_eq!((row.headline.as_str(), row.status), ("A", article::PubStatus::Canceled));
    }
}

#[tokio::test]
async fn an_embargoed_article_appears_by_itself_when_the_embargo_ends() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        let end = database.now + chrono::TimeDelta::hours(1);
        let held = Article { embargoed_until: Some(end), ..article("urn:a", "A") };
        save(&database, drafts([held])).await;
        assert_eq!(by_uri(&database, "urn:a", "headline").await, Value::Null);
        database.now = end;
        let shown = by_uri(&database, "urn:a", "headline publishedAt").await;
        assert_eq!(shown, json!({ "headline": "A", "publishedAt": "2026-03-02T13:00:00Z" }));
    }
}

#[tokio::test]
async fn references_become_real_when_their_targets_arrive() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let story = importer::draft::Story {
            uri: "urn:story".to_owned(),
            version: Some(1),
            slug: None,
            title: "A story".to_owned(),
            summary: None,
            status: entity::story::StoryStatus::Open,
            lead_image: None,
            pub_status: entity::visibility::PubStatus::Usable,
            embargoed_until: None,
            expires_at: None,
            updated_at: None,
            articles: vec![
                StoryMember { uri: "urn:a".to_owned(), pinned: false },
                StoryMember { uri: "urn:b".to_owned(), pinned: true },
            ],
        };
        let first = Article { related: vec!["urn:b".to_owned()], ..article("urn:a", "A") };
        save(&database, vec![Draft::Story(Box::new(story))]).await;
        save(&database, drafts([first])).await;
        assert_eq!(counts(&database).await["pending_link"], 2, "{kind:?}");
        let fields = "related { reason article { uri } } stories { title articles { nodes { uri } } }";
        assert_eq!(
            by_uri(&database, "urn:a", fields).await,
            json!({ "related": [], "stories": [{ "title": "A story", "articles": { "nodes": [] } }] })
        );
        save(&database, drafts([article("urn:b", "B")])).await;
        assert_eq!(counts(&database).await["pending_link"], 0);
        assert_eq!(
            by_uri(&database, "urn:a", fields).await,
            json!({ "related": [{ "reason": "EDITOR", "article": { "uri": "urn:b" } }],
                "stories": [{ "title": "A story", "articles": { "nodes": [{ "uri": "urn:b" }] } }] })
        );
        let stories = database.answer("{ stories { nodes { articles { nodes { uri } } } } }", json!({})).await;
        let pinned_first = json!([{ "uri": "urn:b" }, { "uri": "urn:a" }]);
        assert_eq!(stories["data"]["stories"]["nodes"][0]["articles"]["nodes"], pinned_first);
    }
}

#[tokio::test]
async fn slugs_are_unique_and_stay() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let same = |uri| article(uri, "The same headline");
        save(&database, drafts([same("urn:a"), same("urn:b")])).await;
        save(&database, drafts([same("urn:c")])).await;
        let answer = database.answer("{ articles { nodes { slug } } }", json!({})).await;
        let mut slugs: Vec<&str> = answer["data"]["articles"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["slug"].as_str().unwrap())
            .collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), 3, "{kind:?}: {slugs:?}");
        assert_eq!(slugs[0], "the-same-headline");
        assert!(slugs.iter().all(|slug| slug.starts_with("the-same-headline")));
    }
}

#[tokio::test]
async fn two_imports_at_the_same_moment_make_each_term_and_each_article_once() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let batch = |offset: usize| {
            let articles = (0..40).map(|number| Article {
                topics: (0..10)
                    .map(|topic| Topic {
                        name: format!("Topic {}", (topic + number + offset) % 10),
                        ..Topic::default()
                    })
                    .collect(),
                located: Some(Place { name: format!("Place {}", (number + offset) % 7), ..Place::default() }),
                ..article(&format!("urn:{}", (number + offset) % 40), "Headline")
            });
            drafts(articles)
        };
        let imports = (0..4).map(|import| {
            let (db, now, drafts) = (database.db.clone(), database.now, batch(import * 11));
            tokio::spawn(async move { Saver::new(&db, Settings::default()).save(drafts, now).await.unwrap() })
        });
        let mut new = 0;
        for import in imports.collect::<Vec<_>>() {
            let saved = import.await.unwrap();
            new += saved.iter().filter(|saved| saved.outcome == Ok(Outcome::New)).count();
            assert!(saved.iter().all(|saved| saved.outcome.is_ok()), "{kind:?}: {saved:?}");
        }
        let counts = counts(&database).await;
        assert_eq!((new, counts["article"]), (40, 40), "{kind:?}");
        assert_eq!((counts["topic"], counts["place"], counts["section"]), (10, 7, 1));
        assert_eq!(counts["article_topic"], 400);
    }
}

#[tokio::test]
async fn a_batch_that_others_get_in_the_way_of_again_and_again_is_saved() {
    let database = newsroom(Kind::Postgres).await;
    // A sequence counts on though a transaction is rolled back.
    database
        .sql(
            "CREATE SEQUENCE tries;
             CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF nextval('tries') < 6 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
                 RETURN NULL;
             END $$;
             CREATE TRIGGER in_the_way AFTER INSERT ON article FOR EACH STATEMENT EXECUTE FUNCTION in_the_way()",
        )
        .await;
    let drafts = drafts([article("urn:a", "A"), article("urn:b", "B")]);
    let saved = Saver::new(&database.db, Settings::default()).save(drafts, database.now).await.unwrap();
    assert!(saved.iter().all(|saved| saved.outcome == Ok(Outcome::New)), "{saved:?}");
    assert_eq!(counts(&database).await["article"], 2);
}

#[tokio::test]
async fn an_item_that_is_refused_does_not_keep_the_others_out() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let broken = Article { headline: " ".to_owned(), ..article("urn:b", "") };
        let drafts = drafts([article("urn:a", "A"), broken, article("urn:c", "C")]);
        let saved = Saver::new(&database.db, Settings::default()).save(drafts, database.now).await.unwrap();
        let error = saved[1].outcome.as_ref().unwrap_err();
        assert_eq!(error.problem().at, "headline");
        assert_eq!(counts(&database).await["article"], 2);
    }
}

#[tokio::test]
async fn places_come_along_and_a_code_without_a_name_is_only_looked_for() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let place = |name: &str| Place { name: name.to_owned(), ..Place::default() };
        let code =
            Topic { name: "subj:04000000".to_owned(), qcode: Some("subj:04000000".to_owned()), ..Topic::default() };
        let about = |uri| Article {
            places: vec![place("Oslo"), place("Bergen"), place("OSLO")],
            located: Some(place("Bergen")),
            topics: vec![code.clone()],
            ..article(uri, "Headline")
        };
        save(&database, drafts([about("urn:a")])).await;
        let named = Draft::Topic(Box::new(Topic { name: "Economy".to_owned(), ..code.clone() }));
        save(&database, vec![named]).await;
        save(&database, drafts([about("urn:b")])).await;
        let fields = "places { name } dateline { place { name } } topics { name }";
        let places = json!([{ "name": "Oslo" }, { "name": "Bergen" }]);
        for (uri, topics) in [("urn:a", json!([])), ("urn:b", json!([{ "name": "Economy" }]))] {
            assert_eq!(
                by_uri(&database, uri, fields).await,
                json!({ "places": places, "dateline": { "place": { "name": "Bergen" } }, "topics": topics }),
                "{kind:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_topic_that_had_a_name_alone_gets_its_code_and_two_codes_are_two_topics() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let topic =
            |qcode: Option<&str>| Topic { name: "Treaty".to_owned(), qcode: qcode.map(Into::into), ..Topic::default() };
        let about = |uri, qcode| Article { topics: vec![topic(qcode)], ..article(uri, "Headline") };
        save(&database, drafts([about("urn:a", None)])).await;
        save(&database, drafts([about("urn:b", Some("medtop:20000641"))])).await;
        save(&database, drafts([about("urn:c", Some("medtop:20000642"))])).await;
        let mut topics = Vec::new();
        for uri in ["urn:a", "urn:b", "urn:c"] {
            topics.push(by_uri(&database, uri, "topics { slug qcode }").await["topics"][0].clone());
        }
        assert_eq!(topics[0], json!({ "slug": "treaty", "qcode": "medtop:20000641" }), "{kind:?}");
        assert_eq!(topics[1], topics[0]);
        assert_eq!(topics[2], json!({ "slug": "treaty-20000642", "qcode": "medtop:20000642" }));
    }
}
