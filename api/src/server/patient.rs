//! A connection with limited patience. Hyper limits the time for the head of an HTTP/1 request, but not the time to
//! tell HTTP/1 from HTTP/2, nor how long a peer may leave an answer unread.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::traffic::Traffic;

/// The length of the HTTP/2 preface: when as much has been read, the protocol is known.
const PREFACE: usize = 24;

/// Ends a connection that does not begin in time, or on which nothing moves for a while although no request is worked at.
///
/// A request is worked at from its head to the head of its answer. How long its body may take is limited where the body is read, and how long
/// an answer may take to be read in `traffic.rs`.
pub(super) struct Patient<S> {
    stream: S,
    received: usize,
    idle: Duration,
    deadline: Pin<Box<Sleep>>,
    traffic: Arc<Traffic>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, to_begin: Duration, idle: Duration, traffic: Arc<Traffic>) -> Self {
        Self { stream, received: 0, idle, deadline: Box::pin(sleep(to_begin)), traffic }
    }

    fn moved(&mut self) {
        if self.received >= PREFACE {
            self.deadline.as_mut().reset(Instant::now() + self.idle);
        }
    }

    fn wrote(&mut self, result: &io::Result<usize>) {
        if let Ok(bytes) = result {
            self.traffic.wrote(*bytes);
        }
        self.moved();
    }

    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        loop {
            ready!(self.deadline.as_mut().poll(context));
            if !self.traffic.is_working() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            // The peer waits, and it has all of this time again when it is answered.
            self.deadline.as_mut().reset(Instant::now() + self.idle);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(result) => {
                self.received = self.received.saturating_add(buffer.filled().len() - before);
                self.moved();
                Poll::Ready(result)
            }
            Poll::Pending => self.wait(context),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(result) => {
                self.wrote(&result);
                Poll::Ready(result)
            }
            Poll::Pending => self.wait(context),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, slices) {
            Poll::Ready(result) => {
                self.wrote(&result);
                Poll::Ready(result)
            }
            Poll::Pending => self.wait(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(60);
    const LONG: Duration = Duration::from_secs(60);

    async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<usize, io::ErrorKind> {
        let mut buffer = [0; 64];
        let result =
            timeout(Duration::from_secs(5), stream.read(&mut buffer)).await.expect("it does not wait for ever");
        result.map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn a_peer_that_says_nothing_is_left() {
        let (_peer, stream) = duplex(64);
        assert_eq!(read(&mut Patient::new(stream, SHORT, LONG, Arc::default())).await, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_few_bytes_win_no_time_to_begin() {
        let (mut peer, stream) = duplex(64);
        let mut stream = Patient::new(stream, SHORT, LONG, Arc::default());
        peer.write_all(b"PRI * HTTP").await.expect("there is room");
        assert_eq!(read(&mut stream).await, Ok(10));
        assert_eq!(read(&mut stream).await, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_connection_on_which_nothing_moves_is_left() {
        let (mut peer, stream) = duplex(64);
        let mut stream = Patient::new(stream, LONG, SHORT, Arc::default());
        peer.write_all(&[b'x'; PREFACE]).await.expect("there is room");
        assert_eq!(read(&mut stream).await, Ok(PREFACE));
        assert_eq!(read(&mut stream).await, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_connection_on_which_a_request_is_worked_at_is_not_idle() {
        let (mut peer, stream) = duplex(64);
        let traffic = Arc::new(Traffic::default());
        let mut stream = Patient::new(stream, LONG, SHORT, Arc::clone(&traffic));
        peer.write_all(&[b'x'; PREFACE]).await.expect("there is room");
        assert_eq!(read(&mut stream).await, Ok(PREFACE));
        let working = traffic.work();
        let mut buffer = [0; 64];
        assert!(timeout(SHORT * 5, stream.read(&mut buffer)).await.is_err(), "it is waited for");
        drop(working);
        assert_eq!(read(&mut stream).await, Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_left() {
        let (mut peer, stream) = duplex(64);
        let mut stream = Patient::new(stream, LONG, SHORT, Arc::default());
        peer.write_all(&[b'x'; PREFACE]).await.expect("there is room");
        assert_eq!(read(&mut stream).await, Ok(PREFACE));
        let written =
            timeout(Duration::from_secs(5), stream.write_all(&[0; 65])).await.expect("it does not wait for ever");
        assert_eq!(written.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }
}
