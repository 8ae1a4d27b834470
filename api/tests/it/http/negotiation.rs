//! Media types, methods, and the headers of answers.

use super::*;

#[tokio::test]
async fn the_media_type_of_the_answer_follows_accept() {
    let server = Server::start().await;
    for (accept, expected) in [
        (None, "application/json; charset=utf-8"),
        (Some("*/*"), "application/json; charset=utf-8"),
        (Some("application/json"), "application/json; charset=utf-8"),
        (Some("application/graphql-response+json"), "application/graphql-response+json; charset=utf-8"),
        (
            Some("application/graphql-response+json, application/json;q=0.9"),
            "application/graphql-response+json; charset=utf-8",
        ),
        (Some("text/html,application/xhtml+xml,*/*;q=0.8"), "application/json; charset=utf-8"),
    ] {
        let request = server.client.post(server.url("/graphql")).json(&json!({ "query": "{ hello }" }));
        let request = accept.iter().fold(request, |request, accept| request.header("accept", *accept));
        let answer = Answer::of(request).await;
        assert_eq!(answer.header("content-type"), expected, "{accept:?}");
        assert_eq!(answer.data(), &json!({ "hello": "hello" }));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("vary").contains("accept"));
        assert_eq!(answer.header("content-length"), "26");
    }
}

#[tokio::test]
async fn an_answer_that_the_client_does_not_take_is_not_made() {
    let server = Server::start().await;
    for accept in ["text/html", "application/json;q=0", "image/*"] {
        let request = server.client.post(server.url("/graphql")).header("accept", accept);
        let answer = Answer::of(request.json(&json!({ "query": "{ hello }" }))).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (406, "NOT_ACCEPTABLE"), "{accept}");
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_run_is_200_for_json_and_400_for_graphql_response() {
    let server = Server::start().await;
    for (body, code) in [
        (json!({ "query": "{" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "{ nothing }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "query ($a: Int!) { number(value: $a) }" }), "BAD_USER_INPUT"),
        (json!({ "query": "query A { hello } query B { hello }" }), "OPERATION_RESOLUTION_FAILURE"),
        (json!({ "query": "{ a: hello ".repeat(400) }), "QUERY_TOO_LARGE"),
    ] {
        for (accept, status) in [(JSON, 200), (GRAPHQL_RESPONSE, 400)] {
            let request = server.client.post(server.url("/graphql")).header("accept", accept).json(&body);
            let answer = Answer::of(request).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{body} {accept}");
            assert!(answer.body.get("data").is_none(), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn what_was_run_is_200_for_both_even_without_data() {
    let server = Server::start().await;
    for query in ["{ hello refuses }", "{ hello refusesHard }"] {
        for accept in [JSON, GRAPHQL_RESPONSE] {
            let request = server.client.post(server.url("/graphql")).header("accept", accept);
            let answer = Answer::of(request.json(&json!({ "query": query }))).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.body.get("data").is_some(), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_malformed_request_is_400_for_both() {
    let server = Server::start().await;
    for accept in [JSON, GRAPHQL_RESPONSE] {
        let request = server.client.post(server.url("/graphql")).header("accept", accept);
        let answer = Answer::of(request.header("content-type", JSON).body("{")).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_REQUEST"));
        assert!(answer.header("content-type").starts_with(accept));
    }
}

#[tokio::test]
async fn queries_may_be_sent_with_get() {
    let server = Server::start().await;
    for (query, expected) in [
        ("?query={hello}", "hello"),
        ("?query=query+Q+%7B+hello+%7D&operationName=Q", "hello"),
        ("?query={hello}&operationName=", "hello"),
        ("?query=query($t:String!){hello:echo(text:$t)}&variables={%22t%22:%22a%2Bb%20c%22}", "a+b c"),
        ("?query={hello}&variables=&extensions=null&utm_source=mail", "hello"),
    ] {
        let answer = Answer::of(server.get(&format!("/graphql{query}")).header("accept", GRAPHQL_RESPONSE)).await;
        assert_eq!(answer.data()["hello"], expected, "{query}");
    }
}

#[tokio::test]
async fn a_get_request_that_cannot_be_read_says_why() {
    let server = Server::start().await;
    for (query, message) in [
        ("", "the URL lacks the parameter `query`"),
        ("?Query={hello}", "the URL lacks the parameter `query`"),
        ("?query={hello}&query={node{id}}", "the parameter `query` stands twice in the URL"),
        ("?query={hello}&variables=[1]", "`variables` must be an object or null"),
        ("?query={hello}&extensions=1", "`extensions` must be an object or null"),
        ("?query={hello}&variables={", "`variables` is not valid JSON: EOF while parsing an object at line 1 column 1"),
        ("?query={hello%FF}", "the URL has bytes that are not UTF-8 in `{hello%FF}`"),
    ] {
        let answer = Answer::of(server.get(&format!("/graphql{query}"))).await;
        answer.refused(400, "BAD_REQUEST", message);
    }
}

#[tokio::test]
async fn a_mutation_is_not_run_by_get() {
    let server = Server::start().await;
    for query in ["mutation{change}", "query%20A{hello}mutation%20B{change}&operationName=B"] {
        for accept in [JSON, GRAPHQL_RESPONSE] {
            let request = server.get(&format!("/graphql?query={query}")).header("accept", accept);
            let answer = Answer::of(request).await;
            answer.refused(405, "METHOD_NOT_ALLOWED", "a mutation must be sent with POST");
            assert_eq!(answer.header("allow"), "POST");
        }
    }
    let answer = server.query("mutation { change }").await;
    assert_eq!(answer.data()["change"], "changed");
    let answer = Answer::of(server.get("/graphql?query=query%20A{hello}mutation%20B{change}&operationName=A")).await;
    assert_eq!(answer.data()["hello"], "hello", "the operation that is asked for decides");
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_allowed() {
    let server = Server::start().await;
    for method in ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
        let method = method.parse().expect("a method");
        let answer = Answer::of(server.client.request(method, server.url("/graphql")).body("{}")).await;
        answer.refused(405, "METHOD_NOT_ALLOWED", "send GraphQL requests with POST, or queries with GET");
        assert_eq!(answer.header("allow"), "GET, HEAD, POST, OPTIONS");
    }
}

#[tokio::test]
async fn options_tells_the_methods_and_nothing_about_other_origins() {
    let server = Server::start().await;
    let request = server.client.request("OPTIONS".parse().expect("a method"), server.url("/graphql"));
    let answer = Answer::of(request.header("origin", "https://example.com")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("allow"), "GET, HEAD, POST, OPTIONS");
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start().await;
    let answer = Answer::of(server.client.head(server.url("/graphql?query={hello}"))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-length"), "26");
    assert_eq!(answer.body, Value::Null);
}

#[tokio::test]
async fn a_long_answer_is_compressed_for_those_who_accept_it() {
    let server = Server::start().await;
    for (count, accepted, encoding) in
        [(2_000, "br, gzip", "br"), (2_000, "gzip", "gzip"), (2_000, "identity", ""), (500, "br, gzip", "")]
    {
        let query = json!({ "query": format!("{{ letters(count: {count}) }}") });
        let response = server.post().header("accept-encoding", accepted).json(&query).send().await.expect("an answer");
        let headers = response.headers();
        let sent = headers.get("content-encoding").map_or("", |value| value.to_str().expect("text"));
        assert_eq!(sent, encoding, "{count} {accepted}");
        let vary = headers["vary"].to_str().expect("text");
        assert!(vary.split(", ").any(|name| name == "accept"), "{vary}");
        let bytes = response.bytes().await.expect("a body");
        assert_eq!(bytes.len() < count, !encoding.is_empty());
    }
}

#[tokio::test]
async fn the_request_id_is_taken_over_when_it_is_sane_else_made() {
    let server = Server::start().await;
    let long = "a".repeat(65);
    for (given, kept) in [("abc-1.2_3", true), ("a b", false), ("a\"b", false), (long.as_str(), false)] {
        let answer = Answer::of(server.get("/graphql?query={hello}").header("x-request-id", given)).await;
        assert_eq!(answer.header("x-request-id") == given, kept, "{given}");
        assert!(!answer.header("x-request-id").is_empty());
    }
    for path in ["/", "/nothing", "/health/live", "/graphql"] {
        let response = server.get(path).send().await.expect("an answer");
        assert!(response.headers().contains_key("x-request-id"), "{path}");
    }
}
