//! The stored form of an outbox: `{bound, items, discarded}`. Each item is read by itself, so that one that a newer build has stored does not
//! take the others with it.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use shared::{Epoch, MemberId, MessageId};

use super::{Outbox, OutboxItem};

#[derive(Serialize, Deserialize)]
struct Stored {
    bound: Option<(Epoch, MemberId)>,
    items: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    discarded: Vec<MessageId>,
}

impl Serialize for Outbox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = Vec::with_capacity(self.items.len() + self.unreadable.len());
        for item in &self.items {
            items.push(serde_json::to_value(item).map_err(serde::ser::Error::custom)?);
        }
        items.extend(self.unreadable.iter().cloned());
        Stored { bound: self.bound.clone(), items, discarded: self.discarded.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Outbox {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let mut outbox = Self { bound: stored.bound, discarded: stored.discarded, ..Self::default() };
        for item in stored.items {
            match OutboxItem::deserialize(&item) {
                Ok(item) => outbox.items.push(item),
                Err(_) if item.is_object() => outbox.unreadable.push(item),
                Err(error) => return Err(D::Error::custom(error)),
            }
        }
        Ok(outbox)
    }
}
