//! The way out of one connection. Its session writes to it, or lends it to the courier: while it waits, and while it only hears.
//!
//! So an event reaches a thousand connections without waking one session. What cannot be written at once, and whatever is
//! no event, is left to the session.

use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use shared::Seq;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::ledger::answers::Bell;
use crate::room::news::Versions;
use crate::room::proposal::Standing;
use crate::room::readers::Reader;
use crate::room::seal::TokenHash;
use crate::room::{Due, Room};

/// The way out, for two who never write at the same time.
#[derive(Debug)]
pub(super) struct Outlet<W> {
    out: Mutex<Out<W>>,
    /// Calls the session to look at its room.
    bell: Bell,
}

#[derive(Debug)]
struct Out<W> {
    stream: W,
    /// While the session, in a room, has nothing to write.
    lent: Option<Lent>,
    /// When the courier last wrote.
    at: Option<Instant>,
    /// Of a frame that could not be written as a whole.
    rest: Option<Box<Bytes>>,
}

/// What the courier must know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lent {
    /// As whom the session speaks.
    pub(super) who: Standing,
    /// Of the token it joined with.
    pub(super) token: TokenHash,
    /// Up to where it has sent.
    pub(super) cursor: Seq,
    /// What is no event, as it last saw it.
    pub(super) seen: Versions,
}

/// What the courier did.
#[derive(Debug)]
pub(super) struct Handed {
    /// Up to where the session has sent.
    pub(super) cursor: Seq,
    /// When it last did so, if not the session itself.
    pub(super) at: Option<Instant>,
    /// What the session has to write first.
    pub(super) rest: Option<Box<Bytes>>,
}

impl<W> Outlet<W> {
    fn new(stream: W, bell: Bell) -> Self {
        let out = Out { stream, lent: None, at: None, rest: None };
        Self { out: Mutex::new(out), bell }
    }

    /// Until the session takes it back, whatever is published is written behind this cursor.
    pub(super) fn lend(&self, lent: Lent) {
        self.lock().lent = Some(lent);
    }

    /// The session goes on. Nothing if nothing was lent.
    pub(super) fn take_back(&self) -> Option<Handed> {
        let mut out = self.lock();
        let Lent { cursor, .. } = out.lent.take()?;
        Some(Handed { cursor, at: out.at.take(), rest: out.rest.take() })
    }

    /// Writes what can be written at once; the rest.
    pub(super) fn write(&self, bytes: Bytes) -> Option<Box<Bytes>>
    where
        W: AsyncWrite + Unpin,
    {
        written(&mut self.lock().stream, bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Out<W>> {
        // Who panics while writing leaves a frame half written: its reader closes a connection that makes no sense.
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: AsyncWrite + Unpin + Send + Debug> Reader for Outlet<W> {
    fn hand(&self, room: &Room, now: Instant) {
        if !self.lock().hand(room, now) {
            self.wake();
        }
    }

    fn wake(&self) {
        self.bell.ring();
    }
}

impl<W: AsyncWrite + Unpin> Out<W> {
    /// Whether nothing is left for the session.
    fn hand(&mut self, room: &Room, now: Instant) -> bool {
        let Some(lent) = self.lent.as_mut().filter(|_| self.rest.is_none()) else { return false };
        loop {
            match room.due(lent.cursor, lent.who, &lent.token) {
                Due::Events(frame, last, versions) => {
                    lent.cursor = last;
                    self.at = Some(now);
                    self.rest = written(&mut self.stream, frame.into_bytes());
                    match versions {
                        _ if self.rest.is_some() => return false,
                        Some(versions) => return versions == lent.seen,
                        None => {}
                    }
                }
                Due::Nothing(versions) => return versions == lent.seen,
                Due::Older(_) | Due::Unseated(_) | Due::SignedOut | Due::Deleted => return false,
            }
        }
    }
}

/// Writes what can be written at once; the rest.
fn written(stream: &mut (impl AsyncWrite + Unpin), mut bytes: Bytes) -> Option<Box<Bytes>> {
    let mut nobody = Context::from_waker(Waker::noop());
    while !bytes.is_empty() {
        match Pin::new(&mut *stream).poll_write(&mut nobody, &bytes) {
            Poll::Ready(Ok(count @ 1..)) => bytes.advance(count),
            // An error is found once more by the session, which ends with it.
            Poll::Ready(_) | Poll::Pending => return Some(Box::new(bytes)),
        }
    }
    None
}

/// Both ways of a connection.
#[derive(Debug)]
pub(super) struct Duplex<R, W> {
    read: R,
    out: Arc<Outlet<W>>,
}

impl<R, W> Duplex<R, W> {
    /// Of these two. The bell calls the session to what others have written in its place, or have left to it.
    pub(super) fn new(read: R, write: W, bell: Bell) -> Self {
        Self { read, out: Arc::new(Outlet::new(write, bell)) }
    }

    /// The way out.
    pub(super) const fn out(&self) -> &Arc<Outlet<W>> {
        &self.out
    }
}

impl<R: AsyncRead + Unpin, W> AsyncRead for Duplex<R, W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.read).poll_read(context, into)
    }
}

impl<R: Unpin, W: AsyncWrite + Unpin> AsyncWrite for Duplex<R, W> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.out.lock().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.out.lock().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.out.lock().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use shared::MemberId;
    use tokio::io::{AsyncReadExt, DuplexStream, duplex};

    use super::*;
    use crate::ledger::answers::Answers;
    use crate::room::View;
    use crate::room::tests::{first_token, lobby, said};

    /// A connection of this many bytes; its session waits in a lobby of which it has sent all.
    fn waiting(bytes: usize) -> (Arc<Room>, Outlet<DuplexStream>, Answers, DuplexStream) {
        let (room, who) = lobby();
        let (ours, theirs) = duplex(bytes);
        let answers = Answers::new(1);
        let outlet = Outlet::new(ours, answers.bell());
        wait(&outlet, &room, who);
        (room, outlet, answers, theirs)
    }

    fn wait(outlet: &Outlet<DuplexStream>, room: &Room, who: Standing) {
        let token = first_token();
        let Due::Nothing(seen) = room.due(Seq(2), who, &token) else { panic!("nothing was published") };
        outlet.lend(Lent { who, token, cursor: Seq(2), seen });
    }

    fn is_woken(session: &Answers) -> bool {
        session.rung().now_or_never().is_some()
    }

    #[tokio::test]
    async fn what_is_published_while_a_session_waits_is_written_and_it_sleeps_on() {
        let (room, outlet, session, mut theirs) = waiting(4_096);
        let now = Instant::now();
        outlet.hand(&room, now);
        assert!(!is_woken(&session), "nothing was published");
        room.publish(vec![said(3, "你好")], Vec::new(), None);
        outlet.hand(&room, now);
        outlet.hand(&room, now);
        let handed = outlet.take_back().unwrap();
        assert!(!is_woken(&session) && handed.rest.is_none());
        assert_eq!((handed.cursor, handed.at), (Seq(3), Some(now)));
        drop(outlet);
        let mut heard = Vec::new();
        theirs.read_to_end(&mut heard).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&heard).matches("你好").count(), 1);
    }

    #[tokio::test]
    async fn what_does_not_fit_is_left_to_the_session_and_nothing_comes_in_between() {
        let (room, outlet, session, mut theirs) = waiting(64);
        room.publish(vec![said(3, "一")], Vec::new(), None);
        outlet.hand(&room, Instant::now());
        assert!(is_woken(&session));
        let mut heard = vec![0; 64];
        theirs.read_exact(&mut heard).await.unwrap();
        room.publish(vec![said(4, "二")], Vec::new(), None);
        outlet.hand(&room, Instant::now());
        let handed = outlet.take_back().unwrap();
        assert!(is_woken(&session) && handed.cursor == Seq(3), "there is room again, but amid a frame");
        assert!(theirs.read(&mut [0; 64]).now_or_never().is_none());
        heard.extend(&handed.rest.unwrap()[..]);
        assert!(heard[0] == 0x81 && usize::from(heard[1]) + 2 == heard.len(), "one short frame, all of it");
    }

    #[tokio::test]
    async fn a_session_that_is_awake_is_not_written_for_and_hears_of_it() {
        let (room, outlet, session, mut theirs) = waiting(4_096);
        assert!(outlet.take_back().is_some() && outlet.take_back().is_none());
        room.publish(vec![said(3, "你好")], Vec::new(), None);
        outlet.hand(&room, Instant::now());
        assert!(is_woken(&session) && theirs.read(&mut [0; 64]).now_or_never().is_none());
    }

    #[tokio::test]
    async fn what_is_no_event_is_the_session_s_to_send() {
        for publish in [false, true] {
            let (room, outlet, session, _theirs) = waiting(4_096);
            let edge = Arc::new(crate::edge::Edge::system());
            let _here = room.enter(outlet.lock().lent.unwrap().who, &edge);
            if publish {
                room.publish(vec![said(3, "你好")], Vec::new(), None);
            }
            outlet.hand(&room, Instant::now());
            assert!(is_woken(&session));
            assert_eq!(outlet.take_back().unwrap().cursor, Seq(if publish { 3 } else { 2 }));
        }
    }

    #[tokio::test]
    async fn in_a_large_room_nobody_is_woken_because_others_have_read() {
        let other = Standing { member: MemberId(2), since: Seq(1) };
        for (seats, woken) in [(100, true), (101, false)] {
            let (room, outlet, session, _theirs) = waiting(4_096);
            let mut view = View::clone(&room.snapshot().view);
            view.facts.capacity = seats;
            room.publish(Vec::new(), Vec::new(), Some(view));
            let who = outlet.lock().lent.unwrap().who;
            wait(&outlet, &room, who);
            room.read(other, Seq(2));
            outlet.hand(&room, Instant::now());
            assert_eq!(is_woken(&session), woken, "{seats}");
            // One's own mark is told, to one's other windows.
            room.read(who, Seq(2));
            outlet.hand(&room, Instant::now());
            assert!(is_woken(&session));
        }
    }
}
