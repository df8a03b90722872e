//! Members who came and went one after the other, folded into one line.

use std::collections::HashSet;

use shared::{MemberId, Seq};

/// A run of joins and leaves without anything between them.
#[derive(Debug)]
pub(super) struct Moves {
    /// The number of the first of them.
    pub(super) first: Seq,
    joined: People,
    left: People,
}

/// Members, by the names they had then. Only the names that are shown are kept.
#[derive(Debug, Default)]
struct People {
    members: HashSet<MemberId>,
    names: Vec<String>,
}

/// Names that stand in a line; if there are more members, these are counted.
const NAMES: usize = 2;

impl Moves {
    pub(super) fn from(first: Seq) -> Self {
        Self { first, joined: People::default(), left: People::default() }
    }

    pub(super) fn join(&mut self, member: MemberId, name: &str) {
        self.joined.add(member, name);
    }

    pub(super) fn leave(&mut self, member: MemberId, name: &str) {
        self.left.add(member, name);
    }

    /// The line. A room of two has the words of the lobby for a single one.
    pub(super) fn line(&self, is_pair: bool) -> String {
        let single = self.joined.members.len() + self.left.members.len() == 1;
        if is_pair && single {
            let joined = self.joined.names.iter().map(|name| format!("{name}在线啦，你们可以聊天啦"));
            let left = self.left.names.iter().map(|name| format!("{name}断开了连接"));
            return joined.chain(left).collect();
        }
        let joined = self.joined.named().map(|who| format!("{who}加入了房间"));
        let left = self.left.named().map(|who| format!("{who}离开了房间"));
        joined.into_iter().chain(left).collect::<Vec<_>>().join("，")
    }
}

impl People {
    fn add(&mut self, member: MemberId, name: &str) {
        if self.members.insert(member) && self.names.len() < NAMES {
            self.names.push(name.to_owned());
        }
    }

    fn named(&self) -> Option<String> {
        let names = self.names.join("、");
        match self.members.len() {
            0 => None,
            1..=NAMES => Some(names),
            more => Some(format!("{names}等 {more} 人")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(joined: &[&str], left: &[&str], is_pair: bool) -> String {
        let mut moves = Moves::from(Seq(1));
        (1..).zip(joined).for_each(|(number, name)| moves.join(MemberId(number), name));
        (1..).zip(left).for_each(|(number, name)| moves.leave(MemberId(number), name));
        moves.line(is_pair)
    }

    #[test]
    fn a_run_of_joins_and_leaves_is_one_line() {
        assert_eq!(line(&["张三"], &[], false), "张三加入了房间");
        assert_eq!(line(&["张三", "李四"], &[], false), "张三、李四加入了房间");
        assert_eq!(line(&["张三", "李四", "王五", "赵六"], &[], false), "张三、李四等 4 人加入了房间");
        assert_eq!(line(&["张三"], &["张三"], false), "张三加入了房间，张三离开了房间");
        assert_eq!(line(&[], &["王五"], false), "王五离开了房间");
    }

    #[test]
    fn in_a_room_of_two_a_single_one_has_the_words_of_the_lobby() {
        assert_eq!(line(&["李四"], &[], true), "李四在线啦，你们可以聊天啦");
        assert_eq!(line(&[], &["李四"], true), "李四断开了连接");
        assert_eq!(line(&["张三", "李四"], &[], true), "张三、李四加入了房间");
    }

    #[test]
    fn who_comes_twice_is_counted_once() {
        let mut moves = Moves::from(Seq(1));
        for _ in 0..9 {
            moves.join(MemberId(1), "张三");
            moves.leave(MemberId(1), "张三");
        }
        assert_eq!(moves.line(false), "张三加入了房间，张三离开了房间");
    }
}
