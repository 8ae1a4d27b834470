//! The program as a process of its own, which a test may kill, stop and look at.

use std::{
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{free_port, http_client};

/// A server of its own process; it is killed with the value.
pub(crate) struct Process {
    child: Child,
    address: String,
    log: tempfile::NamedTempFile,
}

/// What came of a GraphQL request.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, text: response.text().await? })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The code of the first error.
    pub(crate) fn code(&self) -> Option<String> {
        self.json()["errors"][0]["extensions"]["code"].as_str().map(ToOwned::to_owned)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Process {
    /// Starts it, and waits until it is ready.
    pub(crate) async fn start(database: &str, settings: &[&str]) -> Self {
        Self::start_at(free_port(), database, settings).await
    }

    pub(crate) async fn start_at(port: u16, database: &str, settings: &[&str]) -> Self {
        let server = Self::launch(Command::new(env!("CARGO_BIN_EXE_newsgraph")), port, database, settings);
        server.ready().await;
        server
    }

    /// Starts it by a command that ends with the program.
    pub(crate) fn launch(mut command: Command, port: u16, database: &str, settings: &[&str]) -> Self {
        let address = format!("127.0.0.1:{port}");
        let log = tempfile::NamedTempFile::new().unwrap();
        let child = command
            .args([
                "--database-url",
                database,
                "--listen",
                &address,
                "--sample",
                "false",
                "--log",
                "warn,api::server=info",
            ])
            .args(["--reads-per-minute", "0", "--reads-per-address", "0", "--rate-limit", "0"])
            .args(settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        Self { child, address, log }
    }

    /// Waits until it is ready.
    pub(crate) async fn ready(&self) {
        let http = http_client().timeout(Duration::from_secs(3)).build().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(40) {
            let ready = http.get(self.url("/health/ready")).send().await;
            if ready.is_ok_and(|ready| ready.status() == 200) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server is not ready:\n{}", self.log());
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    /// The answer to a query.
    pub(crate) async fn query(&self, http: &reqwest::Client, query: &str) -> reqwest::Result<Reply> {
        Reply::of(http.post(self.url("/graphql")).json(&json!({ "query": query }))).await
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        for _ in 0..1_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not end:\n{}", self.log());
    }

    /// Kills it without a warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
