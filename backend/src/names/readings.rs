//! How the characters of names are said in pinyin, each of their readings: what somebody types to find a person.

use pinyin::ToPinyinMulti;
use shared::Readings;

/// The readings of the characters that have any: `曾` is `ceng` and `zeng`. An ü is both `v`, as it is typed, and `u`.
pub fn readings(text: &str) -> Readings {
    let known = |c: char| {
        let mut of: Vec<String> =
            c.to_pinyin_multi()?.into_iter().flat_map(|one| typed(one.plain())).collect();
        of.sort_unstable();
        of.dedup();
        Some((c, of))
    };
    text.chars().filter_map(known).collect()
}

fn typed(reading: &str) -> Vec<String> {
    if reading.contains('ü') {
        ["v", "u"].map(|vowel| reading.replace('ü', vowel)).to_vec()
    } else {
        vec![reading.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polyphones_have_every_reading_and_other_characters_none() {
        for (c, expected) in [
            ('张', &["zhang"][..]),
            ('曾', &["ceng", "zeng"]),
            ('单', &["chan", "dan", "shan"]),
            ('解', &["jie", "xie"]),
            ('仇', &["chou", "ju", "qiu"]),
            ('吕', &["lu", "lv"]),
        ] {
            let of = readings(&c.to_string());
            assert!(of.get(&c).is_some_and(|of| of == expected), "{c}: {of:?}");
        }
        assert!(readings("A1·🙂").is_empty());
    }
}
