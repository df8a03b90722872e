//! A ledger whose time, steps and storage calls are the test's: on one machine, or as a node of a cluster.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use shared::{MemberId, Millis, RoomId, Seq};
use tempfile::TempDir;

use super::faults::Faults;
use crate::archive::follower::Follower;
use crate::config::Config;
use crate::edge::Edge;
use crate::ledger::answers::Answers;
use crate::ledger::jetstream::{Ordered, Step};
use crate::ledger::loaded;
use crate::ledger::writer::Writer;
use crate::ledger::{Reply, Request};
use crate::room::View;
use crate::room::member::MemberState;
use crate::room::proposal::wire::Ticket;
use crate::room::proposal::{Proposal, Standing, Wish};
use crate::room::roster::Seat;
use crate::room::state::RoomState;
use crate::rooms::Rooms;
use crate::store::codec;
use crate::store::index::Index;
use crate::store::log::cluster::{Followed, Membership};
use crate::store::log::{self, Log};

/// By the wall clock, when each world begins.
const BEGIN: u64 = 1_790_000_000_000;

/// How a ledger comes by what it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Kind {
    OneMachine,
    ClusterNode,
}

pub(in crate::ledger) struct World {
    pub(in crate::ledger) writer: Writer,
    pub(in crate::ledger) faults: Faults,
    kind: Kind,
    passed: Arc<AtomicU64>,
    follower: Follower,
    folder: TempDir,
    /// How far the only stream was followed.
    followed: u64,
}

fn new_folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

impl World {
    /// On a copy of these files, if there are any.
    pub(in crate::ledger) fn open(kind: Kind, files: Option<&Path>, passed: Duration) -> Self {
        let folder = new_folder();
        for file in ["log.db", "index.db"].iter().filter(|_| files.is_some()) {
            std::fs::copy(files.unwrap().join(file), folder.path().join(file)).unwrap();
        }
        let passed = Arc::new(AtomicU64::new(u64::try_from(passed.as_millis()).unwrap()));
        let (wall, uptime) = (Arc::clone(&passed), Arc::clone(&passed));
        let edge = Edge::new(
            move || Millis(BEGIN + wall.load(Ordering::Relaxed)),
            move || Millis(uptime.load(Ordering::Relaxed)),
            |bytes| bytes.fill(7),
        );
        let mut log = Log::open(folder.path()).unwrap();
        if kind == Kind::ClusterNode && !log.is_clustered() {
            log.enter_cluster(&Membership { id: "c".into(), partitions: 1 }).unwrap();
        }
        let followed = if log.is_clustered() { log.followed(1).unwrap()[0].seq } else { 0 };
        let mut follower = Follower::open(folder.path(), &log).unwrap();
        follower.catch_up().unwrap();
        let index = Index::open(folder.path()).unwrap();
        let faults = Faults::default();
        faults.watch(log.connection(), "log");
        faults.watch(&index.0, "index");
        let (following, _) = follower.following();
        let mut config = Config::new(folder.path().to_owned(), folder.path().to_owned());
        config.keep = Some(Duration::from_secs(10 * 24 * 60 * 60));
        config.accept_clock = true;
        let rooms = Arc::new(Rooms::default());
        let writer = Writer::new((log, index, following), config, Arc::new(edge), rooms).unwrap();
        let mut world = Self { writer, faults, kind, passed, follower, folder, followed };
        if kind == Kind::ClusterNode {
            let lobby = world.writer.lobby();
            world.ask(vec![(RoomId::Lobby, lobby.wish)]).unwrap();
        }
        world
    }

    /// Ends it as a server does; its files.
    pub(in crate::ledger) fn close(mut self) -> (TempDir, Duration) {
        let passed = Duration::from_millis(self.passed.load(Ordering::Relaxed));
        self.writer.finish();
        self.follower.catch_up().unwrap();
        (self.folder, passed)
    }

    pub(in crate::ledger) fn pass(&self, time: Duration) {
        self.passed.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// The index comes to where the log is.
    pub(in crate::ledger) fn index(&mut self) {
        self.follower.catch_up().unwrap();
    }

    /// Asks for all of this at once: what each was told, or that nothing could be stored.
    pub(in crate::ledger) fn ask(&mut self, wishes: Vec<(RoomId, Wish)>) -> Result<Vec<String>, String> {
        match self.kind {
            Kind::OneMachine => self.request(wishes),
            Kind::ClusterNode => self.follow(wishes),
        }
    }

    fn request(&mut self, wishes: Vec<(RoomId, Wish)>) -> Result<Vec<String>, String> {
        let (mut requests, mut answers) = (Vec::new(), Vec::new());
        for (room, wish) in wishes {
            let asked = Answers::new(1);
            let reply = asked.place().unwrap();
            let proposal = self.proposal(wish);
            requests.push(Request { room, life: None, proposal, id: None, reply, weight: None });
            answers.push(asked);
        }
        self.writer.take(&mut requests);
        assert!(requests.is_empty(), "a request was left");
        let mut told = Vec::new();
        for answer in answers {
            told.push(match answer.next(false).now_or_never().flatten().map(|reply| *reply) {
                None => "silence".to_owned(),
                Some(Reply::Refused(shared::Code::StorageFailed, ..)) => return Err("not stored".to_owned()),
                Some(Reply::Seated(seated)) => format!("{:?}, host {}", seated.name, seated.host),
                Some(other) => format!("{other:?}"),
            });
        }
        Ok(told)
    }

    /// As if the stream had brought it.
    fn follow(&mut self, wishes: Vec<(RoomId, Wish)>) -> Result<Vec<String>, String> {
        let mut came = Vec::new();
        for ((room, wish), seq) in wishes.into_iter().zip(self.followed + 1..) {
            let step = Step { from: Ticket(1, seq), room, epoch: None, proposal: self.proposal(wish) };
            let to = Followed { seq, digest: [1; 16] };
            came.push(Ordered { partition: 0, to, step: Some(step) });
        }
        let (done, verdicts) = self.writer.follow(&came).map_err(|error| error.to_string())?;
        assert_eq!((done, verdicts.len()), (came.len(), came.len()), "a proposal was left out");
        self.followed += came.len() as u64;
        Ok(verdicts.iter().map(|verdict| format!("{:?}", verdict.as_ref().map(|it| &it.answer))).collect())
    }

    fn proposal(&self, wish: Wish) -> Proposal {
        Proposal { at: self.writer.edge.now(), wish }
    }

    /// The timer rings. In a cluster what it finds goes by the stream, and is tried until it is stored.
    pub(in crate::ledger) fn tick(&mut self) {
        if self.kind == Kind::OneMachine {
            return self.writer.tick();
        }
        let due = self.writer.due(true);
        let due: Vec<_> = due.into_iter().map(|(room, proposal)| (room, proposal.wish)).collect();
        if !due.is_empty() && self.ask(due.clone()).is_err() {
            self.check();
            self.faults.disarm();
            self.ask(due).unwrap();
        }
        self.writer.tidy();
    }

    /// Takes a room out of memory, as if nobody had been there for long.
    pub(in crate::ledger) fn cool(&mut self, room: RoomId) {
        self.writer.loaded.remove(&room);
        self.writer.rooms.remove(room);
    }

    /// As whom a member of a loaded room speaks.
    pub(in crate::ledger) fn standing(&self, room: RoomId, member: u32) -> Standing {
        let seat = self.writer.rooms.get(room).unwrap().snapshot().view.roster.seat(MemberId(member));
        let Some(Seat::Taken(since)) = seat else { panic!("{member} does not sit: {seat:?}") };
        Standing { member: MemberId(member), since }
    }

    /// Fails unless memory is what a load from disk gives. No call fails any more; those that have.
    pub(in crate::ledger) fn check(&mut self) -> BTreeSet<String> {
        let failed = self.faults.disarm();
        // It rolls back what a failed rollback has left.
        self.writer.log.life(RoomId::Lobby).unwrap();
        let stored = rusqlite::Connection::open(self.folder.path().join(log::FILE)).unwrap();
        let last = codec::last(&stored).unwrap();
        assert_eq!(self.writer.log.last(), last, "the last position, after {failed:?}");
        if self.kind == Kind::ClusterNode {
            let followed = self.writer.log.followed(1).unwrap()[0].seq;
            assert_eq!(followed, self.followed, "how far the stream was followed, after {failed:?}");
        }
        for id in self.writer.loaded.keys().copied().collect::<Vec<_>>() {
            let disk = self.load(id).unwrap_or_else(|| panic!("{id} is in memory only, after {failed:?}"));
            let (known, recent) = (&self.writer.loaded[&id], &self.writer.recent);
            assert_eq!(self.lasting(&known.state), self.lasting(&disk.state), "{id}, after {failed:?}");
            let life = known.room.life();
            let records = |newest| format!("{:?}", recent.of(life, newest).places());
            assert_eq!(records(known.newest), records(recent.newest(life)), "{id}, after {failed:?}");
        }
        for (id, room) in self.writer.rooms.all() {
            let disk = self.load(id).unwrap_or_else(|| panic!("{id} is published only, after {failed:?}"));
            let (published, stored) = (room.snapshot(), disk.room.snapshot());
            assert_eq!((room.life(), published.tail), (disk.room.life(), stored.tail), "after {failed:?}");
            let (published, stored) = (published.view, stored.view);
            assert_eq!(format!("{:?}", published.facts), format!("{:?}", stored.facts), "after {failed:?}");
            // Of former members there may be more in memory than is read from disk.
            let roster = |view: &View| {
                (
                    view.roster.seated().collect::<Vec<_>>(),
                    view.roster.bans().collect::<Vec<_>>(),
                    view.roster.taken(),
                )
            };
            assert_eq!(roster(&published), roster(&stored), "after {failed:?}");
            assert_eq!(published.words, stored.words, "after {failed:?}");
            assert!(!room.is_deleted());
        }
        failed
    }

    fn load(&mut self, id: RoomId) -> Option<loaded::Loaded> {
        let writer = &mut self.writer;
        let parts = (&mut writer.log, &writer.index, &writer.recent);
        loaded::load(id, parts, (&Rooms::default(), &writer.edge)).unwrap()
    }

    /// What of a room's state is on disk: on one machine it is not stored when a member was seen.
    fn lasting(&self, state: &RoomState) -> RoomState {
        let mut state = state.clone();
        state.forget_former(|_| true);
        if self.kind == Kind::OneMachine {
            let members = state.members().count();
            (1..=members).for_each(|member| state.saw(MemberId(member), Millis(0)));
        }
        state
    }

    /// All rows of the log, but how far a stream was followed.
    pub(in crate::ledger) fn rows(&self) -> Vec<String> {
        let log = rusqlite::Connection::open(self.folder.path().join(log::FILE)).unwrap();
        let mut tables = vec!["lives", "records", "marks"];
        if self.kind == Kind::ClusterNode {
            tables.push("seen");
        }
        let mut found = Vec::new();
        for table in tables {
            let mut query = log.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = query.column_count();
            let mut rows = query.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values: Vec<_> =
                    (0..columns).map(|n| row.get::<_, rusqlite::types::Value>(n).unwrap()).collect();
                found.push(format!("{table} {values:?}"));
            }
        }
        found
    }

    /// The number of a member's last message, for whoever edits or recalls it.
    pub(in crate::ledger) fn said_last(&self, room: RoomId) -> Seq {
        self.writer.loaded[&room].state.tail()
    }

    /// Something about this member is to be stored beside the log.
    pub(in crate::ledger) fn marked(&self, room: RoomId, member: u32) {
        self.writer.rooms.get(room).unwrap().put_unsaved([MemberId(member)]);
    }
}

/// Whether some member is to lose its messages; used by the set-up to make sure that there are some.
pub(in crate::ledger) fn recalls(world: &World, room: RoomId) -> bool {
    world.writer.loaded[&room]
        .state
        .members()
        .iter()
        .any(|(_, member)| MemberState::left_to_recall(member).is_some())
}
