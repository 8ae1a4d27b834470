//! Fetching documents from addresses: with limits on size, time and redirects, and never from the inside of a network unless that is
//! allowed.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, StatusCode, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The largest document that is fetched.
const LARGEST: usize = 64 * 1024 * 1024;
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a whole fetch may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Addresses that lead to addresses.
const REDIRECTS: usize = 5;
/// How servers know who asks.
const AGENT: &str = concat!("Newsgraph/", env!("CARGO_PKG_VERSION"));

/// Fetches documents.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: reqwest::Client,
    allow_private: bool,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The address.
    pub url: Url,
    /// The validator of the copy that is there.
    pub etag: Option<String>,
    /// The date of the copy that is there.
    pub last_modified: Option<String>,
}

impl Request {
    /// A request of someone who has no copy.
    pub fn new(url: Url) -> Self {
        Self { url, etag: None, last_modified: None }
    }
}

/// What a server answered.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// The document.
    Body(Body),
    /// The copy that is there is still right.
    NotModified(Pace),
}

/// A document that was fetched.
#[derive(Clone, Debug)]
pub struct Body {
    /// Where it was in the end.
    pub url: Url,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its validator.
    pub etag: Option<String>,
    /// Its date.
    pub last_modified: Option<String>,
    /// How long it stays right.
    pub pace: Pace,
}

/// What a server says of when to ask again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// `Cache-Control: max-age`, in seconds.
    pub max_age: Option<u64>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
}

/// Why nothing was fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, for the one who named the address.
    pub message: String,
    /// Seconds that the server asks to wait.
    pub retry_after: Option<u64>,
    /// The document is gone for good (410).
    pub is_gone: bool,
}

impl Failure {
    /// A failure of which no more is known.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl Fetcher {
    /// Addresses of private networks, of this machine and of links between machines are refused unless `allow_private`.
    pub fn new(allow_private: bool) -> Result<Self, String> {
        // Another part of the program may have chosen a provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redirects = reqwest::redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error(format!("more than {REDIRECTS} redirects"));
            }
            match check_host(attempt.url(), allow_private) {
                Ok(()) => attempt.follow(),
                Err(message) => attempt.error(message),
            }
        });
        let client = reqwest::Client::builder()
            .user_agent(AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirects)
            .dns_resolver(Arc::new(Outside { allow_private }))
            // A proxy would resolve names itself, and could be led inside.
            .no_proxy()
            .build()
            .map_err(|error| format!("addresses cannot be fetched: {}", root_cause(&error)))?;
        Ok(Self { client, allow_private })
    }

    /// Fetches a document.
    pub async fn fetch(&self, request: &Request) -> Result<Fetched, Failure> {
        check_host(&request.url, self.allow_private)?;
        let mut ask = self.client.get(request.url.clone());
        if let Some(etag) = &request.etag {
            ask = ask.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(date) = &request.last_modified {
            ask = ask.header(header::IF_MODIFIED_SINCE, date);
        }
        let mut answer = ask.send().await.map_err(|error| root_cause(&error))?;
        let pace = pace(answer.headers());
        match answer.status() {
            StatusCode::NOT_MODIFIED => return Ok(Fetched::NotModified(pace)),
            status if !status.is_success() => {
                let wait = pace.retry_after.map(|seconds| format!("; it asks to wait {seconds} s")).unwrap_or_default();
                return Err(Failure {
                    message: format!("the server answered {status}{wait}"),
                    retry_after: pace.retry_after,
                    is_gone: status == StatusCode::GONE,
                });
            }
            _ => {}
        }
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let (etag, last_modified, url) = (text(header::ETAG), text(header::LAST_MODIFIED), answer.url().clone());
        let mut bytes = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| root_cause(&error))? {
            if bytes.len() + part.len() > LARGEST {
                let limit = LARGEST >> 20;
                return Err(Failure::new(format!("larger than {limit} MiB, the largest document that is fetched")));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Fetched::Body(Body { url, bytes, etag, last_modified, pace }))
    }
}

fn pace(headers: &HeaderMap) -> Pace {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let max_age = text(header::CACHE_CONTROL).and_then(|control| {
        let parts = control.split(',').map(str::trim);
        parts.filter_map(|part| part.strip_prefix("max-age=")?.trim_matches('"').parse().ok()).next()
    });
    let retry_after = text(header::RETRY_AFTER).and_then(|after| match after.trim().parse() {
        Ok(seconds) => Some(seconds),
        Err(_) => {
            let date = chrono::DateTime::parse_from_rfc2822(after.trim()).ok()?;
            u64::try_from((date.to_utc() - crate::now()).num_seconds()).ok()
        }
    });
    Pace { max_age, retry_after }
}

/// The innermost of an error's causes: the outer ones repeat the address.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Whether an address can be fetched at all; names are looked up when it is.
pub(crate) fn check_host(url: &Url, allow_private: bool) -> Result<(), String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{}` is not http or https", url.scheme()));
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err("the address names no host".to_owned()),
    };
    if allow_private || is_outside(address) { Ok(()) } else { Err(refusal()) }
}

fn refusal() -> String {
    "the address is on a private network or on this machine; `--allow-private` of `import`, `source add` and `source update` allows that, if you trust whoever names it".to_owned()
}

/// Resolves names to addresses that may be asked.
struct Outside {
    allow_private: bool,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let outside: Vec<SocketAddr> =
                found.into_iter().filter(|address| allow_private || is_outside(address.ip())).collect();
            if outside.is_empty() {
                return Err(refusal().into());
            }
            Ok(Box::new(outside.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet (the registries of special-purpose addresses of IANA).
fn is_outside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_outside_v4(address),
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            let embedded = match address.segments() {
                [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some((high, low)),
                [0x2002, high, low, ..] => Some((high, low)),
                _ => None,
            };
            if let Some((high, low)) = embedded {
                let [a, b] = high.to_be_bytes();
                let [c, d] = low.to_be_bytes();
                return is_outside_v4(Ipv4Addr::new(a, b, c, d));
            }
            // Global unicast is 2000::/3; of it 2001::/23 and the documentation ranges are special.
            (first & 0xe000) == 0x2000
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
                && first != 0x3fff
                && address != Ipv6Addr::LOCALHOST
        }
    }
}

fn is_outside_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_a_network_are_not_asked() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "ff02::1",
            "2001::1",
        ] {
            assert!(!is_outside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["93.184.216.34", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::101:101"]
        {
            assert!(is_outside(outside.parse().unwrap()), "{outside}");
        }
    }

    #[tokio::test]
    async fn an_address_on_this_machine_is_refused_unless_it_is_allowed() {
        let fetcher = Fetcher::new(false).unwrap();
        for address in
            ["http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost:1/", "http://0x7f.1:1/", "file:///etc/passwd"]
        {
            let refused = fetcher.fetch(&Request::new(address.parse().unwrap())).await.unwrap_err();
            let message = refused.message;
            assert!(message.contains("private network") || message.contains("not http"), "{address}: {message}");
        }
    }
}
