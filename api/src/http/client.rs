//! Who sends a request: the one place that decides what the address of a client is.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use http::{HeaderMap, HeaderName, header::USER_AGENT};

/// The other end of a connection, or of the one to the proxy before the server; the server puts it into the extensions of each request.
#[derive(Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// What browsers say in when they load a page that nobody may ever see: `Sec-Purpose` today, the others before or elsewhere.
const PURPOSES: [HeaderName; 4] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];

/// The sender of a request. It has no readable `Debug`, so that neither address nor agent can slip into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// The address that it sends from.
    pub address: IpAddr,
    /// What it says it is; empty when it says nothing.
    pub agent: String,
    /// Whether the request is of a page that is loaded ahead, which nobody sees yet.
    pub looks_ahead: bool,
}

impl Client {
    /// The sender of the request with these extensions and headers.
    pub fn of(extensions: &http::Extensions, headers: &HeaderMap) -> Self {
        let peer = extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let agent = headers
            .get(USER_AGENT)
            .map_or_else(String::new, |agent| String::from_utf8_lossy(agent.as_bytes()).chars().take(512).collect());
        Self { address: peer.to_canonical(), agent, looks_ahead: looks_ahead(headers) }
    }

    /// What one client can choose addresses from: an IPv4 address, or the /64 network of an IPv6 address.
    pub fn network(&self) -> IpAddr {
        network(self.address)
    }
}

/// What one client can choose addresses from: an IPv4 address, or the /64 network of an IPv6 address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

impl Client {
    /// What one customer of a provider may have of networks: the /48 of an IPv6 address.
    pub fn site(&self) -> Option<IpAddr> {
        site(self.network())
    }
}

/// The /48 that an IPv6 network belongs to. An IPv4 address belongs to nothing that is its customer's.
pub fn site(network: IpAddr) -> Option<IpAddr> {
    match network {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Some(IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
    }
}

/// `Sec-Purpose` is a structured field, such as `prefetch;prerender`; the others are single words.
fn looks_ahead(headers: &HeaderMap) -> bool {
    PURPOSES.iter().flat_map(|name| headers.get_all(name)).filter_map(|value| value.to_str().ok()).any(|value| {
        let mut words = value.split([',', ';', ' ', '"']).map(str::trim);
        words.any(|word| {
            ["prefetch", "prerender", "preview", "instant"].iter().any(|known| word.eq_ignore_ascii_case(known))
        })
    })
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Client")
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Peer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_one_client_can_choose_from_are_one_network() {
        let network = |address: &str| {
            let mut extensions = http::Extensions::new();
            extensions.insert(Peer(SocketAddr::new(address.parse().unwrap(), 1)));
            Client::of(&extensions, &HeaderMap::new()).network().to_string()
        };
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }

    #[test]
    fn networks_of_one_customer_are_one_site() {
        let site = |address: &str| site(network(address.parse().unwrap())).map(|site| site.to_string());
        assert_eq!(site("192.0.2.7"), None);
        assert_eq!(site("::ffff:192.0.2.7"), None);
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:ffff::9"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
    }

    #[test]
    fn a_page_that_is_loaded_ahead_says_so() {
        let ahead = |name: &str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
            Client::of(&http::Extensions::new(), &headers).looks_ahead
        };
        for (name, value) in [
            ("Sec-Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch;prerender"),
            ("Sec-Purpose", "prefetch; prerender"),
            ("Sec-Purpose", "prefetch;anonymous-client-ip"),
            ("Sec-Purpose", "prefetch;prerender;preview"),
            ("Purpose", "prefetch"),
            ("Purpose", "preview"),
            ("X-Purpose", "preview"),
            ("X-Purpose", "instant"),
            ("X-Moz", "prefetch"),
            ("X-moz", "Prefetch"),
        ] {
            assert!(ahead(name, value), "{name}: {value}");
        }
        for (name, value) in [("Sec-Purpose", ""), ("Purpose", "read"), ("Sec-Fetch-Mode", "prefetch")] {
            assert!(!ahead(name, value), "{name}: {value}");
        }
    }

    #[test]
    fn a_client_does_not_show_itself_in_logs() {
        let client = Client { address: Ipv4Addr::LOCALHOST.into(), agent: "Mozilla".to_owned(), looks_ahead: false };
        assert_eq!(format!("{client:?}"), "Client");
    }
}
