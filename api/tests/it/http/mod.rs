//! HTTP as clients see it: a real server on a free port, and a toy schema behind it.

mod caching;
mod connections;
mod errors;
mod files;
mod health;
mod limits;
mod negotiation;
mod persisted;
mod pressure;
mod property;
mod requests;
mod toy;

use std::net::SocketAddr;
use std::time::Duration;

use api::document::Limits;
use api::http::graphql::{Endpoint, Execute, Settings};
use api::http::health::routes;
use api::server;
use include_dir::{Dir, include_dir};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const JSON: &str = "application/json";
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

static MEDIA: Dir = include_dir!("$CARGO_MANIFEST_DIR/tests/it/http/media");

/// A server that lives as long as its test.
struct Server {
    address: SocketAddr,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    stopped: Option<JoinHandle<()>>,
}

impl Server {
    async fn start() -> Self {
        Self::with(Settings::default(), async || true).await
    }

    async fn with<C, F>(settings: Settings, ready: C) -> Self
    where
        C: Fn() -> F + Clone + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        Self::of(toy::schema(), settings, ready).await
    }

    async fn of<C, F>(execute: impl Execute, settings: Settings, ready: C) -> Self
    where
        C: Fn() -> F + Clone + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        Self::serving(execute, settings, ready, server::Settings::default()).await
    }

    async fn serving<C, F>(execute: impl Execute, settings: Settings, ready: C, how: server::Settings) -> Self
    where
        C: Fn() -> F + Clone + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        let sdl = toy::schema().sdl();
        let endpoint = Endpoint::new(execute, &sdl, settings).expect("the SDL can be read");
        let router = server::router(endpoint, &MEDIA, routes("database", ready));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopping) = oneshot::channel();
        let stopped = tokio::spawn(async move {
            let shutdown = async move {
                // A dropped sender means that the test is over.
                let _ = stopping.await;
            };
            let draining = server::Draining::default();
            server::serve_with(listener, router, how, draining, shutdown).await.expect("the server ends well");
        });
        Self {
            address,
            client: crate::support::http_client().build().expect("a client"),
            stop: Some(stop),
            stopped: Some(stopped),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    /// A GraphQL request by GET.
    fn get_with(&self, parameters: &[(&str, &str)]) -> RequestBuilder {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.get(&format!("/graphql?{query}")).header("accept", GRAPHQL_RESPONSE)
    }

    fn post(&self) -> RequestBuilder {
        self.client.post(self.url("/graphql")).header("accept", GRAPHQL_RESPONSE)
    }

    /// A JSON body that is sent as it is.
    async fn send(&self, body: impl Into<Vec<u8>>) -> Answer {
        Answer::of(self.post().header("content-type", JSON).body(body.into())).await
    }

    async fn query(&self, query: &str) -> Answer {
        self.send(json!({ "query": query }).to_string()).await
    }

    async fn query_with(&self, query: &str, variables: Value) -> Answer {
        self.send(json!({ "query": query, "variables": variables }).to_string()).await
    }

    /// Bytes over a connection of their own; what comes back until it is closed or nothing comes for a while.
    async fn raw(&self, bytes: &[u8], patience: Duration) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("the server accepts");
        stream.write_all(bytes).await.expect("the server reads");
        read_to_end(&mut stream, patience).await.1
    }
}

/// Whether the connection was closed, and what came.
async fn read_to_end(stream: &mut TcpStream, patience: Duration) -> (bool, String) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    let closed = loop {
        match tokio::time::timeout(patience, stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => break true,
            Ok(Ok(count)) => received.extend_from_slice(&buffer[..count]),
            Err(_) => break false,
        }
    };
    (closed, String::from_utf8_lossy(&received).into_owned())
}

/// An answer with its JSON.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    async fn of(request: RequestBuilder) -> Self {
        let response: Response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
        Self { status, headers, body }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or_default()
    }

    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }

    /// The answer to a request that failed before it was run: an error, a code and no data.
    #[track_caller]
    fn refused(&self, status: u16, code: &str, message: &str) {
        assert_eq!((self.status.as_u16(), self.code(), self.message()), (status, code, message), "{}", self.body);
        assert!(self.body.get("data").is_none(), "nothing was run: {}", self.body);
        assert_eq!(self.header("x-content-type-options"), "nosniff");
    }

    #[track_caller]
    fn data(&self) -> &Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        assert!(self.body.get("errors").is_none(), "{}", self.body);
        &self.body["data"]
    }
}
