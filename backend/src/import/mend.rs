//! What an export says of numbers behind its last one. A room goes on while it is exported, so the file may have the text of
//! an edit, or the gap a recall left, and not that edit or recall.

use std::collections::HashSet;

use shared::{Edit, Event, Fact, GoneKind, GoneWhy, MemberId, MessageId, Millis, Seq};

/// Makes events, which follow each other without holes, hold together: the edits and recalls they speak of and do not
/// contain are appended. `fresh` gives these their ids.
pub(super) fn mend(events: &mut Vec<Event>, mut fresh: impl FnMut() -> MessageId) {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
    let (first, last) = (first.seq, last.clone());
    let recalled: HashSet<Seq> = events.iter().filter_map(recalls).collect();
    let mut missing: Vec<(Millis, Fact)> = Vec::new();
    for at in 0..events.len() {
        let seq = events[at].seq;
        match &events[at].fact {
            Fact::Said { by, id, text, edited: Some(edit), .. } => match found(events, first, edit.seq) {
                Some(Fact::Edited { target, .. }) if *target == seq => {}
                // It was recalled after its line was written.
                Some(Fact::Gone { why: GoneWhy::Recalled, recalled_by, .. }) => {
                    let (by, id, recalled_by) = (*by, *id, *recalled_by);
                    missing.push((last.at, recall(by, recalled_by, fresh(), seq)));
                    let (of, why) = (GoneKind::Said, GoneWhy::Recalled);
                    events[at].fact = Fact::Gone { by, id, of, why, recalled_by };
                }
                _ => {
                    let fact = Fact::Edited { by: *by, id: fresh(), target: seq, text: text.clone() };
                    missing.push((edit.at, fact));
                }
            },
            Fact::Gone { by, of: GoneKind::Said, why: GoneWhy::Recalled, recalled_by, .. }
                if !recalled.contains(&seq) =>
            {
                missing.push((last.at, recall(*by, *recalled_by, fresh(), seq)));
            }
            _ => {}
        }
    }
    missing.sort_by_key(|(at, _)| *at);
    let mut seq = last.seq;
    for (at, fact) in missing {
        seq = seq.next();
        let at = at.max(last.at);
        if let Fact::Edited { target, .. } = fact {
            claim(events, first, target, Edit { seq, at });
        }
        events.push(Event { seq, at, fact });
    }
}

const fn recalls(event: &Event) -> Option<Seq> {
    match &event.fact {
        Fact::Recalled { target, .. } => Some(*target),
        _ => None,
    }
}

fn recall(by: MemberId, recalled_by: Option<MemberId>, id: MessageId, target: Seq) -> Fact {
    Fact::Recalled { by: recalled_by.unwrap_or(by), id, target }
}

fn index(first: Seq, seq: Seq) -> Option<usize> {
    usize::try_from(seq.0.checked_sub(first.0)?).ok()
}

fn found(events: &[Event], first: Seq, seq: Seq) -> Option<&Fact> {
    events.get(index(first, seq)?).map(|event| &event.fact)
}

fn claim(events: &mut [Event], first: Seq, target: Seq, edit: Edit) {
    let said = index(first, target).and_then(|at| events.get_mut(at));
    if let Some(Event { fact: Fact::Said { edited, .. }, .. }) = said {
        *edited = Some(edit);
    }
}

#[cfg(test)]
mod tests {
    use shared::Text;

    use super::*;

    fn id(n: u8) -> MessageId {
        MessageId::new(Millis(1), &[n; 10])
    }

    fn said(seq: u64, text: &str, edited: Option<u64>) -> Event {
        let edited = edited.map(|seq| Edit { seq: Seq(seq), at: Millis(seq) });
        let (by, text) = (MemberId(2), Text::parse(text).unwrap());
        let fact = Fact::Said { by, id: id(9), text, reply_to: None, edited };
        Event { seq: Seq(seq), at: Millis(seq), fact }
    }

    fn gone(seq: u64, of: GoneKind, why: GoneWhy) -> Event {
        let recalled_by = matches!(why, GoneWhy::Recalled).then_some(MemberId(1));
        let fact = Fact::Gone { by: MemberId(2), id: id(8), of, why, recalled_by };
        Event { seq: Seq(seq), at: Millis(seq), fact }
    }

    fn mended(mut events: Vec<Event>) -> Vec<Event> {
        let mut n = 100;
        mend(&mut events, || {
            n += 1;
            id(n)
        });
        events
    }

    #[test]
    fn what_happened_behind_the_end_is_appended() {
        let events = mended(vec![
            said(3, "改到三十", Some(30)),
            gone(4, GoneKind::Said, GoneWhy::Recalled),
            said(5, "没改", None),
        ]);
        assert_eq!(events.len(), 5);
        let recall = Fact::Recalled { by: MemberId(1), id: id(102), target: Seq(4) };
        assert_eq!(events[3], Event { seq: Seq(6), at: Millis(5), fact: recall });
        let text = Text::parse("改到三十").unwrap();
        let edit = Fact::Edited { by: MemberId(2), id: id(101), target: Seq(3), text };
        assert_eq!(events[4], Event { seq: Seq(7), at: Millis(30), fact: edit });
        let mut claims = said(3, "改到三十", Some(7));
        if let Fact::Said { edited: Some(edit), .. } = &mut claims.fact {
            edit.at = Millis(30);
        }
        assert_eq!(events[0], claims);
    }

    #[test]
    fn a_line_written_before_its_edit_went_keeps_what_it_says_unless_it_was_recalled() {
        let edited_again = vec![said(3, "改过", Some(4)), gone(4, GoneKind::Edited, GoneWhy::EditedAgain)];
        let events = mended(edited_again);
        assert!(
            matches!(&events[2].fact, Fact::Edited { target: Seq(3), text, .. } if text.as_str() == "改过")
        );
        let recalled = vec![said(3, "改过", Some(4)), gone(4, GoneKind::Edited, GoneWhy::Recalled)];
        let events = mended(recalled);
        assert!(matches!(events[0].fact, Fact::Gone { of: GoneKind::Said, .. }));
        assert!(matches!(events[2].fact, Fact::Recalled { by: MemberId(1), target: Seq(3), .. }));
    }

    #[test]
    fn what_holds_together_stays_as_it_is() {
        let recall = Fact::Recalled { by: MemberId(1), id: id(7), target: Seq(4) };
        let whole = vec![
            said(3, "改过", Some(6)),
            gone(4, GoneKind::Said, GoneWhy::Recalled),
            Event { seq: Seq(5), at: Millis(5), fact: recall },
            Event {
                seq: Seq(6),
                at: Millis(6),
                fact: Fact::Edited {
                    by: MemberId(2),
                    id: id(6),
                    target: Seq(3),
                    text: Text::parse("改过").unwrap(),
                },
            },
        ];
        assert_eq!(mended(whole.clone()), whole);
    }
}
