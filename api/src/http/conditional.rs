//! Conditional requests (RFC 9110, 13): an answer that the client has already is answered 304. It stands outside the layer that
//! compresses, because compressed bytes are other bytes and a strong entity tag names bytes.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, TRANSFER_ENCODING,
};
use http::{Method, StatusCode};

/// Completes entity tags by the encoding, and leaves out bodies that the client has.
pub async fn answer(request: Request, next: Next) -> Response {
    let known: Vec<HeaderValue> = match *request.method() {
        Method::GET | Method::HEAD => request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect(),
        _ => Vec::new(),
    };
    let mut response = next.run(request).await;
    let Some(tag) = response.headers().get(ETAG) else {
        return response;
    };
    let encoding = response.headers().get(CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok());
    let tag = match (tag.to_str().ok().and_then(|tag| tag.strip_suffix('"')), encoding) {
        (Some(open), Some(encoding)) => HeaderValue::from_str(&format!("{open}-{encoding}\"")).ok(),
        _ => None,
    }
    .unwrap_or_else(|| tag.clone());
    response.headers_mut().insert(ETAG, tag.clone());
    if response.status() == StatusCode::OK && known.iter().any(|known| names(known, &tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for header in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING, TRANSFER_ENCODING] {
            response.headers_mut().remove(header);
        }
    }
    response
}

/// Whether a value of `If-None-Match` names this entity tag. The comparison is the weak one, so `W/` does not count.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else {
        return false;
    };
    // Tags of this server have no commas in them.
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list_whether_weak_or_not() {
        let names =
            |known: &'static str| names(&HeaderValue::from_static(known), &HeaderValue::from_static("\"a-br\""));
        for known in ["\"a-br\"", "W/\"a-br\"", "\"b\", \"a-br\"", "\"b\",W/\"a-br\"", "*"] {
            assert!(names(known), "{known}");
        }
        for known in ["", "\"a\"", "a-br", "\"a-br\"x", "\"a-gzip\", \"b\""] {
            assert!(!names(known), "{known}");
        }
    }
}
