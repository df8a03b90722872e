//! The menu of a message: by mouse, by finger, by keyboard.

use serde_json::{Value, json};

use crate::page::Page;
use crate::wait::eventually;

impl Page {
    /// The number of the message that says exactly this.
    #[track_caller]
    pub fn seq_of(&self, text: &str) -> u64 {
        self.wait_for_text(text).seq.unwrap_or_else(|| panic!("{text} is not stored"))
    }

    /// Presses the right button on a message.
    #[track_caller]
    pub fn right_click(&self, text: &str) {
        let (x, y) = self.middle_of(text);
        for kind in ["mousePressed", "mouseReleased"] {
            self.devtools(
                "Input.dispatchMouseEvent",
                json!({ "type": kind, "x": x, "y": y, "button": "right", "clickCount": 1 }),
            );
        }
        self.wait_for_menu();
    }

    /// Moves the mouse onto a message and presses the button that appears beside it.
    #[track_caller]
    pub fn click_button_of(&self, text: &str) {
        let button = format!("[data-seq='{}'] .act", self.seq_of(text));
        // A row that moves meanwhile is not below the mouse any more.
        eventually(format_args!("the button of {text}"), || {
            let (x, y) = self.middle_of(text);
            self.devtools("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }));
            if self.shows(&button) { Ok(()) } else { Err("no button".to_owned()) }
        });
        self.click(&button);
        self.wait_for_menu();
    }

    /// Keeps a finger on a message until the menu is there, and lifts it.
    #[track_caller]
    pub fn long_press(&self, text: &str) {
        let (x, y) = self.middle_of(text);
        self.devtools(
            "Input.dispatchTouchEvent",
            json!({ "type": "touchStart", "touchPoints": [{ "x": x, "y": y, "radiusX": 12, "radiusY": 12 }] }),
        );
        self.wait_until("the menu", "return !!document.querySelector('[role=menu]')");
        self.devtools("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] }));
        self.wait_until("the menu", "return !!document.querySelector('[role=menu]')");
    }

    /// What the menu offers.
    #[track_caller]
    pub fn menu(&self) -> Vec<String> {
        self.ask(
            "return [...document.querySelectorAll('[role=menu] [role=menuitem]')].map(e => e.innerText)",
            &[],
        )
    }

    /// Chooses from the open menu.
    #[track_caller]
    pub fn choose(&self, word: &str) {
        let item = self.menu().iter().position(|item| item == word);
        let item = item.unwrap_or_else(|| panic!("no {word} in {:?}", self.menu()));
        self.click(&format!("[role=menuitem]:nth-child({})", item + 1));
        self.wait_until("the menu to be closed", "return !document.querySelector('[role=menu]')");
    }

    /// Opens the menu of a message with the right button and chooses from it.
    #[track_caller]
    pub fn choose_for(&self, text: &str, word: &str) {
        self.right_click(text);
        self.choose(word);
    }

    /// Makes a message of one's own say something else.
    #[track_caller]
    pub fn edit(&self, text: &str, instead: &str) {
        self.choose_for(text, "编辑");
        self.wait_until(
            "the message in the box",
            &format!("return document.querySelector('#message').value === {}", json!(text)),
        );
        self.write("textarea#message", instead);
        self.press_enter();
    }

    #[track_caller]
    fn wait_for_menu(&self) {
        self.wait_until("the menu", "return !!document.activeElement?.closest('[role=menu]')");
    }

    #[track_caller]
    fn middle_of(&self, text: &str) -> (f64, f64) {
        let seq = self.seq_of(text);
        let script = "const words = document.querySelector(`[data-seq='${arguments[0]}'] .words`);
            words?.scrollIntoView({ block: 'nearest' });
            const r = words?.getBoundingClientRect();
            return r ? [r.left + Math.min(r.width / 2, 40), r.top + Math.min(r.height / 2, 10)] : null";
        eventually(text, || {
            self.try_ask::<Option<(f64, f64)>>(script, &[json!(seq)])?.ok_or("not drawn".to_owned())
        })
    }

    /// What is selected in the window.
    #[track_caller]
    pub fn selected(&self) -> String {
        self.ask("return getSelection().toString()", &[])
    }

    /// What was copied last.
    #[track_caller]
    pub fn clipboard(&self) -> String {
        self.devtools(
            "Browser.grantPermissions",
            json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
        );
        self.ask_later(
            "const done = arguments[0]; navigator.clipboard.readText().then(done, e => done(String(e)))",
            &[],
        )
    }

    /// Takes the clipboard away from the page, as where there is no https.
    #[track_caller]
    pub fn lose_clipboard(&self) {
        self.ask::<Value>(
            "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })",
            &[],
        );
    }
}
