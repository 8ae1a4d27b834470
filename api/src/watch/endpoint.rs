//! `GET /metrics`, on an address of its own.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use prometheus_client::{encoding::text, registry::Registry};

use super::{Watch, metrics};
use crate::http::not_found;

/// The text format of Prometheus as OpenMetrics has standardised it.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the address for figures serves: `/metrics`, and nothing else.
pub fn routes(watch: Watch) -> Router {
    Router::new().route("/metrics", get(figures)).fallback(not_found).with_state(watch)
}

async fn figures(State(watch): State<Watch>) -> Response {
    let mut seen = Registry::default();
    watch.look(&mut seen).await;
    let mut body = String::with_capacity(64 * 1024);
    let written = text::encode_registry(&mut body, &metrics().registry)
        .and_then(|()| text::encode_registry(&mut body, &seen))
        .and_then(|()| text::encode_eof(&mut body));
    match written {
        Ok(()) => ([(CONTENT_TYPE, TEXT), (CACHE_CONTROL, "no-store")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
