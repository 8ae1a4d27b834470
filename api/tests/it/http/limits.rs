//! Small requests that would make large work, at, below and above each limit.

use std::fmt::Write as _;
use std::time::Instant;

use super::*;

/// `levels` fragments that each spread the next one twice.
fn bomb(levels: usize) -> String {
    let mut query = "{ ...F0 ...F0 }".to_owned();
    for level in 0..levels {
        let next = level + 1;
        write!(query, " fragment F{level} on Query {{ ...F{next} ...F{next} }}").expect("a string");
    }
    write!(query, " fragment F{levels} on Query {{ hello }}").expect("a string");
    query
}

/// Fields inside each other: `depth` of them.
fn deep(depth: usize) -> String {
    format!("{{ {}id{} }}", "node { ".repeat(depth - 1), " }".repeat(depth - 1))
}

#[tokio::test]
async fn a_fragment_bomb_is_refused_in_milliseconds() {
    let server = Server::start().await;
    for levels in [12, 30, 100, 200] {
        let started = Instant::now();
        let answer = server.query(&bomb(levels)).await;
        let took = started.elapsed();
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "QUERY_TOO_LARGE"), "{}", answer.body);
        // Far more than it needs, far less than a walk over every spread.
        assert!(took < Duration::from_millis(500), "{levels} levels took {took:?}");
    }
    assert!(server.query(&bomb(4)).await.data()["hello"].is_string(), "a small one is a query like others");
}

#[tokio::test]
async fn the_expanded_size_is_bounded() {
    let server = Server::start().await;
    // 90 fields in a fragment, a spread for each time, a definition: 91 * times + 90.
    let query =
        |times: usize| format!("{{ {} }} fragment F on Query {{ {} }}", "...F ".repeat(times), "hello ".repeat(90));
    assert_eq!(server.query(&query(20)).await.status, StatusCode::BAD_REQUEST, "root fields count with fragments");
    let under = |times: usize| {
        format!("{{ node {{ {} }} }} fragment F on Node {{ {} }}", "...F ".repeat(times), "id ".repeat(90))
    };
    server.query(&under(108)).await.data();
    let answer = server.query(&under(109)).await;
    answer.refused(
        400,
        "QUERY_TOO_LARGE",
        "document has 10,010 fields once its fragments are in place, the limit is 10,000",
    );
}

#[tokio::test]
async fn fragments_that_spread_themselves_are_refused() {
    let server = Server::start().await;
    for query in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { hello ... { ...B } } fragment B on Query { node { ...A } }",
        "{ hello } fragment A on Query { ...A }",
    ] {
        let answer = server.query(query).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "GRAPHQL_VALIDATION_FAILED"));
        assert!(answer.message().ends_with("spreads itself"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_document_may_have_2_000_tokens() {
    let server = Server::start().await;
    let query = |tokens: usize| format!("{{ node {{ {} }} }}", "id ".repeat(tokens - 5));
    for tokens in [1_999, 2_000] {
        server.query(&query(tokens)).await.data();
    }
    let answer = server.query(&query(2_001)).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has 2,001 tokens, the limit is 2,000");
    let answer = server.query(&"{a ".repeat(21_000)).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has 42,000 tokens, the limit is 2,000");
}

#[tokio::test]
async fn long_strings_and_comments_are_no_tokens() {
    let server = Server::start().await;
    let text = "{ a } ".repeat(3_500);
    let query = format!("# {text}\n{{ echo(text: \"{text}\") block: echo(text: \"\"\"{text}\"\"\") }}");
    assert_eq!(server.query(&query).await.data()["block"], text.trim_end().to_owned() + " ");
}

#[tokio::test]
async fn brackets_nest_up_to_30() {
    let server = Server::start().await;
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        let query = |depth: usize| format!("{{ echo(text: {}1{}) }}", open.repeat(depth), close.repeat(depth));
        assert_eq!(server.query(&query(28)).await.code(), "GRAPHQL_VALIDATION_FAILED");
        let answer = server.query(&query(29)).await;
        answer.refused(400, "QUERY_TOO_LARGE", "document has 31 brackets inside each other, the limit is 30");
    }
    for hostile in ["{".repeat(1_900), "[".repeat(1_900), "{a(b:".repeat(400), "((((".repeat(16_000)] {
        assert_eq!(server.query(&hostile).await.code(), "QUERY_TOO_LARGE");
    }
}

#[tokio::test]
async fn chains_of_fragments_count_as_nesting() {
    let server = Server::start().await;
    let chain = |length: usize| {
        let mut query = "{ ...F0 }".to_owned();
        for link in 0..length {
            write!(query, " fragment F{link} on Query {{ ...F{} }}", link + 1).expect("a string");
        }
        query + &format!(" fragment F{length} on Query {{ hello }}")
    };
    server.query(&chain(28)).await.data();
    let answer = server.query(&chain(29)).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has 31 selections inside each other, the limit is 30");
    assert_eq!(server.query(&chain(220)).await.code(), "QUERY_TOO_LARGE");
}

#[tokio::test]
async fn fields_nest_up_to_12() {
    let server = Server::start().await;
    for depth in [11, 12] {
        server.query(&deep(depth)).await.data();
    }
    let answer = server.query(&deep(13)).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has a depth of 13 fields, the limit is 12");
    let spread = "{ node { ...A } } fragment A on Node { node { node { node { node { node { ...B } } } } } } \
                  fragment B on Node { node { node { node { node { node { node { id } } } } } } }";
    let answer = server.query(spread).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has a depth of 13 fields, the limit is 12");
}

#[tokio::test]
async fn root_fields_aliases_and_directives_have_limits() {
    let server = Server::start().await;
    let aliased = |count: usize| {
        (0..count).fold(String::new(), |mut text, index| {
            write!(text, "a{index}: id ").expect("a string");
            text
        })
    };
    server.query(&format!("{{ {} }}", "hello ".repeat(50))).await.data();
    let answer = server.query(&format!("{{ {} }}", "hello ".repeat(51))).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has 51 fields directly under an operation, the limit is 50");

    for count in [59, 60] {
        server.query(&format!("{{ node {{ {} }} }}", aliased(count))).await.data();
    }
    let answer = server.query(&format!("{{ node {{ {} }} }}", aliased(61))).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has 61 aliases, the limit is 60");

    let directives = |count| format!("{{ node {{ {} }} }}", "id @include(if: true) ".repeat(count));
    server.query(&directives(100)).await.data();
    let answer = server.query(&directives(101)).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has 101 directives, the limit is 100");
    let answer = server.query(&format!("query {} {{ hello }}", "@a ".repeat(101))).await;
    assert_eq!(answer.code(), "QUERY_TOO_LARGE");

    let crowd = |count| format!("{{ hello {} }}", "@include(if: true) ".repeat(count));
    for count in [4, 5] {
        let answer = server.query(&crowd(count)).await;
        assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "a directive stands once in a place: {}", answer.body);
    }
    let answer = server.query(&crowd(6)).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has 6 directives in one place, the limit is 5");
}

#[tokio::test]
async fn a_document_may_have_64_kib() {
    let server = Server::start().await;
    let query = |bytes: usize| format!("{{ hello }}{}", " ".repeat(bytes - 9));
    for bytes in [65_535, 65_536] {
        assert_eq!(server.query(&query(bytes)).await.data()["hello"], "hello");
    }
    let answer = server.query(&query(65_537)).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has 65,537 bytes, the limit is 65,536");
    assert_eq!(answer.body["errors"][0]["extensions"]["value"], 65_537);
    assert_eq!(answer.body["errors"][0]["extensions"]["limit"], 65_536);
}

#[tokio::test]
async fn variables_may_have_64_kib() {
    let server = Server::start().await;
    let query = "query ($t: String!) { echo(text: $t) }";
    // {"t":"…"}
    let variables = |bytes: usize| json!({ "t": "x".repeat(bytes - 8) });
    for bytes in [65_535, 65_536] {
        server.query_with(query, variables(bytes)).await.data();
    }
    let answer = server.query_with(query, variables(65_537)).await;
    answer.refused(400, "VARIABLES_TOO_LARGE", "the variables have 65,537 bytes, the limit is 65,536");
    // Also those that the operation does not have.
    let answer = server.query_with("{ hello }", variables(70_000)).await;
    answer.refused(400, "VARIABLES_TOO_LARGE", "the variables have 70,000 bytes, the limit is 65,536");
}

#[tokio::test]
async fn a_page_may_have_as_many_items_as_the_setting_says() {
    let limits = Limits { page_size: 50, ..Limits::default() };
    let server = Server::with(Settings { limits, ..Settings::default() }, async || true).await;
    for first in [49, 50] {
        let answer = server.query(&format!("{{ nodes(first: {first}) {{ id }} }}")).await;
        assert_eq!(answer.data()["nodes"].as_array().map(Vec::len), Some(first));
    }
    let message = "`first` is 51; ask for 1 to 50 items and page with cursors";
    server.query("{ nodes(first: 51) { id } }").await.refused(400, "BAD_USER_INPUT", message);
    let query = "query ($n: Int!) { nodes(first: $n) { id } }";
    server.query_with(query, json!({ "n": 50 })).await.data();
    let answer = server.query_with(query, json!({ "n": 51 })).await;
    answer.refused(400, "BAD_USER_INPUT", message);
    assert_eq!(answer.body["errors"][0]["extensions"]["argument"], "first");
}

#[tokio::test]
async fn a_request_may_cost_as_much_as_the_setting_says() {
    let limits = Limits { cost: 60, ..Limits::default() };
    let server = Server::with(Settings { limits, ..Settings::default() }, async || true).await;
    let query = "query ($n: Int! = 20) { nodes(first: $n) { id node { id } } }";
    // Each of the nodes, its id, the node in it, and that one's id.
    for n in [14, 15] {
        server.query_with(query, json!({ "n": n })).await.data();
    }
    let message = "the request may cost 64, the limit is 60: ask for fewer items, or for less inside of lists";
    server.query_with(query, json!({ "n": 16 })).await.refused(400, "QUERY_TOO_EXPENSIVE", message);
    let answer = server.query(query).await;
    assert_eq!((answer.code(), &answer.body["errors"][0]["extensions"]["value"]), ("QUERY_TOO_EXPENSIVE", &json!(80)));
}

#[tokio::test]
async fn what_a_request_costs_can_be_asked_for_with_and_without_running_it() {
    let server = Server::start().await;
    let body =
        |extensions: Value| json!({ "query": "{ nodes(first: 4) { id } }", "extensions": extensions }).to_string();
    let answer = server.send(body(json!({ "dryRun": true }))).await;
    let expected = json!({ "data": { "nodes": null }, "extensions": { "cost": { "requested": 8, "limit": 20_000 } } });
    assert_eq!(answer.body, expected);
    let answer = server.send(body(json!({ "cost": true }))).await;
    assert_eq!(answer.body["data"]["nodes"].as_array().map(Vec::len), Some(4));
    assert_eq!(answer.body["extensions"]["cost"], json!({ "requested": 8, "limit": 20_000, "statements": 0 }));
    for no in [json!({}), json!({ "cost": false, "dryRun": null }), json!({ "cost": "true" })] {
        assert!(server.send(body(no)).await.body.get("extensions").is_none());
    }
    let expensive =
        json!({ "query": "{ a: nodes(first: 100) { node { node { id } } } }", "extensions": { "dryRun": true } });
    let limits = Limits { cost: 100, ..Limits::default() };
    let strict = Server::with(Settings { limits, ..Settings::default() }, async || true).await;
    let answer = strict.send(expensive.to_string()).await;
    assert_eq!(answer.body["extensions"]["cost"], json!({ "requested": 400, "limit": 100 }));
    let mutation = json!({ "query": "mutation { change }", "extensions": { "dryRun": true } });
    assert_eq!(server.send(mutation.to_string()).await.body["data"], json!({ "change": null }), "nothing is changed");
    // The data has the shape that was asked for, as far as a client can tell: each root field once, and no more.
    let query = "query Q($no: Boolean!) { __typename a: hello ...F hello @include(if: $no) __schema { queryType { name } } } \
                 fragment F on Query { a: hello window(window: NOW) }";
    let asked = json!({ "query": query, "variables": { "no": false }, "extensions": { "dryRun": true } });
    let expected = json!({ "__typename": "Query", "a": null, "window": null });
    assert_eq!(server.send(asked.to_string()).await.body["data"], expected);
}

#[tokio::test]
async fn introspection_and_suggestions_can_be_turned_off() {
    let server = Server::start().await;
    let answer = server.query("{ helo }").await;
    assert_eq!(answer.message(), "Unknown field \"helo\" on type \"Query\". Did you mean \"hello\"?");
    let limits = Limits { introspection: false, ..Limits::default() };
    let server = Server::with(Settings { limits, ..Settings::default() }, async || true).await;
    let message = "this server does not answer `__schema` and `__type`";
    for query in [
        "{ __schema { queryType { name } } }",
        "{ __type(name: \"Query\") { name } }",
        "{ ...F } fragment F on Query { ... { s: __schema { queryType { name } } } }",
        "query A { hello } query B { __type(name: \"Query\") { name } }",
        include_str!("introspection.graphql"),
    ] {
        server.query(query).await.refused(400, "INTROSPECTION_DISABLED", message);
    }
    assert_eq!(server.query("{ __typename hello }").await.data()["__typename"], "Query");
    let answer = server.query("{ helo echo(texd: 1) }").await;
    assert!(!answer.body.to_string().contains("Did you mean"), "{}", answer.body);
}

#[tokio::test]
async fn the_introspection_query_of_graphiql_is_answered() {
    let server = Server::start().await;
    let answer = server.query(include_str!("introspection.graphql")).await;
    let types = answer.data()["__schema"]["types"].as_array().expect("a list");
    assert!(types.iter().any(|ty| ty["name"] == "Query"));
}

#[tokio::test]
async fn lists_inside_lists_of_introspection_are_refused() {
    let server = Server::start().await;
    let cycle = |times: usize| {
        let (open, close) = ("fields { type { ".repeat(times), " } }".repeat(times));
        format!("{{ __schema {{ types {{ {open}name{close} }} }} }}")
    };
    server.query(&cycle(2)).await.data();
    for times in [4, 6, 8] {
        let answer = server.query(&cycle(times)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "QUERY_TOO_LARGE"), "{}", answer.body);
    }
    let of_type = |times: usize| {
        let (open, close) = ("ofType { ".repeat(times), " }".repeat(times));
        format!("{{ __type(name: \"Query\") {{ fields {{ type {{ {open}name{close} }} }} }} }}")
    };
    server.query(&of_type(17)).await.data();
    let answer = server.query(&of_type(18)).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has a depth of 21 fields in its introspection, the limit is 20");
}

#[tokio::test]
async fn copies_of_introspection_lists_are_counted() {
    let server = Server::start().await;
    let inner: String = (0..25).map(|index| format!("b{index}: fields {{ name }} ")).collect();
    let outer: String = (0..25).map(|index| format!("a{index}: fields {{ type {{ ...T }} }} ")).collect();
    let query = format!("{{ __schema {{ types {{ {outer} }} }} }} fragment T on __Type {{ {inner} }}");
    let answer = server.query(&query).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "QUERY_TOO_LARGE"), "{}", answer.body);
    assert!(answer.message().starts_with("document has introspection that gives about"), "{}", answer.body);
}

#[tokio::test]
async fn a_flood_of_errors_is_cut() {
    let server = Server::start().await;
    let fields: String = (0..1_000).fold(String::new(), |mut text, index| {
        write!(text, "unknown{index} ").expect("a string");
        text
    });
    let answer = server.query(&format!("{{ node {{ {fields} }} }}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let errors = answer.body["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 11);
    assert_eq!(errors[10]["message"], "990 more errors are not shown");
    assert!(answer.body.to_string().len() < 3_000);
}

#[tokio::test]
async fn errors_of_fields_are_cut_as_well() {
    let limits = Limits { page_size: 1_000, ..Limits::default() };
    let server = Server::with(Settings { limits, ..Settings::default() }, async || true).await;
    let answer = server.query("{ nodes(first: 150) { refuses } }").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["errors"].as_array().map(Vec::len), Some(101));
    assert_eq!(answer.body["data"]["nodes"].as_array().map(Vec::len), Some(150));
}

#[tokio::test]
async fn a_long_name_in_many_places_does_not_make_a_long_answer() {
    let server = Server::start().await;
    let name = "n".repeat(200);
    let query = format!("{{ node {{ {} }} }} fragment F on Node {{ {name} }}", "...F ".repeat(600));
    let answer = server.query(&query).await;
    assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
    assert!(answer.body.to_string().len() < 6_000);
    let answer = server.query(&format!("{{ {name}n }}")).await;
    answer.refused(400, "QUERY_TOO_LARGE", "document has a name of 201 letters, the limit is 200");
}
