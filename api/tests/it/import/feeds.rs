//! Feeds that are visited by themselves, played by a server on this machine.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use api::feeds::{self, Draft, Visit};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse as _,
    routing::get,
};
use chrono::{DateTime, TimeDelta, Utc};
use entity::feed::{self, Mapping};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, IntoActiveModel as _};
use serde_json::json;

use super::{by_uri, counts};
use crate::support::{Kind, TestDb};

/// What the server answers next, and what it was asked.
#[derive(Clone, Default)]
pub(super) struct Outlet {
    answer: Arc<Mutex<Option<(StatusCode, HeaderMap, String)>>>,
    asked: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Outlet {
    pub(super) async fn start() -> (Self, SocketAddr) {
        let outlet = Self::default();
        let answer = |State(outlet): State<Self>, headers: HeaderMap| async move {
            outlet.asked.lock().unwrap().push(headers);
            let answer = outlet.answer.lock().unwrap().clone();
            answer.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |answer| answer.into_response())
        };
        let router = Router::new().route("/feed", get(answer)).with_state(outlet.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (outlet, address)
    }

    pub(super) fn answers(&self, status: u16, headers: &[(header::HeaderName, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        *self.answer.lock().unwrap() = Some((StatusCode::from_u16(status).unwrap(), headers, body.to_owned()));
    }

    fn last_asked(&self, name: header::HeaderName) -> Option<String> {
        let asked = self.asked.lock().unwrap();
        asked.last()?.get(name).map(|value| value.to_str().unwrap().to_owned())
    }
}

pub(super) fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Outlet</title><link>https://outlet.example/</link><description>News</description>\
         <ttl>30</ttl><language>es</language>{items}</channel></rss>"
    )
}

const ITEM: &str = "<item><title>Gol de oro</title><link>https://outlet.example/gol</link><guid>https://outlet.example/gol</guid>\
    <category>Fútbol</category><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate><description>Un gol.</description></item>";

async fn add(database: &TestDb, address: SocketAddr, allow_private: bool) -> feed::Model {
    feeds::add(&database.db, draft(address, allow_private), api::now()).await.unwrap()
}

fn draft(address: SocketAddr, allow_private: bool) -> Draft {
    Draft {
        name: "Outlet".to_owned(),
        url: format!("http://{address}/feed").parse().unwrap(),
        format: None,
        section: Some("Wire".to_owned()),
        mapping: Mapping {
            sections: BTreeMap::from([("fútbol".to_owned(), "Sport".to_owned())]),
            always: vec!["Spain".to_owned()],
            ..Mapping::default()
        },
        language: None,
        time_zone: importer::time::Zone::UTC,
        every: None,
        allow_private,
    }
}

async fn visit(database: &TestDb) -> (Visit, feed::Model) {
    let feed = feeds::find(&database.db, "Outlet").await.unwrap();
    let visit = feeds::visit(&database.db, feed, None).await.unwrap();
    (visit, feeds::find(&database.db, "Outlet").await.unwrap())
}

/// How long after the visit the next one is.
fn wait(feed: &feed::Model) -> TimeDelta {
    feed.next_visit_at - feed.last_visit_at.unwrap()
}

fn about(wait: TimeDelta, expected: TimeDelta) -> bool {
    wait >= expected && wait <= expected + expected / 9
}

#[tokio::test]
async fn news_of_a_feed_is_served_and_is_asked_for_again_only_when_it_has_changed() {
    for kind in Kind::BOTH {
        let mut database = TestDb::migrated(kind).await;
        let (outlet, address) = Outlet::start().await;
        add(&database, address, true).await;
        let validators = [(header::ETAG, "\"1\""), (header::LAST_MODIFIED, "Sun, 01 Mar 2026 10:00:00 GMT")];
        outlet.answers(200, &validators, &rss(ITEM));
        let (first, feed) = visit(&database).await;
        assert_eq!(first, Visit::Read { new: 1, updated: 0, unchanged: 0, skipped: 0, refused: 0 }, "{kind:?}");
        assert!(about(wait(&feed), TimeDelta::minutes(30)), "its ttl: {}", wait(&feed));
        database.now = api::now();
        assert_eq!(
            by_uri(
                &database,
                "https://outlet.example/gol",
                "headline language section { name } topics { name } source { name } url"
            )
            .await,
            json!({ "headline": "Gol de oro", "language": "es", "section": { "name": "Sport" },
                "topics": [{ "name": "Fútbol" }, { "name": "Spain" }], "source": { "name": "Outlet" },
                "url": "https://outlet.example/gol" })
        );
        outlet.answers(304, &[(header::CACHE_CONTROL, "public, max-age=7200")], "");
        let (second, feed) = visit(&database).await;
        assert_eq!(second, Visit::NotModified);
        assert_eq!(outlet.last_asked(header::IF_NONE_MATCH).as_deref(), Some("\"1\""));
        assert_eq!(outlet.last_asked(header::IF_MODIFIED_SINCE).as_deref(), Some("Sun, 01 Mar 2026 10:00:00 GMT"));
        assert!(about(wait(&feed), TimeDelta::hours(2)), "{}", wait(&feed));
        outlet.answers(200, &[], &rss(&ITEM.replace("Un gol.", "Un gol y otro más en el último minuto.")));
        let (third, _) = visit(&database).await;
        assert_eq!(third, Visit::Read { new: 0, updated: 1, unchanged: 0, skipped: 0, refused: 0 });
        assert_eq!(counts(&database).await["article"], 1);
    }
}

#[tokio::test]
async fn the_password_of_a_feed_is_in_no_news_of_it() {
    let (outlet, address) = Outlet::start().await;
    // Nothing says where the feed is but the address that it was asked for.
    outlet.answers(
        200,
        &[],
        "<rss version=\"2.0\"><channel><title>Outlet</title><item><guid isPermaLink=\"false\">1</guid><title>A</title>\
         <link>/a</link><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate><description>&lt;p&gt;&lt;a href=\"/b\"&gt;B&lt;/a&gt;&lt;/p&gt;</description></item></channel></rss>",
    );
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let url = format!("http://reader:secret@{address}/feed").parse().unwrap();
        feeds::add(&database.db, Draft { url, ..draft(address, true) }, api::now()).await.unwrap();
        visit(&database).await;
        assert_eq!(outlet.last_asked(header::AUTHORIZATION).as_deref(), Some("Basic cmVhZGVyOnNlY3JldA=="));
        let document =
            "{ articles { nodes { uri url source { url } body { blocks { ... on Paragraph { html } } } } } }";
        let answer = database.answer(document, json!({})).await;
        assert_eq!(answer["data"]["articles"]["nodes"][0]["url"], format!("http://{address}/a"));
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
}

#[tokio::test]
async fn a_feed_that_fails_is_left_alone_for_longer_each_time_and_keeps_its_news() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let (outlet, address) = Outlet::start().await;
    add(&database, address, true).await;
    for (failures, minutes) in [(1, 1), (2, 2), (3, 4)] {
        outlet.answers(500, &[], "");
        let (visited, feed) = visit(&database).await;
        assert!(matches!(&visited, Visit::Failed(reason) if reason.contains("500")), "{visited}");
        assert_eq!(feed.failures, failures);
        assert!(about(wait(&feed), TimeDelta::minutes(minutes)), "{}", wait(&feed));
    }
    outlet.answers(429, &[(header::RETRY_AFTER, "3600")], "");
    let (_, feed) = visit(&database).await;
    assert!(wait(&feed) >= TimeDelta::hours(1) && feed.last_error.unwrap().contains("wait 3600 s"));
    outlet.answers(200, &[], "this is no feed");
    let (visited, _) = visit(&database).await;
    assert!(
        matches!(&visited, Visit::Failed(reason) if reason.contains("none of the formats") && reason.contains("source update")),
        "{visited}"
    );
    outlet.answers(200, &[], &rss(ITEM));
    let (_, feed) = visit(&database).await;
    assert_eq!((feed.failures, feed.last_error), (0, None));
    outlet.answers(410, &[], "");
    let (_, feed) = visit(&database).await;
    assert!(feed.paused, "it is gone for good");
}

#[tokio::test]
async fn a_feed_on_this_machine_is_refused_unless_it_is_allowed() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let (outlet, address) = Outlet::start().await;
    outlet.answers(200, &[], &rss(ITEM));
    // An address is refused at once, and the option that allows it is named; a name when it is looked up.
    let refused = feeds::add(&database.db, draft(address, false), api::now()).await.unwrap_err().to_string();
    assert!(refused.contains("--allow-private"), "{refused}");
    let by_name =
        Draft { url: format!("http://localhost:{}/feed", address.port()).parse().unwrap(), ..draft(address, false) };
    feeds::add(&database.db, by_name, api::now()).await.unwrap();
    let (visited, _) = visit(&database).await;
    let names_the_option = |reason: &String| reason.contains("private network") && reason.contains("`--allow-private`");
    assert!(matches!(&visited, Visit::Failed(reason) if names_the_option(reason)), "{visited}");
    assert!(outlet.asked.lock().unwrap().is_empty());

    let allowed = feeds::Change {
        url: Some(format!("http://{address}/feed").parse().unwrap()),
        allow_private: Some(true),
        ..Default::default()
    };
    feeds::update(&database.db, "Outlet", allowed, api::now()).await.unwrap();
    let (visited, _) = visit(&database).await;
    assert!(matches!(visited, Visit::Read { new: 1, .. }), "{visited}");
}

#[tokio::test]
async fn what_is_changed_of_a_feed_holds_for_news_that_is_there_already() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let (outlet, address) = Outlet::start().await;
        outlet.answers(200, &[(header::ETAG, "\"a\"")], &rss(ITEM));
        add(&database, address, true).await;
        assert!(matches!(visit(&database).await.0, Visit::Read { new: 1, .. }), "{kind:?}");
        let section = "{ articles(first: 1) { nodes { section { name } topics { name } } } }";
        let filed = database.answer(section, json!({})).await;
        assert_eq!(filed["data"]["articles"]["nodes"][0]["section"]["name"], "Sport", "{kind:?}");

        let mapping = Mapping {
            sections: BTreeMap::from([("fútbol".to_owned(), "Football".to_owned())]),
            always: vec!["Iberia".to_owned()],
            ..Mapping::default()
        };
        let change = feeds::Change {
            mapping: Some(mapping),
            section: Some(None),
            every: Some(Some(chrono::TimeDelta::minutes(7))),
            ..Default::default()
        };
        let updated = feeds::update(&database.db, "Outlet", change, api::now()).await.unwrap();
        assert_eq!((updated.section, updated.every_seconds, updated.etag), (None, Some(420), None), "{kind:?}");
        let feed = feeds::find(&database.db, "Outlet").await.unwrap();
        let again = feeds::visit(&database.db, feed, None).await.unwrap();
        assert!(matches!(again, Visit::Read { updated: 1, .. }), "{kind:?}: {again}");
        let filed = database.answer(section, json!({})).await;
        let article = &filed["data"]["articles"]["nodes"][0];
        assert_eq!(article["section"]["name"], "Football", "{kind:?}");
        assert!(article["topics"].to_string().contains("Iberia"), "{kind:?}: {article}");

        let unknown = feeds::update(&database.db, "Other", feeds::Change::default(), api::now()).await.unwrap_err();
        assert!(unknown.to_string().contains("no source has the name `Other`"), "{kind:?}: {unknown}");
    }
}

#[tokio::test]
async fn a_feed_is_visited_by_one_of_several_servers_and_when_it_is_due() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let (outlet, address) = Outlet::start().await;
        outlet.answers(200, &[], &rss(ITEM));
        let feed = add(&database, address, true).await;
        let servers = (0..4).map(|_| {
            let db = database.db.clone();
            tokio::spawn(async move { feeds::visit_due(&db, None).await })
        });
        for server in servers.collect::<Vec<_>>() {
            server.await.unwrap().unwrap();
        }
        assert_eq!(outlet.asked.lock().unwrap().len(), 1, "{kind:?}");
        // Not due yet.
        feeds::visit_due(&database.db, None).await.unwrap();
        assert_eq!(outlet.asked.lock().unwrap().len(), 1);
        // Due, but claimed by a server that may still be at it; then by one that has died.
        let set = |claimed_until: DateTime<Utc>| {
            let mut change = feed.clone().into_active_model();
            change.claimed_until = Set(Some(claimed_until));
            change.next_visit_at = Set(api::now());
            change.update(&database.db)
        };
        set(api::now() + TimeDelta::minutes(1)).await.unwrap();
        feeds::visit_due(&database.db, None).await.unwrap();
        assert_eq!(outlet.asked.lock().unwrap().len(), 1);
        set(api::now() - TimeDelta::minutes(1)).await.unwrap();
        feeds::visit_due(&database.db, None).await.unwrap();
        assert_eq!(outlet.asked.lock().unwrap().len(), 2);
        assert_eq!(feed::Entity::find().one(&database.db).await.unwrap().unwrap().claimed_until, None);
    }
}

#[tokio::test]
async fn two_feeds_cannot_have_the_same_name_or_address() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let (_, address) = Outlet::start().await;
        let first = add(&database, address, true).await;
        let again = |name: &str, url: &str| Draft {
            name: name.to_owned(),
            url: url.parse().unwrap(),
            format: None,
            section: None,
            mapping: Mapping::default(),
            language: None,
            time_zone: importer::time::Zone::UTC,
            every: None,
            allow_private: true,
        };
        let elsewhere = format!("http://{address}/elsewhere");
        // Names that sources are not told apart by are the same.
        for again in [again("Other", &first.url), again("Outlet", &elsewhere), again("ＯＵＴＬＥＴ", &elsewhere)]
        {
            let taken = feeds::add(&database.db, again, api::now()).await.unwrap_err().to_string();
            assert!(
                taken.contains("already") && taken.contains("`newsgraph source update \"Outlet\"`"),
                "{kind:?}: {taken}"
            );
        }
        feeds::add(&database.db, again("Óutlet", &elsewhere), api::now()).await.unwrap();
        feeds::remove(&database.db, "Outlet").await.unwrap();
        assert!(
            feeds::remove(&database.db, "Outlet").await.unwrap_err().to_string().contains("no source has the name")
        );
    }
}
