//! A connection's way out that asks the kernel first.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

/// A TCP connection that is written to at once. Nearly always the kernel takes all of it: what the runtime knows of the connection,
/// which a courier that writes to thousands would have to fetch for each, is looked at only where it does not.
#[derive(Debug)]
pub struct Straight(OwnedWriteHalf);

impl Straight {
    /// The way out of this connection.
    pub(super) const fn new(stream: OwnedWriteHalf) -> Self {
        Self(stream)
    }
}

impl AsyncWrite for Straight {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // Where the peer is gone this is an error and no signal: a Rust program ignores it.
        match SockRef::from(AsRef::<TcpStream>::as_ref(&self.0)).send(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Pin::new(&mut self.0).poll_write(cx, bytes)
            }
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
