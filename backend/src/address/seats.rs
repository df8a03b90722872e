//! How many new seats an address takes. Counted is who was seated, not who asked: so an address asks for no more seats at
//! a time than it may still take, and what was refused costs nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::Quota;

use super::Address;
use crate::config::millis;
use crate::edge::Edge;

/// The seats that addresses took lately, or ask for.
#[derive(Debug)]
pub struct Seats {
    quota: Option<Quota>,
    edge: Arc<Edge>,
    tabs: Mutex<HashMap<Address, Tab>>,
    given: AtomicU32,
}

/// Of one address; without a tab it has asked for nothing for long.
#[derive(Debug, Default)]
struct Tab {
    /// When every seat it took will be forgotten, as uptime.
    until: Duration,
    /// Seats it asks for now.
    asked: u32,
}

/// Somebody asks for a seat. Dropped without one, it was nothing.
#[derive(Debug)]
pub struct Bid {
    seats: Arc<Seats>,
    address: Address,
}

impl Seats {
    /// At most this; without a limit if there is none.
    pub fn new(quota: Option<Quota>, edge: Arc<Edge>) -> Self {
        Self { quota, edge, tabs: Mutex::default(), given: AtomicU32::new(0) }
    }

    /// Whether anything is limited.
    pub const fn limits(&self) -> bool {
        self.quota.is_some()
    }

    /// One more asks for a seat.
    ///
    /// # Errors
    /// When to come again, in milliseconds, if the address has taken too many.
    pub fn ask(self: &Arc<Self>, address: Address) -> Result<Bid, u64> {
        let now = self.now();
        let mut tabs = self.tabs();
        let tab = tabs.entry(address).or_default();
        if let Some(quota) = self.quota {
            let (each, burst) = (quota.replenish_interval(), quota.burst_size().get());
            let full = tab.until.max(now) + each * tab.asked.saturating_add(1);
            let wait = full.saturating_sub(now + each * burst);
            if !wait.is_zero() {
                return Err(millis(wait) + 1);
            }
        }
        tab.asked += 1;
        Ok(Bid { seats: Arc::clone(self), address })
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.edge.uptime().0)
    }

    fn tabs(&self) -> MutexGuard<'_, HashMap<Address, Tab>> {
        self.tabs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// After so many seats, tabs that say nothing more are thrown away.
const SWEEP_EVERY: u32 = 1_024;

impl Bid {
    /// It has the seat.
    pub fn seated(self) {
        let now = self.seats.now();
        let each = self.seats.quota.map(|quota| quota.replenish_interval()).unwrap_or_default();
        let mut tabs = self.seats.tabs();
        if let Some(tab) = tabs.get_mut(&self.address) {
            tab.until = tab.until.max(now) + each;
        }
        if self.seats.given.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            tabs.retain(|_, tab| 0 < tab.asked || now < tab.until);
            tabs.shrink_to_fit();
        }
    }
}

impl Drop for Bid {
    fn drop(&mut self) {
        let now = self.seats.now();
        let mut tabs = self.seats.tabs();
        if let Some(tab) = tabs.get_mut(&self.address) {
            tab.asked = tab.asked.saturating_sub(1);
            if tab.asked == 0 && tab.until <= now {
                tabs.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::atomic::AtomicU64;

    use shared::Millis;

    use super::*;

    fn seats(a_minute: u32) -> (Arc<Seats>, Arc<AtomicU64>) {
        let clock = Arc::new(AtomicU64::new(0));
        let now = Arc::clone(&clock);
        let edge = Edge::new(|| Millis(0), move || Millis(now.load(Ordering::Relaxed)), |_| {});
        let quota = Quota::per_minute(NonZeroU32::new(a_minute).unwrap());
        (Arc::new(Seats::new(Some(quota), Arc::new(edge))), clock)
    }

    fn address(n: u16) -> Address {
        Address::of(std::net::Ipv6Addr::new(n, 0, 0, 0, 0, 0, 0, 0).into())
    }

    #[test]
    fn what_is_refused_costs_nothing_and_what_is_asked_at_once_counts_while_it_is_asked() {
        let (seats, _) = seats(2);
        for _ in 0..9 {
            drop(seats.ask(address(1)).unwrap());
        }
        let (first, second) = (seats.ask(address(1)).unwrap(), seats.ask(address(1)).unwrap());
        assert_eq!(seats.ask(address(1)).map(drop), Err(30_001));
        drop(seats.ask(address(2)).unwrap());
        drop(first);
        second.seated();
        seats.ask(address(1)).unwrap().seated();
        assert_eq!(seats.ask(address(1)).map(drop), Err(30_001));
    }

    #[test]
    fn seats_are_forgotten_one_after_the_other_and_addresses_with_them() {
        let (seats, clock) = seats(2);
        for n in 1..=3 {
            seats.ask(address(n)).unwrap().seated();
            seats.ask(address(n)).unwrap().seated();
        }
        clock.store(29_999, Ordering::Relaxed);
        assert_eq!(seats.ask(address(1)).map(drop), Err(2));
        clock.store(30_000, Ordering::Relaxed);
        seats.ask(address(1)).unwrap().seated();
        assert_eq!(seats.ask(address(1)).map(drop), Err(30_001));
        for n in 10..10_000 {
            clock.fetch_add(60_000, Ordering::Relaxed);
            seats.ask(address(n)).unwrap().seated();
        }
        let kept = seats.tabs().len();
        assert!(kept <= SWEEP_EVERY as usize + 2, "{kept}");
    }
}
