//! Proxies before the server: whose word is taken for the address of a client.
//!
//! Each proxy adds the address that it was asked from at the end of a header. What stands before the first address of a stranger, from the
//! end, was written by nobody who is known, and may be anything.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use clap::ValueEnum;
use http::{HeaderMap, HeaderName, header::FORWARDED};
use ipnet::IpNet;

use super::client::Peer;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The header that the proxies write. It must be named: the other one, which they pass on as it is, is the client's to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, as nearly all do.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies that are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Their networks.
    pub trusted: Vec<IpNet>,
    /// The header that they write.
    pub header: ForwardedHeader,
}

impl Proxies {
    /// Whether an address is that of a proxy.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// The address of the client that `peer` passes a request on for; that of `peer` where nobody believes it.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => FORWARDED,
        };
        // No proxy writes commas inside of an element; a client who does only spoils its own.
        let lines: Vec<_> = headers.get_all(name).iter().collect();
        let mut elements = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        while self.trusts(nearest) {
            let element = elements.next().and_then(|element| std::str::from_utf8(element).ok());
            let address = element.and_then(|element| match self.header {
                ForwardedHeader::XForwardedFor => address(element),
                ForwardedHeader::Forwarded => element.split(';').find_map(|pair| {
                    let (name, value) = pair.split_once('=')?;
                    if name.trim().eq_ignore_ascii_case("for") { address(value) } else { None }
                }),
            });
            match address {
                Some(address) => nearest = address.to_canonical(),
                None => break,
            }
        }
        nearest
    }
}

/// An address with or without a port, brackets and quotes.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip())).or_else(bare)
}

/// The layer that puts the client in the place of the proxy.
pub async fn unmask(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    if let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() {
        let client = proxies.client(peer.ip(), request.headers());
        if client != peer.ip() {
            request.extensions_mut().insert(Peer(SocketAddr::new(client, 0)));
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client(header: ForwardedHeader, peer: &str, lines: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "2001:db8:1::/48"].map(|network| network.parse().expect("a network"));
        let name = if header == ForwardedHeader::Forwarded { FORWARDED } else { X_FORWARDED_FOR };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name.clone(), HeaderValue::from_str(line).expect("a header"));
        }
        let proxies = Proxies { trusted: networks.into(), header };
        proxies.client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn the_client_is_the_last_stranger_before_the_proxies() {
        let client = |peer, lines: &[&str]| client(ForwardedHeader::XForwardedFor, peer, lines);
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.2.3.4"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["203.0.113.9", "198.51.100.7:4711,10.2.3.4"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["[2001:db8:2::7]:443"]), "2001:db8:2::7");
        assert_eq!(client("2001:db8:1::5", &["2001:db8:2::7"]), "2001:db8:2::7");
    }

    #[test]
    fn a_stranger_is_not_believed_and_a_proxy_that_says_nothing_is_the_client() {
        let client = |peer, lines: &[&str]| client(ForwardedHeader::XForwardedFor, peer, lines);
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.2"]), "10.0.0.2");
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.7, "]), "10.0.0.1");
    }

    #[test]
    fn forwarded_elements_are_read_from_the_end_whatever_a_client_writes_before() {
        let client = |lines: &[&str]| client(ForwardedHeader::Forwarded, "10.0.0.1", lines);
        assert_eq!(client(&["for=198.51.100.7;proto=https;by=10.0.0.1"]), "198.51.100.7");
        assert_eq!(client(&["for=203.0.113.9, proto=https; For=\"[2001:db8:2::7]:443\""]), "2001:db8:2::7");
        assert_eq!(client(&["for=\"203.0.113.9, for=198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(&["for=_hidden"]), "10.0.0.1");
    }

    #[test]
    fn the_header_that_the_proxies_do_not_write_is_not_read() {
        let proxies = Proxies { trusted: vec!["10.0.0.0/8".parse().expect("a network")], ..Default::default() };
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED, HeaderValue::from_static("for=203.0.113.9"));
        headers.insert(X_FORWARDED_FOR, HeaderValue::from_static("198.51.100.7"));
        let client = proxies.client("10.0.0.1".parse().expect("an address"), &headers);
        assert_eq!(client.to_string(), "198.51.100.7");
    }
}
