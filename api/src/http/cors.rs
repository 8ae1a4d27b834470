//! Pages of other origins: which may read answers. Where none is named, browsers let no other origin read any.
//!
//! A page that is not allowed can change nothing either: a mutation needs a JSON body or a token, for which a browser asks first, and a
//! query by GET changes nothing. Cookies are never looked at, so there is nothing that a browser would send along by itself.

use std::time::Duration;

use http::{
    HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE},
};
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Url;

use super::limiter::{RATE_LIMIT, RATE_LIMIT_POLICY};

/// The origins that may read answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// Only the server's own.
    #[default]
    Own,
    /// These, too.
    Listed(Vec<HeaderValue>),
    /// All.
    Any,
}

impl Origins {
    /// The layer that tells browsers so.
    pub fn layer(&self) -> Option<CorsLayer> {
        let origins = match self {
            Self::Own => return None,
            Self::Listed(origins) => AllowOrigin::list(origins.iter().cloned()),
            Self::Any => AllowOrigin::any(),
        };
        let request_id = HeaderName::from_static("x-request-id");
        let layer = CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH, request_id.clone()])
            .expose_headers([ETAG, RETRY_AFTER, WWW_AUTHENTICATE, RATE_LIMIT, RATE_LIMIT_POLICY, request_id])
            .max_age(Duration::from_secs(86_400));
        Some(layer)
    }
}

/// An origin as browsers name it: scheme, host and port, no path.
pub fn origin(text: &str) -> Result<String, String> {
    let form = "write an origin such as `https://www.example.org`, or `*` for all";
    if text == "*" {
        return Ok(text.to_owned());
    }
    let url = Url::parse(text).map_err(|error| format!("{error}; {form}"))?;
    let origin = url.origin().ascii_serialization();
    let is_origin =
        matches!(url.scheme(), "http" | "https") && text.trim_end_matches('/').eq_ignore_ascii_case(&origin);
    if is_origin { Ok(origin) } else { Err(form.to_owned()) }
}

impl FromIterator<String> for Origins {
    fn from_iter<I: IntoIterator<Item = String>>(origins: I) -> Self {
        let origins: Vec<String> = origins.into_iter().collect();
        if origins.iter().any(|origin| origin == "*") {
            return Self::Any;
        }
        match origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect::<Vec<_>>() {
            none if none.is_empty() => Self::Own,
            listed => Self::Listed(listed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_neither_path_nor_anything_else() {
        assert_eq!(origin("https://www.example.org"), Ok("https://www.example.org".to_owned()));
        assert_eq!(origin("HTTPS://Example.org:8443/"), Ok("https://example.org:8443".to_owned()));
        assert_eq!(origin("*"), Ok("*".to_owned()));
        for wrong in
            ["", "example.org", "https://example.org/news", "https://user@example.org", "file:///x", "*.example.org"]
        {
            assert!(origin(wrong).is_err_and(|problem| problem.contains("https://www.example.org")), "{wrong}");
        }
    }
}
