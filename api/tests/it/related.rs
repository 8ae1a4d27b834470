//! Related articles and story suggestions that are computed, on both databases.

use api::{
    related::{suggest, update},
    sample::{Load, load},
};
use entity::{article_profile, article_relation, article_term, related_due};
use importer::{
    draft::{Article, Block, Draft, StoryOf, Topic},
    html::Inline,
    save::{Saver, Settings},
};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};

use crate::support::{Kind, TestDb};

/// Headlines that have nothing in common with those of the tests, so that words can be rare.
const OTHERS: [&str; 8] = [
    "Museum reopens after ten years of restoration",
    "Snow blocks the northern railway",
    "Chess federation publishes new ratings",
    "Orchestra plays forgotten symphony",
    "Wheat harvest larger than expected",
    "Swimmers train for the championship",
    "Comet passes close to Jupiter",
    "Bridge over the strait gets a third lane",
];

fn article(uri: &str, headline: &str) -> Article {
    Article {
        uri: uri.to_owned(),
        headline: headline.to_owned(),
        language: Some("en".to_owned()),
        version: Some(1),
        published_at: Some("2026-03-01T10:00:00Z".parse().unwrap()),
        ..Article::default()
    }
}

fn about(topics: &[&str], article: Article) -> Article {
    let topic = |name: &&str| Topic { name: (*name).to_owned(), ..Topic::default() };
    Article { topics: topics.iter().map(topic).collect(), ..article }
}

async fn save(database: &TestDb, articles: impl IntoIterator<Item = Article>) {
    let drafts = articles.into_iter().map(|article| Draft::Article(Box::new(article))).collect();
    for saved in Saver::new(&database.db, Settings::default()).save(drafts, database.now).await.unwrap() {
        saved.outcome.unwrap();
    }
    update(&database.db, database.now).await.unwrap();
}

async fn newsroom(kind: Kind) -> TestDb {
    let mut database = TestDb::migrated(kind).await;
    database.now = "2026-03-02T12:00:00Z".parse().unwrap();
    let others = OTHERS.iter().enumerate().map(|(number, headline)| article(&format!("urn:other:{number}"), headline));
    save(&database, others).await;
    database
}

async fn ask(database: &TestDb, document: &str) -> Value {
    let answer = database.answer(document, json!({})).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"].clone()
}

/// The related articles of an article: reasons and uris.
async fn related(database: &TestDb, uri: &str) -> Vec<(String, String)> {
    let document =
        format!("{{ article(by: {{ uri: {uri:?} }}) {{ related(first: 20) {{ reason article {{ uri }} }} }} }}");
    let answer = ask(database, &document).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = answer["article"]["related"].as_array().unwrap().iter();
    list.map(|related| (text(&related["reason"]), text(&related["article"]["uri"]))).collect()
}

fn similar(uris: &[&str]) -> Vec<(String, String)> {
    uris.iter().map(|uri| ("SIMILAR_TEXT".to_owned(), (*uri).to_owned())).collect()
}

#[tokio::test]
async fn a_headline_without_kin_has_no_related_news() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        for (uri, headline) in [
            ("urn:museum", "Museum director resigns in Vienna"),
            ("urn:snow", "Snow leopard born in zoo"),
            ("urn:bridge", "Bridge players meet for a weekend"),
            ("urn:record", "Record heat in Madrid"),
        ] {
            save(&database, [article(uri, headline)]).await;
            assert_eq!(related(&database, uri).await, [], "{kind:?}: {headline}");
        }
        save(&database, [article("urn:again", "Director of Vienna museum resigns after row")]).await;
        assert_eq!(related(&database, "urn:museum").await, similar(&["urn:again"]), "{kind:?}");
    }
}

#[tokio::test]
async fn an_article_and_those_that_are_like_it_stand_beside_each_other_as_soon_as_it_is_saved() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(&database, [article("urn:a", "Chiquita and Fyffes merge to form banana giant")]).await;
        assert_eq!(related(&database, "urn:a").await, [], "{kind:?}");
        save(&database, [article("urn:b", "Banana maker Chiquita buys Fyffes of Ireland")]).await;
        assert_eq!(related(&database, "urn:a").await, similar(&["urn:b"]), "{kind:?}");
        assert_eq!(related(&database, "urn:b").await, similar(&["urn:a"]), "{kind:?}");
    }
}

#[tokio::test]
async fn changes_by_hand_are_noticed_too() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let bananas =
            [article("urn:a", "Chiquita merges with Fyffes"), article("urn:b", "Fyffes merges with Chiquita today")];
        save(&database, bananas).await;
        assert_eq!(related(&database, "urn:a").await, similar(&["urn:b"]), "{kind:?}");
        database
            .sql("UPDATE article SET headline = 'Comet passes close to Saturn and Jupiter' WHERE uri = 'urn:b'")
            .await;
        assert_eq!(update(&database.db, database.now).await.unwrap(), 1, "{kind:?}");
        assert_eq!(related(&database, "urn:a").await, [], "{kind:?}");
        assert_eq!(related(&database, "urn:b").await, similar(&["urn:other:6"]), "{kind:?}");
        // What readers do not see of an article does not matter, and neither does an update that changes nothing.
        database.sql("UPDATE article SET usage_terms = 'none', headline = headline").await;
        assert_eq!(update(&database.db, database.now).await.unwrap(), 0, "{kind:?}");
        // A body that is none keeps nothing waiting.
        database.sql("UPDATE article SET body = '{}' WHERE uri = 'urn:b'").await;
        assert_eq!(update(&database.db, database.now).await.unwrap(), 1, "{kind:?}");
        assert_eq!(related(&database, "urn:b").await, similar(&["urn:other:6"]), "{kind:?}");
        database.sql("UPDATE article SET status = 'withheld' WHERE uri = 'urn:b'").await;
        database.sql("DELETE FROM article WHERE uri = 'urn:a'").await;
        update(&database.db, database.now).await.unwrap();
        assert_eq!(related(&database, "urn:other:6").await, [], "{kind:?}");
        // Nothing is left of an article that is gone.
        let profiles = article_profile::Entity::find().count(&database.db).await.unwrap();
        assert_eq!(profiles, OTHERS.len() as u64, "{kind:?}");
        let terms = article_term::Entity::find().all(&database.db).await.unwrap();
        let known = article_profile::Entity::find().all(&database.db).await.unwrap();
        assert!(terms.iter().all(|term| known.iter().any(|known| known.article_id == term.article_id)), "{kind:?}");
        assert_eq!(article_relation::Entity::find().count(&database.db).await.unwrap(), 0, "{kind:?}");
        assert_eq!(related_due::Entity::find().count(&database.db).await.unwrap(), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn rare_topics_make_articles_related_and_are_named() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let others = OTHERS.iter().enumerate();
        let news = others.map(|(number, headline)| {
            about(&["News"], Article { version: Some(2), ..article(&format!("urn:other:{number}"), headline) })
        });
        save(&database, news).await;
        let topics = ["News", "Uranium mining"];
        save(
            &database,
            [
                about(&topics, article("urn:a", "Kazakhstan leads")),
                about(&topics, article("urn:b", "Prices of fuel fall")),
            ],
        )
        .await;
        let answer = ask(
            &database,
            "{ article(by: { uri: \"urn:a\" }) { related { reason sharedTopics { name } article { uri } } } }",
        )
        .await;
        let names = json!([{ "name": "News" }, { "name": "Uranium mining" }]);
        assert_eq!(
            answer["article"]["related"],
            json!([{ "reason": "SHARED_TOPICS", "sharedTopics": names, "article": { "uri": "urn:b" } }]),
            "{kind:?}"
        );
        // A topic that is taken away by hand is one no longer.
        database
            .sql("DELETE FROM article_topic WHERE topic_id = (SELECT id FROM topic WHERE name = 'Uranium mining')")
            .await;
        update(&database.db, database.now).await.unwrap();
        assert_eq!(related(&database, "urn:a").await, [], "{kind:?}");
    }
}

#[tokio::test]
async fn what_the_public_may_not_see_is_no_related_article_until_it_may() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        let end = database.now + chrono::TimeDelta::hours(1);
        let held = Article { embargoed_until: Some(end), ..article("urn:held", "Fyffes merges with Chiquita soon") };
        let expiring =
            Article { expires_at: Some(end), ..article("urn:expiring", "Fyffes and Chiquita merge, says court") };
        save(&database, [article("urn:a", "Chiquita merges with Fyffes"), held, expiring]).await;
        assert_eq!(related(&database, "urn:a").await, similar(&["urn:expiring"]), "{kind:?}");
        database.now = end;
        // It comes by itself, and nothing of it was there before.
        assert_eq!(update(&database.db, end).await.unwrap(), 1, "{kind:?}");
        assert_eq!(related(&database, "urn:a").await, similar(&["urn:held"]), "{kind:?}");
        assert_eq!(update(&database.db, end).await.unwrap(), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn neither_the_article_nor_a_copy_nor_another_language_of_it_is_related() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let text = "Chiquita of the United States and Fyffes of Ireland said on Monday that they would merge in a deal of shares that makes \
            the largest seller of bananas in the world, ahead of Dole and Del Monte.";
        let wire = |uri, headline, text: &str| Article {
            body: vec![Block::Paragraph { html: Inline::from_text(text) }],
            ..article(uri, headline)
        };
        let headline = "Chiquita and Fyffes merge";
        save(
            &database,
            [
                wire("urn:a", headline, text),
                wire("urn:copy", headline, &text.replace("on Monday", "today")),
                wire(
                    "urn:b",
                    "Bananas: Fyffes shares leap",
                    "Shares of Fyffes leapt on the merger with Chiquita, the seller of bananas.",
                ),
                wire(
                    "urn:b-copy",
                    "Bananas: Fyffes shares leap",
                    "Shares of Fyffes leapt on the merger with Chiquita, the seller of bananas.",
                ),
                Article {
                    translation_of: Some("urn:a".to_owned()),
                    ..wire("urn:a-gb", "Fyffes and Chiquita to merge", "Bananas.")
                },
                Article { language: Some("ru".to_owned()), ..wire("urn:ru", headline, text) },
            ],
        )
        .await;
        let found = related(&database, "urn:a").await;
        assert_eq!(found.len(), 1, "{kind:?}: {found:?}");
        assert!(found[0].1.starts_with("urn:b"), "{kind:?}: {found:?}");
        // When a copy is written anew, it is one no longer; the rest stay copies of each other.
        let anew = Article {
            version: Some(2),
            ..wire("urn:b", "Bananas: Dole answers Fyffes and Chiquita", "Dole says that it fears no merger.")
        };
        save(&database, [anew]).await;
        let mut found: Vec<String> = related(&database, "urn:a").await.into_iter().map(|(_, uri)| uri).collect();
        found.sort();
        assert_eq!(found, ["urn:b", "urn:b-copy"], "{kind:?}");
    }
}

#[tokio::test]
async fn the_editors_choice_comes_first_then_the_story_then_what_is_computed_and_none_twice() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let story = StoryOf { uri: "urn:story".to_owned(), title: "Bananas".to_owned() };
        save(
            &database,
            [
                Article {
                    related: vec!["urn:other:1".to_owned()],
                    stories: vec![story.clone()],
                    ..article("urn:a", "Chiquita merges with Fyffes")
                },
                Article { stories: vec![story], ..article("urn:b", "Fyffes merges with Chiquita, lawyers say") },
                article("urn:c", "Lawyers look at Chiquita and Fyffes"),
            ],
        )
        .await;
        let found = related(&database, "urn:a").await;
        let expected = [("EDITOR", "urn:other:1"), ("SAME_STORY", "urn:b"), ("SIMILAR_TEXT", "urn:c")];
        assert_eq!(found, expected.map(|(reason, uri)| (reason.to_owned(), uri.to_owned())), "{kind:?}");
    }
}

#[tokio::test]
async fn several_servers_compute_together_and_nothing_is_lost() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let drafts = (0..120).map(|number| {
            let headline = format!("Council of district{number} votes on budget{number} again");
            vec![
                article(&format!("urn:{number}:a"), &headline),
                article(&format!("urn:{number}:b"), &format!("{headline} and again")),
            ]
        });
        let drafts = drafts.flatten().map(|article| Draft::Article(Box::new(article))).collect();
        Saver::new(&database.db, Settings::default()).save(drafts, database.now).await.unwrap();
        let servers = (0..3).map(|_| {
            let db = database.db.clone();
            tokio::spawn(async move { update(&db, api::now()).await.unwrap() })
        });
        for server in servers.collect::<Vec<_>>() {
            server.await.unwrap();
        }
        update(&database.db, database.now).await.unwrap();
        assert_eq!(related_due::Entity::find().count(&database.db).await.unwrap(), 0, "{kind:?}");
        assert_eq!(article_profile::Entity::find().count(&database.db).await.unwrap(), 248, "{kind:?}");
    }
}

#[tokio::test]
async fn open_articles_of_one_event_are_suggested_as_a_story_until_they_have_one() {
    for kind in Kind::BOTH {
        let mut database = newsroom(kind).await;
        save(
            &database,
            [
                article("urn:a", "Chiquita and Fyffes merge to form the largest banana company"),
                article("urn:b", "Banana giants Chiquita and Fyffes agree merger"),
                article("urn:c", "Chiquita to merge with Fyffes in banana deal"),
                Article {
                    status: entity::article::PubStatus::Withheld,
                    ..article("urn:d", "Chiquita and Fyffes: banana merger")
                },
            ],
        )
        .await;
        suggest(&database.db, database.now).await.unwrap();
        let document = "{ storySuggestions { headline confidence articleCount articles { uri } } }";
        let answer = ask(&database, document).await;
        let suggestions = answer["storySuggestions"].as_array().unwrap();
        assert_eq!(suggestions.len(), 1, "{kind:?}: {answer}");
        let mut uris: Vec<&str> = suggestions[0]["articles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|article| article["uri"].as_str().unwrap())
            .collect();
        assert_eq!(suggestions[0]["articleCount"], 3);
        uris.sort_unstable();
        assert_eq!(uris, ["urn:a", "urn:b", "urn:c"], "{kind:?}");
        let confidence = suggestions[0]["confidence"].as_f64().unwrap();
        assert!((0.5..=1.0).contains(&confidence), "{kind:?}: {confidence}");
        // Killed or put into a story, it is left out at once; two are too few.
        database.sql("UPDATE article SET status = 'canceled' WHERE uri = 'urn:a'").await;
        assert_eq!(ask(&database, document).await, json!({ "storySuggestions": [] }), "{kind:?}");
        database.sql("UPDATE article SET status = 'usable' WHERE uri = 'urn:a'").await;
        update(&database.db, database.now).await.unwrap();
        database
            .sql("INSERT INTO story (id, uri, slug, version, title, status, updated_at) VALUES (1, 's', 's', 1, 'S', 'open', '2026-03-01T10:00:00+00:00')")
            .await;
        database
            .sql("INSERT INTO story_article (story_id, article_id, pinned_position, published_at) SELECT 1, id, 1, published_at FROM article WHERE uri = 'urn:b'")
            .await;
        assert_eq!(ask(&database, document).await, json!({ "storySuggestions": [] }), "{kind:?}");
        // Old news is no story.
        database.sql("DELETE FROM story_article").await;
        database.now += chrono::TimeDelta::days(20);
        suggest(&database.db, database.now).await.unwrap();
        assert_eq!(ask(&database, document).await, json!({ "storySuggestions": [] }), "{kind:?}");
    }
}

#[tokio::test]
async fn related_articles_of_any_kind_are_one_statement() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let bananas = (0..30).map(|number| {
            article(
                &format!("urn:{number}"),
                &format!("Chiquita merges with Fyffes, says lawyer{number} of town{number}"),
            )
        });
        save(&database, bananas).await;
        let document = "{ articles(first: 30) { nodes { related(first: 5) { score reason article { slug } } } } }";
        let (answer, statements) = database.counted(document, json!({})).await;
        // The articles, their stories, what is related by any of both, and more of it where too much is alike.
        assert_eq!(statements, 4, "{kind:?}: {answer}");
        let document = document.replace("first: 5", "first: 1");
        assert_eq!(database.counted(&document, json!({})).await.1, 3, "{kind:?}");
        let found = answer["data"]["articles"]["nodes"].as_array().unwrap().iter();
        let full = found.filter(|node| node["related"].as_array().unwrap().len() == 5).count();
        assert!(full >= 20, "{kind:?}: {answer}");
    }
}

#[tokio::test]
async fn what_is_hidden_takes_nobodys_place() {
    for kind in Kind::BOTH {
        let mut database = TestDb::migrated(kind).await;
        database.now = "2026-03-02T12:00:00Z".parse().unwrap();
        let articles =
            (0..60).map(|number| article(&format!("urn:{number}"), &format!("Word{number} of its own{number}")));
        save(&database, articles).await;
        database.sql("DELETE FROM article_relation").await;
        database
            .sql("INSERT INTO story (id, uri, slug, version, title, status, updated_at) VALUES (1, 's', 's', 1, 'S', 'open', '2026-03-01T10:00:00+00:00')")
            .await;
        database
            .sql("INSERT INTO story_article (story_id, article_id, pinned_position, published_at) SELECT 1, id, 2147483647, published_at FROM article")
            .await;
        database.sql("INSERT INTO article_relation (article_id, related_id, score, reason) SELECT 1, id, 0.9, 'text' FROM article WHERE id BETWEEN 2 AND 40").await;
        let document = "{ article(by: { uri: \"urn:0\" }) { related(first: 6) { reason article { uri } } } }";
        for hidden in [0, 9, 40, 53, 57] {
            // Those that stand first in the story and among what is alike.
            let sql = format!(
                "UPDATE article SET status = CASE WHEN id <> 1 AND id > 60 - {hidden} THEN 'canceled' ELSE 'usable' END"
            );
            database.sql(&sql).await;
            let related = ask(&database, document).await["article"]["related"].clone();
            let related = related.as_array().unwrap();
            assert_eq!(related.len(), 6.min(59 - hidden), "{kind:?}, {hidden} hidden: {related:?}");
            assert!(related.iter().all(|related| related["reason"] == "SAME_STORY"), "{kind:?}: {related:?}");
        }
    }
}

#[tokio::test]
async fn what_another_version_of_the_program_kept_is_read_anew() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        save(
            &database,
            [article("urn:a", "Chiquita merges with Fyffes"), article("urn:b", "Fyffes merges with Chiquita today")],
        )
        .await;
        let old = if kind == Kind::Postgres { "'\\x00'" } else { "x'00'" };
        database.sql(&format!("UPDATE article_profile SET profile = {old}")).await;
        database.sql("DELETE FROM article_relation").await;
        api::related::renew(&database.db).await.unwrap();
        update(&database.db, database.now).await.unwrap();
        assert_eq!(related(&database, "urn:a").await, similar(&["urn:b"]), "{kind:?}");
    }
}

#[tokio::test]
async fn the_sample_newsroom_has_something_sensible_to_read_next() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        load(&database.db, Load::Auto, database.now).await.unwrap();
        update(&database.db, database.now).await.unwrap();
        let document =
            "{ articles(first: 100) { nodes { slug language related { reason article { slug language } } } } }";
        let answer = ask(&database, document).await;
        let articles = answer["articles"]["nodes"].as_array().unwrap();
        let with = articles.iter().filter(|node| node["related"].as_array().unwrap().len() == 5).count();
        assert!(with >= articles.len() * 9 / 10, "{kind:?}: {with} of {}", articles.len());
        for node in articles {
            for related in node["related"].as_array().unwrap() {
                let computed = related["reason"] == "SHARED_TOPICS" || related["reason"] == "SIMILAR_TEXT";
                assert!(!computed || related["article"]["language"] == node["language"], "{kind:?}: {node}");
            }
        }
        let of = |slug: &str| {
            let node = articles.iter().find(|node| node["slug"] == slug).unwrap();
            let list = node["related"].as_array().unwrap().iter();
            list.map(|related| related["article"]["slug"].as_str().unwrap()).collect::<Vec<_>>()
        };
        let railway = of("freight-on-the-trans-siberian-railway");
        assert!(railway.contains(&"what-the-longest-railway-taught-travellers"), "{kind:?}: {railway:?}");
        let capital = of("how-kazakhstan-moved-its-capital");
        assert_eq!(capital[0], "how-astana-became-a-capital", "{kind:?}: {capital:?}");
    }
}
