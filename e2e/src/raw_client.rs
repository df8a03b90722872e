//! Speaks the protocol and the HTTP API from a window without the page's program.

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
    const removes = (sent, event) =>
        sent.type === 'remove' && event.kind === 'left' && event.member === sent.member;
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
            frame.events.forEach(event => waiting.delete(event.id ?? ids[frames.findIndex(sent => removes(sent, event))]));
            if (waiting.size === 0) { end(null) }
        }
    };
";

/// Seats one member for each name in the window's room; the connections stay open as long as the page does.
const SEAT: &str = "
    const [names, done] = arguments;
    const room = location.pathname.slice(3);
    const token = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
        .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const seat = name => new Promise((seated, failed) => {
        const socket = new WebSocket(location.origin.replace('http', 'ws') + `/ws?room=${room}`);
        (window.seated ??= []).push(socket);
        socket.onopen = () => socket.send(JSON.stringify({ type: 'join', v: 1, room, name, token: token() }));
        socket.onmessage = ({ data }) => data.includes('\"refused\"') ? failed(data) : seated();
    });
    (async () => { for (const name of names) { await seat(name) } })().then(() => done(null), done);
";

/// All events of the window's room, as its own person reads them by HTTP.
const EVENTS: &str = "
    const [done] = arguments;
    const room = location.pathname.slice(3);
    const { token } = JSON.parse(localStorage.getItem(`duiliao.${room}.seat`));
    const headers = { authorization: `Bearer ${token}` };
    (async () => {
        let events = [];
        for (let more = true; more;) {
            const before = events.length ? `&before=${events[0].seq}` : '';
            const answer = await fetch(`/api/rooms/${room}/events?limit=200${before}`, { headers });
            const page = await answer.json();
            events = page.events.concat(events);
            more = page.more;
        }
        return events;
    })().then(done, error => done(String(error)));
";

/// Deletes the window's room with its own person's token; gives the status.
const DELETE: &str = "
    const [done] = arguments;
    const room = location.pathname.slice(3);
    const { token } = JSON.parse(localStorage.getItem(`duiliao.${room}.seat`));
    fetch(`/api/rooms/${room}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
        .then(answer => done(answer.status), error => done(String(error)));
";

impl Page {
    /// Sends frames into the window's room on a connection of its own and waits until they are stored. Without a name
    /// the window's own member sends them, with one a new member who stays seated.
    #[track_caller]
    pub fn send_raw_frames(&self, name: Option<&str>, frames: &[Value]) {
        let answer: Value = self.ask_later(SEND, &[json!(name), json!(frames)]);
        assert_eq!(answer, Value::Null, "{frames:?} by {name:?}");
    }

    /// Seats one member for each name in the window's room by link. They stay online as long as the window does.
    #[track_caller]
    pub fn seat_by_hand(&self, names: &[String]) {
        let answer: Value = self.ask_later(SEAT, &[json!(names)]);
        assert_eq!(answer, Value::Null);
    }

    /// Every event of the window's room by link, as its log has them.
    #[track_caller]
    pub fn fetch_events(&self) -> Vec<Value> {
        self.ask_later(EVENTS, &[])
    }

    /// The number of the member who joined under this name last.
    ///
    /// # Panics
    /// When nobody did.
    #[track_caller]
    pub fn fetch_member_id(&self, name: &str) -> u64 {
        let events = self.fetch_events();
        let joined = events.iter().rfind(|event| event["kind"] == "joined" && event["name"] == name);
        let member = joined.and_then(|event| event["member"].as_u64());
        member.unwrap_or_else(|| panic!("no {name} in {events:?}"))
    }

    /// Deletes the window's room by link, which its own person made.
    #[track_caller]
    pub fn delete_room_by_api(&self) {
        let status: Value = self.ask_later(DELETE, &[]);
        assert!(status.as_u64().is_some_and(|status| status / 100 == 2), "answered {status}");
    }
}
