//! Which names count as the same.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod world;

use std::collections::HashSet;

use backend::names::fold;
use backend::room::proposal::{Answer, Settings, Wish};
use backend::room::state::RoomState;
use proptest::prelude::*;
use shared::{Code, NameRule};
use world::{epoch, join_wish, propose, refusal};

/// Pairs of single characters.
const LOOK_ALIKE: &str = "
    未末 己已 已巳 己巳 曰日 王玉 王壬 土士 千干 干于 人入 大太 太犬 天夭 由甲 甲申 刀力 九丸 午牛 戊戌 戌戍 戍成 夫失 失矢
    子孑 孑孓 卅川 囗口 几凡 又叉 叉义 厂广 石右 毛手 令今 代伐 史吏 任仕 辛幸 历厉 旦且 毋母 乌鸟 烏鳥 鸣呜 鳴嗚 贝见 貝見
    风凤 風鳳 帅师 帥師 仑仓 沦沧 伦伧 兔免 卯卵 兵乒 乒乓 延廷 享亨 栗粟 崇祟 毫亳 豪毫 茶荼 余佘 苟荀 薛薜 嬴赢 赢羸 竞竟
    字宇 孟盂 刺剌 陈阵 陳陣 庆厌 侯候 佳隹 奏秦 微徽 闫闰 慕幕 玟玫 折拆 折析 札扎 杨扬 楊揚 柏拍 桂挂 杭抗 朴扑 治冶 冷泠
    洗冼 准淮 沈沉 洒酒 汩汨 凌淩 晴睛 瞳曈 福褔 褚禇 萧箫 管菅 薄簿 蓝篮 傅博 怡恰 暖暧 颖颍 理埋 沫沬 沫洙 冉再 奕弈 钧钓
    国囯 明眀 熙煕 高髙 姬姫 增増 青靑 德徳 黑黒 真眞 吴呉 值値
    曾曽 曹曺 清淸 柳栁 苗苖 程桯 本夲 严厳 关関 钱銭 龙尤 租柤 科枓 亍于 庞厐 谭潭 邢刑";
const SIMPLIFIED: &str = "
    发發 发髮 后後 里裡 里裏 干乾 干幹 台臺 台檯 台颱 面麵 余餘 余馀 张張 陈陳 刘劉 杨楊 赵趙 黄黃 吴吳 孙孫 马馬 罗羅 郑鄭
    谢謝 许許 邓鄧 韩韓 冯馮 萧蕭 叶葉 苏蘇 钟鐘 钟鍾 锺鍾 万萬 龙龍 国國 丽麗 华華 伟偉 强強 军軍 义義 庆慶 云雲 飞飛 兰蘭
    凤鳳 宝寶 晓曉 娇嬌 静靜 峰峯 群羣 启啟 启啓 卫衛 卫衞 升昇 杰傑 哗譁 征徵 历曆 历歷 复復 复複 了瞭 只隻 系係 系繫 志誌 衛衞 衆眾 說説 着著 溫温";
const RADICALS: &str = "
    ⼀一 ⼆二 ⼈人 ⼉儿 ⼊入 ⼋八 ⼑刀 ⼒力 ⼗十 ⼝口 ⼟土 ⼠士 ⼤大 ⼥女 ⼦子 ⼩小 ⼭山 ⼯工 ⼰己 ⼼心 ⼿手 ⽂文 ⽅方 ⽇日 ⽈曰
    ⽉月 ⽊木 ⽔水 ⽕火 ⽟玉 ⽣生 ⽥田 ⽩白 ⽯石 ⾦金 ⾧长 ⾬雨 ⿓龙 ⺩王 ⻁虎 ⻄西 ⻘青 ⻢马 ⻰龙";
const COMPATIBILITY: &str = "
    \u{f900}豈 \u{f901}更 \u{f902}車 \u{f903}賈 \u{f909}契 \u{f90a}金 \u{f914}樂 \u{f928}廊 \u{f929}朗 \u{f936}虜 \u{f937}路 \u{f93d}綠
    \u{f965}便 \u{f967}不 \u{f97a}梁 \u{f981}女 \u{f9a1}說 \u{f9d1}六 \u{f9dd}利 \u{f9e1}李 \u{f9f4}林 \u{fa12}晴 \u{fa19}神 \u{fa1a}祥
    \u{fa1b}福 \u{fa1c}靖 \u{fa1d}精 \u{2f800}丽 \u{2f82d}卑 \u{2f8d8}朗 𠮷吉 ㊎金 ㊚男 ㊋火";
/// Pairs of names.
const HIDDEN: &[(&str, &str)] = &[
    ("张三", " 张三\u{3000}"),
    ("张三", "张\u{200b}三"),
    ("张三", "张\u{200c}三"),
    ("张三", "\u{200d}张三"),
    ("张三", "张三\u{2060}"),
    ("张三", "\u{feff}张三"),
    ("张三", "张\u{ad}三"),
    ("张三", "张\u{34f}三"),
    ("张三", "张\u{3164}三"),
    ("张三", "张三\u{e0041}"),
    ("张三", "\u{202e}张三"),
    ("张三", "张\u{202d}三\u{202c}"),
    ("张三", "\u{2066}张三\u{2069}"),
    ("张三", "张\u{2067}三"),
    ("张三", "张三\u{200e}"),
    ("张三", "张\u{200f}三"),
    ("张三", "张\u{61c}三"),
    ("张三", "张\u{fe00}三"),
    ("张三", "张三\u{fe0f}"),
    ("张三", "张\u{e0100}三"),
    ("张三", "张三\u{e01ef}"),
    ("张三", "張\u{200b}三\u{200b} "),
    ("张a", "张ａ"),
    ("张a", "张Ａ"),
    ("张a", "张A"),
    ("张7", "张７"),
    ("张·三", "张\u{387}三"),
    ("阿ー", "阿ｰ"),
    ("李ガ", "李ｶﾞ"),
    ("李é", "李e\u{301}"),
    ("李ẖ", "李H\u{331}"),
    ("欧阳末", "歐陽\u{200b}未"),
];

/// Pairs of names.
const APART: &[(&str, &str)] = &[
    ("张三", "李四"),
    ("王伟", "王玮"),
    ("王伟", "王炜"),
    ("陈静", "陈婧"),
    ("陈静", "陈靖"),
    ("陈婧", "陈靖"),
    ("李伟", "季伟"),
    ("李思", "李恩"),
    ("李雪", "李雷"),
    ("吴天", "昊天"),
    ("方伟", "万伟"),
    ("田伟", "申伟"),
    ("张林", "张琳"),
    ("张琳", "张淋"),
    ("张倩", "张清"),
    ("刘洋", "刘阳"),
    ("刘洋", "刘祥"),
    ("李娜", "李那"),
    ("王芳", "王方"),
    ("王莹", "王萤"),
    ("王磊", "王雷"),
    ("王玉", "王主"),
    ("李军", "李君"),
    ("李明", "李朋"),
    ("李俊", "李峻"),
    ("陈建", "陈健"),
    ("陈红", "陈虹"),
    ("陈涛", "陈海"),
    ("杨帆", "杨凡"),
    ("杨洁", "杨浩"),
    ("赵敏", "赵梅"),
    ("黄海", "黄梅"),
    ("周杰", "周洁"),
    ("周一", "周二"),
    ("周二", "周三"),
    ("徐丽", "徐莉"),
    ("孙悦", "孙月"),
    ("孙小", "孙少"),
    ("马超", "马越"),
    ("朱德", "宋德"),
    ("胡歌", "胡哥"),
    ("林木", "林本"),
    ("林森", "森林"),
    ("何佳", "何住"),
    ("何佳", "何嘉"),
    ("高山", "高川"),
    ("郭亮", "郭高"),
    ("罗文", "罗汶"),
    ("谢婷", "谢停"),
    ("韩梅", "韩莓"),
    ("曹操", "曾操"),
    ("江河", "汪河"),
    ("程琪", "程琦"),
    ("程琪", "程淇"),
    ("邢云", "那云"),
    ("祁云", "邢云"),
    ("欧阳静", "欧阳婧"),
    ("宫平", "宫干"),
    ("王哲", "王喆"),
    ("王勇", "汪勇"),
    ("张勇", "章勇"),
    ("刘勇", "留勇"),
    ("陈勇", "程勇"),
    ("林勇", "木勇"),
    ("连勇", "联勇"),
    ("方勇", "房勇"),
    ("余勇", "徐勇"),
    ("王芸", "王艺"),
    ("王予", "王豫"),
    ("王元", "王无"),
    ("张坤", "张堃"),
    ("张三", "张三三"),
    ("张三", "三张"),
];

/// The hundred most frequent surnames of China (2020, Ministry of Public Security).
const SURNAMES: &str = "
    王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖
    石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常";

/// What zero-width, bidirectional and variation characters there are.
const IGNORABLE: &str = "[\u{ad}\u{34f}\u{61c}\u{200b}-\u{200f}\u{202a}-\u{202e}\
    \u{2060}-\u{206f}\u{fe00}-\u{fe0f}\u{feff}\u{e0100}-\u{e01ef}]{1,3}";

/// Letters and marks that join, half-width kana, Korean letters; and what stands between them.
const COMPOSING: &str = "[ A-Za-z\u{c0}-\u{17f}\u{300}-\u{345}\u{1100}-\u{11ff}\u{1f00}-\u{1fff}\
    \u{2e80}-\u{2fdf}\u{3040}-\u{30ff}\u{ff61}-\u{ffdc}\u{200b}一今长]{0,8}";

fn pairs(table: &'static str) -> impl Iterator<Item = (String, String)> {
    table.split_whitespace().map(|pair| {
        let (one, other) = pair.split_at(pair.chars().next().unwrap().len_utf8());
        assert_eq!(other.chars().count(), 1, "{pair}");
        (format!("张{one}"), format!("张{other}"))
    })
}

fn folded(typed: &str) -> String {
    serde_json::from_value(serde_json::to_value(fold(typed)).unwrap()).unwrap()
}

#[test]
fn names_that_are_taken_for_one_another_fold_alike() {
    let tables = [LOOK_ALIKE, SIMPLIFIED, RADICALS, COMPATIBILITY];
    let hidden = HIDDEN.iter().map(|(one, other)| (String::from(*one), String::from(*other)));
    let all: Vec<_> = tables.into_iter().flat_map(pairs).chain(hidden).collect();
    assert!(all.len() >= 200);
    for (one, other) in &all {
        assert_ne!(one, other);
        assert_eq!(fold(one), fold(other), "{one} {other}");
    }
}

/// Pairs that other people or other data than the table's call alike (`lookalikes`).
fn fixtures() -> impl Iterator<Item = (String, String)> {
    let text = [include_str!("lookalikes/by_hand.txt"), include_str!("lookalikes/serif.txt")];
    text.into_iter().flat_map(|text| text.lines().filter(|line| !line.starts_with('#'))).flat_map(pairs)
}

#[test]
fn pairs_from_independent_sources_fold_alike() {
    let all: Vec<_> = fixtures().collect();
    assert!(all.len() >= 600, "{}", all.len());
    let apart: Vec<_> = all.iter().filter(|(one, other)| fold(one) != fold(other)).collect();
    assert!(apart.is_empty(), "{} of {}: {apart:?}", apart.len(), all.len());
}

#[test]
fn the_hundred_most_frequent_surnames_stay_apart() {
    let surnames: Vec<_> = SURNAMES.chars().filter(|c| !c.is_whitespace()).collect();
    assert_eq!(surnames.len(), 100);
    let folded: HashSet<_> = surnames.iter().map(|c| folded(&c.to_string())).collect();
    assert_eq!(folded.len(), 100);
}

/// A room of this rule in which `first` sits, if it may; how somebody else under `second` fares.
fn second(rule: NameRule, first: &str, second: &str) -> Option<Code> {
    let mut state = RoomState::default();
    let settings = Settings { capacity: 9, names: rule, ..Settings::lobby(epoch(0), 1) };
    propose(&mut state, 0, Wish::Open(settings));
    let seated = propose(&mut state, 1, join_wish(first, 1));
    matches!(seated.answer, Some(Answer::Seated { .. }))
        .then(|| refusal(&propose(&mut state, 2, join_wish(second, 2))))
}

#[test]
fn under_both_rules_nobody_sits_beside_whom_they_look_like() {
    let tables = [LOOK_ALIKE, SIMPLIFIED, RADICALS, COMPATIBILITY];
    let hidden = HIDDEN.iter().map(|(one, other)| (String::from(*one), String::from(*other)));
    let all: Vec<_> = tables.into_iter().flat_map(pairs).chain(hidden).collect();
    for rule in [NameRule::Common, NameRule::Han] {
        let mut taken = 0;
        for (one, other) in &all {
            for (first, then) in [(one, other), (other, one)] {
                match second(rule, first, then) {
                    Some(Code::NameTaken) => taken += 1,
                    Some(Code::BadName) | None => {}
                    other => panic!("{rule:?}: {first} {then}: {other:?}"),
                }
            }
        }
        // Each pair both ways round; the rest has characters that neither rule knows.
        assert!(taken >= 400, "{rule:?}: {taken}");
    }
    assert_eq!(second(NameRule::Common, "张吉", "张𠮷"), Some(Code::BadName));
    assert_eq!(second(NameRule::Han, "张吉", "张𠮷"), Some(Code::NameTaken));
}

#[test]
fn names_that_people_are_called_by_stay_apart() {
    for (one, other) in APART {
        assert_ne!(fold(one), fold(other), "{one} {other}");
    }
}

#[test]
fn every_character_that_stands_for_others_stands_for_itself() {
    for c in ('\0'..='\u{9fff}').chain('\u{f900}'..='\u{ffef}').chain('\u{20000}'..='\u{2ffff}') {
        let once = folded(&c.to_string());
        assert_eq!(folded(&once), once, "{c:?}");
    }
}

/// If this fails, folding has changed, and with it the rules: nodes of a cluster would decide differently. Take the next number
/// for `RULES`, and then the new digest.
#[test]
fn tables_change_only_with_the_number_of_the_rules() {
    let names: String = ('\u{4e00}'..='\u{9fa5}').map(|c| folded(&c.to_string())).collect();
    let digest = blake3::hash(names.as_bytes()).to_hex();
    assert_eq!(digest.as_str(), "edb36ba98fb305b3ee0b47df329b692d884f9ec34c8959b9fab286e0398fbac4");
}

#[test]
fn folding_is_pure() {
    let sources = [include_str!("../src/names/variants.rs"), include_str!("../src/names/confusables.rs")];
    for impure in ["std::time", "rand::", "std::fs", "std::env"] {
        assert!(!sources.iter().any(|source| source.contains(impure)), "{impure} in folding");
    }
}

proptest! {
    #[test]
    fn folding_what_is_folded_changes_nothing(typed in prop_oneof![any::<String>(), COMPOSING]) {
        let once = folded(&typed);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn a_name_folds_character_by_character(typed in "[\u{4e00}-\u{9fa5}]{2,10}") {
        let name = NameRule::Common.parse(&typed).unwrap();
        let apart: Vec<_> = name.as_str().chars().map(|c| folded(&c.to_string())).collect();
        prop_assert!(apart.iter().all(|folded| folded.chars().count() == 1));
        prop_assert_eq!(apart.concat(), folded(name.as_str()));
    }

    #[test]
    fn what_shows_nothing_counts_for_nothing(
        one in "[\u{4e00}-\u{9fa5}]{1,5}",
        hidden in IGNORABLE,
        other in "[\u{4e00}-\u{9fa5}]{1,5}",
    ) {
        prop_assert_eq!(fold(&format!("{one}{hidden}{other}")), fold(&format!("{one}{other}")));
    }
}

#[test]
fn nobody_takes_a_name_that_speaks_for_the_room() {
    let mut room = RoomState::default();
    propose(&mut room, 1, Wish::Open(Settings::lobby(epoch(1), 1)));
    for name in ["房主", "系统通知", "系統通知", "管理员", "管理員", "客服"] {
        assert_eq!(refusal(&propose(&mut room, 2, join_wish(name, 1))), Code::BadName, "{name}");
        assert!(NameRule::Common.parse(name).is_ok(), "who had the name before keeps it");
    }
    assert!(NameRule::Common.check("系统").is_err() && NameRule::Common.check("管理").is_ok());
    assert!(propose(&mut room, 2, join_wish("方主", 1)).record.is_some());
}
