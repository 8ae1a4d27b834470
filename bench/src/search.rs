//! What searches take: one client, one after the other, through the whole of GraphQL.

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{Request, Variables};
use serde_json::json;

use crate::{Outcome, archive::World, database, ready, settings};

/// Searches.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database: `postgres://USER:PASSWORD@HOST:PORT/NAME` or a file.
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    /// How many searches of each kind.
    #[arg(long, default_value_t = 400)]
    queries: usize,
    /// The seed that the archive was made with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const HITS: &str =
    "pageInfo { endCursor hasNextPage } edges { score node { slug headline standfirst publishedAt section { name } } }";

/// The words that are searched for.
#[derive(Clone, Copy)]
enum Words {
    /// Two that stand together in articles of a subject.
    OfOneSubject,
    /// Two, as frequent as in the texts.
    ByFrequency,
    /// One that hardly any article has, or none.
    Rare,
    /// The one to five letters that a word begins with.
    Beginning,
}

/// A kind of request: its name, its document, and its words.
const KINDS: [(&str, &str, Words); 10] = [
    ("two words of one subject", "search(query: $text, first: 20) { HITS }", Words::OfOneSubject),
    ("one rare word", "search(query: $text, first: 20) { HITS }", Words::Rare),
    ("two words by frequency", "search(query: $text, first: 20) { HITS }", Words::ByFrequency),
    ("the same, newest first", "search(query: $text, first: 20, orderBy: NEWEST) { HITS }", Words::ByFrequency),
    (
        "the same, with highlights",
        "search(query: $text, first: 20) { HITS edges { highlights { field fragments } } }",
        Words::ByFrequency,
    ),
    ("the same, with totalCount", "search(query: $text, first: 20) { totalCount HITS }", Words::ByFrequency),
    (
        "in two sections",
        "search(query: $text, first: 20, filter: { sections: [\"sport\", \"health\"] }) { HITS }",
        Words::ByFrequency,
    ),
    (
        "two words, six facets",
        "search(query: $text, first: 20) { HITS facets { sections { count } topics { count } places { count } sources { count } genres { count } years { count } } }",
        Words::ByFrequency,
    ),
    ("a rare word, didYouMean", "search(query: $text, first: 20) { didYouMean HITS }", Words::Rare),
    ("suggestions", "suggest(prefix: $text) { kind id slug text }", Words::Beginning),
];

/// Measures searches of each kind.
pub(crate) async fn measure(args: &Args) -> Outcome {
    let url = database(&args.database_url);
    let db = api::database::connect(&url, 4).await?;
    ready::check(&db).await?;
    let settings = settings();
    let schema = api::schema::build();
    let world = World::new(args.seed);
    let mut out = std::io::stdout();
    writeln!(out, "{:28} {:>9} {:>9} {:>9} {:>9} {:>9}", "", "median ms", "p95", "p99", "worst", "hits")?;
    for (name, document, words) in KINDS {
        let document = format!("query ($text: String!) {{ {} }}", document.replace("HITS", HITS));
        let mut chance = fastrand::Rng::with_seed(args.seed.wrapping_add(7));
        let mut times = Vec::with_capacity(args.queries);
        let mut hits = 0;
        let mut slowest = (Duration::ZERO, String::new());
        for number in 0..args.queries + 20 {
            let text = match words {
                Words::OfOneSubject => world.pair(&mut chance).join(" "),
                Words::ByFrequency => [world.word(&mut chance), world.word(&mut chance)].join(" "),
                // Every third has a letter too many, so that no article has it.
                Words::Rare => world.rare(&mut chance).to_owned() + if number % 3 == 0 { "x" } else { "" },
                Words::Beginning => world.word(&mut chance).chars().take(number % 5 + 1).collect(),
            };
            let request = Request::new(document.clone()).variables(Variables::from_json(json!({ "text": text })));
            let start = Instant::now();
            let request = api::Request::new(db.clone(), Arc::clone(&settings), api::now()).execute(&schema, request);
            let answer = serde_json::to_value(request.await)?;
            let time = start.elapsed();
            if !answer["errors"].is_null() {
                return Err(format!("{text}: {}", answer["errors"]).into());
            }
            // The first requests open connections and fill caches.
            if number >= 20 {
                times.push(time);
                let data = &answer["data"];
                let found = data["search"]["edges"].as_array().or(data["suggest"].as_array());
                hits += found.map_or(0, |found| found.len());
                slowest = slowest.max((time, text));
            }
        }
        times.sort();
        let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize].as_secs_f64() * 1e3;
        let mean = hits as f64 / args.queries as f64;
        writeln!(
            out,
            "{name:28} {:9.1} {:9.1} {:9.1} {:9.1} {mean:9.1}   slowest: {}",
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0),
            slowest.1
        )?;
    }
    Ok(())
}
