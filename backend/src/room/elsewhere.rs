//! Who is connected to a room on other nodes. Each of them says so again and again; what is not said again fades. On one
//! machine there is nothing here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{MemberId, Millis};

use super::presence::Silence;
use super::proposal::Standing;

/// A person, as a node tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct There {
    /// Who.
    pub who: Standing,
    /// Whether it is connected; if not, it was a moment ago.
    pub connected: bool,
    /// For how long nothing was heard of it, in milliseconds.
    pub silent_ms: u64,
}

/// The people of other nodes.
#[derive(Debug, Default)]
pub struct Elsewhere(BTreeMap<u64, Told>);

#[derive(Debug)]
struct Told {
    people: Vec<There>,
    /// When it was told, as uptime.
    at: Millis,
}

/// For how long what a node told of its people holds, in milliseconds.
const LASTS_MS: u64 = 10_000;

impl Elsewhere {
    /// A node tells of all its people; those of whom it tells no more, and when each was last heard of, as uptime.
    pub fn tell(&mut self, node: u64, people: Vec<There>, now: Millis) -> Vec<(Standing, Millis)> {
        let told = Told { people, at: now };
        let before = if told.people.is_empty() { self.0.remove(&node) } else { self.0.insert(node, told) };
        self.gone(before)
    }

    /// Forgets what was not said again for too long; those who are gone with it, and when each was last heard of.
    pub fn fade(&mut self, now: Millis) -> Vec<(Standing, Millis)> {
        let old: Vec<_> =
            self.0.extract_if(.., |_, told| told.at.0.saturating_add(LASTS_MS) <= now.0).collect();
        old.into_iter().flat_map(|(_, told)| self.gone(Some(told))).collect()
    }

    fn gone(&self, before: Option<Told>) -> Vec<(Standing, Millis)> {
        let Some(Told { people, at }) = before else { return Vec::new() };
        let still = |who| self.people().any(|(there, _)| there.who == who);
        let gone = people.into_iter().filter(|there| !still(there.who));
        gone.map(|there| (there.who, Millis(at.0.saturating_sub(there.silent_ms)))).collect()
    }

    /// Forgets everybody but these; whether there was anybody else.
    pub fn keep(&mut self, seated: impl Fn(Standing) -> bool) -> bool {
        let count = |told: &BTreeMap<u64, Told>| told.values().map(|told| told.people.len()).sum::<usize>();
        let before = count(&self.0);
        self.0.values_mut().for_each(|told| told.people.retain(|there| seated(there.who)));
        count(&self.0) < before
    }

    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.people().next().is_none()
    }

    /// Who is there, by number.
    pub fn online(&self) -> impl Iterator<Item = MemberId> {
        self.people().map(|(there, _)| there.who.member)
    }

    /// How long a member has been silent there; nothing if it is not there.
    pub fn silence(&self, member: MemberId, now: Millis) -> Option<Silence> {
        let here = self.people().filter(|(there, _)| there.who.member == member);
        let each = here.map(|(there, at)| Silence {
            connected: there.connected,
            lasts: there.silent_ms.saturating_add(now.0.saturating_sub(at.0)),
        });
        each.reduce(Silence::or)
    }

    fn people(&self) -> impl Iterator<Item = (&There, Millis)> {
        self.0.values().flat_map(|told| told.people.iter().map(|there| (there, told.at)))
    }
}

#[cfg(test)]
mod tests {
    use shared::Seq;

    use super::*;

    fn there(member: u32) -> There {
        let who = Standing { member: MemberId(member), since: Seq(u64::from(member)) };
        There { who, connected: true, silent_ms: 0 }
    }

    fn online(elsewhere: &Elsewhere) -> Vec<u32> {
        elsewhere.online().map(|member| member.0).collect()
    }

    #[test]
    fn what_a_node_does_not_say_again_fades() {
        let mut elsewhere = Elsewhere::default();
        assert!(elsewhere.tell(7, vec![there(1), there(2)], Millis(0)).is_empty());
        assert!(elsewhere.tell(8, vec![there(2)], Millis(4_000)).is_empty());
        assert!(elsewhere.fade(Millis(9_999)).is_empty());
        assert_eq!(elsewhere.fade(Millis(10_000)), [(there(1).who, Millis(0))], "the other is on node 8");
        assert_eq!(online(&elsewhere), [2]);
        assert_eq!(elsewhere.tell(8, Vec::new(), Millis(11_000)), [(there(2).who, Millis(4_000))]);
        assert!(online(&elsewhere).is_empty());
    }

    #[test]
    fn a_silence_goes_on_between_two_tellings_and_the_shortest_counts() {
        let mut elsewhere = Elsewhere::default();
        let quiet = There { silent_ms: 500, ..there(1) };
        let lost = There { connected: false, silent_ms: 100, ..there(1) };
        elsewhere.tell(7, vec![quiet], Millis(1_000));
        elsewhere.tell(8, vec![lost], Millis(1_000));
        let silence = elsewhere.silence(MemberId(1), Millis(1_200));
        assert_eq!(silence, Some(Silence { connected: true, lasts: 300 }));
        assert_eq!(elsewhere.silence(MemberId(2), Millis(1_200)), None);
        assert!(!elsewhere.is_empty() && elsewhere.keep(|_| false) && elsewhere.is_empty());
    }
}
