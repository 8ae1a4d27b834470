//! What users can rely on, tested from the outside on PostgreSQL and SQLite.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod access;
mod addresses;
mod article_page;
mod article_pages;
mod attacks;
mod beside;
mod blocks;
mod cache;
mod conformance;
mod contributors;
mod documents;
mod facets;
mod faults;
mod filters;
mod freshness;
mod http;
mod import;
mod load;
mod migrations;
mod paging;
mod plans;
mod polling;
mod pooler;
mod queries;
mod reads;
mod related;
mod sdl;
mod search;
mod search_scripts;
mod shape;
mod statements;
mod support;
mod walks;
mod watch;
mod web;
