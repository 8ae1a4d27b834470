//! The page and the pictures that are inside the binary.

use std::io::Read;

use flate2::read::GzDecoder;

use super::*;

/// Status, headers and bytes, with the headers of a request.
async fn fetch(
    server: &Server,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, reqwest::header::HeaderMap, Vec<u8>) {
    let request = headers.iter().fold(server.get(path), |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.expect("an answer");
    (response.status(), response.headers().clone(), response.bytes().await.expect("a body").to_vec())
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).expect("gzip");
    plain
}

/// The script that the page loads.
async fn script(server: &Server) -> String {
    let (_, _, page) = fetch(server, "/", &[]).await;
    let page = String::from_utf8(page).expect("text");
    let start = page.find("assets/").expect("the page loads an asset");
    let end = start + page[start..].find('"').expect("the end of the attribute");
    format!("/{}", &page[start..end])
}

#[tokio::test]
async fn the_page_is_sent_with_a_strict_policy() {
    let server = Server::start().await;
    let (status, headers, body) = fetch(&server, "/", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(headers["cache-control"], "no-cache");
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let policy = headers["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(body.starts_with(b"<!doctype html>") || body.starts_with(b"<!DOCTYPE html>"));
}

#[tokio::test]
async fn files_are_sent_compressed_or_plain_with_etags_of_their_own() {
    let server = Server::start().await;
    for path in ["/".to_owned(), script(&server).await, "/media/charts/toy.svg".to_owned()] {
        let (_, plain, body) = fetch(&server, &path, &[("accept-encoding", "gzip;q=0, br")]).await;
        assert!(!plain.contains_key("content-encoding"), "{path}");
        let (_, packed, small) = fetch(&server, &path, &[("accept-encoding", "br, gzip")]).await;
        assert_eq!(packed["content-encoding"], "gzip", "{path}");
        assert_eq!(unpacked(&small), body, "{path}");
        assert_ne!(plain["etag"], packed["etag"], "{path}");
        assert_eq!(packed["vary"], "accept-encoding");
        assert_eq!(packed["content-length"], small.len().to_string().as_str());
    }
}

#[tokio::test]
async fn hashed_files_may_be_kept_for_ever() {
    let server = Server::start().await;
    let (status, headers, _) = fetch(&server, &script(&server).await, &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn a_file_that_the_client_has_is_not_sent_again() {
    let server = Server::start().await;
    for path in ["/", "/media/toy.webp"] {
        let (_, headers, _) = fetch(&server, path, &[]).await;
        let etag = headers["etag"].to_str().expect("text");
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag} is strong");
        for tags in [etag.to_owned(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let (status, headers, body) = fetch(&server, path, &[("if-none-match", &tags)]).await;
            assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0), "{tags}");
            assert_eq!(headers["etag"], etag);
            assert!(headers.contains_key("cache-control") && headers.contains_key("content-security-policy"));
        }
        let (status, _, _) = fetch(&server, path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(status, StatusCode::OK);
    }
}

#[tokio::test]
async fn pictures_have_their_type_and_may_not_run_anything() {
    let server = Server::start().await;
    for (path, content_type) in [("/media/charts/toy.svg", "image/svg+xml"), ("/media/toy.webp", "image/webp")] {
        let (status, headers, _) = fetch(&server, path, &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-type"], content_type);
        assert_eq!(headers["content-security-policy"], "default-src 'none'; style-src 'unsafe-inline'; sandbox");
        assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(headers["cache-control"], "public, max-age=3600");
    }
    let (_, headers, _) = fetch(&server, "/media/toy.webp", &[("accept-encoding", "gzip")]).await;
    assert!(!headers.contains_key("content-encoding"), "a picture that is compressed already stays as it is");
}

#[tokio::test]
async fn files_that_are_no_pictures_are_not_sent() {
    let server = Server::start().await;
    let (status, _, _) = fetch(&server, "/media/README.md", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn head_of_a_file_is_get_without_the_body() {
    let server = Server::start().await;
    let response = server.client.head(server.url("/media/toy.webp")).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-length"], "34");
    let response = server.client.post(server.url("/")).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "GET,HEAD");
}
