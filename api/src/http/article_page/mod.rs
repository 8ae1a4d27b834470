//! `GET /articles/{slug}`: an article as a page that people can read. It is where `Article.url` leads until a newsroom says where its own pages
//! are. The page is made of the answer to a GraphQL query, so that it is found, limited and kept as all answers are, for the public alone.

mod html;

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Query, Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use entity::{article, visibility::PubStatus};
use futures_util::future::BoxFuture;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{
        ACCEPT, AGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, REFERRER_POLICY,
        RETRY_AFTER, X_FRAME_OPTIONS,
    },
    request::Parts,
};
use sea_orm::{ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use crate::{
    cache::{CACHE_TAG, SURROGATE_KEY},
    document::Hash,
};

/// What the page is made of.
pub(super) const DOCUMENT: &str = include_str!("article.graphql");

/// The name of [`DOCUMENT`].
pub(super) static HASH: LazyLock<Hash> = LazyLock::new(|| Hash::of(DOCUMENT));

/// Largest answer that a page is made of: a page of text is far smaller.
const LARGEST: usize = 16 << 20;

/// Nothing runs, and nothing is loaded but pictures, sounds and videos, which may be anywhere.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(html::STYLE));
    let policy = format!(
        "default-src 'none'; img-src http: https: data:; media-src http: https:; style-src 'sha256-{style}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("written in ASCII")
});

/// What answers GraphQL requests.
pub(crate) type Ask = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// What pages are made with.
#[derive(Clone)]
pub(crate) struct Pages {
    pub(crate) ask: Ask,
    pub(crate) db: DatabaseConnection,
    /// Address of this server, without a slash at its end.
    pub(crate) public_url: String,
    /// Where pages of articles without an address of their own are, with `{slug}`.
    pub(crate) article_url: String,
}

/// The pages, by slug.
pub(crate) fn routes(pages: Pages) -> Router {
    Router::new()
        .route("/articles/{slug}", get(answer))
        .route("/articles/{slug}/", get(without_slash))
        .route("/articles/", get(async || note(StatusCode::NOT_FOUND)))
        .with_state(Arc::new(pages))
}

/// Leads to the same address without the slash at its end, also behind a proxy that has the pages under a path of its own.
async fn without_slash(uri: Uri) -> Response {
    let slug = uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    match HeaderValue::from_str(&format!("../{slug}{query}")) {
        Ok(location) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response(),
        Err(_) => note(StatusCode::NOT_FOUND),
    }
}

#[derive(Deserialize)]
struct Wanted {
    page: Option<String>,
}

async fn answer(
    State(pages): State<Arc<Pages>>,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Response {
    // What is no number of a page leads nowhere.
    let page = match wanted.page.as_deref().map(str::parse::<i32>) {
        None => 1,
        Some(Ok(page)) => page,
        Some(Err(_)) => return note(StatusCode::NOT_FOUND),
    };
    let (parts, _) = request.into_parts();
    let (status, headers, body) = match pages.asked(&parts, &slug, page).await {
        Ok(answer) => answer,
        Err(()) => return note(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let mut response = pages.page(status, &body, &slug).await;
    let found = response.status().is_success() || response.status().is_redirection();
    let kept: &[HeaderName] = if found || response.status() == StatusCode::NOT_FOUND {
        &[CACHE_CONTROL, AGE, SURROGATE_KEY, CACHE_TAG]
    } else {
        &[RETRY_AFTER]
    };
    for name in kept {
        for value in headers.get_all(name) {
            response.headers_mut().append(name, value.clone());
        }
    }
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

impl Pages {
    /// The answer of GraphQL: its status, its headers and its JSON.
    async fn asked(&self, parts: &Parts, slug: &str, page: i32) -> Result<(StatusCode, HeaderMap, Value), ()> {
        let variables = json!({ "slug": slug, "page": page }).to_string();
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("query", DOCUMENT)
            .append_pair("variables", &variables)
            .finish();
        let mut inner = Request::builder()
            .method(Method::GET)
            .uri(format!("/graphql?{query}"))
            .header(ACCEPT, "application/graphql-response+json")
            .body(Body::empty())
            .map_err(|_| ())?;
        // Who asks is known by then, and is the public whatever they show: pages are kept for all.
        for (name, value) in &parts.headers {
            if name.as_str().starts_with("x-") || *name == http::header::USER_AGENT {
                inner.headers_mut().append(name, value.clone());
            }
        }
        *inner.extensions_mut() = parts.extensions.clone();
        inner.extensions_mut().remove::<crate::access::Viewer>();
        let (answered, body) = (self.ask)(inner).await.into_parts();
        let bytes = to_bytes(body, LARGEST).await.map_err(|_| ())?;
        let body = serde_json::from_slice(&bytes).map_err(|_| ())?;
        Ok((answered.status, answered.headers, body))
    }

    async fn page(&self, status: StatusCode, body: &Value, slug: &str) -> Response {
        let article = &body["data"]["article"];
        let code = body["errors"][0]["extensions"]["code"].as_str();
        if article.is_null() || article["body"].is_null() {
            return match code {
                None => note(self.absence(slug).await),
                // A slug or a page that cannot be.
                Some("BAD_USER_INPUT") => note(StatusCode::NOT_FOUND),
                Some("SERVICE_UNAVAILABLE") => note(StatusCode::SERVICE_UNAVAILABLE),
                Some(_) if status == StatusCode::OK => note(StatusCode::INTERNAL_SERVER_ERROR),
                Some(_) => note(status),
            };
        }
        let own = format!("{}/articles/{slug}", self.public_url);
        let url = article["url"].as_str().unwrap_or(&own);
        // Where a newsroom has pages of its own, readers belong there.
        let is_own = self.article_url.replace("{slug}", slug) == own;
        if !is_own && url != own {
            let location = HeaderValue::from_str(url).ok().filter(|_| html::is_web(url));
            if let Some(location) = location {
                return (StatusCode::FOUND, [(LOCATION, location)]).into_response();
            }
        }
        let page = html::page(article, url, &own, &self.public_url, slug);
        let tag = format!("\"{:.32}\"", Hash::of(&page).to_string());
        let mut response = document(StatusCode::OK, page);
        response.headers_mut().extend(HeaderValue::from_str(&tag).ok().map(|tag| (ETAG, tag)));
        response
    }

    /// Why an article is not there: one that was killed is gone, and of what is held back nobody may know.
    async fn absence(&self, slug: &str) -> StatusCode {
        let status = article::Entity::find()
            .select_only()
            .column(article::Column::Status)
            .filter(article::Column::Slug.eq(slug))
            .into_tuple::<PubStatus>()
            .one(&self.db)
            .await;
        match status {
            Ok(Some(PubStatus::Canceled)) => StatusCode::GONE,
            Ok(_) => StatusCode::NOT_FOUND,
            Err(cause) => {
                tracing::error!(%cause, "a page of an article could not be looked up");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

/// A page that says why there is no article.
fn note(status: StatusCode) -> Response {
    let text = match status {
        StatusCode::NOT_FOUND => "There is no such article.",
        StatusCode::GONE => "This article was withdrawn.",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests. Try again in a moment.",
        status if status.is_client_error() => "This page cannot be shown.",
        _ => "The page cannot be made right now. Try again in a moment.",
    };
    document(status, html::note(text))
}

fn document(status: StatusCode, html: String) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (status, headers, html).into_response()
}
