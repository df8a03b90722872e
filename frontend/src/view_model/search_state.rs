//! State of the search panel: the query and the hits. Applies edits and recalls to the hits without asking the server
//! again. Knows no browser.

use std::rc::Rc;

use shared::{Event, Fact, Hit, MemberId, Names, SearchPage, Seq};

use super::search_query::Query;
use crate::state::Room;
use crate::state::room::Rewrite;

/// A message that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundMessage {
    /// The hit, as the server told it.
    pub hit: Hit,
    /// A later change of the message.
    pub since: Option<Since>,
}

/// A change of a message after it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// It has this text now.
    Edited(Rc<str>),
    /// It was recalled.
    Recalled,
}

/// State of the search panel.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchState {
    /// The current query.
    pub query: Query,
    /// The hits, newest first. An error if the search failed, none before the first search.
    pub hits: Option<Result<Vec<FoundMessage>, ()>>,
    /// Names of the members spoken of who are not seated.
    pub names: Names,
    /// Whether there are older hits.
    pub more: bool,
    /// The hit that was opened last.
    pub opened: Option<Seq>,
    /// The number of the newest question: a late answer to an earlier one is void.
    turn: u32,
    /// The number of the newest change of the room that is taken into account.
    seen: u32,
}

impl SearchState {
    /// Begins question number `turn`. `asks` says whether the server is asked, `goes_on` whether for more of the same.
    pub fn begin(&mut self, turn: u32, query: Query, asks: bool, goes_on: bool, room_rewrites: u32) {
        self.turn = turn;
        self.query = query;
        if !asks {
            (self.hits, self.more, self.opened) = (None, false, None);
        }
        if !goes_on {
            self.seen = room_rewrites;
        }
    }

    /// Takes the answer to question number `turn`.
    pub fn take(&mut self, turn: u32, page: Option<SearchPage>, goes_on: bool) {
        if turn != self.turn {
            return;
        }
        let found = |hits: Vec<Hit>| hits.into_iter().map(|hit| FoundMessage { hit, since: None });
        match (page, &mut self.hits) {
            (Some(page), Some(Ok(hits))) if goes_on => {
                hits.extend(found(page.hits));
                self.names.extend(page.names);
                self.more = page.more;
            }
            (Some(page), hits) => {
                *hits = Some(Ok(found(page.hits).collect()));
                (self.names, self.more) = (page.names, page.more);
                self.opened = None;
            }
            // What was found before stays, and can be asked to go on.
            (None, Some(Ok(hits))) if goes_on && !hits.is_empty() => {}
            (None, hits) => {
                (*hits, self.more) = (Some(Err(())), false);
            }
        }
    }

    /// Takes the changes of the room into account. False if they are not all known: the question has to be asked again.
    pub fn follow(&mut self, room: &Room) -> bool {
        let seen = std::mem::replace(&mut self.seen, room.rewrites);
        let Some(Ok(hits)) = &mut self.hits else { return true };
        hits.retain(|found| room.kept_since <= found.hit.event.at);
        let Some(changes) = room.rewritten_since(seen) else { return false };
        for change in changes {
            let (target, since) = match change {
                Rewrite::Edited(target, text) => (target, Since::Edited(Rc::clone(text))),
                Rewrite::Recalled(target) => (target, Since::Recalled),
                Rewrite::Expired => continue,
            };
            if let Some(found) = hits.iter_mut().find(|found| found.hit.event.seq == *target) {
                found.since = Some(since);
            }
        }
        true
    }

    /// The number of the oldest hit.
    pub fn last(&self) -> Option<Seq> {
        self.found().last().map(|found| found.hit.event.seq)
    }

    /// The hits; empty if there are none.
    pub fn found(&self) -> &[FoundMessage] {
        self.hits.as_ref().and_then(|hits| hits.as_ref().ok()).map_or(&[], Vec::as_slice)
    }
}

impl FoundMessage {
    /// The author.
    pub fn by(&self) -> Option<MemberId> {
        match &self.hit.event {
            Event { fact: Fact::Said { by, .. }, .. } => Some(*by),
            _ => None,
        }
    }
}

/// A member whose messages can be searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The member.
    pub member: MemberId,
    /// The name.
    pub name: Rc<str>,
    /// Whether the member has left.
    pub left: bool,
}

/// All members whose name is known, those seated first.
pub fn senders(room: &Room, found: &Names) -> Vec<Sender> {
    let sender =
        |member: MemberId, name: Rc<str>| Sender { member, name, left: !room.seated.contains(&member) };
    let known = room.known_names().map(|(member, name)| sender(member, Rc::clone(name)));
    let unknown = found.iter().filter(|(member, _)| room.name(**member).is_none());
    let mut senders: Vec<Sender> =
        known.chain(unknown.map(|(member, name)| sender(*member, name.as_str().into()))).collect();
    senders.sort_by_key(|sender| (sender.left, sender.member));
    senders
}

#[cfg(test)]
mod tests;
