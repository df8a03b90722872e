//! Our own table of look-alikes: ideographs that are mistaken for one another in a name of 14 to 16 px.
//!
//! A group differs by the length, slant or number of one stroke, by a dot, or by a small part drawn nearly alike (木
//! and 扌, 冫 and 氵, 礻 and 衤, 日 and 目). Two characters that many people are called by share a group only if they cannot
//! be told apart at a glance: 李 and 季, 思 and 恩, 雪 and 雷 do not, since a wide group keeps honest people out. A
//! simplified character stands for its traditional forms too.

/// The groups. No character is in two of them: where three look alike, they are one group.
pub(super) fn groups() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|line| line.split_whitespace())
}

const GROUPS: &[&str] = &[
    // One stroke longer, shorter, slanted, closed or more.
    "未末朱 己已巳 曰日 土士 千干于 人入 大太犬 天夭 王玉壬 由甲申甴曱 刀力 九丸 午牛",
    "戊戌戍成 夫失矢 子孑孓 卅川 囗口 几凡 又叉义 厂广 尸户 石右 毛手 令今 代伐 史吏",
    "任仕 辛幸 历厉 名各 旦且 无旡 毋母毌 乌鸟 鸣呜 贝见 风凤 帅师 仑仓 沦沧 伦伧",
    "兔免 卯卵 兵乒乓 延廷 享亨 栗粟 崇祟 毫亳豪 茶荼 余佘 苟荀 薛薜 嬴赢羸蠃臝",
    "哀衰衷 竞竟 爪瓜 字宇 孟盂 斤斥 刺剌 氏氐 采釆 束朿柬 陈阵 胃胄 卷券 育肓 庆厌",
    "侯候 佳隹 奏秦 敕敇 匡匤 商啇 微徽 灵炅 闫闰 慕暮幕墓募 梁粱 玟玫 班斑 木术",
    "威烕 冉再 良艮 西酉",
    // 木 and 扌.
    "折拆析柝 札扎 杨扬 柏拍 桂挂 楷揩 枝技 杭抗 朴扑 桃挑 棒捧 榆揄 梅挴 桐挏 楠揇",
    "模摸 檀擅",
    // 冫 and 氵, 日 and 目, 礻 and 衤, 艹 and 竹.
    "治冶 清凊 冷泠 洌冽 淞凇 洗冼 准淮 涂凃 沈沉 洒酒 汩汨 凌淩 晴睛 瞳曈 盼盻",
    "晌响 眩昡 福褔 褚禇 祺褀 裸祼 禅褝 祛袪 萧箫 管菅 薄簿 蓝篮 篷蓬 芊芋竽 荻获",
    "茵菌",
    // Some other small part.
    "傅博 优忧 怡恰 暖暧 媛嫒 瑗瑷 颖颍 晔哗 暄喧 理埋 沫沬洙 茉苿茱 喻隃 曜嚁 俞兪",
    "邗邘 贾贸 梓椊 妤好 奕弈 祎袆 钧钓 铭铬 彤肜 若苦 昊旲",
    // Another form of the same character, drawn nearly alike, that OpenCC and Unicode leave apart.
    "国囯囶圀 明眀 皙晳 畲畬 熙煕凞 摇揺 薰薫 屏屛 涅湼 高髙 妍姸 吞呑 倏倐 郎郞",
    "姬姫 增増 尚尙 往徃 研硏 榴橊 宽寛寬 回囬囘 尔尓尒 皋皐臯 青靑 寇宼冦 荔茘 焰焔",
    "潜濳 梨棃 庶庻 瓶甁 翱翺 鼓皷 告吿 满満 隐隠 趁趂 虚虗 值値 疏疎 婿壻 留畱",
    "雁鴈 裴裵 收収 德徳 劫刧 慎愼 槙槇 插揷 帮幇 宜冝 妙玅 每毎 昂昻 堙陻 敛歛",
    "迥逈 步歩 惠恵 真眞 勋勲 旷昿 黄黃 产産 彦彥 既旣 即卽 瘦痩 冰氷 珏玨 彝彞",
    "肇肈 丰豊 净浄 齐斉 斋斎 穏稳 頼赖 巢巣 强彊 因囙 晚晩 娱娯 黑黒 吴呉 单単",
    "圆圎",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::fold;
    use super::groups;

    #[test]
    fn a_character_is_in_one_group_only() {
        let mut seen = HashSet::new();
        for group in groups() {
            assert!(group.chars().count() > 1, "{group}");
            group.chars().for_each(|c| assert!(seen.insert(c), "{c} in {group} too"));
        }
    }

    #[test]
    fn a_group_folds_to_one_that_no_other_folds_to() {
        let mut seen = HashSet::new();
        for group in groups() {
            let folded: HashSet<_> = group.chars().map(|c| fold(c.encode_utf8(&mut [0; 4]))).collect();
            assert_eq!(folded.len(), 1, "{group}");
            folded.into_iter().for_each(|one| assert!(seen.insert(one), "{group} joins another"));
        }
    }
}
