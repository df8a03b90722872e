//! Who the members of a room are: names, the host, who is muted.

use std::rc::Rc;

use shared::{Member, MemberId, Millis, You};

use super::{Room, place};

impl Room {
    /// The room's host, if that is known: the server says so, or it is this page's member.
    pub fn host_member(&self) -> Option<MemberId> {
        self.facts.host.or_else(|| self.host.then_some(self.me))
    }

    /// Until when the host has muted a member. The time may be past.
    pub fn muted_until(&self, member: MemberId) -> Option<Millis> {
        place(&self.muted, member).ok().map(|at| self.muted[at].1)
    }

    pub(super) fn set_mutes(&mut self, you: &You, members: &[Member]) {
        self.muted.clear();
        for member in members {
            self.set_muted(member.member, member.muted_until);
        }
        if you.muted_until.is_some() {
            self.set_muted(you.member, you.muted_until);
        }
    }

    pub(super) fn set_muted(&mut self, member: MemberId, until: Option<Millis>) {
        match (place(&self.muted, member), until) {
            (Ok(at), Some(until)) => self.muted[at].1 = until,
            (Ok(at), None) => drop(self.muted.remove(at)),
            (Err(at), Some(until)) => self.muted.insert(at, (member, until)),
            (Err(_), None) => {}
        }
    }

    /// All members whose name the page knows, also those who have left.
    pub fn known_names(&self) -> impl Iterator<Item = (MemberId, &Rc<str>)> {
        self.names.iter().map(|(member, name)| (*member, name))
    }

    /// A member's name, if anybody said it.
    pub fn name(&self, member: MemberId) -> Option<&Rc<str>> {
        place(&self.names, member).ok().map(|at| &self.names[at].1)
    }

    /// Those seated beside this page's member.
    pub fn others(&self) -> impl Iterator<Item = MemberId> + '_ {
        self.seated.iter().copied().filter(|member| *member != self.me)
    }
}

#[cfg(test)]
mod tests {
    use shared::{Epoch, Event, Fact, History, MessageId, NameRule, Names, Replay, RoomFacts, RoomId, Seq};

    use super::*;

    const ME: MemberId = MemberId(1);
    const OTHER: MemberId = MemberId(2);

    fn room() -> Room {
        let facts = RoomFacts {
            id: RoomId::Link([7; 16]),
            epoch: Epoch::new(&[1; 8]),
            title: None,
            capacity: 5,
            locked: false,
            history: History::All,
            slow_s: 0,
            host: None,
        };
        let name = |text| NameRule::Common.parse(text).unwrap();
        let you =
            You { member: ME, name: name("张三"), host: false, token: None, muted_until: Some(Millis(9)) };
        let other =
            Member { member: OTHER, name: name("李四"), joined: None, muted_until: Some(Millis(8)) };
        Room::welcomed(None, facts, &you, &[other], Replay::Reset)
    }

    fn happen(room: &mut Room, seq: u64, fact: Fact) {
        room.fold(vec![Event { seq: Seq(seq), at: Millis(seq), fact }], &Names::new()).unwrap();
    }

    #[test]
    fn mutes_come_with_the_welcome_and_with_events() {
        let mut room = room();
        assert_eq!([ME, OTHER].map(|who| room.muted_until(who)), [Some(Millis(9)), Some(Millis(8))]);
        let id = MessageId::new(Millis(1), &[3; 10]);
        let mute = |until| Fact::Muted { by: MemberId(3), id, member: OTHER, until };
        happen(&mut room, 5, mute(Some(Millis(20))));
        assert_eq!(room.muted_until(OTHER), Some(Millis(20)));
        happen(&mut room, 6, mute(None));
        assert_eq!([ME, OTHER].map(|who| room.muted_until(who)), [Some(Millis(9)), None]);
    }

    #[test]
    fn host_is_known_from_its_arrival() {
        let mut room = room();
        assert_eq!(room.host_member(), None);
        let name = NameRule::Common.parse("王五").unwrap();
        happen(&mut room, 5, Fact::Joined { member: MemberId(3), name, host: true });
        assert_eq!(room.host_member(), Some(MemberId(3)));
    }
}
