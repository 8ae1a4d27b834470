//! Measurements of what Newsgraph is made of.

mod related;
mod related_speed;

use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "bench")]
enum Bench {
    /// How good related news and story suggestions are, on headlines whose stories are known.
    Related(related::Related),
    /// How long it takes to relate one more article to an archive.
    RelatedSpeed(related_speed::RelatedSpeed),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match Bench::parse() {
        Bench::Related(related) => related.run(),
        Bench::RelatedSpeed(speed) => speed.run(),
    }
}
