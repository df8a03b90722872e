//! The private part of a record as text, and back. A seal has a column of its own.

use shared::{DeviceChange, Event, Fact};

use crate::room::proposal::{Private, Record};
use crate::room::seal::Seal;

/// The private part of a record; nothing if it has none but a seal.
pub(crate) fn private_text(private: &Private) -> Option<String> {
    let text = match private {
        Private::Opened(settings) => serde_json::to_string(settings),
        Private::Joined { token, folded } => serde_json::to_string(&(token, folded)),
        Private::Removed { by, id, ban, recall: false } => serde_json::to_string(&(by, id, ban)),
        Private::Removed { by, id, ban, recall: true } => serde_json::to_string(&(by, id, ban, true)),
        Private::RecalledForRemoval { member } => serde_json::to_string(member),
        Private::Muted { for_s } => serde_json::to_string(for_s),
        Private::Edited(seal) => serde_json::to_string(seal),
        Private::Words(words) => serde_json::to_string(words),
        Private::DeviceAdded { token, once, shown } => serde_json::to_string(&(token, once, shown)),
        Private::OthersSignedOut { kept } => serde_json::to_string(kept),
        Private::None | Private::Sealed(_) => return None,
    };
    Some(text.expect("settings and hashes are plain data"))
}

/// The record of an event; nothing if its private part makes no sense.
pub(super) fn record(event: Event, private: Option<&str>, seal: Option<Seal>) -> Option<Record> {
    let private = match (&event.fact, private) {
        (Fact::Opened { .. }, Some(text)) => Private::Opened(serde_json::from_str(text).ok()?),
        (Fact::Joined { .. }, Some(text)) => {
            let (token, folded) = serde_json::from_str(text).ok()?;
            Private::Joined { token, folded }
        }
        (Fact::Left { .. }, Some(text)) => {
            // Earlier versions stored no fourth value.
            let short = || serde_json::from_str(text).map(|(by, id, ban)| (by, id, ban, false));
            let (by, id, ban, recall) = serde_json::from_str(text).or_else(|_| short()).ok()?;
            Private::Removed { by, id, ban, recall }
        }
        (Fact::Recalled { .. }, Some(text)) => {
            Private::RecalledForRemoval { member: serde_json::from_str(text).ok()? }
        }
        (Fact::Muted { .. }, Some(text)) => Private::Muted { for_s: serde_json::from_str(text).ok()? },
        (Fact::Edited { .. }, Some(text)) => Private::Edited(serde_json::from_str(text).ok()?),
        (Fact::Set { .. }, Some(text)) => Private::Words(serde_json::from_str(text).ok()?),
        (Fact::Devices { change: DeviceChange::OthersSignedOut, .. }, Some(text)) => {
            Private::OthersSignedOut { kept: serde_json::from_str(text).ok()? }
        }
        (Fact::Devices { .. }, Some(text)) => {
            let (token, once, shown) = serde_json::from_str(text).ok()?;
            Private::DeviceAdded { token, once, shown }
        }
        _ => seal.map_or(Private::None, Private::Sealed),
    };
    Some(Record { event, private })
}
