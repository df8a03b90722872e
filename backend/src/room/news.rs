//! What a room knows beside its events: who is connected, how far members have read, who is writing.
//!
//! Versioned state: whoever asks gets the newest, and nothing of it is a fact of the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use shared::limits::MARKS_TOLD_SEATS;
use shared::{FromServer, Member, MemberId, Millis, Readers as ReadReceipts, Seq};

use crate::edge::Edge;
use crate::frame::Frame;

use super::elsewhere::There;
use super::marks::Mark;
use super::presence::Silence;
use super::proposal::Standing;
use super::roster::Seat;
use super::{Published, Room};

/// The versions of what is no event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Versions {
    /// Of who is connected.
    pub presence: u64,
    /// Of how far members have read.
    pub marks: u64,
    /// Of who is writing.
    pub typing: u64,
}

/// What a node tells the others of a room's people.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Abroad {
    /// All who are there.
    pub here: Vec<There>,
    /// How far some of them have read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<(MemberId, Seq)>,
    /// Who of them is writing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<MemberId>,
}

impl Abroad {
    /// How much it is.
    pub const fn len(&self) -> usize {
        self.here.len() + self.read.len() + self.writes.len()
    }

    /// Whether it says nothing.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Signs of life of a connection that come sooner after one another, in milliseconds, count as one: who was heard may seem to have
/// been silent for so much longer.
const HEARD_EVERY_MS: u64 = 1_000;

impl Room {
    /// Who is connected, as a frame, and the version it is of.
    pub fn presence_frame(&self) -> (Frame, u64) {
        let mut published = self.lock();
        let version = published.presence.version();
        if let Some((of, frame)) = &published.presence_frame
            && *of == version
        {
            return (frame.clone(), version);
        }
        let online = published.presence.online().collect();
        let frame = Frame::of(&FromServer::Presence { online });
        published.presence_frame = Some((version, frame.clone()));
        (frame, version)
    }

    /// The marks that changed after version `since`, as a frame for `who`, and the version it is of. In a large room
    /// nobody is told of others': there is a frame only for what is told first, and for one's own mark.
    pub fn marks_frame(&self, who: Standing, since: u64) -> (Option<Frame>, u64) {
        let mut published = self.lock();
        let version = published.marks_version(who);
        let tells_marks = published.tells_marks();
        let Published { marks, marks_frame, .. } = &mut *published;
        let encode = |marks| Frame::of(&FromServer::Read { marks });
        if !tells_marks {
            let own: Vec<_> =
                (since < version).then(|| (who.member, marks.of(who.member))).into_iter().collect();
            return ((since == 0 || !own.is_empty()).then(|| encode(own)), version);
        }
        let frame = match marks_frame {
            Some((of, frame)) if *of == (since, version) => frame.clone(),
            _ => encode(marks.since(since).collect()),
        };
        *marks_frame = Some(((since, version), frame.clone()));
        (Some(frame), version)
    }

    /// Who is writing, as a frame, and the version it is of.
    pub fn typing_frame(&self, now: Millis) -> (Frame, u64) {
        let published = self.lock();
        let by = published.typing.by(now).collect();
        (Frame::of(&FromServer::Typing { by }), published.typing.version())
    }

    /// Who has read the event of this number, and who has not. Members who took their seat at it or after it are in
    /// neither list: it was not on their screen when it came.
    pub fn readers_of(&self, seq: Seq) -> ReadReceipts {
        let published = self.lock();
        let mut readers = ReadReceipts { read: Vec::new(), unread: Vec::new() };
        for Member { member, joined, .. } in published.view.roster.seated() {
            if joined.is_some_and(|since| since < seq) {
                let has_read = seq <= published.marks.of(member);
                if has_read { &mut readers.read } else { &mut readers.unread }.push(member);
            }
        }
        readers
    }

    /// `who` has seen everything up to here.
    pub fn read(&self, who: Standing, seq: Seq) {
        let mut published = self.lock();
        let seq = seq.min(published.tail.last());
        let news = published.holds(who) && published.marks.raise(who.member, seq);
        // In a large room others are not told, but one's other windows are.
        let told = published.tells_marks() || published.presence.is_in_several_places(who.member);
        drop(published);
        if news && told {
            self.wake();
        }
    }

    /// `who` is writing.
    pub fn typing(&self, who: Standing, now: Millis) {
        let mut published = self.lock();
        let news = published.holds(who) && published.typing.note(who.member, now);
        self.look_who_writes(&published);
        drop(published);
        if news {
            self.wake();
        }
    }

    /// `who` has said what it was writing.
    pub fn wrote(&self, who: Standing, now: Millis) {
        if self.somebody_writes.load(Ordering::Relaxed) {
            let mut published = self.lock();
            published.typing.done(who.member, now);
            self.look_who_writes(&published);
        }
    }

    fn look_who_writes(&self, published: &Published) {
        self.somebody_writes.store(!published.typing.is_empty(), Ordering::Relaxed);
    }

    /// What is to be stored of members beside the log, at this time by the wall clock and by uptime. Somebody lost for
    /// less than `grace_ms` is stored as connected, and comes again later.
    pub fn take_unsaved(&self, now: Millis, uptime: Millis, grace_ms: u64) -> Vec<(MemberId, Mark)> {
        let mut published = self.lock();
        let mut taken = Vec::new();
        for member in published.marks.take_unsaved() {
            let silence = self.silence(&published, member, uptime);
            let lost = !silence.connected && grace_ms <= silence.lasts;
            if !silence.connected && !lost {
                published.marks.unsaved(member);
            }
            let away = lost.then(|| Millis(now.0.saturating_sub(silence.lasts)));
            taken.push((member, Mark { read: published.marks.of(member), away }));
        }
        taken
    }

    /// What is known of these is to be stored, for the first time or since it could not be.
    pub fn put_unsaved(&self, members: impl IntoIterator<Item = MemberId>) {
        let mut published = self.lock();
        members.into_iter().for_each(|member| published.marks.unsaved(member));
    }

    /// Whether a former member is still needed here: something of it is to be stored, or a session of it is still to read why it
    /// ended.
    pub(crate) fn needs_former(&self, member: MemberId) -> bool {
        let published = self.lock();
        published.marks.is_unsaved(member) || published.presence.has_unseated(member)
    }

    /// A former member is back in memory, and had read up to here.
    pub(crate) fn remember_mark(&self, member: MemberId, read: Seq) {
        self.lock().marks.remember(member, read);
    }

    /// Takes marks out of memory of members who are not `known`, but for those that are still to be stored.
    pub(crate) fn retain_marks(&self, known: impl Fn(MemberId) -> bool) {
        self.lock().marks.retain(known);
    }

    /// Of how many members something is in memory: in the roster, or beside it.
    #[cfg(test)]
    pub(crate) fn members_in_memory(&self) -> usize {
        let published = self.lock();
        published.view.roster.len().max(published.marks.members()).max(self.absent.len())
    }

    /// Whether nobody is connected, here or on another node, and nothing is to be stored.
    pub fn is_idle(&self) -> bool {
        let published = self.lock();
        published.presence.is_empty() && published.marks.is_saved()
    }

    /// Counts a connection of `who` until the guard is dropped; not at all if that seat was freed meanwhile.
    pub fn enter(self: &Arc<Self>, who: Standing, edge: &Arc<Edge>) -> Connection {
        let now = edge.uptime();
        self.change(|published| {
            if published.holds(who) && published.presence.enter(who, now) {
                published.marks.unsaved(who.member);
            }
        });
        let told = AtomicU64::new(now.0);
        Connection { room: Arc::clone(self), who, edge: Arc::clone(edge), told }
    }

    /// Shows those as offline whose connection was lost for `grace_ms`, and those of nodes that are silent.
    pub fn settle(&self, now: Millis, grace_ms: u64) {
        self.change(|published| {
            published.presence.settle(now, grace_ms);
            let changed = published.presence.fade(now);
            changed.into_iter().for_each(|member| published.marks.unsaved(member));
        });
    }

    /// What other nodes are to know of those who are here, and have not been told since `told`; if `again` all of it, and how
    /// far everybody has read: a node that was not there then knows it too, and one that knows more says so.
    pub fn told_elsewhere(&self, told: &mut Versions, again: bool, now: Millis) -> Option<Abroad> {
        let mut published = self.lock();
        let Published { view, presence, marks, typing, .. } = &mut *published;
        let versions =
            Versions { presence: presence.here_version(), marks: marks.version(), typing: typing.version() };
        if !again && versions == *told && marks.is_told() {
            return None;
        }
        let here = presence.here(now);
        let of_here = |member: &MemberId| here.iter().any(|there| there.who.member == *member);
        let untold = marks.take_untold();
        let read = if again && !here.is_empty() {
            view.roster.seated().map(|seated| (seated.member, marks.of(seated.member))).collect()
        } else {
            let news =
                marks.since(told.marks).filter(|(member, _)| of_here(member) && !untold.contains(member));
            news.chain(untold.iter().map(|member| (*member, marks.of(*member)))).collect()
        };
        let writes =
            typing.by(now).filter(|member| told.typing != versions.typing && of_here(member)).collect();
        let news = Abroad { here, read, writes };
        let worth = told.presence != versions.presence || !news.is_empty();
        *told = versions;
        worth.then_some(news)
    }

    /// Another node tells of those who are there.
    pub fn hear_elsewhere(&self, node: u64, news: Abroad, now: Millis) {
        let mut published = self.lock();
        let Published { view, presence, marks, typing, .. } = &mut *published;
        let before = (presence.version(), marks.version(), typing.version());
        let people = news.here.into_iter().filter(|there| view.roster.holds(there.who)).collect();
        presence.tell(node, people, now).into_iter().for_each(|member| marks.unsaved(member));
        let seated = |member: &MemberId| matches!(view.roster.seat(*member), Some(Seat::Taken(_)));
        for (member, seq) in news.read.into_iter().filter(|(member, _)| seated(member)) {
            marks.heard(member, seq);
        }
        for member in news.writes.into_iter().filter(seated) {
            typing.note(member, now);
        }
        let after = (presence.version(), marks.version(), typing.version());
        self.look_who_writes(&published);
        drop(published);
        if before != after {
            self.wake();
        }
    }

    /// How long each seated member has been silent.
    pub fn silences(&self, now: Millis) -> Vec<(MemberId, Silence)> {
        let published = self.lock();
        let seated = published.view.roster.seated();
        seated.map(|seated| (seated.member, self.silence(&published, seated.member, now))).collect()
    }

    fn silence(&self, published: &Published, member: MemberId, now: Millis) -> Silence {
        let before = || self.absent.get(&member).copied().unwrap_or(0);
        let lasts = || before().saturating_add(now.0.saturating_sub(self.loaded.0));
        let since_load = published.presence.silence(member, now);
        since_load.unwrap_or_else(|| Silence { connected: false, lasts: lasts() })
    }

    fn change(&self, change: impl FnOnce(&mut Published)) {
        let mut published = self.lock();
        let before = published.presence.version();
        change(&mut published);
        let after = published.presence.version();
        drop(published);
        if before != after {
            self.wake();
        }
    }
}

impl Published {
    /// The versions of what is no event, as far as they concern `who`.
    pub(super) fn versions(&self, who: Standing) -> Versions {
        let (presence, typing) = (self.presence.version(), self.typing.version());
        Versions { presence, marks: self.marks_version(who), typing }
    }

    fn marks_version(&self, who: Standing) -> u64 {
        if self.tells_marks() { self.marks.version() } else { self.marks.version_of(who.member) }
    }

    /// Whether members are told of others' marks.
    fn tells_marks(&self) -> bool {
        self.view.facts.capacity <= MARKS_TOLD_SEATS
    }
}

/// A connection that counts for its member's presence until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Connection {
    room: Arc<Room>,
    who: Standing,
    edge: Arc<Edge>,
    /// When the room last heard of it, as uptime.
    told: AtomicU64,
}

impl Connection {
    /// The room.
    pub const fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// As whom the connection speaks.
    pub const fn who(&self) -> Standing {
        self.who
    }

    /// A sign of life. The room need not hear of each: how long somebody was silent counts in minutes.
    pub fn heard(&self, now: Millis) {
        if self.told.load(Ordering::Relaxed).saturating_add(HEARD_EVERY_MS) <= now.0 {
            self.told.store(now.0, Ordering::Relaxed);
            self.room.lock().presence.heard(self.who, now);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let now = self.edge.uptime();
        self.room.change(|published| {
            if published.presence.leave(self.who, now) {
                published.marks.unsaved(self.who.member);
            }
        });
    }
}
