//! Test support for the stories in `tests/`: a real server, a real browser, and windows in it.
//!
//! In reading order: [`TestWorld`] is a server and a browser; [`Page`] is one window, with a method for each thing a
//! person does or sees. [`eventually`] is the only way to wait. A method that cannot do its work fails the test at
//! the line that called it.

mod audit;
mod browser;
mod chat;
mod download;
mod engine;
mod fill;
mod flaky_proxy;
mod input;
mod list;
mod menu;
mod page;
mod process;
mod proxy;
mod raw_client;
mod screen;
mod server;
mod trunk;
mod wait;

pub use crate::browser::Browser;
pub use crate::chat::{ConnectionId, Row};
pub use crate::engine::Engine;
pub use crate::flaky_proxy::FlakyProxy;
pub use crate::page::Page;
pub use crate::proxy::Proxy;
pub use crate::screen::Screen;
pub use crate::server::{Server, screenshots};
pub use crate::trunk::TrunkServe;
pub use crate::wait::{eventually, eventually_within};

/// A server with an empty data folder, and a browser with a profile of its own.
#[derive(Debug)]
pub struct TestWorld {
    // Dropped first: pages that lose their server would only log about it.
    browser: Browser,
    /// The server everybody talks through.
    pub server: Server,
}

impl TestWorld {
    /// Starts both.
    #[track_caller]
    pub fn start() -> Self {
        Self { browser: Browser::start(), server: Server::start() }
    }

    /// Starts both; the server lets everybody do as much as they like.
    #[track_caller]
    pub fn start_without_limits() -> Self {
        Self { browser: Browser::start(), server: Server::start_without_limits() }
    }

    /// Starts both; the server knows that a proxy of this machine passes requests on.
    #[track_caller]
    pub fn start_behind_proxy() -> Self {
        Self { browser: Browser::start(), server: Server::start_behind_a_proxy() }
    }

    /// Starts both, the server on this machine's network.
    #[track_caller]
    pub fn start_on_network() -> Self {
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

/// A second browser with a profile of its own, at the same server.
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
