//! The server: routes and layers put together, connections served within time limits, and an orderly end.

mod patient;

use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use include_dir::Dir;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tracing::{debug, info, warn};

use self::patient::Patient;
use crate::http::client::Peer;
use crate::http::graphql::{Endpoint, Execute};
use crate::http::{assets, conditional, not_found, request_id};

/// How long a connection may take to say what it wants.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may stand still; longer than any request may run.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long requests in flight may take to finish when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);
/// Smaller answers fit into one packet anyway.
const WORTH_COMPRESSING: u64 = 1024;

/// All routes: the endpoint, `others`, and the files of the binary.
pub fn router<E: Execute>(graphql: Endpoint<E>, media: &'static Dir<'static>, others: Router) -> Router {
    assemble(Router::new().route("/graphql", graphql.into_route()).merge(others), media)
}

/// Puts the files beside what is computed, and the layers around both. The files are compressed already or need no compression, so only
/// the rest is.
pub fn assemble(computed: Router, media: &'static Dir<'static>) -> Router {
    let compressed = computed
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(WORTH_COMPRESSING)))
        .layer(from_fn(conditional::answer));
    Router::new()
        .merge(compressed)
        .merge(assets::graphiql())
        .merge(assets::media(media))
        .fallback(not_found)
        .layer(from_fn(request_id::observe))
        .layer(from_fn(secure))
}

/// What every answer says to browsers, unless it says more by itself: it is what its type says, it is shown in no frame and runs nothing, and
/// pages that lead here are told to nobody. Strict transport security is for the proxy to demand, which has the certificate.
async fn secure(request: Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    vary_once(headers);
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Writes what answers vary by on one line, each once: some caches read one line only.
fn vary_once(headers: &mut HeaderMap) {
    let lines: Vec<&str> = headers.get_all(VARY).iter().filter_map(|line| line.to_str().ok()).collect();
    if lines.len() < 2 {
        return;
    }
    let mut names: Vec<&str> = Vec::new();
    for name in lines.iter().flat_map(|line| line.split(',')).map(str::trim) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    if let Ok(line) = HeaderValue::from_str(&names.join(", ")) {
        headers.insert(VARY, line);
    }
}

/// Serves until `shutdown` completes, then lets requests in flight finish for a while.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connect(stream, Peer(peer), &router, &connections),
                Err(error) => {
                    // Out of file descriptors, most likely: trying again at once would only burn time.
                    warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    info!(connections = connections.count(), "stopping");
    if tokio::time::timeout(FAREWELL, connections.shutdown()).await.is_err() {
        warn!("requests were still running when the server stopped");
    }
    Ok(())
}

/// Completes when the process is asked to end: Ctrl-C or SIGTERM.
pub async fn shutdown_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

fn connect(stream: TcpStream, peer: Peer, router: &Router, connections: &GracefulShutdown) {
    // Answers are written whole, so waiting to fill packets only adds delay.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "no TCP_NODELAY");
    }
    let service = router.clone().map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.map(Body::new)
    });
    let io = TokioIo::new(Patient::new(stream, HEADER_TIMEOUT, IDLE_TIMEOUT));
    let connection = builder().serve_connection(io, TowerToHyperService::new(service)).into_owned();
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            debug!(%error, "a connection ended early");
        }
    });
}

/// HTTP/1.1 and HTTP/2 without TLS on the same port; a proxy in front has the certificate.
fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .max_concurrent_streams(100)
        .max_header_list_size(64 * 1024);
    builder
}
