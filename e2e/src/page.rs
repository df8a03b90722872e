//! One browser window: navigation, clicks and scripts. The chat's own terms are in `chat.rs`.
//!
//! `try_` methods return an error while the page cannot answer, as during a navigation. Use these inside waits, where
//! an error means "not yet". The read-only queries (`text`, `count`, …) wait until the page can answer.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::session::handle::SessionHandle;
use thirtyfour::session::scriptret::ScriptRet;
use thirtyfour::{By, WindowHandle, cdp::Cdp};

use crate::browser::Session;
use crate::engine::Engine;
use crate::wait::eventually;

/// Chooses the page's language. Returns whether none was chosen before.
const CHOOSE_CHINESE: &str = "
    const other = localStorage.getItem('duiliao.lang') === null;
    if (other) { localStorage.setItem('duiliao.lang', 'zh-CN') }
    return other;
";

/// The visible text of the first element that matches a selector.
const TEXT: &str = "return document.querySelector(arguments[0])?.innerText.trim() ?? ''";

/// A window and the page in it.
pub struct Page {
    session: Rc<Session>,
    window: WindowHandle,
}

impl Page {
    pub(crate) fn new(session: Rc<Session>, window: WindowHandle) -> Self {
        let page = Self { session, window };
        // Every window believes it has the focus, as on a desk with several screens each would in turn.
        if page.engine() == Engine::Chromium {
            page.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        }
        page
    }

    /// Goes to an address and waits until the page is ready.
    #[track_caller]
    pub fn open(&self, url: &str) {
        self.session.run(url, self.driver().goto(url));
        // WebKitGTK speaks the machine's language, which may not be installed: it is chosen by hand.
        if self.engine() == Engine::WebKit && self.ask(CHOOSE_CHINESE, &[]) {
            self.session.run(url, self.driver().refresh());
        }
        self.wait_until_ready();
    }

    /// Goes to an address, where the program may not come.
    #[track_caller]
    pub fn visit(&self, url: &str) {
        self.session.run(url, self.driver().goto(url));
    }

    /// Loads the page anew, as F5 does.
    #[track_caller]
    pub fn reload(&self) {
        self.session.run("reload", self.driver().refresh());
        self.wait_until_ready();
    }

    /// Another window of this page with a copy of its `sessionStorage`, as a duplicated tab has.
    #[track_caller]
    pub fn duplicate(&self) -> Self {
        let known = self.session.run("the windows", self.driver().windows());
        // A press on a link, since WebKit opens no window that nobody has pressed for.
        self.ask::<Value>(
            "const link = document.createElement('a');
             Object.assign(link, { id: 'duplicate', href: location.href, target: '_blank', rel: 'opener', innerText: '+' });
             link.style = 'position: fixed; top: 0; left: 0; z-index: 9';
             document.body.append(link)",
            &[],
        );
        self.click("#duplicate");
        self.ask::<Value>("document.querySelector('#duplicate').remove()", &[]);
        let opened = eventually("the new window", || {
            let windows = self.session.try_run(self.driver().windows())?;
            windows.into_iter().find(|window| !known.contains(window)).ok_or_else(|| "no window".to_owned())
        });
        let page = Self::new(Rc::clone(&self.session), opened);
        page.wait_until_ready();
        page
    }

    /// Leaves the page: its window shows nothing from now on.
    #[track_caller]
    pub fn leave_page(&self) {
        self.session.run("about:blank", self.driver().goto("about:blank"));
    }

    /// Back to the page that was left.
    #[track_caller]
    pub fn go_back(&self) {
        self.session.run("back", self.driver().back());
    }

    /// All there is: the document, what is written in its fields, and what the browser keeps for it.
    #[track_caller]
    pub fn everything(&self) -> String {
        self.ask(
            "return JSON.stringify([document.documentElement.outerHTML,
                 [...document.querySelectorAll('input, textarea')].map(field => field.value),
                 { ...localStorage }, { ...sessionStorage }])",
            &[],
        )
    }

    /// Waits until the program has started.
    #[track_caller]
    pub fn wait_until_ready(&self) {
        self.wait_until("the page to be ready", "return document.body.dataset.ready === '1'");
    }

    /// Waits until a script returns `true`. A script that throws counts as `false`.
    ///
    /// # Panics
    /// At the deadline, with the script's last error and the text of the page.
    #[track_caller]
    pub fn wait_until(&self, what: &str, script: &str) {
        eventually(what, || match self.try_ask::<bool>(script, &[]) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.describe()),
            Err(error) => Err(format!("{error}\n{}", self.describe())),
        });
    }

    /// The visible text of the page for a failure's message, or why there is none.
    pub fn describe(&self) -> String {
        self.try_ask("return document.body.innerText", &[]).unwrap_or_else(|error| error)
    }

    /// Runs a script once and returns its value.
    ///
    /// # Panics
    /// If the script throws or returns another type. Inside a wait use [`Page::try_ask`].
    #[track_caller]
    pub fn ask<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> T {
        self.try_ask(script, arguments).unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Runs a script once and returns its value.
    ///
    /// # Errors
    /// If the script throws, the page is being replaced, or the value has another type.
    pub fn try_ask<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> Result<T, String> {
        let driver = self.try_driver()?;
        read_answer(&self.session.try_run(driver.execute(script, arguments))?)
    }

    /// Runs a script once and returns what it passes to its last argument, a function.
    ///
    /// # Panics
    /// If the script throws or passes another type. Inside a wait use [`Page::try_ask_later`].
    #[track_caller]
    pub fn ask_later<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> T {
        self.try_ask_later(script, arguments).unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Runs a script once and returns what it passes to its last argument, a function.
    ///
    /// # Errors
    /// If the script throws, the page is being replaced, or the value has another type.
    pub fn try_ask_later<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> Result<T, String> {
        let driver = self.try_driver()?;
        read_answer(&self.session.try_run(driver.execute_async(script, arguments))?)
    }

    /// Runs a script without side effects, again and again until the page can answer.
    #[track_caller]
    pub(crate) fn query<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> T {
        eventually(script, || self.try_ask(script, arguments))
    }

    /// Clicks the first element that matches, as soon as it can be clicked.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        eventually(format_args!("a click on {selector}"), || {
            let driver = self.try_driver()?;
            self.session.try_run(async { driver.find(By::Css(selector)).await?.click().await })
        });
    }

    /// The number of elements that match.
    #[track_caller]
    pub fn count(&self, selector: &str) -> usize {
        self.query("return document.querySelectorAll(arguments[0]).length", &[json!(selector)])
    }

    /// Whether the first element that matches is visible.
    #[track_caller]
    pub fn shows(&self, selector: &str) -> bool {
        self.query(
            "const e = document.querySelector(arguments[0]); return !!e && e.checkVisibility({ visibilityProperty: true })",
            &[json!(selector)],
        )
    }

    /// Whether the first element that matches accepts clicks or text.
    #[track_caller]
    pub fn is_enabled(&self, selector: &str) -> bool {
        self.query(
            "const e = document.querySelector(arguments[0]); return !!e && !e.disabled && !e.readOnly",
            &[json!(selector)],
        )
    }

    /// The visible text of the first element that matches; empty if none does.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.query(TEXT, &[json!(selector)])
    }

    /// As [`Page::text`], for waits.
    ///
    /// # Errors
    /// If the page cannot answer now.
    pub fn try_text(&self, selector: &str) -> Result<String, String> {
        self.try_ask(TEXT, &[json!(selector)])
    }

    /// The value of a field; empty if there is none.
    #[track_caller]
    pub fn value(&self, selector: &str) -> String {
        self.query("return document.querySelector(arguments[0])?.value ?? ''", &[json!(selector)])
    }

    /// The browser engine of the window.
    pub fn engine(&self) -> Engine {
        self.session.engine
    }

    /// Sends a `DevTools` command.
    ///
    /// # Panics
    /// In another engine than Chromium.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "json!() at every call")]
    pub fn devtools(&self, command: &str, arguments: Value) {
        assert_eq!(self.engine(), Engine::Chromium, "{command} is Chromium's");
        let devtools = Cdp::new(Arc::clone(self.driver()));
        self.session.run(command, devtools.send_raw(command, &arguments));
    }

    /// Dispatches the browser's event for a lost network.
    #[track_caller]
    pub fn hear_offline(&self) {
        self.ask::<Value>("window.dispatchEvent(new Event('offline'))", &[]);
    }

    /// Dispatches the browser's event for a network that is back.
    #[track_caller]
    pub fn hear_online(&self) {
        self.ask::<Value>("window.dispatchEvent(new Event('online'))", &[]);
    }

    /// A picture of what is visible, as PNG.
    #[track_caller]
    pub fn picture(&self) -> Vec<u8> {
        self.session.run("a picture", self.driver().screenshot_as_png())
    }

    /// Types into the focused element with the engine's driver.
    #[track_caller]
    pub(crate) fn type_keys(&self, keys: &str) {
        eventually(format_args!("{keys:?} to be typed"), || {
            let driver = self.try_driver()?;
            let element = self.session.try_run(driver.active_element())?;
            match self.session.try_run(element.send_keys(keys)) {
                // The page replaced the element before the first key.
                Err(error) if error.contains("stale element") => Err(error),
                Err(error) => panic!("{keys:?}: {error}"),
                Ok(()) => Ok(()),
            }
        });
    }

    #[track_caller]
    pub(crate) fn resize(&self, width: u32, height: u32) {
        self.session.run("the window's size", self.driver().set_window_rect(0, 0, width, height));
    }

    #[track_caller]
    pub(crate) fn minimize(&self, small: bool) {
        let driver = self.driver();
        self.session.run("the window's size", async {
            match small {
                true => driver.minimize_window().await,
                false => driver.set_window_rect(0, 0, 1200, 800).await,
            }
        });
    }

    #[track_caller]
    fn driver(&self) -> &Arc<SessionHandle> {
        self.session.at(&self.window).handle()
    }

    fn try_driver(&self) -> Result<&Arc<SessionHandle>, String> {
        Ok(self.session.try_at(&self.window)?.handle())
    }
}

/// Converts the value that a script returned.
fn read_answer<T: DeserializeOwned>(answer: &ScriptRet) -> Result<T, String> {
    answer.convert().map_err(|error| format!("returned {:?}: {error}", answer.json()))
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "window {:?}", self.window)
    }
}
