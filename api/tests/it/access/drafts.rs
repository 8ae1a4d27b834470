//! What is not public: seen by holders of `read:drafts` in lists and by key, and by nobody else.

use super::*;
use crate::{
    article_page::newsroom,
    support::{Kind, seen_by_all},
};

const LISTS: &str = r#"{
    articles(first: 100) { totalCount nodes { slug pubStatus } }
    feed(first: 100) { days { articles { slug } } }
    section(slug: "section-1") { articles(first: 100) { nodes { slug } } }
    search(query: "headline", first: 100) { totalCount nodes { slug } }
    suggest(prefix: "headl", first: 100) { slug }
    galleries(first: 100) { totalCount nodes { slug } }
    topStories { article { slug } }
    filterOptions { genres { count } }
    now: mostRead(window: NOW) { entries { article { slug } } }
    first: article(by: { slug: "article-1" }) { related(first: 20) { article { slug } } galleries { slug } }
}"#;

async fn hide(database: &TestDb) {
    let time = |minutes: i64| {
        (api::now() + chrono::TimeDelta::minutes(minutes)).to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
    };
    for (id, change) in [
        (2, "status = 'withheld'".to_owned()),
        (3, format!("embargoed_until = '{}'", time(60))),
        (4, format!("expires_at = '{}'", time(-60))),
        (5, format!("published_at = '{}'", time(60))),
        (6, "status = 'canceled'".to_owned()),
    ] {
        database.sql(&format!("UPDATE article SET {change} WHERE id = {id}")).await;
    }
    database.sql("UPDATE gallery SET status = 'withheld' WHERE id = 1").await;
    database.sql("UPDATE gallery SET status = 'canceled' WHERE id = 2").await;
    seen_by_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drafts_are_in_all_lists_of_those_who_may_read_them_and_in_none_of_others() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 3).await;
        let server = Server::start(&database).await;
        let whole = server.query(LISTS, None).await;
        hide(&database).await;
        let editor = token(&database, &[Scope::ReadDrafts]).await;
        let other = token(&database, &[Scope::Ingest, Scope::Curate, Scope::RecordReads, Scope::WriteArticles]).await;

        let public = server.query(LISTS, None).await;
        assert_eq!(public.body.get("errors"), None, "{public:?}");
        assert_eq!(server.query(LISTS, Some(&other)).await.body, public.body, "{kind:?}");
        for (slug, hidden) in (1..=7).map(|id| (format!("\"article-{id}\""), (2..=6).contains(&id))) {
            assert_eq!(public.body.to_string().contains(&slug), !hidden, "{kind:?} {slug}");
        }
        assert!(!public.body.to_string().contains("gallery-1\"") && !public.body.to_string().contains("gallery-2\""));

        let drafts = server.query(LISTS, Some(&editor)).await;
        let (seen, before) = (&drafts.body["data"], &whole.body["data"]);
        let total = |data: &Value, list: &str| data[list]["totalCount"].as_i64().unwrap();
        for list in ["articles", "search", "galleries"] {
            assert_eq!(total(seen, list), total(before, list) - 1, "{kind:?} {list}: all but what was killed");
        }
        assert_eq!(total(&public.body["data"], "articles"), total(before, "articles") - 5);
        for list in ["feed", "section", "suggest", "topStories"] {
            for id in 2..=3 {
                assert!(seen[list].to_string().contains(&format!("\"article-{id}\"")), "{kind:?} {list} {id}");
            }
            assert!(!seen[list].to_string().contains("\"article-6\""), "{kind:?} {list}");
        }
        assert_eq!(
            seen["articles"]["nodes"][0],
            json!({ "slug": "article-5", "pubStatus": "USABLE" }),
            "the future is first"
        );
        // What readers read, and what to read next, is the public's.
        for kept in ["now", "related"] {
            let of = |data: &Value| if kept == "now" { data["now"].clone() } else { data["first"]["related"].clone() };
            assert_eq!(of(seen), of(&public.body["data"]), "{kind:?} {kept}");
        }
        assert_eq!(drafts.header("cache-control"), "private, no-store");
        assert!(
            public.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("authorization")),
            "{public:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_editor_finds_by_key_also_what_was_killed_and_why_something_is_hidden() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 3).await;
        hide(&database).await;
        let server = Server::start(&database).await;
        let editor = token(&database, &[Scope::ReadDrafts]).await;
        let known = server.query("{ articles(first: 100) { nodes { slug } } }", Some(&editor)).await;
        assert!(known.body.to_string().contains("article-3"));
        let article = |id: i64| {
            format!(
                "{{ article(by: {{ slug: \"article-{id}\" }}) {{ id pubStatus headline embargoedUntil expiresAt body {{ text }} }} }}"
            )
        };
        for (id, status) in [(2, "WITHHELD"), (3, "USABLE"), (4, "USABLE"), (5, "USABLE"), (6, "CANCELED")] {
            assert_eq!(server.query(&article(id), None).await.body, json!({ "data": { "article": null } }), "{id}");
            let found = server.query(&article(id), Some(&editor)).await;
            let found = &found.body["data"]["article"];
            assert_eq!(found["pubStatus"], status, "{kind:?} {id}");
            assert_eq!(found["embargoedUntil"].is_string(), id == 3, "{found}");
            assert_eq!(found["expiresAt"].is_string(), id == 4, "{found}");
            let node = format!("{{ node(id: {}) {{ id }} nodes(ids: [{}]) {{ id }} }}", found["id"], found["id"]);
            assert_eq!(server.query(&node, Some(&editor)).await.body["data"]["node"]["id"], found["id"]);
            assert_eq!(server.query(&node, None).await.body, json!({ "data": { "node": null, "nodes": [null] } }));
        }
        let gallery = "{ gallery(slug: \"gallery-2\") { slug } }";
        assert_eq!(server.query(gallery, None).await.body["data"]["gallery"], Value::Null);
        assert_eq!(server.query(gallery, Some(&editor)).await.body["data"]["gallery"]["slug"], "gallery-2");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_that_are_held_back_are_seen_by_editors_and_those_that_were_killed_by_nobody() {
    const PICTURES: &str = "{
        article(by: { slug: \"article-1\" }) { leadImage { id pubStatus } body { blocks { ... on ImageBlock { image { pubStatus } } } }
            galleries { itemCount } }
        gallery(slug: \"gallery-1\") { itemCount leadImage { pubStatus } items { totalCount nodes { position image { pubStatus } } } } }";
    for kind in Kind::BOTH {
        let database = newsroom(kind, 3).await;
        let server = Server::start(&database).await;
        let editor = token(&database, &[Scope::ReadDrafts]).await;
        let before = server.query(PICTURES, None).await.body["data"].clone();
        assert_eq!(before["gallery"]["itemCount"], 3, "{before}");
        let node = format!("{{ node(id: {}) {{ id }} }}", before["article"]["leadImage"]["id"]);
        assert!(server.query(&node, None).await.body["data"]["node"].is_object());
        for (status, known) in [("withheld", true), ("canceled", false), ("usable", true)] {
            database.sql(&format!("UPDATE image SET status = '{status}' WHERE id = 1")).await;
            seen_by_all().await;
            for (viewer, sees) in [(None, status == "usable"), (Some(editor.as_str()), known)] {
                let found = server.query(PICTURES, viewer).await.body["data"].clone();
                let shown = if sees { json!(status.to_uppercase()) } else { Value::Null };
                assert_eq!(found["article"]["leadImage"]["pubStatus"], shown, "{kind:?} {status} {viewer:?}: {found}");
                assert_eq!(found["article"]["body"]["blocks"][1]["image"]["pubStatus"], shown, "{found}");
                assert_eq!(found["gallery"]["leadImage"]["pubStatus"], shown, "{found}");
                let count = if sees { 3 } else { 2 };
                assert_eq!(found["gallery"]["itemCount"], count, "{kind:?} {status} {viewer:?}: {found}");
                assert_eq!(found["article"]["galleries"][0]["itemCount"], count, "{found}");
                assert_eq!(found["gallery"]["items"]["totalCount"], count, "{found}");
                assert_eq!(found["gallery"]["items"]["nodes"].as_array().unwrap().len(), count, "{found}");
                let node = server.query(&node, viewer).await.body;
                assert_eq!((node["data"]["node"].is_object(), node.get("errors")), (sees, None), "{node}");
            }
        }
        assert_eq!(server.query(PICTURES, None).await.body["data"], before, "{kind:?}");
    }
}
