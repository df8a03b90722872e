//! Who is meant by what follows an @: found by characters, by pinyin, and by its initials, in any mixture.
//!
//! Pure: how characters are said comes from outside.

use std::rc::Rc;

use shared::Readings;

/// Longest name looked for, in characters.
const QUERY_MAX: usize = 30;

/// Most people offered at once.
const OFFERED_MAX: usize = 8;

/// What somebody has typed behind an @, up to the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Where the @ is, in bytes.
    start: usize,
    /// Where the caret is, in bytes.
    end: usize,
    /// What stands between them.
    pub sought: String,
}

impl Query {
    /// What is sought where the caret is, counted as browsers do, in UTF-16 units. Before the @ may be anything.
    pub fn at(text: &str, caret: u32) -> Option<Self> {
        let end = byte_at(text, caret);
        let before = &text[..end];
        let (start, at) = before.char_indices().rev().find(|(_, c)| matches!(c, '@' | '＠'))?;
        let sought = &before[start + at.len_utf8()..];
        let name = |c: char| !c.is_whitespace() && !c.is_ascii_punctuation();
        let is_name = sought.chars().all(name) && sought.chars().count() <= QUERY_MAX;
        is_name.then(|| Self { start, end, sought: sought.to_owned() })
    }

    /// The text with this name in the place of what was typed, and where the caret is then.
    pub fn answered(&self, text: &str, name: &str) -> (String, u32) {
        let before = format!("{}@{name} ", &text[..self.start]);
        let caret = before.encode_utf16().count();
        let after = text[self.end..].strip_prefix(' ').unwrap_or(&text[self.end..]);
        (before + after, u32::try_from(caret).unwrap_or(u32::MAX))
    }
}

/// Who may be meant, those whose name begins with it first.
pub fn meant(people: &[Rc<str>], sought: &str, readings: &Readings) -> Vec<Rc<str>> {
    // Names are Chinese and their readings small letters: nothing else has two cases, and the table of what has is 11 KB.
    let sought = sought.to_ascii_lowercase();
    let begins = |name: &&Rc<str>| spelled(name, &sought, readings);
    let has =
        |name: &&Rc<str>| name.char_indices().skip(1).any(|(at, _)| spelled(&name[at..], &sought, readings));
    let (first, others): (Vec<_>, Vec<_>) = people.iter().partition(begins);
    first.into_iter().chain(others.into_iter().filter(has)).take(OFFERED_MAX).cloned().collect()
}

/// Whether `name` may be begun like this: each of its characters written as it is, or any beginning of a reading of it.
fn spelled(name: &str, sought: &str, readings: &Readings) -> bool {
    if sought.is_empty() {
        return true;
    }
    let mut rest = name.chars();
    let Some(c) = rest.next() else { return false };
    let rest = rest.as_str();
    if sought.strip_prefix(c).is_some_and(|sought| spelled(rest, sought, readings)) {
        return true;
    }
    readings.get(&c).into_iter().flatten().any(|reading| {
        let same = reading.bytes().zip(sought.bytes()).take_while(|(a, b)| a == b).count();
        (1..=same).rev().any(|length| spelled(rest, &sought[length..], readings))
    })
}

fn byte_at(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    for (at, c) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(c.len_utf16());
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings() -> Readings {
        [
            ('张', &["zhang"][..]),
            ('三', &["san"]),
            ('丰', &["feng"]),
            ('曾', &["ceng", "zeng"]),
            ('单', &["chan", "dan", "shan"]),
            ('解', &["jie", "xie"]),
            ('仇', &["chou", "qiu"]),
            ('吕', &["lu", "lv"]),
            ('西', &["xi"]),
            ('安', &["an"]),
        ]
        .map(|(c, of)| (c, of.iter().map(|one| (*one).to_owned()).collect()))
        .into()
    }

    fn found(sought: &str) -> String {
        let people = ["张三", "张三丰", "曾丰", "单三", "解安", "仇三", "吕安", "西安", "李四"].map(Rc::from);
        meant(&people, sought, &readings()).join(" ")
    }

    #[test]
    fn a_name_is_found_by_characters_by_pinyin_and_by_initials() {
        for (sought, expected) in [
            ("张", "张三 张三丰"),
            ("zs", "张三 张三丰"),
            ("zhangsan", "张三 张三丰"),
            ("zhangs", "张三 张三丰"),
            ("zsan", "张三 张三丰"),
            ("zhs", "张三 张三丰"),
            ("ZSF", "张三丰"),
            ("张sf", "张三丰"),
            ("三丰", "张三丰"),
            ("sf", "张三丰"),
            ("李", "李四"),
            ("xa", "解安 西安"),
            ("xian", "解安 西安"),
            ("zz", ""),
            ("li", ""),
        ] {
            assert_eq!(found(sought), expected, "{sought}");
        }
    }

    #[test]
    fn a_polyphone_is_found_under_each_of_its_readings() {
        for (sought, expected) in [
            ("cengf", "曾丰"),
            ("zengf", "曾丰"),
            ("dans", "单三"),
            ("shans", "单三"),
            ("chans", "单三"),
            ("jiea", "解安"),
            ("xiea", "解安"),
            ("chous", "仇三"),
            ("qiu", "仇三"),
            ("lv", "吕安"),
            ("lua", "吕安"),
        ] {
            assert_eq!(found(sought), expected, "{sought}");
        }
    }

    #[test]
    fn an_at_needs_no_space_around_it_and_an_address_is_none() {
        let sought = |text: &str, caret| Query::at(text, caret).map(|query| query.sought);
        assert_eq!(sought("下午@zs", 5), Some("zs".into()));
        assert_eq!(sought("下午@zs去吗", 5), Some("zs".into()));
        assert_eq!(sought("𠮷@张", 4), Some("张".into()));
        assert_eq!(sought("＠", 1), Some(String::new()));
        assert_eq!(sought("@张三 去", 5), None);
        assert_eq!(sought("zs", 2), None);
        assert_eq!(sought("a@example.com", 13), None);
    }

    #[test]
    fn the_name_takes_the_place_of_what_was_typed() {
        let text = "𠮷，下午@zs去吗";
        let query = Query::at(text, 8).unwrap();
        assert_eq!(query.answered(text, "张三"), ("𠮷，下午@张三 去吗".into(), 9));
        let query = Query::at("@z 好", 2).unwrap();
        assert_eq!(query.answered("@z 好", "张三"), ("@张三 好".into(), 4));
    }

    #[test]
    fn nobody_sought_by_name_is_everybody_and_at_most_eight_are_offered() {
        let people: Vec<Rc<str>> = (0..20).map(|_| "张三".into()).collect();
        assert_eq!(meant(&people, "", &Readings::new()).len(), OFFERED_MAX);
    }
}
