//! One connection of the crowd: its handshake, its bytes in and out. It never waits.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, bail};
use mio::event::Event;
use mio::net::TcpStream;
use socket2::{Domain, Socket, Type};

use super::Listener;
use super::dialect::{Answer, Dialect, Seat};
use super::frame::{self, Kind};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Upgrading,
    Joining,
    In,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    /// What waits to be written.
    pub(crate) unsent: Vec<u8>,
    stage: Stage,
    /// The beginning of a frame whose rest has not come yet.
    unread: Vec<u8>,
    join: Option<String>,
    dialect: Dialect,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr, dialect: Dialect, seat: &Seat) -> anyhow::Result<Self> {
        let stream = match seat.from {
            Some(from) => connect_from(from, address)?,
            None => TcpStream::connect(address)?,
        };
        let path = dialect.path(&seat.room);
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        let (unsent, join) = (request.into_bytes(), seat.join());
        Ok(Self { stream, unsent, stage: Stage::Connecting, unread: Vec::new(), join, dialect })
    }

    /// Whether it is in its room.
    pub(crate) fn is_in(&self) -> bool {
        self.stage == Stage::In
    }

    /// Does what can be done without waiting. `scratch` must hold the longest frame.
    pub(crate) fn ready(
        &mut self,
        event: &Event,
        scratch: &mut [u8],
        listener: &mut impl Listener,
    ) -> anyhow::Result<()> {
        if self.stage == Stage::Connecting {
            if !event.is_writable() {
                return Ok(());
            }
            if let Some(error) = self.stream.take_error()? {
                return Err(error).context("a connection could not be opened");
            }
            self.stream.set_nodelay(true)?;
            self.stage = Stage::Upgrading;
        }
        if event.is_readable() {
            self.read(event.token().0, scratch, listener)?;
        }
        self.flush()
    }

    /// Writes what the kernel takes.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("a server does not listen any more"),
            }
        }
        Ok(())
    }

    fn read(&mut self, who: usize, scratch: &mut [u8], listener: &mut impl Listener) -> anyhow::Result<()> {
        loop {
            let kept = self.unread.len();
            let end = match self.stream.read(&mut scratch[kept..]) {
                Ok(0) => bail!("the server closed a connection"),
                Ok(read) => kept + read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("a connection broke"),
            };
            scratch[..kept].copy_from_slice(&self.unread);
            self.unread.clear();
            let taken = self.take(who, &scratch[..end], listener)?;
            self.unread.extend_from_slice(&scratch[taken..end]);
            // What filled less than there was room for was all there is.
            if end < scratch.len() {
                return Ok(());
            }
        }
    }

    /// Takes what is whole, and says how much that was.
    fn take(&mut self, who: usize, bytes: &[u8], listener: &mut impl Listener) -> anyhow::Result<usize> {
        let mut taken = 0;
        if self.stage == Stage::Upgrading {
            let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
            if !bytes.starts_with(b"HTTP/1.1 101") {
                bail!("no WebSocket: {}", String::from_utf8_lossy(bytes));
            }
            taken = end + 4;
            self.stage = if self.dialect.is_open_house() { Stage::In } else { Stage::Joining };
            if let Some(join) = self.join.take() {
                frame::put(&mut self.unsent, Kind::Text, join.as_bytes());
            }
        }
        while let Some(frame) = frame::first(&bytes[taken..])? {
            taken += frame.length;
            match frame.kind {
                Kind::Text => self.hear(who, frame.payload, listener)?,
                Kind::Ping => frame::put(&mut self.unsent, Kind::Pong, frame.payload),
                Kind::Pong => {}
                Kind::Close => bail!("the server said goodbye"),
            }
        }
        Ok(taken)
    }

    fn hear(&mut self, who: usize, payload: &[u8], listener: &mut impl Listener) -> anyhow::Result<()> {
        match self.dialect.answer(payload) {
            Answer::In => self.stage = Stage::In,
            Answer::Refused => bail!("the server refused: {}", String::from_utf8_lossy(payload)),
            Answer::Say(text) => frame::put(&mut self.unsent, Kind::Text, text.as_bytes()),
            Answer::Nothing => {}
        }
        listener.hear(who, payload, &mut self.unsent);
        Ok(())
    }
}

/// Begins to connect from another address of this machine than the usual one.
fn connect_from(from: IpAddr, to: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(from, 0).into())?;
    socket.set_nonblocking(true)?;
    match socket.connect(&to.into()) {
        Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => {
            Err(error).context("a connection could not be begun")
        }
        Ok(()) | Err(_) => Ok(TcpStream::from_std(socket.into())),
    }
}

/// Linux's number for a connection that is on its way.
const IN_PROGRESS: i32 = 115;
