//! Bodies: what is read, and what is refused with which words.

use super::*;

#[tokio::test]
async fn a_body_may_hold_all_parameters_or_null_for_them() {
    let server = Server::start().await;
    for body in [
        json!({ "query": "{ hello }" }),
        json!({ "query": "{ hello }", "operationName": null, "variables": null, "extensions": null }),
        json!({ "query": "query A { hello } query B { node { id } }", "operationName": "A", "variables": {}, "extensions": { "a": [1] } }),
        json!({ "query": "{ hello }", "variables": { "unused": "\u{0}" }, "other": [true] }),
    ] {
        let answer = server.send(body.to_string()).await;
        assert_eq!(answer.data(), &json!({ "hello": "hello" }), "{body}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused() {
    let server = Server::start().await;
    for (body, message) in [
        ("", "the body is empty: send `{\"query\": \"…\"}`"),
        (" \n", "the body is empty: send `{\"query\": \"…\"}`"),
        ("{", "the body is not valid JSON: EOF while parsing an object at line 1 column 1"),
        ("NONSENSE", "the body is not valid JSON: expected value at line 1 column 1"),
        ("{} {}", "the body is not valid JSON: trailing characters at line 1 column 4"),
        ("\"{ hello }\"", "the body must be a JSON object with the key `query`"),
        ("null", "the body must be a JSON object with the key `query`"),
        ("{}", "the body lacks the key `query`"),
        (r#"{"qeury":"{ hello }"}"#, "the body lacks the key `query`"),
        (r#"{"query":null}"#, "the body lacks the key `query`"),
        (r#"{"query":1}"#, "`query` must be a string"),
        (r#"{"query":["{ hello }"]}"#, "`query` must be a string"),
        (r#"{"query":"{ hello }","operationName":1}"#, "`operationName` must be a string or null"),
        (r#"{"query":"{ hello }","variables":"{}"}"#, "`variables` must be an object or null"),
        (r#"{"query":"{ hello }","variables":[]}"#, "`variables` must be an object or null"),
        (r#"{"query":"{ hello }","extensions":true}"#, "`extensions` must be an object or null"),
        (
            r#"{"query":"{ hello }","query":"{ node { id } }"}"#,
            "the body is not valid JSON: the key \"query\" stands twice in one object at line 1 column 47",
        ),
        (
            r#"{"query":"{ hello }","variables":{"a":1,"a":2}}"#,
            "the body is not valid JSON: the key \"a\" stands twice in one object at line 1 column 46",
        ),
    ] {
        server.send(body).await.refused(400, "BAD_REQUEST", message);
    }
}

#[tokio::test]
async fn a_batch_is_refused() {
    let server = Server::start().await;
    let message = "batches are not supported: send one request as an object, not an array";
    for body in [r#"[{"query":"{ hello }"},{"query":"{ hello }"}]"#, "[]"] {
        server.send(body).await.refused(400, "BAD_REQUEST", message);
    }
}

#[tokio::test]
async fn a_body_must_be_utf_8() {
    let server = Server::start().await;
    let mut body = br#"{"query":"{ echo(text: \"caf?\") }"}"#.to_vec();
    let place = body.iter().position(|byte| *byte == b'?').expect("there is one");
    body[place] = 0xe9;
    let message = format!("the body is not valid UTF-8: byte {}", place + 1);
    server.send(body).await.refused(400, "BAD_REQUEST", &message);
}

#[tokio::test]
async fn a_byte_order_mark_before_the_body_is_ignored() {
    let server = Server::start().await;
    let answer = server.send("\u{feff}{\"query\":\"\u{feff}{ hello }\"}").await;
    assert_eq!(answer.data()["hello"], "hello");
}

#[tokio::test]
async fn text_of_any_language_goes_both_ways() {
    let server = Server::start().await;
    let text = "Ёлка 🏃 \u{2028} \"\\ \u{7f}";
    let answer = server.query_with("query ($t: String!) { echo(text: $t) }", json!({ "t": text })).await;
    assert_eq!(answer.data()["echo"], text);
}

#[tokio::test]
async fn half_of_a_surrogate_pair_is_malformed_json() {
    let server = Server::start().await;
    for half in ["\\ud83c", "\\udfc3"] {
        let body = format!(r#"{{"query":"query ($t: String!) {{ echo(text: $t) }}","variables":{{"t":"{half}"}}}}"#);
        let answer = server.send(body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_REQUEST"), "{}", answer.body);
        // In a document: the text that JSON carries has the escape of GraphQL.
        let body = format!(r#"{{"query":"{{ echo(text: \"\{half}\") }}"}}"#);
        let answer = server.send(body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "GRAPHQL_PARSE_FAILED"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_number_of_json_without_a_fraction_is_an_integer() {
    let server = Server::start().await;
    let ask = async |number: &str| {
        let query = "query ($a: Int!) { number(value: $a) }";
        server.send(format!(r#"{{"query":"{query}","variables":{{"a":{number}}}}}"#)).await
    };
    for (number, value) in [("3", 3), ("3.0", 3), ("3e0", 3), ("30e-1", 3), ("-2.0E3", -2000)] {
        assert_eq!(ask(number).await.data()["number"], value, "{number}");
    }
    for number in ["3.5", "3e10", "1e300", "-0.1"] {
        let answer = ask(number).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_USER_INPUT"), "{number}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_character_nul_is_refused_wherever_a_value_may_hold_it() {
    let server = Server::start().await;
    let query = "query ($t: String!) { echo(text: $t) }";
    let answer = server.query_with(query, json!({ "t": "a\u{0}b" })).await;
    answer.refused(400, "BAD_USER_INPUT", "variable \"$t\" has the character U+0000, which no text may have");
    let answer = server.query_with("query ($b: By!) { find(by: $b) }", json!({ "b": { "slug": "\u{0}" } })).await;
    answer.refused(400, "BAD_USER_INPUT", "variable \"$b\".slug has the character U+0000, which no text may have");
    let answer = server.query(r#"{ echo(text: "a\u0000") }"#).await;
    answer.refused(
        400,
        "BAD_USER_INPUT",
        "argument \"text\" of \"echo\" has the character U+0000, which no text may have",
    );
    let answer = server.query("{ echo(text: \"\0\") }").await;
    answer.refused(
        400,
        "BAD_USER_INPUT",
        "argument \"text\" of \"echo\" has the character U+0000, which no text may have",
    );
}

#[tokio::test]
async fn only_json_may_carry_a_query() {
    let server = Server::start().await;
    let body = r#"{"query":"{ hello }"}"#;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/graphql-response+json",
        "application/jsonx",
        "application/json, text/plain",
        "",
    ] {
        let answer = Answer::of(server.post().header("content-type", content_type).body(body)).await;
        answer.refused(415, "UNSUPPORTED_MEDIA_TYPE", "the Content-Type of the body must be `application/json`");
        assert_eq!(answer.header("accept"), JSON);
    }
    let answer = Answer::of(server.post().body(body)).await;
    answer.refused(415, "UNSUPPORTED_MEDIA_TYPE", "the request has no Content-Type: send `application/json`");
    let twice = server.post().header("content-type", JSON).header("content-type", "text/plain");
    let answer = Answer::of(twice.body(body)).await;
    answer.refused(415, "UNSUPPORTED_MEDIA_TYPE", "the request has more than one Content-Type");
}

#[tokio::test]
async fn the_charset_of_a_body_is_utf_8() {
    let server = Server::start().await;
    let body = r#"{"query":"{ hello }"}"#;
    for charset in ["utf-8", "UTF-8", "\"utf-8\""] {
        let content_type = format!("Application/JSON; charset={charset}");
        let answer = Answer::of(server.post().header("content-type", content_type).body(body)).await;
        assert_eq!(answer.data()["hello"], "hello");
    }
    for charset in ["utf-16", "iso-8859-1", "utf8mb4"] {
        let content_type = format!("application/json; charset={charset}");
        let answer = Answer::of(server.post().header("content-type", content_type).body(body)).await;
        answer.refused(415, "UNSUPPORTED_MEDIA_TYPE", "the charset of the body must be utf-8");
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let server = Server::start().await;
    let request = server.post().header("content-type", JSON).header("content-encoding", "gzip");
    let answer = Answer::of(request.body("x")).await;
    answer.refused(415, "UNSUPPORTED_MEDIA_TYPE", "the body must not be compressed");
    assert_eq!(answer.header("accept-encoding"), "identity");
}

#[tokio::test]
async fn a_body_may_have_128_kib_and_no_more() {
    let server = Server::start().await;
    let most = 128 * 1024;
    let padded = |size: usize| {
        let body = r#"{"query":"{ hello }"}"#;
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    for size in [most - 1, most] {
        assert_eq!(server.send(padded(size)).await.data()["hello"], "hello");
    }
    let message = "the body has 131073 bytes, the limit is 131072 bytes";
    server.send(padded(most + 1)).await.refused(413, "PAYLOAD_TOO_LARGE", message);
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_at_the_limit() {
    let server = Server::start().await;
    let mut request = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                        transfer-encoding: chunked\r\n\r\n"
        .to_vec();
    for _ in 0..20 {
        request.extend_from_slice(b"2000\r\n");
        request.extend(std::iter::repeat_n(b' ', 0x2000));
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    let answer = server.raw(&request, Duration::from_secs(5)).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("the body has more, the limit is 131072 bytes"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}
