//! What combined filters take, and how the database goes about them: one client, one after the other, through the whole of GraphQL, on
//! whatever archive is in the database.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use async_graphql::{Request, Variables};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _};
use serde_json::{Value, json};

use crate::{Outcome, database, settings};

/// Combined filters.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database: `postgres://USER:PASSWORD@HOST:PORT/NAME` or a file.
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    /// How many requests of each kind.
    #[arg(long, default_value_t = 100)]
    requests: usize,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A page of a feed that a front-end shows.
const PAGE: &str = "query ($filter: ArticleFilter) { articles(filter: $filter, first: 20) {
    nodes { slug headline standfirst publishedAt section { name } } pageInfo { endCursor hasNextPage } } }";
const COUNT: &str = "query ($filter: ArticleFilter) { articles(filter: $filter, first: 1) { totalCount } }";
const OPTIONS: &str = "{ filterOptions { sections { ...v } topics { ...v } stories { ...v } places { ...v } genres { ...v } languages { ...v }
    sources { ...v } urgencies { ...v } } } fragment v on ValueCount { value label count }";

/// The values that filters are made of, the most frequent first.
struct Values(Value);

impl Values {
    fn any(&self, facet: &str, chance: &mut fastrand::Rng) -> Option<&str> {
        let values = self.0[facet].as_array()?;
        // As readers choose: what is frequent more often.
        let place = (chance.f64() * chance.f64() * values.len() as f64) as usize;
        values.get(place)?["value"].as_str()
    }

    fn some(&self, facet: &str, most: usize, chance: &mut fastrand::Rng) -> Vec<&str> {
        (0..most).filter_map(|_| self.any(facet, chance)).collect()
    }

    fn rare(&self, facet: &str, chance: &mut fastrand::Rng) -> Option<&str> {
        let values = self.0[facet].as_array()?;
        let rarest = values.len().div_ceil(10);
        values.get(values.len().checked_sub(1 + chance.usize(..rarest.max(1)))?)?["value"].as_str()
    }
}

/// A span of time in the years of the archive.
fn span(days: i64, newest: chrono::DateTime<chrono::Utc>, chance: &mut fastrand::Rng) -> Value {
    let from = newest - chrono::TimeDelta::days(days + chance.i64(0..1_500));
    json!({ "from": from, "to": from + chrono::TimeDelta::days(days) })
}

type Make = fn(&Values, chrono::DateTime<chrono::Utc>, &mut fastrand::Rng) -> Value;

const KINDS: [(&str, &str, Make); 17] = [
    ("nothing", PAGE, |_, _, _| json!({})),
    ("two sections", PAGE, |v, _, c| json!({ "sections": v.some("sections", 2, c) })),
    ("ten topics", PAGE, |v, _, c| json!({ "topics": v.some("topics", 10, c) })),
    ("a rare topic", PAGE, |v, _, c| json!({ "topics": [v.rare("topics", c)] })),
    (
        "topics and all below",
        PAGE,
        |v, _, c| json!({ "topics": v.some("topics", 2, c), "includeNarrowerTopics": true }),
    ),
    (
        "section and rare topic",
        PAGE,
        |v, _, c| json!({ "sections": v.some("sections", 1, c), "topics": [v.rare("topics", c)] }),
    ),
    ("sections, topics, language, month", PAGE, |v, t, c| {
        json!({ "sections": v.some("sections", 2, c), "topics": v.some("topics", 2, c), "languages": v.some("languages", 1, c),
            "published": span(30, t, c) })
    }),
    (
        "section and rare language",
        PAGE,
        |v, _, c| json!({ "sections": v.some("sections", 1, c), "languages": [v.rare("languages", c)] }),
    ),
    ("urgency and form", PAGE, |v, _, c| json!({ "urgencyAtMost": 3, "genres": v.some("genres", 1, c) })),
    (
        "with a gallery, in a section",
        PAGE,
        |v, _, c| json!({ "hasGallery": true, "sections": v.some("sections", 1, c) }),
    ),
    ("a place", PAGE, |v, _, c| json!({ "places": v.some("places", 1, c) })),
    (
        "three places and a topic",
        PAGE,
        |v, _, c| json!({ "places": v.some("places", 3, c), "topics": v.some("topics", 1, c) }),
    ),
    (
        "rare place and rare source",
        PAGE,
        |v, _, c| json!({ "places": [v.rare("places", c)], "sources": [v.rare("sources", c)] }),
    ),
    ("sources and a day", PAGE, |v, t, c| json!({ "sources": v.some("sources", 2, c), "published": span(1, t, c) })),
    (
        "stories in a section",
        PAGE,
        |v, _, c| json!({ "stories": v.some("stories", 3, c), "sections": v.some("sections", 1, c) }),
    ),
    (
        "totalCount: section and topic",
        COUNT,
        |v, _, c| json!({ "sections": v.some("sections", 1, c), "topics": v.some("topics", 1, c) }),
    ),
    ("filterOptions, all lists", OPTIONS, |_, _, _| Value::Null),
];

/// The statements of the requests.
type Log = Arc<Mutex<Vec<Statement>>>;

/// Measures each kind of filter, and shows the plan of its slowest request.
pub(crate) async fn measure(args: &Args) -> Outcome {
    let url = database(&args.database_url);
    let mut db = api::database::connect(&url, 4).await?;
    crate::ready::check(&db).await?;
    api::database::migrate(&db).await?;
    // As an import and a running server do.
    api::facet::tidy(&db, api::now()).await?;
    let log = Log::default();
    let noted = Arc::clone(&log);
    let plain = db.clone();
    db.set_metric_callback(move |info| {
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(info.statement.clone());
    });
    let settings = settings();
    let schema = api::schema::build();
    let ask = async |document: &str, variables: Value| {
        let request = Request::new(document).variables(Variables::from_json(variables));
        let start = Instant::now();
        let answer = api::Request::new(db.clone(), Arc::clone(&settings), api::now()).execute(&schema, request).await;
        let time = start.elapsed().as_secs_f64() * 1e3;
        let answer = serde_json::to_value(answer)?;
        if answer["errors"].is_null() {
            Ok((time, answer["data"].clone()))
        } else {
            Err(answer["errors"].to_string().into())
        }
    };
    let (_, found) = ask(OPTIONS, json!({})).await.map_err(|error: Box<dyn std::error::Error>| error)?;
    let values = Values(found["filterOptions"].clone());
    let (_, newest) = ask("{ articles(first: 1) { totalCount nodes { publishedAt } } }", json!({})).await?;
    let articles = &newest["articles"]["totalCount"];
    let newest = newest["articles"]["nodes"][0]["publishedAt"].as_str().ok_or("the archive is empty")?.parse()?;
    let mut out = std::io::stdout();
    writeln!(out, "{articles} articles\n{:36} {:>9} {:>8} {:>8} {:>6}", "", "median ms", "p99", "worst", "found")?;
    for (name, document, make) in KINDS {
        let mut chance = fastrand::Rng::with_seed(args.seed);
        let (mut times, mut shown) = (Vec::new(), 0);
        let mut slowest = (0.0, Vec::new());
        for number in 0..args.requests + 5 {
            let filter = make(&values, newest, &mut chance);
            log.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let (time, answer) = ask(document, json!({ "filter": filter })).await?;
            // The first ones fill caches.
            if number >= 5 {
                times.push(time);
                shown += answer["articles"]["nodes"].as_array().map_or(0, Vec::len);
                if time > slowest.0 {
                    slowest = (time, log.lock().unwrap_or_else(PoisonError::into_inner).clone());
                }
            }
        }
        times.sort_by(f64::total_cmp);
        let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize];
        let found = shown as f64 / args.requests as f64;
        writeln!(out, "{name:36} {:9.1} {:8.1} {:8.1} {found:6.1}", at(0.5), at(0.99), at(1.0))?;
        let reads = |sql: &str| ["page_batch", "facet_count"].iter().any(|mark| sql.contains(mark));
        for statement in slowest.1.iter().filter(|statement| reads(&statement.sql)) {
            writeln!(out, "    {}", plan(&plain, statement).await?)?;
        }
    }
    Ok(())
}

/// The kinds of nodes in the plan of a statement with its values, how often each stands there, and how many rows it read.
async fn plan(db: &DatabaseConnection, statement: &Statement) -> Result<String, sea_orm::DbErr> {
    let mut explained = statement.clone();
    if db.get_database_backend() != DbBackend::Postgres {
        explained.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let rows = db.query_all_raw(explained).await?;
        let details = rows.iter().map(|row| row.try_get("", "detail")).collect::<Result<Vec<String>, _>>()?;
        let steps: Vec<String> =
            details.into_iter().filter(|detail| detail.contains(" USING ") || detail.starts_with("SCAN")).collect();
        return Ok(counted(steps));
    }
    explained.sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) {}", statement.sql);
    let transaction = db.begin().await?;
    transaction.execute_unprepared("SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off").await?;
    let row = transaction.query_one_raw(explained).await?;
    transaction.rollback().await?;
    let Some(row) = row else { return Ok(String::new()) };
    let plan: Value = row.try_get("", "QUERY PLAN")?;
    let (mut steps, mut read) = (Vec::new(), 0.0);
    walk(&plan[0]["Plan"], &mut steps, &mut read);
    Ok(format!(
        "{:.1} ms, {read:.0} rows read: {}",
        plan[0]["Execution Time"].as_f64().unwrap_or_default(),
        counted(steps)
    ))
}

fn walk(node: &Value, steps: &mut Vec<String>, read: &mut f64) {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let on = node["Index Name"].as_str().or(node["Relation Name"].as_str());
    if let Some(on) = on {
        *read += (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops");
        if number("Actual Loops") > 0.0 {
            steps.push(format!("{kind} {on}"));
        }
    } else if !matches!(kind, "Append" | "Limit" | "Subquery Scan" | "Result") {
        steps.push(kind.to_owned());
    }
    for part in node["Plans"].as_array().into_iter().flatten() {
        walk(part, steps, read);
    }
}

fn counted(steps: Vec<String>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for step in steps {
        *counts.entry(step).or_default() += 1;
    }
    let text = |(step, count): (String, usize)| if count == 1 { step } else { format!("{count} x {step}") };
    counts.into_iter().map(text).collect::<Vec<_>>().join("; ")
}
