//! Which browser engine shows the pages, how its driver is started, and what it is asked for.

use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::{env, fs};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::Capabilities;

use crate::process::Process;
use crate::wait::eventually;

/// A browser engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Chromium's, with `DevTools`: it can be made to believe nearly anything.
    Chromium,
    /// Firefox's.
    Firefox,
    /// Safari's family, as `WebKitGTK` has it.
    WebKit,
}

/// A driver at this address, what it is to be asked for, and what must run beside it.
pub(crate) struct Driver {
    pub(crate) url: String,
    pub(crate) capabilities: Capabilities,
    pub(crate) processes: Vec<Process>,
}

const CHROMIUM: [&str; 14] = [
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

impl Engine {
    /// The one that the environment variable `ENGINE` names: `firefox` or `webkit`; Chromium without it.
    ///
    /// # Panics
    /// When it names another one.
    pub fn chosen() -> Self {
        match env::var("ENGINE").as_deref() {
            Err(_) | Ok("chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            Ok(other) => panic!("there is no engine {other}"),
        }
    }

    /// Starts its driver; what the browser keeps is in `profile`.
    #[track_caller]
    pub(crate) fn driver(self, profile: &TempDir) -> Driver {
        let (processes, port, capabilities) = match self {
            Self::Chromium => {
                let (process, port) = chromedriver();
                (vec![process], port, chromium(profile))
            }
            Self::Firefox => {
                let mut command = Command::new("geckodriver");
                let process = Process::start(command.arg("--port=0").env("TMPDIR", profile.path()));
                let port = process.wait_for_line("its port", |line| {
                    line.split_once("Listening on 127.0.0.1:")?.1.parse().ok()
                });
                (vec![process], port, firefox())
            }
            Self::WebKit => {
                let (processes, port) = webkit_driver(profile);
                (processes, port, webkit())
            }
        };
        Driver { url: format!("http://127.0.0.1:{port}"), capabilities, processes }
    }
}

/// A running `ChromeDriver` and its port.
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

/// A screen that nobody sees, and the driver of what is shown on it. It takes no port of its own choice, and says nothing.
#[track_caller]
fn webkit_driver(profile: &TempDir) -> (Vec<Process>, u16) {
    let mut xvfb = Command::new("Xvfb");
    let screen =
        Process::start(xvfb.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]));
    let display: u32 = screen.wait_for_line("its display", |line| line.trim().parse().ok());
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.expect("there is a free port").port();
    let home = profile.path().join("home");
    fs::create_dir_all(&home).expect("a folder for the profile can be made");
    let mut command = Command::new("WebKitWebDriver");
    command.arg(format!("--port={port}")).env("DISPLAY", format!(":{display}")).env("HOME", &home);
    command.env("XDG_RUNTIME_DIR", &home).env("LANG", "zh_CN.UTF-8").env("LANGUAGE", "zh_CN");
    // It refuses to run as root otherwise, as in a container.
    command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
    let driver = Process::start(&mut command);
    eventually("WebKitWebDriver to listen", || {
        TcpStream::connect(("127.0.0.1", port)).map(drop).map_err(|error| error.to_string())
    });
    (vec![driver, screen], port)
}

fn chromium(profile: &TempDir) -> Capabilities {
    let mut arguments = CHROMIUM.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    let options = json!({ "args": arguments, "prefs": { "intl.accept_languages": "zh-CN,zh" } });
    asked_for("chrome", "goog:chromeOptions", options)
}

fn firefox() -> Capabilities {
    let prefs = json!({
        "intl.accept_languages": "zh-CN,zh",
        "browser.tabs.disableBackgroundZombification": true,
        "dom.min_background_timeout_value": 4,
        // Every window behaves as if it had the focus.
        "focusmanager.testmode": true,
        "dom.timeout.enable_budget_timer_throttling": false,
    });
    asked_for(
        "firefox",
        "moz:firefoxOptions",
        json!({ "args": ["-headless", "-width", "1200", "-height", "900"], "prefs": prefs }),
    )
}

fn webkit() -> Capabilities {
    let browser = ["4.1", "4.0", "6.0"]
        .map(|version| format!("/usr/lib/{}-linux-gnu/webkit2gtk-{version}/MiniBrowser", env::consts::ARCH));
    let browser = browser.into_iter().find(|path| fs::exists(path).unwrap_or(false));
    let browser = browser.expect("WebKitGTK's MiniBrowser is installed");
    asked_for(
        "MiniBrowser",
        "webkitgtk:browserOptions",
        json!({ "binary": browser, "args": ["--automation"] }),
    )
}

fn asked_for(name: &str, options: &str, value: Value) -> Capabilities {
    let mut capabilities = Capabilities::new();
    capabilities
        .set("browserName", name)
        .and_then(|()| capabilities.set(options, value))
        .expect("text and JSON can be written as JSON");
    capabilities
}
