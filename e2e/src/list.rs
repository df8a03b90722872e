//! Reading in a list of which only a part is in the page: scrolling through it, and whether it keeps its place.

use serde_json::Value;

use crate::chat::{ROWS, Row};
use crate::page::Page;

/// What every script here begins with. Two frames later what was scrolled to is drawn.
const BEGIN: &str = "
    const done = arguments[arguments.length - 1];
    const list = document.querySelector('#log');
    const frame = () => new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)));
    const inSight = () => {
        const edge = list.getBoundingClientRect().top;
        return [...list.querySelectorAll('.msg .bubble')].find(e => e.getBoundingClientRect().bottom > edge);
    };
";

/// Collects the rows from the top down.
const ALL_ROWS: &str = "
    (async () => {
        const rows = new Map();
        const collect = () => read().forEach(row => rows.set(`${row.seq} ${row.text}`, row));
        list.scrollTop = 0;
        await frame();
        for (let before = -1; before !== list.scrollTop;) {
            collect();
            before = list.scrollTop;
            list.scrollTop += list.clientHeight * 0.7;
            await frame();
        }
        done([...rows.values()].sort((a, b) => (a.seq ?? 1e9) - (b.seq ?? 1e9)));
    })();
";

/// Goes to the very top, and waits until older ones stand above what was in sight there; gives by how much it moved.
const OLDER_PAGE: &str = "
    (async () => {
        if (!document.querySelector('#older')) { return done(null) }
        list.scrollTop = 0;
        await frame();
        const first = inSight();
        const before = first.getBoundingClientRect().top;
        const height = list.scrollHeight;
        while (list.scrollHeight === height && document.querySelector('#older')) { await frame() }
        await frame();
        done(first.isConnected ? first.getBoundingClientRect().top - before : 1e9);
    })();
";

impl Page {
    /// All rows of the list, the oldest first; it is at its end afterwards.
    #[track_caller]
    pub fn all_rows(&self) -> Vec<Row> {
        self.ask_later(&format!("{BEGIN} const read = () => {{ {ROWS} }}; {ALL_ROWS}"), &[])
    }

    /// From now on every answer to this window takes a while to come, so that one sees what is shown meanwhile.
    #[track_caller]
    pub fn wait_for_answers(&self) {
        self.ask::<Value>(
            "const fetch = window.fetch;
             window.fetch = async (...asked) => {
                 const answer = await fetch(...asked);
                 await new Promise(next => setTimeout(next, 150));
                 return answer;
             }",
            &[],
        );
    }

    /// Scrolls to the top and waits for the older messages that come in there; gives by how many pixels what was in
    /// sight moved meanwhile. None if there is nothing older.
    #[track_caller]
    pub fn read_an_older_page(&self) -> Option<f64> {
        self.ask_later(&format!("{BEGIN} {OLDER_PAGE}"), &[])
    }
}
