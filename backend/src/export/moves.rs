//! Members who came and went one after the other, folded into one line.

use std::collections::HashMap;

use shared::{MemberId, Seq};

/// A run of joins and leaves without anything between them. Of each member only the latest one is kept.
#[derive(Debug)]
pub(super) struct Moves {
    /// The number of the first of them.
    pub(super) first: Seq,
    /// How many there were.
    count: usize,
    latest: HashMap<MemberId, Move>,
}

/// A member's latest join or leave.
#[derive(Debug, Clone, Copy)]
struct Move {
    /// Its place in the run.
    place: usize,
    joined: bool,
}

/// Names that stand in a line; if there are more members, these are counted.
const NAMES: usize = 2;

impl Moves {
    pub(super) fn from(first: Seq) -> Self {
        Self { first, count: 0, latest: HashMap::new() }
    }

    pub(super) fn join(&mut self, member: MemberId) {
        self.add(member, true);
    }

    pub(super) fn leave(&mut self, member: MemberId) {
        self.add(member, false);
    }

    fn add(&mut self, member: MemberId, joined: bool) {
        self.count += 1;
        self.latest.insert(member, Move { place: self.count, joined });
    }

    /// The line: who is there after the run and who is not. The later of both comes last. A room of two has the words of the
    /// lobby for a single one.
    pub(super) fn line<'a>(&self, is_pair: bool, name: impl Fn(MemberId) -> &'a str) -> String {
        let mut moves: Vec<_> = self.latest.iter().map(|(member, last)| (*last, *member)).collect();
        moves.sort_unstable_by_key(|(last, _)| last.place);
        if let ([(last, member)], true) = (moves.as_slice(), is_pair) {
            let name = name(*member);
            return match last.joined {
                true => format!("{name}在线啦，你们可以聊天啦"),
                false => format!("{name}断开了连接"),
            };
        }
        let ends_with_join = moves.last().is_some_and(|(last, _)| last.joined);
        let sentence = |joined: bool| {
            let members = moves.iter().filter(|(last, _)| last.joined == joined).map(|(_, member)| *member);
            let who = named(&members.map(&name).collect::<Vec<_>>())?;
            Some(format!("{who}{}了房间", if joined { "加入" } else { "离开" }))
        };
        [!ends_with_join, ends_with_join].into_iter().filter_map(sentence).collect::<Vec<_>>().join("，")
    }
}

fn named(names: &[&str]) -> Option<String> {
    let first = names.iter().take(NAMES).copied().collect::<Vec<_>>().join("、");
    match names.len() {
        0 => None,
        1..=NAMES => Some(first),
        more => Some(format!("{first}等 {more} 人")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["张三", "李四", "王五", "赵六"];

    /// The line of a run: `+1` is the join of member 1, `-1` that it leaves.
    fn line(run: &[i32], is_pair: bool) -> String {
        let mut moves = Moves::from(Seq(1));
        for step in run {
            let member = MemberId(step.unsigned_abs());
            if *step > 0 { moves.join(member) } else { moves.leave(member) }
        }
        moves.line(is_pair, |member| NAMES[member.0 as usize - 1])
    }

    #[test]
    fn a_run_of_joins_and_leaves_is_one_line() {
        assert_eq!(line(&[1], false), "张三加入了房间");
        assert_eq!(line(&[1, 2], false), "张三、李四加入了房间");
        assert_eq!(line(&[1, 2, 3, 4], false), "张三、李四等 4 人加入了房间");
        assert_eq!(line(&[-3], false), "王五离开了房间");
    }

    #[test]
    fn in_a_room_of_two_a_single_one_has_the_words_of_the_lobby() {
        assert_eq!(line(&[2], true), "李四在线啦，你们可以聊天啦");
        assert_eq!(line(&[-2], true), "李四断开了连接");
        assert_eq!(line(&[1, 2], true), "张三、李四加入了房间");
    }

    #[test]
    fn latest_move_of_a_member_counts() {
        assert_eq!(line(&[-1, 1], false), "张三加入了房间", "a return is no departure");
        assert_eq!(line(&[1, -1], false), "张三离开了房间");
        assert_eq!(line(&[1, -1].repeat(9), false), "张三离开了房间");
    }

    #[test]
    fn later_sentence_comes_last() {
        assert_eq!(line(&[1, -2], false), "张三加入了房间，李四离开了房间");
        assert_eq!(line(&[-2, 1], false), "李四离开了房间，张三加入了房间");
        assert_eq!(line(&[1, 2, -2, 3, 1], false), "李四离开了房间，王五、张三加入了房间");
    }
}
