//! How many messages of a room are unread, counted over pages of its log. Knows no browser.

use shared::{Event, EventPage, Fact, MemberId, Seq};

/// Most messages that are counted; beyond it is only said that there are more.
pub const COUNTED_MAX: usize = 99;

/// Most pages that are asked for: more events than a room has seats.
const PAGES_MAX: usize = 6;

/// Unread messages of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnreadBadge {
    /// How many were seen.
    pub count: usize,
    /// Whether there may be more.
    pub more: bool,
    pages: usize,
}

impl UnreadBadge {
    /// Counts the messages of others on the next page after the read mark. Gives the number to ask for the page after it
    /// by, or nothing if enough is known.
    pub fn add_page(&mut self, page: &EventPage, me: MemberId) -> Option<Seq> {
        let others = |event: &&Event| matches!(&event.fact, Fact::Said { by, .. } if *by != me);
        self.count += page.events.iter().filter(others).count();
        self.more = page.more;
        self.pages += 1;
        let last = page.events.last().map(|event| event.seq);
        last.filter(|_| page.more && self.pages < PAGES_MAX && self.count <= COUNTED_MAX)
    }

    /// The text of the badge; none if nothing is unread.
    pub fn label(&self) -> Option<String> {
        match self {
            Self { count: 0, more: false, .. } => None,
            // More events are unread than were looked through, and whether messages are among them is not known.
            Self { count: 0, more: true, .. } => Some("…".to_owned()),
            Self { count, .. } if COUNTED_MAX < *count => Some(format!("{COUNTED_MAX}+")),
            Self { count, more: true, .. } => Some(format!("{count}+")),
            Self { count, .. } => Some(count.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{MessageId, Millis, NameRule, Names, Text};

    use super::*;

    const ME: MemberId = MemberId(1);
    const PAGE: u64 = 200;

    /// A log after the read mark: `joins` members join, then each of `said` says something.
    fn badge(joins: u64, said: &[MemberId]) -> (UnreadBadge, usize) {
        let total = joins + said.len() as u64;
        let event = |seq: u64| {
            let fact = match seq.checked_sub(joins + 1) {
                None => {
                    let name = NameRule::Common.parse("张三").unwrap();
                    Fact::Joined { member: MemberId(9), name, host: false }
                }
                Some(place) => {
                    let (by, id) = (said[place as usize], MessageId::new(Millis(seq), &[3; 10]));
                    Fact::Said { by, id, text: Text::parse("在吗").unwrap(), reply_to: None, edited: None }
                }
            };
            Event { seq: Seq(seq), at: Millis(seq), fact }
        };
        let (mut badge, mut after, mut asked) = (UnreadBadge::default(), Some(Seq(0)), 0);
        while let Some(Seq(from)) = after {
            let to = total.min(from + PAGE);
            let events = (from + 1..=to).map(event).collect();
            let page = EventPage { events, names: Names::new(), more: to < total };
            after = badge.add_page(&page, ME);
            asked += 1;
        }
        (badge, asked)
    }

    fn label(joins: u64, said: &[MemberId]) -> String {
        badge(joins, said).0.label().unwrap_or_default()
    }

    #[test]
    fn messages_after_many_joins_are_counted() {
        let others = [MemberId(2); 3];
        assert_eq!(label(250, &others), "3");
        assert_eq!(label(650, &others), "3");
        assert_eq!(label(0, &others), "3");
        assert_eq!(label(250, &[ME, ME]), "");
        assert_eq!(label(0, &[]), "");
    }

    #[test]
    fn counting_stops_after_six_pages_or_a_hundred_messages() {
        let others = [MemberId(2); 650];
        assert_eq!(badge(0, &others[..99]).0.label().as_deref(), Some("99"));
        assert_eq!((label(0, &others[..100]), badge(0, &others[..100]).1), ("99+".to_owned(), 1));
        assert_eq!((label(0, &others), badge(0, &others).1), ("99+".to_owned(), 1));
        let (after_joins, asked) = badge(590, &others);
        assert_eq!((after_joins.label().as_deref(), asked), (Some("99+"), 4));
        let (beyond, asked) = badge(1_190, &others);
        assert_eq!((beyond.label().as_deref(), asked), (Some("10+"), 6));
        let (only_joins, asked) = badge(1_300, &others);
        assert_eq!((only_joins.label().as_deref(), asked), (Some("…"), 6));
    }
}
