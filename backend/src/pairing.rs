//! Pairing codes that can be redeemed. They are in memory only, as hashes. Each node of a cluster announces its codes to the others.
//!
//! Redeeming a code appends a record under an id that belongs to the code. So a code is redeemed once, even if two nodes try it at
//! the same moment.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use shared::limits::PAIRING_CODE_S;
use shared::{Epoch, MemberId, MessageId, Millis, PairingCode, RoomId, Seq};

use crate::config::{PAIRING_CODES_MAX, PAIRING_CODES_OF_ROOM};
use crate::room::proposal::Standing;
use crate::room::seal::TokenHash;

/// How long a code can be redeemed, in milliseconds.
const LASTS_MS: u64 = PAIRING_CODE_S as u64 * 1_000;

/// How often expired codes are removed from memory, in milliseconds.
const SWEEP_EVERY_MS: u64 = 1_000;

/// How soon a code is announced a second time, in milliseconds. Each pause after that is as long as the code is old: a message may
/// be lost, and a node may have just started.
const ANNOUNCE_AGAIN_MS: u64 = 3_000;

/// What stands in for a code in memory and between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CodeHash([u8; 32]);

/// What a code is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The room.
    pub room: RoomId,
    /// The life of it.
    pub epoch: Epoch,
    /// The seat of the member who made the code. The code is void once the seat is freed.
    pub by: Standing,
    /// Of the token of the device that made it. The code is void once that is.
    pub shown: TokenHash,
    /// The last number of the room when it was made. The code is void once the member has signed out others after that.
    pub made_at: Seq,
    /// The id of the record by which it is redeemed.
    pub id: MessageId,
}

/// What comes of claiming a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is claimed.
    Taken(Offer),
    /// It was claimed before.
    Used(Offer),
}

/// A code as a node announces it: its hash, what it is good for, and the milliseconds until it expires.
pub type CodeUpdate = (CodeHash, Offer, u64);

/// As many codes as there may be exist already, of the room or in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// The codes that can be redeemed: one of a member, [`PAIRING_CODES_OF_ROOM`] of a room, [`PAIRING_CODES_MAX`] in all.
#[derive(Debug, Default)]
pub struct PairingCodes(Mutex<Table>);

/// A member of a life of a room.
type Key = (RoomId, Epoch, MemberId);

#[derive(Debug, Default)]
struct Table {
    /// The newest code of each member. It may have expired.
    entries: HashMap<Key, Entry>,
    /// Whose each code is.
    members: HashMap<CodeHash, Key>,
    /// How many entries each room has.
    rooms: HashMap<RoomId, usize>,
    /// Whether a code was issued here since codes were last announced.
    has_news: bool,
    /// When expired entries were last removed, as uptime.
    swept_at: Millis,
}

#[derive(Debug)]
struct Entry {
    hash: CodeHash,
    offer: Offer,
    /// When it expires, as uptime.
    until: Millis,
    /// It was redeemed, or is being redeemed. The entry stays, so that another node's announcement does not restore the code.
    is_used: bool,
    origin: Origin,
}

/// Which node issued a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Here {
        /// When it is announced next, as uptime.
        announce_at: Millis,
    },
    Elsewhere,
}

impl CodeHash {
    fn of(code: &PairingCode) -> Self {
        Self(blake3::derive_key("duiliao pairing code", code.as_str().as_bytes()))
    }
}

impl PairingCodes {
    /// Makes a code redeemable, in place of the member's code before. `at` is the time by the wall clock, `now` by uptime.
    ///
    /// # Errors
    /// If there are too many.
    pub fn issue(
        &self,
        code: &PairingCode,
        (room, epoch, made_at): (RoomId, &Epoch, Seq),
        (by, shown): (Standing, TokenHash),
        (at, now): (Millis, Millis),
    ) -> Result<(), TooMany> {
        let hash = CodeHash::of(code);
        let mut random = [0; 10];
        random.copy_from_slice(&hash.0[..10]);
        let mut table = self.current(now);
        // Clocks of nodes differ. The id of a member's newer code is greater all the same, so other nodes know which is newer.
        let before = table.entries.get(&(room, epoch.clone(), by.member));
        let at = at.max(before.map_or(Millis(0), |before| Millis(millis_of(&before.offer.id).0 + 1)));
        let offer = Offer { room, epoch: epoch.clone(), by, shown, made_at, id: MessageId::new(at, &random) };
        let (until, origin) = (Millis(now.0.saturating_add(LASTS_MS)), Origin::Here { announce_at: now });
        table.put(Entry { hash, offer, until, is_used: false, origin })?;
        table.has_news = true;
        Ok(())
    }

    /// Takes a code that has not expired. It cannot be claimed a second time unless it is released.
    pub fn claim(&self, code: &PairingCode, now: Millis) -> Option<Claim> {
        let mut table = self.current(now);
        let entry = table.find(&CodeHash::of(code)).filter(|entry| now < entry.until)?;
        let claim = if entry.is_used { Claim::Used } else { Claim::Taken };
        entry.is_used = true;
        Some(claim(entry.offer.clone()))
    }

    /// Makes a claimed code redeemable again.
    pub fn release(&self, code: &PairingCode, now: Millis) {
        if let Some(entry) = self.current(now).find(&CodeHash::of(code)) {
            entry.is_used = false;
        }
    }

    /// The codes issued here that are to be announced to the other nodes now. Unless it is asked `again`, nothing if none was issued
    /// since the last time.
    pub fn updates_for_peers(&self, again: bool, now: Millis) -> Vec<CodeUpdate> {
        let mut told = Vec::new();
        let mut table = self.current(now);
        if !std::mem::take(&mut table.has_news) && !again {
            return told;
        }
        for Entry { hash, offer, until, is_used, origin } in table.entries.values_mut() {
            if let Origin::Here { announce_at } = origin
                && !*is_used
                && *announce_at <= now
                && now < *until
            {
                let left_ms = until.0 - now.0;
                let age_ms = LASTS_MS.saturating_sub(left_ms);
                *announce_at = Millis(now.0.saturating_add(age_ms.max(ANNOUNCE_AGAIN_MS)));
                told.push((*hash, offer.clone(), left_ms));
            }
        }
        told
    }

    /// Takes in a code that another node issued. It replaces an older code of the same member.
    pub fn apply_peer_update(&self, (hash, offer, left_ms): CodeUpdate, now: Millis) {
        let mut table = self.current(now);
        if table.entries.get(&offer.key()).is_some_and(|known| offer.id <= known.offer.id) {
            return;
        }
        let until = Millis(now.0.saturating_add(left_ms.min(LASTS_MS)));
        let entry = Entry { hash, offer, until, is_used: false, origin: Origin::Elsewhere };
        if table.put(entry).is_err() {
            tracing::debug!("there are too many pairing codes");
        }
    }

    fn current(&self, now: Millis) -> MutexGuard<'_, Table> {
        // A panic while the lock is held leaves nothing half done.
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.sweep(now);
        table
    }
}

impl Table {
    fn find(&mut self, hash: &CodeHash) -> Option<&mut Entry> {
        self.entries.get_mut(self.members.get(hash)?)
    }

    /// Puts a code in the place of the member's code before.
    fn put(&mut self, entry: Entry) -> Result<(), TooMany> {
        let key = entry.offer.key();
        let of_room = self.rooms.get(&key.0).copied().unwrap_or_default();
        let is_full = PAIRING_CODES_MAX <= self.entries.len() || PAIRING_CODES_OF_ROOM <= of_room;
        if is_full && !self.entries.contains_key(&key) {
            return Err(TooMany);
        }
        self.remove(&key);
        *self.rooms.entry(key.0).or_default() += 1;
        self.members.insert(entry.hash, key.clone());
        self.entries.insert(key, entry);
        Ok(())
    }

    fn remove(&mut self, key: &Key) {
        let Some(entry) = self.entries.remove(key) else { return };
        self.members.remove(&entry.hash);
        match self.rooms.get_mut(&key.0) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.rooms.remove(&key.0)),
        }
    }

    /// Removes what has expired, if that was not done within the last second.
    fn sweep(&mut self, now: Millis) {
        if now.0 < self.swept_at.0.saturating_add(SWEEP_EVERY_MS) {
            return;
        }
        self.swept_at = now;
        let expired = self.entries.iter().filter(|(_, entry)| entry.until <= now);
        let expired: Vec<_> = expired.map(|(key, _)| key.clone()).collect();
        expired.iter().for_each(|key| self.remove(key));
    }
}

impl Offer {
    fn key(&self) -> Key {
        (self.room, self.epoch.clone(), self.by.member)
    }
}

/// The time in an id.
fn millis_of(id: &MessageId) -> Millis {
    let mut bytes = [0; 8];
    bytes[2..].copy_from_slice(&id.as_bytes()[..6]);
    Millis(u64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use shared::Token;

    use super::*;

    const NOW: Millis = Millis(5_000);

    fn code(number: u8) -> PairingCode {
        PairingCode::new(&[number; 10])
    }

    fn offer(codes: &PairingCodes, number: u8, member: u32, at: u64) -> Result<(), TooMany> {
        issue(codes, &code(number), (RoomId::Lobby, member), Millis(at))
    }

    fn issue(
        codes: &PairingCodes,
        code: &PairingCode,
        (room, member): (RoomId, u32),
        at: Millis,
    ) -> Result<(), TooMany> {
        let by = Standing { member: MemberId(member), since: Seq(2) };
        let shown = TokenHash::of(&Token::new(&[1; 32]));
        codes.issue(code, (room, &Epoch::new(&[1; 8]), Seq(2)), (by, shown), (at, NOW))
    }

    /// Claims a code; whether it was taken.
    fn takes(codes: &PairingCodes, number: u8, now: Millis) -> bool {
        matches!(codes.claim(&code(number), now), Some(Claim::Taken(_)))
    }

    #[test]
    fn a_code_is_claimed_once_until_it_expires() {
        let codes = PairingCodes::default();
        offer(&codes, 1, 1, 0).unwrap();
        offer(&codes, 2, 2, 0).unwrap();
        assert!(takes(&codes, 1, NOW) && !takes(&codes, 1, NOW));
        codes.release(&code(1), NOW);
        assert!(takes(&codes, 1, NOW) && !takes(&codes, 3, NOW));
        assert!(!takes(&codes, 2, Millis(NOW.0 + LASTS_MS)));
        let table = codes.0.lock().unwrap();
        assert!(table.entries.is_empty() && table.members.is_empty() && table.rooms.is_empty());
    }

    #[test]
    fn a_member_has_one_code() {
        let codes = PairingCodes::default();
        offer(&codes, 1, 1, 9).unwrap();
        offer(&codes, 2, 1, 3).unwrap();
        assert!(!takes(&codes, 1, NOW) && takes(&codes, 2, NOW));
    }

    #[test]
    fn codes_are_bounded_by_room_and_in_all() {
        let codes = PairingCodes::default();
        let of_room = u32::try_from(PAIRING_CODES_OF_ROOM).unwrap();
        let make = |number: u32| {
            let (room, member) = (number / of_room, number % of_room);
            let mut random = [0; 10];
            (0..5).for_each(|at| random[at] = u8::try_from(number >> (5 * at) & 31).unwrap());
            let mut id = [0; 16];
            id[..4].copy_from_slice(&room.to_be_bytes());
            issue(&codes, &PairingCode::new(&random), (RoomId::Link(id), member), NOW)
        };
        (0..of_room).for_each(|member| make(member).unwrap());
        let more = |member| issue(&codes, &code(31), (RoomId::Link([0; 16]), member), NOW);
        assert_eq!((more(of_room), more(7)), (Err(TooMany), Ok(())), "7 has a newer one");
        let most = u32::try_from(PAIRING_CODES_MAX).unwrap();
        (of_room..most).for_each(|number| make(number).unwrap());
        assert_eq!((make(most), make(7)), (Err(TooMany), Ok(())));
    }

    #[test]
    fn a_code_is_announced_less_and_less_often() {
        let codes = PairingCodes::default();
        offer(&codes, 1, 1, 0).unwrap();
        let looks = (0..).map(|look| Millis(NOW.0 + look * 250)).take_while(|now| now.0 <= NOW.0 + LASTS_MS);
        let told =
            looks.enumerate().filter(|(look, now)| !codes.updates_for_peers(look % 12 == 0, *now).is_empty());
        let told: Vec<_> = told.map(|(_, now)| (now.0 - NOW.0) / 1_000).collect();
        assert_eq!(told, [0, 3, 6, 12, 24, 48, 96, 192, 384]);
    }

    #[test]
    fn other_nodes_hear_of_a_code_and_never_bring_an_older_one_back() {
        let [here, there] = [(), ()].map(|()| PairingCodes::default());
        let tell = |from: &PairingCodes, to: &PairingCodes, later_ms: u64| {
            let now = Millis(NOW.0 + later_ms);
            let told = from.updates_for_peers(later_ms > 0, now);
            let count = told.len();
            told.into_iter().for_each(|told| to.apply_peer_update(told, now));
            count
        };
        offer(&here, 1, 1, 1_000).unwrap();
        assert_eq!((tell(&here, &there, 0), tell(&here, &there, 0)), (1, 0));
        let claimed = there.claim(&code(1), NOW).unwrap();
        assert_eq!(here.claim(&code(1), NOW).unwrap(), claimed, "both propose the same record");
        here.release(&code(1), NOW);
        assert_eq!(tell(&here, &there, 3_000), 1);
        assert!(!takes(&there, 1, NOW), "it was used there");
        // The clock of the other node is behind.
        offer(&there, 2, 1, 7).unwrap();
        assert_eq!(tell(&here, &there, 6_000), 1);
        assert!(!takes(&there, 1, NOW) && takes(&there, 2, NOW));
        there.release(&code(2), NOW);
        tell(&there, &here, 6_000);
        assert!(!takes(&here, 1, NOW) && takes(&here, 2, NOW));
        assert_eq!(tell(&here, &there, 60_000), 0, "it is not told by others");
    }
}
