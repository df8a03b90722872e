//! The first screen of `index.html` has the words that the program draws in its place.

#![cfg(not(target_arch = "wasm32"))]

use frontend::i18n::{Lang, Msg};

const PAGE: &str = include_str!("../../index.html");

#[test]
fn boot_card_has_the_words_of_the_join_card() {
    let words = [
        Msg::Heading,
        Msg::Subtitle,
        Msg::NameLabel,
        Msg::NamePlaceholder,
        Msg::NameHint,
        Msg::Connect,
        Msg::Disconnect,
    ];
    for word in words {
        let (zh, en) = (word.say(Lang::Zh), word.say(Lang::En));
        let element = PAGE.lines().find(|line| line.contains(&format!("data-en=\"{en}\"")));
        let element = element.unwrap_or_else(|| panic!("the boot card has no {en:?}"));
        assert!(element.contains(zh), "the boot card has {element:?} for {zh:?}");
    }
}
