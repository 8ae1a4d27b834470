//! What a token may change by `POST /import`, and who sees whose an item is.

use super::*;
use crate::support::Kind;

async fn bound(database: &TestDb, name: &str, sources: &[&str]) -> String {
    let sources: Vec<String> = sources.iter().map(|source| (*source).to_owned()).collect();
    let scopes = [Scope::Ingest].into_iter().collect();
    token::create_bound(&database.db, name, &scopes, &sources, None, api::now()).await.unwrap().reveal().to_owned()
}

fn line(uri: &str, headline: &str, version: i64) -> String {
    json!({ "type": "article", "uri": uri, "headline": headline, "version": version, "publishedAt": "2026-01-01T00:00:00Z",
        "leadImage": { "uri": format!("{uri}/image") } })
    .to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_changes_what_it_or_its_source_brought_and_an_editor_everything() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let server = Server::start(&database).await;
        let (own, wire) = (bound(&database, "own", &[]).await, bound(&database, "wire", &["Wire"]).await);
        let (again, other) = (bound(&database, "wire-2", &["Wire"]).await, bound(&database, "other", &["Other"]).await);
        let editor = token(&database, &[Scope::Ingest, Scope::WriteArticles]).await;
        let send =
            async |token: &str, body: String| Answer::of(server.post("/import").bearer_auth(token).body(body)).await;
        for (secret, uri) in [(&own, "urn:own"), (&wire, "urn:wire"), (&other, "urn:other"), (&editor, "urn:editor")] {
            let answer = send(secret, line(uri, "First", 1)).await;
            assert_eq!((answer.status, &answer.body["new"]), (StatusCode::OK, &json!(1)), "{answer:?}");
        }
        for (secret, uri, owner) in [
            (&own, "urn:wire", "`source:Wire`"),
            (&own, "urn:editor", "`newsroom`"),
            (&wire, "urn:own", "`token:own`"),
            (&wire, "urn:other", "`source:Other`"),
            (&other, "urn:wire", "`source:Wire`"),
        ] {
            let answer = send(secret, line(uri, "Taken", 9)).await;
            assert_eq!((answer.status.as_u16(), &answer.body["refused"]), (403, &json!(1)), "{kind:?} {answer:?}");
            let told = &answer.body["report"][0];
            assert_eq!((&told["outcome"], &told["item"]), (&json!("refused"), &json!(uri)));
            assert!(told["message"].as_str().unwrap().contains(owner), "{told}");
        }
        assert_eq!(send(&again, line("urn:wire", "Second", 2)).await.body["updated"], 1, "tokens share a source");
        let mixed = [line("urn:own", "Second", 2), line("urn:editor", "Taken", 9)].join("\n");
        let mixed = send(&own, mixed).await;
        let came = (mixed.status, &mixed.body["updated"], &mixed.body["refused"]);
        assert_eq!(came, (StatusCode::OK, &json!(1), &json!(1)), "{mixed:?}");

        let query = "{ articles { nodes { uri owner { kind name } leadImage { owner { kind name } } } } }";
        let public = server.query(query, None).await;
        let nodes = public.body["data"]["articles"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 4);
        assert!(nodes.iter().all(|node| node["owner"].is_null() && node["leadImage"]["owner"].is_null()), "{public:?}");
        let reader = token(&database, &[Scope::ReadDrafts]).await;
        let shown = server.query(query, Some(&reader)).await;
        for (uri, kind, name) in [
            ("urn:own", "TOKEN", json!("own")),
            ("urn:wire", "SOURCE", json!("Wire")),
            ("urn:editor", "NEWSROOM", Value::Null),
        ] {
            let nodes = shown.body["data"]["articles"]["nodes"].as_array().unwrap();
            let node = nodes.iter().find(|node| node["uri"] == uri).unwrap();
            let owner = json!({ "kind": kind, "name": name });
            assert_eq!((&node["owner"], &node["leadImage"]["owner"]), (&owner, &owner), "{shown:?}");
        }
        let taken = send(&editor, line("urn:wire", "Taken over", 1)).await;
        assert_eq!((&taken.body["updated"], &taken.body["refused"]), (&json!(1), &json!(0)), "{taken:?}");
        assert_eq!(send(&wire, line("urn:wire", "Back", 10)).await.status.as_u16(), 403);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_json_does_not_bring_back_a_picture_that_the_newsroom_holds_back() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let server = Server::start(&database).await;
        let editor = token(&database, &[Scope::Ingest, Scope::Admin]).await;
        let ingest = token(&database, &[Scope::Ingest]).await;
        let send = async |token: &str, body: Value| {
            Answer::of(server.post("/import?format=jsonl").bearer_auth(token).body(body.to_string())).await
        };
        let held_back = json!({ "type": "image", "uri": "urn:p", "version": 1, "status": "withheld" });
        assert_eq!(send(&editor, held_back).await.body["new"], 1);
        let back = send(&ingest, json!({ "type": "image", "uri": "urn:p", "version": 2 })).await;
        assert_eq!((back.status.as_u16(), &back.body["refused"]), (403, &json!(1)), "{back:?}");
        let shows = json!({ "type": "article", "uri": "urn:a", "headline": "Theirs", "leadImage": { "uri": "urn:p",
            "status": "usable", "version": 3, "caption": "Theirs" } });
        let shows = send(&ingest, shows).await;
        assert_eq!((&shows.body["new"], &shows.body["refused"]), (&json!(1), &json!(0)), "{shows:?}");
        let said = shows.body["report"].as_array().unwrap();
        assert!(said.iter().any(|line| line["at"] == "image `urn:p`" && line["outcome"] == "warning"), "{shows:?}");
        let answer = server.query("{ article(by: { uri: \"urn:a\" }) { headline leadImage { url } } }", None).await;
        assert_eq!(answer.body["data"]["article"], json!({ "headline": "Theirs", "leadImage": null }), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newsrooms_own_settings_need_the_scope_of_each_part() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let server = Server::start(&database).await;
        let send = async |scopes: &[Scope], parts: Value| {
            let secret = token(&database, scopes).await;
            let mut document = json!({ "format": "newsgraph-newsroom" });
            document.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
            let answer = Answer::of(server.post("/import").bearer_auth(&secret).body(document.to_string())).await;
            token::revoke(
                &database.db,
                &format!("test {}", scopes.iter().copied().collect::<access::Scopes>()),
                api::now(),
            )
            .await
            .unwrap();
            answer
        };
        let article = line("urn:a", "A", 1);
        let secret = token(&database, &[Scope::Ingest]).await;
        Answer::of(server.post("/import").bearer_auth(&secret).body(article)).await;
        token::revoke(&database.db, "test ingest", api::now()).await.unwrap();
        let sections = json!({ "sections": [{ "slug": "news", "name": "Renamed", "position": 1 }] });
        let sources = json!({ "sources": [{ "slug": "reuters", "name": "Reuters", "url": "https://evil.example/" }] });
        let places = json!({ "places": [{ "name": "Seoul" }] });
        let topics = json!({ "topics": [{ "name": "Energy" }] });
        let top = json!({ "topStories": [{ "items": [{ "article": "urn:a" }] }] });
        let headlines = json!({ "externalHeadlines": [{ "placement": "PARTNER_NEWS", "headline": "H", "url": "https://x.example/",
            "sourceName": "X" }] });
        let reads = json!({ "reads": [{ "article": "urn:a", "at": "2026-01-01T00:00:00Z", "count": 9 }] });
        for (parts, scope, name) in [
            (&sections, Scope::Admin, "admin"),
            (&sources, Scope::Admin, "admin"),
            (&places, Scope::Admin, "admin"),
            (&topics, Scope::Admin, "admin"),
            (&top, Scope::Curate, "curate"),
            (&headlines, Scope::Curate, "curate"),
            (&reads, Scope::RecordReads, "record:reads"),
        ] {
            let others: Vec<Scope> = [Scope::Ingest, Scope::WriteArticles, Scope::Curate, Scope::RecordReads]
                .into_iter()
                .filter(|other| *other != scope)
                .collect();
            let refused = send(&others, parts.clone()).await;
            assert_eq!((refused.status.as_u16(), &refused.body["refused"]), (403, &json!(1)), "{kind:?} {refused:?}");
            let told = &refused.body["report"][0];
            assert!(parts.get(told["at"].as_str().unwrap()).is_some(), "{told}");
            assert!(told["message"].as_str().unwrap().contains(&format!("`{name}`")), "{told}");
            let saved = send(&[Scope::Ingest, scope], parts.clone()).await;
            assert_eq!((saved.status, &saved.body["refused"]), (StatusCode::OK, &json!(0)), "{saved:?}");
        }
        // Of a document of which one part is refused nothing is saved.
        let both = json!({ "topStories": [{ "items": [] }], "sections": sections["sections"] });
        assert_eq!(send(&[Scope::Ingest, Scope::Curate], both).await.status.as_u16(), 403);
        let kept = server.query("{ topStories { article { uri } } }", None).await;
        assert_eq!(kept.body["data"]["topStories"], json!([{ "article": { "uri": "urn:a" } }]), "{kept:?}");
    }
}

#[tokio::test]
async fn terms_that_no_editor_sends_are_public_with_the_first_article_that_has_them() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let server = Server::start(&database).await;
        let [ingest, editor] =
            [token(&database, &[Scope::Ingest]).await, token(&database, &[Scope::Ingest, Scope::Admin]).await];
        let send = async |secret: &str, line: Value| {
            let answer =
                Answer::of(server.post("/import?format=jsonl").bearer_auth(secret).body(line.to_string())).await;
            assert_eq!(answer.body["failed"], 0, "{kind:?} {answer:?}");
        };
        let known = async || {
            let answer = server.query("{ topics { nodes { name } } places { name } }", None).await;
            let names = |of: &Value| -> Vec<String> {
                of.as_array().unwrap().iter().map(|term| term["name"].as_str().unwrap().to_owned()).collect()
            };
            [names(&answer.body["data"]["topics"]["nodes"]), names(&answer.body["data"]["places"])].concat()
        };
        send(&ingest, json!({ "type": "topic", "name": "Merger", "qcode": "x:1" })).await;
        send(&ingest, json!({ "type": "place", "name": "Springfield" })).await;
        assert!(known().await.is_empty(), "{kind:?}");
        let mut article: Value = serde_json::from_str(&line("urn:a", "A", 1)).unwrap();
        article["topics"] = json!([{ "name": "Merger", "qcode": "x:1" }]);
        send(&ingest, article).await;
        assert_eq!(known().await, ["Merger"], "{kind:?}");
        send(&editor, json!({ "type": "place", "name": "Springfield" })).await;
        assert_eq!(known().await, ["Merger", "Springfield"], "{kind:?}");
    }
}

#[tokio::test]
async fn a_token_that_may_change_everything_is_not_bound_to_a_source() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let sources = ["Wire".to_owned()];
        for scopes in [vec![Scope::Ingest, Scope::WriteArticles], vec![Scope::Admin], vec![Scope::ReadDrafts]] {
            let scopes = scopes.into_iter().collect();
            let refused = token::create_bound(&database.db, "x", &scopes, &sources, None, api::now()).await;
            assert!(refused.is_err_and(|why| why.to_string().contains("bound to sources")));
        }
        bound(&database, "wire", &["Wire", "Sport"]).await;
        token::rotate(&database.db, "wire", None, chrono::TimeDelta::zero(), api::now()).await.unwrap();
        let tokens = token::list(&database.db).await.unwrap();
        assert!(token::table(&tokens, api::now(), false).contains("bound to Wire, Sport"));
        let listed: Value = serde_json::from_str(&token::table(&tokens, api::now(), true)).unwrap();
        assert_eq!(listed[1]["sources"], json!(["Wire", "Sport"]), "a new secret is bound, too");
    }
}
