//! A queue with one first-in, first-out lane a room, and deficit round robin over the lanes.
//!
//! A room that sends much, or sends what is expensive, delays itself and no other room. The queue reads no clock and does
//! not look into its items. It has no bound of its own: the caller checks [`FairQueue::len`] before it pushes.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use shared::RoomId;

/// Cost that a lane may spend in each round: 32 short messages, or two of the longest.
const QUANTUM: u32 = 32;

/// Slots that keep their memory while the queue is empty.
const SLOTS_KEPT: usize = 4_096;

/// Items in the order in which they are to be served. A push allocates nothing once the queue has been as long before.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    slots: Vec<Slot<T>>,
    /// Indices of slots without an item.
    free: Vec<usize>,
    /// Lanes that have items; the first one is being served.
    lanes: VecDeque<Lane>,
    /// Slot of each lane's newest item.
    newest: HashMap<RoomId, usize, RandomState>,
}

#[derive(Debug)]
struct Slot<T> {
    item: Option<T>,
    cost: u32,
    /// Slot of the lane's next item.
    next: Option<usize>,
}

#[derive(Debug)]
struct Lane {
    room: RoomId,
    /// Slot of the lane's oldest item.
    oldest: usize,
    /// Cost that the lane may still spend in this round.
    deficit: u32,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        let (slots, free) = (Vec::new(), Vec::new());
        Self { slots, free, lanes: VecDeque::new(), newest: HashMap::default() }
    }
}

impl<T> FairQueue<T> {
    /// Number of items in all lanes.
    pub(super) const fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there is no item.
    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends an item to the lane of its room.
    pub(super) fn push(&mut self, room: RoomId, cost: u32, item: T) {
        let slot = Slot { item: Some(item), cost, next: None };
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        };
        match self.newest.insert(room, index) {
            Some(before) => self.slots[before].next = Some(index),
            None => self.lanes.push_back(Lane { room, oldest: index, deficit: QUANTUM }),
        }
    }

    /// Removes the item that is to be served next.
    pub(super) fn pop(&mut self) -> Option<T> {
        loop {
            let lane = self.lanes.front_mut()?;
            let index = lane.oldest;
            let slot = &mut self.slots[index];
            if lane.deficit < slot.cost {
                lane.deficit += QUANTUM;
                self.lanes.rotate_left(1);
                continue;
            }
            lane.deficit -= slot.cost;
            let item = slot.item.take();
            match slot.next {
                Some(next) => lane.oldest = next,
                None => {
                    self.newest.remove(&lane.room);
                    self.lanes.pop_front();
                }
            }
            self.free.push(index);
            if self.lanes.is_empty() {
                self.release_memory();
            }
            return item;
        }
    }

    /// Returns most of the memory of a queue that is empty.
    fn release_memory(&mut self) {
        self.slots.clear();
        self.free.clear();
        self.slots.shrink_to(SLOTS_KEPT);
        self.free.shrink_to(SLOTS_KEPT);
        self.lanes.shrink_to(SLOTS_KEPT);
        self.newest.shrink_to(SLOTS_KEPT);
    }
}

#[cfg(test)]
mod tests {
    use std::iter::from_fn;

    use proptest::prelude::*;

    use super::*;

    const fn room(number: u8) -> RoomId {
        if number == 0 { RoomId::Lobby } else { RoomId::Link([number; 16]) }
    }

    /// Items of `count` of this cost for a room, pushed at once.
    fn push_many(queue: &mut FairQueue<u8>, number: u8, cost: u32, count: usize) {
        (0..count).for_each(|_| queue.push(room(number), cost, number));
    }

    #[test]
    fn one_item_is_served_soon_beside_a_flood() {
        // Ids on both sides of the flood's.
        for (flood, quiet) in [(1, 2), (2, 1), (200, 0)] {
            let mut queue = FairQueue::default();
            push_many(&mut queue, flood, 12, 1_350);
            push_many(&mut queue, quiet, 1, 1);
            let place = from_fn(|| queue.pop()).position(|item| item == quiet);
            assert_eq!(place, Some(2), "after one quantum of the flood");
        }
    }

    #[test]
    fn rooms_share_by_cost_and_not_by_number() {
        let mut queue = FairQueue::default();
        push_many(&mut queue, 1, 16, 1_000);
        push_many(&mut queue, 2, 1, 16_000);
        let served: Vec<u8> = from_fn(|| queue.pop()).take(3_400).collect();
        let expensive = served.iter().filter(|item| **item == 1).count();
        assert!((195..=205).contains(&expensive), "{expensive} of 200");
    }

    #[test]
    fn an_item_above_the_quantum_is_served() {
        let mut queue = FairQueue::default();
        push_many(&mut queue, 1, 257, 2);
        push_many(&mut queue, 2, 1, 1);
        assert_eq!(from_fn(|| queue.pop()).collect::<Vec<_>>(), [2, 1, 1]);
    }

    #[test]
    fn an_empty_queue_keeps_little_memory() {
        let mut queue = FairQueue::default();
        push_many(&mut queue, 1, 1, 4 * SLOTS_KEPT);
        assert_eq!(from_fn(|| queue.pop()).count(), 4 * SLOTS_KEPT);
        assert!(
            queue.is_empty() && queue.slots.capacity() <= SLOTS_KEPT && queue.free.capacity() <= SLOTS_KEPT
        );
    }

    proptest! {
        #[test]
        fn each_room_keeps_its_order_and_loses_nothing(
            // A room and a cost to push, or a pop.
            steps in prop::collection::vec(prop::option::weighted(0.7, (0..6_u8, 1..300_u32)), 0..400),
        ) {
            let mut queue = FairQueue::default();
            let mut waiting: HashMap<u8, VecDeque<usize>> = HashMap::new();
            let mut count = 0;
            let rest = std::iter::repeat_n(None, steps.len());
            for (number, step) in steps.clone().into_iter().chain(rest).enumerate() {
                if let Some((id, cost)) = step {
                    queue.push(room(id), cost, (id, number));
                    waiting.entry(id).or_default().push_back(number);
                    count += 1;
                } else if let Some((id, number)) = queue.pop() {
                    prop_assert_eq!(waiting.get_mut(&id).and_then(VecDeque::pop_front), Some(number));
                    count -= 1;
                } else {
                    prop_assert_eq!(count, 0);
                }
                prop_assert_eq!(queue.len(), count);
            }
            prop_assert!(queue.is_empty());
        }

        #[test]
        fn no_room_waits_longer_than_a_round_of_the_others(
            floods in prop::collection::btree_set(1..=255_u8, 1..20),
            costs in prop::collection::vec(1..=32_u32, 1..40),
            quiet in 0..=255_u8,
        ) {
            let mut queue = FairQueue::default();
            let others = floods.iter().filter(|id| **id != quiet);
            for id in others.clone() {
                costs.iter().cycle().take(500).for_each(|cost| queue.push(room(*id), *cost, (*id, *cost)));
            }
            queue.push(room(quiet), 1, (quiet, 1));
            let before = from_fn(|| queue.pop()).take_while(|(id, _)| *id != quiet);
            let spent: u32 = before.map(|(_, cost)| cost).sum();
            prop_assert!(spent as usize <= QUANTUM as usize * others.count(), "{}", spent);
        }
    }
}
