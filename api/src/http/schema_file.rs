//! `GET /schema.graphql`: the schema as a file, for tools that generate code from it.

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::any,
};
use bytes::Bytes;
use http::{
    Method, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue},
};
use sha2::{Digest as _, Sha256};

use super::graphql::refusal;

/// What browsers show, and every tool takes.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// The schema changes with the version of the server alone; the entity tag tells.
const FRESHNESS: HeaderValue = HeaderValue::from_static("public, max-age=300");
const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// The file, or nothing where introspection is off.
#[derive(Clone)]
struct File(Option<(Bytes, HeaderValue)>);

/// `GET /schema.graphql`. Where the schema cannot be asked for, the file is refused in the same way.
pub(crate) fn routes(sdl: &str, introspection: bool) -> Router {
    let hash: String = Sha256::digest(sdl).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = HeaderValue::from_str(&format!("\"{hash}\"")).expect("hexadecimal digits are a value");
    let file = File(introspection.then(|| (Bytes::copy_from_slice(sdl.as_bytes()), tag)));
    Router::new().route("/schema.graphql", any(answer)).with_state(file)
}

async fn answer(State(File(file)): State<File>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "read the schema with GET")
            .with(ALLOW, ALLOWED)
            .into_response();
    }
    let Some((sdl, tag)) = file else {
        let message = "this server does not tell its schema; `newsgraph schema` prints it";
        return refusal(StatusCode::FORBIDDEN, "INTROSPECTION_DISABLED", message).into_response();
    };
    ([(CONTENT_TYPE, TEXT), (CACHE_CONTROL, FRESHNESS), (ETAG, tag)], sdl).into_response()
}
