//! What a connection owes its peer, and whether the peer takes it. A peer that reads a byte now and then, or opens no window of HTTP/2, moves
//! enough to seem alive, and would hold its answers in memory for as long as it likes.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Bytes a second that a peer must take of what it has asked for.
const SLOWEST: u64 = 1024;
/// Bodies are handed over in pieces of this size, so that it is known how much of them is.
const PIECE: usize = 64 * 1024;

/// What was handed over to a connection, what of it was written, and what is still being worked at.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    handed: AtomicU64,
    written: AtomicU64,
    working: AtomicUsize,
}

/// A request that is being worked at as long as this lives.
pub(super) struct Working(Arc<Traffic>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Traffic {
    /// From now on a request of the connection is worked at.
    pub(super) fn work(self: &Arc<Self>) -> Working {
        self.working.fetch_add(1, Ordering::Relaxed);
        Working(Arc::clone(self))
    }

    /// Whether the peer waits for an answer, and not the server for the peer.
    pub(super) fn is_working(&self) -> bool {
        self.working.load(Ordering::Relaxed) > 0
    }

    pub(super) fn wrote(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// What else was written, such as heads, does not make up for what is handed over from now on.
    fn begin(&self) {
        self.handed.fetch_max(self.written.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Completes when the peer has been too slow for twice this long.
    pub(super) async fn stalls(&self, time: Duration) {
        let enough = SLOWEST * time.as_secs().max(1);
        let (mut before, mut was_behind) = (0, false);
        loop {
            tokio::time::sleep(time).await;
            let written = self.written.load(Ordering::Relaxed);
            let is_behind = self.handed.load(Ordering::Relaxed) > written;
            if is_behind && was_behind && written - before < enough {
                return;
            }
            (before, was_behind) = (written, is_behind);
        }
    }
}

/// A body that counts what is handed over.
#[derive(Debug)]
pub(super) struct Counted {
    body: Body,
    rest: Bytes,
    traffic: Arc<Traffic>,
}

impl Counted {
    pub(super) fn new(body: Body, traffic: Arc<Traffic>) -> Self {
        traffic.begin();
        Self { body, rest: Bytes::new(), traffic }
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.traffic.handed.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut whole = SizeHint::new();
        whole.set_lower(hint.lower() + rest);
        if let Some(upper) = hint.upper() {
            whole.set_upper(upper + rest);
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_body_comes_in_pieces_and_is_counted() {
        let traffic = Arc::new(Traffic::default());
        traffic.wrote(300);
        let mut body = Counted::new(Body::from(vec![b'x'; PIECE + 10]), Arc::clone(&traffic));
        let handed = || traffic.handed.load(Ordering::Relaxed);
        assert_eq!((body.size_hint().exact(), handed()), (Some(PIECE as u64 + 10), 300));
        let mut sizes = Vec::new();
        while let Some(frame) = body.frame().await {
            sizes.push(frame.expect("it is there").into_data().expect("it is data").len());
        }
        assert_eq!((sizes, handed()), (vec![PIECE, 10], 300 + PIECE as u64 + 10));
        assert!(body.is_end_stream());
    }

    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_noticed_and_one_that_takes_all_is_not() {
        let time = Duration::from_millis(20);
        let traffic = Traffic::default();
        traffic.handed.store(100_000, Ordering::Relaxed);
        let noticed = tokio::time::timeout(Duration::from_secs(10), traffic.stalls(time)).await;
        assert!(noticed.is_ok());
        traffic.wrote(100_000);
        assert!(tokio::time::timeout(time * 10, traffic.stalls(time)).await.is_err());
    }
}
