//! Many connections to one server, driven by one thread: what the load comes from. It is to cost as little as it can, so it speaks
//! WebSocket by itself, and what is heard is looked at where it lies.

mod connection;
pub(crate) mod dialect;
pub(crate) mod frame;
pub(crate) mod message;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::bail;
use mio::{Events, Interest, Poll, Token};

use connection::Connection;
use dialect::{Dialect, Seat};

/// Hears every frame of text.
pub(crate) trait Listener {
    /// Connection `who` heard `payload`; frames appended to `out` are its answer.
    fn hear(&mut self, who: usize, payload: &[u8], out: &mut Vec<u8>);
}

/// Hears nothing.
#[derive(Debug)]
pub(crate) struct Deaf;

impl Listener for Deaf {
    fn hear(&mut self, _: usize, _: &[u8], _: &mut Vec<u8>) {}
}

/// Connections that are opened at the same time: fewer than what any of the servers lets wait to be accepted.
const OPENING: usize = 256;

/// Longer than any frame of ours.
const SCRATCH: usize = 1024 * 1024;

/// The connections.
#[derive(Debug)]
pub(crate) struct Crowd {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    scratch: Vec<u8>,
}

impl Crowd {
    /// Opens a connection for each seat, in this order, and returns when all are in.
    ///
    /// # Errors
    /// If one is refused or lost, or not all are in after `within`.
    pub(crate) fn open(
        address: SocketAddr,
        dialect: Dialect,
        seats: &[Seat],
        within: Duration,
        listener: &mut impl Listener,
    ) -> anyhow::Result<Self> {
        Self::open_at(&[address], dialect, seats, within, listener)
    }

    /// The same, at these addresses in turns.
    ///
    /// # Errors
    /// As [`Crowd::open`].
    pub(crate) fn open_at(
        addresses: &[SocketAddr],
        dialect: Dialect,
        seats: &[Seat],
        within: Duration,
        listener: &mut impl Listener,
    ) -> anyhow::Result<Self> {
        let (poll, events) = (Poll::new()?, Events::with_capacity(1_024));
        let mut crowd = Self { poll, events, connections: Vec::new(), scratch: vec![0; SCRATCH] };
        let start = Instant::now();
        let mut inside = 0;
        while inside < seats.len() {
            let wanted = seats.iter().skip(crowd.connections.len());
            for seat in wanted.take((inside + OPENING).saturating_sub(crowd.connections.len())) {
                let address = addresses[crowd.connections.len() % addresses.len()];
                let mut connection = Connection::open(address, dialect, seat)?;
                let both = Interest::READABLE | Interest::WRITABLE;
                crowd.poll.registry().register(
                    &mut connection.stream,
                    Token(crowd.connections.len()),
                    both,
                )?;
                crowd.connections.push(connection);
            }
            inside += crowd.turn(Duration::from_millis(100), listener)?;
            if start.elapsed() > within {
                bail!("only {inside} of {} connections are in after {within:?}", seats.len());
            }
        }
        Ok(crowd)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Waits until something happens, but not longer than this, and does what is due then. Returns how many got in.
    ///
    /// # Errors
    /// If a connection is lost, or the server breaks a rule.
    pub(crate) fn turn(&mut self, wait: Duration, listener: &mut impl Listener) -> anyhow::Result<usize> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(0),
            other => other?,
        }
        let mut entered = 0;
        for event in &self.events {
            let connection = &mut self.connections[event.token().0];
            let before = connection.is_in();
            connection.ready(event, &mut self.scratch, listener)?;
            entered += usize::from(!before && connection.is_in());
        }
        Ok(entered)
    }

    /// Takes turns for so long, at least one, and never sleeps: to wake this thread the server's core would have to interrupt
    /// another, which in a virtual machine costs it more than the message does.
    ///
    /// # Errors
    /// As [`Crowd::turn`].
    pub(crate) fn turns(&mut self, lasting: Duration, listener: &mut impl Listener) -> anyhow::Result<()> {
        let end = Instant::now() + lasting;
        loop {
            self.turn(Duration::ZERO, listener)?;
            if end <= Instant::now() {
                return Ok(());
            }
        }
    }

    /// Takes turns for so long, and sleeps between them: others need the core.
    ///
    /// # Errors
    /// As [`Crowd::turn`].
    pub(crate) fn rests(&mut self, lasting: Duration, listener: &mut impl Listener) -> anyhow::Result<()> {
        let end = Instant::now() + lasting;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.turn(left, listener)?;
        }
        Ok(())
    }

    /// Appends frames to what a connection sends, and sends it.
    ///
    /// # Errors
    /// If the connection is lost.
    pub(crate) fn send(&mut self, who: usize, frames: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<()> {
        let connection = &mut self.connections[who];
        frames(&mut connection.unsent);
        connection.flush()
    }
}
