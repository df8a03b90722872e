//! The sentences of notices: who came, who left, who recalled a message, what the host changed.

use shared::{DeviceChange, LeftWhy, MemberId};

use crate::i18n::{Lang, Msg};
use crate::state::Room;
use crate::state::timeline::{Entry, EntryKind};

/// Most members that are announced one by one to somebody who joins.
const ANNOUNCED: usize = 10;
/// Most names in a sentence about several members.
const NAMED: usize = 2;

/// The characters before and behind each name in a sentence: Unicode's first strong isolate and its end. No name has them in it.
pub const APART: [char; 2] = ['\u{2068}', '\u{2069}'];

/// Whether an entry is told as part of a run, even if it is the only one of its run.
pub(super) fn is_run(room: &Room, body: &EntryKind) -> bool {
    let comes_or_goes = match body {
        EntryKind::Joined(member) => *member != room.me,
        EntryKind::Left(_, why) => *why != LeftWhy::Removed,
        _ => false,
    };
    comes_or_goes && !room.is_pair()
}

/// Whether an entry is this device's new token, which it takes just before the other devices are signed out.
pub(super) fn is_part_of_sign_out(room: &Room, entry: &Entry) -> bool {
    let is = |entry: &Entry, change| entry.body == EntryKind::Devices(change);
    is(entry, DeviceChange::Added)
        && room.entry(entry.seq.next()).is_some_and(|next| is(next, DeviceChange::OthersSignedOut))
}

/// The sentences about a run of arrivals and departures.
///
/// They tell the outcome: of each member, only the latest event counts. The later of both sentences comes last.
pub(super) fn run_sentences(room: &Room, run: &[&Entry], lang: Lang) -> Vec<String> {
    let (mut came, mut left, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for entry in run.iter().rev() {
        let (list, member) = match entry.body {
            EntryKind::Joined(member) => (&mut came, member),
            EntryKind::Left(member, _) => (&mut left, member),
            _ => continue,
        };
        if let Err(at) = seen.binary_search(&member) {
            seen.insert(at, member);
            list.push(member);
        }
    }
    came.reverse();
    left.reverse();
    let mut sentences = vec![(Msg::JoinedGroup, came), (Msg::LeftGroup, left)];
    if run.last().is_some_and(|entry| matches!(entry.body, EntryKind::Joined(_))) {
        sentences.reverse();
    }
    sentences.retain(|(_, members)| !members.is_empty());
    let sentence = |(msg, members): (Msg, Vec<MemberId>)| msg.fill(lang, &[&name_list(room, &members, lang)]);
    sentences.into_iter().map(sentence).collect()
}

/// The sentences about any other entry. `is_first` says that nothing before it can be read: then others are announced.
pub(super) fn sentences(room: &Room, body: &EntryKind, is_first: bool, lang: Lang) -> Vec<String> {
    let say = |msg: Msg, parts: &[&str]| vec![msg.fill(lang, parts)];
    let name = |member| name(room, member, lang);
    match body {
        EntryKind::Message(_) => Vec::new(),
        EntryKind::Joined(member) if *member == room.me => {
            let mut sentences = say(Msg::Welcome, &[&name(*member)]);
            if is_first {
                sentences.extend(announcements(room, lang));
            }
            sentences
        }
        EntryKind::Joined(member) => say(Msg::CameOnline, &[&name(*member)]),
        EntryKind::Left(member, LeftWhy::Removed) => say(Msg::WasRemoved, &[&name(*member)]),
        EntryKind::Left(member, _) => say(Msg::LeftRoom, &[&name(*member)]),
        EntryKind::Recalled { by, author } => match (*by == room.me, *author == room.me) {
            (true, true) => say(Msg::YouRecalled, &[]),
            (false, true) => say(Msg::RecalledYours, &[&name(*by)]),
            (true, false) => say(Msg::YouRecalledOf, &[&name(*author)]),
            // An older page kept no authors.
            (false, false) if by == author || *author == MemberId(0) => say(Msg::Recalled, &[&name(*by)]),
            (false, false) => say(Msg::RecalledOf, &[&name(*by), &name(*author)]),
        },
        EntryKind::Muted(member, until) => match (*member == room.me, until) {
            (true, Some(_)) => say(Msg::RefusedMuted, &[]),
            (true, None) => say(Msg::YouMaySpeak, &[]),
            (false, Some(_)) => say(Msg::WasMuted, &[&name(*member)]),
            (false, None) => say(Msg::MaySpeak, &[&name(*member)]),
        },
        EntryKind::Devices(DeviceChange::Added) => say(Msg::DeviceAdded, &[]),
        EntryKind::Devices(DeviceChange::BackedUp) => say(Msg::BackedUp, &[]),
        EntryKind::Devices(DeviceChange::OthersSignedOut) => say(Msg::OthersSignedOut, &[]),
        EntryKind::Unknown => say(Msg::NeedsReload, &[]),
        EntryKind::Locked(true) => say(Msg::DoorLocked, &[]),
        EntryKind::Locked(false) => say(Msg::DoorOpen, &[]),
        EntryKind::Set { title, slow_s } => {
            let title = title.as_ref().map(|title| match &**title {
                "" => Msg::RoomUnnamed.say(lang).to_owned(),
                title => Msg::RoomRenamed.fill(lang, &[title]),
            });
            let slow = slow_s.map(|slow_s| match slow_s {
                0 => Msg::SlowModeOff.say(lang).to_owned(),
                seconds => Msg::SlowModeOn.fill(lang, &[&seconds.to_string()]),
            });
            let known: Vec<String> = title.into_iter().chain(slow).collect();
            if known.is_empty() { say(Msg::RoomChanged, &[]) } else { known }
        }
    }
}

/// Who was there already, told to somebody who joins and cannot read how they came.
fn announcements(room: &Room, lang: Lang) -> Vec<String> {
    let others: Vec<MemberId> = room.before.iter().copied().filter(|other| *other != room.me).collect();
    if room.is_pair() {
        let others = others.iter().take(ANNOUNCED);
        return others.map(|other| Msg::CameOnline.fill(lang, &[&name(room, *other, lang)])).collect();
    }
    let names = (!others.is_empty()).then(|| name_list(room, &others, lang));
    names.iter().map(|names| Msg::AlreadyHere.fill(lang, &[names])).collect()
}

/// One or two names, or two names and how many members there are.
fn name_list(room: &Room, members: &[MemberId], lang: Lang) -> String {
    let names: Vec<String> = members.iter().take(NAMED).map(|member| name(room, *member, lang)).collect();
    let names = names.join(Msg::Comma.say(lang));
    let count = members.len();
    if count <= NAMED {
        return names;
    }
    // Chinese counts all of them, English the others.
    let counted = match lang {
        Lang::Zh => count,
        Lang::En => count - NAMED,
    };
    Msg::NamesAndMore.fill(lang, &[&names, &counted.to_string()])
}

/// A name, between [`APART`]: whoever is called 李明和张伟 is seen to be one person.
fn name(room: &Room, member: MemberId, lang: Lang) -> String {
    let name = room.name(member).map_or(Msg::Somebody.say(lang), |name| &**name);
    let [before, after] = APART;
    format!("{before}{name}{after}")
}
