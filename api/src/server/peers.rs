//! How many connections each client has: one address must not take those of all others.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::http::client::{network, site};

/// Connections above its limit on which a client is told so.
const TOLD: usize = 8;
/// As many networks may have what one site has.
const NETWORKS_OF_SITE: usize = 2;

/// The connections of clients, by network and by site.
#[derive(Debug, Default)]
pub(super) struct Peers {
    /// Of one network; 0 is any number.
    most: usize,
    open: Mutex<HashMap<Network, usize>>,
}

/// A network, by the length of its prefix: the first /64 of a /48 has the same address.
type Network = (u8, IpAddr);

/// What becomes of a connection.
#[derive(Debug)]
pub(super) enum Admitted {
    /// It is served.
    Served(Place),
    /// It is told that there are too many.
    Told(Place),
    /// It is closed.
    Closed,
}

/// That a connection is open, as long as this lives.
#[derive(Debug)]
pub(super) struct Place {
    peers: Arc<Peers>,
    networks: [Option<Network>; 2],
}

impl Peers {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default() })
    }

    /// Takes a place for a connection from `address`.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Admitted {
        let place = |networks| Place { peers: Arc::clone(self), networks };
        if self.most == 0 {
            return Admitted::Served(place([None; 2]));
        }
        let network = network(address);
        let networks = [Some((64, network)), site(network).map(|site| (48, site))];
        let limits = [self.most, self.most.saturating_mul(NETWORKS_OF_SITE)];
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let over = networks.iter().zip(limits).filter_map(|(network, limit)| {
            Some((open.get(&(*network)?).copied().unwrap_or(0) + 1).saturating_sub(limit))
        });
        let over = over.max().unwrap_or(0);
        if over > TOLD {
            return Admitted::Closed;
        }
        for network in networks.into_iter().flatten() {
            *open.entry(network).or_default() += 1;
        }
        if over > 0 { Admitted::Told(place(networks)) } else { Admitted::Served(place(networks)) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.networks == [None; 2] {
            return;
        }
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        for network in self.networks.into_iter().flatten() {
            if let Some(connections) = open.get_mut(&network) {
                *connections -= 1;
                if *connections == 0 {
                    open.remove(&network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peers: &Arc<Peers>, address: &str) -> Admitted {
        peers.admit(address.parse().expect("an address"))
    }

    #[test]
    fn a_network_has_a_limited_number_of_connections_and_others_go_on() {
        let peers = Peers::new(3);
        let mut held: Vec<Admitted> = (0..20).map(|_| from(&peers, "192.0.2.1")).collect();
        let count = |held: &[Admitted]| {
            let served = held.iter().filter(|admitted| matches!(admitted, Admitted::Served(_))).count();
            (served, held.iter().filter(|admitted| matches!(admitted, Admitted::Told(_))).count())
        };
        assert_eq!(count(&held), (3, TOLD));
        assert!(matches!(from(&peers, "192.0.2.2"), Admitted::Served(_)));
        assert!(matches!(from(&peers, "::ffff:192.0.2.1"), Admitted::Closed), "the same address");
        held.clear();
        assert!(matches!(from(&peers, "192.0.2.1"), Admitted::Served(_)));
        assert!(peers.open.lock().expect("it is free").is_empty(), "nothing is kept of those that are gone");
    }

    #[test]
    fn the_networks_of_a_site_have_a_limit_together() {
        let peers = Peers::new(3);
        let held: Vec<Admitted> = (0..100).map(|number| from(&peers, &format!("2001:db8:1:{number:x}::1"))).collect();
        assert_eq!(held.iter().filter(|admitted| matches!(admitted, Admitted::Served(_))).count(), 6);
        assert!(matches!(from(&peers, "2001:db8:2::1"), Admitted::Served(_)));
    }

    #[test]
    fn without_a_limit_nobody_is_counted() {
        let peers = Peers::new(0);
        let held: Vec<Admitted> = (0..100).map(|_| from(&peers, "192.0.2.1")).collect();
        assert!(held.iter().all(|admitted| matches!(admitted, Admitted::Served(_))));
    }
}
