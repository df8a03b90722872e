//! Who is and who was a member, as sessions may know it: a snapshot that is replaced, never changed.

use serde::{Deserialize, Serialize};
use shared::{Ban, LeftWhy, Member, MemberId, Millis, Name, Seq};
use smallvec::SmallVec;

use super::proposal::Standing;
use super::seal::TokenHash;

/// Where a member sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// In a seat, since the `joined` of this number.
    Taken(Seq),
    /// Nowhere any more.
    Freed(LeftWhy),
}

/// All members of one life of a room; member `n` stands at `n - 1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    members: SmallVec<[Listed; 2]>,
    /// A seat is kept for the host, who does not sit in it.
    kept: bool,
}

/// A member, as the roster knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: Name,
    /// Where it sits.
    pub seat: Seat,
    /// Of its token: who shows it is this member.
    pub token: TokenHash,
    /// When its token was banned, if it is.
    pub banned_at: Option<Millis>,
    /// When its last mute ends; it may have ended.
    pub muted_until: Option<Millis>,
}

impl Roster {
    /// Of these members, in the order of their numbers.
    pub fn new(members: impl IntoIterator<Item = Listed>, kept: bool) -> Self {
        Self { members: members.into_iter().collect(), kept }
    }

    /// Where a member sits.
    pub fn seat(&self, member: MemberId) -> Option<Seat> {
        self.get(member).map(|listed| listed.seat)
    }

    /// Whether this is still the seat of whoever speaks so.
    pub fn holds(&self, who: Standing) -> bool {
        self.seat(who.member) == Some(Seat::Taken(who.since))
    }

    /// Whose this token is, and where that member sits.
    pub fn find(&self, token: &TokenHash) -> Option<(MemberId, Seat)> {
        let (number, listed) = (1..).zip(&self.members).find(|(_, listed)| listed.token == *token)?;
        Some((MemberId(number), listed.seat))
    }

    /// The latest name of a member.
    pub fn name(&self, member: MemberId) -> Option<&Name> {
        self.get(member).map(|listed| &listed.name)
    }

    /// The name of somebody who is not seated.
    pub fn former_name(&self, member: MemberId) -> Option<&Name> {
        self.get(member).filter(|listed| matches!(listed.seat, Seat::Freed(_))).map(|listed| &listed.name)
    }

    /// Everybody who is or was here, with the latest name.
    pub fn names(&self) -> impl Iterator<Item = (MemberId, &Name)> {
        (1..).zip(&self.members).map(|(number, listed)| (MemberId(number), &listed.name))
    }

    /// Everybody banned, by number.
    pub fn bans(&self) -> impl Iterator<Item = Ban> {
        (1..).zip(&self.members).filter_map(|(number, Listed { name, banned_at, .. })| {
            Some(Ban { member: MemberId(number), name: name.clone(), at: (*banned_at)? })
        })
    }

    /// Everybody seated, by number. A mute that has ended may still be told.
    pub fn seated(&self) -> impl Iterator<Item = Member> {
        (1..).zip(&self.members).filter_map(|(number, Listed { name, seat, muted_until, .. })| {
            let Seat::Taken(since) = *seat else { return None };
            let (member, name) = (MemberId(number), name.clone());
            Some(Member { member, name, joined: Some(since), muted_until: *muted_until })
        })
    }

    /// Seats that nobody else can have.
    pub fn taken(&self) -> usize {
        self.members.iter().filter(|listed| matches!(listed.seat, Seat::Taken(_))).count()
            + usize::from(self.kept)
    }

    fn get(&self, member: MemberId) -> Option<&Listed> {
        self.members.get((member.0 as usize).checked_sub(1)?)
    }
}
