//! Caches before the server: they are told what is no longer true, and drop that alone.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

use api::{app, cache::Purge};
use axum::{extract::State, routing::post};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::support::{free_port, http_client};

const ONE: &str = "{ article(by: { slug: \"article-1\" }) { headline } }";
const TWO: &str = "{ article(by: { slug: \"article-2\" }) { headline } }";

/// Serves on a port; what changes is told to `purge`.
async fn serve(db: &DatabaseConnection, port: u16, purge: Purge) -> tokio::task::JoinHandle<()> {
    let article_url = "https://www.example.org/news/{slug}".to_owned();
    let reads = api::reads::Reads::start(db.clone(), api::reads::Settings::default());
    let cache = Settings { purge: Some(purge), ..Settings::default() };
    let public_url = "http://newsgraph.test".to_owned();
    let settings = api::Settings { cache, ..api::Settings::new(public_url, article_url) };
    let router = app::router(db.clone(), settings, reads).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async { api::server::serve(listener, router, std::future::pending()).await.unwrap() })
}

fn purge(port: u16, path: &str) -> Purge {
    let header = ("x-purge-secret".parse().unwrap(), "SECRET".parse().unwrap());
    Purge { url: format!("http://127.0.0.1:{port}{path}").parse().unwrap(), header: Some(header) }
}

/// What a hook was told, and how many requests it still fails.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<(Requests, usize)>>);

/// Heads and bodies.
type Requests = Vec<(HeaderMap, Value)>;

impl Told {
    fn names(&self) -> Vec<String> {
        let told = self.0.lock().unwrap();
        let names = told.0.iter().flat_map(|(_, body)| body["tags"].as_array().unwrap().clone());
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    async fn until(&self, name: &str) {
        while !self.names().iter().any(|told| told == name) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hook_is_told_by_name_what_has_changed_and_told_again_when_it_fails() {
    for kind in Kind::BOTH {
        let database = crate::article_page::newsroom(kind, 3).await;
        let told = Told::default();
        told.0.lock().unwrap().1 = 1;
        let take = async |State(told): State<Told>, headers: HeaderMap, axum::Json(body): axum::Json<Value>| {
            let mut told = told.0.lock().unwrap();
            if told.1 > 0 {
                told.1 -= 1;
                return http::StatusCode::BAD_GATEWAY;
            }
            told.0.push((headers, body));
            http::StatusCode::OK
        };
        let hook = Router::new().route("/purge", post(take)).with_state(told.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook_port = listener.local_addr().unwrap().port();
        let hook = tokio::spawn(async { axum::serve(listener, hook).await.unwrap() });
        let serving = serve(&database.db, free_port(), purge(hook_port, "/purge")).await;
        // At the start nothing is known of what was before.
        told.until("newsgraph").await;
        database.sql("UPDATE article SET headline = 'Mended' WHERE id = 2").await;
        told.until("article-2").await;
        let names = told.names();
        assert!(!names.contains(&"article-1".to_owned()), "{kind:?}: {names:?}");
        let (headers, body) = told.0.lock().unwrap().0.last().unwrap().clone();
        assert_eq!(headers["x-purge-secret"], "SECRET");
        let list: Vec<_> = body["tags"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(headers["surrogate-key"], list.join(" "));
        serving.abort();
        hook.abort();
    }
}

/// A program that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn varnish_keeps_answers_as_documented_and_drops_what_has_changed() {
    let port = free_port();
    let documented = include_str!("../../../../docs/cdn.md");
    let vcl = documented.split("```vcl\n").nth(1).unwrap().split("```").next().unwrap();
    let vcl = vcl.replace("\"8000\"", &format!("\"{port}\""));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("newsgraph.vcl");
    std::fs::write(&file, vcl).unwrap();
    let compiled = Command::new("varnishd").arg("-C").arg("-f").arg(&file).output();
    if !compiled.is_ok_and(|compiled| compiled.status.success()) {
        eprintln!("Varnish is not installed, or its module xkey (the package varnish-modules), so it is not tried");
        return;
    }
    let database = crate::article_page::newsroom(Kind::Postgres, 3).await;
    let (varnish, varnish_port) = varnish(&file).await;
    let serving = serve(&database.db, port, purge(varnish_port, "/purge")).await;
    let client = http_client().build().unwrap();
    let base = format!("http://127.0.0.1:{varnish_port}");
    let ask = async |query: &str, headers: &[(&str, &str)]| {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("query", query).finish();
        let request = client.get(format!("{base}/graphql?{query}"));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, response.text().await.unwrap())
    };
    while client.get(format!("{base}/health/live")).send().await.is_err_or_503() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The purge of everything at the start comes when it comes.
    let is_kept = async |query: &str| ask(query, &[]).await.1["x-cache"] == "HIT";
    for query in [ONE, TWO] {
        while !is_kept(query).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    for query in [ONE, TWO] {
        while !is_kept(query).await {}
    }
    let (status, headers, body) = ask(ONE, &[]).await;
    assert_eq!((status, body.contains("Headline 1")), (200, true), "{body}");
    assert_eq!(headers.get("surrogate-key"), None, "it is for caches");
    let tag = headers["etag"].to_str().unwrap();
    let (status, headers, body) = ask(ONE, &[("if-none-match", tag)]).await;
    assert_eq!((status, headers["x-cache"].to_str().unwrap(), body.as_str()), (304, "HIT", ""));
    let (_, headers, _) = ask(ONE, &[("accept", "application/graphql-response+json")]).await;
    assert_eq!(headers["content-type"], "application/graphql-response+json; charset=utf-8");
    assert_eq!(headers["x-cache"], "MISS", "it is another answer");
    let (status, headers, _) = ask(ONE, &[("authorization", "Bearer ng_x")]).await;
    assert_eq!((status, headers["x-cache"].to_str().unwrap()), (401, "MISS"));

    let stranger = client.post(format!("{base}/purge")).header("surrogate-key", "newsgraph").send().await.unwrap();
    assert_eq!(stranger.status(), 403);
    database.sql("UPDATE article SET headline = 'Mended' WHERE id = 1").await;
    // It may be used for a minute, and is dropped long before.
    let mut asked = 0;
    while !ask(ONE, &[]).await.2.contains("Mended") {
        asked += 1;
        assert!(asked < 1_000, "it is not dropped");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(is_kept(TWO).await, "what has not changed stays");
    drop(varnish);
    serving.abort();
}

/// Starts Varnish, and answers its port once it listens: another program may take a free port before it does.
async fn varnish(vcl: &Path) -> (Running, u16) {
    for attempt in 0..5 {
        let port = free_port();
        let mut varnish = Command::new("varnishd")
            .args(["-F", "-a", &format!("127.0.0.1:{port}"), "-T", "none", "-s", "malloc,16m", "-f"])
            .arg(vcl)
            .arg("-n")
            .arg(vcl.with_file_name(format!("varnish-{attempt}")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Running)
            .unwrap();
        // It ends when it is not the one that listens.
        let mut listens = false;
        while varnish.0.try_wait().unwrap().is_none() {
            if listens {
                return (varnish, port);
            }
            listens = TcpStream::connect(("127.0.0.1", port)).await.is_ok();
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
    panic!("Varnish does not start");
}

/// Whether Varnish does not answer yet.
trait NotYet {
    fn is_err_or_503(&self) -> bool;
}

impl NotYet for reqwest::Result<reqwest::Response> {
    fn is_err_or_503(&self) -> bool {
        self.as_ref().map_or(true, |response| response.status() == 503)
    }
}
