//! What those who run a server see of it, asked of the program itself, as it is deployed.

mod backup;
mod deploy;
mod figures;
mod logs;
mod traces;
mod upgrade;

use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use api::config::DatabaseUrl;
use serde_json::{Value, json};

use crate::support::{free_port, http_client};

const PAGE: &str = "query Front { sections { slug name } articles(first: 3) { nodes { headline } } }";

/// The program, serving with the sample newsroom.
struct Program {
    process: Child,
    address: String,
    figures: String,
    log: tempfile::NamedTempFile,
    http: reqwest::Client,
}

fn database_text(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Postgres(url) => url.to_string(),
        DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
    }
}

/// A file of the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read_project(path: &str) -> String {
    std::fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl Program {
    async fn serve(database: &DatabaseUrl, settings: &[&str], variables: &[(&str, &str)]) -> Self {
        let (address, figures) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
        let log = tempfile::NamedTempFile::new().unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_newsgraph"))
            .args(["serve", "--database-url", &database_text(database), "--listen", &address])
            .args(["--metrics-listen", &figures])
            .args(settings)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        // From here on it is ended with the value.
        let program = Self { process, address, figures, log, http: http_client().build().unwrap() };
        for _ in 0..600 {
            let ready = program.http.get(format!("http://{}/health/ready", program.address)).send().await;
            if ready.is_ok_and(|ready| ready.status() == 200) {
                return program;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not start:\n{}", program.log());
    }

    /// What it has written to its log.
    fn log(&self) -> String {
        let mut text = String::new();
        self.log.reopen().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// The lines of a log in JSON that have a text.
    fn lines(&self, message: &str) -> Vec<Value> {
        let lines: Vec<Value> = self.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        lines.into_iter().filter(|line| line["fields"]["message"] == message).collect()
    }

    fn post(&self, body: &Value) -> reqwest::RequestBuilder {
        self.http.post(format!("http://{}/graphql", self.address)).json(body)
    }

    async fn ask(&self, query: &str) -> Value {
        self.post(&json!({ "query": query })).send().await.unwrap().json().await.unwrap()
    }

    /// The figures, by name and labels as they are written.
    async fn figures(&self) -> BTreeMap<String, f64> {
        parsed(&self.figures_text().await)
    }

    /// The figures as soon as these are among them: jobs run when they run, and the database is asked every few seconds.
    async fn figures_with(&self, names: &[&str]) -> String {
        for _ in 0..60 {
            let text = self.figures_text().await;
            if names.iter().all(|name| text.contains(&format!("\n{name}{{"))) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("{names:?} are not served:\n{}", self.figures_text().await);
    }

    /// Every figure, also those of jobs and of a feed.
    async fn all_figures(&self, database: &crate::support::TestDb) -> String {
        let (added, said) =
            run(database.url(), &["source", "add", "Nowhere", "http://127.0.0.1:9/feed.xml", "--allow-private"]).await;
        assert!(added, "{said}");
        database.sql("UPDATE feed SET last_success_at = next_visit_at").await;
        let names = ["newsgraph_ranking_computed_timestamp_seconds", "newsgraph_feed_last_success_timestamp_seconds"];
        self.figures_with(&names).await
    }

    async fn figures_text(&self) -> String {
        let answer = self.http.get(format!("http://{}/metrics", self.figures)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let content_type = answer.headers()["content-type"].to_str().unwrap();
        assert!(content_type.starts_with("application/openmetrics-text; version=1.0.0"), "{content_type}");
        answer.text().await.unwrap()
    }

    /// Ends it as an orchestrator does, and waits.
    async fn end(&mut self) {
        let ended = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(ended.success());
        for _ in 0..600 {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "{status}\n{}", self.log());
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not end:\n{}", self.log());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn parsed(figures: &str) -> BTreeMap<String, f64> {
    let lines = figures.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

/// Runs the program to its end; what it said, and whether it went well.
async fn run(database: &DatabaseUrl, arguments: &[&str]) -> (bool, String) {
    let ran = tokio::process::Command::new(env!("CARGO_BIN_EXE_newsgraph"))
        .args(arguments)
        .args(["--database-url", &database_text(database)])
        .output()
        .await
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    (ran.status.success(), said)
}
