//! One headless Chromium with a profile of its own, driven through ChromeDriver.

use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;
use std::{env, fmt};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver, WindowHandle, error::WebDriverResult};
use tokio::runtime::{Builder, Runtime};

use crate::page::Page;
use crate::process::Process;

const ARGUMENTS: [&str; 14] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    // Nobody looks at these windows, and still each is to run as if somebody did.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--lang=zh-CN",
    "--window-size=1200,800",
];

/// A browser; its windows share one profile, and each has its own `sessionStorage`.
#[derive(Debug)]
pub struct Browser {
    session: Rc<Session>,
    /// The window Chromium began with, until somebody asks for one.
    unused: RefCell<Option<WindowHandle>>,
}

impl Browser {
    /// Starts ChromeDriver, and Chromium with it.
    ///
    /// # Panics
    /// When either is missing.
    #[track_caller]
    pub fn start() -> Self {
        let (chromedriver, port) = chromedriver();
        let profile = TempDir::new().expect("a folder for the profile can be made");
        let runtime = Builder::new_current_thread().enable_all().build().expect("tokio starts");
        let driver = runtime
            .block_on(async {
                WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities(&profile)).await
            })
            .unwrap_or_else(|error| panic!("no browser session: {error}"));
        let first = runtime.block_on(driver.window()).expect("a browser begins with a window");
        let current = RefCell::new(first.clone());
        let session = Session { runtime, driver, current, _chromedriver: chromedriver, _profile: profile };
        Self { session: Rc::new(session), unused: RefCell::new(Some(first)) }
    }

    /// A new, empty window.
    #[track_caller]
    pub fn window(&self) -> Page {
        let first = self.unused.borrow_mut().take();
        let window =
            first.unwrap_or_else(|| self.session.run("a new window", self.session.driver.new_window()));
        Page::new(Rc::clone(&self.session), window)
    }
}

/// A running ChromeDriver and its port.
///
/// Asked for any port, it takes one that is free on IPv6 and ends when IPv4 has given it to somebody else: then
/// another is started.
#[track_caller]
fn chromedriver() -> (Process, u16) {
    let program = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    loop {
        let process = Process::start(Command::new(&program).arg("--port=0").env("LANGUAGE", "zh_CN"));
        let port =
            process.wait_for_line("its port", |line| match line.split_once(" successfully on port ") {
                Some((_, port)) => port.trim_end_matches('.').parse::<u16>().ok().map(Some),
                None => line.contains("port not available").then_some(None),
            });
        if let Some(port) = port {
            return (process, port);
        }
    }
}

/// What all windows of a browser share.
pub(crate) struct Session {
    runtime: Runtime,
    driver: WebDriver,
    /// The window that commands go to.
    current: RefCell<WindowHandle>,
    // Dropped after the session was ended through it.
    _chromedriver: Process,
    _profile: TempDir,
}

impl Session {
    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn run<T>(&self, what: &str, command: impl Future<Output = WebDriverResult<T>>) -> T {
        self.runtime.block_on(command).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Runs a command that may fail for now.
    pub(crate) fn try_run<T>(&self, command: impl Future<Output = WebDriverResult<T>>) -> Result<T, String> {
        self.runtime.block_on(command).map_err(|error| error.to_string())
    }

    /// The driver, its commands going to this window.
    #[track_caller]
    pub(crate) fn at(&self, window: &WindowHandle) -> &WebDriver {
        if *self.current.borrow() != *window {
            self.run("switching windows", self.driver.switch_to_window(window.clone()));
            self.current.replace(window.clone());
        }
        &self.driver
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Chromium outlives a killed ChromeDriver, so it is asked first; when even that fails, it is killed too.
        if self.runtime.block_on(self.driver.clone().quit()).is_err()
            && let Some(id) = self.driver.capabilities().get("goog:processID").and_then(Value::as_u64)
        {
            let _ = Command::new("kill").arg("-KILL").arg(id.to_string()).status();
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "browser session {}", self.driver.session_id())
    }
}

fn capabilities(profile: &TempDir) -> Capabilities {
    let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    let options = json!({ "args": arguments, "prefs": { "intl.accept_languages": "zh-CN,zh" } });
    let mut capabilities = Capabilities::new();
    capabilities
        .set("browserName", "chrome")
        .and_then(|()| capabilities.set("goog:chromeOptions", options))
        .expect("text and JSON can be written as JSON");
    capabilities
}
