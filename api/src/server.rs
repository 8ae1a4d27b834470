//! The server: routes and layers put together, connections served within time limits, and an orderly end.

mod bodies;
mod drain;
mod patient;
mod peers;
mod traffic;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use http::header::{
    CONNECTION, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Request, StatusCode, Version};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use include_dir::Dir;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tracing::{debug, info, warn};

pub(crate) use self::bodies::Overfull;
use self::bodies::{Arriving, Bodies};
pub use self::drain::Draining;
use self::patient::Patient;
use self::peers::{Admitted, Peers, Place};
use self::traffic::{Counted, Traffic};
use crate::http::admission::OVERLOADED;
use crate::http::client::{self, Peer};
use crate::http::graphql::{Endpoint, Execute, refusal};
use crate::http::limiter::{self, Limiter};
use crate::http::proxies::Proxies;
use crate::http::{assets, conditional, not_found, request_id};
use crate::watch::metrics;

/// How long a connection may take to say what it wants.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections above the limit that are told so, and may ask for the health.
const SPARE: usize = 64;
/// How long a connection lives that is only told that there are too many.
const TOLD: Duration = Duration::from_secs(10);

/// How connections are served.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Connections at a time.
    pub connections: usize,
    /// Those of one client, which is an IPv4 address or an IPv6 /64; 0 is any number. Proxies that are believed have no limit.
    pub connections_of_client: usize,
    /// Bytes of request bodies that have not arrived whole.
    pub body_bytes: usize,
    /// Those of one client.
    pub body_bytes_of_client: usize,
    /// Who is believed when it names another client.
    pub proxies: Proxies,
    /// How long a connection may stand still; longer than any request may run.
    pub idle: Duration,
    /// How often it is looked whether a peer takes what it has asked for; the second look at which it does not ends the connection.
    pub look: Duration,
    /// How long the server goes on when it is asked to stop, so that others learn of it.
    pub drain: Duration,
    /// How long requests in flight may take to finish then.
    pub farewell: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_of_client: 0,
            body_bytes: 64 << 20,
            body_bytes_of_client: 16 << 20,
            proxies: Proxies::default(),
            idle: Duration::from_secs(60),
            look: Duration::from_secs(10),
            drain: Duration::ZERO,
            farewell: Duration::from_secs(5),
        }
    }
}

/// Smaller answers fit into one packet anyway.
const WORTH_COMPRESSING: u64 = 1024;

/// All routes: the endpoint, `others`, and the files of the binary.
pub fn router<E: Execute>(graphql: Endpoint<E>, media: &'static Dir<'static>, others: Router) -> Router {
    assemble(Router::new().route("/graphql", graphql.into_route()).merge(others), media, None)
}

/// Puts the files beside what is computed, and the layers around both. The files are compressed already or need no compression, so only
/// the rest is. Asking for what is not there counts for `limiter` as any other request does.
pub fn assemble(computed: Router, media: &'static Dir<'static>, limiter: Option<Limiter>) -> Router {
    let compressed = computed
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(WORTH_COMPRESSING)))
        .layer(from_fn(conditional::answer));
    let all = Router::new().merge(compressed).merge(assets::graphiql()).merge(assets::media(media)).fallback(not_found);
    let all = match limiter {
        Some(limiter) => all.layer(from_fn_with_state(limiter, limiter::charge_for_nothing)),
        None => all,
    };
    all.layer(from_fn(request_id::observe)).layer(from_fn(secure))
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
    serve_with(listener, router, Settings::default(), Draining::default(), shutdown).await
}

/// As [`serve`]. When `shutdown` completes, `draining` begins, and for a while all is answered as before.
pub async fn serve_with(
    listener: TcpListener,
    router: Router,
    settings: Settings,
    draining: Draining,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    let (drain, farewell) = (settings.drain, settings.farewell);
    let server = Arc::new(Server {
        peers: Peers::new(settings.connections_of_client),
        bodies: Bodies::new(settings.body_bytes, settings.body_bytes_of_client),
        router,
        settings,
        draining,
        open: AtomicUsize::new(0),
    });
    let mut shutdown = std::pin::pin!(shutdown.fuse());
    let mut drained = std::pin::pin!(futures_util::future::Fuse::terminated());
    loop {
        tokio::select! {
            () = &mut shutdown => {
                server.draining.begin();
                info!(open = server.open.load(Ordering::Relaxed), "about to stop; no longer ready");
                drained.set(tokio::time::sleep(drain).fuse());
            }
            () = &mut drained => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => server.connect(stream, Peer(peer), &connections),
                Err(error) => {
                    // Out of file descriptors, most likely: trying again at once would only burn time.
                    warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    // Those that have connected already would be cut off.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        server.connect(stream, Peer(peer), &connections);
    }
    drop(listener);
    info!(connections = connections.count(), "stopping");
    if tokio::time::timeout(farewell, connections.shutdown()).await.is_err() {
        warn!("requests were still running when the server stopped");
    }
    Ok(())
}

/// What the process is asked to do by signals, from when on it listens.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// Listens.
    pub fn listen() -> Self {
        Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok(),
        }
    }

    /// Completes when the process is asked to end: Ctrl-C or SIGTERM.
    pub async fn end(&mut self) {
        let interrupt = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        #[cfg(unix)]
        let terminate = async {
            match &mut self.terminate {
                Some(signal) => {
                    signal.recv().await;
                }
                None => std::future::pending().await,
            }
        };
        #[cfg(not(unix))]
        let terminate = std::future::pending::<()>();
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
}

struct Server {
    router: Router,
    settings: Settings,
    draining: Draining,
    /// Connections.
    open: AtomicUsize,
    peers: Arc<Peers>,
    bodies: Arc<Bodies>,
}

/// Why a connection is only told that it is one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TooMany {
    /// All clients have too many.
    OfAll,
    /// This client has.
    OfClient,
}

/// A connection that counts as open as long as it lives.
struct Open(Arc<Server>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Server {
    fn connect(self: &Arc<Self>, stream: TcpStream, peer: Peer, connections: &GracefulShutdown) {
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        let open = Open(Arc::clone(self));
        if before >= self.settings.connections + SPARE {
            metrics().connection_refused("server");
            return;
        }
        let mut place: Option<Place> = None;
        let mut too_many = (before >= self.settings.connections).then_some(TooMany::OfAll);
        if !self.settings.proxies.trusts(peer.0.ip()) {
            match self.peers.admit(peer.0.ip()) {
                Admitted::Served(taken) => place = Some(taken),
                Admitted::Told(taken) => {
                    place = Some(taken);
                    too_many = Some(TooMany::OfClient);
                }
                Admitted::Closed => {
                    metrics().connection_refused("client");
                    return;
                }
            }
        }
        match too_many {
            Some(TooMany::OfAll) => metrics().connection_refused("server"),
            Some(TooMany::OfClient) => metrics().connection_refused("client"),
            None => {}
        }
        // Answers are written whole, so waiting to fill packets only adds delay.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "no TCP_NODELAY");
        }
        let traffic = Arc::new(Traffic::default());
        let service = service_fn({
            let (server, traffic) = (Arc::clone(self), Arc::clone(&traffic));
            move |mut request: Request<Incoming>| {
                let (server, traffic) = (Arc::clone(&server), Arc::clone(&traffic));
                request.extensions_mut().insert(peer);
                async move {
                    let working = traffic.work();
                    let response = server.answer(request, peer, too_many).await;
                    drop(working);
                    Ok::<_, Infallible>(response.map(|body| Counted::new(body, traffic)))
                }
            }
        });
        let io = TokioIo::new(Patient::new(stream, HEADER_TIMEOUT, self.settings.idle, Arc::clone(&traffic)));
        let connection = builder().serve_connection(io, service).into_owned();
        let connection = connections.watch(connection);
        let look = self.settings.look;
        tokio::spawn(async move {
            let _held = (open, place);
            let told = async {
                match too_many {
                    Some(_) => tokio::time::sleep(TOLD).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = told => debug!("a connection was ended: it was one too many"),
                ended = connection => if let Err(error) = ended {
                    debug!(%error, "a connection ended early");
                },
                () = traffic.stalls(look) => debug!("a connection was ended: its peer does not take its answers"),
            }
        });
    }

    async fn answer(&self, request: Request<Incoming>, peer: Peer, too_many: Option<TooMany>) -> Response {
        let closes = (too_many.is_some() || self.draining.has_begun()) && request.version() <= Version::HTTP_11;
        let mut response = match too_many.filter(|_| !is_for_operators(request.uri().path())) {
            Some(TooMany::OfAll) => {
                let message = "the server has as many connections as it takes; ask again in a moment";
                let refusal = refusal(StatusCode::SERVICE_UNAVAILABLE, OVERLOADED, message);
                refusal.with(RETRY_AFTER, HeaderValue::from_static("2")).into_response()
            }
            Some(TooMany::OfClient) => {
                let message =
                    "this address has as many connections as one client may; close some, or use them for more requests";
                let refusal = refusal(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
                refusal.with(RETRY_AFTER, HeaderValue::from_static("2")).into_response()
            }
            None => {
                let client = client::network(self.settings.proxies.client(peer.0.ip(), request.headers()));
                let bodies = &self.bodies;
                let request = request.map(|body| {
                    if body.is_end_stream() {
                        return Body::empty();
                    }
                    Body::new(Arriving::new(Body::new(body), client, Arc::clone(bodies)))
                });
                let answered = self.router.clone().oneshot(request).await;
                answered.unwrap_or_else(|never| match never {})
            }
        };
        if closes {
            // A connection that is kept would be closed under the next request.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Whether it is asked by those who run the server, who must be answered also when nobody else is.
fn is_for_operators(path: &str) -> bool {
    path.starts_with("/health/") || path == "/metrics"
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
        // What is sent before anybody reads it is held outside of the bound on bodies.
        .initial_stream_window_size(128 * 1024)
        .initial_connection_window_size(512 * 1024)
        // What 100 streams may leave unread is held for one connection.
        .max_send_buf_size(64 * 1024)
        // Streams that are reset before they are looked at, and those that were refused: a peer that makes more is cut off.
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(256)
        .max_header_list_size(64 * 1024);
    builder
}
