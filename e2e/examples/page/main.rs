//! Measures how soon the page can be used and how it handles a room of 100,000 messages, in headless Chromium against the
//! release server: `make bench-page`.
//!
//! Prints each figure with its bound: first paint, the name field, the welcome; rows in the page, by how much the visible
//! rows move when older messages arrive above them, and the time of a frame while scrolling.

mod opening;

use std::io::{self, Write};
use std::process::ExitCode;

use e2e::{Browser, Page, Server};
use serde::Deserialize;
use serde_json::{Value, json};

/// Messages in the room; `--example page 5000` measures a smaller one, `--example page 0` only how soon the page opens.
const MESSAGES: usize = 100_000;
/// So many are sent at once.
const BURST: usize = 5_000;
/// So many older pages come in between two answers of the script.
const PAGES: usize = 50;
const FRAMES: usize = 1_200;
const LEAPS: usize = 50;

const MOST_ROWS: f64 = 150.0;
const MOST_MOVED_PX: f64 = 1.0;
const MOST_FRAME_MS: f64 = 16.0;
/// Bounds of first paint, name field and welcome: over this machine's network, and over one of 1.6 Mbit/s and 150 ms.
const MAX_OPENING_MS: [[f64; 3]; 2] = [[600.0, 1_000.0, 500.0], [600.0, 2_000.0, 1_000.0]];

/// Makes a room and takes a seat in it, on a connection that this window keeps.
const MAKE: &str = "
    const done = arguments[0];
    (async () => {
        const wish = { capacity: 3, title: '十万条', history: 'all' };
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch('/api/rooms', { method: 'POST', headers, body: JSON.stringify(wish) });
        const { room, url } = await answer.json();
        const token = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
            .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        const socket = new WebSocket(location.origin.replace('http', 'ws') + `/ws?room=${room}`);
        socket.onopen = () => socket.send(JSON.stringify({ type: 'join', v: 1, room, name: '李四', token }));
        window.filler = { socket, waits: 0, next: null };
        socket.onmessage = ({ data }) => {
            const frame = JSON.parse(data);
            if (frame.type === 'welcome') { done(url) }
            if (frame.type === 'refused') { console.error(data) }
            if (frame.type === 'events') {
                filler.waits -= frame.events.filter(event => event.kind === 'said').length;
                if (filler.waits <= 0) { filler.next?.() }
            }
        };
    })();
";

/// Says so many things more: notices of a word, lines, and now and then half a page.
const FILL: &str = "
    const [from, count, done] = arguments;
    filler.waits = count;
    filler.next = () => { filler.next = null; done(null) };
    const piece = '山高水长，来日方长。';
    for (let n = from; n < from + count; n++) {
        const long = n % 97 === 0 ? 30 : n % 7 === 0 ? 6 : n % 3;
        const text = `第${n}条 ` + piece.repeat(long) + (n % 50 === 0 ? ` https://example.com/${n}` : '');
        const id = crypto.randomUUID().replace(/^(.{14})./, '$17');
        filler.socket.send(JSON.stringify({ type: 'say', id, text }));
    }
";

/// Goes to the top again and again. The answer with older messages comes only when it was measured what is in sight.
const READ_BACK: &str = "
    const [pages, done] = arguments;
    const list = document.querySelector('#log');
    const frame = () => new Promise(next => requestAnimationFrame(next));
    const inSight = () => {
        const edge = list.getBoundingClientRect().top;
        return [...list.querySelectorAll('.msg .bubble')].find(e => e.getBoundingClientRect().bottom > edge);
    };
    if (!window.gated) {
        const fetch = window.fetch;
        window.gated = true;
        window.fetch = async (...asked) => { const answer = await fetch(...asked); await window.gate; return answer };
    }
    (async () => {
        const seen = { moved: [], rows: 0, more: true };
        for (let page = 0; page < pages; page++) {
            let open;
            window.gate = new Promise(next => { open = next });
            list.scrollTop = Math.random() * 700;
            await frame(); await frame();
            seen.more = !!document.querySelector('#older');
            if (!seen.more) { break }
            const first = inSight();
            const before = first.getBoundingClientRect().top;
            const height = list.scrollHeight;
            open();
            while (list.scrollHeight === height && document.querySelector('#older')) { await frame() }
            await frame();
            seen.moved.push(first.isConnected ? Math.abs(first.getBoundingClientRect().top - before) : 1e6);
            seen.rows = Math.max(seen.rows, list.firstElementChild.childElementCount);
        }
        done(seen);
    })();
";

/// Scrolls by so many pixels a frame. A frame's time is from its beginning until it is painted and the next task runs.
const SCROLL: &str = "
    const [from, step, frames, done] = arguments;
    const list = document.querySelector('#log');
    list.scrollTop = list.scrollHeight * from;
    const seen = { times: [], rows: 0, blank: 0 };
    const channel = new MessageChannel();
    let begun = 0;
    channel.port1.onmessage = () => {
        seen.times.push(performance.now() - begun);
        seen.rows = Math.max(seen.rows, list.firstElementChild.childElementCount);
        if (seen.times.length === frames) { done(seen) } else { requestAnimationFrame(next) }
    };
    const next = begins => {
        begun = begins;
        list.scrollTop += step;
        channel.port2.postMessage(null);
    };
    requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(next)));
";

/// Leaps to places, and counts where nothing is to be seen two frames later.
const LEAP: &str = "
    const [leaps, done] = arguments;
    const list = document.querySelector('#log');
    const frame = () => new Promise(next => requestAnimationFrame(next));
    (async () => {
        const seen = { times: [], rows: 0, blank: 0 };
        for (let leap = 0; leap < leaps; leap++) {
            list.scrollTop = list.scrollHeight * Math.random();
            await frame(); await frame();
            const box = list.getBoundingClientRect();
            const shown = [0.1, 0.5, 0.9].every(part =>
                !document.elementFromPoint(box.left + box.width / 2, box.top + box.height * part)?.matches('.room-for'));
            if (!shown) { seen.blank += 1 }
            seen.rows = Math.max(seen.rows, list.firstElementChild.childElementCount);
        }
        done(seen);
    })();
";

#[derive(Debug, Deserialize)]
struct ReadBack {
    moved: Vec<f64>,
    rows: usize,
    more: bool,
}

#[derive(Debug, Deserialize)]
struct Scrolled {
    times: Vec<f64>,
    rows: usize,
    blank: usize,
}

fn main() -> io::Result<ExitCode> {
    let server = Server::start_without_limits();
    let browser = Browser::start();
    let mut table = Table { out: io::stdout(), good: true };
    let opened = opening::measure(&browser.window(), &server);
    for ((network, opened), bound) in ["", ", 1.6 Mbit/s"].into_iter().zip(opened).zip(MAX_OPENING_MS) {
        table.line(&format!("first paint{network}"), opened.painted, bound[0], "ms")?;
        table.line(&format!("a name can be typed{network}"), opened.usable, bound[1], "ms")?;
        table.line(&format!("from 连接 to welcome{network}"), opened.let_in, bound[2], "ms")?;
    }
    let messages = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(MESSAGES);
    if messages == 0 {
        return Ok(table.exit_code());
    }
    let page = browser.window();
    page.open(server.url());
    let path: String = page.ask_later(MAKE, &[]);
    for from in (0..messages).step_by(BURST) {
        page.ask_later::<Value>(FILL, &[json!(from), json!(BURST)]);
    }
    page.open(&format!("{}{path}", server.url()));
    page.join("张三");

    let (mut moved, mut rows) = (Vec::new(), 0);
    loop {
        let seen: ReadBack = page.ask_later(READ_BACK, &[json!(PAGES)]);
        moved.extend(seen.moved);
        rows = rows.max(seen.rows);
        if !seen.more {
            break;
        }
    }
    let mut times = Vec::new();
    for (from, step) in [(0.5, -90), (0.2, 160), (0.9, -400), (0.4, 40)] {
        let seen: Scrolled = page.ask_later(SCROLL, &[json!(from), json!(step), json!(FRAMES / 4)]);
        times.extend(seen.times);
        rows = rows.max(seen.rows);
    }
    let leapt: Scrolled = page.ask_later(LEAP, &[json!(LEAPS)]);
    rows = rows.max(leapt.rows);

    table.line("rows in the page, most", rows as f64, MOST_ROWS, "")?;
    table.line(&format!("moved by {} older pages, most", moved.len()), most(&moved), MOST_MOVED_PX, "px")?;
    times.sort_by(f64::total_cmp);
    table.line("frame while scrolling, p50", times[times.len() / 2], MOST_FRAME_MS, "ms")?;
    table.line("frame while scrolling, p95", times[times.len() * 95 / 100], MOST_FRAME_MS, "ms")?;
    table.line(&format!("blank after {LEAPS} leaps"), leapt.blank as f64, 0.0, "")?;
    picture(&page)?;
    Ok(table.exit_code())
}

/// Leaves a picture beside the stories', so that one sees what was measured.
fn picture(page: &Page) -> io::Result<()> {
    let path = e2e::screenshots().join("100000.png");
    std::fs::create_dir_all(e2e::screenshots())?;
    std::fs::write(path, page.picture())
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

struct Table {
    out: io::Stdout,
    good: bool,
}

impl Table {
    fn line(&mut self, what: &str, value: f64, most: f64, unit: &str) -> io::Result<()> {
        let good = value <= most;
        self.good &= good;
        let verdict = if good { "good" } else { "TOO MUCH" };
        writeln!(self.out, "{what:<36} {value:>8.1} {unit:<3} at most {most:>5} {unit:<3} {verdict}")
    }

    fn exit_code(&self) -> ExitCode {
        if self.good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
