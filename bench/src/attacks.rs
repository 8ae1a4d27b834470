//! What hostile requests cost: each is sent by itself to the program, which keeps no answers and no rows, and what it takes of the processor is
//! read off. The tests have what each must be answered; this has the figures, for an archive of any size.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use api::config::DatabaseUrl;
use serde_json::{Value, json};

use crate::{
    Outcome,
    archive::World,
    database,
    process::{Server, Usage, exchange},
};

/// Hostile requests.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database with an archive in it: `postgres://USER:PASSWORD@HOST:PORT/NAME` or `sqlite://FILE`.
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    /// The program: a release build.
    #[arg(long, default_value = "target/release/newsgraph")]
    server: PathBuf,
    /// The seed that the archive was made with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often all of them are sent: what the server holds in memory must not grow with it.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
    /// More settings of the server.
    #[arg(last = true)]
    settings: Vec<String>,
}

/// Requests of one kind.
struct Attack {
    name: &'static str,
    bodies: Vec<Vec<u8>>,
}

impl Attack {
    fn new(name: &'static str, queries: impl IntoIterator<Item = String>) -> Self {
        let bodies = queries.into_iter().map(|query| json!({ "query": query }).to_string().into_bytes());
        Self { name, bodies: bodies.collect() }
    }

    fn with_variables(name: &'static str, requests: impl IntoIterator<Item = (String, Value)>) -> Self {
        let body = |(query, variables)| json!({ "query": query, "variables": variables }).to_string().into_bytes();
        Self { name, bodies: requests.into_iter().map(body).collect() }
    }
}

const FACETS: &str = "facets { sections { count } topics { count } places { count } sources { count } genres { count } years { count } }";

/// The same field under other names.
fn aliased(field: &str, times: usize) -> String {
    let fields: String = (0..times).map(|number| format!("a{number}: {field} ")).collect();
    format!("{{ {fields} }}")
}

fn repetitions() -> [Attack; 3] {
    let heavy = [
        "articles(first: 100) { totalCount nodes { slug headline body { text } } }",
        "articles(first: 100) { nodes { related(first: 20) { article { slug } score } } }",
        "feed(first: 100, timeZone: \"Asia/Kathmandu\") { days { date label articles { slug } } pageInfo { endCursor } }",
        "filterOptions { topics { count } places { count } stories { count } sources { count } }",
        "galleries(first: 100) { totalCount nodes { items(first: 20) { nodes { image { url } } } } }",
        "stories(first: 100) { totalCount nodes { articles(first: 20) { totalCount nodes { slug } } } }",
        "topics(first: 100) { totalCount nodes { narrower { slug } } }",
    ];
    let times = [1, 2, 3, 4, 6, 8, 12, 16, 32, 50, 61];
    let aliases = heavy.iter().flat_map(|field| times.map(|times| aliased(field, times)));
    let fields = [(50, "sections { slug } "), (51, "sections { slug } "), (1_900, "__typename "), (12_000, "slug ")];
    let fields = fields.map(|(times, field)| format!("{{ {} }}", field.repeat(times)));
    let directives = [("@skip(if: false) ", 5), ("@skip(if: false) ", 300), ("@a", 900)]
        .map(|(directive, times)| format!("{{ sections {{ slug {} }} }}", directive.repeat(times)));
    [Attack::new("aliases", aliases), Attack::new("fields again", fields), Attack::new("directives", directives)]
}

/// Lists of many parents, none of which is asked for twice.
fn many_parents() -> Attack {
    let orders = ["NEWEST", "OLDEST", "RECENTLY_UPDATED"];
    let parents = [
        "articles(first: 100, orderBy: ORDER) { nodes { related(first: 20) { article { slug } } } }",
        "articles(first: 100, orderBy: ORDER) { nodes { stories { articles(first: 5) { nodes { slug } } } } }",
        "articles(first: 100, orderBy: ORDER) { nodes { body { blocks { __typename } } } }",
        "articles(first: 100, orderBy: ORDER) { nodes { section { articles(first: 3) { nodes { slug } } } } }",
        "topics(first: PAGE) { nodes { articles(first: 1, orderBy: ORDER) { totalCount nodes { slug } } } }",
        "topics(first: PAGE) { nodes { articles(first: 1, orderBy: ORDER, includeNarrower: true) { totalCount nodes { slug } } } }",
        "topics(first: PAGE) { nodes { articles(first: 1, orderBy: ORDER, filter: { urgencyAtMost: 8 }) { totalCount nodes { slug } } } }",
        "stories(first: PAGE) { nodes { articles(first: 1, orderBy: ORDER) { totalCount nodes { slug } } } }",
        "sections { articles(first: PAGE, orderBy: ORDER, filter: { hasGallery: true }) { totalCount nodes { slug } } }",
    ];
    let queries = parents.iter().flat_map(|parents| {
        (1..=orders.len()).map(move |number| {
            let field = |(place, order): (usize, &&str)| {
                let field = parents.replace("ORDER", order).replace("PAGE", &(100 - place).to_string());
                format!("a{place}: {field} ")
            };
            format!("{{ {} }}", orders.iter().take(number).enumerate().map(field).collect::<String>())
        })
    });
    Attack::new("many parents", queries)
}

fn fragments() -> Attack {
    let mut queries = vec![
        "{ ...A } fragment A on Query { ...A }".to_owned(),
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }".to_owned(),
        "{ sections { ...S } } fragment S on Section { parent { ...T } } fragment T on Section { children { ...S } }"
            .to_owned(),
    ];
    for (levels, spreads) in [(12, 2), (28, 2), (60, 2), (5, 20), (3, 200)] {
        let mut bomb = format!("{{ {} }}", "...F0 ".repeat(spreads));
        for level in 0..levels {
            let inner = format!("...F{} ", level + 1).repeat(spreads);
            let _ = write!(bomb, " fragment F{level} on Query {{ {inner} }}");
        }
        let _ = write!(bomb, " fragment F{levels} on Query {{ sections {{ slug }} }}");
        queries.push(bomb);
    }
    Attack::new("fragments", queries)
}

/// Lists inside of lists, round and round.
fn nesting() -> Attack {
    let turns = [
        ("articles(first: N) { nodes {", " section { articles(first: N) { nodes {", "} } }", "} }"),
        ("articles(first: N) { nodes {", " related(first: N) { article {", "} }", "} }"),
        ("articles(first: N) { nodes {", " stories { articles(first: N) { nodes {", "} } }", "} }"),
        ("articles(first: N) { nodes {", " topics { broader { articles(first: N) { nodes {", "} } } }", "} }"),
        (
            "articles(first: N) { nodes {",
            " galleries { items(first: N) { nodes { image { url } } } section { articles(first: N) { nodes {",
            "} } } }",
            "} }",
        ),
        ("sections {", " children {", "}", "}"),
    ];
    let mut queries = Vec::new();
    for (start, turn, back, end) in turns {
        for times in [1, 2, 3, 5, 20] {
            for size in ["1", "3", "10", "30", "100"] {
                let query = format!("{{ {start}{} slug {}{end} }}", turn.repeat(times), back.repeat(times));
                queries.push(query.replace('N', size));
            }
        }
    }
    Attack::new("nesting", queries)
}

fn introspection() -> Attack {
    let nested = [2, 4, 8, 14].map(|times| {
        let (open, close) = ("fields { type { ".repeat(times), " } }".repeat(times));
        format!("{{ __schema {{ types {{ {open}name{close} }} }} }}")
    });
    let wide = "__schema { types { name fields { name args { name type { name } } } } }";
    Attack::new("introspection", nested.into_iter().chain([1, 10, 50].map(|times| aliased(wide, times))))
}

fn huge() -> Attack {
    let one = json!({ "query": "{ sections { slug } }" });
    let query = |text: String| json!({ "query": text }).to_string().into_bytes();
    Attack {
        name: "batches, huge bodies",
        bodies: vec![
            json!(vec![one; 1_000]).to_string().into_bytes(),
            vec![b' '; 1 << 20],
            "[".repeat(100_000).into_bytes(),
            format!("{{\"query\":\"{{a}}\",\"variables\":{}", "{\"a\":".repeat(20_000)).into_bytes(),
            query("{a ".repeat(30_000)),
            query(format!("{{ sections {{ slug }} }} # {}", "x".repeat(65_000))),
            query(format!("{{ {} }}", "a".repeat(60_000))),
            query(format!("{{ section(slug: \"{}\") {{ slug }} }}", "\\\\u00e9".repeat(8_000))),
        ],
    }
}

fn lists() -> Attack {
    let values =
        |prefix: &str, number: usize| -> Vec<String> { (0..number).map(|value| format!("{prefix}-{value}")).collect() };
    let filter = |number| {
        json!({ "topics": values("subject", number), "stories": values("story", number), "places": values("place", number),
            "sources": values("source", number), "hasGallery": true, "includeNarrowerTopics": true })
    };
    let fields = [1, 2, 4, 8].map(|times| {
        let fields = aliased("articles(filter: $f, first: 100, orderBy: OLDEST) { totalCount nodes { slug } }", times);
        format!("query ($f: ArticleFilter) {fields}")
    });
    let filtered = fields
        .into_iter()
        .flat_map(|query| [10, 100, 101].map(|number| (query.clone(), json!({ "f": filter(number) }))));
    let nodes = [100, 9_000].map(|number| {
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }".to_owned(), json!({ "ids": values("x", number) }))
    });
    Attack::with_variables("long lists", filtered.chain(nodes))
}

fn broken() -> Attack {
    let text = r#"{"query":"query ($s: String!) { search(query: $s) { nodes { id } } }","variables":{"s":"VALUE"}}"#;
    let texts = [
        "\\ud83c",
        "\\udfc3",
        "\\u0000",
        "\\u202e",
        "",
        "%",
        "'; DROP TABLE article; --",
        "((((((((",
        "\\\"\\\"",
        "* OR *",
    ];
    let number = r#"{"query":"query ($n: Int) { articles(first: $n) { nodes { id } } }","variables":{"n":VALUE}}"#;
    let numbers = ["2147483648", "-1", "0", "99999999999999999999999999", "1e400", "1e5", "null", "\"5\""];
    let texts = texts.map(|value| text.replace("VALUE", value).into_bytes());
    let numbers = numbers.map(|value| number.replace("VALUE", value).into_bytes());
    let no_utf8 = b"{\"query\":\"{ section(slug: \\\"\xc3\x28\\\") { id } }\"}".to_vec();
    Attack { name: "broken text, numbers", bodies: texts.into_iter().chain(numbers).chain([no_utf8]).collect() }
}

/// Searches that find and count as much as they can.
fn searches(words: &[String]) -> [Attack; 2] {
    let list = |range: std::ops::Range<usize>, between: &str| words[range].join(between);
    let mut texts: Vec<String> = [1, 2, 4, 8, 16, 32].map(|number| list(0..number, " OR ")).into();
    texts.extend([2, 4, 8, 16, 32].map(|number| list(0..number, " ")));
    texts.extend([2, 3, 8, 16, 32].map(|number| format!("\"{}\"", list(0..number, " "))));
    texts.push(format!("{} -{}", words[0], list(32..63, " -")));
    texts.push(words[..32].chunks(2).map(|pair| pair.join(" ")).collect::<Vec<_>>().join(" OR "));
    texts
        .push(words[..32].chunks(4).map(|phrase| format!("\"{}\"", phrase.join(" "))).collect::<Vec<_>>().join(" OR "));
    texts.push(words[..32].iter().map(|word| format!("{word}x")).collect::<Vec<_>>().join(" "));
    texts.push(list(0..33, " OR "));
    let asked = [
        "(query: $q, first: 100) { nodes { slug } }".to_owned(),
        "(query: $q, first: 100, orderBy: NEWEST) { nodes { slug } }".to_owned(),
        "(query: $q, first: 20) { didYouMean edges { highlights { fragments } } }".to_owned(),
        "(query: $q) { totalCount nodes { slug } }".to_owned(),
        format!("(query: $q) {{ totalCount {FACETS} nodes {{ slug }} }}"),
    ];
    let single = texts.iter().flat_map(|text| {
        asked.each_ref().map(|asked| (format!("query ($q: String!) {{ search{asked} }}"), json!({ "q": text })))
    });
    let single: Vec<_> = single.collect();

    let filter = "filter: { sections: [\"sport\", \"health\", \"politics\"], genres: [CURRENT, ANALYSIS, FEATURE, OPINION], languages: [\"en\", \"ru\"],
        published: { from: \"1900-01-01T00:00:00Z\" }, urgencyAtMost: 9 }";
    let together = texts.iter().take(6).flat_map(|text| {
        let filtered = format!("search(query: $q, {filter}) {{ totalCount {FACETS} nodes {{ slug }} }}");
        let found = format!("search(query: $q) {{ totalCount {FACETS} nodes {{ slug }} }}");
        let suggested = "suggest(prefix: \"a\", first: 20) { text }".to_owned();
        [(filtered, 1), (found.clone(), 2), (found, 6), (suggested, 50)].map(|(field, times)| {
            let query = aliased(&field, times);
            let head = if query.contains("$q") { "query ($q: String!) " } else { "" };
            (format!("{head}{query}"), json!({ "q": text }))
        })
    });
    let together: Vec<_> = together.collect();
    [Attack::with_variables("searches", single), Attack::with_variables("searches together", together)]
}

/// The words that most articles have, the common ones aside.
fn frequent(seed: u64) -> Vec<String> {
    let (world, mut chance) = (World::new(seed), fastrand::Rng::with_seed(seed));
    let mut drawn: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..200_000 {
        *drawn.entry(world.word(&mut chance)).or_default() += 1;
    }
    let mut words: Vec<_> = drawn.into_iter().collect();
    words.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    words.into_iter().map(|(word, _)| word.to_owned()).collect()
}

/// What became of the requests of a kind.
#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<String, usize>,
    longest: f64,
    most: Usage,
    /// The request that took most of both together, and how much.
    worst: String,
    whole: f64,
}

impl Tally {
    fn add(&mut self, outcome: String, took: Duration, usage: Usage, body: &[u8]) {
        *self.outcomes.entry(outcome).or_default() += 1;
        self.longest = self.longest.max(took.as_secs_f64());
        let whole = usage.server + usage.database;
        if whole > self.whole || self.worst.is_empty() {
            self.whole = whole;
            self.worst = String::from_utf8_lossy(body).chars().take(150).collect();
        }
        self.most.server = self.most.server.max(usage.server);
        self.most.database = self.most.database.max(usage.database);
    }
}

/// The code of an answer, or its status.
fn outcome(answer: std::io::Result<(u16, Vec<u8>)>) -> String {
    let Ok((status, body)) = answer else { return "closed".to_owned() };
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => format!("{status} {code}"),
        None => status.to_string(),
    }
}

pub(crate) async fn measure(args: &Args) -> Outcome {
    /// What was cut off goes on for a moment.
    const AFTER: Duration = Duration::from_millis(50);
    const CALM: Duration = Duration::from_secs(5);
    let url = database(&args.database_url);
    let db = api::database::connect(&url, 1).await?;
    crate::ready::check(&db).await?;
    let db = match url {
        DatabaseUrl::Postgres(_) => Some(db),
        DatabaseUrl::Sqlite(_) => {
            db.close().await?;
            None
        }
    };
    let mut settings = vec!["--cache-size", "0", "--row-cache-size", "0"];
    settings.extend(args.settings.iter().map(String::as_str));
    let server = Server::start(&args.server, &args.database_url, &settings).await?;
    let words = frequent(args.seed);
    let attacks: Vec<_> = repetitions()
        .into_iter()
        .chain([fragments(), nesting(), many_parents(), introspection(), huge(), lists(), broken()])
        .chain(searches(&words))
        .collect();
    let mut results: Vec<Tally> = attacks.iter().map(|_| Tally::default()).collect();

    let warm =
        json!({ "query": "{ articles { nodes { slug } } search(query: \"a\") { nodes { slug } } }" }).to_string();
    exchange(&server.address, "POST /graphql", warm.as_bytes()).await?;
    let mut out = std::io::stdout();
    let before = server.memory()?;
    writeln!(out, "memory: {before:.0} MiB")?;
    for round in 1..=args.rounds {
        let mut most: f64 = 0.0;
        for (attack, result) in attacks.iter().zip(&mut results) {
            for body in &attack.bodies {
                let usage = server.usage(db.as_ref()).await?;
                let begun = Instant::now();
                let answer = exchange(&server.address, "POST /graphql", body).await;
                let took = begun.elapsed();
                tokio::time::sleep(AFTER).await;
                result.add(outcome(answer), took, server.usage(db.as_ref()).await?.since(&usage), body);
                most = most.max(server.memory()?);
            }
        }
        tokio::time::sleep(CALM).await;
        writeln!(out, "round {round}: {most:.0} MiB at most, {:.0} after", server.memory()?)?;
    }
    writeln!(out, "{:22} {:>6} {:>10} {:>10} {:>10}", "", "thrown", "longest s", "server s", "database s")?;
    for (attack, result) in attacks.iter().zip(&results) {
        let (Usage { server, database }, longest) = (result.most, result.longest);
        let thrown: usize = result.outcomes.values().sum();
        writeln!(out, "{:22} {thrown:6} {longest:10.2} {server:10.2} {database:10.2}", attack.name)?;
        let outcomes: Vec<_> = result.outcomes.iter().map(|(outcome, times)| format!("{times} × {outcome}")).collect();
        writeln!(out, "    {}\n    most: {}", outcomes.join(", "), result.worst)?;
    }
    let healthy = exchange(&server.address, "GET /health/ready", b"").await?.0;
    writeln!(out, "/health/ready: {healthy}")?;
    Ok(())
}
