//! The files inside the binary: the GraphiQL page, compressed when it was built, and the pictures of the sample
//! newsroom. A path is looked up in a table, so no path leads outside of it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::io::{Read, Write};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use include_dir::{Dir, File, include_dir};

use super::{negotiation, not_found};

static GRAPHIQL: Dir = include_dir!("$CARGO_MANIFEST_DIR/../web/dist");

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The page runs its own script, takes its own style and speaks to its own server; nothing else is allowed.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A picture may style itself; opened as a page of its own it may do nothing more.
pub const MEDIA_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// GraphiQL at `/`.
pub fn graphiql() -> Router {
    let mut shelf = Shelf::new([
        (CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    ]);
    shelf.add(&GRAPHIQL, |path| match path {
        "index.html" => "/".to_owned(),
        _ => format!("/{path}"),
    });
    shelf.routes()
}

/// Pictures at `/media/…`, for pages of other origins as well.
pub fn media(directory: &'static Dir<'static>) -> Router {
    let mut shelf =
        Shelf::new([(CONTENT_SECURITY_POLICY, MEDIA_POLICY), (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin")]);
    shelf.add(directory, |path| format!("/media/{path}"));
    shelf.routes()
}

/// Files by their path in the URL, and the headers that all of them are sent with.
struct Shelf {
    files: HashMap<String, Asset>,
    headers: HeaderMap,
}

impl Shelf {
    fn new<const N: usize>(headers: [(HeaderName, &'static str); N]) -> Self {
        let common = [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        ];
        let headers = common.into_iter().chain(headers);
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        Self { files: HashMap::new(), headers }
    }

    fn add(&mut self, directory: &'static Dir<'static>, url: impl Fn(&str) -> String + Copy) {
        for directory in directory.dirs() {
            self.add(directory, url);
        }
        for file in directory.files() {
            if let Some(asset) = Asset::new(file) {
                let path = file.path().to_string_lossy();
                self.files.insert(url(path.strip_suffix(".gz").unwrap_or(&path)), asset);
            }
        }
    }

    fn routes(self) -> Router {
        let paths: Vec<String> = self.files.keys().cloned().collect();
        let shelf = Arc::new(self);
        let add = |router: Router<Arc<Self>>, path: String| router.route(&path, get(send));
        paths.into_iter().fold(Router::new(), add).with_state(shelf)
    }
}

async fn send(State(shelf): State<Arc<Shelf>>, request: Request) -> Response {
    match shelf.files.get(request.uri().path()) {
        Some(asset) => (shelf.headers.clone(), asset.answer(request.headers())).into_response(),
        None => not_found().await,
    }
}

/// A file in the form it was embedded in; the other form is made when it is first asked for.
struct Asset {
    content_type: &'static str,
    cache_control: &'static str,
    compressible: bool,
    plain: OnceLock<Body>,
    gzip: OnceLock<Body>,
}

struct Body {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Asset {
    /// None for a file that is nothing to be sent, such as a note to developers.
    fn new(file: &'static File<'static>) -> Option<Self> {
        let name = file.path().file_name()?.to_str()?;
        let (name, compressed) = match name.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let content_type = content_type(name.rsplit_once('.')?.1)?;
        // The build puts a hash of the content into the names of what the page loads.
        let hashed = compressed && file.path().parent().is_some_and(|parent| parent.ends_with("assets"));
        let cache_control = match content_type {
            _ if hashed => "public, max-age=31536000, immutable",
            "text/html; charset=utf-8" => "no-cache",
            _ => "public, max-age=3600",
        };
        let body = OnceLock::from(Body::new(Bytes::from_static(file.contents())));
        let (plain, gzip) = if compressed { (OnceLock::new(), body) } else { (body, OnceLock::new()) };
        Some(Self { content_type, cache_control, compressible: !content_type.ends_with("webp"), plain, gzip })
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let gzip = self.compressible && negotiation::accepts_gzip(headers);
        let body = if gzip { self.gzip() } else { self.plain() };
        let mut answer = HeaderMap::new();
        answer.insert(ETAG, body.etag.clone());
        answer.insert(CACHE_CONTROL, HeaderValue::from_static(self.cache_control));
        if self.compressible {
            answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if matches(headers, &body.etag) {
            return (StatusCode::NOT_MODIFIED, answer).into_response();
        }
        if gzip {
            answer.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        answer.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        (answer, body.bytes.clone()).into_response()
    }

    fn plain(&self) -> &Body {
        self.plain.get_or_init(|| {
            let packed = self.gzip.get().expect("an asset has one of the two forms");
            let mut bytes = Vec::new();
            GzDecoder::new(&*packed.bytes).read_to_end(&mut bytes).expect("the build wrote whole gzip files");
            Body::new(bytes.into())
        })
    }

    fn gzip(&self) -> &Body {
        self.gzip.get_or_init(|| {
            let plain = self.plain.get().expect("an asset has one of the two forms");
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            let packed = encoder.write_all(&plain.bytes).and_then(|()| encoder.finish());
            Body::new(packed.expect("memory can be written to").into())
        })
    }
}

impl Body {
    fn new(bytes: Bytes) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        let etag = format!("\"{:016x}\"", hasher.finish());
        Self { bytes, etag: HeaderValue::from_str(&etag).expect("hexadecimal digits in quotes") }
    }
}

/// `If-None-Match` compares weakly (RFC 9110, 13.1.2).
fn matches(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|line| {
        let tags = line.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        tags.map(|tag| tag.strip_prefix(b"W/").unwrap_or(tag)).any(|tag| tag == b"*" || tag == etag.as_bytes())
    })
}

fn content_type(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}
