//! Who sends a request: the one place that decides what the address of a client is.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use http::{HeaderMap, header::USER_AGENT};

/// The other end of a connection, or of the one to the proxy before the server; the server puts it into the extensions of each request.
#[derive(Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The sender of a request. It has no readable `Debug`, so that neither address nor agent can slip into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// The address that it sends from.
    pub address: IpAddr,
    /// What it says it is; empty when it says nothing.
    pub agent: String,
}

impl Client {
    /// The sender of the request with these extensions and headers.
    pub fn of(extensions: &http::Extensions, headers: &HeaderMap) -> Self {
        let peer = extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let agent = headers
            .get(USER_AGENT)
            .map_or_else(String::new, |agent| String::from_utf8_lossy(agent.as_bytes()).chars().take(512).collect());
        Self { address: peer.to_canonical(), agent }
    }

    /// What one client can choose addresses from: an IPv4 address, or the /64 network of an IPv6 address.
    pub fn network(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(_) => self.address,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }
    }
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
    fn a_client_does_not_show_itself_in_logs() {
        let client = Client { address: Ipv4Addr::LOCALHOST.into(), agent: "Mozilla".to_owned() };
        assert_eq!(format!("{client:?}"), "Client");
    }
}
