//! Everything that is spoken over HTTP: GraphQL, the pages and pictures that the server holds, and its health.

pub mod admission;
pub(crate) mod article_page;
pub mod assets;
pub mod client;
pub mod conditional;
pub mod cors;
pub(crate) mod front;
pub mod graphql;
pub mod health;
pub mod limiter;
pub mod proxies;
pub mod request_id;
pub(crate) mod schema_file;

mod negotiation;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// The answer where there is nothing.
pub async fn not_found() -> Response {
    graphql::refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "there is nothing at this path; the API is at /graphql")
        .into_response()
}
