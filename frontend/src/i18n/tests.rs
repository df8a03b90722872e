use super::*;

#[test]
fn every_word_exists_in_both_languages_with_the_same_blanks() {
    for word in Msg::ALL {
        let (zh, en) = (word.say(Lang::Zh), word.say(Lang::En));
        assert!(!zh.trim().is_empty() && !en.trim().is_empty() && zh != en, "{word:?}");
        assert_eq!(zh.matches("{}").count(), en.matches("{}").count(), "{word:?}");
    }
    for lang in [Lang::Zh, Lang::En] {
        assert_eq!(Msg::Weekdays.say(lang).split(' ').count(), 7);
        assert_eq!(Msg::Months.say(lang).split(' ').count(), 12);
    }
}

#[test]
fn every_refusal_has_its_own_sentence() {
    for lang in [Lang::Zh, Lang::En] {
        let sentences: std::collections::BTreeSet<_> =
            Code::ALL.iter().map(|code| Msg::refusal(*code).say(lang)).collect();
        assert_eq!(sentences.len(), Code::ALL.len());
    }
}

#[test]
fn ban_is_told_otherwise_than_a_removal() {
    assert_eq!(Msg::refusal(Code::Removed).say(Lang::Zh), "房主已禁止你再加入");
    assert_eq!(Msg::bye(ByeCode::Removed).say(Lang::Zh), "你已被移出房间，可以去别的房间聊");
}

#[test]
fn one_thing_has_one_word() {
    for word in Msg::ALL {
        let zh = word.say(Lang::Zh);
        for other in ["请出", "座位", "再试", "没有发", "新人"] {
            assert!(!zh.contains(other), "{word:?} says {other}");
        }
    }
}

#[test]
fn chinese_one_line_refusals_have_no_full_stop() {
    for code in Code::ALL {
        assert!(!Msg::refusal(code).say(Lang::Zh).ends_with('。'), "{code:?}");
    }
}

#[test]
fn the_words_of_the_demo_are_kept() {
    assert_eq!(Msg::Welcome.fill(Lang::Zh, &["张三"]), "欢迎你张三");
    assert_eq!(Msg::CameOnline.fill(Lang::Zh, &["李四"]), "李四在线啦，你们可以聊天啦");
    assert_eq!(Msg::LeftRoom.fill(Lang::Zh, &["李四"]), "李四断开了连接");
    assert_eq!(Msg::LobbySeats.fill(Lang::Zh, &["1", "2"]), "大厅 · 双人聊天 · 已加入 1/2");
}

#[test]
fn what_is_filled_in_is_never_read_as_a_blank() {
    assert_eq!(Msg::Members.fill(Lang::Zh, &["{}", "2"]), "房间成员 {}/2");
}

#[test]
fn the_language_is_the_one_the_browser_prefers() {
    assert_eq!(Lang::choose(["zh-TW", "en"]), Lang::Zh);
    assert_eq!(Lang::choose(["ZH"]), Lang::Zh);
    assert_eq!(Lang::choose(["de", "zh"]), Lang::En);
    assert_eq!(Lang::choose([]), Lang::Zh);
}
