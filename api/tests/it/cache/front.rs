//! The front: what it answers is, byte for byte, what the layers and the handler behind it answer.

use api::{
    access::{self, Scope, token},
    app,
    cache::Cache,
};
use http::Method;

use super::*;

/// A server whose cache can be asked what it did.
struct Observed {
    server: Server,
    cache: Cache,
}

/// A request that can be sent again.
#[derive(Clone, Debug)]
struct Asked {
    method: Method,
    uri: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Status, headers and bytes.
type Response = (http::StatusCode, HeaderMap, Vec<u8>);

impl Observed {
    fn start(db: &DatabaseConnection) -> Self {
        let article_url = "https://www.example.org/news/{slug}".to_owned();
        let reads = api::reads::Reads::start(db.clone(), api::reads::Settings::default());
        let public_url = "http://newsgraph.test".to_owned();
        let cache = Settings::default();
        let settings = api::Settings { cache, ..api::Settings::new(public_url, article_url) };
        let origins = ["https://www.example.org".to_owned(), "https://m.example.org".to_owned()].into_iter().collect();
        let access = access::Settings { origins, ..Default::default() };
        let pools = app::Pools { requests: db.clone(), jobs: db.clone(), replicas: Default::default() };
        let options = app::Options { access, ..Default::default() };
        let (router, cache) = app::router_and_cache(pools, settings, reads, options).unwrap();
        Self { server: Server(router), cache: cache.expect("it is on") }
    }

    /// The answer to a request; `behind` has the front let it by.
    async fn send(&self, asked: &Asked, behind: bool) -> Response {
        let mut request = Request::builder().method(&asked.method).uri(&asked.uri).header("x-request-id", "as-sent");
        for (name, value) in &asked.headers {
            request = request.header(*name, value);
        }
        if behind {
            request = request.header("expect", "100-continue");
        }
        let request = request.body(Body::from(asked.body.clone())).unwrap();
        let response = self.server.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    /// The answer when the cache has come to rest, and whether the front gave it.
    async fn settled(&self, asked: &Asked, behind: bool) -> (Response, bool) {
        let mut last = None;
        for _ in 0..500 {
            let before = self.cache.counts().fronted;
            let answer = self.send(asked, behind).await;
            let fronted = self.cache.counts().fronted > before;
            let status = answer.1.get("cache-status").map(|status| status.to_str().unwrap().to_owned());
            // One that is compressed as it is sent does not say how long it is; soon it is kept compressed.
            let is_whole = answer.0 == http::StatusCode::NOT_MODIFIED || answer.1.contains_key("content-length");
            let is_kept = status.as_deref() == Some("Newsgraph; hit") && is_whole;
            let is_known = last.as_ref().is_some_and(|last| *last == answer);
            if fronted || (is_known && (behind && is_kept || status.is_none())) {
                return (answer, fronted);
            }
            // A machine that is busy with something else loses the thread for moments.
            tokio::time::sleep(Duration::from_millis(2)).await;
            last = Some(answer);
        }
        panic!("it does not come to rest: {asked:?}: {last:?}");
    }
}

fn post(headers: &[(&'static str, &str)], body: impl Into<String>) -> Asked {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let json = ("content-type", "application/json".to_owned());
    let headers = std::iter::once(json).chain(headers).collect();
    Asked { method: Method::POST, uri: "/graphql".to_owned(), headers, body: body.into() }
}

fn get(query: &str, headers: &[(&'static str, &str)]) -> Asked {
    let pairs = [("query", query)];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Asked { method: Method::GET, uri: format!("/graphql?{query}"), headers, body: String::new() }
}

fn head(query: &str, headers: &[(&'static str, &str)]) -> Asked {
    Asked { method: Method::HEAD, ..get(query, headers) }
}

const LIST: &str = "{ articles(first: 5) { nodes { slug headline standfirst publishedAt } } }";

/// Requests that the front answers when they are sent again.
fn kept() -> Vec<Asked> {
    let page = json!({
        "query": include_str!("../../queries/article/page.graphql"),
        "variables": { "slug": "article-1" },
    });
    let page = page.to_string();
    let two = "query ($a: Int, $b: String!) { articles(first: $a) { nodes { slug } } section(slug: $b) { name } }";
    let variables = |variables: &str| format!("{{\"query\":\"{two}\",\"variables\":{variables}}}");
    let hash = api::document::Hash::of(LIST).to_string();
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let list = json!({ "query": LIST }).to_string();
    vec![
        post(&[], &*page),
        post(&[("accept-encoding", "br")], &*page),
        post(&[("accept-encoding", "gzip")], &*page),
        post(&[("accept-encoding", "gzip;q=0.5, br;q=0.9, zstd")], &*page),
        post(&[("accept-encoding", "identity")], &*page),
        post(&[("accept", "*/*")], &*list),
        post(&[("accept", "application/graphql-response+json")], &*list),
        post(&[("accept", "application/json;q=0.2, application/graphql-response+json")], &*list),
        post(&[("accept", "application/json"), ("accept", "application/graphql-response+json;q=0.1")], &*list),
        post(&[("origin", "https://www.example.org")], &*list),
        post(&[("origin", "https://m.example.org")], &*list),
        post(&[("origin", "https://elsewhere.example")], &*list),
        post(&[("if-none-match", "*")], &*list),
        post(&[("user-agent", "x"), ("cookie", "a=b"), ("x-forwarded-for", "192.0.2.1")], &*list),
        post(&[], format!("\u{feff} {list} ")),
        post(&[], json!({ "query": LIST, "extensions": persisted }).to_string()),
        post(&[], json!({ "extensions": persisted }).to_string()),
        post(&[], json!({ "query": LIST, "extensions": { "other": 1 } }).to_string()),
        post(&[], variables(r#"{"a":2,"b":"section-1"}"#)),
        post(&[], variables(r#"{"b":"section-1","a":2}"#)),
        post(&[], variables(r#"{"b":"section-2","a":2,"unused":[1]}"#)),
        get(LIST, &[]),
        get(LIST, &[("accept-encoding", "br, gzip")]),
        get(LIST, &[("accept", "application/graphql-response+json")]),
        get(LIST, &[("if-none-match", "\"other\"")]),
        get(LIST, &[("if-none-match", "*")]),
        get(LIST, &[("origin", "https://www.example.org")]),
        head(LIST, &[]),
        head(LIST, &[("accept-encoding", "gzip")]),
        head(LIST, &[("if-none-match", "*")]),
    ]
}

/// Requests that go by the front, or come to nothing that is kept.
fn others() -> Vec<Asked> {
    let list = json!({ "query": LIST }).to_string();
    let mut others = vec![
        post(&[], ""),
        post(&[], "{"),
        post(&[], format!("[{list}]")),
        post(&[], r#"{"query":"{ sections { slug } }","query":"{ sections { name } }"}"#),
        post(&[], "x".repeat(200_000)),
        post(&[], json!({ "query": "{ nothing }" }).to_string()),
        post(&[], json!({ "query": "{ articles(first: 0) { nodes { slug } } }" }).to_string()),
        post(&[], json!({ "query": LIST, "extensions": { "cost": true } }).to_string()),
        post(&[], json!({ "query": LIST, "extensions": { "dryRun": true } }).to_string()),
        post(
            &[],
            json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "0".repeat(64) } } }).to_string(),
        ),
        post(&[("accept", "text/html")], &*list),
        post(&[("content-encoding", "gzip")], &*list),
        post(&[("content-type", "text/plain")], &*list),
        post(&[("authorization", "Bearer ng_wrong")], &*list),
        get("mutation { recordReads(input: []) { accepted } }", &[]),
        get("{ nothing }", &[("if-none-match", "*")]),
    ];
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS] {
        others.push(Asked { method, ..get(LIST, &[("origin", "https://www.example.org")]) });
    }
    others.push(Asked { headers: Vec::new(), ..post(&[], &*list) });
    others.push(Asked { uri: "/graphql/".to_owned(), ..get(LIST, &[]) });
    others
}

fn same(front: &Response, behind: &Response, asked: &Asked) {
    let without = |headers: &HeaderMap| {
        let mut headers = headers.clone();
        headers.remove("cache-status");
        headers
    };
    assert_eq!(front.0, behind.0, "{asked:?}");
    assert_eq!(without(&front.1), without(&behind.1), "{asked:?}");
    assert_eq!(front.1["x-request-id"], "as-sent");
    assert!(front.2 == behind.2, "{asked:?}: {} and {} bytes", front.2.len(), behind.2.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_sent_again_are_answered_as_behind_the_front_and_as_without_a_cache() {
    for kind in Kind::BOTH {
        let (database, _, plain) = newsroom(kind).await;
        let observed = Observed::start(&database.db);
        for asked in kept() {
            let (behind, by) = observed.settled(&asked, true).await;
            assert!(!by, "{asked:?}");
            let (front, fronted) = observed.settled(&asked, false).await;
            assert!(fronted, "{kind:?}: {asked:?}: {front:?}");
            same(&front, &behind, &asked);
        }
        for asked in others() {
            let (behind, _) = observed.settled(&asked, true).await;
            let (front, fronted) = observed.settled(&asked, false).await;
            assert!(!fronted, "{kind:?}: {asked:?}");
            same(&front, &behind, &asked);
        }
        let uncached = plain.ask(LIST).await;
        let (cached, _) = observed.settled(&post(&[], json!({ "query": LIST }).to_string()), false).await;
        assert_eq!(uncached.bytes, cached.2, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_credentials_is_never_answered_as_one_without() {
    let (database, ..) = newsroom(Kind::Sqlite).await;
    let observed = Observed::start(&database.db);
    let scopes = [Scope::ReadDrafts].into_iter().collect();
    let secret = token::create(&database.db, "editor", &scopes, None, api::now()).await.unwrap();
    database.sql("UPDATE article SET status = 'withheld' WHERE id = 1").await;
    observed.cache.catch_up().await;
    let public = post(&[], json!({ "query": "{ article(by: { slug: \"article-1\" }) { slug } }" }).to_string());
    let (front, fronted) = observed.settled(&public, false).await;
    assert!(fronted && front.2.ends_with(b"{\"article\":null}}"), "{}", String::from_utf8_lossy(&front.2));
    let mut editor = public.clone();
    editor.headers.push(("authorization", format!("Bearer {}", secret.reveal())));
    for _ in 0..3 {
        let before = observed.cache.counts().fronted;
        let (_, headers, body) = observed.send(&editor, false).await;
        assert!(body.ends_with(b"{\"slug\":\"article-1\"}}}"), "{}", String::from_utf8_lossy(&body));
        assert_eq!(headers["cache-control"], "private, no-store");
        assert_eq!(observed.cache.counts().fronted, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_breaks_off_or_comes_too_slowly_is_refused_as_behind_the_front() {
    let (database, ..) = newsroom(Kind::Sqlite).await;
    let observed = Observed::start(&database.db);
    let broken = |behind: bool| {
        let parts = [Ok("{\"query\":"), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures_util::stream::iter(parts));
        // It says how long it is, as the body of a connection does.
        let body = Body::new(Declared { body, length: 40 });
        let request = Request::post("/graphql").header("content-type", "application/json");
        let request = if behind { request.header("expect", "100-continue") } else { request };
        request.body(body).unwrap()
    };
    let mut answers = Vec::new();
    for behind in [false, true] {
        let response = observed.server.0.clone().oneshot(broken(behind)).await.unwrap();
        let status = response.status();
        let closes = response.headers().get("connection").cloned();
        answers.push((status, closes, response.into_body().collect().await.unwrap().to_bytes()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 400);
    assert!(String::from_utf8_lossy(&answers[0].2).contains("the body ended too early"), "{answers:?}");
}

/// A body of a length that it may not come to.
struct Declared {
    body: Body,
    length: u64,
}

impl axum::body::HttpBody for Declared {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::pin::Pin::new(&mut self.body).poll_frame(context)
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        hyper::body::SizeHint::with_exact(self.length)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_imported_here_is_in_the_very_next_answer() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        let observed = Observed::start(&database.db);
        let scopes = [Scope::Ingest].into_iter().collect();
        let secret = token::create(&database.db, "wire", &scopes, None, api::now()).await.unwrap();
        let list = post(&[], json!({ "query": "{ articles(first: 1) { nodes { headline } } }" }).to_string());
        let at = api::now() - chrono::TimeDelta::hours(1);
        for number in 0..40 {
            observed.settled(&list, false).await;
            let published = at + chrono::TimeDelta::seconds(number);
            let item = json!({
                "uri": format!("urn:item:{number}"), "type": "text", "versionCreated": published.to_rfc3339(),
                "headlines": [{ "value": format!("Item {number}") }], "body_text": "Some text.",
            });
            let import = Request::post("/import").header("authorization", format!("Bearer {}", secret.reveal()));
            let import = import.body(Body::from(item.to_string())).unwrap();
            let imported = observed.server.0.clone().oneshot(import).await.unwrap();
            assert_eq!(imported.status(), 200);
            let (_, _, body) = observed.send(&list, false).await;
            let body = String::from_utf8_lossy(&body).into_owned();
            assert!(body.contains(&format!("\"Item {number}\"")), "{kind:?}: {number}: {body}");
        }
    }
}
