//! What errors say, and what they keep to themselves.

use super::*;

#[tokio::test]
async fn a_syntax_error_says_what_is_wrong_and_where() {
    let server = Server::start().await;
    for (query, message, line, column) in [
        ("{", "syntax error: unexpected end of the document", 1, 2),
        ("", "syntax error: unexpected end of the document", 1, 1),
        ("# nothing", "syntax error: unexpected end of the document", 1, 10),
        ("{ hello } }", "syntax error: unexpected `}`", 1, 11),
        ("{\n  hello(\n}", "syntax error: unexpected `}`", 3, 1),
        ("{ échec }", "syntax error: unexpected character `é`", 1, 3),
        ("{ echo(text: \"a) }", "syntax error: a string is not closed", 1, 14),
        ("{ number(value: 01) }", "syntax error: unexpected `01`", 1, 17),
    ] {
        let answer = server.query(query).await;
        answer.refused(400, "GRAPHQL_PARSE_FAILED", message);
        let place = &answer.body["errors"][0]["locations"][0];
        assert_eq!(place, &json!({ "line": line, "column": column }), "{query}");
    }
}

#[tokio::test]
async fn validation_errors_have_their_code_and_place() {
    let server = Server::start().await;
    let answer = server.query("{ nothing }").await;
    answer.refused(400, "GRAPHQL_VALIDATION_FAILED", "Unknown field \"nothing\" on type \"Query\".");
    assert_eq!(answer.body["errors"][0]["locations"], json!([{ "line": 1, "column": 3 }]));
    for query in [
        "{ hello(a: 1) }",
        "{ node }",
        "{ hello } { hello }",
        "query Q { hello } query Q { hello }",
        "{ ...F }",
        "{ echo }",
        "query ($a: Int) { hello }",
        "subscription { a }",
        "fragment F on Query { hello }",
    ] {
        let answer = server.query(query).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "GRAPHQL_VALIDATION_FAILED"), "{}", answer.body);
        assert!(answer.body.get("data").is_none());
    }
}

#[tokio::test]
async fn the_operation_must_be_clear() {
    let server = Server::start().await;
    let two = "query A { hello } query B { hello }";
    for (query, name, message) in [
        (two, json!(null), "the document has 2 operations: say which one to run with `operationName`"),
        (two, json!("C"), "the document has no operation named \"C\""),
        (two, json!(""), "the document has no operation named \"\""),
        ("{ hello }", json!("A"), "the document has no operation named \"A\""),
    ] {
        let answer = server.send(json!({ "query": query, "operationName": name }).to_string()).await;
        answer.refused(400, "OPERATION_RESOLUTION_FAILURE", message);
    }
    let answer = server.send(json!({ "query": "query A { hello }", "operationName": "A" }).to_string()).await;
    assert_eq!(answer.data()["hello"], "hello");
}

#[tokio::test]
async fn variables_are_coerced_before_anything_runs() {
    let server = Server::start().await;
    let int = "query ($a: Int!) { number(value: $a) }";
    let filter = "query ($f: Filter) { filtered(filter: $f) }";
    let range = "an Int from -2147483648 to 2147483647";
    for (query, variables, message) in [
        (int, json!({}), "variable \"$a\" is required: its type is \"Int!\"".to_owned()),
        (int, json!({ "a": null }), "variable \"$a\" must be a \"Int!\", found null".to_owned()),
        (int, json!({ "a": "1" }), format!("variable \"$a\" must be {range}, found \"1\"")),
        (int, json!({ "a": 1.5 }), format!("variable \"$a\" must be {range}, found 1.5")),
        (int, json!({ "a": 2_147_483_648_i64 }), format!("variable \"$a\" must be {range}, found 2147483648")),
        (int, json!({ "a": [1] }), format!("variable \"$a\" must be {range}, found a list")),
        (
            "query ($t: String!) { echo(text: $t) }",
            json!({ "t": 1 }),
            "variable \"$t\" must be a value of the type \"String\", found 1".to_owned(),
        ),
        (
            "query ($w: Window!) { window(window: $w) }",
            json!({ "w": "LATER" }),
            "variable \"$w\" must be a value of the enum \"Window\", found \"LATER\"".to_owned(),
        ),
        (
            "query ($b: By!) { find(by: $b) }",
            json!({ "b": {} }),
            "variable \"$b\" takes exactly one of number, slug, not null; found none".to_owned(),
        ),
        (
            "query ($b: By!) { find(by: $b) }",
            json!({ "b": { "slug": null } }),
            "variable \"$b\" takes exactly one of number, slug, not null; found slug, which is null".to_owned(),
        ),
        (
            "query ($b: By!) { find(by: $b) }",
            json!({ "b": { "number": 1, "slug": "a" } }),
            "variable \"$b\" takes exactly one of number, slug, not null; found number and slug".to_owned(),
        ),
        (filter, json!({ "f": {} }), "variable \"$f\" lacks the required field \"atMost\"".to_owned()),
        (
            filter,
            json!({ "f": "all" }),
            "variable \"$f\" must be a value of the type \"Filter\", found \"all\"".to_owned(),
        ),
        (
            filter,
            json!({ "f": { "atMost": 1, "words": ["a", null] } }),
            "variable \"$f\".words[1] must be a \"String!\", found null".to_owned(),
        ),
        (
            filter,
            json!({ "f": { "atMost": 1, "most": 1 } }),
            "variable \"$f\" has a field \"most\" that \"Filter\" does not have".to_owned(),
        ),
    ] {
        server.query_with(query, variables).await.refused(400, "BAD_USER_INPUT", &message);
    }
}

#[tokio::test]
async fn variables_that_fit_are_taken() {
    let server = Server::start().await;
    let filter = "query ($f: Filter) { filtered(filter: $f) }";
    for (query, variables, expected) in [
        ("query ($a: Int! = 3) { number(value: $a) }", json!({}), json!({ "number": 3 })),
        (
            "query ($a: Int!) { number(value: $a) }",
            json!({ "a": -2_147_483_648_i64 }),
            json!({ "number": -2_147_483_648_i64 }),
        ),
        ("query ($a: Int!) { number(value: $a) }", json!({ "a": -0.0 }), json!({ "number": 0 })),
        ("query ($w: Window!) { window(window: $w) }", json!({ "w": "TODAY" }), json!({ "window": "TODAY" })),
        ("query ($b: By!) { find(by: $b) }", json!({ "b": { "number": 1 } }), json!({ "find": "number 1" })),
        ("query ($s: String!) { find(by: { slug: $s }) }", json!({ "s": "a" }), json!({ "find": "slug a" })),
        (filter, json!({ "f": null }), json!({ "filtered": "all" })),
        (filter, json!({ "f": { "atMost": 1, "words": "a" } }), json!({ "filtered": "1 of Some([\"a\"]), 7" })),
        // A key whose variable is left out is left out, and has its default.
        (
            "query ($u: Int, $w: [String!]) { filtered(filter: { atMost: 1, usual: $u, words: $w }) }",
            json!({}),
            json!({ "filtered": "1 of None, 7" }),
        ),
        ("query ($b: By!) { find(by: $b) }", json!({ "b": { "slug": "a" } }), json!({ "find": "slug a" })),
    ] {
        assert_eq!(server.query_with(query, variables).await.data(), &expected, "{query}");
    }
}

#[tokio::test]
async fn values_that_variables_make_wrong_are_told_by_their_argument() {
    let server = Server::start().await;
    let (usual, by) = (
        "query ($u: Int) { hello filtered(filter: { atMost: 1, usual: $u }) }",
        "query ($s: String) { hello find(by: { slug: $s }) }",
    );
    for (query, variables, field, message) in [
        (
            usual,
            json!({ "u": null }),
            "filtered",
            "argument \"filter\" of \"filtered\".usual must be a \"Int!\", found null",
        ),
        (
            by,
            json!({}),
            "find",
            "argument \"by\" of \"find\" takes exactly one of number, slug, not null; found none: variable \"$s\" is not given",
        ),
        (
            by,
            json!({ "s": null }),
            "find",
            "argument \"by\" of \"find\" takes exactly one of number, slug, not null; found slug, which is null",
        ),
    ] {
        let answer = server.query_with(query, variables).await;
        assert_eq!(answer.body["errors"][0]["message"], message, "{}", answer.body);
        assert_eq!(answer.body["errors"][0]["path"], json!([field]), "{}", answer.body);
        assert_eq!(answer.code(), "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn values_in_the_document_are_checked_before_anything_runs() {
    let server = Server::start().await;
    let range = "an Int from -2147483648 to 2147483647";
    for (query, message) in [
        (
            "{ number(value: 2147483648) }",
            format!("argument \"value\" of \"number\" must be {range}, found 2147483648"),
        ),
        (
            "{ number(value: -2147483649) }",
            format!("argument \"value\" of \"number\" must be {range}, found -2147483649"),
        ),
        (
            "{ ...F } fragment F on Query { number(value: 1e3) }",
            format!("argument \"value\" of \"number\" must be {range}, found 1e3"),
        ),
        (
            "query ($a: Int = 9999999999) { number(value: $a) }",
            format!("the default of \"$a\" must be {range}, found 9999999999"),
        ),
        (
            "{ filtered(filter: { atMost: 9999999999 }) }",
            format!("argument \"filter\" of \"filtered\".atMost must be {range}, found 9999999999"),
        ),
        (
            "{ filtered(filter: 1) }",
            "argument \"filter\" of \"filtered\" must be a value of the type \"Filter\", found 1".to_owned(),
        ),
        (
            "{ window(window: \"NOW\") }",
            "argument \"window\" of \"window\" must be a value of the enum \"Window\", found \"NOW\"".to_owned(),
        ),
        (
            "{ find(by: {}) }",
            "argument \"by\" of \"find\" takes exactly one of number, slug, not null; found none".to_owned(),
        ),
    ] {
        server.query(query).await.refused(400, "GRAPHQL_VALIDATION_FAILED", &message);
    }
    assert_eq!(server.query("{ number(value: 2147483647) }").await.data()["number"], 2_147_483_647);
}

#[tokio::test]
async fn a_failing_field_is_null_and_its_siblings_answer_in_order() {
    let server = Server::start().await;
    let response = server.post().json(&json!({ "query": "{ b: hello refuses a: hello }" })).send().await;
    let text = response.expect("an answer").text().await.expect("a body");
    assert!(text.ends_with(r#""data":{"b":"hello","refuses":null,"a":"hello"}}"#), "{text}");
    let answer = server.query("{ b: hello refuses a: hello }").await;
    let expected = json!([{
        "message": "pass `first` or `last`, not both",
        "locations": [{ "line": 1, "column": 12 }],
        "path": ["refuses"],
        "extensions": { "code": "BAD_USER_INPUT" },
    }]);
    assert_eq!(answer.body["errors"], expected);
}

#[tokio::test]
async fn a_failing_non_null_field_at_the_root_makes_the_data_null() {
    let server = Server::start().await;
    let answer = server.query("{ hello refusesHard }").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body.get("data"), Some(&Value::Null));
    assert_eq!(answer.body["errors"][0]["path"], json!(["refusesHard"]));
}

#[tokio::test]
async fn the_cause_of_an_internal_error_is_not_shown_but_the_request_id_is() {
    let server = Server::start().await;
    for query in ["{ hello leaks }", "{ hello breaks }"] {
        let request = server.post().header("x-request-id", "report-7").json(&json!({ "query": query }));
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body["data"]["hello"], "hello");
        assert_eq!(answer.message(), "internal error");
        let expected = json!({ "code": "INTERNAL_SERVER_ERROR", "requestId": "report-7" });
        assert_eq!(answer.body["errors"][0]["extensions"], expected);
        assert!(!answer.body.to_string().contains("SELECT"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_server_goes_on() {
    let server = Server::start().await;
    let request = server.post().header("x-request-id", "report-8").json(&json!({ "query": "{ panics }" }));
    let answer = Answer::of(request).await;
    answer.refused(500, "INTERNAL_SERVER_ERROR", "internal error");
    assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "report-8");
    assert!(answer.header("content-type").starts_with(GRAPHQL_RESPONSE));
    assert_eq!(server.query("{ hello }").await.data()["hello"], "hello");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended() {
    let settings = Settings { timeout: Duration::from_millis(100), ..Settings::default() };
    let server = Server::with(settings, async || true).await;
    assert_eq!(server.query("{ sleeps(milliseconds: 1) }").await.data()["sleeps"], "awake");
    let answer = server.query("{ sleeps(milliseconds: 5000) }").await;
    answer.refused(504, "TIMEOUT", "the request took longer than 0.1 seconds");
}

#[tokio::test]
async fn what_the_client_sent_is_cut_in_errors() {
    let server = Server::start().await;
    let long = "x".repeat(100_000);
    for answer in [
        server.query_with("query ($a: Int!) { number(value: $a) }", json!({ "a": long })).await,
        server.send(json!({ "query": "query A { hello }", "operationName": long }).to_string()).await,
        server.query(&format!("{{ number(value: \"{long}\") }}")).await,
        server.query(&format!("{{ hello }} \"{long}\"")).await,
        server.query(&format!("{{ {long} }}")).await,
        server.send(format!("{{\"{long}\":1,\"{long}\":1}}").get(..130_000).expect("it is long")).await,
    ] {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.to_string().len() < 400, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_path_with_nothing_is_404_in_json() {
    let server = Server::start().await;
    for path in ["/nothing", "/graphql/", "/assets/", "/media/", "/%2e%2e/Cargo.toml", "/assets/..%2findex.html"] {
        let answer = Answer::of(server.get(path)).await;
        answer.refused(404, "NOT_FOUND", "there is nothing at this path; the API is at /graphql");
    }
}
