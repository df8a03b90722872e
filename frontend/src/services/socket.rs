//! One connection: frames out, and every frame in told on, none left out. Decides nothing.

use std::cell::{Cell, RefCell};
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

thread_local! {
    /// The browser's sockets that may be open.
    static OPEN: RefCell<Vec<web_sys::WebSocket>> = const { RefCell::new(Vec::new()) };
}

/// Closes every socket without the program's help, for a program that is about to abort.
pub fn close_all() {
    OPEN.with(|open| {
        // A panic may have happened in the middle of a change.
        for socket in open.try_borrow().iter().flat_map(|open| open.iter()) {
            let _ = socket.close();
        }
    });
}

/// Opens a socket that [`close_all`] knows.
fn open(url: &str) -> Option<web_sys::WebSocket> {
    let socket = web_sys::WebSocket::new(url).ok()?;
    OPEN.with_borrow_mut(|open| {
        open.retain(|socket| socket.ready_state() != web_sys::WebSocket::CLOSED);
        open.push(socket.clone());
    });
    Some(socket)
}

/// What a connection tells.
pub enum SocketEvent {
    /// A frame came.
    Frame(Box<FromServer>),
    /// It is gone, with this close code if there was one; nothing follows.
    Closed(Option<u16>),
}

/// A connection. Dropped, it sends what it has taken, closes, and tells no more. One that is not open yet closes at once, except
/// to leave the room: browsers open one socket to a server at a time, so a silent one would block the next.
pub struct Socket {
    raw: Option<web_sys::WebSocket>,
    leaves: bool,
    frames: Sender<String>,
    heard: Rc<Cell<bool>>,
}

impl Socket {
    /// Opens a connection and sends `first` on it.
    pub fn open(url: &str, first: &FromPage, tell: impl Fn(SocketEvent) + 'static) -> Self {
        let (frames, waiting) = mpsc::channel(WAITING_MAX);
        let heard = Rc::new(Cell::new(true));
        let raw = open(url);
        let mut socket = Self { raw: raw.clone(), leaves: false, frames, heard: Rc::clone(&heard) };
        socket.send(first);
        let tell = move |told| {
            if heard.get() {
                tell(told);
            }
        };
        spawn_local(async move {
            match raw.and_then(|raw| WebSocket::try_from(raw).ok()) {
                Some(socket) => run(socket, waiting, tell).await,
                None => tell(SocketEvent::Closed(None)),
            }
        });
        socket
    }

    /// Sends a frame once the connection is open. More than a few waiting are not taken.
    pub fn send(&mut self, frame: &FromPage) {
        self.leaves |= matches!(frame, FromPage::Leave);
        let _ = self.frames.try_send(frame.encode());
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.heard.set(false);
        if let Some(raw) = &self.raw
            && !self.leaves
            && raw.ready_state() == web_sys::WebSocket::CONNECTING
        {
            let _ = raw.close();
        }
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
                    if let Ok(frame) = serde_json::from_str(&text) {
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
