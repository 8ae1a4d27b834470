//! More than the server can carry, and its end: who is limited and by what, what is shed, and that nothing is lost when it stops.

mod clients;
mod rolling;
mod shutdown;
mod work;

use api::{
    access,
    app::{self, Options, Pools},
    http::{graphql, proxies::Proxies},
    reads::Reads,
    server,
};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::support::{TestDb, http_client};

/// A server in this process, with settings of its own.
struct Server {
    http: reqwest::Client,
    url: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start(database: &TestDb, graphql: graphql::Settings) -> Self {
        let requests = api::database::connect_for_requests(database.url(), 4, graphql.timeout).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let reads = Reads::start(database.db.clone(), Default::default());
        let settings = api::Settings::new(url.clone(), format!("{url}/{{slug}}"));
        let proxies = Proxies { trusted: vec!["127.0.0.0/8".parse().unwrap()], ..Default::default() };
        let options =
            Options { access: access::Settings { proxies, ..Default::default() }, graphql, ..Default::default() };
        let pools = Pools { requests, jobs: database.db.clone(), replicas: Default::default() };
        let router = app::router_with(pools, settings, reads, options).unwrap();
        let task = tokio::spawn(async { server::serve(listener, router, std::future::pending()).await.unwrap() });
        Self { http: http_client().build().unwrap(), url, task }
    }

    fn post(&self, query: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/graphql", self.url)).json(&json!({ "query": query }))
    }
}
