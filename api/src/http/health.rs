//! Two questions of an orchestrator: is the process alive, and can it answer requests now.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, routing::get};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use crate::server::Draining;

const PATIENCE: Duration = Duration::from_secs(2);

/// `/health/live` and `/health/ready`. The check says whether what is named works; it logs why not by itself, because
/// the answer tells nothing but that.
pub fn routes<C, F>(name: &'static str, check: C) -> Router
where
    C: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = bool> + Send + 'static,
{
    Router::new()
        .route("/health/live", get(async || answer(StatusCode::OK, json!({ "status": "ok" }))))
        .route("/health/ready", get(ready::<C, F>))
        .with_state((name, check))
}

async fn ready<C, F>(State((name, check)): State<(&'static str, C)>) -> Response
where
    C: Fn() -> F,
    F: Future<Output = bool>,
{
    let state = match tokio::time::timeout(PATIENCE, check()).await {
        Ok(true) => return answer(StatusCode::OK, json!({ "status": "ok" })),
        Ok(false) => "unavailable",
        Err(_) => "timeout",
    };
    let body = json!({ "status": "unavailable", "checks": { name: state } });
    answer(StatusCode::SERVICE_UNAVAILABLE, body)
}

/// The layer that says that a server which is about to stop is not ready.
pub async fn drain(State(draining): State<Draining>, request: Request, next: Next) -> Response {
    if draining.has_begun() && request.uri().path() == "/health/ready" {
        return answer(StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "stopping" }));
    }
    next.run(request).await
}

fn answer(status: StatusCode, body: Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
