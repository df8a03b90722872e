//! Who is connected to a room, counted by person. Versioned state: only the newest is ever sent.

use std::collections::BTreeMap;

use shared::{MemberId, Millis, Seq};

use super::elsewhere::{Elsewhere, There};
use super::proposal::Standing;

/// The connections of one room's members.
#[derive(Debug, Default)]
pub struct Presence {
    people: BTreeMap<MemberId, Person>,
    /// Open connections of seats that were freed: their sessions are still to read why.
    unseated: BTreeMap<MemberId, u32>,
    elsewhere: Elsewhere,
    version: u64,
    /// Rises whenever something about those who are here changes that other nodes are to know.
    here: u64,
}

#[derive(Debug)]
struct Person {
    /// The seat these connections are of.
    since: Seq,
    connections: u32,
    /// The end of the last connection, or the last sign of life on one, as uptime.
    heard: Millis,
    /// Whether the others see this person as online.
    shown: bool,
}

/// How long a member has been silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Whether it is connected all the same.
    pub connected: bool,
    /// For how long nothing was heard, in milliseconds.
    pub lasts: u64,
}

impl Silence {
    /// Of a member that is in both: it is as silent as where it was heard last.
    pub fn or(self, other: Self) -> Self {
        Self { connected: self.connected || other.connected, lasts: self.lasts.min(other.lasts) }
    }
}

impl Presence {
    /// Rises whenever somebody appears or disappears.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Who is online, by number.
    pub fn online(&self) -> impl Iterator<Item = MemberId> {
        let here = self.people.iter().filter(|(_, person)| person.shown).map(|(member, _)| *member);
        let mut online: Vec<_> = here.chain(self.elsewhere.online()).collect();
        online.sort_unstable();
        online.dedup();
        online.into_iter()
    }

    /// Rises whenever other nodes are to hear of those who are here.
    pub const fn here_version(&self) -> u64 {
        self.here
    }

    /// Who is here, for other nodes.
    pub fn here(&self, now: Millis) -> Vec<There> {
        let shown = self.people.iter().filter(|(_, person)| person.shown);
        let there = |(member, person): (&MemberId, &Person)| There {
            who: Standing { member: *member, since: person.since },
            connected: person.connections > 0,
            silent_ms: now.0.saturating_sub(person.heard.0),
        };
        shown.map(there).collect()
    }

    /// Another node tells who is there; those about whom something changed.
    pub fn tell(&mut self, node: u64, people: Vec<There>, now: Millis) -> Vec<MemberId> {
        let before: Vec<_> = self.online().collect();
        let gone = self.elsewhere.tell(node, people, now);
        self.took_leave(gone, &before)
    }

    /// What other nodes did not say again is forgotten; those about whom something changed.
    pub fn fade(&mut self, now: Millis) -> Vec<MemberId> {
        let before: Vec<_> = self.online().collect();
        let gone = self.elsewhere.fade(now);
        self.took_leave(gone, &before)
    }

    /// Who was elsewhere and is no more has been silent since it was last heard of there.
    fn took_leave(&mut self, gone: Vec<(Standing, Millis)>, before: &[MemberId]) -> Vec<MemberId> {
        for (who, heard) in gone {
            let lost = Person { since: who.since, connections: 0, heard, shown: false };
            let known = self.people.entry(who.member).or_insert(lost);
            if known.since == who.since {
                known.heard = known.heard.max(heard);
            }
        }
        let after: Vec<_> = self.online().collect();
        if after == before {
            return Vec::new();
        }
        self.version += 1;
        let changed = |of: &[MemberId], than: &[MemberId]| {
            of.iter().filter(|member| !than.contains(member)).copied().collect::<Vec<_>>()
        };
        [changed(before, &after), changed(&after, before)].concat()
    }

    /// Whether a member is connected more than once: with several windows, or devices.
    pub fn is_in_several_places(&self, member: MemberId) -> bool {
        self.people.get(&member).is_some_and(|person| person.connections > 1)
    }

    /// One more connection; whether it is the person's first.
    pub fn enter(&mut self, who: Standing, now: Millis) -> bool {
        let new = Person { since: who.since, connections: 0, heard: now, shown: false };
        let person = self.people.entry(who.member).or_insert(new);
        if person.since != who.since {
            *person = Person { since: who.since, connections: 0, heard: now, shown: person.shown };
        }
        person.connections += 1;
        person.heard = now;
        let first = person.connections == 1;
        if !person.shown {
            person.shown = true;
            self.version += 1;
        }
        self.here += u64::from(first);
        first
    }

    /// One connection less; whether it was the person's last. Connections of a seat that was freed meanwhile count no
    /// more.
    pub fn leave(&mut self, who: Standing, now: Millis) -> bool {
        let Some(person) = self.person(who) else {
            self.leave_unseated(who.member);
            return false;
        };
        // A connection that came after its seat was freed was never counted.
        person.connections = person.connections.saturating_sub(1);
        person.heard = now;
        let last = person.connections == 0;
        self.here += u64::from(last);
        last
    }

    /// A sign of life.
    pub fn heard(&mut self, who: Standing, now: Millis) {
        if let Some(person) = self.person(who) {
            person.heard = now;
        }
    }

    /// Forgets everybody but these.
    pub fn keep(&mut self, seated: impl Fn(Standing) -> bool) {
        let before = self.people.len();
        let Self { people, unseated, .. } = self;
        people.retain(|member, person| {
            let sits = seated(Standing { member: *member, since: person.since });
            if !sits && person.connections > 0 {
                *unseated.entry(*member).or_default() += person.connections;
            }
            sits
        });
        if self.elsewhere.keep(seated) || self.people.len() < before {
            self.version += 1;
        }
    }

    /// Whether a connection of a seat that this member lost is still open.
    pub fn has_unseated(&self, member: MemberId) -> bool {
        self.unseated.contains_key(&member)
    }

    fn leave_unseated(&mut self, member: MemberId) {
        if let Some(connections) = self.unseated.get_mut(&member) {
            *connections -= 1;
            if *connections == 0 {
                self.unseated.remove(&member);
            }
        }
    }

    /// Shows those as offline whose last connection ended at least `grace_ms` ago.
    pub fn settle(&mut self, now: Millis, grace_ms: u64) {
        for person in self.people.values_mut() {
            let lost = person.connections == 0 && person.heard.0.saturating_add(grace_ms) <= now.0;
            if lost && person.shown {
                person.shown = false;
                self.version += 1;
                self.here += 1;
            }
        }
    }

    /// How long `member` has been silent; nothing if it was never connected.
    pub fn silence(&self, member: MemberId, now: Millis) -> Option<Silence> {
        let here = self.people.get(&member).map(|person| Silence {
            connected: person.connections > 0,
            lasts: now.0.saturating_sub(person.heard.0),
        });
        here.into_iter().chain(self.elsewhere.silence(member, now)).reduce(Silence::or)
    }

    /// Whether nobody is connected anywhere, and nobody is still shown as if.
    pub fn is_empty(&self) -> bool {
        let gone = self.people.values().all(|person| person.connections == 0 && !person.shown);
        gone && self.elsewhere.is_empty()
    }

    fn person(&mut self, who: Standing) -> Option<&mut Person> {
        self.people.get_mut(&who.member).filter(|person| person.since == who.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(member: u32, since: u64) -> Standing {
        Standing { member: MemberId(member), since: Seq(since) }
    }

    fn online(presence: &Presence) -> Vec<u32> {
        presence.online().map(|member| member.0).collect()
    }

    #[test]
    fn several_connections_are_one_person() {
        let mut presence = Presence::default();
        presence.enter(seat(1, 2), Millis(0));
        presence.enter(seat(1, 2), Millis(0));
        assert_eq!((online(&presence), presence.version()), (vec![1], 1));
        presence.leave(seat(1, 2), Millis(5));
        presence.settle(Millis(100_000), 10_000);
        assert_eq!((online(&presence), presence.version()), (vec![1], 1));
    }

    #[test]
    fn a_short_loss_is_not_shown() {
        let mut presence = Presence::default();
        presence.enter(seat(1, 2), Millis(0));
        presence.leave(seat(1, 2), Millis(1_000));
        presence.settle(Millis(10_999), 10_000);
        assert_eq!(online(&presence), [1]);
        presence.settle(Millis(11_000), 10_000);
        assert_eq!((online(&presence), presence.version()), (vec![], 2));
    }

    #[test]
    fn an_old_seat_s_connection_does_not_end_the_new_seat_s() {
        let mut presence = Presence::default();
        presence.enter(seat(1, 2), Millis(0));
        presence.keep(|who| who.since != Seq(2));
        presence.enter(seat(1, 9), Millis(1));
        presence.leave(seat(1, 2), Millis(2));
        presence.settle(Millis(100_000), 10_000);
        assert_eq!(online(&presence), [1]);
    }
}
