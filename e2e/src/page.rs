//! One window: finding, clicking, asking. What these mean in a chat is in `chat.rs`.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{By, WindowHandle, cdp::Cdp, session::handle::SessionHandle};

use crate::browser::Session;
use crate::engine::Engine;
use crate::wait::eventually;

/// Chooses the page's language; whether it was another one.
const CHOOSE_CHINESE: &str = "
    const other = localStorage.getItem('duiliao.lang') === null;
    if (other) { localStorage.setItem('duiliao.lang', 'zh-CN') }
    return other;
";

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

    /// Waits until the program is there.
    #[track_caller]
    pub fn wait_until_ready(&self) {
        self.wait_until("the page to be ready", "return document.body.dataset.ready === '1'");
    }

    /// Waits until a script returns `true`; a failure shows what the page says.
    #[track_caller]
    pub fn wait_until(&self, what: &str, script: &str) {
        eventually(what, || match self.ask::<bool>(script, &[]) {
            true => Ok(()),
            false => Err(self.ask("return document.body.innerText", &[])),
        });
    }

    /// What a script in the page returns.
    #[track_caller]
    pub fn ask<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> T {
        let answer = self.session.run(script, self.driver().execute(script, arguments));
        answer.convert().unwrap_or_else(|error| panic!("{script} returned {:?}: {error}", answer.json()))
    }

    /// What a script in the page hands to its last argument, a function.
    #[track_caller]
    pub fn ask_later<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> T {
        let answer = self.session.run(script, self.driver().execute_async(script, arguments));
        answer.convert().unwrap_or_else(|error| panic!("{script} returned {:?}: {error}", answer.json()))
    }

    /// Clicks what a selector names, as soon as it can be clicked.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        eventually(format_args!("a click on {selector}"), || {
            let driver = self.driver();
            self.session.try_run(async { driver.find(By::Css(selector)).await?.click().await })
        });
    }

    /// How many elements there are.
    #[track_caller]
    pub fn count(&self, selector: &str) -> usize {
        self.ask("return document.querySelectorAll(arguments[0]).length", &[json!(selector)])
    }

    /// Whether it is there and somebody can see it.
    #[track_caller]
    pub fn shows(&self, selector: &str) -> bool {
        self.ask(
            "const e = document.querySelector(arguments[0]); return !!e && e.checkVisibility({ visibilityProperty: true })",
            &[json!(selector)],
        )
    }

    /// Whether it is there and takes clicks or text.
    #[track_caller]
    pub fn is_enabled(&self, selector: &str) -> bool {
        self.ask(
            "const e = document.querySelector(arguments[0]); return !!e && !e.disabled && !e.readOnly",
            &[json!(selector)],
        )
    }

    /// The visible text of the first such element; empty when there is none.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.ask("return document.querySelector(arguments[0])?.innerText.trim() ?? ''", &[json!(selector)])
    }

    /// What is written in a field.
    #[track_caller]
    pub fn value(&self, selector: &str) -> String {
        self.ask("return document.querySelector(arguments[0])?.value ?? ''", &[json!(selector)])
    }

    /// What shows it.
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

    /// What the browser tells the page when there is a network again.
    #[track_caller]
    pub fn hear_online(&self) {
        self.ask::<Value>("window.dispatchEvent(new Event('online'))", &[]);
    }

    /// A picture of what is visible, as PNG.
    #[track_caller]
    pub fn picture(&self) -> Vec<u8> {
        self.session.run("a picture", self.driver().screenshot_as_png())
    }

    /// Types into what has the focus, as the engine's driver does it.
    #[track_caller]
    pub(crate) fn type_keys(&self, keys: &str) {
        let driver = self.driver();
        self.session.run("keys", async { driver.active_element().await?.send_keys(keys).await });
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
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "window {:?}", self.window)
    }
}
