//! What the page tells of its person: how far they have read, and that they are writing. Newest only, and never often.

use shared::{MemberId, Seq};

use super::ChatState;

/// Between two `read`s, in milliseconds.
const READ_EVERY_MS: u64 = 1_000;
/// Between two `typing`s, in milliseconds.
const TYPING_EVERY_MS: u64 = 3_000;

/// What was told, and what of the person it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Telling {
    /// Whether the person follows the end of the list, and has not scrolled up.
    pub(super) follows: bool,
    /// Whether the page is in sight.
    pub(super) visible: bool,
    /// The last number the person has seen, of those there were when they last looked at the end.
    pub(super) seen: Option<Seq>,
    /// The last number the person saw before the page went out of sight.
    left_at: Option<Seq>,
    read: Option<(u32, Seq)>,
    read_at: u64,
    typing: Option<(u32, u64)>,
}

impl Default for Telling {
    fn default() -> Self {
        Self {
            follows: true,
            visible: false,
            seen: None,
            left_at: None,
            read: None,
            read_at: 0,
            typing: None,
        }
    }
}

impl ChatState {
    /// How far the person has read, as it is to be told on this connection. Each pair is sent once.
    pub fn reading(&self) -> Option<(u32, Seq)> {
        self.telling.read
    }

    /// How far the person has read, here or on another device, as far as the server has said so on this connection, or
    /// was told.
    pub fn read_to(&self) -> Option<(MemberId, Seq)> {
        let connection = self.connection.number()?;
        let room = self.room.as_ref()?;
        let told = self.telling.read.filter(|(on, _)| *on == connection).map(|(_, seq)| seq);
        Some((room.me, room.own_mark?.max(told.unwrap_or_default())))
    }

    /// When the person was last writing, as it is to be told on this connection. Each pair is sent once.
    pub fn typing(&self) -> Option<(u32, u64)> {
        self.telling.typing
    }

    /// Tells how far the person has read, if that is news and not too soon.
    pub(super) fn tell_read(&mut self, now: u64) {
        if let Some(unread) = self.unread()
            && self.read_due() <= now
        {
            self.telling.read = Some(unread);
            self.telling.read_at = now;
        }
    }

    /// The page comes into sight, or goes out of it.
    pub(super) fn seen_or_not(&mut self, visible: bool) {
        if visible == self.telling.visible {
            return;
        }
        self.telling.visible = visible;
        if visible {
            let left_at = self.telling.left_at.take();
            if left_at.is_some() {
                self.update_room(|room| room.came_back(left_at));
            }
        } else {
            let room = self.room.as_ref();
            let told = self.telling.read.map(|(_, seq)| seq);
            self.telling.left_at = match self.telling.follows {
                true => room.and_then(|room| room.log.last()),
                false => room.and_then(|room| room.own_mark).map(|mark| mark.max(told.unwrap_or_default())),
            };
        }
    }

    /// The person is writing.
    pub(super) fn tell_typing(&mut self, now: u64) {
        let heard = self.room.as_ref().is_some_and(|room| room.others().next().is_some());
        let soon = self.telling.typing.is_some_and(|(_, at)| now < at + TYPING_EVERY_MS);
        if let Some(connection) =
            self.connection.number().filter(|_| self.connection.is_up() && heard && !soon)
        {
            self.telling.typing = Some((connection, now));
        }
    }

    /// What the person was writing is said: what they write next is told at once.
    pub(super) fn done_typing(&mut self) {
        self.telling.typing = None;
    }

    /// When [`ChatState::tell_read`] is to be called, if something waits for it.
    pub(super) fn tells_at(&self) -> Option<u64> {
        self.unread().map(|_| self.read_due())
    }

    fn read_due(&self) -> u64 {
        self.telling.read.map_or(0, |_| self.telling.read_at + READ_EVERY_MS)
    }

    /// What the person sees and the server does not know of, as far as it has said what it knows.
    fn unread(&self) -> Option<(u32, Seq)> {
        let connection = self.connection.number().filter(|_| self.connection.is_up())?;
        let room = self.room.as_ref().filter(|_| self.telling.follows && self.telling.visible)?;
        let (_, known) = self.read_to().filter(|(_, read)| !room.has_unseen_gap(*read))?;
        room.log.last().filter(|last| known < *last).map(|last| (connection, last))
    }
}
