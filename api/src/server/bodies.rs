//! Bodies that are on their way: how many bytes of them are held, in all and of each client. They are held before anything is known of the
//! request, on every stream of every connection, so they have a bound of their own. A body that comes in one piece is never among them.

use std::{
    collections::HashMap,
    error::Error as StdError,
    fmt,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::watch::metrics;

/// What is held of bodies that are on their way.
#[derive(Debug)]
pub(super) struct Bodies {
    most: usize,
    most_of_client: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    of_clients: HashMap<IpAddr, usize>,
}

impl Bodies {
    pub(super) fn new(most: usize, most_of_client: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_client, held: Mutex::default() })
    }

    fn hold(&self, client: IpAddr, bytes: usize) -> Result<(), Overfull> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = held.of_clients.get(&client).copied().unwrap_or(0) + bytes;
        if of_client > self.most_of_client {
            return Err(Overfull::OfClient);
        }
        if held.all + bytes > self.most {
            return Err(Overfull::OfAll);
        }
        held.all += bytes;
        held.of_clients.insert(client, of_client);
        Ok(())
    }

    fn release(&self, client: IpAddr, bytes: usize) {
        if bytes == 0 {
            return;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all -= bytes;
        if let Some(of_client) = held.of_clients.get_mut(&client) {
            *of_client -= bytes;
            if *of_client == 0 {
                held.of_clients.remove(&client);
            }
        }
    }

    #[cfg(test)]
    fn held(&self) -> (usize, usize) {
        let held = self.held.lock().expect("it is free");
        (held.all, held.of_clients.len())
    }
}

/// Why no more of a body is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overfull {
    /// The client has too much on its way.
    OfClient,
    /// All clients together have.
    OfAll,
}

impl Overfull {
    /// Whether that is why a body could not be read.
    pub(crate) fn caused(error: &(dyn StdError + 'static)) -> Option<Self> {
        error.downcast_ref().copied().or_else(|| error.source().and_then(Self::caused))
    }

    fn label(self) -> &'static str {
        match self {
            Self::OfClient => "client",
            Self::OfAll => "server",
        }
    }
}

impl fmt::Display for Overfull {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OfClient => {
                "this client has too many unfinished bodies on their way; finish them, and send this one again"
            }
            Self::OfAll => "too many unfinished bodies are on their way to the server; send this one again in a moment",
        })
    }
}

impl StdError for Overfull {}

/// A body that is counted until it has arrived whole, or is given up.
#[derive(Debug)]
pub(super) struct Arriving {
    body: Body,
    held: usize,
    client: IpAddr,
    bodies: Arc<Bodies>,
}

impl Arriving {
    pub(super) fn new(body: Body, client: IpAddr, bodies: Arc<Bodies>) -> Self {
        Self { body, held: 0, client, bodies }
    }

    fn release(&mut self) {
        self.bodies.release(self.client, std::mem::take(&mut self.held));
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let bytes = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        if self.body.is_end_stream() || !matches!(frame, Some(Ok(_))) {
            self.release();
        } else if bytes > 0 {
            if let Err(overfull) = self.bodies.hold(self.client, bytes) {
                metrics().body_refused(overfull.label());
                // What has been read of it goes with it.
                self.release();
                self.body = Body::empty();
                return Poll::Ready(Some(Err(axum::Error::new(overfull))));
            }
            self.held += bytes;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt as _;

    use super::*;

    fn body(bodies: &Arc<Bodies>, client: u8, pieces: usize) -> Arriving {
        let pieces = stream::iter((0..pieces).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 100]))));
        Arriving::new(Body::from_stream(pieces), IpAddr::from([192, 0, 2, client]), Arc::clone(bodies))
    }

    #[tokio::test]
    async fn bytes_are_held_until_a_body_is_whole_or_given_up() {
        let bodies = Bodies::new(1000, 500);
        let mut one = body(&bodies, 1, 3);
        for held in [100, 200, 300] {
            assert!(one.frame().await.expect("there is more").is_ok());
            assert_eq!(bodies.held(), (held, 1));
        }
        assert!(one.frame().await.is_none());
        assert_eq!(bodies.held(), (0, 0));
        let mut other = body(&bodies, 1, 3);
        assert!(other.frame().await.expect("there is more").is_ok());
        drop(other);
        assert_eq!(bodies.held(), (0, 0));
    }

    #[tokio::test]
    async fn a_client_and_all_clients_have_a_bound() {
        let bodies = Bodies::new(1000, 500);
        let mut held = Vec::new();
        let mut refused = Vec::new();
        for client in 1..=3 {
            for _ in 0..6 {
                let mut body = body(&bodies, client, 2);
                match body.frame().await.expect("there is more") {
                    Ok(_) => held.push(body),
                    Err(error) => refused.push((client, Overfull::caused(&error))),
                }
            }
        }
        assert_eq!(bodies.held(), (1000, 2));
        let of = |number: u8| (number, Some(Overfull::OfClient));
        let all = (3, Some(Overfull::OfAll));
        assert_eq!(refused, [of(1), of(2), all, all, all, all, all, all]);
        let whole = Arriving::new(Body::from(vec![b'x'; 5000]), IpAddr::from([192, 0, 2, 3]), Arc::clone(&bodies));
        assert_eq!(whole.collect().await.expect("it is taken").to_bytes().len(), 5000, "one piece is not held");
        held.clear();
        assert_eq!(bodies.held(), (0, 0));
    }
}
