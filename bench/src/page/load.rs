//! The load, by `wrk`.

use std::{fs, io, path::Path, path::PathBuf};

use serde_json::json;
use tokio::process::Command;

use super::stage::Stage;

/// How fast answers came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    pub(super) per_second: f64,
    pub(super) requests: f64,
    /// Milliseconds.
    pub(super) median: f64,
    /// Milliseconds.
    pub(super) p99: f64,
    /// Answers other than 2xx.
    pub(super) failed: f64,
}

/// Parts of the requests that were looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcomes {
    /// Out of the cache, or computed for another request at the same time.
    pub(super) hits: f64,
    /// Computed because changes were not followed at that moment.
    pub(super) bypassed: f64,
}

/// What came of more requests than can be answered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flood {
    pub(super) offered: f64,
    /// Answered with 200.
    pub(super) accepted: f64,
    /// Answered with 503.
    pub(super) shed: f64,
    /// Answered with anything else.
    pub(super) other: f64,
}

/// Requests that are ready to be sent.
pub(super) struct Load {
    script: PathBuf,
    flood: PathBuf,
    pages: PathBuf,
    /// Each page once.
    each: PathBuf,
    mixed: PathBuf,
    connections: u32,
    seconds: u32,
}

/// What readers ask beside pages.
const OTHERS: [&str; 4] = [
    "{ feed(first: 20, filter: { sections: [\"sport\", \"culture\"] }) { days { date articles { slug headline publishedAt } } } }",
    "{ section(slug: \"economy\") { name articles(first: 20) { nodes { slug headline standfirst leadImage { url(width: 320) } } } } }",
    "{ search(query: \"story\", first: 10) { edges { node { slug headline } } } }",
    "{ topics(first: 10) { nodes { slug name articles(first: 3) { nodes { slug headline } } } } }",
];
/// Pages of a hundred requests.
const PAGES_OF_A_HUNDRED: usize = 95;
const REQUESTS: usize = 50_000;

impl Load {
    pub(super) fn new(
        folder: &Path,
        stage: &Stage,
        document: &str,
        connections: u32,
        seconds: u32,
    ) -> io::Result<Self> {
        let page = |slug: &str| json!({ "query": document, "variables": { "slug": slug } }).to_string();
        let pages: Vec<String> = stage.draws(REQUESTS).map(page).collect();
        let mut mixed = pages.clone();
        for (number, request) in mixed.iter_mut().enumerate() {
            if number % 100 >= PAGES_OF_A_HUNDRED {
                *request = json!({ "query": OTHERS[number / 100 % OTHERS.len()] }).to_string();
            }
        }
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).map(|()| path)
        };
        Ok(Self {
            script: write("load.lua", concat!(include_str!("requests.lua"), include_str!("load.lua")))?,
            flood: write("flood.lua", concat!(include_str!("requests.lua"), include_str!("flood.lua")))?,
            pages: write("pages", &pages.join("\n"))?,
            each: write("each", &stage.slugs.iter().map(|slug| page(slug)).collect::<Vec<_>>().join("\n"))?,
            mixed: write("mixed", &mixed.join("\n"))?,
            connections,
            seconds,
        })
    }

    /// Asks for pages as fast as they come.
    pub(super) async fn pages(&self, address: &str) -> io::Result<Rate> {
        self.run(address, &self.pages, self.connections, self.seconds, false).await.map(|(rate, _)| rate)
    }

    /// Asks for pages and for other things.
    pub(super) async fn mixed(&self, address: &str) -> io::Result<Rate> {
        self.run(address, &self.mixed, self.connections, self.seconds, false).await.map(|(rate, _)| rate)
    }

    /// What became of a few requests that are looked at.
    pub(super) async fn outcomes(&self, address: &str) -> io::Result<Outcomes> {
        self.run(address, &self.mixed, 1, self.seconds, true).await.map(|(_, outcomes)| outcomes)
    }

    /// Lets a server open its connections and fill its caches.
    pub(super) async fn warm(&self, address: &str) -> io::Result<()> {
        self.run(address, &self.each, self.connections, self.seconds.max(8), false).await.map(drop)
    }

    /// The bytes of a page.
    pub(super) async fn one_answer(&self, address: &str) -> io::Result<Vec<u8>> {
        let requests = fs::read_to_string(&self.pages)?;
        let request = requests.lines().next().unwrap_or_default();
        let url = format!("http://{address}/graphql");
        let arguments = ["-s", "-H", "Content-Type: application/json", "-d", request, &url];
        Ok(Command::new("curl").args(arguments).output().await?.stdout)
    }

    /// Asks for pages at a pace that does not wait for the server: a request in so many milliseconds on each connection.
    pub(super) async fn flood(&self, address: &str, connections: u32, seconds: u32, pause: f64) -> io::Result<Flood> {
        let output = Command::new("wrk")
            .env("REQUESTS", &self.pages)
            .env("DELAY", pause.to_string())
            .args(["-t2".to_owned(), format!("-c{connections}"), format!("-d{seconds}s"), "--timeout".to_owned()])
            .arg("10s")
            .arg("-s")
            .arg(&self.flood)
            .arg(format!("http://{address}/graphql"))
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().parse().ok()).ok_or_else(|| io::Error::other(format!("wrk said: {said}")))
        };
        Ok(Flood {
            offered: number("offered")?,
            accepted: number("accepted")?,
            shed: number("shed")?,
            other: number("other")?,
        })
    }

    async fn run(
        &self,
        address: &str,
        requests: &Path,
        connections: u32,
        seconds: u32,
        looks: bool,
    ) -> io::Result<(Rate, Outcomes)> {
        let threads = connections.min(2);
        let output = Command::new("wrk")
            .env("REQUESTS", requests)
            .env("LOOKS", if looks { "1" } else { "" })
            .args([format!("-t{threads}"), format!("-c{connections}"), format!("-d{seconds}s"), "--latency".to_owned()])
            .arg("-s")
            .arg(&self.script)
            .arg(format!("http://{address}/graphql"))
            .output()
            .await
            .map_err(|error| {
                io::Error::new(error.kind(), format!("wrk: {error}; it is in the packages of most systems"))
            })?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = |prefix: &str| {
            let line = said.lines().map(str::trim).find_map(|line| line.strip_prefix(prefix));
            line.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default().to_owned()
        };
        let per_second = number("Requests/sec:").parse().map_err(|_| io::Error::other(format!("wrk said: {said}")))?;
        let requests = said.lines().find(|line| line.contains(" requests in "));
        let requests = requests.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default();
        let rate = Rate {
            per_second,
            requests,
            median: milliseconds(&number("50%")),
            p99: milliseconds(&number("99%")),
            failed: number("Non-2xx or 3xx responses:").parse().unwrap_or_default(),
        };
        let part = |name| number(name).parse().unwrap_or_default();
        Ok((rate, Outcomes { hits: part("hits"), bypassed: part("bypassed") }))
    }
}

/// `1.52ms`, `840.00us` or `1.20s` in milliseconds.
fn milliseconds(text: &str) -> f64 {
    let number = |unit| text.strip_suffix(unit).and_then(|number: &str| number.parse::<f64>().ok());
    let micros = number("us").map(|micros| micros / 1e3);
    micros.or_else(|| number("ms")).or_else(|| number("s").map(|seconds| seconds * 1e3)).unwrap_or_default()
}
