//! Traces, as a collector gets them.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value as Any,
    trace::v1::{Span, span::SpanKind},
};
use prost::Message as _;

use super::*;
use crate::support::{Kind, TestDb, seen_by_all};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// A collector that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let take = async |State(collector): State<Self>, body: Bytes| {
            collector.0.lock().unwrap().push(ExportTraceServiceRequest::decode(body).unwrap());
            ([("content-type", "application/x-protobuf")], Vec::<u8>::new())
        };
        let routes = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { api::server::serve(listener, routes, std::future::pending()).await.unwrap() });
        (collector, address)
    }

    fn spans(&self) -> Vec<Span> {
        let sent = self.0.lock().unwrap();
        let resources = sent.iter().flat_map(|request| &request.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }

    fn attribute_of_resource(&self, key: &str) -> Option<String> {
        let sent = self.0.lock().unwrap();
        let resource = sent.first()?.resource_spans.first()?.resource.clone()?;
        text(&resource.attributes, key)
    }
}

fn text(attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.clone()?.value? {
        Any::StringValue(value) => Some(value),
        Any::IntValue(value) => Some(value.to_string()),
        Any::BoolValue(value) => Some(value.to_string()),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_a_span_in_the_trace_of_its_client_with_its_parts_as_children() {
    let database = TestDb::empty(Kind::Postgres).await;
    let (collector, endpoint) = Collector::start().await;
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_SERVICE_NAME", "newsroom")];
    let mut program = Program::serve(database.url(), &["--log-format", "json"], &variables).await;
    seen_by_all().await;
    let query = "query Look($word: String!) { search(query: $word, first: 1) { totalCount } }";
    let body = json!({ "query": query, "variables": { "word": "verysecretword" } });
    // Jobs still change things after the start, which drops answers; in the end one is kept.
    let mut requests = 0;
    loop {
        let traced = program.post(&body).header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
        let answer = traced.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        requests += 1;
        assert!(requests < 100);
        if answer.headers()["cache-status"] == "Newsgraph; hit" {
            break;
        }
    }
    let refused = program.post(&body).header("traceparent", format!("00-{TRACE}-{PARENT}-00"));
    assert_eq!(refused.send().await.unwrap().status(), 200);
    let logged = program.lines("answered").iter().any(|line| line["span"]["trace"] == TRACE);
    assert!(logged, "the log names the trace\n{}", program.log());
    // The last ones are sent when it ends.
    program.end().await;

    let spans: Vec<Span> = collector.spans().into_iter().filter(|span| hex(&span.trace_id) == TRACE).collect();
    let roots: Vec<&Span> = spans.iter().filter(|span| hex(&span.parent_span_id) == PARENT).collect();
    assert_eq!(roots.len(), requests, "what the client does not sample is not sent: {spans:#?}");
    let children =
        |parent: &Span| -> Vec<&Span> { spans.iter().filter(|span| span.parent_span_id == parent.span_id).collect() };
    let child = |parent: &Span, name: &str| -> Span {
        let found = children(parent).into_iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("{name} is missing in {spans:#?}")).clone()
    };
    let came = |root: &Span| text(&child(root, "cache").attributes, "newsgraph.cache.outcome").unwrap();
    let computed = roots.iter().find(|root| came(root) != "hit").expect("one was computed");
    let kept = roots.iter().find(|root| came(root) == "hit").expect("one came out of the cache");
    for root in [computed, kept] {
        assert_eq!((root.name.as_str(), root.kind()), ("query Look", SpanKind::Server));
        for (key, expected) in [
            ("http.request.method", "POST"),
            ("url.path", "/graphql"),
            ("http.response.status_code", "200"),
            ("graphql.operation.name", "Look"),
            ("newsgraph.outcome", "success"),
        ] {
            assert_eq!(text(&root.attributes, key).as_deref(), Some(expected), "{key}");
        }
        let document = child(root, "document");
        let hash = api::document::Hash::of(query).to_string();
        assert_eq!(text(&document.attributes, "newsgraph.document.hash"), Some(hash));
        assert!(document.start_time_unix_nano >= root.start_time_unix_nano);
        assert!(document.end_time_unix_nano <= root.end_time_unix_nano);
    }
    let execute = child(&child(computed, "cache"), "execute");
    let statements = children(&execute);
    assert!(!statements.is_empty());
    for statement in statements {
        assert_eq!(statement.kind(), SpanKind::Client);
        assert_eq!(statement.name.split(' ').next(), text(&statement.attributes, "db.operation.name").as_deref());
        assert!(statement.start_time_unix_nano >= execute.start_time_unix_nano, "{statement:?}");
    }
    assert!(children(&child(kept, "cache")).is_empty(), "nothing was run");
    assert_eq!(collector.attribute_of_resource("service.name").as_deref(), Some("newsroom"));
    assert!(!format!("{:?}", collector.spans()).contains("verysecretword"), "values of variables are sent nowhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_is_no_concern_of_requests() {
    let database = TestDb::empty(Kind::Sqlite).await;
    let program = Program::serve(database.url(), &["--otlp-endpoint", "http://127.0.0.1:9"], &[]).await;
    for _ in 0..20 {
        assert!(program.ask(PAGE).await["data"].is_object());
    }
}
