//! A WebSocket over a connection: tungstenite speaks the protocol, whoever polls is called when there is more.
//!
//! What it needs of a poll it gets with that poll: nothing is kept of it, and nobody stands between the connection and its session.

use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use shared::limits::FRAME_MAX;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::end::End;
use super::outlet::Duplex;
use crate::config::{PONGS_MAX, READ_BUFFER};
use crate::http::{Paced, Straight};
use crate::ledger::answers::Bell;

/// A connection whose handshake is over. A simulation has one without a network.
#[derive(Debug)]
pub struct Line<R = Paced, W = Straight> {
    /// What it is read from.
    pub read: R,
    /// What it is written to.
    pub write: W,
    /// What was read behind the handshake.
    pub ahead: Vec<u8>,
}

/// The server's end of a WebSocket.
#[derive(Debug)]
pub(super) struct Socket<R, W> {
    stream: Duplex<R, W>,
    protocol: WebSocketContext,
}

impl<R, W> Socket<R, W>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    /// On this connection; the bell calls its session to what others write in its place.
    pub(super) fn new(Line { read, write, ahead }: Line<R, W>, bell: Bell) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(PONGS_MAX)
            .max_frame_size(Some(FRAME_MAX))
            .max_message_size(Some(FRAME_MAX));
        let protocol = WebSocketContext::from_partially_read(ahead, Role::Server, Some(config));
        Self { stream: Duplex::new(read, write, bell), protocol }
    }

    /// The connection.
    pub(super) const fn stream(&self) -> &Duplex<R, W> {
        &self.stream
    }

    /// The connection, to write beside the protocol where it owes nothing.
    pub(super) const fn stream_mut(&mut self) -> &mut Duplex<R, W> {
        &mut self.stream
    }

    /// The next message. Answers to control frames are written on the way.
    ///
    /// # Errors
    /// If the peer closed, is gone, or broke a rule of the protocol. Errors are large, and ten thousand sessions have room for
    /// what they hear: so it is already what it comes to.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Message, End>> {
        self.poll(context, |protocol, stream| protocol.read(stream)).map_err(End::from)
    }

    /// Writes a message, and whatever else was to be written.
    ///
    /// # Errors
    /// If the peer is gone.
    pub(super) async fn send(&mut self, message: Message) -> Result<(), Error> {
        // What cannot be written at once the protocol keeps, until it is flushed.
        let written = self.poll(&mut Context::from_waker(Waker::noop()), |protocol, stream| {
            protocol.write(stream, message)
        });
        if let Poll::Ready(written) = written {
            written?;
        }
        self.flush().await
    }

    /// Writes whatever was to be written.
    ///
    /// # Errors
    /// If the peer is gone.
    pub(super) async fn flush(&mut self) -> Result<(), Error> {
        match poll_fn(|context| self.poll(context, |protocol, stream| protocol.flush(stream))).await {
            // All was written, and both sides have said goodbye.
            Err(Error::ConnectionClosed) => Ok(()),
            flushed => flushed,
        }
    }

    fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        step: impl FnOnce(&mut WebSocketContext, &mut Polled<'_, '_, Duplex<R, W>>) -> Result<T, Error>,
    ) -> Poll<Result<T, Error>> {
        match step(&mut self.protocol, &mut Polled { stream: &mut self.stream, context }) {
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
            done => Poll::Ready(done),
        }
    }
}

/// A connection during one poll: what is not possible now would block.
struct Polled<'a, 'b, S> {
    stream: &'a mut S,
    context: &'a mut Context<'b>,
}

impl<S: AsyncRead + Unpin> Read for Polled<'_, '_, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut into = ReadBuf::new(into);
        let read = Pin::new(&mut *self.stream).poll_read(self.context, &mut into);
        possible(read)?;
        Ok(into.filled().len())
    }
}

impl<S: AsyncWrite + Unpin> Write for Polled<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        possible(Pin::new(&mut *self.stream).poll_write(self.context, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        possible(Pin::new(&mut *self.stream).poll_flush(self.context))
    }
}

fn possible<T>(done: Poll<io::Result<T>>) -> io::Result<T> {
    match done {
        Poll::Ready(done) => done,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}
