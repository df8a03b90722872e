//! What the page's source must not contain.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::Path;

fn demand(folder: &Path, without: &[&str]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            demand(&path, without);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for word in without {
            assert!(!source.contains(word), "{word} in {}", path.display());
        }
    }
}

#[test]
fn text_from_a_person_never_becomes_markup() {
    let markup =
        ["inner_html", "outer_html", "insert_adjacent", "from_html_unchecked", "document.write", "VRaw"];
    demand(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &markup);
}

#[test]
fn what_decides_knows_no_browser() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let browser = ["web_sys", "js_sys", "wasm_bindgen", "gloo"];
    demand(&source.join("chat"), &browser);
    demand(&source.join("outbox"), &browser);
    for file in [
        "chat.rs",
        "link.rs",
        "outbox.rs",
        "ime.rs",
        "rows.rs",
        "rows/message.rs",
        "links.rs",
        "window.rs",
        "clock.rs",
        "search.rs",
        "text.rs",
        "mention.rs",
        "place.rs",
        "making.rs",
    ] {
        let text = fs::read_to_string(source.join(file)).unwrap();
        assert!(!browser.iter().any(|word| text.contains(word)), "{file} knows the browser");
    }
}

#[test]
fn the_card_before_the_program_has_the_page_s_words() {
    use frontend::text::{Lang, Word};
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../index.html")).unwrap();
    let words = [
        Word::Heading,
        Word::Subtitle,
        Word::NameLabel,
        Word::NamePlaceholder,
        Word::NameHint,
        Word::Connect,
        Word::Disconnect,
    ];
    for word in words {
        assert!(page.contains(word.say(Lang::Zh)), "{word:?}");
    }
}
