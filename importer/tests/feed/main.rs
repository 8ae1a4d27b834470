//! Feeds as publishers and other projects write them.

mod accepted;
mod conformance;
mod property;
mod samples;
#[path = "../suite/mod.rs"]
mod suite;
