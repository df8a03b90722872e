//! The end of a real storm: everybody comes in, everything comes to rest, and is compared.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use backend::store::log::Log;
use shared::{RoomId, Seq};
use tokio::time::sleep;

use crate::faults::{Fault, Faults};
use crate::verdict::Truth;
use crate::witness::descends;

use super::client::page;
use super::crowd::Crowd;
use super::process::Process;
use super::{Report, Storm, copied};

/// How long deleted texts may stay on disk after a kill, and a little more.
const PURGED_WITHIN: u32 = 40;

impl Storm {
    /// Comes to rest, is killed once more, and is judged.
    pub(super) async fn rest(mut self) -> Result<Report> {
        let mut faults = std::mem::take(&mut self.faults);
        self.crowd.rest(&mut faults).await;
        self.server.take().context("the server runs")?.kill().await?;
        let copy = copied(self.folder.path())?;
        let truth = Truth::read(&mut Log::open(copy.path())?, self.room)?;
        self.server = Some(Process::start(self.folder.path(), self.address).await?);

        self.crowd.judge(&truth, &mut faults);
        check_api((&self.crowd, self.address, self.room), &truth, &mut faults).await;
        check_files(self.folder.path(), &truth, &mut faults).await;

        let (welcomes, events) = self.crowd.told();
        Ok(Report {
            plan: self.plan,
            took: self.began.elapsed(),
            counts: self.crowd.counts(),
            kills: self.kills,
            cuts: self.crowd.proxy.cuts.get(),
            welcomes,
            events,
            stored: truth.tail(),
            faults,
        })
    }
}

/// What each member reads by HTTP.
pub(super) async fn check_api(
    (crowd, address, room): (&Crowd, SocketAddr, RoomId),
    truth: &Truth,
    faults: &mut Faults,
) {
    for client in &crowd.clients {
        let seat = client.person.borrow().page.chat.seat.clone();
        let Some(token) = seat.map(|seat| seat.token) else { continue };
        let mut read = Vec::new();
        loop {
            let after = read.last().map_or(Seq(0), |event: &shared::Event| event.seq);
            let path = format!("/api/rooms/{}/events?after={after}&limit=200", room);
            let Some(part) = page(address, &path, &token).await else { break };
            read.extend(part.events);
            if !part.more {
                break;
            }
        }
        let same = read.len() == truth.events.len()
            && read.iter().zip(&truth.events).all(|(event, now)| descends(event, now));
        faults.unless(same, Fault::Missing, || format!("{} events of {} are read", read.len(), truth.tail()));
    }
}

/// What stands in the files of a server that was killed and started again, as soon as it must have wiped them.
pub(super) async fn check_files(folder: &Path, truth: &Truth, faults: &mut Faults) {
    for second in 0..=PURGED_WITHIN {
        let mut found = Faults::default();
        for file in ["log.db", "log.db-wal", "index.db", "index.db-wal"] {
            let bytes = std::fs::read(folder.join(file)).unwrap_or_default();
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
