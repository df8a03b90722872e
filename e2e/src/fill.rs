//! Fills a room quickly: a program speaks the protocol in a window of its own, and goes on speaking there when it is asked to.

use serde_json::{Value, json};

use crate::page::Page;

/// Makes a room, takes a seat in it and says so many things: short and long ones, links, answers, edits, recalls. Guests join and
/// leave in between. Each frame becomes one event, so that numbers are known before they are stored.
const FILL: &str = "
    const [count, done] = arguments;
    const draw = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
        .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const newId = () => crypto.randomUUID().replace(/^(.{14})./, '$17');
    const digits = n => [...String(n)].map(digit => '零一二三四五六七八九'[digit]).join('');
    const lines = n => Array.from({ length: 20 }, (_, line) => `第${n}条的第${line + 1}行，山高水长`).join('\\n');
    const token = draw(), members = {};
    const open = (room, name, hear, token = draw()) => new Promise((next, fail) => {
        const socket = new WebSocket(location.origin.replace('http', 'ws') + `/ws?room=${room}`);
        const send = frame => socket.send(JSON.stringify(frame));
        socket.onopen = () => send({ type: 'join', v: 1, room, name, token });
        socket.onclose = () => fail(new Error(`${name} was disconnected`));
        socket.onmessage = ({ data }) => {
            const frame = JSON.parse(data);
            if (frame.type === 'refused') { fail(new Error(data)); console.error(data) }
            if (frame.type === 'welcome') { next({ socket, send }) }
            hear(frame);
        };
    });
    (async () => {
        const wish = { capacity: 999, title: '落点', history: 'all' };
        const headers = { 'content-type': 'application/json' };
        const made = await fetch('/api/rooms', { method: 'POST', headers, body: JSON.stringify(wish) });
        const { room, url } = await made.json();
        let seq = 0, look = () => {};
        const stored = number => new Promise(next => {
            look = () => { if (seq >= number) { next() } };
            look();
        });
        const { send } = await open(room, '李四', frame => {
            if (frame.type === 'events') {
                frame.events.filter(event => event.kind === 'joined').forEach(({ name, member }) => { members[name] = member });
                seq = frame.events.at(-1).seq;
                look();
            }
        }, token);
        await stored(2);
        const alive = [];
        const any = () => alive[Math.floor(Math.random() * alive.length)];
        let guests = 0;
        while (seq < count) {
            const until = Math.min(count, seq + 250);
            for (let number = seq + 1; number <= until; number++) {
                const kind = alive.length < 5 ? 0 : number % 20;
                const say = (text, reply_to) => {
                    send({ type: 'say', id: newId(), text, reply_to });
                    alive.push(number);
                };
                if (kind === 3) { say(`回答 ${number}`, any()) }
                else if (kind === 7) { send({ type: 'edit', id: newId(), seq: any(), text: `改过了 ${number}` }) }
                else if (kind === 11) {
                    const [target] = alive.splice(Math.floor(Math.random() * alive.length), 1);
                    send({ type: 'recall', id: newId(), seq: target });
                }
                else if (kind === 13) { say(lines(number)) }
                else if (kind === 17) { say(`见 https://example.com/${number}/很长的地址/一直到这里`) }
                else { say(`第${number}条`) }
            }
            await stored(until);
            for (let guest = 0; guest < 3 && seq + 2 <= count; guest++) {
                const before = seq;
                const { socket, send: act } = await open(room, `客人${digits(guests++)}`, () => {});
                await stored(before + 1);
                socket.onclose = null;
                act({ type: 'leave' });
                await stored(before + 2);
            }
        }
        const hasRead = async (name, seq) => {
            const headers = { authorization: `Bearer ${token}` };
            const { read } = await (await fetch(`/api/rooms/${room}/reads?seq=${seq}`, { headers })).json();
            return read.includes(members[name]);
        };
        window.filler = { say: text => send({ type: 'say', id: newId(), text }), hasRead };
        done(url);
    })().catch(error => done(`failed: ${error}`));
";

impl Page {
    /// Makes a group room with this many events, all said by others than the story's people, and gives its path. This window's
    /// program stays in the room as 李四.
    ///
    /// # Panics
    /// When something of it is refused.
    #[track_caller]
    pub fn fill_room(&self, events: usize) -> String {
        let path: String = self.ask_later(FILL, &[json!(events)]);
        assert!(path.starts_with("/r/"), "{path}");
        path
    }

    /// The program that filled the room says something more.
    #[track_caller]
    pub fn filler_says(&self, text: &str) {
        self.ask::<Value>("filler.say(arguments[0])", &[json!(text)]);
    }

    /// Whether the server tells the program that somebody has read up to here.
    #[track_caller]
    pub fn filler_knows_read(&self, name: &str, seq: u64) -> bool {
        self.ask_later(
            "const [name, seq, done] = arguments; filler.hasRead(name, seq).then(done)",
            &[json!(name), json!(seq)],
        )
    }
}
