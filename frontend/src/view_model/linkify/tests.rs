use super::*;

fn links_in(text: &str) -> Vec<String> {
    let (mut whole, mut links) = (String::new(), Vec::new());
    for piece in pieces(text) {
        match piece {
            Piece::Text(part) => whole.push_str(part),
            Piece::Link(link) => {
                whole.push_str(link.text);
                links.push(link.href());
            }
        }
    }
    assert_eq!(whole, text, "the pieces are not the text");
    links
}

const NONE: [&str; 0] = [];

#[test]
fn chinese_characters_belong_to_path_and_query() {
    for link in [
        "https://zh.wikipedia.org/wiki/中国",
        "https://zh.wikipedia.org/wiki/约翰·史密斯_(演员)",
        "https://a.cn/搜索?词=对聊&页=2#第二节",
        "https://a.cn/一/x",
        "https://a.cn/𠮷野家/々",
    ] {
        assert_eq!(links_in(link), [link]);
        assert_eq!(links_in(&format!("看{link}，很好")), [link]);
        assert_eq!(links_in(&format!("（{link}）。")), [link]);
    }
}

#[test]
fn chinese_punctuation_and_full_width_forms_end_a_link() {
    for end in
        "。，、！？；：）（】【》《」「』『”“’‘…—～　〈〉〔〕．｜＠Ａ１\u{202e}\u{2067}\u{200b}".chars()
    {
        let text = format!("https://a.cn/中{end}别的");
        assert_eq!(links_in(&text), ["https://a.cn/中"], "{end:?}");
        let text = format!("https://a.cn{end}别的");
        assert_eq!(links_in(&text), ["https://a.cn"], "{end:?}");
    }
    assert_eq!(links_in("（https://a.cn/x），或者《http://b.cn》"), ["https://a.cn/x", "http://b.cn"]);
    assert_eq!(links_in("地图在这里 https://example.com/map。别走错门。"), ["https://example.com/map"]);
}

#[test]
fn hosts_may_be_chinese() {
    for link in
        ["https://聊天.中国/x", "http://例子.公司", "https://www.聊天.中国:8080/路", "https://a聊天.b.cn/x"]
    {
        assert_eq!(links_in(link), [link]);
        assert_eq!(links_in(&format!("打开{link}。")), [link]);
    }
    for text in
        ["https://是什么", "https://聊天。中国", "https://.中国/x", "https://-聊天.中国", "https://。"]
    {
        assert_eq!(links_in(text), NONE, "{text}");
    }
}

#[test]
fn a_host_ends_where_chinese_follows_its_top_level_domain() {
    for (text, link) in [
        ("我的网站https://a.cn是新的", "https://a.cn"),
        ("https://a.cn:8080端口", "https://a.cn:8080"),
        ("http://127.0.0.1本机", "http://127.0.0.1"),
        ("http://localhost本机", "http://localhost"),
        ("www.a.cn官网", "http://www.a.cn"),
        ("https://聊天.中国abc", "https://聊天.中国"),
    ] {
        assert_eq!(links_in(text), [link], "{text}");
    }
}

#[test]
fn full_stop_or_dash_behind_a_host_ends_it() {
    for (text, link) in [
        ("(https://a.cn.)", "https://a.cn"),
        ("\"https://a.cn.\"", "https://a.cn"),
        ("(https://聊天.中国.)", "https://聊天.中国"),
        ("(www.a.cn.)", "http://www.a.cn"),
        ("https://a.cn...", "https://a.cn"),
        ("https://a.cn-官网", "https://a.cn"),
        ("www.a.cn-官网", "http://www.a.cn"),
        ("https://聊天.中国-官网", "https://聊天.中国"),
        ("https://a.cn:8080.", "https://a.cn:8080"),
        ("name@a.cn-官网", "mailto:name@a.cn"),
        ("(name@a.cn.)", "mailto:name@a.cn"),
    ] {
        assert_eq!(links_in(text), [link], "{text}");
    }
}

#[test]
fn list_number_or_dash_may_stand_before_a_scheme() {
    assert_eq!(links_in("1.https://a.cn/x"), ["https://a.cn/x"]);
    assert_eq!(links_in("-https://a.cn"), ["https://a.cn"]);
    for text in ["1.www.a.cn", "-www.a.cn", "1https://a.cn", "a/https://a.cn"] {
        assert_eq!(links_in(text), NONE, "{text}");
    }
}

#[test]
fn email_behind_chinese_text_costs_no_link() {
    assert_eq!(links_in("官网https://a.cn邮箱name@a.cn"), ["https://a.cn", "mailto:name@a.cn"]);
    assert_eq!(links_in("www.a.cn:80邮箱name@a.cn"), ["http://www.a.cn:80", "mailto:name@a.cn"]);
    for text in ["https://银行.中国@evil.cn", "https://银行.中国name@evil.cn", "https://a.cn@evil.cn官网"]
    {
        assert_eq!(links_in(text), NONE, "{text}");
    }
}

#[test]
fn ipv6_addresses_are_hosts() {
    for link in ["http://[::1]:8080/x", "http://[2001:db8::1]", "https://[::ffff:1.2.3.4]/路"] {
        assert_eq!(links_in(link), [link]);
        assert_eq!(links_in(&format!("（{link}）")), [link]);
    }
    for text in ["http://[]", "http://[x::1]/", "http://[::1", "http://[a]:80/", "http://[::1]@evil.cn"] {
        assert_eq!(links_in(text), NONE, "{text}");
    }
}

#[test]
fn www_and_email_addresses_are_links() {
    for (text, link) in [
        ("www.a.cn", "http://www.a.cn"),
        ("见WWW.A.CN/路?x=1。", "http://WWW.A.CN/路?x=1"),
        ("name@a.cn", "mailto:name@a.cn"),
        ("请发zhang.san+a@mail.example.cn，谢谢", "mailto:zhang.san+a@mail.example.cn"),
        ("邮箱:name@a.cn是我的", "mailto:name@a.cn"),
        ("(name@a.cn)", "mailto:name@a.cn"),
        ("mailto:name@a.cn.", "mailto:name@a.cn"),
    ] {
        assert_eq!(links_in(text), [link], "{text}");
    }
    for text in
        ["a.cn", "www.", "www.cn", "wwwa.b.cn", "见awww.a.cn", "@李四", "name@", "@a.cn", "name@localhost"]
    {
        assert_eq!(links_in(text), NONE, "{text}");
    }
    for text in ["@name@a.cn", "name@a.cn@b.cn", "ftp://name@a.cn/x"] {
        assert_eq!(links_in(text), NONE, "{text}");
    }
    let both = links_in("https://a.cn/x b@c.cn,www.d.cn");
    assert_eq!(both, ["https://a.cn/x", "mailto:b@c.cn", "http://www.d.cn"]);
}

#[test]
fn ascii_punctuation_and_unbalanced_brackets_end_a_link() {
    for (text, link) in [
        ("https://a.cn/x?y=1&z=%E5%BC%A0#t", "https://a.cn/x?y=1&z=%E5%BC%A0#t"),
        ("https://a.cn#top", "https://a.cn#top"),
        ("https://a.cn?x=1!", "https://a.cn?x=1"),
        ("见 https://a.cn/w_(x).", "https://a.cn/w_(x)"),
        ("(https://a.cn/x)", "https://a.cn/x"),
        ("(https://a.cn)", "https://a.cn"),
        ("https://a.cn, b", "https://a.cn"),
        ("\"https://a.cn/x\"", "https://a.cn/x"),
        ("HTTPS://A.CN:8080/", "HTTPS://A.CN:8080/"),
        ("第一行\nhttp://127.0.0.1:8082/r/x\n第三行", "http://127.0.0.1:8082/r/x"),
        (r"https://a.cn\b", "https://a.cn"),
    ] {
        assert_eq!(links_in(text), [link], "{text}");
    }
}

#[test]
fn other_schemes_are_not_links() {
    for text in [
        "javascript://a.cn/%0aalert(1)",
        "javascript:alert(1)",
        "ftp://a.cn/x",
        "xhttps://a.cn",
        "data:text/html,<b>",
        "http://",
        "file:///etc/passwd",
        "://",
        "http:/a.cn",
    ] {
        assert_eq!(links_in(text), NONE, "{text}");
    }
}

#[test]
fn a_user_name_in_front_of_the_host_makes_no_link() {
    for text in [
        "https://bank@evil.example/",
        "https://bank.cn:pw@evil.example/x",
        "https://银行.中国@evil.example",
        "www.bank.cn@evil.example",
        "https://bank.cn,@evil.example/https://a.cn",
    ] {
        assert_eq!(links_in(text), NONE, "{text}");
    }
}

#[test]
fn seat_links_are_not_links() {
    let token = "A".repeat(42) + "-";
    let room = "2VfUX8nXyZ5pKqT7mWbcRd";
    for text in [
        format!("https://chat.example.com/r/{room}#t={token}&n=王五"),
        format!("http://evil.example/r/{room}#t={token}"),
        format!("https://chat.example.com/r/{room}#t=x"),
        format!("HTTPS://聊天.中国/r/{room}#t={token}"),
        format!("www.a.cn/r/{room}#t={token}"),
        format!("https://chat.example.com/#t={token}"),
        format!("https://chat.example.com#t={token}&n=%E7%8E%8B"),
        format!("https://chat.example.com/base/r/{room}?x#t={token}"),
        "https://chat.example.com/#p=ABCDE-FGHJK".to_owned(),
        "http://聊天.中国/#p=abcdefghjk".to_owned(),
    ] {
        assert_eq!(links_in(&text), NONE, "{text}");
        assert_eq!(links_in(&format!("点{text} 进来")), NONE, "{text}");
    }
    for link in [format!("https://chat.example.com/r/{room}"), "https://v.example/x#t=90".to_owned()] {
        assert_eq!(links_in(&link), [link.as_str()]);
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_concatenated_give_back_the_text(text in any::<String>()) {
            links_in(&text);
        }

        #[test]
        fn links_are_safe_whatever_surrounds_their_parts(
            parts in proptest::collection::vec(
                prop::sample::select(vec![
                    "https://", "HTTP://", "www.", "@", "a.cn", "聊天.中国", "/", "/r/x", "#t=", "#", "?q=", "你好",
                    "，", "(", ")", ".", ":80", " ", "\u{202e}", "é", "-", "😀", "\\",
                ]),
                0..12,
            ),
        ) {
            for href in links_in(&parts.concat()) {
                let rest = href.split_once(':').map(|(_, rest)| rest.trim_start_matches('/')).unwrap();
                let authority = rest.split(['/', '?', '#', '\\']).next().unwrap();
                prop_assert!(href.starts_with("mailto:") || !authority.contains('@'), "{href}");
                let seat = href.split_once('#').filter(|(_, fragment)| fragment.starts_with("t="));
                let is_seat = seat.is_some_and(|(path, _)| path.contains("/r/"));
                prop_assert!(!is_seat, "{href}");
                prop_assert!(!href.contains(ends_link), "{href}");
            }
        }
    }
}
