//! Who is and who was a member, as sessions may know it: a snapshot that is replaced, never changed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shared::{Ban, LeftWhy, Member, MemberId, Millis, Name, Seq};
use smallvec::SmallVec;

use super::proposal::Standing;
use super::seal::TokenHash;
use super::tokens::{TokenUse, Tokens};

/// Where a member sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// In a seat, since the `joined` of this number.
    Taken(Seq),
    /// Nowhere any more.
    Freed(LeftWhy),
}

/// Who is seated, and former members as far as somebody may ask for them soon. All others are in the index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// By rising number.
    members: SmallVec<[(MemberId, Listed); 2]>,
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
    /// Its tokens: who shows one of a device is this member.
    pub tokens: Tokens,
    /// When it was banned, if it is.
    pub banned_at: Option<Millis>,
    /// When its last mute ends; it may have ended.
    pub muted_until: Option<Millis>,
}

impl Roster {
    /// Of these members, in the order of their numbers.
    pub fn new(members: impl IntoIterator<Item = (MemberId, Listed)>, kept: bool) -> Self {
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

    /// The member that has this token on a device, and where that member sits.
    pub fn find(&self, token: &TokenHash) -> Option<(MemberId, Seat)> {
        let (number, listed) = self.members.iter().find(|(_, listed)| listed.tokens.is_device(token))?;
        Some((*number, listed.seat))
    }

    /// The member whose token this is or was, and what the token is good for.
    pub fn token_use(&self, token: &TokenHash) -> Option<(MemberId, TokenUse)> {
        self.members.iter().find_map(|(number, listed)| Some((*number, listed.tokens.find(token)?)))
    }

    /// Whether a device of this member has this token.
    pub fn is_device(&self, member: MemberId, token: &TokenHash) -> bool {
        self.get(member).is_some_and(|listed| listed.tokens.is_device(token))
    }

    /// How many tokens of this member are valid.
    pub fn valid_tokens(&self, member: MemberId) -> usize {
        self.get(member).map_or(0, |listed| listed.tokens.valid())
    }

    /// The latest name of a member.
    pub fn name(&self, member: MemberId) -> Option<&Name> {
        self.get(member).map(|listed| &listed.name)
    }

    /// The name of somebody who is not seated.
    pub fn former_name(&self, member: MemberId) -> Option<&Name> {
        self.get(member).filter(|listed| matches!(listed.seat, Seat::Freed(_))).map(|listed| &listed.name)
    }

    /// Everybody in it, with the latest name.
    pub fn names(&self) -> impl Iterator<Item = (MemberId, &Name)> {
        self.members.iter().map(|(number, listed)| (*number, &listed.name))
    }

    /// Whether somebody of this number is in it.
    pub fn has(&self, member: MemberId) -> bool {
        self.get(member).is_some()
    }

    /// How many are in it.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Takes over those of an older roster that are not in this one and of whom something is still `told`.
    pub(super) fn keep(&mut self, older: &Self, told: impl FnOnce() -> BTreeSet<MemberId>) {
        let mut gone = older.members.iter().filter(|(number, _)| !self.has(*number)).peekable();
        if gone.peek().is_none() {
            return;
        }
        let told = told();
        let kept: Vec<_> = gone.filter(|(number, _)| told.contains(number)).cloned().collect();
        self.members.extend(kept);
        self.members.sort_unstable_by_key(|(number, _)| *number);
    }

    /// Everybody banned, by number.
    pub fn bans(&self) -> impl Iterator<Item = Ban> {
        self.members.iter().filter_map(|(number, Listed { name, banned_at, .. })| {
            Some(Ban { member: *number, name: name.clone(), at: (*banned_at)? })
        })
    }

    /// Everybody seated, by number. A mute that has ended may still be told.
    pub fn seated(&self) -> impl Iterator<Item = Member> {
        self.members.iter().filter_map(|(number, Listed { name, seat, muted_until, .. })| {
            let Seat::Taken(since) = *seat else { return None };
            let (member, name) = (*number, name.clone());
            Some(Member { member, name, joined: Some(since), muted_until: *muted_until })
        })
    }

    /// Seats that nobody else can have.
    pub fn taken(&self) -> usize {
        self.members.iter().filter(|(_, listed)| matches!(listed.seat, Seat::Taken(_))).count()
            + usize::from(self.kept)
    }

    /// What is known of a member.
    pub(super) fn get(&self, member: MemberId) -> Option<&Listed> {
        let place = self.members.binary_search_by_key(&member, |(number, _)| *number).ok()?;
        Some(&self.members[place].1)
    }
}
