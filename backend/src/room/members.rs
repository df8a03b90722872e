//! The members of one life of a room, as far as they are in memory: whoever sits, and former members of whom a rule needs something.
//!
//! All others are in the index. Whoever decides or folds something about one of those restores it first: see
//! [`super::state::RoomState::former_wanted`] and [`super::state::RoomState::members_missing`].

use std::collections::HashMap;

use shared::{LeftWhy, MemberId};

use super::member::MemberState;
use super::roster::Seat;
use super::seal::TokenHash;
use super::tokens::{TokenUse, Tokens};

/// Whom a proposal speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The member whose token this is.
    Token(TokenHash),
    /// The member of this number.
    Number(MemberId),
}

/// Members in memory, by rising number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    /// A room for two has two of them: a tree would take kilobytes.
    loaded: Vec<(MemberId, MemberState)>,
    /// Every token of theirs, void ones too.
    tokens: HashMap<TokenHash, MemberId>,
    /// How many this life has had, in memory or not. They are numbered from 1 on.
    count: u32,
    seated: u32,
}

impl Members {
    /// These members, by rising number, of a life that has had so many.
    pub fn new(loaded: Vec<(MemberId, MemberState)>, count: u32) -> Self {
        let of = |(number, member): &(MemberId, MemberState)| {
            member.tokens.iter().map(|token| (token, *number)).collect::<Vec<_>>()
        };
        let tokens = loaded.iter().flat_map(of).collect();
        let seated = loaded.iter().filter(|(_, member)| member.is_seated()).count();
        Self { loaded, tokens, count, seated: u32::try_from(seated).unwrap_or(u32::MAX) }
    }

    /// What is known of a member, if it is in memory.
    pub fn get(&self, number: MemberId) -> Option<&MemberState> {
        self.place(number).ok().map(|place| &self.loaded[place].1)
    }

    /// As [`Members::get`], to be changed. Seats are given by [`Members::put`] and freed by [`Members::free`].
    pub(super) fn get_mut(&mut self, number: MemberId) -> Option<&mut MemberState> {
        self.place(number).ok().map(|place| &mut self.loaded[place].1)
    }

    /// The member whose token this is or was, if it is in memory, and what the token is good for.
    pub fn find(&self, token: &TokenHash) -> Option<(MemberId, TokenUse)> {
        let number = *self.tokens.get(token)?;
        Some((number, self.get(number)?.tokens.find(token)?))
    }

    /// All that are in memory, by rising number.
    pub fn iter(&self) -> impl Iterator<Item = (MemberId, &MemberState)> {
        self.loaded.iter().map(|(number, member)| (*number, member))
    }

    /// How many are in memory.
    pub const fn loaded(&self) -> usize {
        self.loaded.len()
    }

    /// How many this life has had.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// How many sit.
    pub const fn seated(&self) -> u32 {
        self.seated
    }

    /// Whether some of this life's members are not in memory.
    pub(super) const fn is_partial(&self) -> bool {
        self.loaded.len() < self.count as usize
    }

    /// Whether this life has had a member of this number who is not in memory.
    pub(super) fn is_missing(&self, number: MemberId) -> bool {
        (1..=self.count).contains(&number.0) && self.place(number).is_err()
    }

    /// Puts a member in the place of what was known of it.
    pub(crate) fn put(&mut self, number: MemberId, member: MemberState) {
        self.count = self.count.max(number.0);
        self.seated += u32::from(member.is_seated());
        match self.place(number) {
            Ok(place) => {
                let before = &mut self.loaded[place].1;
                self.seated -= u32::from(before.is_seated());
                before.tokens.iter().for_each(|token| _ = self.tokens.remove(&token));
                self.tokens.extend(member.tokens.iter().map(|token| (token, number)));
                *before = member;
            }
            Err(place) => {
                self.tokens.extend(member.tokens.iter().map(|token| (token, number)));
                self.loaded.insert(place, (number, member));
            }
        }
    }

    /// Changes the tokens of a member, if it is in memory.
    pub(super) fn change_tokens(&mut self, number: MemberId, change: impl FnOnce(&mut Tokens)) {
        let Ok(place) = self.place(number) else { return };
        let tokens = &mut self.loaded[place].1.tokens;
        tokens.iter().for_each(|token| _ = self.tokens.remove(&token));
        change(tokens);
        self.tokens.extend(tokens.iter().map(|token| (token, number)));
    }

    /// Frees a member's seat, if it has one.
    pub(super) fn free(&mut self, number: MemberId, why: LeftWhy) {
        let Ok(place) = self.place(number) else { return };
        let member = &mut self.loaded[place].1;
        if member.is_seated() {
            member.seat = Seat::Freed(why);
            self.seated -= 1;
        }
    }

    /// Takes those out of memory of whom `may_go` says so. Nobody who sits may go.
    pub(super) fn forget(&mut self, mut may_go: impl FnMut(MemberId, &MemberState) -> bool) -> Vec<MemberId> {
        let mut gone = Vec::new();
        let Self { loaded, tokens, .. } = self;
        loaded.retain(|(number, member)| {
            let goes = may_go(*number, member);
            if goes {
                member.tokens.iter().for_each(|token| _ = tokens.remove(&token));
                gone.push(*number);
            }
            !goes
        });
        if !gone.is_empty() {
            loaded.shrink_to(loaded.len() * 2);
            tokens.shrink_to(tokens.len() * 2);
        }
        gone
    }

    fn place(&self, number: MemberId) -> Result<usize, usize> {
        self.loaded.binary_search_by_key(&number, |(known, _)| *known)
    }
}
