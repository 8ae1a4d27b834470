//! Documents and variables to the letter of the specification, by the server and its sample newsroom: what is valid is answered, what
//! is not is refused before anything runs.

use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    support::{Kind, TestDb, http_client},
    web::serve,
};

/// Each is answered as the document behind it, which has no variables.
const SAME: [(&str, &str); 17] = [
    // A variable that is left out leaves the argument out, which has a default.
    ("query ($z: TimeZone) { feed(timeZone: $z, first: 1) { days { date } } }", "{ feed(first: 1) { days { date } } }"),
    (
        "query ($o: SearchOrder) { search(query: \"war\", orderBy: $o, first: 1) { nodes { slug } } }",
        "{ search(query: \"war\", first: 1) { nodes { slug } } }",
    ),
    (
        "query ($z: TimeZone) { sections { slug } ...F } fragment F on Query { feed(timeZone: $z, first: 1) { days { date } } }",
        "{ sections { slug } feed(first: 1) { days { date } } }",
    ),
    // In parts, of which one has variables.
    (
        "query ($z: TimeZone) { sections { slug } feed(timeZone: $z, first: 1) { days { date } } }",
        "{ sections { slug } feed(first: 1) { days { date } } }",
    ),
    ("query ($n: Int) { topStories(first: $n) { headline } }", "{ topStories { headline } }"),
    (
        "query ($f: ArticleFilter) { articles(first: 2, filter: $f) { nodes { slug } } }",
        "{ articles(first: 2) { nodes { slug } } }",
    ),
    (
        "query ($s: [String!]) { articles(first: 2, filter: { sections: $s }) { nodes { slug } } }",
        "{ articles(first: 2) { nodes { slug } } }",
    ),
    (
        "query ($d: Boolean) { __type(name: \"Section\") { fields(includeDeprecated: $d) { name } } }",
        "{ __type(name: \"Section\") { fields { name } } }",
    ),
    ("query ($s: Boolean = false) { sections @skip(if: $s) { slug } }", "{ sections { slug } }"),
    ("query ($s: Boolean = true) { sections { name slug @skip(if: $s) } }", "{ sections { name } }"),
    ("query ($s: Boolean! = true) { sections { ... @include(if: $s) { slug } } }", "{ sections { slug } }"),
    (
        "query ($s: Boolean = true) { sections { slug ...F @skip(if: $s) } } fragment F on Section { name }",
        "{ sections { slug } }",
    ),
    // What is new in September 2025, and what the engine cannot read.
    (
        "\"The sections\" query A(\"Which\" $s: Boolean = true) { ...F } \"\"\"Their names\"\"\" fragment F on Query { sections @include(if: $s) { slug } }",
        "{ sections { slug } }",
    ),
    ("{ search(query: \"war \\uD83D\\uDDDE\") { totalCount } }", "{ search(query: \"war 🗞\") { totalCount } }"),
    ("{ search(query: \"w\\u{61}r\") { totalCount } }", "{ search(query: \"war\") { totalCount } }"),
    ("{ ... on # a comment\n Query { sections { slug } } }", "{ sections { slug } }"),
    ("{ ...F ...F } fragment F on Query { sections { slug } sections { name slug } }", "{ sections { slug name } }"),
];

/// Each is refused before anything runs, with these words in its first error.
const REFUSED: [(&str, &str); 20] = [
    (
        "{ a: section(slug: \"world\") { slug } ...B } fragment B on Query { a: section(slug: \"sport\") { name } }",
        "two fields \"a\" cannot be answered as one: their arguments differ",
    ),
    (
        "{ section(slug: \"world\") { articles(first: 1) { nodes { slug } } ...L } } fragment L on Section { articles(first: 3) { nodes { slug } } }",
        "two fields \"articles\" cannot be answered as one: their arguments differ",
    ),
    (
        "{ sections { parent { a: slug } } sections { parent { a: name } } }",
        "they are the fields \"slug\" and \"name\"",
    ),
    (
        "{ node(id: \"x\") { ... on Article { a: publishedAt } ... on Section { a: name } } }",
        "cannot be answered as one: their types are",
    ),
    (
        "query ($s: String) { section(slug: $s) { slug } }",
        "\"$s\" of type \"String\" stands where \"String!\" is wanted",
    ),
    (
        "query ($s: [ID]) { nodes(ids: [\"a\"]) { id } again: nodes(ids: $s) { id } }",
        "\"$s\" of type \"[ID]\" stands where \"[ID!]!\" is wanted",
    ),
    ("query ($u: String!) { article(by: { url: $u }) { slug } }", "\"String!\" stands where \"URL\" is wanted"),
    ("query ($n: Int!) { sections @skip(if: $n) { slug } }", "\"Int!\" stands where \"Boolean!\" is wanted"),
    ("{ article(by: { slug: \"a\", slug: \"b\" }) { slug } }", "has the key \"slug\" twice"),
    ("query A() { sections { slug } }", "syntax error: unexpected `)`"),
    ("{ article(by: {}) { slug } }", "takes exactly one of"),
    ("{ article(by: { slug: null }) { slug } }", "found slug, which is null"),
    ("{ search(query: \"a\", orderBy: \"NEWEST\") { totalCount } }", "must be a value of the enum \"SearchOrder\""),
    ("{ topStories(first: 3000000000) { slug } }", "must be an Int from -2147483648 to 2147483647"),
    ("{ sections { slug } } fragment F on Query { sections { slug } }", "fragment \"F\" is not used"),
    ("fragment F on Query { sections { slug } }", "fragment \"F\" is not used"),
    ("query ($a: Int) { sections { slug } }", "variable \"$a\" is not used"),
    ("{ topStories(first: $a) { headline } }", "variable \"$a\" is not defined"),
    ("subscription { sections { slug } }", "subscriptions are not served"),
    ("{ search(query: \"\\uD83D\") { totalCount } }", "half a character"),
];

/// Each is run, and its field is refused for the value that its variable has, or has not.
fn failing() -> [(&'static str, Value, &'static str, &'static str); 6] {
    let by = "query ($id: ID, $slug: String) { article(by: { id: $id }) { slug } topic(by: { slug: $slug }) { slug } }";
    [
        (by, json!({ "slug": "a" }), "article", "found none: variable \"$id\" is not given"),
        (by, json!({ "id": null, "slug": "a" }), "article", "found id, which is null"),
        (
            "query ($slug: String) { topic(by: { slug: $slug }) { slug } }",
            json!({ "slug": null }),
            "topic",
            "argument \"by\" of \"topic\" takes exactly one of id, qcode, slug, not null; found slug, which is null",
        ),
        (
            "query ($z: TimeZone) { feed(timeZone: $z, first: 1) { days { date } } }",
            json!({ "z": null }),
            "feed",
            "argument \"timeZone\" of \"feed\" must be a \"TimeZone!\", found null",
        ),
        (
            "query ($o: SearchOrder) { search(query: \"war\", orderBy: $o) { totalCount } }",
            json!({ "o": null }),
            "search",
            "argument \"orderBy\" of \"search\" must be a \"SearchOrder!\", found null",
        ),
        (
            "query ($id: ID) { ... F } fragment F on Query { a: article(by: { id: $id }) { slug } }",
            json!({}),
            "a",
            "argument \"by\" of \"article\" takes exactly one of",
        ),
    ]
}

async fn sent(client: &Client, address: &str, query: &str, variables: &Value, by_get: bool) -> Value {
    let request = if by_get {
        let parameters = [("query", query), ("variables", &variables.to_string())];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        client.get(format!("{address}?{query}"))
    } else {
        client.post(address).json(&json!({ "query": query, "variables": variables }))
    };
    let request = request.header("accept", "application/graphql-response+json");
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_and_variables_are_taken_as_the_specification_says() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.unwrap();
        let (address, server) = serve(&database).await;
        let (client, address) = (http_client().build().unwrap(), format!("http://{address}/graphql"));
        for by_get in [false, true] {
            let none = json!({});
            for (document, same) in SAME {
                let answer = sent(&client, &address, document, &none, by_get).await;
                let expected = sent(&client, &address, same, &none, by_get).await;
                assert!(answer.get("errors").is_none(), "{document}: {answer}");
                assert_eq!(answer["data"], expected["data"], "{document}");
                assert!(answer["data"].as_object().is_some_and(|data| !data.is_empty()), "{document}: {answer}");
            }
            for (document, message) in REFUSED {
                let answer = sent(&client, &address, document, &none, by_get).await;
                let said = answer["errors"][0]["message"].as_str().unwrap_or_default();
                assert!(said.contains(message), "{document}: {answer}");
                assert!(answer.get("data").is_none(), "{document}: {answer}");
            }
            for (document, variables, field, message) in failing() {
                let answer = sent(&client, &address, document, &variables, by_get).await;
                let errors = answer["errors"].as_array().unwrap();
                let error = errors.iter().find(|error| error["path"] == json!([field])).unwrap_or(&Value::Null);
                assert!(error["message"].as_str().is_some_and(|said| said.contains(message)), "{document}: {answer}");
                assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
                assert!(answer.get("data").is_some(), "{answer}");
            }
        }
        server.abort();
    }
}

/// A field whose argument a variable makes wrong fails by itself, however deep it stands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_a_variable_makes_wrong_is_null_alone() {
    for kind in Kind::BOTH {
        let database = crate::article_page::newsroom(kind, 1).await;
        let (address, server) = serve(&database).await;
        let (client, address) = (http_client().build().unwrap(), format!("http://{address}/graphql"));
        let null = json!({ "n": null });
        for (document, data, paths) in [
            (
                "query ($n: Boolean = true) { article(by: { slug: \"article-1\" }) { slug related(excludingStories: $n) { reason } } }",
                json!({ "article": { "slug": "article-1", "related": null } }),
                json!([["article", "related"]]),
            ),
            (
                "query ($n: RankingWindow = NOW) { sections { slug } articles(first: 2) { nodes { ...R ... { slug again: rank(window: $n) } } } }
                 fragment R on Article { r: rank(window: $n) }",
                json!({ "sections": [{ "slug": "section-1" }], "articles": { "nodes": [
                    { "r": null, "slug": "article-1", "again": null }, { "r": null, "slug": "article-2", "again": null },
                ] } }),
                json!([
                    ["articles", "nodes", 0, "r"],
                    ["articles", "nodes", 0, "again"],
                    ["articles", "nodes", 1, "r"],
                    ["articles", "nodes", 1, "again"],
                ]),
            ),
            (
                "query ($n: [Int!] = [320]) { article(by: { slug: \"article-1\" }) { leadImage { alt srcSet(widths: $n) } body { blocks {
                    ... on Paragraph { text } ... on ImageBlock { image { srcSet(widths: $n) } } } } } }",
                json!({ "article": { "leadImage": { "alt": "Alt 1", "srcSet": null },
                    "body": { "blocks": [{ "text": "One paragraph." }, { "image": { "srcSet": null } }] } } }),
                json!([["article", "leadImage", "srcSet"], ["article", "body", "blocks", 1, "image", "srcSet"]]),
            ),
            (
                "query ($n: Boolean = true) { a: __typename ... @skip(if: true) { article(by: { slug: \"article-1\" }) {
                    related(excludingStories: $n) { reason } } } }",
                json!({ "a": "Query" }),
                json!([]),
            ),
            (
                "mutation ($n: String = \"x\") { recordReads(input: [{ article: $n }]) { accepted } }",
                json!({ "recordReads": null }),
                json!([["recordReads"]]),
            ),
        ] {
            let answer = sent(&client, &address, document, &null, false).await;
            assert_eq!(answer["data"], data, "{document}: {answer}");
            let errors = answer["errors"].as_array().cloned().unwrap_or_default();
            let found: Vec<&Value> = errors.iter().map(|error| &error["path"]).collect();
            assert_eq!(json!(found), paths, "{document}: {answer}");
            for error in &errors {
                assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
                assert!(error["message"].as_str().is_some_and(|said| said.contains("found null")), "{error}");
            }
        }
        // Of what may not be null the object is null, and the path says which field it was.
        let document = "{ topics(first: 1) { nodes { slug name(language: \"x x\") } } }";
        let answer = sent(&client, &address, document, &json!({}), false).await;
        assert_eq!(answer["errors"][0]["path"], json!(["topics", "nodes", 0, "name"]), "{answer}");
        server.abort();
    }
}
