//! The end of a run: the weather is calm, everything comes to rest, and is compared.

use anyhow::{Result, bail};
use backend::store::log::Log;
use std::sync::{Arc, Mutex, PoisonError};

use shared::{Event, EventPage, Seq, Token};

use crate::faults::Fault;
use crate::verdict::{Truth, check_past};

use super::Run;
use super::server::{FILES, Server, bytes_in};
use super::world::{World, settle};

/// How long it may take until nothing happens any more, in milliseconds.
const REST_WITHIN: u64 = 15 * 60 * 1_000;

/// For how long nothing may happen before it counts as rest.
const REST_LASTS: u64 = 3_000;

impl World {
    /// Comes to rest, is killed once more, and is judged.
    pub(super) async fn rest(mut self) -> Result<Run> {
        self.calm_down();
        let begun = self.now();
        let mut since = None;
        while since.is_none_or(|since| self.now() < since + REST_LASTS) {
            self.happen().await?;
            since = if self.is_at_rest() { since.or(Some(self.now())) } else { None };
            if begun + REST_WITHIN < self.now() {
                self.restless();
                break;
            }
        }
        let read = self.read_all().await?;
        let Some(server) = self.server.take() else { bail!("the server is down at the end") };
        // Opened on a copy, since that tidies up.
        let copy = server.left()?;
        let truth = Truth::read(&mut Log::open(copy.path())?, self.room)?;
        let folder = self.wipe(server.kill()?).await?;
        let mut faults = std::mem::take(&mut self.faults);
        truth.check(&mut faults);
        check_past(self.people.iter().map(|person| &person.page), &mut faults);
        for (number, person) in self.people.iter().enumerate() {
            let (page, who) = (&person.page, format!("page {number}"));
            faults.extend(&page.witness.faults);
            truth.check_deeds(page, &who, &mut faults);
            truth.check_heard(page, &who, &mut faults);
            truth.check_list(page, &who, &mut faults);
            truth.check_texts(page.list().as_bytes(), &who, &mut faults);
        }
        for (who, events) in read {
            let floor = events.first().map_or(Seq(0), |event| event.seq);
            let all = truth.events.iter().filter(|event| floor <= event.seq).count();
            let same = events.len() == all
                && events
                    .iter()
                    .zip(truth.events.iter().skip(truth.events.len() - all))
                    .all(|(heard, now)| crate::witness::descends(heard, now));
            faults.unless(same, Fault::Missing, || format!("page {who} reads another log than there is"));
        }
        for (file, bytes) in FILES.iter().zip(bytes_in(folder.path())) {
            truth.check_texts(&bytes, file, &mut faults);
        }
        self.note(|_| serde_json::to_string(&truth.events).unwrap_or_default());

        let mut run =
            Run { faults, digest: self.digest(), falls: self.falls, cuts: self.cuts, ..Run::default() };
        run.trace = self.trace.into();
        for person in &self.people {
            run.counts.add(&person.counts);
            run.welcomes += person.page.witness.welcomes;
            run.events += person.page.witness.events;
        }
        Ok(run)
    }

    /// What of it is not at rest.
    fn restless(&mut self) {
        for (number, person) in self.people.iter().enumerate() {
            let chat = &person.page.chat;
            let (waiting, last) = (chat.outbox.items(), chat.room.as_ref().and_then(|room| room.log.last()));
            let tail = self.server.as_ref().and_then(|server| server.tail(self.room));
            self.faults.unless(
                person.page.is_at_rest() && (last.is_none() || last == tail),
                Fault::Other,
                || {
                    format!(
                        "page {number} does not come to rest: {:?} {last:?} of {tail:?} {waiting:?}",
                        chat.connection
                    )
                },
            );
        }
    }

    /// What each page that is in the room may read, a page after the other.
    async fn read_all(&mut self) -> Result<Vec<(usize, Vec<Event>)>> {
        let mut read = Vec::new();
        for number in 0..self.people.len() {
            let chat = &self.people[number].page.chat;
            let Some(token) = chat.room.as_ref().and(chat.seat.as_ref()).map(|seat| seat.token) else {
                continue;
            };
            let mut events: Vec<Event> = Vec::new();
            loop {
                let after = events.last().map_or(Seq(0), |event| event.seq);
                let Some(page) = self.page_after(token, after).await? else { bail!("no page after {after}") };
                events.extend(page.events);
                if !page.more {
                    break;
                }
            }
            read.push((number, events));
        }
        Ok(read)
    }

    async fn page_after(&mut self, token: Token, after: Seq) -> Result<Option<EventPage>> {
        let Some(server) = &mut self.server else { bail!("the server is down") };
        let page = Arc::new(Mutex::new(None));
        let answer = Arc::clone(&page);
        let request = warp::test::request()
            .path(&format!("/api/rooms/{}/events?after={after}&limit=7", self.room))
            .header("authorization", format!("Bearer {}", token.as_str()));
        server.ask(request, move |_, body| {
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = serde_json::from_slice(body).ok();
        });
        settle().await;
        Ok(page.lock().unwrap_or_else(PoisonError::into_inner).take())
    }

    /// A server that was killed is started and let alone for as long as deleted texts may stay.
    async fn wipe(&mut self, folder: tempfile::TempDir) -> Result<tempfile::TempDir> {
        const SECONDS: u32 = 40;
        let mut server: Server = self.again(folder)?;
        for _ in 0..SECONDS {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            server.tick();
            server.follow()?;
        }
        server.kill()
    }
}
