//! The line that names who has read a message.

use shared::{Readers, Seq};

use crate::i18n::{Lang, Msg};
use crate::state::Room;

/// The line about the readers of a message. None while it is not known.
///
/// A small room knows its readers. Of a large one the server tells them: `told` is its answer, none inside if it gave none.
pub fn reader_line(
    room: Option<&Room>,
    seq: Seq,
    told: Option<&Option<Readers>>,
    lang: Lang,
) -> Option<String> {
    let room = room?;
    let names: Vec<&str> = match told {
        None if room.marks().is_empty() => return None,
        None => room.readers(seq).map(|name| &**name).collect(),
        Some(None) => return Some(Msg::ReadersUnknown.say(lang).to_owned()),
        Some(Some(told)) => {
            let others = told.read.iter().filter(|member| **member != room.me);
            let others = others.filter(|member| room.can_have_read(**member, seq));
            others.filter_map(|member| room.name(*member)).map(|name| &**name).collect()
        }
    };
    Some(match names.as_slice() {
        [] => Msg::NobodyRead.say(lang).to_owned(),
        names => names.join(Msg::Comma.say(lang)),
    })
}
