//! A connection whose peer must read: a write that gets nowhere for too long ends it. Reading is bounded elsewhere.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::CancellationToken;

use crate::config::STOP_PATIENCE;

/// A TCP connection on which something is written within a bounded time, or never again.
///
/// The kernel takes more only when a good part of what it holds has gone, so this bounds a peer that reads a byte now and
/// then as well.
#[derive(Debug)]
pub(super) struct Patient {
    stream: TcpStream,
    patience: Duration,
    stopping: CancellationToken,
    /// Runs as long as the kernel takes nothing.
    stuck: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    /// Waits for this long; once the server is `stopping`, for a moment only.
    pub(super) const fn new(stream: TcpStream, patience: Duration, stopping: CancellationToken) -> Self {
        Self { stream, patience, stopping, stuck: None }
    }

    /// The connection, without a bound.
    pub(super) fn into_inner(self) -> TcpStream {
        self.stream
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, wrote: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.stuck = None;
            return wrote;
        }
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        let soon = Instant::now() + STOP_PATIENCE;
        if self.stopping.is_cancelled() && soon < stuck.deadline() {
            stuck.as_mut().reset(soon);
        }
        ready!(stuck.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer does not read")))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.watch(cx, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const NEVER: Duration = Duration::from_secs(3_600);

    async fn pair(patience: Duration) -> (Patient, TcpStream, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let stop = CancellationToken::new();
        (Patient::new(listener.accept().await.unwrap().0, patience, stop.clone()), peer, stop)
    }

    /// Writes until the kernel takes nothing more.
    async fn fill(stream: &mut Patient) {
        let piece = vec![0; 64 * 1024];
        while stream.stuck.is_none() {
            let write = |cx: &mut Context<'_>| Poll::Ready(Pin::new(&mut *stream).poll_write(cx, &piece));
            if let Poll::Ready(wrote) = poll_fn(write).await {
                wrote.unwrap();
            }
        }
    }

    #[tokio::test]
    async fn whoever_reads_nothing_is_given_up() {
        let (mut stream, _peer, _) = pair(Duration::from_millis(10)).await;
        fill(&mut stream).await;
        assert_eq!(stream.write_all(&[0]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_stop_waits_for_nobody_who_reads_nothing() {
        let (mut stream, _peer, stop) = pair(NEVER).await;
        fill(&mut stream).await;
        stop.cancel();
        assert_eq!(stream.write_all(&[0]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn whoever_reads_on_is_waited_for() {
        let (mut stream, mut peer, _) = pair(NEVER).await;
        fill(&mut stream).await;
        let reading =
            tokio::spawn(async move { while matches!(peer.read(&mut [0; 4_096]).await, Ok(1..)) {} });
        stream.write_all(&[0; 1_024]).await.unwrap();
        assert!(stream.stuck.is_none(), "the patience begins anew");
        drop(stream);
        reading.await.unwrap();
    }
}
