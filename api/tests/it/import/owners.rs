//! Who may change what: feeds and tokens change their own items alone, whatever they name.

use api::{
    feeds::{self, Visit},
    import::{Report, Summary, import},
    owner,
};
use entity::{article_version, owner::Owner, source, story_article};
use importer::{
    Defaults, Sender,
    draft::{Contributor, Draft, Gallery, GalleryItem, Image, Rendition, Story, StoryOf, Term},
    ninjs,
    save::{NotSaved, Saved},
};
use migration::{Migrator, MigratorTrait as _};

use super::{feeds::Outlet, *};

fn feed(name: &str) -> Sender {
    Owner::Source(name.to_owned()).into()
}

async fn send(database: &TestDb, sender: Sender, drafts: Vec<Draft>) -> Vec<Saved> {
    Saver::of(&database.db, sender, Settings::default()).save(drafts, database.now).await.unwrap()
}

/// The one answer: what saving came to, or why it was refused; and the notes.
async fn send_one(database: &TestDb, sender: Sender, draft: Draft) -> (Result<Outcome, String>, Vec<String>) {
    let saved = send(database, sender, vec![draft]).await.remove(0);
    let outcome = saved.outcome.map_err(|error| match error {
        NotSaved::Refused(problem) => problem.to_string(),
        NotSaved::Failed(problem) => panic!("{problem}"),
    });
    (outcome, saved.notes.iter().map(ToString::to_string).collect())
}

fn draft(article: Article) -> Draft {
    Draft::Article(Box::new(article))
}

fn picture(uri: &str, caption: &str) -> Image {
    let file =
        Rendition { name: "main".to_owned(), href: "https://example.org/1.jpg".to_owned(), ..Rendition::default() };
    Image { uri: uri.to_owned(), caption: Some(caption.to_owned()), renditions: vec![file], ..Image::default() }
}

async fn owner_of(database: &TestDb, uri: &str) -> String {
    let found = owner::show(&database.db, &[uri.to_owned()]).await.unwrap();
    assert_eq!(found.len(), 1, "{uri}: {found:?}");
    found[0].owner.to_string()
}

async fn add_feed(database: &TestDb, name: &str, address: std::net::SocketAddr) {
    let draft = feeds::Draft {
        name: name.to_owned(),
        url: format!("http://{address}/feed").parse().unwrap(),
        format: None,
        section: None,
        mapping: Default::default(),
        language: None,
        time_zone: importer::time::Zone::UTC,
        every: None,
        allow_private: true,
    };
    feeds::add(&database.db, draft, api::now()).await.unwrap();
}

/// A visit, and the lines of its report.
async fn visit(database: &TestDb, name: &str) -> (Visit, Vec<Value>) {
    let feed = feeds::find(&database.db, name).await.unwrap();
    let mut report = Report::kept(100_000);
    let visit = feeds::visit_and_report(&database.db, feed, None, true, &mut report).await.unwrap();
    (visit, report.into_lines().0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_feed_of_items_under_others_uris_changes_none_and_each_is_named() {
    const ITEMS: usize = 2_000;
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let uri = |number: usize| format!("https://news.example/{number}");
        let own: Vec<Article> = (0..ITEMS).map(|number| article(&uri(number), &format!("Own {number}"))).collect();
        for part in own.chunks(1_000) {
            save(&database, drafts(part.iter().cloned())).await;
        }
        let rows = async || article::Entity::find().all(&database.db).await.unwrap();
        let (before, counted) = (rows().await, counts(&database).await);
        let items: String = (0..ITEMS)
            .map(|number| {
                let uri = uri(number);
                format!(
                    "<item><title>Taken {number}</title><link>https://evil.example/{number}</link><guid>{uri}</guid>\
                     <category>Taken</category><source url=\"https://evil.example/\">Evil</source>\
                     <media:content xmlns:media=\"http://search.yahoo.com/mrss/\" url=\"https://evil.example/{number}.jpg\" \
                     type=\"image/jpeg\" width=\"900\"/><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>"
                )
            })
            .collect();
        let (outlet, address) = Outlet::start().await;
        outlet.answers(200, &[], &super::feeds::rss(&items));
        add_feed(&database, "Evil", address).await;
        let (visited, lines) = visit(&database, "Evil").await;
        let expected = Visit::Read { new: 0, updated: 0, unchanged: 0, skipped: 0, refused: ITEMS };
        assert_eq!(visited, expected, "{kind:?}: {:?}", lines.first());
        let refused = lines.iter().filter(|line| line["outcome"] == "refused");
        let named: std::collections::HashSet<&str> = refused.map(|line| line["item"].as_str().unwrap()).collect();
        assert_eq!(named.len(), ITEMS);
        let message = lines[0]["message"].as_str().unwrap();
        assert!(message.contains("`newsroom`") && message.contains("`source:Evil`"), "{message}");
        assert_eq!(rows().await, before, "{kind:?}");
        // No topic, picture or source of a refused item either.
        assert_eq!(counts(&database).await, counted);
        assert_eq!(source::Entity::find().count(&database.db).await.unwrap(), 0);
        let outcome = feeds::find(&database.db, "Evil").await.unwrap().last_outcome.unwrap();
        assert!(outcome.ends_with(", 2000 refused"), "{outcome}");
    }
}

#[tokio::test]
async fn a_feed_cannot_kill_what_is_not_its_own() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(&database, drafts([article("urn:a", "A")])).await;
        let (outlet, address) = Outlet::start().await;
        let kill = json!({ "standard": { "name": "ninjs", "version": "2.1" }, "uri": "urn:a", "type": "text", "version": "999999",
            "pubStatus": "canceled", "versionCreated": "2026-03-02T10:00:00Z", "headlines": [{ "value": "Killed" }] });
        outlet.answers(200, &[], &kill.to_string());
        add_feed(&database, "Evil", address).await;
        let (visited, lines) = visit(&database, "Evil").await;
        assert_eq!(visited, Visit::Read { new: 0, updated: 0, unchanged: 0, skipped: 0, refused: 1 }, "{lines:?}");
        assert_eq!(lines[0]["item"], "urn:a");
        let kept = by_uri(&database, "urn:a", "headline version pubStatus").await;
        assert_eq!(kept, json!({ "headline": "A", "version": 1, "pubStatus": "USABLE" }), "{kind:?}");
    }
}

#[tokio::test]
async fn records_and_settings_do_not_come_from_feeds() {
    let database = newsroom(Kind::Sqlite).await;
    let (outlet, address) = Outlet::start().await;
    add_feed(&database, "Evil", address).await;
    for body in [
        json!({ "type": "image", "uri": "urn:p" }).to_string(),
        "uri,headline\nurn:a,Taken\nurn:b,Taken\n".to_owned(),
        json!({ "format": "newsgraph-newsroom", "sections": [{ "slug": "world", "name": "Taken", "position": 1 }] })
            .to_string(),
        json!({ "type": "http://www.w3.org/2004/02/skos/core#ConceptScheme", "prefSchemeAlias": "medtop",
            "conceptSet": [{ "qcode": "medtop:01000000", "prefLabel": { "en-GB": "taken" } }] })
        .to_string(),
    ] {
        outlet.answers(200, &[], &body);
        let (visited, _) = visit(&database, "Evil").await;
        assert!(matches!(&visited, Visit::Failed(why) if why.contains("no format of feeds")), "{body}: {visited}");
    }
    assert_eq!((counts(&database).await["article"], counts(&database).await["image"]), (0, 0));
    let wrong = feeds::Draft {
        name: "Other".to_owned(),
        url: "https://example.org/lines".parse().unwrap(),
        format: Some(importer::Format::JsonLines),
        section: None,
        mapping: Default::default(),
        language: None,
        time_zone: importer::time::Zone::UTC,
        every: None,
        allow_private: false,
    };
    let refused = feeds::add(&database.db, wrong, api::now()).await.unwrap_err().to_string();
    assert!(refused.contains("`jsonl` is no format of feeds"), "{refused}");
}

#[tokio::test]
async fn a_feed_changes_its_own_and_another_feed_does_not() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let first = article("urn:a", "Of the first");
        assert_eq!(send_one(&database, feed("First"), draft(first.clone())).await.0, Ok(Outcome::New));
        assert_eq!(owner_of(&database, "urn:a").await, "source:First");
        let taken = Article { version: Some(7), headline: "Of the second".to_owned(), ..first.clone() };
        let (refused, _) = send_one(&database, feed("Second"), draft(taken.clone())).await;
        let why = refused.unwrap_err();
        assert!(why.contains("`source:First`") && why.contains("`source:Second`"), "{kind:?}: {why}");
        // The same item again is refused, too: it is never a silent success.
        assert!(send_one(&database, feed("Second"), draft(first.clone())).await.0.is_err());
        let token = Sender::from(Owner::Token("First".to_owned()));
        assert!(send_one(&database, token, draft(taken.clone())).await.0.is_err(), "a token of the same name");
        let own = Article { version: Some(2), headline: "Of the first again".to_owned(), ..first };
        assert_eq!(send_one(&database, feed("First"), draft(own)).await.0, Ok(Outcome::Updated));
        assert_eq!(by_uri(&database, "urn:a", "headline").await["headline"], "Of the first again");
        // In one batch the good ones are saved.
        let saved = send(&database, feed("Second"), vec![draft(taken), draft(article("urn:b", "B"))]).await;
        assert!(matches!(saved[0].outcome, Err(NotSaved::Refused(_))));
        assert_eq!(saved[1].outcome, Ok(Outcome::New));
    }
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_source_shares_the_items_of_its_feed_alone() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let bound = Sender::Sources(vec!["Wire".to_owned()]);
        assert!(send_one(&database, feed("Wire"), draft(article("urn:a", "A"))).await.0.is_ok());
        assert!(send_one(&database, feed("Other"), draft(article("urn:b", "B"))).await.0.is_ok());
        let second = |uri: &str| Article { version: Some(2), ..article(uri, "Second") };
        assert_eq!(send_one(&database, bound.clone(), draft(second("urn:a"))).await.0, Ok(Outcome::Updated));
        assert!(
            send_one(&database, bound.clone(), draft(second("urn:b"))).await.0.unwrap_err().contains("`source:Other`")
        );
        assert_eq!(send_one(&database, bound.clone(), draft(article("urn:c", "C"))).await.0, Ok(Outcome::New));
        assert_eq!(owner_of(&database, "urn:c").await, "source:Wire");
        assert_eq!(by_uri(&database, "urn:c", "source { name }").await["source"]["name"], "Wire", "{kind:?}");
        let foreign = Article {
            source: Some(Term { name: "Reuters".to_owned(), ..Term::default() }),
            ..article("urn:d", "In another's name")
        };
        let why = send_one(&database, bound, draft(foreign)).await.0.unwrap_err();
        assert!(why.contains("`Reuters`") && why.contains("`Wire`"), "{why}");
        assert_eq!(counts(&database).await["article"], 3);
        assert_eq!(
            send_one(&database, feed("Wire"), draft(Article { version: Some(3), ..second("urn:c") })).await.0,
            Ok(Outcome::Updated)
        );
    }
}

#[tokio::test]
async fn what_the_newsroom_imports_it_takes_over_whatever_the_version_and_hands_over_again() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let squatted = Article {
            version: Some(999_999),
            url: Some("https://news.example/a".to_owned()),
            ..article("urn:a", "Squatted")
        };
        assert!(send_one(&database, feed("Evil"), draft(squatted)).await.0.is_ok());
        let other = Article { url: Some("https://news.example/b".to_owned()), ..article("urn:other", "Page taken") };
        assert!(send_one(&database, feed("Evil"), draft(other)).await.0.is_ok());
        let real = Article { url: Some("https://news.example/b".to_owned()), ..article("urn:a", "The real one") };
        let (saved, notes) = send_one(&database, Sender::Newsroom, draft(real.clone())).await;
        assert_eq!(saved, Ok(Outcome::Updated), "{kind:?}");
        assert!(notes.iter().any(|note| note.contains("taken over from `source:Evil`")), "{notes:?}");
        assert!(notes.iter().any(|note| note.starts_with("url: ") && note.contains("`urn:other`")), "{notes:?}");
        let fields = "headline version url";
        assert_eq!(
            by_uri(&database, "urn:a", fields).await,
            json!({ "headline": "The real one", "version": 1, "url": "https://news.example/b" })
        );
        let kept = article_version::Entity::find().all(&database.db).await.unwrap();
        assert_eq!((kept.len(), kept[0].headline.as_str()), (1, "Squatted"));
        assert_eq!(owner_of(&database, "urn:a").await, "newsroom");
        let again = Article { version: Some(1_000_000), headline: "Squatted again".to_owned(), ..real.clone() };
        assert!(send_one(&database, feed("Evil"), draft(again)).await.0.unwrap_err().contains("`newsroom`"));
        let next = Article { version: Some(2), headline: "The next".to_owned(), ..real.clone() };
        let (saved, notes) = send_one(&database, Sender::Newsroom, draft(next)).await;
        assert_eq!((saved, notes), (Ok(Outcome::Updated), Vec::new()));

        let which = owner::Which { uris: vec!["urn:a".to_owned()], ..Default::default() };
        let wire: Owner = "source:Wire".parse().unwrap();
        let unknown = owner::Which { uris: vec!["urn:nobody".to_owned(), "urn:a".to_owned()], ..Default::default() };
        assert!(
            owner::hand_over(&database.db, &unknown, &wire).await.unwrap_err().to_string().contains("`urn:nobody`")
        );
        assert!(owner::hand_over(&database.db, &owner::Which::default(), &wire).await.is_err(), "everything");
        assert_eq!(owner_of(&database, "urn:a").await, "newsroom", "nothing is half done");
        let handed_over = owner::hand_over(&database.db, &which, &wire).await.unwrap();
        assert_eq!(handed_over.to_string(), "1 article");
        let third = Article { version: Some(3), headline: "The third".to_owned(), ..real };
        assert_eq!(send_one(&database, feed("Wire"), draft(third)).await.0, Ok(Outcome::Updated));
        let which = owner::Which { from: Some("source:Evil".parse().unwrap()), ..Default::default() };
        assert_eq!(owner::hand_over(&database.db, &which, &Owner::Newsroom).await.unwrap().to_string(), "1 article");
        let which = owner::Which { prefix: Some("urn:o_her".to_owned()), ..Default::default() };
        assert_eq!(owner::hand_over(&database.db, &which, &wire).await.unwrap().to_string(), "nothing", "no pattern");
        let which = owner::Which { prefix: Some("urn:o".to_owned()), ..Default::default() };
        assert_eq!(owner::hand_over(&database.db, &which, &wire).await.unwrap().to_string(), "1 article");
        let owners: Vec<String> =
            owner::list(&database.db).await.unwrap().iter().map(|(owner, _)| owner.to_string()).collect();
        assert_eq!(owners, ["source:Wire"]);
    }
}

#[tokio::test]
async fn a_picture_of_others_is_shown_as_it_is_and_not_changed() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let held_back = Image { status: Some(image::PubStatus::Withheld), ..picture("urn:p", "Ours") };
        save(&database, vec![Draft::Image(Box::new(held_back))]).await;
        let rows = async || image::Entity::find().all(&database.db).await.unwrap();
        let before = rows().await;
        for status in [None, Some(image::PubStatus::Usable), Some(image::PubStatus::Canceled)] {
            let taken = Image { status, version: Some(99), ..picture("urn:p", "Theirs") };
            let (refused, _) = send_one(&database, feed("Evil"), Draft::Image(Box::new(taken.clone()))).await;
            assert!(refused.unwrap_err().contains("`newsroom`"));
            let version = Some(status.map_or(1, |status| status as i64 + 10));
            let shows = Article { lead_image: Some(taken.clone()), version, ..article("urn:theirs", "Theirs") };
            let (saved, notes) = send_one(&database, feed("Evil"), draft(shows)).await;
            assert!(saved.is_ok() && notes.iter().any(|note| note.contains("`urn:p`")), "{notes:?}");
            let items = vec![GalleryItem { image: taken, caption: None, video: None }];
            let gallery = Gallery {
                uri: "urn:g".to_owned(),
                version,
                slug: None,
                title: "Theirs".to_owned(),
                summary: None,
                kind: entity::gallery::GalleryKind::Photo,
                status: Default::default(),
                section: None,
                lead_image: None,
                published_at: None,
                updated_at: None,
                embargoed_until: None,
                expires_at: None,
                items,
            };
            let (saved, notes) = send_one(&database, feed("Evil"), Draft::Gallery(Box::new(gallery.clone()))).await;
            assert!(saved.is_ok() && notes.iter().any(|note| note.contains("`urn:p`")), "{notes:?}");
            assert!(send_one(&database, feed("Other"), Draft::Gallery(Box::new(gallery))).await.0.is_err());
        }
        assert_eq!(rows().await, before, "{kind:?}");
        // Their own they change, until the newsroom takes it over.
        let own = |version| Image { version: Some(version), ..picture("urn:own", &format!("Version {version}")) };
        for (version, came) in [(1, Outcome::New), (7, Outcome::Updated)] {
            assert_eq!(send_one(&database, feed("Evil"), Draft::Image(Box::new(own(version)))).await.0, Ok(came));
        }
        let (saved, notes) = send_one(&database, Sender::Newsroom, Draft::Image(Box::new(own(2)))).await;
        assert!(saved == Ok(Outcome::Updated) && notes[0].contains("taken over from `source:Evil`"), "{notes:?}");
        assert!(send_one(&database, feed("Evil"), Draft::Image(Box::new(own(8)))).await.0.is_err());
    }
}

#[tokio::test]
async fn stories_and_translations_of_others_are_not_joined() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let story = |uri: &str, title: &str, articles: &[&str]| Story {
            uri: uri.to_owned(),
            version: None,
            slug: None,
            title: title.to_owned(),
            summary: None,
            status: entity::story::StoryStatus::Open,
            lead_image: None,
            pub_status: entity::visibility::PubStatus::Usable,
            embargoed_until: None,
            expires_at: None,
            updated_at: None,
            articles: articles.iter().map(|uri| StoryMember { uri: (*uri).to_owned(), pinned: true }).collect(),
        };
        let sends_story = |story: Story| Draft::Story(Box::new(story));
        save(&database, drafts([article("urn:a", "A")])).await;
        save(&database, vec![sends_story(story("urn:s", "Ours", &["urn:a"]))]).await;
        // An article that names the story, the story itself, and a story that holds our articles, of which one is yet to come.
        let joins = Article {
            stories: vec![StoryOf { uri: "urn:s".to_owned(), title: "Theirs".to_owned() }],
            translation_of: Some("urn:a".to_owned()),
            language: Some("de".to_owned()),
            ..article("urn:theirs", "Theirs")
        };
        let (saved, notes) = send_one(&database, feed("Evil"), draft(joins)).await;
        assert_eq!(saved, Ok(Outcome::New));
        assert!(notes.iter().any(|note| note.starts_with("story `urn:s`: belongs to `newsroom`")), "{notes:?}");
        assert!(notes.iter().any(|note| note.starts_with("translationOf: `urn:a` belongs to `newsroom`")), "{notes:?}");
        assert!(
            send_one(&database, feed("Evil"), sends_story(story("urn:s", "Theirs", &["urn:theirs"]))).await.0.is_err()
        );
        let gathers = story("urn:gathers", "Theirs", &["urn:a", "urn:later", "urn:theirs"]);
        let (saved, notes) = send_one(&database, feed("Evil"), sends_story(gathers)).await;
        assert_eq!(saved, Ok(Outcome::New));
        assert!(notes.len() == 1 && notes[0].starts_with("article `urn:a`: belongs to `newsroom`"), "{notes:?}");
        let early = Article {
            translation_of: Some("urn:later".to_owned()),
            language: Some("fr".to_owned()),
            ..article("urn:early", "Early")
        };
        assert!(send_one(&database, feed("Evil"), draft(early)).await.0.is_ok());
        save(&database, drafts([article("urn:later", "Later")])).await;
        let fields = "stories { title } translations { headline }";
        assert_eq!(
            by_uri(&database, "urn:a", fields).await,
            json!({ "stories": [{ "title": "Ours" }], "translations": [] }),
            "{kind:?}"
        );
        assert_eq!(
            by_uri(&database, "urn:later", fields).await,
            json!({ "stories": [], "translations": [] }),
            "{kind:?}"
        );
        assert_eq!(
            by_uri(&database, "urn:theirs", "stories { title }").await["stories"],
            json!([{ "title": "Theirs" }])
        );
        assert_eq!(story_article::Entity::find().count(&database.db).await.unwrap(), 2);
        assert_eq!(counts(&database).await["pending_link"], 0);
        // The newsroom's stories wait for everybody's articles, and everybody translates their own.
        save(&database, vec![sends_story(story("urn:open", "Open", &["urn:soon"]))]).await;
        let soon = article("urn:soon", "Soon");
        let german = Article {
            translation_of: Some("urn:soon".to_owned()),
            language: Some("de".to_owned()),
            ..article("urn:bald", "Bald")
        };
        send(&database, feed("Wire"), vec![draft(soon), draft(german)]).await;
        assert_eq!(
            by_uri(&database, "urn:soon", fields).await,
            json!({ "stories": [{ "title": "Open" }], "translations": [{ "headline": "Bald" }] })
        );
    }
}

#[tokio::test]
async fn sections_topics_places_and_sources_that_are_there_are_changed_by_editors_alone() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let topic = |name: &str, code: Option<&str>| Topic {
            name: name.to_owned(),
            qcode: code.map(ToOwned::to_owned),
            ..Topic::default()
        };
        let place = Place { name: "Seoul".to_owned(), ..Place::default() };
        let term = |name: &str, url: &str| Term { name: name.to_owned(), url: Some(url.to_owned()), ..Term::default() };
        let ours = Article {
            section: Some(Term { name: "World".to_owned(), ..Term::default() }),
            topics: vec![topic("Energy", None), topic("Oil", Some("x:1"))],
            places: vec![place.clone()],
            source: Some(term("Reuters", "https://reuters.example/")),
            ..article("urn:a", "A")
        };
        save(&database, drafts([ours])).await;
        let terms = async || {
            (
                section::Entity::find().all(&database.db).await.unwrap(),
                topic::Entity::find().all(&database.db).await.unwrap(),
                place::Entity::find().all(&database.db).await.unwrap(),
                source::Entity::find().all(&database.db).await.unwrap(),
            )
        };
        let before = terms().await;
        let theirs = Article {
            section: Some(Term { slug: Some("world".to_owned()), name: "Taken".to_owned(), url: None }),
            topics: vec![topic("Taken", Some("x:1"))],
            source: Some(term("Reuters", "https://evil.example/")),
            ..article("urn:theirs", "Theirs")
        };
        assert_eq!(send_one(&database, feed("Evil"), draft(theirs)).await.0, Ok(Outcome::New));
        for item in [
            Draft::Topic(Box::new(topic("Taken", Some("x:1")))),
            Draft::Place(Box::new(Place { time_zone: Some("Asia/Tokyo".to_owned()), ..place })),
        ] {
            let why = send_one(&database, feed("Evil"), item).await.0.unwrap_err();
            assert!(why.contains("`newsroom`") && why.contains("`source:Evil`"), "{why}");
        }
        let moves =
            Topic { broader: Some("energy".to_owned()), replaces: vec!["x:9".to_owned()], ..topic("Oil", Some("x:1")) };
        let (saved, notes) = send_one(&database, feed("Evil"), Draft::Topic(Box::new(moves.clone()))).await;
        assert!(saved == Ok(Outcome::Unchanged) && notes[0].contains("only editors"), "{notes:?}");
        assert_eq!(terms().await, before, "{kind:?}");
        // A code for a topic that has a name alone makes another topic; where a new source is at home is not theirs to say, but of their own.
        let codes = Article {
            topics: vec![topic("Energy", Some("x:2"))],
            source: Some(term("Agency", "https://evil.example/")),
            ..article("urn:codes", "Codes")
        };
        assert!(send_one(&database, feed("Evil"), draft(codes)).await.0.is_ok());
        let own = Article { source: Some(term("EVIL", "https://evil.example/")), ..article("urn:own", "Own") };
        assert!(send_one(&database, feed("Evil"), draft(own)).await.0.is_ok());
        let after = terms().await;
        assert!(after.1.contains(&before.1[0]) && after.1.len() == 3, "{:?}", after.1);
        let home = |name: &str| after.3.iter().find(|source| source.name == name).unwrap().url.clone();
        assert_eq!((home("Agency"), home("EVIL")), (None, Some("https://evil.example/".to_owned())));
        assert_eq!(send_one(&database, Sender::Newsroom, Draft::Topic(Box::new(moves))).await.0, Ok(Outcome::Updated));
    }
}

#[tokio::test]
async fn kills_that_name_another_document_reach_the_owners_own_alone() {
    let nitf = |id: &str, of: &str| {
        format!(
            "<nitf><head><title>Kill</title><docdata management-status=\"canceled\" management-doc-idref=\"{of}\">\
             <doc-id id-string=\"{id}\"/><date.issue norm=\"20260302T100000Z\"/></docdata></head>\
             <body><body.head><hedline><hl1>Kill</hl1></hedline></body.head><body.content><p>Kill.</p></body.content></body></nitf>"
        )
    };
    let database = newsroom(Kind::Sqlite).await;
    save(&database, drafts([article("urn:a", "A")])).await;
    let reading = importer::nitf::read(nitf("urn:kill", "urn:a").as_bytes(), &Defaults::default()).unwrap();
    assert!(!reading.drafts.is_empty());
    send(&database, feed("Evil"), reading.drafts).await;
    assert_eq!(
        by_uri(&database, "urn:a", "headline pubStatus").await,
        json!({ "headline": "A", "pubStatus": "USABLE" })
    );
    let ninjs = json!({ "uri": "urn:a", "type": "text", "pubStatus": "withheld", "version": "9",
        "versionCreated": "2026-03-02T10:00:00Z", "headlines": [{ "value": "Held back" }] });
    let reading = ninjs::read(ninjs.to_string().as_bytes(), &Defaults::default()).unwrap();
    let saved = send(&database, feed("Evil"), reading.drafts).await;
    assert!(matches!(saved[0].outcome, Err(NotSaved::Refused(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_in_the_name_of_a_source_is_refused_what_is_not_its_own_also_in_a_dry_run() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(&database, drafts([article("urn:a", "A")])).await;
        save(&database, vec![Draft::Image(Box::new(picture("urn:p", "Ours")))]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("news.jsonl");
        let lines = [
            draft(Article { version: Some(5), ..article("urn:a", "Taken") }),
            draft(article("urn:b", "New")),
            Draft::Image(Box::new(picture("urn:p", "Taken"))),
        ];
        let lines: Vec<String> = lines.iter().map(|draft| serde_json::to_string(draft).unwrap()).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        for (dry_run, new) in [(true, 1), (false, 1), (true, 0)] {
            let mut options = api::import::Options::of(feed("Wire"));
            options.dry_run = dry_run;
            let mut report = Report::kept(10);
            let summary = import(&database.db, std::slice::from_ref(&file), &options, &mut report).await.unwrap();
            let (unchanged, refused) = (1 - new, 2);
            assert_eq!(summary, Summary { new, unchanged, refused, ..Summary::default() }, "{kind:?}");
            let refused = report.into_lines().0.into_iter().filter(|line| line["outcome"] == "refused");
            let named: Vec<_> = refused.map(|line| line["item"].clone()).collect();
            assert_eq!(named, ["urn:a", "urn:p"]);
        }
    }
}

#[tokio::test]
async fn articles_of_a_database_of_before_belong_to_the_feed_that_their_source_names_else_to_the_newsroom() {
    for kind in Kind::BOTH {
        let mut database = TestDb::empty(kind).await;
        let before = Migrator::migrations().iter().position(|step| step.name() == "m20261130_000040_give_items_owners");
        Migrator::up(&database.db, before.map(|steps| u32::try_from(steps).unwrap())).await.unwrap();
        database.now = "2026-03-02T12:00:00Z".parse().unwrap();
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'news', 'News', 1)").await;
        database
            .sql("INSERT INTO source (id, slug, name) VALUES (1, 'the-wire', 'The Wire'), (2, 'other', 'Other')")
            .await;
        database
            .sql(
                "INSERT INTO feed (id, name, url, mapping, time_zone, next_visit_at)
                VALUES (1, 'The wire', 'https://wire.example/feed', '{}', 'UTC', '2026-03-02T12:00:00+00:00')",
            )
            .await;
        for (id, source) in [(1, "1"), (2, "2"), (3, "NULL")] {
            database.sql(&crate::paging::article_row(id, "2026-03-01T10:00:00+00:00")).await;
            database.sql(&format!("UPDATE article SET source_id = {source} WHERE id = {id}")).await;
        }
        database
            .sql("INSERT INTO image (id, uri, version, updated_at) VALUES (1, 'urn:p', 1, '2026-03-01T10:00:00+00:00')")
            .await;
        Migrator::up(&database.db, None).await.unwrap();
        assert_eq!(owner_of(&database, "urn:test:1").await, "source:The wire", "{kind:?}");
        for uri in ["urn:test:2", "urn:test:3", "urn:p"] {
            assert_eq!(owner_of(&database, uri).await, "newsroom", "{kind:?}");
        }
        let second = |uri: &str| Article { version: Some(2), ..article(uri, "Second") };
        assert!(send_one(&database, feed("The wire"), draft(second("urn:test:2"))).await.0.is_err());
        assert!(send_one(&database, feed("Other"), draft(second("urn:test:2"))).await.0.is_err());
        assert_eq!(send_one(&database, feed("The wire"), draft(second("urn:test:1"))).await.0, Ok(Outcome::Updated));
        let counted: Vec<_> = owner::list(&database.db).await.unwrap();
        let counted: Vec<String> = counted.iter().map(|(owner, counts)| format!("{owner}: {counts}")).collect();
        assert_eq!(counted, ["newsroom: 2 articles, 1 picture", "source:The wire: 1 article"], "{kind:?}");
        // A server of the version before goes on writing: its rows have no owner.
        database.sql(&crate::paging::article_row(9, "2026-03-01T10:00:00+00:00")).await;
        assert_eq!(owner_of(&database, "urn:test:9").await, "newsroom");
        let which = owner::Which { from: Some(Owner::Newsroom), ..Default::default() };
        let wire = "source:The wire".parse().unwrap();
        let handed_over = owner::hand_over(&database.db, &which, &wire).await.unwrap();
        assert_eq!(handed_over.to_string(), "3 articles, 1 picture");
        assert_eq!(owner_of(&database, "urn:test:9").await, "source:The wire");
    }
}

#[tokio::test]
async fn who_people_are_is_told_by_editors_and_by_those_who_name_them_first() {
    const QUERY: &str = "{ contributors { nodes { name biography links image { url } } } }";
    let article = |uri: &str, person: Contributor| {
        draft(Article {
            uri: uri.to_owned(),
            headline: format!("Headline of {uri}"),
            published_at: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            contributors: vec![person],
            ..Article::default()
        })
    };
    let ann = |biography: &str, links: &[&str]| Contributor {
        name: "Ann Lee".to_owned(),
        uri: Some("https://wire.example/ann".to_owned()),
        biography: (!biography.is_empty()).then(|| biography.to_owned()),
        links: links.iter().map(|link| (*link).to_owned()).collect(),
        ..Contributor::default()
    };
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let portrait = Some(Box::new(picture("urn:portrait", "Ann")));
        let first = Contributor { image: portrait, ..ann("Writes on trams.", &["https://social.example/ann"]) };
        send(&database, feed("wire"), vec![article("urn:1", first)]).await;
        let expected = |biography: &str, links: &[&str]| json!([{ "name": "Ann Lee", "biography": biography, "links": links, "image": { "url": "https://example.org/1.jpg" } }]);
        let told = async || database.answer(QUERY, json!({})).await["data"]["contributors"]["nodes"].clone();
        let links = ["https://wire.example/ann", "https://social.example/ann"];
        assert_eq!(told().await, expected("Writes on trams.", &links), "{kind:?}");
        // Somebody else only names her.
        send(&database, feed("other"), vec![article("urn:2", ann("Cannot write.", &["https://evil.example/"]))]).await;
        assert_eq!(told().await, expected("Writes on trams.", &links), "{kind:?}");
        // An editor says it anew; what is left out stays.
        send(&database, Sender::Newsroom, vec![article("urn:3", ann("Writes on trains.", &[]))]).await;
        assert_eq!(told().await, expected("Writes on trains.", &links), "{kind:?}");
        let outcome = send_one(&database, Sender::Newsroom, article("urn:3", ann("Writes on trains.", &[]))).await.0;
        assert_eq!(outcome, Ok(Outcome::Unchanged), "{kind:?}");
        // A name may have been written wrongly, or has changed; the page of the person stays where it is.
        let renamed = |name: &str| Contributor { name: name.to_owned(), ..ann("", &[]) };
        let name = async || {
            let document = "{ contributor(by: { slug: \"ann-lee\" }) { name } contributors { totalCount } }";
            let data = database.answer(document, json!({})).await["data"].clone();
            assert_eq!(data["contributors"]["totalCount"], 1, "{kind:?}");
            data["contributor"]["name"].clone()
        };
        send(&database, feed("other"), vec![article("urn:4", renamed("Nobody"))]).await;
        assert_eq!(name().await, "Ann Lee", "{kind:?}");
        send(&database, Sender::Newsroom, vec![article("urn:5", renamed("Ann Lee-Smith"))]).await;
        assert_eq!(name().await, "Ann Lee-Smith", "{kind:?}");
    }
}
