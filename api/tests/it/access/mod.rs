//! Who may do what: tokens, what they let through, and what the public never sees.

mod browsers;
mod drafts;
mod imports;
mod jwts;
mod owners;
mod reads;
mod tokens;
mod traces;

use std::net::SocketAddr;

use api::access::{self, Scope, token};
use reqwest::{Client, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{TestDb, http_client};

/// A server that lives as long as its test.
struct Server {
    address: SocketAddr,
    http: Client,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start(database: &TestDb) -> Self {
        Self::with(database, access::Settings::default()).await
    }

    async fn with(database: &TestDb, access: access::Settings) -> Self {
        Self::serving(database, api::app::Options { access, ..Default::default() }).await
    }

    /// One that limits its clients.
    async fn limited(database: &TestDb, limits: &api::http::limiter::Settings) -> Self {
        let limiter = api::http::limiter::Limiter::new(limits);
        let graphql = api::http::graphql::Settings { limiter, ..Default::default() };
        Self::serving(database, api::app::Options { graphql, ..Default::default() }).await
    }

    async fn serving(database: &TestDb, options: api::app::Options) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let public_url = format!("http://{address}");
        let article_url = format!("{public_url}/articles/{{slug}}");
        let reads = api::reads::Settings { article_url: article_url.clone(), ..Default::default() };
        let reads = api::reads::Reads::start(database.db.clone(), reads);
        let settings = api::Settings::new(public_url, article_url);
        let pools =
            api::app::Pools { requests: database.db.clone(), jobs: database.db.clone(), replicas: Default::default() };
        let router = api::app::router_with(pools, settings, reads, options).unwrap();
        let serving = async { api::server::serve(listener, router, std::future::pending()).await.unwrap() };
        Self { address, http: http_client().build().unwrap(), task: tokio::spawn(serving) }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path))
    }

    async fn query(&self, query: &str, token: Option<&str>) -> Answer {
        let request = self.post("/graphql").json(&json!({ "query": query }));
        Answer::of(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
    }
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn token(database: &TestDb, scopes: &[Scope]) -> String {
    let scopes: access::Scopes = scopes.iter().copied().collect();
    let name = format!("test {scopes}");
    token::create(&database.db, name.trim(), &scopes, None, api::now()).await.unwrap().reveal().to_owned()
}
