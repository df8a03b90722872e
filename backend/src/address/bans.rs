//! Which addresses each member last connected from, so that a ban also keeps new seats from that address for a while.
//!
//! In memory of this process only: a restart forgets it, and other nodes of a cluster do not know it. Tokens are banned by
//! the rules of the room, everywhere and for good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use shared::{Ban, MemberId, Millis};
use smallvec::SmallVec;

use super::Address;
use crate::config::{ADDRESS_BAN, LAST_ADDRESSES, millis};
use crate::edge::Edge;

/// The addresses that each member last connected from, by the life of its room.
#[derive(Debug)]
pub struct LastAddresses {
    edge: Arc<Edge>,
    members: Mutex<HashMap<(i64, MemberId), Recent>>,
}

/// A member's addresses, the latest one last. One who uses a phone and a computer has two.
type Recent = SmallVec<[LastAddress; 1]>;

/// Most addresses that are kept of a member.
const RECENT_MAX: usize = 4;

#[derive(Debug, Clone, Copy)]
struct LastAddress {
    address: Address,
    /// When the member connected or disconnected, as uptime.
    at: Millis,
}

impl LastAddresses {
    /// Of nobody yet.
    pub fn new(edge: Arc<Edge>) -> Self {
        Self { edge, members: Mutex::default() }
    }

    /// Records that a member is connected from this address, or was until now.
    pub fn record(&self, life: i64, member: MemberId, address: Address) {
        let now = self.edge.uptime();
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if members.len() >= LAST_ADDRESSES && !members.contains_key(&(life, member)) {
            members.retain(|_, recent| recent.iter().any(|last| !has_passed(last.at, KEPT_MS, now)));
            if members.len() >= LAST_ADDRESSES {
                return;
            }
        }
        let recent = members.entry((life, member)).or_default();
        recent.retain(|last| last.address != address && !has_passed(last.at, KEPT_MS, now));
        if recent.len() == RECENT_MAX {
            recent.remove(0);
        }
        recent.push(LastAddress { address, at: now });
    }

    /// Whether one of these bans, of a room in this life, is recent and of a member who connected from this address
    /// shortly before.
    pub fn is_banned(&self, life: i64, address: Address, bans: impl Iterator<Item = Ban>) -> bool {
        let now = self.edge.now();
        let mut recent = bans.filter(|ban| !has_passed(ban.at, millis(ADDRESS_BAN), now)).peekable();
        if recent.peek().is_none() {
            return false;
        }
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        recent.any(|ban| {
            let known = members.get(&(life, ban.member));
            known.is_some_and(|known| known.iter().any(|last| last.address == address))
        })
    }
}

/// For how long an address is kept, in milliseconds: a ban may come a day after the member was last there.
const KEPT_MS: u64 = 2 * 24 * 60 * 60 * 1_000;

const fn has_passed(since: Millis, ms: u64, now: Millis) -> bool {
    since.0.saturating_add(ms) <= now.0
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::atomic::{AtomicU64, Ordering};

    use shared::NameRule;

    use super::*;

    fn address(text: &str) -> Address {
        Address::of(text.parse::<IpAddr>().unwrap())
    }

    /// No addresses yet, at second 1.
    fn nobody() -> (LastAddresses, Arc<AtomicU64>) {
        let clock = Arc::new(AtomicU64::new(1_000));
        let (now, uptime) = (Arc::clone(&clock), Arc::clone(&clock));
        let read = |clock: &AtomicU64| Millis(clock.load(Ordering::Relaxed));
        let edge = Edge::new(move || read(&now), move || read(&uptime), |_| {});
        (LastAddresses::new(Arc::new(edge)), clock)
    }

    fn ban(member: u32) -> Ban {
        Ban { member: MemberId(member), name: NameRule::Common.parse("张三").unwrap(), at: Millis(1_000) }
    }

    #[test]
    fn ban_hits_all_devices_of_a_member_but_old_addresses() {
        let (last, clock) = nobody();
        let is_banned = |from| last.is_banned(7, address(from), [ban(2)].into_iter());
        let addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
        addresses.iter().for_each(|from| last.record(7, MemberId(2), address(from)));
        last.record(7, MemberId(2), address("192.0.2.1"));
        assert!(addresses.into_iter().all(is_banned), "the phone and the computer");
        last.record(7, MemberId(2), address("192.0.2.5"));
        assert_eq!(
            addresses.map(is_banned),
            [true, false, true, true],
            "the one used longest ago is forgotten"
        );
        clock.store(KEPT_MS + 500, Ordering::Relaxed);
        last.record(7, MemberId(2), address("192.0.2.6"));
        clock.store(KEPT_MS + 1_000, Ordering::Relaxed);
        last.record(7, MemberId(2), address("192.0.2.6"));
        let recent =
            |from| last.is_banned(7, address(from), [Ban { at: Millis(KEPT_MS), ..ban(2) }].into_iter());
        assert_eq!(["192.0.2.5", "192.0.2.6"].map(recent), [false, true]);
    }

    #[test]
    fn an_address_ban_ends_after_a_day_and_hits_one_address() {
        let (last, clock) = nobody();
        last.record(7, MemberId(2), address("192.0.2.1"));
        let is_banned = |life, from, member| last.is_banned(life, address(from), [ban(member)].into_iter());
        assert!(is_banned(7, "192.0.2.1", 2));
        assert!(!is_banned(7, "192.0.2.2", 2), "another address");
        assert!(!is_banned(7, "192.0.2.1", 3), "another member");
        assert!(!is_banned(8, "192.0.2.1", 2), "another room");
        assert!(!last.is_banned(7, address("192.0.2.1"), std::iter::empty()), "nobody is banned");
        clock.fetch_add(millis(ADDRESS_BAN) - 1, Ordering::Relaxed);
        assert!(is_banned(7, "192.0.2.1", 2));
        clock.fetch_add(1, Ordering::Relaxed);
        assert!(!is_banned(7, "192.0.2.1", 2), "a day has passed");
    }
}
