//! Reads of back ends with a token, and of clients behind proxies.

use api::http::proxies::Proxies;

use super::*;
use crate::{article_page::newsroom, support::Kind};

fn batch(article: &str, readers: std::ops::Range<usize>) -> Value {
    readers.map(|reader| json!({ "article": article, "reader": format!("reader {reader}") })).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_back_end_with_a_token_is_free_of_the_limits_of_an_address() {
    for kind in Kind::BOTH {
        let database = newsroom(kind, 2).await;
        let server = Server::start(&database).await;
        let back_end = token(&database, &[Scope::RecordReads]).await;
        let other = token(&database, &[Scope::ReadDrafts, Scope::Ingest]).await;
        let send = async |token: Option<&str>, reads: Value| {
            // A robot by its agent, but a back end's agent is not its readers'.
            let request = server.post("/reads").header("user-agent", "Googlebot/2.1").body(reads.to_string());
            Answer::of(match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            })
            .await
        };
        let accepted = send(Some(&back_end), batch("article-1", 0..1000)).await;
        assert_eq!(accepted.body, json!({ "accepted": 1000, "refused": [] }), "{kind:?}");
        let more = send(Some(&back_end), batch("article-2", 0..1000)).await;
        assert_eq!(more.body["accepted"], 1000, "more than an address may send a minute");
        let long = json!([{ "article": "article-1", "reader": "x".repeat(300) }, { "article": "x".repeat(100_000) }]);
        assert_eq!(send(Some(&back_end), long.clone()).await.body["refused"][1]["reason"], "INVALID");
        assert_eq!(send(None, long).await.status.as_u16(), 413);
        for token in [None, Some(other.as_str())] {
            assert_eq!(send(token, batch("article-1", 2000..2001)).await.body["refused"][0]["reason"], "BOT");
        }
        assert_eq!(send(Some("ng_wrong"), batch("article-1", 0..1)).await.status.as_u16(), 401);

        let mutation = "mutation ($input: [ReadInput!]!) { recordReads(input: $input) { accepted } }";
        let body = json!({ "query": mutation, "variables": { "input": batch("article-1", 3000..3050) } });
        let request = server.post("/graphql").bearer_auth(&back_end).json(&body);
        assert_eq!(Answer::of(request).await.body["data"]["recordReads"]["accepted"], 50);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_beacon_may_have_64_kib_and_the_reads_of_a_back_end_a_mebibyte() {
    let database = newsroom(Kind::Sqlite, 2).await;
    let server = Server::start(&database).await;
    let back_end = token(&database, &[Scope::RecordReads]).await;
    let reads = batch("article-1", 0..1).to_string();
    for (token, most) in [(None, 64 * 1024), (Some(&back_end), 1024 * 1024)] {
        for (size, status) in [(most - 1, 200), (most, 200), (most + 1, 413)] {
            let request = server.post("/reads").body(format!("{reads}{}", " ".repeat(size - reads.len())));
            let answer = Answer::of(match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            })
            .await;
            assert_eq!(answer.status.as_u16(), status, "{size} bytes: {answer:?}");
            if status == 413 {
                let message = format!("the body has {size} bytes, the limit is {most} bytes");
                assert_eq!(answer.body["errors"][0]["message"], message);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_behind_a_trusted_proxy_have_limits_of_their_own() {
    let database = newsroom(Kind::Sqlite, 2).await;
    let accepted = async |server: &Server, client: &str, readers: std::ops::Range<usize>| {
        let request =
            server.post("/reads").header("x-forwarded-for", client).body(batch("article-1", readers).to_string());
        Answer::of(request).await.body["accepted"].as_i64().unwrap()
    };
    let trusted = Proxies { trusted: vec!["127.0.0.0/8".parse().unwrap()], ..Default::default() };
    let server = Server::with(&database, access::Settings { proxies: trusted, ..Default::default() }).await;
    assert_eq!(accepted(&server, "198.51.100.1", 0..30).await, 20, "as many as count from one address");
    assert_eq!(accepted(&server, "198.51.100.2", 30..60).await, 20);
    assert_eq!(
        accepted(&server, "203.0.113.9, 198.51.100.2", 60..90).await,
        0,
        "what a client writes itself is not believed"
    );
    let server = Server::start(&database).await;
    assert_eq!(accepted(&server, "198.51.100.3", 0..30).await, 20);
    assert_eq!(accepted(&server, "198.51.100.4", 30..60).await, 0, "nobody is believed unless named");
}
