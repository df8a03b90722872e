//! Speaking the protocol without the page's help, as a program could.

use serde_json::{Value, json};

use crate::page::Page;

/// Joins the window's room on a connection of its own, sends the frames under new ids, and waits for their events.
const SEND: &str = "
    const [name, frames, done] = arguments;
    const room = location.pathname.startsWith('/r/') ? location.pathname.slice(3) : 'lobby';
    const storage = room === 'lobby' ? sessionStorage : localStorage;
    const token = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
        .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const seat = name === null ? JSON.parse(storage.getItem(`duiliao.${room}.seat`)) : { name, token: token() };
    const ids = frames.map(() => crypto.randomUUID().replace(/^(.{14})./, '$17'));
    const waiting = new Set(ids);
    const socket = new WebSocket(location.origin.replace('http', 'ws') + `/ws?room=${room}`);
    const end = answer => { socket.close(); done(answer) };
    socket.onopen = () => socket.send(JSON.stringify({ type: 'join', v: 1, room, ...seat }));
    socket.onmessage = ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.type === 'refused') { end(frame) }
        if (frame.type === 'welcome') {
            frames.forEach((frame, n) => socket.send(JSON.stringify({ ...frame, id: ids[n] })));
        }
        if (frame.type === 'events') {
            frame.events.forEach(event => waiting.delete(event.id));
            if (waiting.size === 0) { end(null) }
        }
    };
";

impl Page {
    /// Sends frames into the window's room by hand and waits until they are stored: as the window's own person, or as
    /// somebody who joins under this name and stays seated.
    #[track_caller]
    pub fn send_by_hand(&self, name: Option<&str>, frames: &[Value]) {
        let answer: Value = self.ask_later(SEND, &[json!(name), json!(frames)]);
        assert_eq!(answer, Value::Null, "{frames:?} by {name:?}");
    }
}
