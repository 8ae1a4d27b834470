//! Measurements that anyone can repeat: an archive of any size, what questions to it take, and how good related news is.

mod archive;
mod attacks;
mod filters;
mod page;
mod process;
mod ready;
mod related;
mod related_speed;
mod search;

use std::{process::ExitCode, sync::Arc};

use api::config::DatabaseUrl;
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measurements of Newsgraph.
#[derive(Debug, Parser)]
#[command(name = "bench", max_term_width = 100)]
enum Bench {
    /// Writes an archive of made-up news as JSON lines to standard output, for `newsgraph import`.
    Archive(archive::Args),
    /// Gives an archive what a newsroom has beside its articles: related news, reads, rankings, top stories. Every measurement needs it.
    Ready(ready::Args),
    /// Measures the article page through the program, against constant bytes. Needs `wrk` and `curl`.
    Page(page::Args),
    /// What becomes of the server under ten times the load that it can carry. Needs `wrk`.
    Overload(page::overload::Args),
    /// What hostile requests cost.
    Attacks(attacks::Args),
    /// Measures searches in a database that holds an archive.
    Search(search::Args),
    /// Measures combined filters in a database that holds an archive, and shows their plans.
    Filters(filters::Args),
    /// How good related news and story suggestions are, on headlines whose stories are known.
    Related(related::Related),
    /// How long it takes to relate one more article to an archive.
    RelatedSpeed(related_speed::RelatedSpeed),
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The database that an argument names: `postgres://…`, else a file.
fn database(url: &str) -> DatabaseUrl {
    match url.parse() {
        Ok(server) if url.starts_with("postgres") => DatabaseUrl::Postgres(server),
        _ => DatabaseUrl::Sqlite(url.trim_start_matches("sqlite://").into()),
    }
}

/// Those of a server that keeps nothing.
fn settings() -> Arc<api::Settings> {
    let usual = api::Settings::new("http://bench".to_owned(), "http://bench/{slug}".to_owned());
    Arc::new(api::Settings { cache: api::cache::Settings::off(), ..usual })
}

fn run(bench: &Bench) -> Outcome {
    match bench {
        Bench::Archive(args) => archive::write(args),
        Bench::Ready(args) => tokio::runtime::Runtime::new()?.block_on(ready::make(args)),
        Bench::Page(args) => tokio::runtime::Runtime::new()?.block_on(page::measure(args)),
        Bench::Overload(args) => tokio::runtime::Runtime::new()?.block_on(page::overload::measure(args)),
        Bench::Attacks(args) => tokio::runtime::Runtime::new()?.block_on(attacks::measure(args)),
        Bench::Search(args) => tokio::runtime::Runtime::new()?.block_on(search::measure(args)),
        Bench::Filters(args) => tokio::runtime::Runtime::new()?.block_on(filters::measure(args)),
        Bench::Related(related) => related.run(),
        Bench::RelatedSpeed(speed) => speed.run(),
    }
}

fn main() -> ExitCode {
    match run(&Bench::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
