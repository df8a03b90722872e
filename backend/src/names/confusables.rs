//! Ideographs that are mistaken for one another in a name of 14 to 16 px: the table `confusables.txt`.
//!
//! `scripts/confusables/make.py` makes the table from public data: Unihan, OpenCC, a table of components, and the shapes of a
//! font. The head of that script says which pairs it takes and which it leaves apart, because people are called by both.

const TABLE: &str = include_str!("confusables.txt");

/// The groups of the table. No character is in two of them.
pub(super) fn groups() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::super::fold;
    use super::groups;

    /// Most characters that count as one, 简繁 forms included.
    const CLASS_MAX: usize = 12;

    fn folded(c: char) -> String {
        fold(c.encode_utf8(&mut [0; 4])).0.into()
    }

    #[test]
    fn each_character_is_in_one_group() {
        let mut seen = HashSet::new();
        for group in groups() {
            assert!(group.chars().count() > 1, "{group}");
            group.chars().for_each(|c| assert!(seen.insert(c), "{c} in {group} too"));
        }
        assert!(seen.len() > 2_000, "{}", seen.len());
    }

    #[test]
    fn a_group_folds_to_one_character() {
        for group in groups() {
            let folded: HashSet<_> = group.chars().map(folded).collect();
            assert_eq!(folded.len(), 1, "{group}");
        }
    }

    #[test]
    fn classes_are_small() {
        let mut classes: HashMap<String, String> = HashMap::new();
        ('\u{3400}'..='\u{9fff}').for_each(|c| classes.entry(folded(c)).or_default().push(c));
        let largest = classes.values().max_by_key(|class| class.chars().count()).unwrap();
        assert!(largest.chars().count() <= CLASS_MAX, "{largest}");
    }
}
