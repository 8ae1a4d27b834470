//! Feeds as publishers and other projects write them.

mod accepted;
mod conformance;
mod property;
mod samples;
mod whole;

#[path = "../suite/account.rs"]
mod account;
#[path = "../suite/mod.rs"]
mod suite;
