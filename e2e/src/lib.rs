//! What the stories in `tests/` are told with: a real server, a real browser, and windows in it.
//!
//! In reading order: [`Story`] is a server and a browser; [`Page`] is one window, with a verb for each thing a
//! person does or sees. Whatever takes time is waited for by [`eventually`], and by nothing else. A verb that cannot be
//! carried out fails the test at the line that used it.

mod audit;
mod browser;
mod by_hand;
mod chat;
mod download;
mod engine;
mod input;
mod list;
mod menu;
mod page;
mod process;
mod proxy;
mod screen;
mod server;
mod trunk;
mod wait;
mod wire;

pub use crate::browser::Browser;
pub use crate::chat::Row;
pub use crate::engine::Engine;
pub use crate::page::Page;
pub use crate::proxy::Proxy;
pub use crate::screen::Screen;
pub use crate::server::{Server, screenshots};
pub use crate::trunk::TrunkServe;
pub use crate::wait::{eventually, eventually_within};
pub use crate::wire::Wire;

/// A server with an empty data folder, and a browser with a profile of its own.
#[derive(Debug)]
pub struct Story {
    // Dropped first: pages that lose their server would only log about it.
    browser: Browser,
    /// The server everybody talks through.
    pub server: Server,
}

impl Story {
    /// Starts both.
    #[track_caller]
    pub fn begin() -> Self {
        Self { browser: Browser::start(), server: Server::start() }
    }

    /// Starts both; the server knows that a proxy of this machine passes requests on.
    #[track_caller]
    pub fn begin_behind_a_proxy() -> Self {
        Self { browser: Browser::start(), server: Server::start_behind_a_proxy() }
    }

    /// Starts both, the server on this machine's network.
    #[track_caller]
    pub fn begin_on_the_network() -> Self {
        Self { browser: Browser::start(), server: Server::start_on_the_network() }
    }

    /// A new window at the server's address, with the page ready.
    #[track_caller]
    pub fn window(&self) -> Page {
        self.window_of(&Screen::desktop())
    }

    /// A new window with this screen, at the server's address, with the page ready.
    #[track_caller]
    pub fn window_of(&self, screen: &Screen) -> Page {
        let page = self.browser.window();
        page.show_on(screen);
        page.open(self.server.url());
        page
    }

    /// Another person's browser, with a profile of its own, at the same server.
    #[track_caller]
    pub fn profile(&self) -> Profile<'_> {
        Profile { browser: Browser::start(), server: &self.server }
    }

    /// Two windows that have joined under these names, each knowing of the other.
    #[track_caller]
    pub fn pair(&self, first: &str, second: &str) -> (Page, Page) {
        let (one, other) = (self.window(), self.window());
        one.join(first);
        other.join(second);
        one.wait_for_note(&format!("{second}在线啦，你们可以聊天啦"));
        (one, other)
    }
}

/// A browser beside the story's own.
#[derive(Debug)]
pub struct Profile<'a> {
    browser: Browser,
    server: &'a Server,
}

impl Profile<'_> {
    /// A new window at the server's address, with the page ready.
    #[track_caller]
    pub fn window(&self) -> Page {
        let page = self.browser.window();
        page.show_on(&Screen::desktop());
        page.open(self.server.url());
        page
    }
}
