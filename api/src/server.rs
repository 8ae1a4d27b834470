//! The HTTP server: routes, and a shutdown that lets requests end.

use std::sync::Arc;

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use sea_orm::DatabaseConnection;
use tokio::net::TcpListener;

use crate::{Request, Settings, schema::Schema};

#[derive(Clone)]
struct App {
    schema: Schema,
    db: DatabaseConnection,
    settings: Arc<Settings>,
}

/// Every path that is served.
pub fn router(db: DatabaseConnection, settings: Settings) -> Router {
    let app = App { schema: crate::schema::build(), db, settings: Arc::new(settings) };
    Router::new()
        .route("/graphql", axum::routing::post(graphql))
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/health/ready", get(ready))
        .with_state(app)
}

/// Serves until the process is asked to end.
pub async fn serve(listener: TcpListener, router: Router) -> std::io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(asked_to_end()).await
}

async fn graphql(State(app): State<App>, Json(request): Json<async_graphql::Request>) -> Json<async_graphql::Response> {
    Json(Request::new(app.db, app.settings, crate::now()).execute(&app.schema, request).await)
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached\n"),
    }
}

async fn asked_to_end() {
    let ctrl_c = async { tokio::signal::ctrl_c().await.unwrap_or(()) };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! { () = ctrl_c => (), () = terminate => () }
}
