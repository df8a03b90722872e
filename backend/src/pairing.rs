//! Pairing codes that can be redeemed. They are in memory only, as hashes. Each node of a cluster announces its codes to the others.
//!
//! Redeeming a code appends a record under an id that belongs to the code. So a code is redeemed once, even if two nodes try it at
//! the same moment.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use shared::limits::PAIRING_CODE_S;
use shared::{Epoch, MessageId, Millis, PairingCode, RoomId, Seq};

use crate::config::PAIRING_CODES_MAX;
use crate::room::proposal::Standing;
use crate::room::seal::TokenHash;

/// How long a code can be redeemed, in milliseconds.
const LASTS_MS: u64 = PAIRING_CODE_S as u64 * 1_000;

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

/// As many codes as there may be exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// The codes that can be redeemed, at most [`PAIRING_CODES_MAX`].
#[derive(Debug, Default)]
pub struct PairingCodes(Mutex<HashMap<CodeHash, Entry>>);

#[derive(Debug)]
struct Entry {
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
    Here { is_announced: bool },
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
        let mut entries = self.current(now);
        // Clocks of nodes differ. The id of a member's newer code is greater all the same, so other nodes know which is newer.
        let is_before = |entry: &&Entry| entry.offer.is_of(room, epoch, by);
        let before = entries.values().filter(is_before).map(|entry| millis_of(&entry.offer.id)).max();
        let at = at.max(before.map_or(Millis(0), |before| Millis(before.0 + 1)));
        let offer = Offer { room, epoch: epoch.clone(), by, shown, made_at, id: MessageId::new(at, &random) };
        entries.retain(|_, entry| !entry.offer.is_of(room, epoch, by));
        if entries.len() >= PAIRING_CODES_MAX {
            return Err(TooMany);
        }
        let (until, origin) = (Millis(now.0.saturating_add(LASTS_MS)), Origin::Here { is_announced: false });
        entries.insert(hash, Entry { offer, until, is_used: false, origin });
        Ok(())
    }

    /// Takes a code that has not expired. It cannot be claimed a second time unless it is released.
    pub fn claim(&self, code: &PairingCode, now: Millis) -> Option<Claim> {
        let mut entries = self.current(now);
        let entry = entries.get_mut(&CodeHash::of(code))?;
        let claim = if entry.is_used { Claim::Used } else { Claim::Taken };
        entry.is_used = true;
        Some(claim(entry.offer.clone()))
    }

    /// Makes a claimed code redeemable again.
    pub fn release(&self, code: &PairingCode, now: Millis) {
        if let Some(entry) = self.current(now).get_mut(&CodeHash::of(code)) {
            entry.is_used = false;
        }
    }

    /// The codes issued here that are still to be announced to the other nodes, or all of them if `again`.
    pub fn updates_for_peers(&self, again: bool, now: Millis) -> Vec<CodeUpdate> {
        let mut told = Vec::new();
        for (hash, Entry { offer, until, is_used, origin }) in self.current(now).iter_mut() {
            if let Origin::Here { is_announced } = origin
                && !*is_used
                && (again || !*is_announced)
            {
                *is_announced = true;
                told.push((*hash, offer.clone(), until.0 - now.0));
            }
        }
        told
    }

    /// Takes in a code that another node issued. It replaces an older code of the same member.
    pub fn apply_peer_update(&self, (hash, offer, left_ms): CodeUpdate, now: Millis) {
        let mut entries = self.current(now);
        let Offer { room, ref epoch, by, id, .. } = offer;
        let is_newer = |entry: &Entry| entry.offer.is_of(room, epoch, by) && id <= entry.offer.id;
        if entries.values().any(is_newer) {
            return;
        }
        entries.retain(|_, entry| !entry.offer.is_of(room, epoch, by));
        if entries.len() < PAIRING_CODES_MAX {
            let until = Millis(now.0.saturating_add(left_ms.min(LASTS_MS)));
            entries.insert(hash, Entry { offer, until, is_used: false, origin: Origin::Elsewhere });
        }
    }

    /// The codes that have not expired.
    fn current(&self, now: Millis) -> MutexGuard<'_, HashMap<CodeHash, Entry>> {
        // A panic while the lock is held leaves nothing half done.
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| now < entry.until);
        entries
    }
}

impl Offer {
    /// Whether it is a code of this member of a room.
    fn is_of(&self, room: RoomId, epoch: &Epoch, by: Standing) -> bool {
        self.room == room && self.by.member == by.member && self.epoch == *epoch
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
    use shared::{MemberId, Token};

    use super::*;

    const NOW: Millis = Millis(5_000);

    fn code(number: u8) -> PairingCode {
        PairingCode::new(&[number; 10])
    }

    fn offer(codes: &PairingCodes, number: u8, member: u32, at: u64) -> Result<(), TooMany> {
        let (by, shown) =
            (Standing { member: MemberId(member), since: Seq(2) }, TokenHash::of(&Token::new(&[1; 32])));
        codes.issue(
            &code(number),
            (RoomId::Lobby, &Epoch::new(&[1; 8]), Seq(2)),
            (by, shown),
            (Millis(at), NOW),
        )
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
        assert!(codes.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_member_has_one_code() {
        let codes = PairingCodes::default();
        offer(&codes, 1, 1, 9).unwrap();
        offer(&codes, 2, 1, 3).unwrap();
        assert!(!takes(&codes, 1, NOW) && takes(&codes, 2, NOW));
    }

    #[test]
    fn codes_are_bounded() {
        let codes = PairingCodes::default();
        let make = |member: u32| {
            let mut random = [0; 10];
            (0..4).for_each(|at| random[at] = u8::try_from(member >> (5 * at) & 31).unwrap());
            let by = Standing { member: MemberId(member), since: Seq(2) };
            let shown = TokenHash::of(&Token::new(&[1; 32]));
            let room = (RoomId::Lobby, &Epoch::new(&[1; 8]), Seq(2));
            codes.issue(&PairingCode::new(&random), room, (by, shown), (NOW, NOW))
        };
        let most = u32::try_from(PAIRING_CODES_MAX).unwrap();
        // Not each one by its own call: each looks through all.
        (0..200).for_each(|member| make(member).unwrap());
        let told = codes.updates_for_peers(true, NOW);
        for member in 200..most {
            let (_, offer, left) = told[0].clone();
            let by = Standing { member: MemberId(member), ..offer.by };
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&member.to_be_bytes());
            let entry = Entry {
                offer: Offer { by, ..offer },
                until: Millis(NOW.0 + left),
                is_used: false,
                origin: Origin::Elsewhere,
            };
            codes.0.lock().unwrap().insert(CodeHash(hash), entry);
        }
        assert_eq!(make(most), Err(TooMany));
        assert_eq!(make(7), Ok(()), "in place of the one before");
    }

    #[test]
    fn other_nodes_hear_of_a_code_and_never_bring_an_older_one_back() {
        let [here, there] = [(), ()].map(|()| PairingCodes::default());
        let tell = |from: &PairingCodes, to: &PairingCodes, again| {
            let told = from.updates_for_peers(again, NOW);
            let count = told.len();
            told.into_iter().for_each(|told| to.apply_peer_update(told, NOW));
            count
        };
        offer(&here, 1, 1, 1_000).unwrap();
        assert_eq!((tell(&here, &there, false), tell(&here, &there, false)), (1, 0));
        let claimed = there.claim(&code(1), NOW).unwrap();
        assert_eq!(here.claim(&code(1), NOW).unwrap(), claimed, "both propose the same record");
        here.release(&code(1), NOW);
        assert_eq!(tell(&here, &there, true), 1);
        assert!(!takes(&there, 1, NOW), "it was used there");
        // The clock of the other node is behind.
        offer(&there, 2, 1, 7).unwrap();
        assert_eq!(tell(&here, &there, true), 1);
        assert!(!takes(&there, 1, NOW) && takes(&there, 2, NOW));
        there.release(&code(2), NOW);
        tell(&there, &here, true);
        assert!(!takes(&here, 1, NOW) && takes(&here, 2, NOW));
        assert_eq!(tell(&here, &there, true), 0, "it is not told by others");
    }
}
