//! `POST /reads` and `recordReads`, from the request to the list.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::*;
use crate::{support::http_client, web::serve};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_a_page_sends_is_in_the_list_under_any_name_of_the_article() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 3, api::now()).await;
        database.sql("UPDATE article SET url = 'https://example.org/two' WHERE id = 2").await;
        database.sql("UPDATE article SET status = 'withheld' WHERE id = 3").await;
        let (address, server) = serve(&database).await;
        let http = http_client().build().unwrap();
        let send = async |body: String| {
            let request =
                http.post(format!("http://{address}/reads")).header("content-type", "text/plain;charset=UTF-8");
            let answer = request.body(body).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.headers()["access-control-allow-origin"], "*");
            answer.json::<Value>().await.unwrap()
        };
        assert_eq!(send(json!({ "article": "article-1" }).to_string()).await, json!({ "accepted": 1, "refused": [] }));
        let id = database.answer(r#"{ article(by: { slug: "article-2" }) { id } }"#, json!({})).await;
        let names = [
            "article-2",
            id["data"]["article"]["id"].as_str().unwrap(),
            "urn:test:2",
            "https://example.org/two",
            "https://example.org/two?utm_source=mail#top",
            &format!("http://{address}/articles/article-2#comments"),
        ];
        for (index, name) in names.iter().enumerate() {
            let reader = format!("reader {index}");
            let body = json!([{ "article": name, "reader": reader }, { "article": "article-2", "reader": reader }]);
            let answer = send(body.to_string()).await;
            assert_eq!(
                (&answer["accepted"], &answer["refused"][0]["reason"]),
                (&json!(1), &json!("ALREADY_COUNTED")),
                "{name}"
            );
        }
        let refused = send(r#"[{ "article": "article-3" }, { "article": "\u0000" }, { "article": "nobody" }, 7, { "at": "now" },
            { "article": "article-1", "at": "2019-01-01T00:00:00Z" }, { "article": "article-1", "at": "2999-01-01T00:00:00+03:00" }]"#.to_owned())
        .await;
        let refused: Vec<_> = refused["refused"].as_array().unwrap().iter().map(|refused| &refused["reason"]).collect();
        assert_eq!(
            refused,
            ["UNKNOWN_ARTICLE", "INVALID", "UNKNOWN_ARTICLE", "INVALID", "INVALID", "TOO_LATE", "IN_THE_FUTURE"]
        );

        let mutation =
            "mutation ($input: [ReadInput!]!) { recordReads(input: $input) { accepted refused { index reason } } }";
        let input = json!([{ "article": "article-1", "reader": "x" }, { "article": "article-1", "reader": "x", "at": api::now() }]);
        let request = http
            .post(format!("http://{address}/graphql"))
            .json(&json!({ "query": mutation, "variables": { "input": input } }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let expected = json!({ "accepted": 1, "refused": [{ "index": 1, "reason": "ALREADY_COUNTED" }] });
        assert_eq!(answer["data"]["recordReads"], expected, "{answer}");

        ranked(&database, Window::Now, api::now()).await;
        let mut database = database;
        database.now = api::now();
        let query = r#"{ mostRead(window: NOW) { entries { reads article { slug } } }
            first: article(by: { slug: "article-1" }) { rank(window: NOW) other: rank(window: TODAY) } }"#;
        let entry = |slug: &str, reads: i64| json!({ "reads": reads, "article": { "slug": slug } });
        let expected = json!({
            "mostRead": { "entries": [entry("article-2", 6), entry("article-1", 2)] },
            "first": { "rank": 2, "other": null },
        });
        assert_eq!(database.answer(query, json!({})).await["data"], expected, "{kind:?}");
        server.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_read_is_refused_with_what_would_be_right() {
    let database = newsroom(Kind::Sqlite, 1, api::now()).await;
    let (address, server) = serve(&database).await;
    let http = http_client().build().unwrap();
    for (content_type, body, status, says) in [
        ("text/plain", "{".to_owned(), 400, "not valid JSON"),
        ("application/json", "\"article-1\"".to_owned(), 400, "an array of such objects"),
        ("text/plain", String::new(), 400, "not valid JSON"),
        ("application/xml", "<read/>".to_owned(), 415, "`text/plain` or `application/json`"),
        ("text/plain", format!("[\"{}\"]", "x".repeat(64 * 1024)), 413, "the limit is 65536 bytes"),
        ("text/plain", format!("[{}1]", "1,".repeat(1000)), 413, "send 1000 at most"),
    ] {
        let request = http.post(format!("http://{address}/reads")).header("content-type", content_type).body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(says), "{answer}");
    }
    let answer = http.get(format!("http://{address}/reads")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["allow"].to_str().unwrap()), (405, "POST, OPTIONS"));
    assert_eq!(counted(&database.db).await, BTreeMap::new());
    server.abort();
}

#[tokio::test]
async fn the_numbers_can_be_kept_from_the_public() {
    let database = newsroom(Kind::Sqlite, 1, api::now()).await;
    database.sql("INSERT INTO top_story (position, article_id) VALUES (1, 1)").await;
    let reads = reads(&database, unlimited());
    reads.record(vec![read("article-1", None, None)], &client("192.0.2.1", BROWSER), api::now()).await.unwrap();
    let now = api::now();
    ranked(&database, Window::Now, now).await;
    let settings = api::Settings {
        rankings: Settings { show_reads: false, ..Default::default() },
        cache: api::cache::Settings::off(),
        ..api::Settings::new(String::new(), "https://example.org/{slug}".to_owned())
    };
    let request = api::Request::new(database.db.clone(), settings.into(), now);
    let answer =
        request.execute(&api::schema::build(), "{ mostRead(window: NOW) { entries { rank reads } } }".into()).await;
    assert_eq!(answer.data.into_json().unwrap(), json!({ "mostRead": { "entries": [{ "rank": 1, "reads": null }] } }));
}
