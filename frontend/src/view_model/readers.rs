//! Read receipts below one's own messages, and the line that names the readers.

use shared::{Readers, Seq};

use crate::i18n::{Lang, Msg};
use crate::state::Room;

/// The way in which a room tells who has read a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptKind {
    /// There is one reader.
    Pair,
    /// Readers are counted.
    Counted,
    /// The server has to be asked.
    OnRequest,
}

/// The receipt below a delivered message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// As far as is known nobody has read it.
    Delivered,
    /// The other one has read it.
    Read,
    /// So many have read it, and a press names them.
    ReadBy(usize),
    /// A press asks who has read it.
    Ask,
}

impl ReceiptKind {
    /// The kind of a room.
    pub fn of(room: Option<&Room>) -> Self {
        match room {
            Some(room) if !room.tells_marks() => Self::OnRequest,
            Some(room) if !room.is_pair() => Self::Counted,
            _ => Self::Pair,
        }
    }

    /// The receipt of a message that so many have read. Only a message with a number `is_stored`.
    pub const fn receipt(self, read_by: usize, is_stored: bool) -> Receipt {
        match (self, read_by) {
            (Self::OnRequest, _) if is_stored => Receipt::Ask,
            (Self::OnRequest, _) | (_, 0) => Receipt::Delivered,
            _ if !is_stored => Receipt::Delivered,
            (Self::Pair, _) => Receipt::Read,
            (Self::Counted, count) => Receipt::ReadBy(count),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_room_offers_to_ask_for_readers() {
        for read_by in [0, 3] {
            assert_eq!(ReceiptKind::OnRequest.receipt(read_by, true), Receipt::Ask);
            assert_eq!(ReceiptKind::OnRequest.receipt(read_by, false), Receipt::Delivered);
        }
    }

    #[test]
    fn smaller_rooms_tell_what_the_server_has_told() {
        for kind in [ReceiptKind::Pair, ReceiptKind::Counted] {
            assert_eq!(kind.receipt(0, true), Receipt::Delivered);
            assert_eq!(kind.receipt(1, false), Receipt::Delivered);
        }
        assert_eq!(ReceiptKind::Pair.receipt(1, true), Receipt::Read);
        assert_eq!(ReceiptKind::Counted.receipt(3, true), Receipt::ReadBy(3));
    }
}
