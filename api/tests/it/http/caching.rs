//! What caches between the server and a reader are told, and what clients need not be sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use api::document::Prepared;
use api::http::graphql::{Answer as Kept, Asked, Execute, Executed, Refusal};

use super::*;

/// Status, headers and bytes.
async fn fetch(
    server: &Server,
    query: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, reqwest::header::HeaderMap, Vec<u8>) {
    let request = headers
        .iter()
        .fold(server.get_with(&[("query", query)]), |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.expect("an answer");
    (response.status(), response.headers().clone(), response.bytes().await.expect("a body").to_vec())
}

#[tokio::test]
async fn the_smallest_hint_of_an_answer_counts() {
    let server = Server::start().await;
    for (query, expected) in [
        ("{ hello }", "public, max-age=30"),
        ("{ hello letters(count: 1) }", "public, max-age=5"),
        ("{ ...F } fragment F on Query { ... { a: hello b: letters(count: 1) } }", "public, max-age=5"),
        ("{ number(value: 1) }", "private, max-age=60"),
        ("{ hello number(value: 1) }", "private, max-age=30"),
        ("{ hello sleeps(milliseconds: 0) }", "public, no-cache"),
        ("{ echo(text: \"no hint\") }", "public, no-cache"),
    ] {
        let (status, headers, _) = fetch(&server, query, &[]).await;
        assert_eq!((status, headers["cache-control"].to_str().unwrap()), (StatusCode::OK, expected), "{query}");
        assert!(headers.contains_key("etag"));
    }
}

#[tokio::test]
async fn errors_and_posts_are_not_stored() {
    let server = Server::start().await;
    for query in ["{ hello refuses }", "{ refusesHard }", "{ nothing }", "{", "{ hello panics }", "mutation { change }"]
    {
        let (_, headers, _) = fetch(&server, query, &[("if-none-match", "*")]).await;
        assert_eq!((headers["cache-control"].to_str().unwrap(), headers.get("etag")), ("no-store", None), "{query}");
    }
    let answer = Answer::of(server.post().header("if-none-match", "*").json(&json!({ "query": "{ hello }" }))).await;
    assert_eq!(answer.data()["hello"], "hello");
    assert_eq!(
        (answer.header("cache-control"), answer.header("etag"), answer.header("vary")),
        ("no-store", "", "accept")
    );
}

#[tokio::test]
async fn an_answer_that_the_client_has_is_not_sent_again() {
    let server = Server::start().await;
    let query = "{ letters(count: 3000) }";
    for encoding in ["identity", "gzip", "br"] {
        let (_, headers, body) = fetch(&server, query, &[("accept-encoding", encoding)]).await;
        let tag = headers["etag"].to_str().unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "it is strong: {tag}");
        assert_eq!(headers.get("content-encoding").map_or("identity", |value| value.to_str().unwrap()), encoding);
        assert!(!body.is_empty());
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let (status, again, body) =
                fetch(&server, query, &[("accept-encoding", encoding), ("if-none-match", &known)]).await;
            assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
            for kept in ["etag", "cache-control", "vary"] {
                assert_eq!(again.get(kept), headers.get(kept), "{kept}");
            }
            assert!(again.get("content-encoding").is_none() && again.get("content-type").is_none());
        }
    }
}

#[tokio::test]
async fn other_bytes_have_another_entity_tag() {
    let server = Server::start().await;
    let mut tags = Vec::new();
    for accept in [JSON, GRAPHQL_RESPONSE] {
        for encoding in ["identity", "gzip", "br"] {
            for query in ["{ letters(count: 3000) }", "{ letters(count: 3001) }"] {
                let request = server.get_with(&[("query", query)]);
                let request = request.header("accept-encoding", encoding);
                // A header that is set twice is a list.
                let request = if accept == JSON {
                    request.header("accept", "application/json;q=1, application/graphql-response+json;q=0")
                } else {
                    request
                };
                let response = request.send().await.unwrap();
                tags.push((response.headers()["etag"].clone(), response.headers()["content-type"].clone()));
            }
        }
    }
    let different: std::collections::HashSet<_> = tags.iter().map(|(tag, _)| tag).collect();
    assert!(different.len() >= 6, "{tags:?}");
    let again = fetch(&server, "{ letters(count: 3000) }", &[("accept-encoding", "identity")]).await;
    let other = fetch(
        &server,
        "{ letters(count: 3001) }",
        &[("accept-encoding", "identity"), ("if-none-match", again.1["etag"].to_str().unwrap())],
    )
    .await;
    assert_eq!(other.0, StatusCode::OK);
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let server = Server::start().await;
    let url = server.url("/graphql?query={hello}");
    let get = server.client.get(&url).send().await.unwrap();
    let head = server.client.head(&url).send().await.unwrap();
    for name in ["etag", "cache-control", "vary", "content-type", "content-length"] {
        assert_eq!(head.headers().get(name), get.headers().get(name), "{name}");
    }
    let tag = head.headers()["etag"].clone();
    assert_eq!(head.bytes().await.unwrap().len(), 0);
    let again = server.client.head(&url).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_may_depend_on_who_asks_is_private() {
    let server = Server::start().await;
    let (_, headers, _) = fetch(&server, "{ hello }", &[]).await;
    assert_eq!(headers["vary"], "accept, authorization");
    let (_, headers, _) = fetch(&server, "{ hello }", &[("authorization", "Bearer x")]).await;
    assert_eq!(headers["cache-control"], "private, max-age=30");
}

#[tokio::test]
async fn the_setting_bounds_the_time() {
    let server = Server::with(Settings { max_age: Duration::ZERO, ..Settings::default() }, async || true).await;
    let (_, headers, _) = fetch(&server, "{ hello }", &[]).await;
    assert_eq!(headers["cache-control"], "public, no-cache");
    assert!(headers.contains_key("etag"));
}

#[tokio::test]
async fn developers_are_told_where_the_time_went() {
    let server = Server::start().await;
    let quiet = Answer::of(server.post().json(&json!({ "query": "{ hello }" }))).await;
    assert_eq!(quiet.header("server-timing"), "");
    let asked = Answer::of(server.post().header("server-timing", "1").json(&json!({ "query": "{ hello }" }))).await;
    let timing = asked.header("server-timing");
    assert!(timing.starts_with("document;dur=0.") && timing.contains("desc=\"known\""), "{timing}");
    assert!(timing.contains("execute;dur=") && timing.contains("db;dur=0.000;desc=\"0 statements\""), "{timing}");
    let server = Server::with(Settings { server_timing: true, ..Settings::default() }, async || true).await;
    let always = server.query("{ hello }").await;
    assert!(always.header("server-timing").contains("desc=\"new\""), "{}", always.header("server-timing"));
}

/// A schema with a cache of answers in front of it, as small as one can be.
struct Remembering {
    schema: toy::Toy,
    kept: tokio::sync::Mutex<Option<(api::document::Hash, Kept)>>,
    run: Arc<AtomicU64>,
}

impl Execute for Remembering {
    async fn execute(&self, request: async_graphql::Request, document: &Arc<Prepared>) -> Executed {
        self.run.fetch_add(1, Ordering::Relaxed);
        let tags = vec!["toy:1".to_owned(), "toys".to_owned()];
        Executed { tags, ..Execute::execute(&self.schema, request, document).await }
    }

    async fn answer(
        &self,
        asked: &Asked,
        run: impl Future<Output = Result<Kept, Refusal>> + Send,
    ) -> Result<Kept, Refusal> {
        let mut kept = self.kept.lock().await;
        match &*kept {
            Some((key, answer)) if *key == asked.key() => {
                let mut kept = answer.clone();
                kept.age = Some(Duration::from_secs(7));
                Ok(kept)
            }
            _ => {
                let answer = run.await?;
                *kept = Some((asked.key(), answer.clone()));
                Ok(answer)
            }
        }
    }
}

#[tokio::test]
async fn an_answer_out_of_a_cache_has_its_age_and_tags() {
    let run = Arc::new(AtomicU64::new(0));
    let remembering = Remembering { schema: toy::schema(), kept: Default::default(), run: Arc::clone(&run) };
    let server = Server::of(remembering, Settings::default(), async || true).await;
    let query = "query ($t: String! = \"y\") { hello letters(count: 2) echo(text: $t) }";
    let (_, fresh, body) = fetch(&server, query, &[]).await;
    assert_eq!((fresh.get("age"), fresh["surrogate-key"].to_str().unwrap()), (None, "toy:1 toys"));
    assert_eq!(fresh["cache-tag"], "toy:1,toys");
    let (_, kept, again) = fetch(&server, query, &[]).await;
    assert_eq!((kept["age"].to_str().unwrap(), kept["etag"].clone()), ("7", fresh["etag"].clone()));
    assert_eq!((body, run.load(Ordering::Relaxed)), (again, 1));

    let by_post = server.query_with(query, json!({ "unused": 1 })).await;
    assert_eq!(by_post.header("cache-control"), "no-store");
    assert_eq!(run.load(Ordering::Relaxed), 1, "variables that the operation does not have change nothing");
    server.query_with(query, json!({ "t": "x" })).await.data();
    assert_eq!(run.load(Ordering::Relaxed), 2);
    for _ in 0..2 {
        server.query("mutation { change }").await.data();
    }
    assert_eq!(run.load(Ordering::Relaxed), 4, "mutations are always run");
    let cost = json!({ "query": query, "variables": { "t": "x" }, "extensions": { "cost": true } });
    assert!(server.send(cost.to_string()).await.body["extensions"]["cost"].is_object());
    assert!(server.query_with(query, json!({ "t": "x" })).await.body.get("extensions").is_none());
}
