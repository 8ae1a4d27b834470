//! What the article page costs: with answers cached, with rows alone cached, with nothing cached, and beside readers and editors, each as
//! a ratio to the same bytes from memory in the same run. The machine is shared by the load, the server and the database, so only what
//! stands in one run can be compared.

mod load;
pub(crate) mod overload;
mod stage;

use std::{fmt::Write as _, io::Write as _, path::PathBuf, time::Duration};

use api::config::DatabaseUrl;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use self::{
    load::{Load, Rate},
    stage::Stage,
};
use crate::{
    Outcome,
    process::{Server, Usage},
};

/// What is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Subject {
    /// PostgreSQL with an archive in it (`bench archive … | newsgraph import -`): `postgres://…`. Reads and top stories are added to it.
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    /// The program: a release build.
    #[arg(long, default_value = "target/release/newsgraph")]
    server: PathBuf,
    /// Articles whose pages are asked for, by Zipf.
    #[arg(long, default_value_t = 500)]
    pages: u64,
}

/// The article page.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Connections of the load.
    #[arg(long, default_value_t = 32)]
    connections: u32,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 8)]
    seconds: u32,
    /// How often each is measured; the rounds alternate.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// The document of the page, as it is tested and shown.
const PAGE: &str = include_str!("../../../api/tests/queries/article/page.graphql");

/// What is measured: a name, and the settings of the server.
const CASES: [(&str, &[&str]); 3] = [
    ("answers cached", &[]),
    ("rows cached", &["--cache-size", "0"]),
    ("nothing cached", &["--cache-size", "0", "--row-cache-size", "0"]),
];

/// What a case came to.
struct Measured {
    rate: Rate,
    usage: Usage,
    statements: f64,
}

pub(crate) async fn measure(args: &Args) -> Outcome {
    let url = DatabaseUrl::Postgres(args.subject.database_url.parse()?);
    let db = api::database::connect(&url, 4).await?;
    api::database::migrate(&db).await?;
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(&db, args.subject.pages).await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} articles, pages of {} by Zipf, {} connections",
        stage.articles,
        stage.slugs.len(),
        args.connections
    )?;
    let load = Load::new(folder.path(), &stage, PAGE, args.connections, args.seconds)?;

    let mut servers = Vec::new();
    for (_, settings) in CASES {
        let server = Server::start(&args.subject.server, &args.subject.database_url, settings).await?;
        load.warm(&server.address).await?;
        servers.push(server);
    }
    let page = load.one_answer(&servers[0].address).await?;
    let ceiling = Server::constant(page.clone()).await?;
    writeln!(out, "the page has {} bytes", page.len())?;

    let mut ceilings = Vec::new();
    let mut cases: Vec<Vec<Measured>> = CASES.iter().map(|_| Vec::new()).collect();
    for _ in 0..args.rounds {
        ceilings.push(load.pages(&ceiling.address).await?.per_second);
        for (server, measured) in servers.iter().zip(&mut cases) {
            let (before, statements) = (server.usage(Some(&db)).await?, transactions(&db).await?);
            let rate = load.pages(&server.address).await?;
            let usage = server.usage(Some(&db)).await?.since(&before);
            let statements = (transactions(&db).await? - statements) as f64 / rate.requests.max(1.0);
            measured.push(Measured { rate, usage, statements });
        }
    }
    let ceiling_rate = median(ceilings.iter().copied());
    writeln!(
        out,
        "{:24} {:>10} {:>7} {:>9} {:>9} {:>14} {:>14} {:>10} {:>8}",
        "", "requests/s", "ratio", "p50 ms", "p99 ms", "server ms/page", "database ms", "statements", "MiB"
    )?;
    writeln!(out, "{:24} {ceiling_rate:10.0} {:7.2}", "constant bytes", 1.0)?;
    for (((name, _), measured), server) in CASES.iter().zip(&cases).zip(&servers) {
        let of = |value: fn(&Measured) -> f64| median(measured.iter().map(value));
        let per_page = |value: fn(&Usage) -> f64| {
            median(measured.iter().map(|measured| value(&measured.usage) * 1e3 / measured.rate.requests.max(1.0)))
        };
        let rate = of(|measured| measured.rate.per_second);
        writeln!(
            out,
            "{name:24} {rate:10.0} {:7.2} {:9.2} {:9.2} {:14.3} {:14.3} {:10.1} {:8.0}",
            rate / ceiling_rate,
            of(|measured| measured.rate.median),
            of(|measured| measured.rate.p99),
            per_page(|usage| usage.server),
            per_page(|usage| usage.database),
            of(|measured| measured.statements),
            server.memory()?,
        )?;
        let failed: f64 = measured.iter().map(|measured| measured.rate.failed).sum();
        if failed > 0.0 {
            writeln!(out, "  {failed} answers were not 200")?;
        }
    }
    drop(servers);

    mixed(args, &db, &stage, &load, &ceiling, &mut out).await
}

/// Pages and other questions, while an article is published or changed each second and rankings are computed anew.
async fn mixed(
    args: &Args,
    db: &DatabaseConnection,
    stage: &Stage,
    load: &Load,
    ceiling: &Server,
    out: &mut impl std::io::Write,
) -> Outcome {
    let server = Server::start(&args.subject.server, &args.subject.database_url, &["--ranking-refresh", "5s"]).await?;
    load.warm(&server.address).await?;
    let publishing = tokio::spawn(stage.publisher(db.clone()));
    let (mut rates, mut ceilings, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        ceilings.push(load.pages(&ceiling.address).await?.per_second);
        let (rate, sample) = tokio::join!(load.mixed(&server.address), load.outcomes(&server.address));
        rates.push(rate?);
        outcomes.push(sample?);
    }
    publishing.abort();
    let rate = median(rates.iter().map(|rate| rate.per_second));
    let mut line = format!("{:24} {rate:10.0} {:7.2}", "mixed, with publishing", rate / median(ceilings.into_iter()));
    write!(
        line,
        " {:9.2} {:9.2}, {:.0} % of answers from the cache, {:.2} % not trusted, {:.0} MiB",
        median(rates.iter().map(|rate| rate.median)),
        median(rates.iter().map(|rate| rate.p99)),
        median(outcomes.iter().map(|outcome| outcome.hits)) * 100.0,
        median(outcomes.iter().map(|outcome| outcome.bypassed)) * 100.0,
        server.memory()?,
    )?;
    writeln!(out, "{line}")?;
    Ok(())
}

/// Transactions that the database has ended: outside of one, a statement is one.
async fn transactions(db: &DatabaseConnection) -> Result<i64, sea_orm::DbErr> {
    // A server tells its counts once a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let count = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, count)).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
