//! What browsers are told: which origins may read, and what no other site can do.

use api::http::cors::Origins;
use reqwest::Method;

use super::*;
use crate::{article_page::newsroom, support::Kind};

const SITE: &str = "https://www.example.org";

async fn preflight(server: &Server, path: &str, origin: &str) -> Answer {
    let request = server.http.request(Method::OPTIONS, server.url(path)).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    Answer::of(request.header("access-control-request-headers", "authorization,content-type")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_origins_that_are_named_may_read_and_no_others() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let origins: Origins = [SITE.to_owned()].into_iter().collect();
    let server = Server::with(&database, access::Settings { origins, ..Default::default() }).await;
    let allowed = preflight(&server, "/graphql", SITE).await;
    assert_eq!(allowed.header("access-control-allow-origin"), SITE);
    assert!(allowed.header("access-control-allow-headers").contains("authorization"), "{allowed:?}");
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
    for other in ["https://evil.example", "null", "https://www.example.org.evil.example"] {
        assert_eq!(preflight(&server, "/graphql", other).await.header("access-control-allow-origin"), "", "{other}");
    }
    let wrong = server.post("/graphql").header("origin", SITE).bearer_auth("ng_wrong");
    let wrong = Answer::of(wrong.json(&json!({ "query": "{ __typename }" }))).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.header("access-control-allow-origin")),
        (401, SITE),
        "refusals are readable"
    );

    let server = Server::with(&database, access::Settings { origins: Origins::Any, ..Default::default() }).await;
    let anyone = preflight(&server, "/graphql", "https://evil.example").await;
    assert_eq!(anyone.header("access-control-allow-origin"), "*");
    assert_eq!(anyone.header("access-control-allow-credentials"), "");

    let server = Server::start(&database).await;
    assert_eq!(preflight(&server, "/graphql", SITE).await.header("access-control-allow-origin"), "");
    assert_eq!(preflight(&server, "/import", SITE).await.header("access-control-allow-origin"), "");
    assert_eq!(
        preflight(&server, "/reads", SITE).await.header("access-control-allow-origin"),
        "*",
        "beacons come from anywhere"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_can_change_nothing_without_asking_first() {
    let database = newsroom(Kind::Sqlite, 1).await;
    let server = Server::start(&database).await;
    let mutation = r#"mutation { recordReads(input: [{ article: "article-1", reader: "x" }]) { accepted } }"#;
    let body = json!({ "query": mutation }).to_string();
    // What a browser sends across sites by itself: forms, plain text, nothing said, and GET.
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = server.post("/graphql").header("content-type", content_type).body(body.clone());
        assert_eq!(Answer::of(request).await.status.as_u16(), 415, "{content_type}");
    }
    assert_eq!(Answer::of(server.post("/graphql").body(body)).await.status.as_u16(), 415);
    let get = |query: &str| {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("query", query).finish();
        server.http.get(server.url(&format!("/graphql?{query}")))
    };
    let by_get = Answer::of(get(mutation)).await;
    assert_eq!((by_get.status.as_u16(), by_get.code()), (405, "METHOD_NOT_ALLOWED"));
    let query = Answer::of(get("{ sections { slug } }")).await;
    assert_eq!(query.status, StatusCode::OK);
    // Cookies are nobody's credential here.
    let with_cookie = server.post("/import").header("cookie", "token=x").header("content-type", "text/plain").body("x");
    assert_eq!(Answer::of(with_cookie).await.status.as_u16(), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_says_what_browsers_must_not_do_with_it() {
    let database = TestDb::migrated(Kind::Sqlite).await;
    let server = Server::start(&database).await;
    for path in [
        "/",
        "/graphql?query={__typename}",
        "/graphql",
        "/reads",
        "/import",
        "/health/live",
        "/health/ready",
        "/nothing",
    ] {
        let answer = Answer::of(server.http.get(server.url(path))).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1, "{path}");
    }
}
