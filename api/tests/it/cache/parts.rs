//! Root fields that are the same on all pages are computed once for all of them, and no answer is another one for it.

use super::*;

fn page(slug: &str) -> Value {
    json!({ "query": include_str!("../../queries/article/page.graphql"), "variables": { "slug": slug } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_the_same_on_all_pages_is_computed_once() {
    for kind in Kind::BOTH {
        let (database, cached, plain) = newsroom(kind).await;
        cached.warm("{ sections { slug } }").await;
        let counted = async |server: &Server, slug: &str| {
            let request = Request::post("/graphql").header("content-type", "application/json");
            let request = request.header("server-timing", "").body(Body::from(page(slug).to_string())).unwrap();
            let response = server.0.clone().oneshot(request).await.unwrap();
            let headers = response.headers().clone();
            let bytes = response.into_body().collect().await.unwrap().to_bytes().to_vec();
            let answer = Answer { headers, bytes };
            let statements = answer.header("server-timing").rsplit_once(" statements").unwrap().0;
            let statements: u32 = statements.rsplit_once('"').unwrap().1.parse().unwrap();
            (answer, statements)
        };
        let mut shared = false;
        for round in 0..20 {
            for slug in ["article-1", "article-2", "article-3"] {
                let (expected, all) = counted(&plain, slug).await;
                let (answer, some) = counted(&cached, slug).await;
                assert_eq!(answer.data(), expected.data(), "{kind:?} {slug}");
                assert_eq!(answer.bytes, expected.bytes, "{kind:?} {slug}");
                shared |= slug != "article-1" && answer.status() == "Newsgraph; fwd=miss; stored" && some + 3 <= all;
            }
            if shared {
                break;
            }
            database.sql(&format!("UPDATE article SET headline = 'Edit {round}' WHERE id = 1")).await;
            cached.caught_up(&database.db).await;
        }
        assert!(shared, "{kind:?}: only the article itself is read");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_errors_and_places_are_those_of_the_whole() {
    let (_database, cached, plain) = newsroom(Kind::Sqlite).await;
    let documents = [
        "query ($n: Int) { sections { slug } articles(first: $n) { nodes { slug } } }",
        "query ($n: Int) { articles(first: $n) { nodes { slug } } a: articles(first: 0) { nodes { slug } } sections { slug } }",
        "query ($n: Int) { a: articles(first: 2) { nodes { slug } } articles(first: $n, after: \"x\") { nodes { slug } } }",
        "query ($n: Int) { z: articles(first: $n) { nodes { slug } } a: node(id: \"x\") { id } b: article(by: { slug: \"none\" }) { slug } }",
        "{ b: sections { slug } a: article(by: { slug: \"article-1\" }) { ...F } c: topics { nodes { name } } } fragment F on Article { slug }",
        "{ sections { slug } __typename }",
    ];
    for document in documents {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("query", document)
            .append_pair("variables", "{\"n\":2}")
            .finish();
        let ask = async |server: &Server| {
            let request = Request::get(format!("/graphql?{query}")).header("x-request-id", "same");
            let response = server.0.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let control = response.headers()["cache-control"].clone();
            (response.status(), control, response.into_body().collect().await.unwrap().to_bytes())
        };
        let expected = ask(&plain).await;
        for _ in 0..5 {
            assert_eq!(ask(&cached).await, expected, "{document}");
        }
    }
}
