//! How a session writes: frames as shared bytes, control frames, and the last words. What is due is not decided here.

use std::time::Duration;

use bytes::Bytes;
use shared::{CloseCode, FromServer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::frame::Frame;

use super::{End, In, Out, Session};

impl<R: In, W: Out> Session<R, W> {
    pub(super) fn say(&mut self, message: &FromServer) -> impl Future<Output = Result<(), End>> + Send {
        if let FromServer::Refused { code, .. } = message {
            self.services.ledger.metrics().refused(*code);
        }
        self.put(Frame::of(message))
    }

    /// Sends a text frame: its bytes go to the socket as they are, without a copy of our own that would stay for as long as
    /// the connection does. Nearly always the kernel takes all of it at once, and nobody need wait.
    pub(super) fn put(&mut self, frame: Frame) -> impl Future<Output = Result<(), End>> + Send {
        self.clock.sent(self.now);
        let bytes = frame.into_bytes();
        let rest = if self.owes { Some(Box::new(bytes)) } else { self.out().write(bytes) };
        async move {
            match rest {
                Some(rest) => Box::pin(self.put_rest(*rest)).await,
                None => Ok(()),
            }
        }
    }

    /// Sends what could not be sent at once.
    pub(super) async fn put_rest(&mut self, bytes: Bytes) -> Result<(), End> {
        if self.owes {
            self.flush().await?;
        }
        in_time(self.services.config.silence_max, self.socket.stream_mut().write_all(&bytes)).await
    }

    /// Sends a control frame.
    pub(super) async fn write(&mut self, message: Message) -> Result<(), End> {
        let patience = self.services.config.silence_max;
        let sending = self.socket.send(message);
        in_time(patience, sending).await
    }

    pub(super) async fn flush(&mut self) -> Result<(), End> {
        // Where tungstenite's buffer is full it keeps one answer back and says nothing: the second time there is room for it.
        for _ in 0..2 {
            in_time(self.services.config.silence_max, self.socket.flush()).await?;
        }
        self.owes = false;
        Ok(())
    }

    pub(super) async fn close(&mut self, end: End) {
        let code = match end {
            End::Slow | End::Lost => return,
            End::Close(code) => code,
            End::Bye(bye, code) => {
                let retry_ms = (code == CloseCode::Restarting).then(|| self.spread());
                if self.say(&FromServer::Bye { code: bye, retry_ms }).await.is_err() {
                    return;
                }
                code
            }
        };
        let frame = CloseFrame { code: (code as u16).into(), reason: Utf8Bytes::from_static("") };
        if self.write(Message::Close(Some(frame))).await.is_ok() {
            linger(self.socket.stream_mut()).await;
        }
    }

    /// When to come back after a restart: spread, so that not all come at once.
    fn spread(&self) -> u64 {
        let [random] = self.services.edge.random::<1>();
        500 + u64::from(random) * 4
    }
}

/// A write that fails, or takes longer than `patience`, is the end of the connection.
async fn in_time<E>(patience: Duration, write: impl Future<Output = Result<(), E>>) -> Result<(), End> {
    timeout(patience, write).await.map_err(|_| End::Slow)?.map_err(|_| End::Lost)
}

/// Reads on until the peer has closed: bytes that nobody reads would make the kernel reset the connection, and the
/// peer would lose our last words.
pub(crate) async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let mut rest = [0; 1_024];
    let reading = async {
        // It is the server that closes first (RFC 6455, section 7.1.1); the peer's end follows at once.
        if stream.shutdown().await.is_ok() {
            while matches!(stream.read(&mut rest).await, Ok(1..)) {}
        }
    };
    let _ = timeout(LINGER, reading).await;
}

/// How long a closed connection is read on.
const LINGER: Duration = Duration::from_secs(1);
