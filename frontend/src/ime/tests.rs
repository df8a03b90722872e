use super::*;

enum Event {
    Key(&'static str, u32, bool),
    Start,
    Update(&'static str),
    End(&'static str),
    Blur,
    /// A press on the send button; a committing field blurs, as the browser reports it.
    Press,
    /// The browser has finished with the events before.
    Settle,
}
use Event::{Blur, End, Key, Press as PressSend, Settle, Start, Update};

fn sends_on(is_touch: bool, events: &[Event]) -> usize {
    let mut composition = Composition::default();
    let mut sent = 0;
    for event in events {
        match *event {
            Start => composition.start(),
            Update(text) => composition.update(text),
            End(text) => composition.end(text, 0),
            Blur => composition.blur(),
            PressSend => sent += usize::from(composition.press_send(is_touch) == Press::Sends),
            Settle => sent += usize::from(composition.take_pending()),
            Key(key, key_code, is_composing) => {
                let key = KeyDown { key: key.to_owned(), key_code, is_composing, ..KeyDown::default() };
                sent += usize::from(composition.enter(&key) == Some(Enter::Sends));
            }
        }
    }
    sent
}

fn sends(events: &[Event]) -> usize {
    sends_on(false, events)
}

const NEXT_ENTER: Event = Key("Enter", 13, false);

#[test]
fn chrome_keydown_within_the_composition_sends_nothing_and_the_next_enter_once() {
    let composed = [Key("n", 229, false), Start, Key("i", 229, true), Key("Enter", 229, true), End("你")];
    assert_eq!(sends(&composed), 0);
    assert_eq!(sends(&[Start, Key("Process", 229, true), Key("Enter", 229, true), End("你"), NEXT_ENTER]), 1);
}

#[test]
fn firefox_keydown_with_is_composing_and_key_code_13_sends_nothing() {
    assert_eq!(sends(&[Start, Key("n", 0, true), Key("Enter", 13, true), End("你")]), 0);
    assert_eq!(
        sends(&[Start, Key("Enter", 13, false), End("你"), NEXT_ENTER]),
        1,
        "an open composition alone is enough"
    );
}

#[test]
fn safari_keydown_after_the_composition_ended_sends_nothing() {
    assert_eq!(sends(&[Start, Key("n", 229, true), End("你"), Key("Enter", 229, false)]), 0);
    assert_eq!(sends(&[Start, Key("n", 229, true), End("你"), Key("Enter", 229, false), NEXT_ENTER]), 1);
}

#[test]
fn android_keys_marked_229_throughout_send_nothing() {
    let keys = [
        Key("Unidentified", 229, false),
        Start,
        Key("Unidentified", 229, true),
        Key("Enter", 229, false),
        End("你"),
    ];
    assert_eq!(sends(&keys), 0);
    assert_eq!(sends(&[Key("Unidentified", 229, false), NEXT_ENTER]), 1);
}

#[test]
fn held_enter_sends_once_and_shift_breaks_the_line() {
    let mut key = KeyDown { key: "Enter".to_owned(), key_code: 13, repeat: true, ..KeyDown::default() };
    assert_eq!(Composition::default().enter(&key), Some(Enter::Repeats));
    key.shift = true;
    assert_eq!(Composition::default().enter(&key), Some(Enter::BreaksLine));
    key.key = "a".to_owned();
    assert_eq!(Composition::default().enter(&key), None);
}

#[test]
fn ctrl_or_command_enter_always_sends_but_not_while_composing() {
    let key = KeyDown { key: "Enter".to_owned(), key_code: 13, command: true, ..KeyDown::default() };
    let mut composition = Composition::default();
    assert_eq!(composition.enter(&key), Some(Enter::SendsAlways));
    assert_eq!(composition.enter(&KeyDown { repeat: true, ..key.clone() }), Some(Enter::Repeats));
    composition.start();
    assert_eq!(composition.enter(&key), Some(Enter::Composes));
}

#[test]
fn losing_the_focus_ends_a_composition_whose_end_never_came() {
    assert_eq!(sends(&[Start, Blur, NEXT_ENTER]), 1);
    assert_eq!(sends(&[Start, NEXT_ENTER]), 0);
}

#[test]
fn press_while_composing_sends_once_after_the_choice() {
    let chosen = |engine: &str, events: &[Event]| assert_eq!(sends(events), 1, "{engine}");
    chosen(
        "Chrome",
        &[
            Start,
            Update("nihao"),
            PressSend,
            Key("Enter", 229, true),
            Update("你好"),
            End("你好"),
            Settle,
            Settle,
        ],
    );
    // Firefox reports `input` after the end: the timer of the end has run by then, or runs after it.
    chosen(
        "Firefox",
        &[Start, Update("nihao"), PressSend, Key("Enter", 13, true), Update("你好"), End("你好"), Settle],
    );
    chosen("Safari", &[Start, Update("ni hao"), PressSend, End("你好"), Key("Enter", 229, false), Settle]);
    chosen("two presses", &[Start, Update("nihao"), PressSend, PressSend, End("你好"), Settle, Settle]);
}

#[test]
fn letters_that_are_not_converted_yet_are_never_sent() {
    assert_eq!(sends(&[Start, Update("nihao"), PressSend, Settle]), 0);
    assert_eq!(sends(&[Start, Update("ni"), PressSend, End("你"), Start, Settle]), 0, "the next word began");
    assert_eq!(sends(&[Start, Update("ni"), PressSend, End("你"), Start, End("好"), Settle]), 1);
}

#[test]
fn cancelled_composition_cancels_the_waiting_press() {
    assert_eq!(sends(&[Start, Update("nihao"), PressSend, End(""), Settle]), 0);
    assert_eq!(sends(&[Start, Update("nihao"), PressSend, Blur, Settle]), 0);
    assert_eq!(sends(&[Start, Update("nihao"), PressSend, End(""), Settle, NEXT_ENTER]), 1);
}

#[test]
fn touch_keyboard_that_composes_every_word_commits_and_sends_at_once() {
    let mut composition = Composition::default();
    composition.start();
    composition.update("hello");
    assert_eq!(composition.press_send(true), Press::Commits);
    composition.blur();
    composition.end("hello", 0);
    assert!(composition.take_pending(), "the end may come after the blur");
    assert!(!composition.take_pending(), "once");
    assert_eq!(sends_on(true, &[Start, Update("hello"), PressSend, End("hello"), Blur, Settle]), 1);
    assert_eq!(sends_on(true, &[Start, Update("hello"), PressSend, Blur, Settle]), 1, "no end at all");
}

#[test]
fn touch_keyboard_that_converts_letters_waits_for_the_choice() {
    let mut composition = Composition::default();
    composition.start();
    composition.update("ni");
    composition.update("nihao");
    composition.update("你好");
    composition.end("你好", 0);
    composition.start();
    composition.update("zaijian");
    assert_eq!(composition.press_send(true), Press::Waits);
    composition.end("再见", 0);
    assert!(composition.take_pending());

    composition.start();
    composition.update("ok");
    assert_eq!(composition.press_send(true), Press::Waits);
    assert_eq!(composition.press_send(true), Press::Commits, "a second press means these letters");
    composition.end("ok", 0);
    assert!(composition.take_pending());
    composition.start();
    composition.update("ok");
    assert_eq!(composition.press_send(true), Press::Commits, "letters are no longer converted");
}

#[test]
fn leaving_the_field_commits_letters_without_sending_them() {
    assert_eq!(sends(&[Start, Update("nihao"), PressSend, End("nihao"), Blur, Settle]), 0);
}

#[test]
fn mouse_press_that_commits_letters_sends_only_at_the_second_press() {
    let mut composition = Composition::default();
    composition.start();
    composition.update("nihao");
    composition.end("nihao", 1_000);
    composition.begin_press(1_002);
    assert_eq!(composition.press_send(false), Press::Committed);
    composition.begin_press(1_600);
    assert_eq!(composition.press_send(false), Press::Sends);

    composition.start();
    composition.update("nihao");
    composition.end("你好", 2_000);
    composition.begin_press(2_002);
    assert_eq!(composition.press_send(false), Press::Sends, "the input method chose");

    composition.start();
    composition.update("ok");
    composition.end("ok", 3_000);
    composition.begin_press(3_500);
    assert_eq!(composition.press_send(false), Press::Sends, "committed by a key before");
}

#[test]
fn press_with_nothing_composed_sends_at_once() {
    assert_eq!(sends(&[PressSend]), 1);
    assert_eq!(sends(&[Start, End("你"), PressSend, Settle]), 1);
}
