//! Whether an Enter sends. The Enter that ends an input method's composition never does.
//!
//! Browsers tell of such an Enter in different orders: Chrome and Firefox send the `keydown` while composing, Safari
//! after `compositionend`, marked only by key code 229, and Android marks every key with 229. This module folds
//! what comes into decisions; it touches no event itself.

/// The key code of a key that an input method is handling.
pub const IN_INPUT_METHOD: u32 = 229;

/// What a `keydown` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDown {
    /// Its `key`.
    pub key: String,
    /// Its `keyCode`.
    pub key_code: u32,
    /// Its `isComposing`.
    pub is_composing: bool,
    /// Whether it is held down.
    pub repeat: bool,
    /// Whether Shift is held.
    pub shift: bool,
}

/// What an Enter means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enter {
    /// Send, and keep the browser from breaking the line.
    Sends,
    /// Break the line, as the browser does by itself.
    BreaksLine,
    /// It belongs to the input method: leave it alone.
    Composes,
    /// It is still held down from before: nothing happens.
    Repeats,
}

/// What a field has heard of its input method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Composition {
    open: bool,
}

impl Composition {
    /// `compositionstart` came.
    pub fn starts(&mut self) {
        self.open = true;
    }

    /// `compositionend` came, or the field lost the focus: some browsers then leave the end out.
    pub fn ends(&mut self) {
        self.open = false;
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
        } else {
            Enter::Sends
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Heard {
        Key(&'static str, u32, bool),
        Start,
        End,
    }
    use Heard::{End, Key, Start};

    fn sends(heard: &[Heard]) -> usize {
        let mut composition = Composition::default();
        let mut sent = 0;
        for one in heard {
            match *one {
                Start => composition.starts(),
                End => composition.ends(),
                Key(key, key_code, is_composing) => {
                    let key =
                        KeyDown { key: key.to_owned(), key_code, is_composing, repeat: false, shift: false };
                    sent += usize::from(composition.enter(&key) == Some(Enter::Sends));
                }
            }
        }
        sent
    }

    const NEXT_ENTER: Heard = Key("Enter", 13, false);

    #[test]
    fn chrome_keydown_within_the_composition_sends_nothing_and_the_next_enter_once() {
        let composed = [Key("n", 229, false), Start, Key("i", 229, true), Key("Enter", 229, true), End];
        assert_eq!(sends(&composed), 0);
        assert_eq!(sends(&[Start, Key("Process", 229, true), Key("Enter", 229, true), End, NEXT_ENTER]), 1);
    }

    #[test]
    fn firefox_keydown_with_is_composing_and_key_code_13_sends_nothing() {
        assert_eq!(sends(&[Start, Key("n", 0, true), Key("Enter", 13, true), End]), 0);
        assert_eq!(
            sends(&[Start, Key("Enter", 13, false), End, NEXT_ENTER]),
            1,
            "an open composition alone is enough"
        );
    }

    #[test]
    fn safari_keydown_after_the_composition_ended_sends_nothing() {
        assert_eq!(sends(&[Start, Key("n", 229, true), End, Key("Enter", 229, false)]), 0);
        assert_eq!(sends(&[Start, Key("n", 229, true), End, Key("Enter", 229, false), NEXT_ENTER]), 1);
    }

    #[test]
    fn android_keys_marked_229_throughout_send_nothing() {
        let keys = [
            Key("Unidentified", 229, false),
            Start,
            Key("Unidentified", 229, true),
            Key("Enter", 229, false),
            End,
        ];
        assert_eq!(sends(&keys), 0);
        assert_eq!(sends(&[Key("Unidentified", 229, false), NEXT_ENTER]), 1);
    }

    #[test]
    fn a_held_enter_sends_once_and_shift_breaks_the_line() {
        let mut key = KeyDown {
            key: "Enter".to_owned(),
            key_code: 13,
            is_composing: false,
            repeat: true,
            shift: false,
        };
        assert_eq!(Composition::default().enter(&key), Some(Enter::Repeats));
        key.shift = true;
        assert_eq!(Composition::default().enter(&key), Some(Enter::BreaksLine));
        key.key = "a".to_owned();
        assert_eq!(Composition::default().enter(&key), None);
    }

    #[test]
    fn losing_the_focus_ends_a_composition_whose_end_never_came() {
        assert_eq!(sends(&[Start, End, NEXT_ENTER]), 1);
        assert_eq!(sends(&[Start, NEXT_ENTER]), 0);
    }
}
