//! Decides what Enter and the send button do while an input method may be composing.
//!
//! Browsers report the Enter that ends a composition in different orders. Chrome and Firefox send its `keydown` while
//! composing. Safari sends it after `compositionend`, marked only by key code 229. Android marks every key with 229.
//!
//! A press on the send button must not send the letters that an input method has not converted yet. The press waits
//! for the person to choose, or the field commits the composition first: see [`Composition::press_send`]. A browser
//! may commit the letters itself when the mouse goes down: such a press sends nothing.
//!
//! This module folds events into decisions. It touches no event and no field.

/// The key code of a key that an input method is handling.
pub const IN_INPUT_METHOD: u32 = 229;

/// The parts of a `keydown` that decide what an Enter does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyDown {
    /// `key`.
    pub key: String,
    /// `keyCode`.
    pub key_code: u32,
    /// `isComposing`.
    pub is_composing: bool,
    /// Whether the key is held down.
    pub repeat: bool,
    /// Whether Shift is held.
    pub shift: bool,
    /// Whether Ctrl or ⌘ is held.
    pub command: bool,
}

/// A composition that ends this short before the mouse goes down was ended by it, in milliseconds.
const ENDED_BY_PRESS_MS: u64 = 30;

/// What an Enter means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enter {
    /// Send. A touch keyboard breaks the line instead.
    Sends,
    /// Ctrl+Enter or ⌘+Enter: send, on every keyboard.
    SendsAlways,
    /// Break the line, as the browser does by default.
    BreaksLine,
    /// The input method handles it.
    Composes,
    /// The key is still held from before: do nothing.
    Repeats,
}

/// What a press on the send button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Send now.
    Sends,
    /// Send once the person has chosen what the input method offers.
    Waits,
    /// Commit the composition as it is; its end sends.
    Commits,
    /// The press has committed unconverted letters: leave them in the field.
    Committed,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Pending {
    #[default]
    None,
    /// The person still has to choose.
    Choice,
    /// The field has been told to commit.
    Commit,
}

/// The state of a field's input method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Composition {
    open: bool,
    pending: Pending,
    /// Whether the last composition turned letters into other characters. None before the first one.
    converts: Option<bool>,
    /// Whether the composed text consists of Latin letters.
    latin: bool,
    /// When unconverted letters were committed last.
    latin_ended_at: Option<u64>,
    /// Whether the press under way has committed unconverted letters.
    committed_by_press: bool,
}

impl Composition {
    /// `compositionstart` came.
    pub fn start(&mut self) {
        (self.open, self.latin) = (true, false);
    }

    /// `compositionupdate` came with the composed text. A text that is being committed is not letters any more.
    pub fn update(&mut self, text: &str) {
        self.latin = self.latin || is_latin(text);
    }

    /// `compositionend` came with the committed text.
    ///
    /// Call [`Composition::take_pending`] once the browser has finished with the event: Firefox changes the field
    /// after it.
    pub fn end(&mut self, text: &str, now_ms: u64) {
        self.open = false;
        if self.latin && !text.is_empty() {
            self.converts = Some(!is_latin(text));
            self.latin_ended_at = is_latin(text).then_some(now_ms);
        }
        // A composition that was given up takes the press with it.
        if text.is_empty() && self.pending == Pending::Choice {
            self.pending = Pending::None;
        }
    }

    /// The field lost the focus. Some browsers then leave `compositionend` out.
    pub fn blur(&mut self) {
        self.open = false;
        if self.pending == Pending::Choice {
            self.pending = Pending::None;
        }
    }

    /// Whether a press waits to send.
    pub fn is_pending(self) -> bool {
        self.pending != Pending::None
    }

    /// The pointer goes down on the send button.
    pub fn begin_press(&mut self, now_ms: u64) {
        let ended = self.latin_ended_at.take();
        self.committed_by_press = ended.is_some_and(|at| now_ms.saturating_sub(at) < ENDED_BY_PRESS_MS);
    }

    /// The send button was pressed.
    ///
    /// Keyboards on a touch screen compose every word of every language, so there the field commits the letters. It
    /// waits only if the last composition showed that letters get converted, and then a second press commits.
    pub fn press_send(&mut self, is_touch: bool) -> Press {
        let committed = std::mem::take(&mut self.committed_by_press);
        if !self.open {
            return if committed && !is_touch { Press::Committed } else { Press::Sends };
        }
        let waits = !is_touch || (self.converts == Some(true) && self.pending == Pending::None);
        self.pending = if waits { Pending::Choice } else { Pending::Commit };
        if waits { Press::Waits } else { Press::Commits }
    }

    /// Takes the waiting press. Returns whether to send now. A composition begun meanwhile is waited for as well.
    pub fn take_pending(&mut self) -> bool {
        if self.open || self.pending == Pending::None {
            return false;
        }
        self.pending = Pending::None;
        true
    }

    /// What this key means, if it is an Enter.
    pub fn enter(self, key: &KeyDown) -> Option<Enter> {
        if key.key != "Enter" {
            return None;
        }
        Some(if self.open || key.is_composing || key.key_code == IN_INPUT_METHOD {
            Enter::Composes
        } else if key.shift {
            Enter::BreaksLine
        } else if key.repeat {
            Enter::Repeats
        } else if key.command {
            Enter::SendsAlways
        } else {
            Enter::Sends
        })
    }
}

/// Whether a composed text consists of letters that an input method may still convert.
fn is_latin(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_alphabetic()) && text.is_ascii()
}

#[cfg(test)]
mod tests;
