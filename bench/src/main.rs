//! Benchmarks that anyone can repeat: an archive of any size, and what questions to it take.

mod archive;
mod search;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Benchmarks of Newsgraph.
#[derive(Debug, Parser)]
#[command(name = "bench", max_term_width = 100)]
enum Bench {
    /// Writes an archive of made-up news as JSON lines to standard output, for `newsgraph import`.
    Archive(archive::Args),
    /// Measures searches in a database that holds an archive.
    Search(search::Args),
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Bench::parse() {
        Bench::Archive(args) => archive::write(&args),
        Bench::Search(args) => search::measure(&args).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
