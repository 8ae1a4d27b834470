use super::*;
use crate::support::{Kind, TestDb, seen_by_all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_request_is_logged_with_what_it_took_and_never_with_its_values() {
    let database = TestDb::empty(Kind::Sqlite).await;
    // Everything is slow, so that nothing depends on the time that something takes.
    let program = Program::serve(database.url(), &["--slow-request", "1ns", "--log-format", "json"], &[]).await;
    seen_by_all().await;
    let query = "query Look($word: String!) { search(query: $word, first: 1) { totalCount } }";
    let body = json!({ "query": query, "variables": { "word": "verysecretword" } });
    // Jobs still change things after the start, which drops answers; in the end one is kept.
    let mut number = 0;
    loop {
        let id = format!("number-{number}");
        let answer = program.post(&body).header("x-request-id", &id).send().await.unwrap();
        assert_eq!(answer.headers()["x-request-id"], id);
        let is_kept = answer.headers()["cache-status"] == "Newsgraph; hit";
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["data"]["search"].is_object(), "{answer}");
        number += 1;
        if is_kept {
            break;
        }
        assert!(number < 100);
    }
    program.ask("{ nothing }").await;
    let slow = program.lines("slow request");
    assert_eq!(slow.len(), number + 1, "{}", program.log());
    let [first, .., second, wrong] = &slow[..] else { panic!("{slow:#?}") };
    assert_eq!(first["level"], "WARN");
    assert_eq!(first["span"]["id"], "number-0");
    assert_eq!(first["fields"]["operation"], "Look");
    assert_eq!(first["fields"]["document"], api::document::Hash::of(query).to_string());
    assert!(first["fields"]["cost"].as_u64().unwrap() > 0);
    assert!(first["fields"]["statements"].as_u64().unwrap() > 0);
    assert!(["miss", "untrusted"].contains(&first["fields"]["cache"].as_str().unwrap()), "{first}");
    assert_eq!(first["fields"]["outcome"], "success");
    assert_eq!((&second["fields"]["cache"], &second["fields"]["statements"]), (&json!("hit"), &json!(0)));
    assert_eq!(wrong["fields"]["outcome"], "invalid");
    assert!(!program.log().contains("verysecretword"), "{}", program.log());
    let figures = program.figures().await;
    assert_eq!(figures["newsgraph_slow_requests_total"], slow.len() as f64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_default_a_request_that_is_not_slow_is_not_called_so() {
    let database = TestDb::empty(Kind::Sqlite).await;
    let program = Program::serve(database.url(), &["--slow-request", "50s"], &[]).await;
    program.ask(PAGE).await;
    let off = Program::serve(database.url(), &["--slow-request", "0s"], &[]).await;
    off.ask(PAGE).await;
    for program in [program, off] {
        assert!(!program.log().contains("slow request"), "{}", program.log());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_the_id_of_its_request_and_so_has_the_log() {
    let database = TestDb::empty(Kind::Sqlite).await;
    let settings = ["--log-format", "json", "--max-body", "1KiB"];
    let program = Program::serve(database.url(), &settings, &[]).await;
    let at = |path: &str| format!("http://{}{path}", program.address);
    let http = &program.http;
    let query = json!({ "query": PAGE });
    let requests = vec![
        ("computed", http.post(at("/graphql")).json(&query)),
        ("kept", http.post(at("/graphql")).json(&query)),
        ("kept-get", http.get(at("/graphql?query=%7B__typename%7D"))),
        ("not-modified", http.get(at("/graphql?query=%7B__typename%7D")).header("if-none-match", "*")),
        ("wrong-document", http.post(at("/graphql")).json(&json!({ "query": "{ nothing }" }))),
        ("no-json", http.post(at("/graphql")).header("content-type", "application/json").body("{")),
        ("no-type", http.post(at("/graphql")).body("{}")),
        ("too-long", http.post(at("/graphql")).json(&json!({ "query": "#".repeat(2000) }))),
        ("not-acceptable", http.post(at("/graphql")).header("accept", "image/png").json(&query)),
        ("method", http.delete(at("/graphql"))),
        ("options", http.request(reqwest::Method::OPTIONS, at("/graphql"))),
        ("no-token", http.post(at("/graphql")).header("authorization", "Bearer none").json(&query)),
        ("import", http.post(at("/import")).body("{}")),
        ("reads", http.post(at("/reads")).body("nothing")),
        ("missing", http.get(at("/nothing"))),
        ("page", http.get(at("/"))),
        ("live", http.get(at("/health/live"))),
        ("ready", http.get(at("/health/ready"))),
    ];
    let mut sent = Vec::new();
    for (id, request) in requests {
        let answer = request.header("x-request-id", id).send().await.unwrap();
        assert_eq!(answer.headers().get("x-request-id").map(|id| id.as_bytes()), Some(id.as_bytes()), "{id}");
        sent.push((id, answer.status().as_u16()));
    }
    // One that nobody gave an id has one all the same, and one that could break a line is replaced.
    for request in [http.get(at("/nothing")), http.get(at("/nothing")).header("x-request-id", "a b")] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["x-request-id"].len(), 16);
    }
    let answered = program.lines("answered");
    for (id, status) in sent {
        let line =
            answered.iter().find(|line| line["span"]["id"] == id).unwrap_or_else(|| panic!("{id} is not logged"));
        assert_eq!(line["fields"]["status"], status, "{id}");
    }
}
