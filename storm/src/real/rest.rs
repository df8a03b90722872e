//! The end of a real storm: everybody comes in, everything comes to rest, and is compared.

use std::time::Duration;

use anyhow::{Context, Result};
use backend::store::log::Log;
use shared::Seq;
use tokio::time::sleep;

use crate::faults::{Fault, Faults};
use crate::verdict::{Truth, check_past};
use crate::witness::descends;

use super::client::{Order, page};
use super::process::Process;
use super::{Report, Storm, copied};

/// How long deleted texts may stay on disk after a kill, and a little more.
const PURGED_WITHIN: u32 = 40;

impl Storm {
    /// Comes to rest, is killed once more, and is judged.
    pub(super) async fn rest(mut self) -> Result<Report> {
        self.proxy.calm_down();
        self.shared.go.set(false);
        if !self.comes_to_rest().await {
            self.restless();
        }
        self.server.take().context("the server runs")?.kill().await?;
        let copy = copied(self.folder.path())?;
        let truth = Truth::read(&Log::open(copy.path())?, self.room)?;
        self.server = Some(Process::start(self.folder.path(), self.address).await?);

        let mut faults = std::mem::take(&mut self.faults);
        truth.check(&mut faults);
        for client in &self.clients {
            let person = client.person.borrow();
            let (page, who) = (&person.page, &person.page.witness.who);
            faults.extend(&page.witness.faults);
            truth.check_deeds(page, who, &mut faults);
            truth.check_heard(page, who, &mut faults);
            truth.check_list(page, who, &mut faults);
            truth.check_texts(page.list().as_bytes(), who, &mut faults);
        }
        let people: Vec<_> = self.clients.iter().map(|client| client.person.borrow()).collect();
        check_past(people.iter().map(|person| &person.page), &mut faults);
        drop(people);
        self.check_api(&truth, &mut faults).await;
        self.check_files(&truth, &mut faults).await;

        let mut report = Report {
            plan: self.plan,
            took: self.began.elapsed(),
            counts: self.counts(),
            kills: self.kills,
            cuts: self.proxy.cuts.get(),
            welcomes: 0,
            events: 0,
            stored: truth.tail(),
            faults,
        };
        for client in &self.clients {
            let person = client.person.borrow();
            report.welcomes += person.page.witness.welcomes;
            report.events += person.page.witness.events;
        }
        Ok(report)
    }

    /// Everybody comes in; whether all come to hold the same, with nothing under way.
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

    fn restless(&mut self) {
        for client in &self.clients {
            let person = client.person.borrow();
            let chat = &person.page.chat;
            let last = chat.room.as_ref().and_then(|room| room.log.last());
            self.faults.unless(person.page.is_at_rest() && last.is_some(), Fault::Other, || {
                let (who, waiting) = (&person.page.witness.who, chat.outbox.items());
                format!(
                    "{who} does not come to rest: {:?} {:?} {last:?} {waiting:?}",
                    chat.problem, chat.link
                )
            });
        }
    }

    /// What each member reads by HTTP.
    async fn check_api(&self, truth: &Truth, faults: &mut Faults) {
        for client in &self.clients {
            let seat = client.person.borrow().page.chat.seat.clone();
            let Some(token) = seat.map(|seat| seat.token) else { continue };
            let mut read = Vec::new();
            loop {
                let after = read.last().map_or(Seq(0), |event: &shared::Event| event.seq);
                let path = format!("/api/rooms/{}/events?after={after}&limit=200", self.room);
                let Some(part) = page(self.address, &path, &token).await else { break };
                read.extend(part.events);
                if !part.more {
                    break;
                }
            }
            let same = read.len() == truth.events.len()
                && read.iter().zip(&truth.events).all(|(event, now)| descends(event, now));
            faults.unless(same, Fault::Missing, || {
                format!("{} events of {} are read", read.len(), truth.tail())
            });
        }
    }

    /// What stands in the files of a server that was killed and started again, as soon as it must have wiped them.
    async fn check_files(&self, truth: &Truth, faults: &mut Faults) {
        for second in 0..=PURGED_WITHIN {
            let mut found = Faults::default();
            for file in ["log.db", "log.db-wal", "index.db", "index.db-wal"] {
                let bytes = std::fs::read(self.folder.path().join(file)).unwrap_or_default();
                truth.check_texts(&bytes, file, &mut found);
            }
            if found.is_empty() {
                return;
            }
            if second == PURGED_WITHIN {
                faults.extend(&found);
            }
            sleep(Duration::from_secs(1)).await;
        }
    }
}
