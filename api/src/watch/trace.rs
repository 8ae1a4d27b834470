//! Traces by OpenTelemetry: off unless an address to send them to is configured, and then a span for each request that is sampled, in the
//! trace that the client has begun (W3C Trace Context), with the parts of its way as children.
//!
//! The parts are made out of times that a request takes of itself anyway, when it is over. So a request that is not sampled costs a random
//! number, and a server without traces nothing. docs/decisions/0018 says why not by spans of `tracing`.

use std::{
    fmt,
    sync::OnceLock,
    time::{Duration, Instant, SystemTime},
};

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, StatusCode};
use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    propagation::{Extractor, TextMapPropagator as _},
    trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use url::Url;

use super::StatementName;

/// How long the last spans may take to be sent when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long sending may take.
const PATIENCE: Duration = Duration::from_secs(10);

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Sends traces as long as it is held.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends traces to `endpoint` by OTLP over HTTP from now on. What else there is to set is taken from the standard variables:
    /// `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_BSP_…`.
    pub fn start(endpoint: &Url) -> Result<Self, String> {
        let client = Client::new()?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(endpoint.as_str())
            .build()
            .map_err(|error| format!("traces cannot be sent to {endpoint}: {error}"))?;
        let resource =
            || Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        // The variables come first; they are heard by `builder`.
        let name = resource().build().get(&"service.name".into());
        let resource = match name {
            Some(name) if !name.as_str().starts_with("unknown_service") => resource(),
            _ => resource().with_service_name("newsgraph"),
        };
        let resource = resource.build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let scope = InstrumentationScope::builder("newsgraph").with_version(env!("CARGO_PKG_VERSION")).build();
        let _ = TRACER.set(provider.tracer_with_scope(scope));
        Ok(Self(provider))
    }

    /// Sends what has not been sent, and ends.
    pub async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FAREWELL)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

/// Sends on the runtime of the program: the thread that gathers spans has none.
#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

impl Client {
    fn new() -> Result<Self, String> {
        // Another part of the program may have chosen a provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(|error| error.to_string())?;
        Ok(Self { client, runtime: tokio::runtime::Handle::current() })
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move {
            let response = client.execute(request.try_into()?).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut answer = http::Response::new(response.bytes().await?);
            *answer.status_mut() = status;
            *answer.headers_mut() = headers;
            Ok::<_, reqwest::Error>(answer)
        });
        Ok(sent.await??)
    }
}

/// The trace of a request, if it is one of those that are sent.
#[derive(Clone)]
pub(crate) struct Trace {
    /// Holds the span of the request.
    context: Context,
    tracer: &'static SdkTracer,
    began: (Instant, SystemTime),
}

impl fmt::Debug for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Trace({})", self.id())
    }
}

/// A statement that a request has run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) name: StatementName,
    pub(crate) ended: Instant,
    pub(crate) took: Duration,
    pub(crate) failed: bool,
}

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// Whether traces are sent. Then no request is answered before it has one.
pub(crate) fn is_on() -> bool {
    TRACER.get().is_some()
}

impl Trace {
    /// Begins the span of a request. `None` when no traces are sent, or this one is not among those that are.
    pub(crate) fn begin(headers: &HeaderMap, method: &str, path: &str) -> Option<Self> {
        let tracer = TRACER.get()?;
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
        let began = (Instant::now(), SystemTime::now());
        let attributes =
            [KeyValue::new("http.request.method", method.to_owned()), KeyValue::new("url.path", path.to_owned())];
        let span = tracer
            .span_builder(method.to_owned())
            .with_kind(SpanKind::Server)
            .with_start_time(began.1)
            .with_attributes(attributes)
            .start_with_context(tracer, &parent);
        let is_sampled = span.span_context().is_sampled();
        is_sampled.then(|| Self { context: parent.with_span(span), tracer, began })
    }

    /// The id of the trace, as logs name it.
    pub(crate) fn id(&self) -> String {
        self.context.span().span_context().trace_id().to_string()
    }

    /// Names the request once it is known what it is.
    pub(crate) fn rename(&self, name: String) {
        self.context.span().update_name(name);
    }

    /// Says something of the request.
    pub(crate) fn say(&self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        self.context.span().set_attribute(KeyValue::new(key, value));
    }

    /// Adds a part of the way of the request; answers what its own parts are added to.
    pub(crate) fn part(
        &self,
        name: impl Into<std::borrow::Cow<'static, str>>,
        (began, ended): (Instant, Instant),
        attributes: Vec<KeyValue>,
    ) -> Self {
        self.span(name, SpanKind::Internal, (began, ended), attributes, false)
    }

    /// Adds the statements that a part has run.
    pub(crate) fn statements(&self, statements: &[Ran]) {
        for ran in statements {
            let mut attributes = vec![KeyValue::new("db.operation.name", ran.name.operation())];
            attributes.extend(ran.name.table().map(|table| KeyValue::new("db.collection.name", table)));
            let times = (ran.ended.checked_sub(ran.took).unwrap_or(ran.ended), ran.ended);
            self.span(ran.name.to_string(), SpanKind::Client, times, attributes, ran.failed);
        }
    }

    fn span(
        &self,
        name: impl Into<std::borrow::Cow<'static, str>>,
        kind: SpanKind,
        (began, ended): (Instant, Instant),
        attributes: Vec<KeyValue>,
        failed: bool,
    ) -> Self {
        let time = |moment: Instant| self.began.1 + moment.saturating_duration_since(self.began.0);
        let mut span = self
            .tracer
            .span_builder(name)
            .with_kind(kind)
            .with_start_time(time(began))
            .with_attributes(attributes)
            .start_with_context(self.tracer, &self.context);
        if failed {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(time(ended));
        let context = Context::new().with_remote_span_context(span.span_context().clone());
        Self { context, tracer: self.tracer, began: self.began }
    }

    /// Ends the span of the request.
    pub(crate) fn end(self, status: StatusCode) {
        let span = self.context.span();
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
        span.end();
    }
}
