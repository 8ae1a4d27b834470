//! The settings of the GraphQL endpoint: what a request may be and cost, which documents are answered, what caches may keep.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    document::Limits,
    http::graphql::Settings,
    page::{DEFAULT_SIZE, MAX_SIZE},
};

/// The settings of the GraphQL endpoint.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings of the GraphQL endpoint")]
pub struct Graphql {
    /// Most bytes of a document.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_DOCUMENT", value_name = "SIZE", default_value = "64KiB", value_parser = size)]
    pub max_document: u64,

    /// Most tokens of a document: names, numbers, strings and signs.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_TOKENS", value_name = "NUMBER", default_value_t = 2_000,
        value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    pub max_tokens: u64,

    /// Most fields inside each other, outside of introspection.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_DEPTH", value_name = "NUMBER", default_value_t = 12,
        value_parser = clap::value_parser!(u64).range(1..=25))]
    pub max_depth: u64,

    /// Most aliases of a document.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_ALIASES", value_name = "NUMBER", default_value_t = 60)]
    pub max_aliases: u64,

    /// Most fields directly under an operation.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_ROOT_FIELDS", value_name = "NUMBER", default_value_t = 50,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub max_root_fields: u64,

    /// Most directives of a document.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_DIRECTIVES", value_name = "NUMBER", default_value_t = 100)]
    pub max_directives: u64,

    /// Most directives in one place of a document.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_DIRECTIVES_PER_FIELD", value_name = "NUMBER", default_value_t = 5)]
    pub max_directives_per_field: u64,

    /// Most that a request may cost: about the number of values that its answer can hold, lists multiplied through nesting. A request
    /// with `"extensions": {"cost": true}` is told its cost, one with `{"dryRun": true}` that alone.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_COST", value_name = "NUMBER", default_value_t = 20_000,
        value_parser = clap::value_parser!(u64).range(100..))]
    pub max_cost: u64,

    /// Most items of a page of a list: 20, which a page has when its size is not asked for, to 100.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_PAGE", value_name = "NUMBER", default_value_t = MAX_SIZE as u64,
        value_parser = clap::value_parser!(u64).range(DEFAULT_SIZE as u64..=MAX_SIZE as u64))]
    pub max_page: u64,

    /// Most bytes of the variables of a request, as JSON.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_VARIABLES", value_name = "SIZE", default_value = "64KiB", value_parser = size)]
    pub max_variables: u64,

    /// Most bytes of the body of a GraphQL request.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_BODY", value_name = "SIZE", default_value = "128KiB", value_parser = size)]
    pub max_body: u64,

    /// Longest time that a request may run. Then it is answered 504, and the database ends its statement.
    #[arg(long, global = true, env = "NEWSGRAPH_REQUEST_TIMEOUT", value_name = "TIME", default_value = "5s", value_parser = timeout)]
    pub request_timeout: Duration,

    /// Most time that the database may work for a request. Then it ends its statement, and the request is told so (`TIMEOUT`). Of the embedded
    /// database it is time of the processor; of PostgreSQL, which works elsewhere, the time that searches, filtered lists and counts take, one
    /// after the other.
    #[arg(long, global = true, env = "NEWSGRAPH_REQUEST_DATABASE_TIME", value_name = "TIME", default_value = "800ms", value_parser = timeout)]
    pub request_database_time: Duration,

    /// How many of the articles that a search finds are counted (`totalCount`, `facets`), at most. Of more, the newest are, and `countedSince` says
    /// so. A text that is looked into for a phrase is as ten.
    #[arg(long, global = true, env = "NEWSGRAPH_SEARCH_COUNTED", value_name = "NUMBER",
        default_value_t = crate::Settings::SEARCH_COUNTED, value_parser = clap::value_parser!(u64).range(100..=1_000_000_000))]
    pub search_counted: u64,

    /// Whether the schema can be asked for (`__schema`, `__type`); with `false` errors do not suggest names of fields either, and GraphiQL
    /// has no help to offer.
    #[arg(long, global = true, env = "NEWSGRAPH_INTROSPECTION", value_name = "BOOL", default_value_t = true,
        action = clap::ArgAction::Set)]
    pub introspection: bool,

    /// Most values that introspection may give, estimated; it has this budget instead of the depth and the cost.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_INTROSPECTION", value_name = "NUMBER", default_value_t = 500_000)]
    pub max_introspection: u64,

    /// Memory for documents that have been parsed and validated.
    #[arg(long, global = true, env = "NEWSGRAPH_DOCUMENT_CACHE", value_name = "SIZE", default_value = "32MiB", value_parser = size)]
    pub document_cache: u64,

    /// Whether clients may send the hash of a document in place of its text (automatic persisted queries).
    #[arg(long, global = true, env = "NEWSGRAPH_PERSISTED_QUERIES", value_name = "BOOL", default_value_t = true,
        action = clap::ArgAction::Set)]
    pub persisted_queries: bool,

    /// Documents that clients may send by their name: a folder of `.graphql` files, or a manifest as Apollo's or Relay's tools write it.
    #[arg(long, global = true, env = "NEWSGRAPH_DOCUMENTS", value_name = "PATH")]
    pub documents: Option<PathBuf>,

    /// Answers the documents of `--documents` and no others.
    #[arg(long, global = true, env = "NEWSGRAPH_DOCUMENTS_ONLY", value_name = "BOOL", default_value_t = false,
        default_missing_value = "true", num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    pub documents_only: bool,

    /// Does not start when one of the documents of `--documents` is wrong. Without it, the others are answered, and the log names the wrong one.
    #[arg(long, global = true, env = "NEWSGRAPH_DOCUMENTS_STRICT", value_name = "BOOL", default_value_t = false,
        default_missing_value = "true", num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    pub documents_strict: bool,

    /// Longest time that browsers and proxies may use an answer to a GET without asking again; the schema asks for less where news moves
    /// fast. `0s` makes them ask each time.
    #[arg(long, global = true, env = "NEWSGRAPH_HTTP_MAX_AGE", value_name = "TIME", default_value = "60s", value_parser = age)]
    pub http_max_age: Duration,

    /// Whether every answer has a `Server-Timing` header: where its time went, and how many statements it took. Without it, those to
    /// requests that have such a header themselves do.
    #[arg(long, global = true, env = "NEWSGRAPH_SERVER_TIMING", value_name = "BOOL", default_value_t = false,
        default_missing_value = "true", num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    pub server_timing: bool,

    /// Requests that take as long as this are logged: the name of the operation, the hash of the document, its cost, its statements. `0s`
    /// logs none.
    #[arg(long, global = true, env = "NEWSGRAPH_SLOW_REQUEST", value_name = "TIME", default_value = "500ms", value_parser = age)]
    pub slow_request: Duration,
}

impl Graphql {
    /// What the endpoint is made with.
    pub fn settings(&self) -> Settings {
        let usual = Settings::default();
        Settings {
            limits: Limits {
                bytes: self.max_document,
                tokens: self.max_tokens,
                depth: self.max_depth,
                root_fields: self.max_root_fields,
                aliases: self.max_aliases,
                directives: self.max_directives,
                directives_per_field: self.max_directives_per_field,
                cost: self.max_cost,
                page_size: self.max_page,
                variables_bytes: self.max_variables,
                introspection: self.introspection,
                introspection_values: self.max_introspection,
                ..usual.limits
            },
            body_bytes: usize::try_from(self.max_body).unwrap_or(usize::MAX),
            timeout: self.request_timeout,
            database_time: self.request_database_time,
            document_bytes: self.document_cache,
            persisted_queries: self.persisted_queries,
            documents: self.documents.clone(),
            documents_only: self.documents_only,
            documents_strict: self.documents_strict,
            max_age: self.http_max_age,
            server_timing: self.server_timing,
            slow: Some(self.slow_request).filter(|slow| !slow.is_zero()),
            ..usual
        }
    }

    /// What is wrong with the settings together.
    pub fn check(&self) -> Result<(), String> {
        if self.documents_only && self.documents.is_none() {
            return Err(
                "--documents-only needs documents: name a folder or a manifest with --documents or NEWSGRAPH_DOCUMENTS"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

fn size(text: &str) -> Result<u64, String> {
    let size = super::bytes(text)?;
    if (1_024..=1 << 40).contains(&size) { Ok(size) } else { Err("it must be from `1KiB` to `1024GiB`".to_owned()) }
}

fn timeout(text: &str) -> Result<Duration, String> {
    let given = humantime::parse_duration(text).map_err(|error| format!("{error}; write a time such as `5s`"))?;
    let limits = Duration::from_millis(100)..=Duration::from_secs(50);
    if limits.contains(&given) { Ok(given) } else { Err("it must be from `100ms` to `50s`".to_owned()) }
}

fn age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write a time such as `30s`, or `0s`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_or_without_a_unit() {
        assert_eq!(size("65536"), Ok(65_536));
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size("32 MiB"), Ok(33_554_432));
        assert_eq!((size("64kb"), size("2MB"), size("64kib")), (Ok(64_000), Ok(2_000_000), Ok(65_536)));
        for wrong in ["", "KiB", "-1", "64 x", "1.5MiB", "1000", "9999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_request_may_not_run_longer_than_a_connection_may_stand_still() {
        assert_eq!(timeout("5s"), Ok(Duration::from_secs(5)));
        assert!(timeout("51s").is_err() && timeout("0s").is_err());
    }
}
