//! Requests that mean harm, on the real schema with the sample newsroom: each is refused with a code, or answered with little work.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition},
};
use serde_json::{Value, json};

use crate::{
    support::{Kind, TestDb, http_client},
    web::serve,
};

/// Codes that a hostile request may be refused with.
const REFUSALS: [&str; 9] = [
    "BAD_REQUEST",
    "BAD_USER_INPUT",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "OPERATION_RESOLUTION_FAILURE",
    "PAYLOAD_TOO_LARGE",
    "QUERY_TOO_EXPENSIVE",
    "QUERY_TOO_LARGE",
    "VARIABLES_TOO_LARGE",
];

/// A server with the sample newsroom, and how it takes a request.
struct Target {
    client: reqwest::Client,
    url: String,
    _database: TestDb,
}

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Refused(String),
    /// With so many statements.
    Answered(u64),
}

impl Target {
    async fn start(kind: Kind) -> Self {
        let database = TestDb::migrated(kind).await;
        api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.unwrap();
        let (address, _) = serve(&database).await;
        Self { client: http_client().build().unwrap(), url: format!("http://{address}/graphql"), _database: database }
    }

    async fn send(&self, body: impl Into<Vec<u8>>) -> Fate {
        let body = body.into();
        let shown: String = String::from_utf8_lossy(&body).chars().take(300).collect();
        let request = self.client.post(&self.url).header("content-type", "application/json").body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        // The longest text of the sample newsroom a hundred times over is some megabytes.
        assert!(text.len() < 8 << 20, "{} bytes for {shown}", text.len());
        let answer: Value = serde_json::from_str(&text).unwrap();
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        match code {
            None => {
                assert_eq!(status, 200, "{shown}");
                Fate::Answered(answer["extensions"]["cost"]["statements"].as_u64().unwrap_or_default())
            }
            Some(code) => {
                assert!(REFUSALS.contains(&code), "{code} {status} for {shown}: {answer}");
                assert!([200, 400, 413].contains(&status), "{status} for {shown}");
                Fate::Refused(code.to_owned())
            }
        }
    }

    async fn query(&self, query: &str, variables: Value) -> Fate {
        let body = json!({ "query": query, "variables": variables, "extensions": { "cost": true } });
        self.send(body.to_string()).await
    }

    async fn refuses(&self, code: &str, query: &str) {
        let shown: String = query.chars().take(300).collect();
        assert_eq!(self.query(query, json!({})).await, Fate::Refused(code.to_owned()), "{shown}");
    }
}

/// The composite types of the schema, with what leads from each to others.
struct Graph(BTreeMap<String, Vec<Edge>>);

#[derive(Clone, Debug)]
struct Edge {
    /// As it is written before the bracket, with as many items as there may be.
    text: String,
    to: String,
}

impl Graph {
    fn of_the_schema() -> Self {
        let mut edges = BTreeMap::new();
        let mut inputs = BTreeMap::new();
        let definitions = parse_schema(api::schema::sdl()).unwrap().definitions;
        let types: Vec<_> = definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => Some(definition.node),
                _ => None,
            })
            .collect();
        for definition in &types {
            let name = definition.name.node.to_string();
            match &definition.kind {
                TypeKind::Enum(values) => {
                    inputs.insert(name, values.values[0].node.value.node.to_string());
                }
                TypeKind::InputObject(_) => {
                    inputs.insert(name, "{ slug: \"x\" }".to_owned());
                }
                _ => {}
            }
        }
        for definition in &types {
            let out = match &definition.kind {
                TypeKind::Object(object) => object.fields.iter().map(|field| edge(&field.node, &inputs)).collect(),
                TypeKind::Union(union) => union.members.iter().map(|member| member_edge(&member.node)).collect(),
                TypeKind::Interface(_) => implementers(&types, &definition.name.node),
                _ => continue,
            };
            edges.insert(definition.name.node.to_string(), out);
        }
        let composite: BTreeSet<String> = edges.keys().cloned().collect();
        edges.values_mut().for_each(|out: &mut Vec<Edge>| out.retain(|edge| composite.contains(&edge.to)));
        Self(edges)
    }

    /// The shortest way from one type to another, at least one edge long.
    fn way(&self, from: &str, to: &str) -> Option<Vec<Edge>> {
        let mut queue: VecDeque<Vec<Edge>> = self.0[from].iter().map(|edge| vec![edge.clone()]).collect();
        let mut seen = BTreeSet::new();
        while let Some(way) = queue.pop_front() {
            let last = &way.last()?.to;
            if last == to {
                return Some(way);
            }
            if seen.insert(last.clone()) {
                queue.extend(self.0[last].iter().map(|edge| [way.clone(), vec![edge.clone()]].concat()));
            }
        }
        None
    }

    /// Every way that leads from a type back to it, begun at the root: the way there, and the turn.
    fn recursive(&self) -> Vec<(Vec<Edge>, Vec<Edge>)> {
        let mut found = Vec::new();
        for (from, out) in &self.0 {
            let Some(there) = self.way("Query", from) else {
                continue;
            };
            for edge in out {
                let back = if edge.to == *from { Some(Vec::new()) } else { self.way(&edge.to, from) };
                if let Some(back) = back {
                    found.push((there.clone(), [vec![edge.clone()], back].concat()));
                }
            }
        }
        found
    }
}

fn edge(field: &FieldDefinition, inputs: &BTreeMap<String, String>) -> Edge {
    let mut arguments = Vec::new();
    for argument in &field.arguments {
        let (name, ty) = (&argument.node.name.node, &argument.node.ty.node);
        if name == "first" {
            arguments.push("first: 100".to_owned());
        } else if !ty.nullable && argument.node.default_value.is_none() {
            arguments.push(format!("{name}: {}", value(ty, inputs)));
        }
    }
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    Edge { text: format!("{}{arguments}", field.name.node), to: named(&field.ty.node) }
}

fn member_edge(member: &str) -> Edge {
    Edge { text: format!("... on {member}"), to: member.to_owned() }
}

fn implementers(types: &[async_graphql::parser::types::TypeDefinition], interface: &str) -> Vec<Edge> {
    let implements = |kind: &TypeKind| matches!(kind, TypeKind::Object(object) if object.implements.iter().any(|name| name.node == interface));
    types.iter().filter(|ty| implements(&ty.kind)).map(|ty| member_edge(&ty.name.node)).collect()
}

fn value(ty: &Type, inputs: &BTreeMap<String, String>) -> String {
    match &ty.base {
        BaseType::List(inner) => format!("[{}]", value(inner, inputs)),
        BaseType::Named(name) => match name.as_str() {
            "Int" => "1".to_owned(),
            "String" | "ID" => "\"world\"".to_owned(),
            "DateTime" => "\"2999-01-01T00:00:00Z\"".to_owned(),
            other => inputs[other].clone(),
        },
    }
}

fn named(ty: &Type) -> String {
    match &ty.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => named(inner),
    }
}

/// A query that goes there and then round and round, `fields` fields deep.
fn spiral(there: &[Edge], turn: &[Edge], fields: usize) -> String {
    let is_field = |edge: &&Edge| !edge.text.starts_with("...");
    let mut query = String::new();
    let mut depth = 0;
    let mut open = 0;
    for edge in there.iter().chain(turn.iter().cycle()) {
        if depth + 1 >= fields {
            break;
        }
        write!(query, "{{ {} ", edge.text).unwrap();
        open += 1;
        depth += usize::from(is_field(&edge));
    }
    format!("{query} {{ __typename }} {}", "} ".repeat(open))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recursive_path_of_the_schema_is_bounded() {
    let target = Target::start(Kind::Sqlite).await;
    let paths = Graph::of_the_schema().recursive();
    assert!(paths.len() > 25, "{} recursive paths", paths.len());
    let mut answered = 0;
    for (there, turn) in &paths {
        for depth in 4..=12 {
            let query = spiral(there, turn, depth);
            match target.query(&query, json!({})).await {
                Fate::Answered(statements) => {
                    answered += 1;
                    assert!(statements <= 30, "{statements} statements for {query}");
                }
                Fate::Refused(code) => {
                    let refusals = ["QUERY_TOO_EXPENSIVE", "BAD_USER_INPUT"];
                    assert!(refusals.contains(&code.as_str()), "{code}: {query}");
                }
            }
        }
        for depth in [13, 20] {
            target.refuses("QUERY_TOO_LARGE", &spiral(there, turn, depth)).await;
        }
        let deepest = spiral(there, turn, 200);
        target.refuses("QUERY_TOO_LARGE", &deepest).await;
    }
    assert!(answered > paths.len(), "{answered} of {} paths are answered", paths.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_news_site_is_far_from_every_limit() {
    let target = Target::start(Kind::Sqlite).await;
    let page = include_str!("../queries/article/page.graphql");
    let body = json!({ "query": page, "variables": { "slug": "x" }, "extensions": { "dryRun": true } });
    let response = target.client.post(&target.url).json(&body).send().await.unwrap();
    let answer: Value = response.json().await.unwrap();
    let cost = answer["extensions"]["cost"]["requested"].as_u64().unwrap();
    assert!((500..5_000).contains(&cost), "{cost}");
    let Fate::Answered(statements) = target.query(page, json!({ "slug": "x" })).await else { panic!("it is refused") };
    assert!((1..=14).contains(&statements), "{statements}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cost_counts_connections_and_every_list_inside_of_them() {
    let target = Target::start(Kind::Sqlite).await;
    let list = |inner: &str| format!("{{ articles(first: 100) {{ nodes {{ {inner} }} }} }}");
    assert!(matches!(target.query(&list("slug headline section { name }"), json!({})).await, Fate::Answered(_)));
    for inner in [
        "stories { articles(first: 100) { nodes { slug } } }",
        "related(first: 100) { article { slug headline section { slug } } }",
        "section { articles(first: 100) { edges { node { slug } } } }",
        "topics(first: 100) { narrower { slug name } }",
    ] {
        target.refuses("QUERY_TOO_EXPENSIVE", &list(inner)).await;
    }
    let query = "query ($n: Int! = 5) { sections { articles(first: $n) { nodes { slug topics { slug name } } } } }";
    assert!(matches!(target.query(query, json!({})).await, Fate::Answered(_)));
    assert_eq!(target.query(query, json!({ "n": 100 })).await, Fate::Refused("QUERY_TOO_EXPENSIVE".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicated_fields_aliases_and_directives_are_refused_or_cheap() {
    let target = Target::start(Kind::Sqlite).await;
    let aliases = |count: usize, field: &str| {
        let fields: String = (0..count).map(|index| format!("a{index}: {field} ")).collect();
        format!("{{ {fields} }}")
    };
    for field in [
        "articles(first: 100) { nodes { slug headline topics { slug } } }",
        "filterOptions { topics { value count } }",
        "search(query: \"a OR b OR c\") { totalCount facets { topics { count } } }",
    ] {
        target.refuses("QUERY_TOO_EXPENSIVE", &aliases(49, field)).await;
        target.refuses("QUERY_TOO_LARGE", &aliases(61, field)).await;
    }
    assert!(matches!(target.query(&aliases(50, "__typename"), json!({})).await, Fate::Answered(0)));
    let same = format!("{{ {} }}", "sections { slug } ".repeat(50));
    assert!(matches!(target.query(&same, json!({})).await, Fate::Answered(1)), "equal fields are one");
    let many = format!("{{ article(by: {{ slug: \"x\" }}) {{ {} }} }}", "headline ".repeat(1_900));
    assert!(matches!(target.query(&many, json!({})).await, Fate::Answered(1..=3)));
    target.refuses("QUERY_TOO_LARGE", &format!("{{ {} }}", "sections { slug } ".repeat(51))).await;
    target.refuses("QUERY_TOO_LARGE", &format!("{{ sections {{ {} }} }}", "slug ".repeat(60_000 / 5))).await;
    target.refuses("QUERY_TOO_LARGE", &format!("{{ sections {{ slug {} }} }}", "@skip(if: false) ".repeat(300))).await;
    target.refuses("QUERY_TOO_LARGE", &format!("{{ sections {{ slug {} }} }}", "@a".repeat(900))).await;
    target.refuses("GRAPHQL_VALIDATION_FAILED", "{ sections { slug @a @a @b } }").await;
    target.refuses("GRAPHQL_VALIDATION_FAILED", "{ sections { slug @skip(if: false) @skip(if: false) } }").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragments_in_circles_and_bombs_are_refused() {
    let target = Target::start(Kind::Sqlite).await;
    for circle in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }",
        "{ sections { ...S } } fragment S on Section { parent { ...T } } fragment T on Section { children { ...S } }",
        "{ node(id: \"x\") { ...N } } fragment N on Node { ... on Article { section { ...P } } } fragment P on Section { ... on Node { ...N } }",
    ] {
        target.refuses("GRAPHQL_VALIDATION_FAILED", circle).await;
    }
    for (levels, spreads) in [(12, 2), (28, 2), (60, 2), (5, 20), (3, 200)] {
        let mut bomb = format!("{{ {} }}", "...F0 ".repeat(spreads));
        for level in 0..levels {
            write!(bomb, " fragment F{level} on Query {{ {} }}", format!("...F{} ", level + 1).repeat(spreads))
                .unwrap();
        }
        write!(bomb, " fragment F{levels} on Query {{ sections {{ slug }} }}").unwrap();
        target.refuses("QUERY_TOO_LARGE", &bomb).await;
    }
    let list_bomb: String =
        (0..7).map(|level| format!(" fragment F{level} on Section {{ children {{ ...F{} }} }}", level + 1)).collect();
    let list_bomb = format!("{{ sections {{ ...F0 }} }} {list_bomb} fragment F7 on Section {{ slug }}");
    target.refuses("QUERY_TOO_EXPENSIVE", &list_bomb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspection_bombs_are_refused_and_introspection_is_answered() {
    let target = Target::start(Kind::Sqlite).await;
    let full = include_str!("http/introspection.graphql");
    assert_eq!(target.query(full, json!({})).await, Fate::Answered(0));
    let nested = |times: usize| {
        let (open, close) = ("fields { type { ".repeat(times), " } }".repeat(times));
        format!("{{ __schema {{ types {{ {open}name{close} }} }} }}")
    };
    for times in [4, 8, 14] {
        target.refuses("QUERY_TOO_LARGE", &nested(times)).await;
    }
    let aliased: String = (0..50)
        .map(|index| format!("a{index}: __schema {{ types {{ fields {{ args {{ name type {{ name }} }} }} }} }} "))
        .collect();
    target.refuses("QUERY_TOO_LARGE", &format!("{{ {aliased} }}")).await;
    let circle = "{ __schema { types { ...T } } } fragment T on __Type { fields { type { ...U } } } fragment U on __Type { ofType { ...T } }";
    target.refuses("GRAPHQL_VALIDATION_FAILED", circle).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_huge_documents_and_huge_lists_are_refused() {
    let target = Target::start(Kind::Sqlite).await;
    let refused = |code: &str| Fate::Refused(code.to_owned());
    let one = json!({ "query": "{ sections { slug } }" });
    assert_eq!(target.send(json!(vec![one; 1_000]).to_string()).await, refused("BAD_REQUEST"));
    assert_eq!(target.send(vec![b' '; 128 * 1024 + 1]).await, refused("PAYLOAD_TOO_LARGE"));
    assert_eq!(target.send("[".repeat(100_000)).await, refused("BAD_REQUEST"));
    assert_eq!(
        target.send(format!("{{\"query\":\"{{a}}\",\"variables\":{}", "{\"a\":".repeat(20_000))).await,
        refused("BAD_REQUEST")
    );
    target.refuses("QUERY_TOO_LARGE", &"{a ".repeat(30_000)).await;
    target.refuses("QUERY_TOO_LARGE", &format!("{{ sections {{ slug }} }} # {}", "x".repeat(70_000))).await;
    target.refuses("QUERY_TOO_LARGE", &format!("{{ {} }}", "a".repeat(60_000))).await;

    let slugs: Vec<String> = (0..9_000).map(|index| index.to_string()).collect();
    let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    assert_eq!(target.query(nodes, json!({ "ids": slugs })).await, refused("QUERY_TOO_EXPENSIVE"));
    let filtered = "query ($s: [String!]) { articles(filter: { sections: $s }) { totalCount } }";
    assert_eq!(target.query(filtered, json!({ "s": slugs })).await, refused("QUERY_TOO_EXPENSIVE"));
    assert_eq!(target.query(filtered, json!({ "s": slugs[..101] })).await, refused("BAD_USER_INPUT"));
    assert!(matches!(target.query(filtered, json!({ "s": slugs[..100] })).await, Fate::Answered(_)));
    assert_eq!(
        target.query(filtered, json!({ "s": vec!["x".repeat(1_000); 70] })).await,
        refused("VARIABLES_TOO_LARGE")
    );
    let widths: Vec<i32> = (1..2_000).collect();
    let pictures = "query ($w: [Int!]!) { galleries(first: 100) { nodes { leadImage { srcSet(widths: $w) } } } }";
    assert_eq!(target.query(pictures, json!({ "w": widths })).await, refused("QUERY_TOO_EXPENSIVE"));
    let reads: Vec<Value> = (0..1_200).map(|index| json!({ "article": index.to_string() })).collect();
    let record = "mutation ($r: [ReadInput!]!) { recordReads(input: $r) { refused { index message } } }";
    assert_eq!(target.query(record, json!({ "r": reads })).await, refused("BAD_USER_INPUT"));
}

/// One filter that is used in many places becomes many parameters of one statement, which both databases limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_is_used_everywhere_does_not_break_a_statement() {
    for kind in Kind::BOTH {
        let target = Target::start(kind).await;
        let slug = |prefix: &str, count: usize| -> Vec<String> {
            (0..count).map(|index| format!("{prefix}{index}")).collect()
        };
        let filter = json!({ "sections": ["world", "sport", "economy"], "topics": slug("t", 100), "stories": slug("s", 100), "places": slug("p", 100), "sources": slug("q", 100), "genres": ["CURRENT"] });
        for (count, order) in [(2, "NEWEST"), (7, "NEWEST"), (7, "OLDEST"), (50, "NEWEST")] {
            let fields: String = (0..count).map(|index| format!("a{index}: articles(filter: $f, first: {}, orderBy: {order}) {{ nodes {{ slug }} totalCount }} ", index % 90 + 1)).collect();
            let query = format!("query ($f: ArticleFilter) {{ {fields} }}");
            let fate = target.query(&query, json!({ "f": filter })).await;
            let answered = matches!(fate, Fate::Answered(_));
            assert_eq!(answered, count <= 7, "{kind:?}: {count} times: {fate:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_text_and_numbers_out_of_range_are_refused() {
    for kind in Kind::BOTH {
        let target = Target::start(kind).await;
        let refused = |code: &str| Fate::Refused(code.to_owned());
        for half in ["\\ud83c", "\\udfc3", "\\ud83c\\ud83c"] {
            let body = format!(
                r#"{{"query":"query ($s: String!) {{ section(slug: $s) {{ id }} }}","variables":{{"s":"{half}"}}}}"#
            );
            assert_eq!(target.send(body).await, refused("BAD_REQUEST"));
            target.refuses("GRAPHQL_PARSE_FAILED", &format!(r#"{{ section(slug: "{half}") {{ id }} }}"#)).await;
        }
        assert_eq!(
            target.send(b"{\"query\":\"{ section(slug: \\\"\xc3\x28\\\") { id } }\"}".to_vec()).await,
            refused("BAD_REQUEST")
        );
        let texts = [
            ("query ($s: String!) { section(slug: $s) { id } }", "s"),
            ("query ($s: ID!) { node(id: $s) { id } }", "s"),
            ("query ($s: [ID!]!) { nodes(ids: $s) { id } }", "s"),
            ("query ($s: String!) { search(query: $s) { nodes { id } } }", "s"),
            ("query ($s: String!) { suggest(prefix: $s) { id } }", "s"),
            ("query ($s: String!) { articles(after: $s) { nodes { id } } }", "s"),
            ("query ($s: URL!) { article(by: { url: $s }) { id } }", "s"),
            (
                "query ($s: [String!]) { articles(filter: { topics: $s, includeNarrowerTopics: true }) { nodes { id } } }",
                "s",
            ),
            ("query ($s: Language!) { articles(filter: { languages: [$s] }) { nodes { id } } }", "s"),
            ("query ($s: TimeZone!) { feed(timeZone: $s) { days { date } } }", "s"),
        ];
        for (query, name) in texts {
            assert_eq!(target.query(query, json!({ name: "a\u{0}b" })).await, refused("BAD_USER_INPUT"), "{query}");
            for text in
                ["", "'; DROP TABLE article; --", "%", "\u{202e}\u{feff}\u{10ffff}", "\\", &"ж".repeat(150), "🏃🏃"]
            {
                target.query(query, json!({ name: text })).await;
            }
        }
        for number in ["2147483648", "-2147483649", "9223372036854775808", "99999999999999999999999999", "1e400"] {
            let body = format!(
                r#"{{"query":"query ($n: Int) {{ articles(first: $n) {{ nodes {{ id }} }} }}","variables":{{"n":{number}}}}}"#
            );
            let code = if number == "1e400" { "BAD_REQUEST" } else { "BAD_USER_INPUT" };
            assert_eq!(target.send(body).await, refused(code), "{number}");
            let query = format!("{{ articles(first: {number}) {{ nodes {{ id }} }} }}");
            assert!(matches!(target.query(&query, json!({})).await, Fate::Refused(_)), "{number}");
        }
        for number in [0, -1, 101, i32::MAX, i32::MIN] {
            for field in ["articles(first: $n)", "articles(last: $n)", "feed(first: $n)", "topics(first: $n)"] {
                let query = format!("query ($n: Int!) {{ {field} {{ pageInfo {{ hasNextPage }} }} }}");
                assert_eq!(
                    target.query(&query, json!({ "n": number })).await,
                    refused("BAD_USER_INPUT"),
                    "{field} {number}"
                );
            }
            let page = "query ($n: Int!) { articles(first: 1) { nodes { body(page: $n) { text } leadImage { url(width: $n) } } } }";
            target.query(page, json!({ "n": number })).await;
        }
    }
}

/// How many brackets of an answer are inside each other.
fn depth(answer: &Value) -> usize {
    match answer {
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

#[test]
fn the_deepest_queries_need_less_than_three_quarters_of_the_stack_that_threads_have() {
    let stack = std::env::var("NEWSGRAPH_TEST_STACK").ok().and_then(|kib| kib.parse().ok()).unwrap_or(1_536_usize);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).thread_stack_size(stack * 1024).enable_all().build().unwrap();
    runtime.block_on(async {
        // The server runs on the threads of the runtime, the rest of this test does not.
        let target = Target::start(Kind::Sqlite).await;
        let answer = async |query: &str| {
            let sent = target.client.post(&target.url).json(&json!({ "query": query })).send().await.unwrap();
            sent.json::<Value>().await.unwrap()
        };
        let known = answer(
            "{ articles(first: 100) { nodes { id slug stories { slug } topics { slug } galleries { slug } } }
                sections { slug } topics(first: 100) { nodes { slug broader { slug } } } }",
        )
        .await;
        let found = |pointer: &str, wanted: &dyn Fn(&Value) -> bool| {
            let all = known["data"].pointer(pointer).and_then(Value::as_array).unwrap();
            all.iter().find(|item| wanted(item)).unwrap_or_else(|| panic!("{pointer}")).clone()
        };
        let has = |article: &Value, list: &str| article[list].as_array().is_some_and(|items| !items.is_empty());
        let article = found("/articles/nodes", &|article| ["stories", "topics"].iter().all(|list| has(article, list)));
        let shown = found("/articles/nodes", &|article| has(article, "galleries"));
        let topic = found("/topics/nodes", &|topic| topic["broader"].is_object());
        let names = [
            ("article(by: { slug: \"x\" })", format!("article(by: {{ slug: {} }})", article["slug"])),
            ("topic(by: { slug: \"x\" })", format!("topic(by: {{ slug: {} }})", topic["slug"])),
            ("story(slug: \"world\")", format!("story(slug: {})", article["stories"][0]["slug"])),
            ("gallery(slug: \"world\")", format!("gallery(slug: {})", shown["galleries"][0]["slug"])),
            ("section(slug: \"world\")", format!("section(slug: {})", known["data"]["sections"][0]["slug"])),
            ("node(id: \"world\")", format!("node(id: {})", article["id"])),
            ("nodes(ids: [\"world\"])", format!("nodes(ids: [{}])", article["id"])),
            // The depth alone counts.
            ("first: 100", "first: 2".to_owned()),
        ];
        let (mut deep, mut deepest, mut refused) = (0, 0, Vec::new());
        for (there, turn) in Graph::of_the_schema().recursive() {
            let mut query = spiral(&there, &turn, 12);
            for (made_up, real) in &names {
                query = query.replace(made_up, real);
            }
            let answer = answer(&query).await;
            let reached = depth(&answer);
            deep += usize::from(reached >= 12);
            deepest = deepest.max(reached);
            if answer.get("errors").is_some() {
                refused.push(format!("{query}: {}", answer["errors"][0]));
            }
        }
        eprintln!(
            "{stack} KiB of stack: {deep} answers are 12 levels deep or more, at most {deepest}; {} refused",
            refused.len()
        );
        assert!(deep > 10 && deepest > 16, "{deep} {deepest}: {refused:#?}");
    });
}
