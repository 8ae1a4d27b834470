//! Sections, topics, places, sources and contributors are told apart by their identifiers and names, not by what is left of names in addresses.

use api::import::Options;
use entity::{article_contributor, contributor, owner::Owner, source, term_alias};
use importer::{
    Sender,
    draft::{Contributor, Term},
    save::mend::{self, Part, Refused, Which},
};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::{reports::import_all, *};
use entity::term_status::TermKind;

/// An article whose every term has a name.
fn named(uri: &str, name: &str) -> Article {
    let term = || Some(Term { name: name.to_owned(), ..Term::default() });
    Article {
        source: term(),
        section: term(),
        contributors: vec![Contributor { name: name.to_owned(), ..Contributor::default() }],
        topics: vec![Topic { name: name.to_owned(), ..Topic::default() }],
        places: vec![Place { name: name.to_owned(), ..Place::default() }],
        ..article(uri, uri)
    }
}

const FIELDS: &str = "section { slug name } source { slug name } topics { slug name } places { slug name }
    contributors { contributor { slug name } }";

/// The names of all terms of an article, or its readable keys.
async fn terms(database: &TestDb, uri: &str, field: &str) -> Vec<String> {
    let article = by_uri(database, uri, FIELDS).await;
    let of = |term: &Value| term[field].as_str().unwrap_or("none").to_owned();
    let first = |list: &str| of(&article[list][0]);
    let contributor = of(&article["contributors"][0]["contributor"]);
    vec![of(&article["section"]), of(&article["source"]), first("topics"), first("places"), contributor]
}

/// Whether two names are one section, one source, one topic, one place and one person.
async fn are_one(kind: Kind, one: &str, other: &str) -> Vec<bool> {
    let database = newsroom(kind).await;
    // In one batch, and in two.
    save(&database, drafts([named("urn:1", one), named("urn:2", other)])).await;
    save(&database, drafts([named("urn:3", other)])).await;
    let [first, second, third] = [
        terms(&database, "urn:1", "slug").await,
        terms(&database, "urn:2", "slug").await,
        terms(&database, "urn:3", "slug").await,
    ];
    assert_eq!(second, third, "{kind:?}: {one} {other}");
    assert_eq!(terms(&database, "urn:1", "name").await, vec![one; 5], "{kind:?}");
    first.iter().zip(&second).map(|(first, second)| first == second).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_transliterate_alike_are_several() {
    for kind in Kind::BOTH {
        for [one, other] in [
            ["时报", "史报"],
            ["王伟", "汪伟"],
            ["Résumé", "Resume"],
            ["Müller", "Muller"],
            ["Волков", "Volkov"],
            ["Αθήνα", "Αθηνα"],
            ["Groß", "Gross"],
            ["BBC News", "bbc-news"],
            ["C", "C++"],
            ["AC/DC", "AC DC"],
        ] {
            assert_eq!(are_one(kind, one, other).await, [false; 5], "{kind:?}: {one} {other}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_spaces_and_the_form_of_characters_make_no_other_name() {
    for kind in Kind::BOTH {
        for [one, other] in [
            ["BBC News", "bbc  NEWS"],
            ["Reuters", "Ｒｅｕｔｅｒｓ"],
            ["Müller", "MU\u{308}LLER"],
            ["ΟΔΟΣ", "οδος"],
            ["ガス", "ｶﾞｽ"],
        ] {
            assert_eq!(are_one(kind, one, other).await, [true; 5], "{kind:?}: {one} {other}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readable_keys_with_a_suffix_stay_and_the_same_news_changes_nothing() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let news =
            || drafts([named("urn:1", "时报"), named("urn:2", "史报"), named("urn:3", "𰻞𰻟"), named("urn:4", "拾报")]);
        save(&database, news()).await;
        let before = (counts(&database).await, terms(&database, "urn:2", "slug").await);
        assert_eq!(terms(&database, "urn:1", "slug").await, vec!["shi-bao"; 5], "{kind:?}");
        assert!(before.1.iter().all(|slug| slug.starts_with("shi-bao-")), "{kind:?}: {before:?}");
        let unread = terms(&database, "urn:3", "slug").await;
        assert!(unread[2].starts_with("topic-"), "{kind:?}: {unread:?}");
        assert_eq!(save(&database, news()).await, [Outcome::Unchanged; 4]);
        assert_eq!((counts(&database).await, terms(&database, "urn:2", "slug").await), before, "{kind:?}");
        // The same in a newsroom that met them in the other order, but for the plain key.
        let slug = &before.1[2];
        let answer = database
            .answer("query ($slug: String) { topic(by: { slug: $slug }) { name } }", json!({ "slug": slug }))
            .await;
        assert_eq!(answer["data"]["topic"]["name"], "史报", "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_that_says_nothing_new_makes_no_terms() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(&database, drafts([named("urn:1", "Oil")])).await;
        let before = counts(&database).await;
        save(&database, drafts([Article { version: Some(0), ..named("urn:1", "Gas") }])).await;
        assert_eq!(counts(&database).await, before, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identifiers_go_before_names_and_a_name_alone_finds_who_is_there() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let person = |name: &str, uri: Option<&str>| Contributor {
            name: name.to_owned(),
            uri: uri.map(ToOwned::to_owned),
            ..Contributor::default()
        };
        let by = |uri: &str, person: Contributor| Article { contributors: vec![person], ..article(uri, uri) };
        save(&database, drafts([by("urn:1", person("Ann Lee", Some("urn:p:1")))])).await;
        save(
            &database,
            drafts([by("urn:2", person("Ann Lee", Some("urn:p:2"))), by("urn:3", person("ann lee", None))]),
        )
        .await;
        save(
            &database,
            drafts([by("urn:4", person("Lee, Ann", Some("urn:p:2"))), by("urn:5", person("Ann  Lee", None))]),
        )
        .await;
        let slug = async |uri: &str| {
            let article = by_uri(&database, uri, "contributors { contributor { slug } }").await;
            article["contributors"][0]["contributor"]["slug"].as_str().unwrap().to_owned()
        };
        let [one, two, three, four, five] =
            [slug("urn:1").await, slug("urn:2").await, slug("urn:3").await, slug("urn:4").await, slug("urn:5").await];
        assert_eq!((&one, &three, &five), (&"ann-lee".to_owned(), &one, &one), "{kind:?}");
        assert_ne!(one, two);
        assert_eq!(two, four, "{kind:?}");
        // Whoever is known by a name alone is meant by it, also when others come with identifiers.
        save(&database, drafts([by("urn:6", person("Bo", None))])).await;
        save(&database, drafts([by("urn:7", person("Bo", Some("urn:p:3"))), by("urn:8", person("Bo", None))])).await;
        assert_eq!((slug("urn:6").await, slug("urn:8").await), ("bo".to_owned(), "bo".to_owned()), "{kind:?}");
        assert_ne!(slug("urn:7").await, "bo", "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_of_one_name_are_told_apart_by_their_countries() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let place = |uri: Option<&str>, country: Option<&str>| Place {
            name: "Paris".to_owned(),
            uri: uri.map(ToOwned::to_owned),
            country_code: country.map(ToOwned::to_owned),
            ..Place::default()
        };
        let records = [place(Some("geonames:2988507"), Some("FR")), place(Some("geonames:4717560"), Some("US"))];
        save(&database, records.map(|place| Draft::Place(Box::new(place))).to_vec()).await;
        let from = |uri: &str, place: Place| Article {
            dateline: Some("HERE".to_owned()),
            located: Some(place),
            ..article(uri, uri)
        };
        save(
            &database,
            drafts([
                from("urn:1", place(None, None)),
                from("urn:2", place(None, Some("US"))),
                from("urn:3", place(None, Some("CA"))),
                from("urn:4", place(Some("geonames:4717560"), None)),
            ]),
        )
        .await;
        let slug = async |uri: &str| {
            by_uri(&database, uri, "dateline { place { slug } }").await["dateline"]["place"]["slug"].clone()
        };
        let slugs = [slug("urn:1").await, slug("urn:2").await, slug("urn:3").await, slug("urn:4").await];
        assert_eq!(slugs, ["paris", "paris-us", "paris-ca", "paris-us"], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_known_by_name_gets_its_code_and_one_of_another_name_does_not() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(&database, drafts([named("urn:1", "石油"), named("urn:2", "食油")])).await;
        let topic = Topic { name: "食油".to_owned(), qcode: Some("x:oil".to_owned()), ..Topic::default() };
        save(&database, vec![Draft::Topic(Box::new(topic))]).await;
        let codes = topic::Entity::find().order_by_asc(topic::Column::Id).all(&database.db).await.unwrap();
        let codes: Vec<_> = codes.iter().map(|row| (row.name.as_str(), row.qcode.as_deref())).collect();
        assert_eq!(codes, [("石油", None), ("食油", Some("x:oil"))], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_readable_key_is_an_identity_in_the_newsrooms_settings_and_a_wish_elsewhere() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("newsroom.json");
        let settings = |world: &str| {
            json!({
                "format": "newsgraph-newsroom",
                "sections": [
                    { "slug": "world", "name": world, "position": 1 },
                    { "slug": "science-technology", "name": "Science & Technology", "position": 2 }
                ],
                "sources": [{ "slug": "bbc", "name": "BBC News" }],
                "topics": [{ "slug": "oil", "name": "Petroleum" }]
            })
        };
        std::fs::write(&file, settings("World").to_string()).unwrap();
        import_all(&database, std::slice::from_ref(&file), &Options::default()).await;
        let term = |name: &str, slug: Option<&str>| {
            Some(Term { name: name.to_owned(), slug: slug.map(ToOwned::to_owned), url: None })
        };
        let topic = |name: &str, slug: &str| {
            vec![Topic { name: name.to_owned(), slug: Some(slug.to_owned()), ..Topic::default() }]
        };
        save(
            &database,
            drafts([
                Article {
                    section: term("World news", Some("world")),
                    source: term("BBC", None),
                    topics: topic("Crude", "oil"),
                    ..article("urn:1", "1")
                },
                Article {
                    section: term("science-technology", None),
                    source: term("One", Some("wire")),
                    topics: topic("Gas", "gas"),
                    ..article("urn:2", "2")
                },
                Article {
                    section: term("WORLD", None),
                    source: term("Two", Some("wire")),
                    topics: topic("Natural gas", "gas"),
                    ..article("urn:3", "3")
                },
            ]),
        )
        .await;
        let names = async |uri: &str| {
            let article = by_uri(&database, uri, "section { slug } source { name slug } topics { name }").await;
            (
                article["section"]["slug"].clone(),
                article["source"]["name"].clone(),
                article["topics"][0]["name"].clone(),
            )
        };
        let expected = |one: &str, two: &str, three: &str| (json!(one), json!(two), json!(three));
        assert_eq!(names("urn:1").await, expected("world", "BBC", "Petroleum"), "{kind:?}");
        assert_eq!(names("urn:2").await, expected("science-technology", "One", "Gas"), "{kind:?}");
        assert_eq!(names("urn:3").await, expected("world", "Two", "Natural gas"), "{kind:?}");
        // A section that is renamed is found by the name that it had, too.
        std::fs::write(&file, settings("Global").to_string()).unwrap();
        import_all(&database, &[file], &Options::default()).await;
        let news = ["World", "Global", "world"].iter().zip(["urn:4", "urn:5", "urn:6"]);
        save(&database, drafts(news.map(|(name, uri)| Article { section: term(name, None), ..article(uri, uri) })))
            .await;
        for uri in ["urn:4", "urn:5", "urn:6"] {
            assert_eq!(
                by_uri(&database, uri, "section { slug name }").await["section"],
                json!({ "slug": "world", "name": "Global" }),
                "{kind:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_that_make_the_same_terms_at_once_make_each_once() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let names = ["时报", "史报", "拾报", "Résumé", "Resume"];
        let imports = (0..4).map(|import| {
            let database = &database;
            let mut names = names;
            names.rotate_left(import);
            async move {
                let news =
                    names.iter().enumerate().map(|(number, name)| named(&format!("urn:{import}:{number}"), name));
                save(database, drafts(news)).await
            }
        });
        futures_util::future::join_all(imports).await;
        let names: std::collections::HashSet<_> = names.into_iter().collect();
        for rows in [
            topic::Entity::find()
                .select_only()
                .column(topic::Column::Name)
                .into_tuple::<String>()
                .all(&database.db)
                .await
                .unwrap(),
            source::Entity::find()
                .select_only()
                .column(source::Column::Name)
                .into_tuple()
                .all(&database.db)
                .await
                .unwrap(),
            section::Entity::find()
                .select_only()
                .column(section::Column::Name)
                .into_tuple()
                .all(&database.db)
                .await
                .unwrap(),
            place::Entity::find()
                .select_only()
                .column(place::Column::Name)
                .into_tuple()
                .all(&database.db)
                .await
                .unwrap(),
            contributor::Entity::find()
                .select_only()
                .column(contributor::Column::Name)
                .into_tuple()
                .all(&database.db)
                .await
                .unwrap(),
        ] {
            assert_eq!(rows.len(), names.len(), "{kind:?}: {rows:?}");
            assert_eq!(rows.iter().map(String::as_str).collect::<std::collections::HashSet<_>>(), names, "{kind:?}");
        }
        for import in 0..4 {
            let slug = &terms(&database, &format!("urn:{import}:0"), "name").await[0];
            assert!(names.contains(slug.as_str()), "{kind:?}: {slug}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_and_feeds_are_known_by_their_exact_names() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(&database, drafts([named("urn:1", "BBC News")])).await;
        let bound = Sender::Sources(vec!["bbc-news".to_owned()]);
        let news = drafts([article("urn:2", "2"), named("urn:3", "BBC News")]);
        let saved = Saver::of(&database.db, bound, Settings::default()).save(news, database.now).await.unwrap();
        assert_eq!(saved[0].outcome, Ok(Outcome::New), "{kind:?}");
        assert!(saved[1].outcome.as_ref().unwrap_err().problem().to_string().contains("bbc-news"), "{kind:?}");
        let feed = Sender::from(Owner::Source("bbc-news".to_owned()));
        let mut news = named("urn:4", "News");
        news.source =
            Some(Term { name: "bbc-news".to_owned(), url: Some("https://evil.example/".to_owned()), slug: None });
        Saver::of(&database.db, feed, Settings::default()).save(drafts([news]), database.now).await.unwrap();
        for (uri, name) in [("urn:1", "BBC News"), ("urn:2", "bbc-news"), ("urn:4", "bbc-news")] {
            assert_eq!(by_uri(&database, uri, "source { name }").await["source"]["name"], name, "{kind:?}: {uri}");
        }
    }
}

/// A database of the version before, in which names that transliterate alike are one.
async fn of_before(kind: Kind) -> TestDb {
    let database = newsroom(kind).await;
    save(&database, drafts([named("urn:1", "王伟"), named("urn:2", "王伟")])).await;
    let later =
        Migrator::migrations().iter().rev().take_while(|step| step.name() != "m20261201_000010_restrict_items").count();
    Migrator::down(&database.db, u32::try_from(later).ok()).await.unwrap();
    // Two of one name that were there, and one that was renamed.
    database.sql("INSERT INTO topic (slug, name) VALUES ('oil', 'Oil'), ('oil-2', 'oil'), ('petrol', 'Benzin')").await;
    Migrator::up(&database.db, None).await.unwrap();
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_before_keeps_its_readable_keys_and_the_same_news_changes_nothing() {
    for kind in Kind::BOTH {
        let database = of_before(kind).await;
        let before = (counts(&database).await, terms(&database, "urn:1", "slug").await);
        assert_eq!(before.1, vec!["wang-wei"; 5]);
        assert_eq!(
            save(&database, drafts([named("urn:1", "王伟"), named("urn:2", "汪伟")])).await,
            [Outcome::Unchanged; 2]
        );
        assert_eq!((counts(&database).await, terms(&database, "urn:1", "slug").await), before, "{kind:?}");
        // What comes now is told apart, and of two of one name the older is found.
        save(&database, drafts([named("urn:3", "汪伟"), named("urn:4", "王伟"), named("urn:5", "OIL")])).await;
        assert_eq!(terms(&database, "urn:3", "name").await, vec!["汪伟"; 5], "{kind:?}");
        assert_eq!(terms(&database, "urn:4", "slug").await, vec!["wang-wei"; 5], "{kind:?}");
        assert_eq!(terms(&database, "urn:5", "slug").await[2], "oil", "{kind:?}");
        // Rows that a version before or somebody by hand writes are looked at, too.
        database.sql("INSERT INTO source (slug, name) VALUES ('the-wire', 'The Wire')").await;
        database.sql("UPDATE topic SET name = 'Gasoline' WHERE slug = 'petrol'").await;
        save(&database, drafts([named("urn:6", "the wire"), named("urn:7", "Gasoline"), named("urn:8", "Benzin")]))
            .await;
        assert_eq!(terms(&database, "urn:6", "slug").await[1], "the-wire", "{kind:?}");
        assert_eq!(terms(&database, "urn:7", "slug").await[2], "petrol", "{kind:?}");
        assert_eq!(terms(&database, "urn:8", "slug").await[2], "petrol", "{kind:?}");
    }
}

async fn part(database: &TestDb, kind: TermKind, slug: &str, part: Part) -> Result<mend::Parted, String> {
    mend::part(&database.db, kind, slug, &part).await.map_err(|refused: Refused| refused.to_string())
}

const KINDS: [TermKind; 5] =
    [TermKind::Section, TermKind::Source, TermKind::Topic, TermKind::Place, TermKind::Contributor];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_merged_is_parted_by_what_is_known_of_the_articles_and_merged_again() {
    for kind in Kind::BOTH {
        let database = of_before(kind).await;
        let which = Which { uris: vec!["urn:2".to_owned()], ..Which::default() };
        for term in KINDS {
            let wanted = Part { name: "汪伟".to_owned(), which: which.clone(), ..Part::default() };
            let parted = part(&database, term, "wang-wei", wanted).await.unwrap();
            assert_eq!((parted.moved, parted.due), (1, 0), "{kind:?}: {term:?}");
            assert!(parted.slug.starts_with("wang-wei-"), "{kind:?}: {parted:?}");
        }
        assert_eq!(terms(&database, "urn:1", "name").await, vec!["王伟"; 5], "{kind:?}");
        assert_eq!(terms(&database, "urn:2", "name").await, vec!["汪伟"; 5], "{kind:?}");
        // News goes where its names are now, and what is there stays.
        save(&database, drafts([named("urn:2", "汪伟"), named("urn:3", "汪伟")])).await;
        assert_eq!(terms(&database, "urn:3", "slug").await, terms(&database, "urn:2", "slug").await, "{kind:?}");
        // Counts and suggestions follow.
        let answer = database
            .answer("{ filterOptions { topics { label count } } suggest(prefix: \"汪\") { text } }", json!({}))
            .await;
        assert!(answer.get("errors").is_none(), "{answer}");
        let counted = answer["data"]["filterOptions"]["topics"].to_string();
        assert!(counted.contains("汪伟") && counted.contains("王伟"), "{kind:?}: {counted}");
        let slugs = terms(&database, "urn:2", "slug").await;
        for (term, slug) in KINDS.into_iter().zip(slugs) {
            let merged = mend::merge(&database.db, term, &[slug], "wang-wei").await.unwrap();
            assert_eq!((merged.terms, merged.moved), (1, 2), "{kind:?}: {term:?}");
        }
        // Also what comes later by the name that is gone.
        save(&database, drafts([named("urn:4", "汪伟")])).await;
        for uri in ["urn:1", "urn:2", "urn:3", "urn:4"] {
            assert_eq!(terms(&database, uri, "slug").await, vec!["wang-wei"; 5], "{kind:?}: {uri}");
        }
        // And apart once more: the name means the other one again.
        for term in KINDS {
            let wanted = Part { name: "汪伟".to_owned(), which: which.clone(), ..Part::default() };
            part(&database, term, "wang-wei", wanted).await.unwrap();
        }
        save(&database, drafts([named("urn:5", "汪伟")])).await;
        assert_eq!(terms(&database, "urn:5", "slug").await, terms(&database, "urn:2", "slug").await, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn articles_are_filed_anew_when_they_come_again_once_and_of_that_kind_alone() {
    for kind in Kind::BOTH {
        let database = of_before(kind).await;
        // The version before made one person of both.
        let news = || drafts([named("urn:1", "王伟"), named("urn:9", "汪伟")]);
        save(&database, news()).await;
        let slugs = terms(&database, "urn:9", "slug").await;
        for (term, slug) in KINDS.into_iter().zip(slugs) {
            mend::merge(&database.db, term, &[slug], "wang-wei").await.unwrap();
        }
        let wanted = Part { name: "汪伟".to_owned(), again: true, ..Part::default() };
        for term in [TermKind::Contributor, TermKind::Topic, TermKind::Place] {
            let parted = part(&database, term, "wang-wei", wanted.clone()).await.unwrap();
            assert_eq!((parted.moved, parted.due), (0, 3), "{kind:?}");
        }
        assert_eq!(save(&database, news()).await, [Outcome::Updated; 2], "{kind:?}");
        assert_eq!(terms(&database, "urn:1", "slug").await, vec!["wang-wei"; 5], "{kind:?}");
        let filed = terms(&database, "urn:9", "name").await;
        assert_eq!(filed, ["王伟", "王伟", "汪伟", "汪伟", "汪伟"], "{kind:?}");
        assert_eq!(save(&database, news()).await, [Outcome::Unchanged; 2], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn articles_are_chosen_by_all_that_is_said_of_them() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let of = |uri: &str, language: &str, byline: &str, source: &str| Article {
            language: Some(language.to_owned()),
            byline: Some(byline.to_owned()),
            source: Some(Term { name: source.to_owned(), ..Term::default() }),
            ..named(uri, "Ann")
        };
        save(
            &database,
            drafts([
                of("urn:a:1", "en", "By Ann", "One"),
                of("urn:a:2", "zh", "By Änn", "One"),
                of("urn:b:3", "en", "By Änn", "Two"),
            ]),
        )
        .await;
        let feed = Sender::from(Owner::Source("Wire".to_owned()));
        let news = drafts([of("urn:c:4", "de", "By Ann", "Wire")]);
        Saver::of(&database.db, feed, Settings::default()).save(news, database.now).await.unwrap();
        let ids = article::Entity::find().select_only().columns([article::Column::Uri, article::Column::Id]);
        let ids: HashMap<String, i64> =
            ids.into_tuple::<(String, i64)>().all(&database.db).await.unwrap().into_iter().collect();
        let shown = mend::show(&database.db, TermKind::Contributor, "ann").await.unwrap();
        assert_eq!(shown.by[2], [("By Ann".to_owned(), 2), ("By Änn".to_owned(), 2)], "{kind:?}");
        assert_eq!(shown.by[0], [("newsroom".to_owned(), 3), ("source:Wire".to_owned(), 1)], "{kind:?}");
        for (name, which, expected) in [
            (
                "One",
                Which { byline: Some("Änn".to_owned()), language: Some("zh".to_owned()), ..Which::default() },
                vec!["urn:a:2"],
            ),
            ("Two", Which { prefix: Some("urn:b:".to_owned()), ..Which::default() }, vec!["urn:b:3"]),
            ("Three", Which { owner: Some(Owner::Source("Wire".to_owned())), ..Which::default() }, vec!["urn:c:4"]),
            ("Four", Which { source: Some("one".to_owned()), ..Which::default() }, vec!["urn:a:1"]),
        ] {
            let wanted = Part { name: name.to_owned(), which, ..Part::default() };
            let parted = part(&database, TermKind::Contributor, "ann", wanted).await.unwrap();
            let person = contributor::Entity::find()
                .filter(contributor::Column::Slug.eq(&parted.slug))
                .one(&database.db)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(person.name, name);
            let links =
                article_contributor::Entity::find().filter(article_contributor::Column::ContributorId.eq(person.id));
            let links: Vec<i64> =
                links.all(&database.db).await.unwrap().into_iter().map(|link| link.article_id).collect();
            assert_eq!(links, expected.iter().map(|uri| ids[*uri]).collect::<Vec<_>>(), "{kind:?}: {name}");
        }
        // What is not said or makes no sense changes nothing.
        let before = counts(&database).await;
        for (slug, wanted, said) in [
            (
                "nobody",
                Part { name: "X".to_owned(), again: true, ..Part::default() },
                "no contributor has the readable key `nobody`",
            ),
            ("ann", Part { name: "X".to_owned(), ..Part::default() }, "say which articles go"),
            ("ann", Part { name: "ANN".to_owned(), again: true, ..Part::default() }, "is the same one"),
            ("ann", Part { name: " ".to_owned(), again: true, ..Part::default() }, "neither a letter nor a digit"),
            (
                "one",
                Part {
                    name: "X".to_owned(),
                    which: Which { prefix: Some("urn:b".to_owned()), ..Which::default() },
                    ..Part::default()
                },
                "no such article",
            ),
        ] {
            let refused = part(&database, TermKind::Contributor, slug, wanted).await.unwrap_err();
            assert!(refused.contains(said), "{kind:?}: {refused}");
        }
        assert_eq!(counts(&database).await, before, "{kind:?}");
        // A namesake has an identifier.
        let wanted = Part {
            name: "One".to_owned(),
            identifier: Some("urn:p:1".to_owned()),
            which: Which { language: Some("zh".to_owned()), ..Which::default() },
            again: false,
        };
        let parted = part(&database, TermKind::Contributor, "one", wanted).await.unwrap();
        assert_ne!(parted.slug, "one");
        let answer = database.answer("{ contributor(by: { uri: \"urn:p:1\" }) { slug } }", json!({})).await;
        assert_eq!(answer["data"]["contributor"]["slug"], parted.slug.as_str(), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_merged_hands_over_all_that_it_was_found_by() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let topic = |name: &str, code: &str, broader: Option<&str>| {
            let names = [("de".to_owned(), format!("{name} de"))].into_iter().collect();
            Draft::Topic(Box::new(Topic {
                name: name.to_owned(),
                qcode: Some(code.to_owned()),
                broader: broader.map(ToOwned::to_owned),
                names,
                ..Topic::default()
            }))
        };
        save(
            &database,
            vec![topic("Oil", "x:1", None), topic("Petroleum", "x:2", None), topic("Crude", "x:3", Some("x:2"))],
        )
        .await;
        let person = |uri: &str, name: &str| Contributor {
            name: name.to_owned(),
            uri: Some(uri.to_owned()),
            ..Contributor::default()
        };
        let by = |uri: &str, people: Vec<Contributor>, topics: Vec<Topic>| Article {
            contributors: people,
            topics,
            ..article(uri, uri)
        };
        let coded = |code: &str| Topic { name: code.to_owned(), qcode: Some(code.to_owned()), ..Topic::default() };
        save(
            &database,
            drafts([
                by(
                    "urn:1",
                    vec![person("urn:p:1", "Ann"), person("urn:p:2", "Anne")],
                    vec![coded("x:1"), coded("x:2")],
                ),
                by("urn:2", vec![person("urn:p:2", "Anne")], vec![coded("x:2")]),
            ]),
        )
        .await;
        mend::merge(&database.db, TermKind::Topic, &["petroleum".to_owned()], "oil").await.unwrap();
        mend::merge(&database.db, TermKind::Contributor, &["anne".to_owned()], "ann").await.unwrap();
        save(&database, drafts([by("urn:3", vec![person("urn:p:2", "Anne")], vec![coded("x:2")])])).await;
        for uri in ["urn:1", "urn:2", "urn:3"] {
            let article = by_uri(&database, uri, "topics { slug } contributors { contributor { slug } }").await;
            assert_eq!(article["topics"], json!([{ "slug": "oil" }]), "{kind:?}: {uri}");
            assert_eq!(article["contributors"], json!([{ "contributor": { "slug": "ann" } }]), "{kind:?}: {uri}");
        }
        let answer = database.answer("{ topic(by: { slug: \"crude\" }) { broader { slug } } }", json!({})).await;
        assert_eq!(answer["data"]["topic"]["broader"]["slug"], "oil", "{kind:?}: {answer}");
        // What is gone leaves no keys behind.
        database.sql("DELETE FROM contributor WHERE slug = 'ann'").await;
        let left = term_alias::Entity::find().filter(term_alias::Column::Kind.eq(TermKind::Contributor));
        assert_eq!(left.count(&database.db).await.unwrap(), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn the_command_line_says_what_is_known_parts_and_merges() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| {
        let run = tokio::process::Command::new(env!("CARGO_BIN_EXE_newsgraph"))
            .current_dir(folder.path())
            .env_clear()
            .args(arguments)
            .output()
            .await
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (run.status.code(), text(&run.stdout), text(&run.stderr))
    };
    let line = |uri: &str, byline: &str| {
        let article = json!({ "type": "article", "uri": uri, "headline": uri, "language": "zh", "byline": byline,
            "contributors": [{ "name": "王伟" }] });
        format!("{article}\n")
    };
    std::fs::write(folder.path().join("news.jsonl"), line("urn:1", "王伟") + &line("urn:2", "汪伟")).unwrap();
    assert_eq!(run(&["import", "news.jsonl"]).await.0, Some(0));
    let (code, shown, _) = run(&["terms", "show", "contributor", "wang-wei"]).await;
    let expected = "name: 王伟\narticles: 2\nowner newsroom: 2\nlanguage zh: 2\nbyline 汪伟: 1\nbyline 王伟: 1\n";
    assert_eq!((code, shown.as_str()), (Some(0), expected));
    let (code, parted, said) =
        run(&["terms", "part", "contributor", "wang-wei", "汪伟", "--byline", "汪伟", "--again"]).await;
    assert_eq!(code, Some(0), "{said}");
    let (slug, rest) = parted.strip_prefix("parted from wang-wei: ").and_then(|line| line.split_once(' ')).unwrap();
    assert_eq!(
        rest,
        "has 1 article; when they come again, 1 article of the others is filed by the names that they give\n"
    );
    let (code, merged, said) = run(&["terms", "merge", "contributor", slug, "--into", "wang-wei"]).await;
    assert_eq!((code, merged.as_str()), (Some(0), "merged into wang-wei: 1 with 1 article\n"), "{said}");
    let (_, shown, _) = run(&["terms", "show", "contributor", "wang-wei"]).await;
    assert!(shown.starts_with("name: 王伟\nalso found by: 汪伟\narticles: 2\n"), "{shown}");
    for (arguments, code, named) in [
        (&["terms", "merge", "contributor", slug, "--into", "wang-wei"][..], 1, "has the readable key"),
        (&["terms", "part", "contributor", "wang-wei", "X"], 1, "say which articles go"),
        (&["terms", "part", "source", "none", "X", "--identifier", "urn:x", "--again"], 1, "readable key `none`"),
        (&["terms", "show", "person", "x"], 2, "possible values: section, topic, place, source, contributor"),
    ] {
        let (status, _, said) = run(arguments).await;
        assert!(status == Some(code) && said.contains(named), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_of_names_alike_are_credited_to_themselves() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let folder = tempfile::tempdir().unwrap();
        for (number, title) in ["BBC News", "bbc-news", "BBC  NEWS"].into_iter().enumerate() {
            let feed = format!(
                "<rss version=\"2.0\"><channel><title>{title}</title><link>https://{number}.example/</link><item>\
                 <title>T</title><link>https://{number}.example/1</link><guid>https://{number}.example/1</guid>\
                 <pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate></item></channel></rss>"
            );
            std::fs::write(folder.path().join(format!("{number}.xml")), feed).unwrap();
            import_all(&database, &[folder.path().join(format!("{number}.xml"))], &Options::default()).await;
        }
        let source = async |number: usize| {
            by_uri(&database, &format!("https://{number}.example/1"), "source { name }").await["source"]["name"].clone()
        };
        let names = [source(0).await, source(1).await, source(2).await];
        assert_eq!(names, ["BBC News", "bbc-news", "BBC News"], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merged_section_hands_over_its_galleries_top_stories_and_the_sections_below() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(&database, drafts([named("urn:1", "Sport"), named("urn:2", "Sports")])).await;
        let id = async |slug: &str| {
            let found = section::Entity::find().filter(section::Column::Slug.eq(slug)).one(&database.db).await.unwrap();
            found.map(|row| row.id)
        };
        let (gone, heir) = (id("sports").await.unwrap(), id("sport").await.unwrap());
        for sql in [
            format!("INSERT INTO section (slug, name, position, parent_id) VALUES ('football', 'Football', 9, {gone})"),
            format!("UPDATE section SET parent_id = {gone} WHERE id = {heir}"),
            format!(
                "INSERT INTO top_story (section_id, position, article_id) SELECT {gone}, 1, id FROM article WHERE uri = 'urn:2'"
            ),
        ] {
            database.sql(&sql).await;
        }
        mend::merge(&database.db, TermKind::Section, &["sports".to_owned()], "sport").await.unwrap();
        assert_eq!(id("sports").await, None, "{kind:?}");
        let document = "{ section(slug: \"sport\") { parent { slug } children { slug } } topStories(section: \"sport\") { article { uri } } }";
        let answer = database.answer(document, json!({})).await;
        let expected = json!({
            "section": { "parent": null, "children": [{ "slug": "football" }] },
            "topStories": [{ "article": { "uri": "urn:2" } }]
        });
        assert_eq!(answer["data"], expected, "{kind:?}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_names_that_were_there_are_looked_at_once() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let rows = (0..1_201).map(|number| format!("('t{number}', 'Topic {number}')")).collect::<Vec<_>>().join(", ");
        database.sql(&format!("INSERT INTO topic (slug, name) VALUES {rows}")).await;
        save(&database, drafts([named("urn:1", "topic 1200")])).await;
        assert_eq!(terms(&database, "urn:1", "slug").await[2], "t1200", "{kind:?}");
        let unseen = topic::Entity::find().filter(topic::Column::NameKey.is_null()).count(&database.db).await.unwrap();
        assert_eq!(unseen, 0, "{kind:?}");
    }
}
