//! Whose turn it is to search: so many at a time, half of them for one address, and of one member only the newest search goes on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use shared::{Code, MemberId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::address::{Address, Visitor};
use crate::config::SEARCHES_WAITING;

/// A member of one life of a room.
type Searcher = (i64, MemberId);

/// Who may search now.
#[derive(Debug)]
pub struct Turns {
    now: Arc<Semaphore>,
    waiting: Semaphore,
    /// How many of one address go on at a time.
    share: usize,
    addresses: Mutex<HashMap<Address, Arc<Semaphore>>>,
    newest: Arc<Mutex<Newest>>,
}

/// The number of each member's newest search, while it goes on.
#[derive(Debug, Default)]
struct Newest {
    last: u64,
    of: HashMap<Searcher, u64>,
}

/// One turn; over when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    who: Searcher,
    number: u64,
    newest: Arc<Mutex<Newest>>,
    permits: Vec<OwnedSemaphorePermit>,
}

impl Turns {
    /// So many at a time.
    pub fn new(searches: usize) -> Self {
        Self {
            now: Arc::new(Semaphore::new(searches)),
            waiting: Semaphore::new(SEARCHES_WAITING),
            share: searches.div_ceil(2),
            addresses: Mutex::default(),
            newest: Arc::default(),
        }
    }

    /// Waits for a turn. A search of the same member that goes on is outdated from now on.
    ///
    /// # Errors
    /// [`Code::Overloaded`] if too many wait, or it does not come `within` this time.
    pub(super) async fn take(
        &self,
        visitor: Option<&Visitor>,
        who: Searcher,
        within: Duration,
    ) -> Result<Turn, Code> {
        let _waits = self.waiting.try_acquire().map_err(|_| Code::Overloaded)?;
        let mut turn = self.begin(who);
        let share = visitor.map(|visitor| self.share_of(visitor.address()));
        let permits = async {
            for semaphore in share.into_iter().chain([Arc::clone(&self.now)]) {
                turn.permits.extend(semaphore.acquire_owned().await.ok());
            }
        };
        timeout(within, permits).await.map_err(|_| Code::Overloaded)?;
        Ok(turn)
    }

    fn begin(&self, who: Searcher) -> Turn {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.last += 1;
        let number = newest.last;
        newest.of.insert(who, number);
        Turn { who, number, newest: Arc::clone(&self.newest), permits: Vec::new() }
    }

    fn share_of(&self, address: Address) -> Arc<Semaphore> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has or awaits a permit has the semaphore too. So there are as many as searches at most.
        addresses.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        Arc::clone(addresses.entry(address).or_insert_with(|| Arc::new(Semaphore::new(self.share))))
    }
}

impl Turn {
    /// Whether the member has begun another search meanwhile: nobody waits for this one any more.
    pub(super) fn is_outdated(&self) -> bool {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.of.get(&self.who) != Some(&self.number)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.of.get(&self.who) == Some(&self.number) {
            newest.of.remove(&self.who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No test waits for it to pass.
    const LONG: Duration = Duration::from_secs(60);

    fn visitor(ip: &str) -> Visitor {
        Visitor { ip: ip.parse().unwrap(), is_own: true, guest: None }
    }

    #[tokio::test]
    async fn one_address_leaves_turns_to_others() {
        let turns = Turns::new(2);
        let (greedy, honest) = (visitor("192.0.2.1"), visitor("192.0.2.2"));
        let first = turns.take(Some(&greedy), (1, MemberId(1)), LONG).await.unwrap();
        let second = turns.take(Some(&greedy), (1, MemberId(2)), LONG);
        let other = turns.take(Some(&honest), (2, MemberId(1)), LONG);
        tokio::select! {
            biased;
            _ = second => panic!("the greedy address has its share"),
            turn = other => assert!(turn.is_ok()),
        }
        drop(first);
        assert!(turns.take(Some(&greedy), (1, MemberId(2)), LONG).await.is_ok());
        assert!(turns.newest.lock().unwrap().of.is_empty());
    }

    #[tokio::test]
    async fn newer_search_of_a_member_outdates_the_older_one() {
        let turns = Turns::new(4);
        let old = turns.take(None, (1, MemberId(1)), LONG).await.unwrap();
        let others = turns.take(None, (2, MemberId(1)), LONG).await.unwrap();
        assert!(!old.is_outdated() && !others.is_outdated());
        let new = turns.take(None, (1, MemberId(1)), LONG).await.unwrap();
        assert!(old.is_outdated() && !new.is_outdated() && !others.is_outdated());
        drop(old);
        assert!(!new.is_outdated());
    }

    #[tokio::test]
    async fn search_without_a_turn_in_time_is_refused() {
        let turns = Turns::new(1);
        let _first = turns.take(None, (1, MemberId(1)), LONG).await.unwrap();
        let late = turns.take(None, (1, MemberId(2)), Duration::ZERO).await;
        assert_eq!(late.map(|_| ()), Err(Code::Overloaded));
    }
}
