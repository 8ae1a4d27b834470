//! Measurements of what Newsgraph is made of.

mod related;

use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "bench")]
enum Bench {
    /// How good related news and story suggestions are, on headlines whose stories are known.
    Related(related::Related),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match Bench::parse() {
        Bench::Related(related) => related.run(),
    }
}
