//! A connection in memory: what is sent is on its way until it is said to arrive, and may be lost there.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// From the page to the server.
    Up,
    /// From the server to the page.
    Down,
}

/// Both ways, as whoever plays the network sees them.
#[derive(Debug, Clone)]
pub(super) struct Wire(Arc<Mutex<Ways>>);

/// What the server reads from.
#[derive(Debug)]
pub(super) struct ServerIn(Wire);

/// What the server writes to.
#[derive(Debug)]
pub(super) struct ServerOut(Wire);

/// The page's end. It never waits.
#[derive(Debug)]
pub(super) struct PageEnd(Wire);

#[derive(Debug, Default)]
struct Ways {
    up: Pipe,
    down: Pipe,
    waker: Option<Waker>,
}

#[derive(Debug, Default)]
struct Pipe {
    on_way: VecDeque<Parcel>,
    arrived: VecDeque<u8>,
    /// The sender sends no more.
    closed: bool,
    /// The receiver hears no more.
    over: bool,
}

#[derive(Debug)]
enum Parcel {
    Bytes(Vec<u8>),
    End,
}

impl Wire {
    pub(super) fn new() -> (Self, (ServerIn, ServerOut), PageEnd) {
        let wire = Self(Arc::default());
        (wire.clone(), (ServerIn(wire.clone()), ServerOut(wire.clone())), PageEnd(wire))
    }

    /// How many parcels are on their way.
    pub(super) fn on_way(&self, way: Way) -> usize {
        self.lock().pipe(way).on_way.len()
    }

    /// The oldest parcel arrives.
    pub(super) fn arrive(&self, way: Way) {
        let mut ways = self.lock();
        let pipe = ways.pipe(way);
        match pipe.on_way.pop_front() {
            Some(Parcel::Bytes(bytes)) => pipe.arrived.extend(bytes),
            Some(Parcel::End) => pipe.over = true,
            None => {}
        }
        ways.wake();
    }

    /// Of what is on its way, these many parcels and bytes of the next one arrive; the rest is lost, and both ends are told.
    pub(super) fn cut(&self, way: Way, parcels: usize, bytes: usize) {
        let mut ways = self.lock();
        let pipe = ways.pipe(way);
        for number in 0..=parcels {
            if let Some(Parcel::Bytes(mut parcel)) = pipe.on_way.pop_front() {
                if number == parcels {
                    parcel.truncate(bytes);
                }
                pipe.arrived.extend(parcel);
            }
        }
        pipe.on_way.clear();
        (pipe.closed, pipe.over) = (true, true);
        ways.wake();
    }

    /// Everything on its way is lost, and nobody is told.
    pub(super) fn swallow(&self) {
        let mut ways = self.lock();
        ways.up.on_way.clear();
        ways.down.on_way.clear();
    }

    /// The page wants no more of it: what it sent goes out.
    pub(super) fn hang_up(&self) {
        let mut ways = self.lock();
        ways.up.close();
        ways.down.over = true;
    }

    fn lock(&self) -> MutexGuard<'_, Ways> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ways {
    const fn pipe(&mut self, way: Way) -> &mut Pipe {
        match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Pipe {
    fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.on_way.push_back(Parcel::End);
        }
    }

    fn take(&mut self, most: usize) -> Vec<u8> {
        let count = most.min(self.arrived.len());
        self.arrived.drain(..count).collect()
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.on_way.push_back(Parcel::Bytes(bytes.to_vec()));
        Ok(bytes.len())
    }
}

impl AsyncRead for ServerIn {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut ways = self.0.lock();
        let bytes = ways.up.take(buffer.remaining());
        if bytes.is_empty() && !ways.up.over {
            ways.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        buffer.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ServerOut {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.lock().down.send(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.lock().down.close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for ServerOut {
    fn drop(&mut self) {
        self.0.lock().down.close();
    }
}

impl Read for PageEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut ways = self.0.lock();
        let bytes = ways.down.take(buffer.len());
        if bytes.is_empty() && !ways.down.over {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Write for PageEnd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().up.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
