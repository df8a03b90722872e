use shared::{History, MessageId, NameRule, Names, Text};

use super::*;

fn about(capacity: u32) -> About {
    About {
        duiliao_export: 1,
        at: Millis(0),
        title: None,
        capacity,
        history: History::All,
        names: NameRule::Common,
        host: MemberId(1),
        first: Seq(1),
        last: Seq(9),
    }
}

fn id() -> MessageId {
    MessageId::new(Millis(0), &[0; 10])
}

fn said(by: u32, text: &str, reply_to: Option<u64>) -> Fact {
    let (by, text, reply_to) = (MemberId(by), Text::parse(text).unwrap(), reply_to.map(Seq));
    Fact::Said { by, id: id(), text, reply_to, edited: None }
}

fn joined(member: u32, name: &str) -> Fact {
    Fact::Joined { member: MemberId(member), name: NameRule::Common.parse(name).unwrap(), host: member == 1 }
}

/// The page of these events: their numbers begin at 2, and each comes a second after the one before.
fn page(capacity: u32, facts: &[Fact], quoted: &[(u64, Fact)]) -> String {
    let mut html = Html::new(&about(capacity), Names::new());
    let quoted = quoted.iter().map(|(seq, fact)| (Seq(*seq), fact.clone())).collect();
    let mut page = String::new();
    for (seq, fact) in (2..).zip(facts) {
        let at = Millis(1_795_400_007_000 + seq * 1_000);
        html.event(&Event { seq: Seq(seq), at, fact: fact.clone() }, &quoted, &mut page);
    }
    page + &html.tail()
}

#[test]
fn text_from_a_person_is_text_in_an_export() {
    let nasty = "<img src=x onerror=alert(1)> & \"引号\"";
    let page = page(3, &[said(2, nasty, None), said(3, "答", Some(2))], &[(2, said(2, nasty, None))]);
    assert_eq!(page.matches("&lt;img src=x onerror=alert(1)&gt; &amp; ").count(), 2, "{page}");
    assert!(!page.contains("<img") && page.contains("id=\"m2\""), "{page}");
    assert!(page.contains("2026年11月23日 周一") && page.contains("T10:13:29+08:00"), "{page}");
}

#[test]
fn each_author_has_a_name_the_host_too() {
    let page =
        page(3, &[joined(1, "张三"), joined(2, "李四"), said(1, "我", None), said(2, "你", None)], &[]);
    assert!(
        page.contains("<span class=\"who\">张三</span>") && page.contains("<span class=\"who\">李四</span>")
    );
}

#[test]
fn a_reply_tells_whom_and_what_it_answers() {
    let long = format!("第一行\n第二行{}", "长".repeat(80));
    let recalled = Fact::Gone {
        by: MemberId(2),
        id: id(),
        of: GoneKind::Said,
        why: GoneWhy::Recalled,
        recalled_by: None,
    };
    let facts =
        [joined(2, "李四"), said(3, "答一", Some(7)), said(3, "答二", Some(8)), said(3, "答三", Some(9))];
    let page = page(3, &facts, &[(7, said(2, &long, None)), (8, recalled)]);
    let cut = format!("回复李四：<bdi>第一行 第二行{}…</bdi></a>", "长".repeat(QUOTE_MAX - 7));
    for quote in [cut.as_str(), "回复李四：消息已撤回</a>", "href=\"#m9\">回复</a>"] {
        assert!(page.contains(quote), "{quote}: {page}");
    }
}

#[test]
fn a_quote_is_cut_between_emoji() {
    let text = format!("{}👨‍👩‍👧\u{202e}", "长".repeat(QUOTE_MAX - 1));
    let page = page(3, &[joined(2, "李四"), said(3, "答", Some(7))], &[(7, said(2, &text, None))]);
    let cut = format!("回复李四：<bdi>{}…</bdi></a>", "长".repeat(QUOTE_MAX - 1));
    assert!(page.contains(&cut), "{page}");
}

#[test]
fn joins_and_leaves_are_folded_up_to_the_next_row() {
    let names = ["张三", "李四", "王五", "赵六", "孙七"];
    let mut facts: Vec<_> = (1..).zip(names).map(|(member, name)| joined(member, name)).collect();
    facts.push(said(1, "到齐了", None));
    facts.push(Fact::Left { member: MemberId(5), why: LeftWhy::Asked });
    facts.push(Fact::Left { member: MemberId(4), why: LeftWhy::Removed });
    facts.push(Fact::Left { member: MemberId(3), why: LeftWhy::Away });
    let page = page(9, &facts, &[]);
    let lines: Vec<_> = page.lines().filter(|line| line.contains("class=\"note\"")).collect();
    let expected = ["张三、李四等 5 人加入了房间", "孙七离开了房间", "赵六已被移出房间", "王五离开了房间"];
    assert_eq!(lines.len(), expected.len(), "{page}");
    for (line, words) in lines.iter().zip(expected) {
        assert!(line.contains(words), "{line}");
    }
}

#[test]
fn what_the_host_did_is_told() {
    let (by, member) = (MemberId(1), MemberId(2));
    let gone = Fact::Gone {
        by: member,
        id: id(),
        of: GoneKind::Said,
        why: GoneWhy::Recalled,
        recalled_by: Some(by),
    };
    let set = Fact::Set { by, id: id(), title: Some("爬山".to_owned()), slow_s: Some(5) };
    let muted = |until| Fact::Muted { by, id: id(), member, until };
    let facts = [
        joined(1, "周建国"),
        joined(2, "刘大声"),
        gone,
        set,
        muted(Some(Millis(1_795_400_607_000))),
        muted(None),
        Fact::Unbanned { by, id: id(), member },
    ];
    let page = page(3, &facts, &[]);
    for line in [
        "周建国撤回了刘大声的一条消息",
        "房间改名为“爬山” · 已开启慢速模式（每 5 秒一条）",
        "刘大声已被禁言，至 2026年11月23日 周一 10:23",
        "刘大声已被解除禁言",
        "已允许刘大声重新加入",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
}
