//! Any bytes at all: whatever is sent, the answer is one that the protocol knows, and an error has a code.

use axum::{Router, body::Body};
use http_body_util::BodyExt as _;
use proptest::{prelude::*, sample::select};
use tower::ServiceExt as _;

use super::*;
use crate::support::{Kind, TestDb};

const QUERIES: [&str; 6] = [
    "{ hello }",
    "query Q($n: Int = 3) { number(value: $n) nodes(first: $n) { id node { id } } }",
    "{ filtered(filter: { words: [\"a\\u00e9\\n\", null], atMost: 2147483647 }) }",
    "fragment F on Query { ...G } fragment G on Query { hello @include(if: true) } { ...F }",
    "mutation { change }",
    "{ echo(text: \"\"\"block \\\"\"\" \u{1f600} \"\"\") __schema { types { name } } }",
];

fn router() -> Router {
    let settings = Settings { body_bytes: 4096, ..Settings::default() };
    let endpoint = Endpoint::new(toy::schema(), &toy::schema().sdl(), settings).expect("the SDL can be read");
    server::router(endpoint, &MEDIA, routes("database", async || true))
}

/// A body that was right before some of its bytes were changed, cut out or doubled.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let whole = (select(&QUERIES[..]), any::<i64>()).prop_map(|(query, number)| {
        json!({ "query": query, "variables": { "n": number, "x": [null, { "y": 1.5 }] }, "operationName": null })
            .to_string()
    });
    let changes = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..4_u8), 0..6);
    (whole, changes).prop_map(|(whole, changes)| {
        let mut bytes = whole.into_bytes();
        for (at, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => bytes.truncate(at),
                _ => {
                    let again = bytes[at..].to_vec();
                    bytes.extend(again);
                }
            }
        }
        bytes
    })
}

fn request() -> impl Strategy<Value = ::http::Request<Body>> {
    let method = select(vec!["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "QUERY"]);
    let path = prop_oneof![
        4 => Just("/graphql".to_owned()),
        2 => "/graphql\\?(query|variables|extensions|operationName|documentId|id)=[!-~]{0,60}(&[!-~]{0,40})?",
        1 => select(&QUERIES[..]).prop_map(|query| {
            let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
            format!("/graphql?query={query}")
        }),
        1 => "/[!-~]{0,30}",
    ];
    let name =
        select(vec!["accept", "content-type", "accept-encoding", "if-none-match", "content-length", "x-request-id"]);
    let value = prop_oneof![
        select(vec![
            "application/json",
            "application/graphql-response+json",
            "*/*;q=0",
            "gzip, br;q=0.1",
            "*",
            "text/plain"
        ])
        .prop_map(|value| value.as_bytes().to_vec()),
        proptest::collection::vec(0x20..=0xff_u8, 0..24),
    ];
    let headers = proptest::collection::vec((name, value), 0..4);
    let body = prop_oneof![4 => damaged(), 1 => proptest::collection::vec(any::<u8>(), 0..6_000)];
    (method, path, headers, body, any::<bool>()).prop_filter_map(
        "no request",
        |(method, path, headers, body, typed)| {
            let mut request = ::http::Request::builder().method(method).uri(path);
            if typed {
                request = request.header("content-type", JSON);
            }
            for (name, value) in headers {
                request = request.header(name, value);
            }
            request.body(Body::from(body)).ok()
        },
    )
}

#[test]
fn whatever_is_sent_is_answered_within_the_protocol() {
    const STATUSES: [u16; 12] = [200, 204, 304, 400, 404, 405, 406, 408, 413, 414, 415, 422];
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    let router = runtime.block_on(async { router() });
    proptest!(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() }, |(request in request())| {
        let shown = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
        let (is_head, path) = (request.method() == ::http::Method::HEAD, request.uri().path().to_owned());
        let (status, headers, body) = runtime.block_on(async {
            let response = router.clone().oneshot(request).await.expect("it never fails");
            let (parts, body) = response.into_parts();
            (parts.status.as_u16(), parts.headers, body.collect().await.expect("a body").to_bytes())
        });
        prop_assert!(STATUSES.contains(&status), "{status} for {shown}");
        prop_assert!(headers.contains_key("x-request-id"), "{shown}");
        if status >= 400 && !is_head && path == "/graphql" && !headers.contains_key("content-encoding") {
            let answer: Value = serde_json::from_slice(&body).expect("JSON");
            prop_assert!(answer["errors"][0]["extensions"]["code"].is_string(), "{answer} for {shown}");
            prop_assert!(answer.get("data").is_none(), "{answer} for {shown}");
        }
    });
}

#[test]
fn whatever_stands_for_a_cursor_or_an_id_is_read_or_refused() {
    let runtime = tokio::runtime::Runtime::new().expect("it starts");
    let database = runtime.block_on(TestDb::migrated(Kind::Sqlite));
    let (cursors, ids) = runtime.block_on(async {
        api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.expect("it is empty");
        let query =
            "{ articles(first: 20) { edges { cursor node { id } } } topics(first: 20) { edges { cursor node { id } } }
            search(query: \"lighthouse OR council\", first: 5) { edges { cursor } } }";
        let answer = database.answer(query, json!({})).await;
        let of = |pointer: fn(&Value) -> &Value| -> Vec<String> {
            let lists = ["articles", "topics", "search"].map(|name| answer["data"][name]["edges"].as_array());
            let edges = lists.into_iter().flatten().flatten();
            assert!(answer.get("errors").is_none(), "{answer}");
            edges.filter_map(|edge| pointer(edge).as_str().map(ToOwned::to_owned)).collect()
        };
        (of(|edge| &edge["cursor"]), of(|edge| &edge["node"]["id"]))
    });
    assert!(cursors.len() > 20 && ids.len() > 10, "{} and {}", cursors.len(), ids.len());
    let encoded = |text: String| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text);
    let changed = |known: Vec<String>| {
        (select(known), any::<proptest::sample::Index>(), any::<char>()).prop_map(|(text, at, letter)| {
            let mut letters: Vec<char> = text.chars().collect();
            let at = at.index(letters.len());
            letters[at] = letter;
            letters.into_iter().collect::<String>()
        })
    };
    let made = (
        select(vec!["articles", "topics", "search", "Article", "Topic", "Image", ""]),
        prop_oneof![
            any::<i64>().prop_map(|number| number.to_string()),
            "[ -~]{0,20}".prop_map(|text| format!("{text:?}"))
        ],
        any::<i64>(),
    );
    let made = made.prop_flat_map(move |(name, key, number)| {
        select(vec![
            encoded(format!("[\"{name}\",[{key},{number}]]")),
            encoded(format!("[\"{name}\",[]]")),
            encoded(format!("{name}:{number}")),
            encoded(format!("{name}:{key}")),
        ])
    });
    let texts = prop_oneof![
        2 => select(cursors.clone()),
        3 => changed(cursors),
        2 => changed(ids.clone()),
        1 => select(ids),
        3 => made,
        1 => any::<String>(),
        1 => "[A-Za-z0-9_-]{0,60}",
    ];
    let document = "query ($text: String!, $id: ID!) { articles(first: 2, after: $text) { nodes { slug } }
        back: articles(last: 2, before: $text) { nodes { slug } } topics(first: 2, after: $text) { nodes { slug } } search(query: \"council\", first: 2, after: $text) { edges { cursor } }
        feed(first: 2, after: $text) { days { date } } node(id: $id) { id } article(by: { id: $id }) { slug } }";
    proptest!(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() }, |(text in texts)| {
        let answer = runtime.block_on(database.answer(document, json!({ "text": text, "id": text })));
        for error in answer["errors"].as_array().into_iter().flatten() {
            prop_assert_eq!(&error["extensions"]["code"], "BAD_USER_INPUT", "{} for {:?}", answer, text);
        }
    });
}
