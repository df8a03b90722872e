//! One connection: frames out, and every frame in told on, none left out. Decides nothing.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use shared::{FromPage, FromServer};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::browser::Listener;

/// What a connection tells.
pub enum Told {
    /// A frame came.
    Frame(Box<FromServer>),
    /// It is gone, with this close code if there was one; nothing follows.
    Closed(Option<u16>),
}

/// A connection. Dropped, it sends what it has taken, closes, and tells no more.
pub struct Socket(Result<Connection, Timeout>);

impl Socket {
    /// Opens a connection and sends `first` on it.
    pub fn open(url: &str, first: &FromPage, tell: impl Fn(Told) + 'static) -> Self {
        Self(match WebSocket::new(url) {
            Ok(socket) => Ok(Connection::new(socket, first, tell)),
            Err(_) => Err(Timeout::new(0, move || tell(Told::Closed(None)))),
        })
    }

    /// Sends a frame once the connection is open.
    pub fn send(&self, frame: &FromPage) {
        if let Ok(connection) = &self.0 {
            connection.send(frame.encode());
        }
    }
}

struct Connection {
    socket: WebSocket,
    /// What was taken before it is open.
    waiting: Rc<RefCell<Vec<String>>>,
    _listeners: [Listener; 3],
}

impl Connection {
    fn new(socket: WebSocket, first: &FromPage, tell: impl Fn(Told) + 'static) -> Self {
        let (waiting, tell) = (Rc::new(RefCell::new(vec![first.encode()])), Rc::new(tell));
        let open = Listener::new(&socket, "open", {
            let (socket, waiting) = (socket.clone(), Rc::clone(&waiting));
            move |_| send_all(&socket, waiting.take())
        });
        let message = Listener::new(&socket, "message", {
            let tell = Rc::clone(&tell);
            move |event| {
                let text = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
                // A frame of a newer server that this page does not know is no reason to stop.
                if let Some(Ok(frame)) = text.map(|text| FromServer::decode(&text)) {
                    tell(Told::Frame(Box::new(frame)));
                }
            }
        });
        let close = Listener::new(&socket, "close", move |event| {
            tell(Told::Closed(event.dyn_ref::<CloseEvent>().map(CloseEvent::code)));
        });
        Self { socket, waiting, _listeners: [open, message, close] }
    }

    fn send(&self, frame: String) {
        if self.is_connecting() {
            self.waiting.borrow_mut().push(frame);
        } else {
            send_all(&self.socket, vec![frame]);
        }
    }

    fn is_connecting(&self) -> bool {
        self.socket.ready_state() == WebSocket::CONNECTING
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_connecting() {
            let (socket, waiting) = (self.socket.clone(), self.waiting.take());
            let last_words = Closure::once_into_js(move || {
                send_all(&socket, waiting);
                let _ = socket.close();
            });
            self.socket.set_onopen(Some(last_words.unchecked_ref()));
        } else {
            let _ = self.socket.close();
        }
    }
}

/// On a connection that is going already nothing is sent; the close event says why.
fn send_all(socket: &WebSocket, frames: Vec<String>) {
    for frame in frames {
        let _ = socket.send_with_str(&frame);
    }
}
