//! The audits of the `graphql-http` package against the real server: what the draft specification says a server must,
//! should and may do. They run where Node.js and the packages of `web/` are (`npm ci` there); continuous integration demands it
//! with `NEWSGRAPH_DEMAND_WEB`.

use std::path::Path;

use super::*;
use crate::support::{Kind, TestDb};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_audit_of_graphql_http_passes() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web");
    if !web.join("node_modules/graphql-http").exists() {
        assert!(std::env::var_os("NEWSGRAPH_DEMAND_WEB").is_none(), "run `npm ci` in web/");
        eprintln!("left out: run `npm ci` in web/ to audit the server");
        return;
    }
    let database = TestDb::migrated(Kind::Sqlite).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let settings = api::Settings {
        public_url: format!("http://{address}"),
        article_url: format!("http://{address}/articles/{{slug}}"),
    };
    let router = api::app::router(database.db.clone(), settings).expect("the SDL can be read");
    let server = tokio::spawn(server::serve(listener, router, std::future::pending()));
    let audits = tokio::process::Command::new("node")
        .arg(web.join("audit/audit.mjs"))
        .arg(format!("http://{address}/graphql"))
        .output()
        .await
        .expect("node runs");
    server.abort();
    let report = String::from_utf8_lossy(&audits.stdout);
    assert!(audits.status.success(), "{report}\n{}", String::from_utf8_lossy(&audits.stderr));
    assert!(report.lines().count() > 50, "{report}");
}
