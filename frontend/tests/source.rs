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
fn pure_modules_import_no_browser() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let browser = ["web_sys", "js_sys", "wasm_bindgen", "gloo"];
    for folder in ["state", "view_model"] {
        demand(&source.join(folder), &browser);
    }
    for file in [
        "state.rs",
        "ime.rs",
        "overlay_stack.rs",
        "datetime.rs",
        "i18n.rs",
        "routes.rs",
        "virtual_list/visible_range.rs",
        "virtual_list/scroll_anchor.rs",
        "virtual_list/heights.rs",
        "virtual_list/controller.rs",
    ] {
        let text = fs::read_to_string(source.join(file)).unwrap();
        assert!(!browser.iter().any(|word| text.contains(word)), "{file} imports the browser");
    }
}

#[test]
fn the_card_before_the_program_has_the_page_s_words() {
    use frontend::i18n::{Lang, Msg};
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../index.html")).unwrap();
    let words = [
        Msg::Heading,
        Msg::Subtitle,
        Msg::NameLabel,
        Msg::NamePlaceholder,
        Msg::NameHint,
        Msg::Connect,
        Msg::Disconnect,
        Msg::JoinUnknown,
        Msg::Enter,
    ];
    for word in words {
        for lang in [Lang::Zh, Lang::En] {
            assert!(page.contains(word.say(lang)), "{word:?}");
        }
    }
}
