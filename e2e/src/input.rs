//! Typing: plain, and through an input method as the browser sees one.

use serde_json::{Value, json};

use crate::page::Page;

/// What an input method reports for every key it keeps to itself.
const KEPT_BY_INPUT_METHOD: u32 = 229;
const ENTER: u32 = 13;
const SHIFT: u32 = 8;

impl Page {
    /// Puts the caret into a field and replaces what is written there.
    #[track_caller]
    pub fn write(&self, field: &str, text: &str) {
        self.click(field);
        self.ask::<Value>("document.querySelector(arguments[0]).select()", &[json!(field)]);
        if text.is_empty() {
            self.press("Delete", 46, json!({}));
        } else {
            self.commit(text);
        }
    }

    /// What stands underlined in the field while an input method composes.
    #[track_caller]
    pub fn compose(&self, text: &str) {
        let end = text.chars().count();
        self.devtools(
            "Input.imeSetComposition",
            json!({ "text": text, "selectionStart": end, "selectionEnd": end }),
        );
    }

    /// Text arrives in the field; a composition ends with it.
    #[track_caller]
    pub fn commit(&self, text: &str) {
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
        self.press("Enter", ENTER, json!({ "text": "\r" }));
    }

    /// Enter with Shift held.
    #[track_caller]
    pub fn press_shift_enter(&self) {
        self.press("Enter", ENTER, json!({ "text": "\r", "modifiers": SHIFT }));
    }

    /// A key that writes nothing, by its name.
    #[track_caller]
    pub fn press_key(&self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Escape" => 27,
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            "ContextMenu" => 93,
            _ => panic!("which code has {key}?"),
        };
        self.key(key, code, "rawKeyDown", json!({}));
        self.key(key, code, "keyUp", json!({}));
    }

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
