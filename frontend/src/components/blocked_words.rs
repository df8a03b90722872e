//! The editor for blocked words. The list is loaded each time the editor becomes visible, unless the host is editing it.

use shared::limits::{WORD_MAX, WORDS_MAX};
use shared::{RoomId, Token};
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlTextAreaElement, SubmitEvent};
use yew::{Callback, Html, Properties, component, html, use_mut_ref, use_node_ref};

use super::use_lang;
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::i18n::Msg;
use crate::services::http;
use crate::state::outbox::Command;

/// Properties of the blocked words field.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: RoomId,
    /// The host's secret.
    pub token: Token,
    /// Whether it is in sight.
    pub open: bool,
    /// The host does something.
    pub onact: Callback<Command>,
}

/// What is said below the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Note {
    #[default]
    None,
    Submitted,
    BadWords,
    NotLoaded,
}

/// The field for them.
#[component]
pub fn BlockedWords(props: &Props) -> Html {
    let lang = use_lang();
    let field = use_node_ref();
    let note = use_default::<Note>();
    // The list as it was loaded or saved last. A field that says something else is being written in.
    let known = use_mut_ref(String::new);
    {
        let (field, known, note) = (field.clone(), known.clone(), note.setter());
        use_effect_with((props.open, props.room, props.token), move |(open, room, token)| {
            if *open {
                let (room, token) = (*room, *token);
                spawn_local(async move {
                    let settings = http::settings(room, &token).await;
                    note.set(if settings.is_none() { Note::NotLoaded } else { Note::None });
                    let field = field.cast::<HtmlTextAreaElement>();
                    if let (Some(settings), Some(field)) = (settings, field)
                        && field.value() == *known.borrow()
                    {
                        let text = settings.words.join("\n");
                        field.set_value(&text);
                        known.replace(text);
                    }
                });
            }
        });
    }
    let deps = (field.clone(), props.onact.clone(), note.setter());
    let onsubmit = use_callback(deps, move |event: SubmitEvent, (field, onact, note)| {
        event.prevent_default();
        let Some(field) = field.cast::<HtmlTextAreaElement>() else { return };
        let words = words(&field.value());
        note.set(if words.is_none() { Note::BadWords } else { Note::Submitted });
        if words.is_some() {
            known.replace(field.value());
            onact.emit(Command::Set { title: None, slow_s: None, words });
        }
    });
    let said = match *note {
        Note::None | Note::Submitted => None,
        Note::BadWords => Some(Msg::BadWords.fill(lang, &[&WORDS_MAX.to_string(), &WORD_MAX.to_string()])),
        Note::NotLoaded => Some(Msg::NotLoaded.say(lang).to_owned()),
    };
    html! {
        <form id="host-words" class="panel blocked" {onsubmit}>
            <label for="blocked-words">
                <span>{ Msg::BlockedWords.say(lang) }<small id="words-advice">{ Msg::BlockedWordsAdvice.say(lang) }</small></span>
            </label>
            <textarea ref={field} id="blocked-words" class="field" rows="3" autocomplete="off" aria-describedby="words-advice" />
            if let Some(said) = said {
                <p id="words-problem" class="bad" role="alert">{ said }</p>
            }
            if *note == Note::Submitted {
                <p id="words-submitted" class="hint" role="status">{ Msg::WordsSubmitted.say(lang) }</p>
            }
            <button id="save-words" class="btn quiet" type="submit">{ Msg::SaveWords.say(lang) }</button>
        </form>
    }
}

/// The words in what was typed: one a line, or between signs that people put between words. None if they are too many, or
/// one is too long.
fn words(typed: &str) -> Option<Vec<String>> {
    let pieces = typed.split(['\n', '，', '、', '；', ',', ';']).map(str::trim);
    let words: Vec<String> = pieces.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let fits = |word: &String| word.chars().count() <= WORD_MAX;
    (words.len() <= WORDS_MAX && words.iter().all(fits)).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_lines_or_between_signs() {
        let expected = ["赌博", "Open Sesame", "加微信"].map(str::to_owned).to_vec();
        assert_eq!(words(" 赌博、Open Sesame\n\n加微信，\n"), Some(expected));
        assert_eq!(words(" \n"), Some(vec![]));
    }

    #[test]
    fn too_many_words_and_too_long_ones_are_none() {
        let many = |n: usize| (0..n).map(|n| format!("词{n}\n")).collect::<String>();
        assert_eq!(words(&many(WORDS_MAX)).map(|words| words.len()), Some(WORDS_MAX));
        assert_eq!(words(&many(WORDS_MAX + 1)), None);
        assert!(words(&"字".repeat(WORD_MAX)).is_some());
        assert_eq!(words(&"字".repeat(WORD_MAX + 1)), None);
    }
}
