//! Tokens from the command line to a request, and what is answered when one is wrong.

use std::{path::Path, process::Output};

use chrono::TimeDelta;
use sea_orm::EntityTrait as _;

use super::*;
use crate::support::Kind;

const QUERY: &str = "{ sections { slug } }";

async fn newsgraph(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_newsgraph");
    tokio::process::Command::new(program).current_dir(folder).env_clear().args(arguments).output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn a_token_is_made_listed_rotated_and_revoked_on_the_command_line_and_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| {
        let run = newsgraph(folder.path(), arguments).await;
        (run.status.code(), text(&run.stdout), text(&run.stderr))
    };
    let (code, made, said) =
        run(&["token", "create", "cms", "--scope", "ingest,read:drafts", "--expires", "90d"]).await;
    assert_eq!(code, Some(0), "{said}");
    let secret = made.trim();
    assert!(secret.starts_with("ng_") && secret.len() == 46, "{made}");
    assert_eq!(said.matches("ng_").count(), 0, "{said}");

    let (code, _, said) = run(&["token", "create", "cms", "--scope", "ingest"]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("a token has the name `cms` already"), "{said}");
    let (code, unscoped, said) = run(&["token", "create", "static build"]).await;
    assert!(code == Some(0) && unscoped.starts_with("ng_"), "a token needs no scope: {said}");
    assert_eq!(run(&["token", "revoke", "static build"]).await.0, Some(0));
    let (code, _, said) = run(&["token", "create", "other", "--scope", "everything"]).await;
    assert_eq!(code, Some(2));
    assert!(said.contains("read:public, read:drafts, write:articles, curate, ingest, record:reads, admin"), "{said}");

    let (_, rotated, said) = run(&["token", "rotate", "cms", "--overlap", "1h"]).await;
    assert!(rotated.starts_with("ng_") && rotated.trim() != secret, "{said}");
    let (_, listed, _) = run(&["token", "list", "--json"]).await;
    let tokens: Value = serde_json::from_str(&listed).unwrap();
    let states: Vec<_> = tokens.as_array().unwrap().iter().map(|token| (&token["prefix"], &token["state"])).collect();
    assert_eq!(
        states,
        [
            (&json!(secret[..11]), &json!("active")),
            (&json!(rotated[..11]), &json!("active")),
            (&json!(unscoped[..11]), &json!("revoked"))
        ]
    );
    assert_eq!(tokens[1]["scopes"], json!(["read:drafts", "ingest"]));
    let lifetime = |token: &Value| {
        let time = |name: &str| token[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        time("expiresAt") - time("createdAt")
    };
    assert_eq!(lifetime(&tokens[1]), TimeDelta::days(90));
    assert!(lifetime(&tokens[0]) < TimeDelta::hours(2));
    let (_, table, _) = run(&["token", "list"]).await;
    assert!(!table.contains(secret) && !listed.contains(secret), "the secret is never shown again");

    let (code, _, _) = run(&["token", "revoke", "cms"]).await;
    assert_eq!(code, Some(0));
    for arguments in [["token", "revoke", "cms"], ["token", "rotate", "cms"]] {
        let (code, _, said) = run(&arguments).await;
        assert_eq!(code, Some(1));
        assert!(said.contains("no token that can be used has the name `cms`"), "{said}");
    }
    let (_, table, _) = run(&["token", "list"]).await;
    assert_eq!(table.matches("revoked, made").count(), 3, "{table}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_hash_is_kept_and_the_last_use_is_noted() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let secret = token(&database, &[Scope::Ingest]).await;
        let server = Server::start(&database).await;
        assert_eq!(server.query(QUERY, Some(&secret)).await.status, StatusCode::OK);
        let read = async || entity::api_token::Entity::find().one(&database.db).await.unwrap().unwrap();
        let mut row = read().await;
        while row.last_used_at.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            row = read().await;
        }
        let kept = format!("{row:?}");
        assert!(!kept.contains(&secret[11..]), "{kept}");
        let noted = row.last_used_at;
        assert_eq!(server.query(QUERY, Some(&secret)).await.status, StatusCode::OK);
        assert_eq!(read().await.last_used_at, noted, "once a minute is enough");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_expired_or_revoked_token_is_refused_and_never_taken_for_the_public() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let now = api::now();
        let make = async |name: &str, made: chrono::DateTime<chrono::Utc>| {
            let scopes = access::Scopes::named("ingest");
            let secret = token::create(&database.db, name, &scopes, Some(TimeDelta::hours(1)), made).await.unwrap();
            secret.reveal().to_owned()
        };
        let good = make("good", now).await;
        let expired = make("expired", now - TimeDelta::hours(2)).await;
        let revoked = make("revoked", now).await;
        token::revoke(&database.db, "revoked", now).await.unwrap();
        let before = make("rotated", now).await;
        let rotated = token::rotate(&database.db, "rotated", None, TimeDelta::zero(), now).await.unwrap();
        let server = Server::start(&database).await;
        assert_eq!(server.query(QUERY, Some(&good)).await.status, StatusCode::OK);
        assert_eq!(server.query(QUERY, Some(rotated.reveal())).await.status, StatusCode::OK);
        let unknown = format!("ng_{}", "A".repeat(43));
        for wrong in [&expired, &revoked, &before, &unknown, "ng_", "ng_x'; DROP TABLE api_token", "a.b.c", ""] {
            let answer = server.query(QUERY, Some(wrong)).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (401, "UNAUTHENTICATED"), "{wrong}: {answer:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer realm=\"newsgraph\", error="), "{answer:?}");
            assert!(wrong.len() < 5 || !answer.body.to_string().contains(wrong), "{answer:?}");
            assert!(answer.body.get("data").is_none());
        }
        let raw = |value: &str| server.post("/graphql").header("authorization", value).json(&json!({ "query": QUERY }));
        assert_eq!(Answer::of(raw(&good)).await.status, StatusCode::UNAUTHORIZED, "the scheme is missing");
        let twice = raw(&format!("Bearer {good}")).header("authorization", "Bearer x");
        assert_eq!(Answer::of(twice).await.status, StatusCode::UNAUTHORIZED);
        let of_a_proxy = Answer::of(raw("Basic dXNlcjpwYXNz")).await;
        assert_eq!((of_a_proxy.status, of_a_proxy.header("cache-control")), (StatusCode::OK, "no-store"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_is_refused_by_a_running_server_within_seconds() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let secret = token(&database, &[Scope::Admin]).await;
    let server = Server::start(&database).await;
    assert_eq!(server.query(QUERY, Some(&secret)).await.status, StatusCode::OK);
    token::revoke(&database.db, "test admin", api::now()).await.unwrap();
    let mut answer = server.query(QUERY, Some(&secret)).await;
    for _ in 0..200 {
        if answer.status == StatusCode::UNAUTHORIZED {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        answer = server.query(QUERY, Some(&secret)).await;
    }
    assert_eq!(answer.code(), "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_of_feeds_is_for_those_who_look_after_them() {
    const FEEDS: &str = "{ feeds(first: 1) { totalCount pageInfo { endCursor hasNextPage }
        nodes { name url defaultSection lastStatus lastError lastVisitedAt failures paused nextVisitAt } } }";
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database
            .sql("INSERT INTO feed (name, url, mapping, time_zone, next_visit_at, last_visit_at, last_error, failures) VALUES
                ('B', 'https://b.example.org/', '{}', 'UTC', '2026-03-01T00:00:00+00:00', NULL, NULL, 0),
                ('A', 'https://user:secret@a.example.org/feed', '{}', 'UTC', '2026-03-01T00:00:00+00:00', '2026-02-28T23:00:00+00:00',
                 'https://user:secret@a.example.org/feed: the server answered 500', 2)")
            .await;
        let server = Server::start(&database).await;
        let others = token(&database, &[Scope::ReadDrafts, Scope::RecordReads, Scope::Curate]).await;
        for viewer in [None, Some(others.as_str())] {
            let refused = server.query(FEEDS, viewer).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (200, "FORBIDDEN"), "{refused:?}");
            assert_eq!(refused.body["errors"][0]["extensions"]["scope"], "ingest");
            assert_eq!(refused.body["data"], json!({ "feeds": null }));
        }
        let ingest = token(&database, &[Scope::Ingest]).await;
        let answer = server.query(FEEDS, Some(&ingest)).await;
        let feeds = &answer.body["data"]["feeds"];
        let expected = json!([{
            "name": "A", "url": "https://a.example.org/feed", "defaultSection": null, "lastStatus": "FAILED",
            "lastError": "https://a.example.org/feed: the server answered 500", "lastVisitedAt": "2026-02-28T23:00:00Z",
            "failures": 2, "paused": false, "nextVisitAt": "2026-03-01T00:00:00Z",
        }]);
        assert_eq!((&feeds["nodes"], &feeds["totalCount"]), (&expected, &json!(2)), "{answer:?}");
        assert_eq!(answer.header("cache-control"), "private, no-store");
        let admin = token(&database, &[Scope::Admin]).await;
        let cursor = feeds["pageInfo"]["endCursor"].as_str().unwrap();
        let rest = server.query(&FEEDS.replace("first: 1", &format!("after: \"{cursor}\"")), Some(&admin)).await;
        assert_eq!(rest.body["data"]["feeds"]["nodes"][0]["lastStatus"], "NOT_VISITED", "{rest:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_only_identifies_shares_the_publics_answers_and_has_limits_of_its_own() {
    const PAGE: &str = "{ sections { slug } articles(first: 3) { nodes { slug } } }";
    for kind in Kind::BOTH {
        let database = crate::article_page::newsroom(kind, 3).await;
        database.sql("UPDATE article SET status = 'withheld' WHERE id = 2").await;
        let [nothing, public, ingest] = [
            token(&database, &[]).await,
            token(&database, &[Scope::ReadPublic]).await,
            token(&database, &[Scope::Ingest]).await,
        ];
        let limits = api::http::limiter::Settings { per_minute: 60, burst: 300, per_minute_of_token: 600_000 };
        let server = Server::limited(&database, &limits).await;
        let get = async |token: Option<&str>, known: &str| {
            let address =
                format!("/graphql?query={}", url::form_urlencoded::byte_serialize(PAGE.as_bytes()).collect::<String>());
            let request = server.http.get(server.url(&address)).header("accept", "application/json");
            let request = if known.is_empty() { request } else { request.header("if-none-match", known) };
            Answer::of(if let Some(token) = token { request.bearer_auth(token) } else { request }).await
        };
        let mut first = get(None, "").await;
        while first.header("cache-status") != "Newsgraph; hit" {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            first = get(None, "").await;
        }
        assert_eq!(first.status, StatusCode::OK, "{first:?}");
        for token in [&nothing, &public] {
            let answer = get(Some(token), "").await;
            assert_eq!(answer.body, first.body, "{kind:?}");
            assert!(!answer.body.to_string().contains("\"article-2\""), "{kind:?}: {answer:?}");
            for header in ["cache-control", "etag", "surrogate-key"] {
                assert_eq!(answer.header(header), first.header(header), "{header}: {answer:?}");
            }
            assert!(answer.header("cache-control").starts_with("public, max-age="), "{answer:?}");
            assert_eq!(answer.header("cache-status"), "Newsgraph; hit", "it is kept for all");
            // Other tokens are answered with more, so a cache tells them apart.
            let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|vary| vary.to_str().unwrap()).collect();
            assert!(vary.iter().any(|vary| vary.contains("authorization")), "{vary:?}");
            assert_eq!(get(Some(token), first.header("etag")).await.status, StatusCode::NOT_MODIFIED);
        }
        let private = get(Some(&ingest), "").await;
        assert_eq!((private.header("cache-control"), private.header("cache-status")), ("private, no-store", ""));
        // The address is at its limit; who says who they are is not.
        let mut number = 0;
        while server.query(&format!("{{ a{number}: __typename }}"), None).await.status != StatusCode::TOO_MANY_REQUESTS
        {
            number += 1;
        }
        for token in [&nothing, &public] {
            for _ in 0..20 {
                assert_eq!(server.query(PAGE, Some(token)).await.status, StatusCode::OK);
            }
            // It allows nothing.
            let feeds = server.query("{ feeds { totalCount } }", Some(token)).await;
            assert_eq!((feeds.code(), &feeds.body["data"]), ("FORBIDDEN", &json!({ "feeds": null })));
            let import = Answer::of(server.post("/import").bearer_auth(token).body("{}")).await;
            assert_eq!(import.status, StatusCode::FORBIDDEN);
        }
    }
}
