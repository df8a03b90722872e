//! Measures how soon a first visitor can use the page: nothing is in any cache. Opens it repeatedly over this machine's own
//! network and over a slow one. The bounds are in `main.rs`.

use e2e::{Page, Server};
use serde::Deserialize;
use serde_json::json;

/// Visits over each network; the slow network varies less.
const RUNS: usize = 10;
const SLOW_RUNS: usize = 3;

/// Records when the program has replaced the first screen, when 连接 is pressed, and when the server accepts.
const NOTE: &str = "
    window.noted = {};
    const note = what => { noted[what] ??= performance.now() };
    new MutationObserver(() => {
        if (document.body?.dataset.ready && document.querySelector('#name:enabled')) { note('usable') }
    }).observe(document, { subtree: true, childList: true, attributeFilter: ['data-ready'] });
    addEventListener('click', ({ target }) => { if (target.closest('#connect')) { note('pressed') } }, true);
    window.WebSocket = class extends WebSocket {
        constructor(...asked) {
            super(...asked);
            this.addEventListener('message', ({ data }) => { if (data.includes('\"welcome\"')) { note('let_in') } });
        }
    };
";

/// Times in milliseconds since the navigation; the last since the press on 连接.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Opened {
    /// First contentful paint.
    pub(super) painted: f64,
    /// A name can be typed into the program's own field.
    pub(super) usable: f64,
    /// The server's welcome.
    pub(super) let_in: f64,
}

/// The median of each time over this machine's network, and over one of 1.6 Mbit/s with 150 ms latency.
pub(super) fn measure(page: &Page, server: &Server) -> [Opened; 2] {
    page.devtools("Network.enable", json!({}));
    page.devtools("Page.enable", json!({}));
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": NOTE }));
    let fast = median(page, server, RUNS);
    network(page, 150, 1_600_000 / 8);
    let slow = median(page, server, SLOW_RUNS);
    network(page, 0, -1);
    [fast, slow]
}

fn network(page: &Page, latency_ms: u32, bytes_a_second: i32) {
    let conditions = json!({
        "offline": false, "latency": latency_ms, "downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second,
    });
    page.devtools("Network.emulateNetworkConditions", conditions);
}

fn median(page: &Page, server: &Server, runs: usize) -> Opened {
    let all: Vec<Opened> = (0..runs).map(|_| open(page, server)).collect();
    let median = |of: fn(&Opened) -> f64| {
        let mut times: Vec<f64> = all.iter().map(of).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    Opened {
        painted: median(|one| one.painted),
        usable: median(|one| one.usable),
        let_in: median(|one| one.let_in),
    }
}

fn open(page: &Page, server: &Server) -> Opened {
    page.leave_page();
    page.devtools("Network.clearBrowserCache", json!({}));
    page.devtools("Storage.clearDataForOrigin", json!({ "origin": server.url(), "storageTypes": "all" }));
    page.open(server.url());
    page.join("张三");
    let opened = page.ask(
        "const { usable, pressed, let_in } = noted;
         const [paint] = performance.getEntriesByName('first-contentful-paint');
         return { painted: paint.startTime, usable, let_in: let_in - pressed }",
        &[],
    );
    page.disconnect();
    opened
}
