//! Edge of a text field: inserting text so that Ctrl+Z undoes it, and the field's height.

use std::ops::Range;

use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

use super::platform;

/// Inserts a text in place of `range`, in UTF-16 units, or else of the selection. The caret then stands behind it.
///
/// Returns whether the browser has reported the change with an `input` event. It does when it keeps an undo list, which
/// needs the focus. A field on a touch screen gets no focus from here: that would open the keyboard.
pub fn insert(field: &HtmlTextAreaElement, range: Option<Range<u32>>, text: &str) -> bool {
    let has_focus = platform::document().active_element().is_some_and(|active| active == ***field);
    if !has_focus && !platform::is_touch() {
        let _ = field.focus();
    }
    let length = field.value().encode_utf16().count() as u32;
    let Range { start, end } = range.unwrap_or_else(|| {
        let start = field.selection_start().ok().flatten().unwrap_or(length);
        start..field.selection_end().ok().flatten().unwrap_or(length)
    });
    // A caret that moves ends an entry of the undo list: what was typed before is not undone together with this.
    let _ = field.set_selection_range(0, 0);
    let _ = field.set_selection_range(start, end);
    if (has_focus || !platform::is_touch()) && insert_undoably(text) {
        return true;
    }
    if field.set_range_text_with_start_and_end(text, start, end).is_ok() {
        let caret = start + text.encode_utf16().count() as u32;
        let _ = field.set_selection_range(caret, caret);
    }
    false
}

/// `execCommand` is deprecated, and the only way into the undo list.
fn insert_undoably(text: &str) -> bool {
    let document = platform::document().dyn_into::<HtmlDocument>();
    document.is_ok_and(|document| {
        document.exec_command_with_show_ui_and_value("insertText", false, text).unwrap_or(false)
    })
}

/// Makes the field as high as its text. The style sheet sets the limit.
pub fn fit_height(field: &HtmlTextAreaElement) {
    let style = field.style();
    let _ = style.set_property("height", "auto");
    let borders = field.offset_height() - field.client_height();
    let _ = style.set_property("height", &format!("{}px", field.scroll_height() + borders));
}
