//! One browser with a profile of its own, driven through its engine's driver.

use std::cell::RefCell;
use std::fmt;
use std::process::Command;
use std::rc::Rc;

use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::{WebDriver, WindowHandle, error::WebDriverResult};
use tokio::runtime::{Builder, Runtime};

use crate::engine::{Driver, Engine};
use crate::page::Page;
use crate::process::Process;

/// A browser; its windows share one profile, and each has its own `sessionStorage`.
#[derive(Debug)]
pub struct Browser {
    session: Rc<Session>,
    /// The window it began with, until somebody asks for one.
    unused: RefCell<Option<WindowHandle>>,
}

impl Browser {
    /// Starts the chosen engine's driver, and a browser with it.
    ///
    /// # Panics
    /// When either is missing.
    #[track_caller]
    pub fn start() -> Self {
        let profile = TempDir::new().expect("a folder for the profile can be made");
        let runtime = Builder::new_current_thread().enable_all().build().expect("tokio starts");
        let engine = Engine::chosen();
        let Driver { url, capabilities, processes } = engine.driver(&profile);
        let driver = runtime
            .block_on(async { WebDriver::new(url, capabilities).await })
            .unwrap_or_else(|error| panic!("no browser session: {error}"));
        let first = runtime.block_on(driver.window()).expect("a browser begins with a window");
        let current = RefCell::new(first.clone());
        let session = Session { runtime, driver, engine, current, _processes: processes, _profile: profile };
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

/// What all windows of a browser share.
pub(crate) struct Session {
    runtime: Runtime,
    driver: WebDriver,
    pub(crate) engine: Engine,
    /// The window that commands go to.
    current: RefCell<WindowHandle>,
    // Dropped after the session was ended through it.
    _processes: Vec<Process>,
    _profile: TempDir,
}

impl Session {
    /// Runs a command.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub(crate) fn run<T>(&self, what: &str, command: impl Future<Output = WebDriverResult<T>>) -> T {
        self.runtime.block_on(command).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Runs a command that may fail, as inside a wait.
    pub(crate) fn try_run<T>(&self, command: impl Future<Output = WebDriverResult<T>>) -> Result<T, String> {
        self.runtime.block_on(command).map_err(|error| error.to_string())
    }

    /// The driver, after switching to this window.
    ///
    /// # Panics
    /// If the window is closed.
    #[track_caller]
    pub(crate) fn at(&self, window: &WindowHandle) -> &WebDriver {
        self.try_at(window).unwrap_or_else(|error| panic!("switching windows: {error}"))
    }

    /// The driver, after switching to this window, or the error.
    pub(crate) fn try_at(&self, window: &WindowHandle) -> Result<&WebDriver, String> {
        if *self.current.borrow() != *window {
            self.try_run(self.driver.switch_to_window(window.clone()))?;
            self.current.replace(window.clone());
        }
        Ok(&self.driver)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A browser outlives its killed driver, so it is asked first; when even that fails, it is killed too.
        let id = ["goog:processID", "moz:processID"].map(|key| self.driver.capabilities().get(key));
        if self.runtime.block_on(self.driver.clone().quit()).is_err()
            && let Some(id) = id.into_iter().flatten().find_map(Value::as_u64)
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
