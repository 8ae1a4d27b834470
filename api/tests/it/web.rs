//! The real server as the tools in `web/` see it: the audits of `graphql-http`, and GraphiQL in a browser.
//!
//! They run where Node.js and the packages of `web/` are (`npm ci` there), and the browser test where Chromium is. Continuous
//! integration demands both with `NEWSGRAPH_DEMAND_WEB`.

use std::{net::SocketAddr, path::PathBuf, process::Output};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::support::{Kind, TestDb};

pub(crate) fn web() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "web"].iter().collect()
}

/// Whether what a test needs is there; where it is demanded, its absence is a failure.
fn is_there(what: &str, found: bool) -> bool {
    if !found {
        assert!(std::env::var_os("NEWSGRAPH_DEMAND_WEB").is_none(), "missing: {what}");
        eprintln!("left out, because this is missing: {what}");
    }
    found
}

pub(crate) fn has_packages() -> bool {
    is_there("the packages of web/ (run `npm ci` there)", web().join("node_modules").exists())
}

fn has_chromium() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&path).any(|folder| names.iter().any(|name| folder.join(name).exists()));
    is_there("Chromium (Debian: `apt-get install chromium`)", found || std::env::var_os("CHROMIUM").is_some())
}

/// Serves a database until the handle is aborted.
pub(crate) async fn serve(database: &TestDb) -> (SocketAddr, JoinHandle<()>) {
    serve_with(database, Default::default()).await
}

pub(crate) async fn serve_with(database: &TestDb, cache: api::cache::Settings) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let public_url = format!("http://{address}");
    let article_url = format!("{public_url}/articles/{{slug}}");
    let reads = api::reads::Settings { article_url: article_url.clone(), ..Default::default() };
    let reads = api::reads::Reads::start(database.db.clone(), reads);
    let settings = api::Settings { cache, ..api::Settings::new(public_url, article_url) };
    let router = api::app::router(database.db.clone(), settings, reads).unwrap();
    let server = async { api::server::serve(listener, router, std::future::pending()).await.unwrap() };
    (address, tokio::spawn(server))
}

async fn node(script: &str, arguments: &[String]) -> Output {
    tokio::process::Command::new("node").arg(web().join(script)).args(arguments).output().await.expect("node runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_audit_of_graphql_http_passes() {
    if !has_packages() {
        return;
    }
    let database = TestDb::migrated(Kind::Sqlite).await;
    let (address, server) = serve(&database).await;
    let audits = node("audit/audit.mjs", &[format!("http://{address}/graphql")]).await;
    server.abort();
    let report = String::from_utf8_lossy(&audits.stdout);
    assert!(audits.status.success(), "{report}\n{}", String::from_utf8_lossy(&audits.stderr));
    assert!(report.lines().count() > 50, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphiql_explores_the_schema_and_runs_the_page_in_a_browser_without_the_internet() {
    if !has_packages() || !has_chromium() {
        return;
    }
    let database = TestDb::migrated(Kind::Sqlite).await;
    api::sample::load(&database.db, api::sample::Load::Auto, database.now).await.unwrap();
    let (address, server) = serve(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let screenshot = folder.path().join("graphiql.png");
    let visit = node("browser/graphiql.mjs", &[format!("http://{address}/"), screenshot.display().to_string()]).await;
    server.abort();
    let report = String::from_utf8_lossy(&visit.stdout);
    assert!(visit.status.success(), "{report}\n{}", String::from_utf8_lossy(&visit.stderr));
    assert!(screenshot.metadata().is_ok_and(|picture| picture.len() > 10_000), "{report}");
}
