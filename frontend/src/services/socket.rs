//! One connection: frames out, and every frame in told on, none left out. Decides nothing.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use futures_channel::mpsc::{self, Receiver, Sender};
use futures_util::future::{self, Either};
use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use shared::{FromPage, FromServer};
use wasm_bindgen_futures::spawn_local;

/// Frames that may wait for the connection to open; the page has a join, one act, how far it has read, that somebody writes, and a leave to send at once.
const WAITING_MAX: usize = 8;

/// What a connection tells.
pub enum SocketEvent {
    /// A frame came.
    Frame(Box<FromServer>),
    /// It is gone, with this close code if there was one; nothing follows.
    Closed(Option<u16>),
}

/// A connection. Dropped, it sends what it has taken, closes, and tells no more.
pub struct Socket {
    frames: Sender<String>,
    heard: Rc<Cell<bool>>,
}

impl Socket {
    /// Opens a connection and sends `first` on it.
    pub fn open(url: &str, first: &FromPage, tell: impl Fn(SocketEvent) + 'static) -> Self {
        let (frames, waiting) = mpsc::channel(WAITING_MAX);
        let heard = Rc::new(Cell::new(true));
        let mut socket = Self { frames, heard: Rc::clone(&heard) };
        socket.send(first);
        let tell = move |told| {
            if heard.get() {
                tell(told);
            }
        };
        let url = url.to_owned();
        spawn_local(async move {
            match WebSocket::open(&url) {
                Ok(socket) => run(socket, waiting, tell).await,
                Err(_) => tell(SocketEvent::Closed(None)),
            }
        });
        socket
    }

    /// Sends a frame once the connection is open. More than a few waiting are not taken.
    pub fn send(&mut self, frame: &FromPage) {
        let _ = self.frames.try_send(frame.encode());
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.heard.set(false);
    }
}

/// Ends when the connection does, or when its [`Socket`] is dropped and everything taken is sent.
async fn run(socket: WebSocket, mut waiting: Receiver<String>, tell: impl Fn(SocketEvent)) {
    let (mut sink, mut stream) = socket.split();
    let write = async {
        while let Some(frame) = waiting.next().await {
            if sink.send(Message::Text(frame)).await.is_err() {
                // The reading side hears of it as well, with the reason.
                future::pending::<()>().await;
            }
        }
    };
    let read = async {
        loop {
            match stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    // A frame of a newer server that this page does not know is no reason to stop.
                    if let Some(frame) = serde_json::from_str(&text).ok() {
                        tell(SocketEvent::Frame(Box::new(frame)));
                    }
                }
                Some(Ok(Message::Bytes(_)) | Err(WebSocketError::ConnectionError)) => {}
                Some(Err(WebSocketError::ConnectionClose(close))) => return Some(close.code),
                Some(Err(_)) | None => return None,
            }
        }
    };
    if let Either::Left((code, _)) = future::select(pin!(read), pin!(write)).await {
        tell(SocketEvent::Closed(code));
    }
}
