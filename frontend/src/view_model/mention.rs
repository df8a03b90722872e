//! Finds the people that a text behind an @ may mean: by characters, pinyin, initials, or any mixture.
//!
//! Pure: the readings of characters are an argument.

use std::ops::Range;
use std::rc::Rc;

use shared::Readings;

/// Longest query, in characters.
const QUERY_MAX: usize = 30;

/// Most people offered behind an @: all that a room can seat.
pub const OFFERED_MAX: usize = 200;

/// Most people offered by [`meant`].
const MEANT_MAX: usize = 8;

/// The text between an @ and the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Byte offset of the @.
    start: usize,
    /// Byte offset of the caret.
    end: usize,
    /// The text between them.
    pub sought: String,
}

/// A change of a text: what to insert in place of which part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The part to replace, in UTF-16 units.
    pub range: Range<u32>,
    /// The text to insert.
    pub text: String,
}

/// Splits a text at each `@name`: every second part is one. A name that goes on is another name: @王芳 is not in @王芳芳.
pub fn mentions<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let mention = ["@", name].concat();
    let (mut parts, mut done) = (Vec::new(), 0);
    for (at, found) in text.match_indices(&mention) {
        let end = at + found.len();
        if !text[end..].starts_with(char::is_alphanumeric) {
            parts.extend([&text[done..at], &text[at..end]]);
            done = end;
        }
    }
    parts.push(&text[done..]);
    parts
}

impl Query {
    /// The query at the caret, which browsers count in UTF-16 units.
    ///
    /// An @ behind a Latin letter or digit belongs to an e-mail address. Chinese is written without spaces, so any other
    /// character may stand before it.
    pub fn at(text: &str, caret: u32) -> Option<Self> {
        let end = byte_at(text, caret);
        let before = &text[..end];
        let (start, at) = before.char_indices().rev().find(|(_, c)| matches!(c, '@' | '＠'))?;
        let sought = &before[start + at.len_utf8()..];
        let name = |c: char| !c.is_whitespace() && !c.is_ascii_punctuation();
        let is_name = sought.chars().all(name) && sought.chars().count() <= QUERY_MAX;
        let is_address = before[..start].chars().next_back().is_some_and(is_latin);
        (is_name && !is_address).then(|| Self { start, end, sought: sought.to_owned() })
    }

    /// The change that names this person. One blank follows the name.
    pub fn replacement(&self, text: &str, name: &str) -> Replacement {
        let units = |text: &str| text.encode_utf16().count() as u32;
        let blank = u32::from(text[self.end..].starts_with(' '));
        let range = units(&text[..self.start])..units(&text[..self.end]) + blank;
        Replacement { range, text: format!("@{name} ") }
    }

    /// Whether the query is the whole name of one of these people.
    pub fn is_exact(&self, people: &[Rc<str>]) -> bool {
        people.iter().any(|name| **name == *self.sought)
    }
}

/// The people that a query may mean, at most `max`: the exact name first, then names that begin with the query.
pub fn find_people(people: &[Rc<str>], query: &str, readings: &Readings, max: usize) -> Vec<Rc<str>> {
    // Names are Chinese and readings are small letters. `to_lowercase` would add a table of 11 KB to the page.
    let sought = query.to_ascii_lowercase();
    let begins = |name: &&Rc<str>| spelled(name, &sought, readings);
    let has =
        |name: &&Rc<str>| name.char_indices().skip(1).any(|(at, _)| spelled(&name[at..], &sought, readings));
    let (first, others): (Vec<_>, Vec<_>) = people.iter().partition(begins);
    let (exact, first): (Vec<_>, Vec<_>) = first.into_iter().partition(|name| ***name == *query);
    let found = exact.into_iter().chain(first).chain(others.into_iter().filter(has));
    found.take(max).cloned().collect()
}

/// The few people that a text typed elsewhere than behind an @ may mean.
pub fn meant(people: &[Rc<str>], sought: &str, readings: &Readings) -> Vec<Rc<str>> {
    find_people(people, sought, readings, MEANT_MAX)
}

/// ASCII letters and digits, Latin letters with marks, and their full-width forms.
const fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || c == '_'
        || matches!(c, '\u{c0}'..='\u{24f}' | '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}')
}

/// Whether some part of `name` may be meant by this.
pub fn matches(name: &str, sought: &str, readings: &Readings) -> bool {
    let sought = sought.to_ascii_lowercase();
    name.char_indices().any(|(at, _)| spelled(&name[at..], &sought, readings))
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
    fn mentions_of_a_name_are_found_and_longer_names_are_not() {
        for (text, parts) in [
            ("@王芳 看这里，@王芳", vec!["", "@王芳", " 看这里，", "@王芳", ""]),
            ("@王芳芳 和王芳", vec!["@王芳芳 和王芳"]),
            ("找@王芳，快", vec!["找", "@王芳", "，快"]),
            ("", vec![""]),
        ] {
            assert_eq!(mentions(text, "王芳"), parts);
        }
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
    fn at_needs_no_space_before_it() {
        let sought = |text: &str, caret| Query::at(text, caret).map(|query| query.sought);
        assert_eq!(sought("下午@zs", 5), Some("zs".into()));
        assert_eq!(sought("下午@zs去吗", 5), Some("zs".into()));
        assert_eq!(sought("𠮷@张", 4), Some("张".into()));
        assert_eq!(sought("＠", 1), Some(String::new()));
        assert_eq!(sought("ok @z", 5), Some("z".into()));
        assert_eq!(sought("好！@z", 4), Some("z".into()));
        assert_eq!(sought("一\n@z", 4), Some("z".into()));
        assert_eq!(sought("@@z", 3), Some("z".into()));
        assert_eq!(sought("@张三 去", 5), None);
        assert_eq!(sought("zs", 2), None);
    }

    #[test]
    fn at_behind_a_latin_letter_is_an_address() {
        let sought = |text: &str| Query::at(text, text.encode_utf16().count() as u32);
        for text in ["a@example.com", "li@z", "li@", "l1@z", "邮箱li@z", "a_@z", "é@z", "ｌｉ@z", "李li＠z"]
        {
            assert_eq!(sought(text), None, "{text}");
        }
    }

    #[test]
    fn name_replaces_what_was_typed() {
        let replaced = |text: &str, caret| {
            let Replacement { range, text: new } = Query::at(text, caret).unwrap().replacement(text, "张三");
            let units: Vec<u16> = text.encode_utf16().collect();
            let (before, after) = (&units[..range.start as usize], &units[range.end as usize..]);
            String::from_utf16(before).unwrap() + &new + &String::from_utf16(after).unwrap()
        };
        assert_eq!(replaced("𠮷，下午@zs去吗", 8), "𠮷，下午@张三 去吗");
        assert_eq!(replaced("@z 好", 2), "@张三 好");
        assert_eq!(replaced("@z", 2), "@张三 ");
    }

    #[test]
    fn exact_name_is_first_and_recognised() {
        let people = ["张三丰", "张三", "李四"].map(Rc::from);
        assert_eq!(*find_people(&people, "张三", &readings(), OFFERED_MAX)[0], *"张三");
        let exact = |text: &str| {
            Query::at(text, text.encode_utf16().count() as u32).is_some_and(|query| query.is_exact(&people))
        };
        assert!(exact("下午@张三"));
        assert!(!exact("下午@张"));
        assert!(!exact("@zhangsan"), "pinyin is a query, not a name");
        assert!(!exact("@"));
    }

    #[test]
    fn everybody_is_offered_behind_a_bare_at() {
        let people: Vec<Rc<str>> = (0..250).map(|_| "张三".into()).collect();
        assert_eq!(find_people(&people, "", &Readings::new(), OFFERED_MAX).len(), 200);
        assert_eq!(meant(&people, "", &Readings::new()).len(), 8);
    }
}
