//! The people of a real storm, at their pages, behind a network that cuts connections.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use frontend::state::StoredSession;
use shared::{NameRule, RoomMade, Seq};
use tokio::time::sleep;

use crate::faults::{Fault, Faults};
use crate::page::Page;
use crate::person::{Counts, Person, chance};
use crate::verdict::{Truth, check_past};

use super::client::{Client, Order, Shared};
use super::proxy::Proxy;

/// Everybody.
pub(super) struct Crowd {
    pub(super) proxy: Rc<Proxy>,
    pub(super) shared: Rc<Shared>,
    pub(super) clients: Vec<Rc<Client>>,
}

impl Crowd {
    /// So many, who come into this room by these servers. The first one is its host.
    pub(super) async fn begin(
        (seed, count): (u64, u32),
        made: &RoomMade,
        servers: Vec<SocketAddr>,
    ) -> Result<Self> {
        let proxy = Proxy::start(servers, chance(seed, 2)).await?;
        let shared = Rc::new(Shared {
            address: proxy.address,
            go: Cell::new(true),
            pause: 60,
            alive: Rc::new(()),
            members: RefCell::new(vec![None; count as usize]),
        });
        let people = (0..count).map(|number| {
            let name = NameRule::Common.parse("主持人").ok();
            let kept = (number == 0).then_some(StoredSession { token: made.host_token, name });
            let page = Page::new(format!("page {number}"), made.room, kept);
            Person::new(seed, number, number == 0, page)
        });
        let clients = people.enumerate().map(|(number, person)| Client::start(number, person, &shared));
        let clients = clients.collect();
        Ok(Self { proxy, shared, clients })
    }

    pub(super) fn tell(&self, whom: impl Fn(usize) -> bool, order: impl Fn() -> Order) {
        for (_, client) in self.clients.iter().enumerate().filter(|(number, _)| whom(*number)) {
            let _ = client.orders.send(order());
        }
    }

    /// The last number any page has heard.
    pub(super) fn heard(&self) -> Seq {
        let lasts = self.clients.iter().filter_map(|client| {
            let person = client.person.borrow();
            let lives = person.page.witness.heard.values();
            lives.filter_map(|events| events.keys().next_back().copied()).max()
        });
        lasts.max().unwrap_or_default()
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.clients.iter().for_each(|client| counts.add(&client.person.borrow().counts));
        counts
    }

    /// How often they were welcomed, and how many events they were told.
    pub(super) fn told(&self) -> (u32, u64) {
        self.clients.iter().fold((0, 0), |(welcomes, events), client| {
            let witness = &client.person.borrow().page.witness;
            (welcomes + witness.welcomes, events + witness.events)
        })
    }

    /// Everybody comes in; where all do not come to hold the same, with nothing under way, that is a fault.
    pub(super) async fn rest(&self, faults: &mut Faults) {
        self.proxy.calm_down();
        self.shared.go.set(false);
        if !self.comes_to_rest().await {
            self.restless(faults);
        }
    }

    async fn comes_to_rest(&self) -> bool {
        const TRIES: u32 = 60;
        for _ in 0..TRIES {
            self.tell(|_| true, || Order::Nudge);
            self.tell(|number| number == 0, || Order::Keep);
            self.tell(|_| true, || Order::Come);
            if self.wait_for(Duration::from_millis(500)).await {
                return true;
            }
        }
        false
    }

    async fn wait_for(&self, time: Duration) -> bool {
        sleep(time).await;
        let heard = self.heard();
        self.clients.iter().all(|client| {
            let person = client.person.borrow();
            let last = person.page.chat.room.as_ref().and_then(|room| room.log.last());
            person.page.is_at_rest() && last == Some(heard)
        })
    }

    fn restless(&self, faults: &mut Faults) {
        for client in &self.clients {
            let person = client.person.borrow();
            let chat = &person.page.chat;
            let last = chat.room.as_ref().and_then(|room| room.log.last());
            faults.unless(person.page.is_at_rest() && last.is_some(), Fault::Other, || {
                let (who, waiting) = (&person.page.witness.who, chat.outbox.items());
                format!(
                    "{who} does not come to rest: {:?} {:?} {last:?} {waiting:?}",
                    chat.problem, chat.connection
                )
            });
        }
    }

    /// What everybody did, was told and holds, against what is stored.
    pub(super) fn judge(&self, truth: &Truth, faults: &mut Faults) {
        truth.check(faults);
        for client in &self.clients {
            let person = client.person.borrow();
            let (page, who) = (&person.page, &person.page.witness.who);
            faults.extend(&page.witness.faults);
            truth.check_deeds(page, who, faults);
            truth.check_heard(page, who, faults);
            truth.check_list(page, who, faults);
            truth.check_texts(page.list().as_bytes(), who, faults);
        }
        let people: Vec<_> = self.clients.iter().map(|client| client.person.borrow()).collect();
        check_past(people.iter().map(|person| &person.page), faults);
    }
}
