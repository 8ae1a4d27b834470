//! Newsgraph: a GraphQL API for structured news metadata.
//!
//! A file is a concept: its object, root fields, filter and loaders. `schema.rs` lists them, `store.rs` is how they reach data,
//! `page.rs` cuts lists, `error.rs` says what callers may know of a failure.

pub mod access;
mod alike;
pub mod app;
mod article;
mod body;
pub mod cache;
pub mod config;
mod contributor;
mod curation;
pub mod database;
pub mod document;
mod error;
pub mod facet;
mod feed;
pub mod feeds;
pub mod fetch;
mod gallery;
pub mod http;
mod image;
pub mod import;
mod link;
mod node;
mod nullability;
pub mod owner;
mod page;
mod parsing;
mod place;
pub mod ranking;
pub mod reads;
pub mod related;
pub mod replicas;
pub mod sample;
mod scalar;
pub mod schema;
pub mod search;
mod section;
pub mod server;
mod session;
mod source;
mod store;
mod story;
mod term;
mod topic;
pub mod watch;
pub mod weights;

pub use error::Error;
pub use store::{PageUrl, PageUrls, Request, Settings};

/// The present moment, in the microseconds that both databases keep.
pub fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::SubsecRound::trunc_subsecs(chrono::Utc::now(), 6)
}
