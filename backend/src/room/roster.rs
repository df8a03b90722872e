//! Who is and who was a member, as sessions may know it: a snapshot that is replaced, never changed.

use shared::{LeftWhy, Member, MemberId, Name, Seq};

/// Where a member sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// In a seat, since the `joined` of this number.
    Taken(Seq),
    /// Nowhere any more.
    Freed(LeftWhy),
}

/// All members of one life of a room; member `n` stands at `n - 1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster(Vec<(Name, Seat)>);

impl Roster {
    /// Of these members, in the order of their numbers.
    pub const fn new(members: Vec<(Name, Seat)>) -> Self {
        Self(members)
    }

    /// Where a member sits.
    pub fn seat(&self, member: MemberId) -> Option<Seat> {
        self.get(member).map(|(_, seat)| *seat)
    }

    /// The name of somebody who is not seated.
    pub fn former_name(&self, member: MemberId) -> Option<&Name> {
        match self.get(member)? {
            (name, Seat::Freed(_)) => Some(name),
            _ => None,
        }
    }

    /// Everybody seated, by number.
    pub fn seated(&self) -> impl Iterator<Item = Member> {
        (1..).zip(&self.0).filter_map(|(number, (name, seat))| {
            let seated = matches!(seat, Seat::Taken(_));
            seated.then(|| Member { member: MemberId(number), name: name.clone() })
        })
    }

    fn get(&self, member: MemberId) -> Option<&(Name, Seat)> {
        self.0.get((member.0 as usize).checked_sub(1)?)
    }
}
