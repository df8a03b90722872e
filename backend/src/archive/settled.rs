//! Reading what others may be recalling: an answer read before a recall must not leave after it.

use tokio::task::spawn_blocking;

use crate::room::Room;
use crate::store::LogError;

/// How often it is read again before whoever asks is told to come later.
const TRIES: u32 = 5;

/// Reads something of `room`, again if a text of it was recalled or replaced meanwhile. Nothing if they cannot be read now;
/// why is in the log.
pub async fn settled<T: Send + 'static>(
    room: &Room,
    read: impl Fn() -> Result<T, LogError> + Clone + Send + 'static,
) -> Option<T> {
    for _ in 0..TRIES {
        let before = room.rewrites();
        match spawn_blocking(read.clone()).await {
            Ok(Ok(found)) if room.rewrites() == before => return Some(found),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "events could not be read");
                return None;
            }
            Err(error) => {
                tracing::error!(%error, "reading events ended early");
                return None;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use shared::{Epoch, Event, Fact, Millis, RoomId, Seq};

    use super::*;
    use crate::room::Loading;
    use crate::room::proposal::{Facts, Proposal, Settings, Wish};
    use crate::room::state::{RoomState, apply};
    use crate::room::tail::Entry;

    fn entry(seq: u64) -> Entry {
        Entry::new(&Event { seq: Seq(seq), at: Millis(0), fact: Fact::Opened { capacity: 2, title: None } })
    }

    fn room() -> Arc<Room> {
        let settings = Settings::lobby(Epoch::new(&[0; 8]), 0);
        let mut state = RoomState::default();
        let open = Proposal { at: Millis(0), wish: Wish::Open(settings.clone()) };
        apply(&mut state, &Facts::default(), &open);
        Arc::new(Room::new(settings, state.view(RoomId::Lobby).unwrap(), Loading::default()))
    }

    #[tokio::test]
    async fn what_was_read_before_a_recall_is_read_again() {
        let (room, reads) = (room(), Arc::new(AtomicU32::new(0)));
        let read = {
            let (room, reads) = (Arc::clone(&room), Arc::clone(&reads));
            move || {
                let number = reads.fetch_add(1, Ordering::Relaxed);
                if number == 0 {
                    room.publish(Vec::new(), vec![entry(1)], None);
                }
                Ok(vec![entry(u64::from(number))])
            }
        };
        let entries = settled(&room, read).await.unwrap();
        assert_eq!((entries[0].seq(), reads.load(Ordering::Relaxed)), (Seq(1), 2));
    }

    #[tokio::test]
    async fn where_texts_go_all_the_time_nothing_is_told() {
        let room = room();
        let read = {
            let room = Arc::clone(&room);
            move || {
                room.publish(Vec::new(), vec![entry(1)], None);
                Ok(vec![entry(1)])
            }
        };
        assert_eq!(settled(&room, read).await, None);
    }
}
