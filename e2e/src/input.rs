//! Keyboard input: typed key by key, pasted, and composed by an input method.

use serde_json::{Value, json};

use crate::engine::Engine;
use crate::page::Page;

/// What an input method reports for every key it keeps to itself.
const KEPT_BY_INPUT_METHOD: u32 = 229;
const ENTER: u32 = 13;
const SHIFT: u32 = 8;

/// Longer texts are pasted: nobody types them.
const MAX_TYPED_CHARS: usize = 200;

/// Keys as WebDriver writes them (W3C WebDriver, 17.4.2).
const RETURN: &str = "\u{e006}";
const DELETE: &str = "\u{e017}";
const HELD_SHIFT: &str = "\u{e008}";

impl Page {
    /// Replaces the value of a field: key by key, or by pasting where no key types it.
    #[track_caller]
    pub fn write(&self, field: &str, text: &str) {
        self.click(field);
        self.ask::<Value>("document.querySelector(arguments[0]).select()", &[json!(field)]);
        if text.is_empty() && self.engine() != Engine::Chromium {
            self.type_keys(DELETE);
        } else if text.is_empty() {
            self.press("Delete", 46, json!({}));
        } else if is_typable(text) {
            self.type_keys(text);
        } else {
            self.commit(text);
        }
    }

    /// Sets the underlined text of an input method's composition.
    #[track_caller]
    pub fn compose(&self, text: &str) {
        let end = text.chars().count();
        self.devtools(
            "Input.imeSetComposition",
            json!({ "text": text, "selectionStart": end, "selectionEnd": end }),
        );
    }

    /// Inserts text at once, as an input method does at the end of a composition and as pasting does.
    #[track_caller]
    pub fn commit(&self, text: &str) {
        if self.engine() != Engine::Chromium {
            // A typed line feed is the Enter key, or nothing.
            if text.contains('\n') {
                self.ask::<Value>("document.execCommand('insertText', false, arguments[0])", &[json!(text)]);
                return;
            }
            return self.type_keys(text);
        }
        self.devtools("Input.insertText", json!({ "text": text }));
    }

    /// Enter that the input method takes: to choose what is composed, or (in Safari) just after having done so.
    #[track_caller]
    pub fn press_enter_for_the_input_method(&self) {
        self.key("Enter", KEPT_BY_INPUT_METHOD, "rawKeyDown", json!({}));
        self.key("Enter", ENTER, "keyUp", json!({}));
    }

    /// Enter.
    #[track_caller]
    pub fn press_enter(&self) {
        if self.engine() != Engine::Chromium {
            return self.type_keys(RETURN);
        }
        self.press("Enter", ENTER, json!({ "text": "\r" }));
    }

    /// Enter with Shift held.
    #[track_caller]
    pub fn press_shift_enter(&self) {
        if self.engine() != Engine::Chromium {
            return self.type_keys(&format!("{HELD_SHIFT}{RETURN}"));
        }
        self.press("Enter", ENTER, json!({ "text": "\r", "modifiers": SHIFT }));
    }

    /// A key that writes nothing, by its name.
    #[track_caller]
    pub fn press_key(&self, key: &str) {
        if self.engine() != Engine::Chromium {
            let keys = match key {
                "Tab" => "\u{e004}",
                "Escape" => "\u{e00c}",
                "ArrowUp" => "\u{e013}",
                "ArrowDown" => "\u{e015}",
                _ => panic!("which key is {key}?"),
            };
            return self.type_keys(keys);
        }
        let code = match key {
            "Tab" => 9,
            "Escape" => 27,
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            "PageUp" => 33,
            "ContextMenu" => 93,
            _ => panic!("which code has {key}?"),
        };
        self.key(key, code, "rawKeyDown", json!({}));
        self.key(key, code, "keyUp", json!({}));
    }

    /// Tab with Shift held.
    #[track_caller]
    pub fn press_shift_tab(&self) {
        self.key("Tab", 9, "rawKeyDown", json!({ "modifiers": SHIFT }));
        self.key("Tab", 9, "keyUp", json!({ "modifiers": SHIFT }));
    }

    /// Presses and releases a key.
    #[track_caller]
    fn press(&self, key: &str, code: u32, more: Value) {
        self.key(key, code, "keyDown", more);
        self.key(key, code, "keyUp", json!({}));
    }

    #[track_caller]
    fn key(&self, key: &str, code: u32, kind: &str, mut event: Value) {
        event["type"] = json!(kind);
        event["key"] = json!(key);
        event["code"] = json!(key);
        event["windowsVirtualKeyCode"] = json!(code);
        self.devtools("Input.dispatchKeyEvent", event);
    }
}

/// Whether the driver can type this text key by key. It knows no characters beyond the basic plane, and a line feed is
/// the Enter key, which sends.
fn is_typable(text: &str) -> bool {
    let is_key = |c: char| c as u32 <= 0xFFFF && !c.is_control();
    text.chars().all(is_key) && text.chars().count() <= MAX_TYPED_CHARS
}
