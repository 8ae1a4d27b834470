//! `GET /articles/{slug}`: the page that `Article.url` leads to.

use importer::{
    draft::Draft,
    save::{Saver, Settings},
};
use serde_json::json;

use crate::{
    support::{Kind, Reply, TestDb, http_client},
    web::serve,
};

async fn newsroom(kind: Kind) -> TestDb {
    let database = TestDb::migrated(kind).await;
    let long: Vec<_> = (0..3).map(|_| json!({ "type": "paragraph", "html": "word ".repeat(600) })).collect();
    let lines = [
        json!({ "type": "article", "uri": "urn:a", "slug": "shown", "language": "en", "headline": "Trams <script>alert(1)</script> & \"more\"",
            "standfirst": "What burned.", "byline": "By Ada", "dateline": "OSLO, February 8", "publishedAt": "2026-03-01T09:00:00Z",
            "leadImage": { "uri": "https://m.example/1.jpg", "alt": "A \"tram\"", "caption": "Ash",
                "renditions": [{ "name": "original", "href": "https://m.example/1.jpg" }] },
            "body": [
                { "type": "paragraph", "html": "It <b>burned</b>." },
                { "type": "table", "caption": "Trams", "header": ["Line"], "rows": [["<i>1</i>"]] },
                { "type": "related", "url": "https://other.example/x", "title": "Other" },
                { "type": "video", "url": "https://m.example/v.mp4", "caption": "Fire" },
            ] }),
        json!({ "type": "article", "uri": "urn:held", "slug": "held", "headline": "Held", "status": "withheld" }),
        json!({ "type": "article", "uri": "urn:later", "slug": "later", "headline": "Later", "embargoedUntil": "2999-01-01T00:00:00Z" }),
        json!({ "type": "article", "uri": "urn:killed", "slug": "killed", "headline": "Killed", "status": "canceled" }),
        json!({ "type": "article", "uri": "urn:long", "slug": "long", "headline": "Long", "language": "ar", "body": long }),
        json!({ "type": "article", "uri": "urn:elsewhere", "slug": "elsewhere", "headline": "Elsewhere", "url": "https://paper.example/e" }),
    ];
    let drafts: Vec<Draft> = lines.into_iter().map(|line| serde_json::from_value(line).unwrap()).collect();
    for saved in Saver::new(&database.db, Settings::default()).save(drafts, database.now).await.unwrap() {
        saved.outcome.unwrap();
    }
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_article_is_a_page_that_people_can_read() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let (address, server) = serve(&database).await;
        let client = http_client().build().unwrap();
        let get = async |path: &str| Reply::of(client.get(format!("http://{address}/articles/{path}"))).await.unwrap();
        let shown = get("shown").await;
        assert_eq!(
            (shown.status, shown.header("content-type")),
            (200, "text/html; charset=utf-8"),
            "{kind:?}: {}",
            shown.text
        );
        for part in [
            "<h1>Trams &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;</h1>",
            "<p class=\"standfirst\">What burned.</p>",
            "By Ada",
            "March 1, 2026, 09:00 UTC",
            "<img src=\"https://m.example/1.jpg\" alt=\"A &quot;tram&quot;\"><figcaption>Ash</figcaption>",
            "<p><b>OSLO, February 8</b> — It <strong>burned</strong>.</p>",
            "<caption>Trams</caption><thead><tr><th>Line</th></tr></thead><tbody><tr><td><em>1</em></td></tr></tbody>",
            "<a href=\"https://other.example/x\">Other</a>",
            "<video controls preload=\"none\" src=\"https://m.example/v.mp4\"",
            "<meta property=\"og:image\" content=\"https://m.example/1.jpg\">",
            &format!("<link rel=\"canonical\" href=\"http://{address}/articles/shown\">"),
            &format!("<a href=\"http://{address}/?query=query+ArticlePage"),
        ] {
            assert!(shown.text.contains(part), "{kind:?}: {part} is not in {}", shown.text);
        }
        assert!(!shown.text.contains("<script"), "{kind:?}: {}", shown.text);
        let policy = shown.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("script-src") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(shown.header("cache-control").contains("max-age"), "{:?}", shown.headers);

        let head = Reply::of(client.head(format!("http://{address}/articles/shown"))).await.unwrap();
        assert_eq!((head.status, head.text.as_str()), (200, ""));
        let tag = shown.header("etag").to_owned();
        let again = client.get(format!("http://{address}/articles/shown")).header("if-none-match", tag);
        assert_eq!(Reply::of(again).await.unwrap().status, 304);
        let posted = Reply::of(client.post(format!("http://{address}/articles/shown"))).await.unwrap();
        assert_eq!(posted.status, 405);

        // Where `url` leads is this page.
        let answer = client
            .post(format!("http://{address}/graphql"))
            .json(&json!({ "query": "{ article(by: { slug: \"shown\" }) { url } }" }));
        let url = Reply::of(answer).await.unwrap().json()["data"]["article"]["url"].as_str().unwrap().to_owned();
        assert_eq!(Reply::of(client.get(&url)).await.unwrap().status, 200, "{url}");
        server.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_public_may_not_see_is_no_page() {
    for kind in Kind::BOTH {
        let database = newsroom(kind).await;
        let (address, server) = serve(&database).await;
        let client = http_client().build().unwrap();
        for (path, status) in [
            ("none", 404),
            ("held", 404),
            ("later", 404),
            ("killed", 410),
            ("a%00b", 404),
            ("shown?page=2", 404),
            ("shown?page=x", 404),
            ("shown?page=-1", 404),
            ("%3Cscript%3E", 404),
            ("", 404),
            ("none/", 404),
            ("shown/", 200),
            ("shown/?page=2", 404),
            ("long?page=2", 200),
            ("long/?page=2", 200),
            ("elsewhere", 200),
        ] {
            let reply = Reply::of(client.get(format!("http://{address}/articles/{path}"))).await.unwrap();
            assert_eq!(
                (reply.status, reply.header("content-type")),
                (status, "text/html; charset=utf-8"),
                "{kind:?} {path}: {}",
                reply.text
            );
            assert!(
                !reply.text.contains("Held") && !reply.text.contains("Later") && !reply.text.contains("Killed"),
                "{path}"
            );
        }
        let long = Reply::of(client.get(format!("http://{address}/articles/long"))).await.unwrap();
        assert!(
            long.text.contains("dir=\"rtl\"") && long.text.contains("<a rel=\"next\" href=\"?page=2\">"),
            "{}",
            long.text
        );
        let elsewhere = Reply::of(client.get(format!("http://{address}/articles/elsewhere"))).await.unwrap();
        assert!(
            elsewhere.text.contains("<link rel=\"canonical\" href=\"https://paper.example/e\">"),
            "{}",
            elsewhere.text
        );
        server.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_are_sent_to_the_pages_of_the_newsroom_where_it_has_some() {
    let database = newsroom(Kind::Sqlite).await;
    let reads = api::reads::Reads::start(database.db.clone(), api::reads::Settings::default());
    let settings =
        api::Settings::new("http://api.example".to_owned(), "https://www.example.org/news/{slug}".to_owned());
    let router = api::app::router(database.db.clone(), settings, reads).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async { api::server::serve(listener, router, std::future::pending()).await.unwrap() });
    let client = http_client().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (slug, location) in [("shown", "https://www.example.org/news/shown"), ("elsewhere", "https://paper.example/e")]
    {
        let reply = Reply::of(client.get(format!("http://{address}/articles/{slug}"))).await.unwrap();
        assert_eq!((reply.status, reply.header("location")), (302, location));
    }
    server.abort();
}
