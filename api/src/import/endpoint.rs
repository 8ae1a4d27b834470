//! `POST /import`: what `newsgraph import` takes, as the body of a request, for holders of a token with the scope `ingest`.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::any,
};
use http::{
    StatusCode, Uri,
    header::{ALLOW, CACHE_CONTROL, HeaderValue, RETRY_AFTER},
};
use importer::{Format, Sender};
use sea_orm::DatabaseConnection;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{Options, Report, Summary, import_body};
use crate::{
    access::{self, Scope, Viewer, forbidden, unauthenticated},
    cache::Cache,
    database::Failure,
    error::Error,
    http::{
        graphql::{Refusal, internal_error, read_body, refusal},
        request_id::RequestId,
    },
};

/// Imports that run at the same time; each holds a body in memory.
const AT_ONCE: usize = 2;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Lines of the report in an answer.
const MOST_LINES: usize = 1000;
const PARAMETERS: &str = "`format`, `section`, `language`, `timeZone` and `dryRun`";

#[derive(Clone)]
struct Imports {
    db: DatabaseConnection,
    /// Bytes of a body.
    largest: usize,
    /// Of articles that name no language.
    language: Option<String>,
    free: Arc<Semaphore>,
    cache: Option<Cache>,
}

/// What became of a body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(flatten)]
    summary: Summary,
    dry_run: bool,
    /// What there is to say, a line for each thing, as in the file that `--report` writes.
    report: Vec<Value>,
    /// Lines that are not shown.
    report_omitted: usize,
}

/// `POST /import`.
pub fn routes(db: DatabaseConnection, settings: &access::Settings, cache: Option<Cache>) -> Router {
    let (largest, language) = (settings.import_bytes, settings.import_language.clone());
    let imports = Imports { db, largest, language, free: Arc::new(Semaphore::new(AT_ONCE)), cache };
    Router::new().route("/import", any(answer)).with_state(imports)
}

async fn answer(State(imports): State<Imports>, request: Request) -> Response {
    if request.method() != http::Method::POST {
        return refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "send documents with POST")
            .with(ALLOW, HeaderValue::from_static("POST"))
            .into_response();
    }
    match imports.post(request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

impl Imports {
    async fn post(&self, request: Request) -> Result<Response, Refusal> {
        let viewer = Viewer::of(request.extensions());
        if viewer.is_public() {
            return Err(unauthenticated("imports need a token; send it as `Authorization: Bearer TOKEN`"));
        }
        if !viewer.may(Scope::Ingest) {
            return Err(forbidden(Scope::Ingest));
        }
        let id = RequestId::of(&request);
        let Some(sender) = viewer.sender().cloned() else {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "FORBIDDEN",
                "imports need a token that names a subject (`sub`)",
            ));
        };
        let options = options(request.uri(), sender, self.language.clone())?;
        let options = Options { viewer: Some(viewer.clone()), ..options };
        let Ok(_turn) = self.free.try_acquire() else {
            let message = "as many imports as may run at once are running; send this one again in a moment";
            return Err(refusal(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message)
                .with(RETRY_AFTER, HeaderValue::from_static("5")));
        };
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, self.largest, BODY_TIMEOUT).await?;
        if body.is_empty() {
            return Err(bad_request("the body is empty; send a document or an archive"));
        }
        let mut report = Report::kept(MOST_LINES);
        let imported = import_body(&self.db, body, &options, &mut report).await;
        // Whoever is told that it is there must find it there. What came before a failure is there, too.
        if let Some(cache) = &self.cache {
            cache.catch_up().await;
        }
        let summary = imported.map_err(|cause| match cause.into() {
            Error::Unavailable(cause) => {
                let mend = Failure::of(&cause).map(Failure::mend);
                tracing::warn!(%cause, mend, "an import was broken off");
                let message = "the database cannot be reached right now; send the body again, nothing comes twice";
                refusal(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message)
                    .with(RETRY_AFTER, HeaderValue::from_static("5"))
            }
            cause => {
                tracing::error!(?cause, "an import failed");
                internal_error(&id)
            }
        })?;
        tracing::info!(token = viewer.name(), %summary, "imported");
        let came = summary.new + summary.updated + summary.unchanged + summary.removed;
        let status = match (came, summary.failed + summary.skipped, summary.refused) {
            (0, 0, 1..) => StatusCode::FORBIDDEN,
            (0, 1.., _) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::OK,
        };
        let (report, report_omitted) = report.into_lines();
        let answer = Answer { summary, dry_run: options.dry_run, report, report_omitted };
        Ok((status, [(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
    }
}

/// The options of the command line, as parameters.
fn options(uri: &Uri, sender: Sender, language: Option<String>) -> Result<Options, Refusal> {
    let mut options = Options::of(sender);
    options.settings.language = language;
    let time_zone = &mut options.defaults.time_zone;
    for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match &*name {
            "format" => {
                let names = || Format::ALL.map(Format::name).join(", ");
                let format = value.parse().map_err(|_| bad_request(&format!("`format` must be one of {}", names())))?;
                options.format = Some(format);
            }
            "section" => {
                let is_name = (1..=100).contains(&value.trim().chars().count()) && !value.chars().any(char::is_control);
                if !is_name {
                    return Err(bad_request("`section` must be the name of a section, such as `News`"));
                }
                options.settings.section = value.trim().to_owned();
            }
            "language" => {
                let tag = importer::language_tag(&value);
                options.settings.language =
                    Some(tag.ok_or_else(|| bad_request("`language` must be a BCP 47 tag such as `en`"))?);
            }
            "timeZone" => {
                let wrong = "`timeZone` must be the IANA name of a time zone, such as `Europe/Moscow`";
                *time_zone = value.parse().map_err(|_| bad_request(wrong))?;
            }
            "dryRun" => {
                options.dry_run = value.parse().map_err(|_| bad_request("`dryRun` must be `true` or `false`"))?;
            }
            other => {
                let other: String = other.chars().take(60).collect();
                return Err(bad_request(&format!("`{other}` is no parameter of imports; these are {PARAMETERS}")));
            }
        }
    }
    Ok(options)
}

fn bad_request(message: &str) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}
