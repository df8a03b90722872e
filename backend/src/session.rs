//! One connection: its frames become proposals, and whatever lies behind its cursor is sent on.
//!
//! One task, one `select!`, and a shorter way for what its page says. What a frame means is in `session/frames`; what is due when
//! nothing happens is in `session/clock`. Nothing here decides about a room.

mod clock;
mod end;
mod frames;
mod outlet;
mod seat;
mod sending;
mod socket;

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use shared::{ByeCode, CloseCode, Code, FromServer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::address::Visitor;
use crate::clock::Times;
use crate::config::SESSION_PROPOSALS;
use crate::ledger::answers::Answers;
use crate::ledger::{Reply, Slots, Stopped};
use crate::room::news::Versions;
use crate::services::{Services, Stay};

use clock::{Clock, News};
use end::{End, unseated};
use frames::Rare;
use outlet::{Handed, Outlet};
use seat::{Due, Place};
pub(crate) use sending::linger;
pub use socket::Line;
use socket::Socket;

/// What a connection is read from.
pub trait In: AsyncRead + Unpin + Send {}
impl<R: AsyncRead + Unpin + Send> In for R {}

/// What a connection is written to.
pub trait Out: AsyncWrite + Debug + Unpin + Send + 'static {}
impl<W: AsyncWrite + Debug + Unpin + Send + 'static> Out for W {}

/// How a connection came.
#[derive(Debug, Default)]
pub struct Arrival {
    /// The room the page named.
    pub room: Option<Box<str>>,
    /// Whose it is. A simulation has connections that are nobody's: no address is limited.
    pub visitor: Option<Visitor>,
}

/// Talks on `line` until one side ends it.
///
/// Ten thousand of these wait at the same time, so what is rarely needed is in boxes of its own.
pub fn run<R: In, W: Out>(
    line: Line<R, W>,
    services: Arc<Services>,
    arrival: Arrival,
) -> impl Future<Output = ()> + Send {
    let answers = Answers::new(SESSION_PROPOSALS);
    let socket = Socket::new(line, answers.bell());
    let now = Instant::now();
    let clock = Clock::new(&services.config, now);
    let place = Place::Outside;
    let mut session = Session { socket, services, arrival, place, answers, clock, now, owes: false };
    async move {
        let end = session.converse().await;
        tracing::debug!(?end, "a connection ends");
        session.services.ledger.metrics().ended(end.word());
        if let Place::Inside(inside) = &session.place {
            session.record_address(inside.connection());
        }
        session.place = Place::Outside; // The member is gone for the others before the goodbye is written.
        Box::pin(session.close(end)).await;
    }
}

struct Session<R, W> {
    socket: Socket<R, W>,
    services: Arc<Services>,
    arrival: Arrival,
    place: Place,
    /// Each proposal takes a place of these along.
    answers: Answers,
    clock: Clock,
    /// When it was woken.
    now: Instant,
    /// Tungstenite may have something to answer by itself, or a part of it: it comes before what we write.
    owes: bool,
}

/// What a session was woken by.
enum Woken {
    Stop,
    /// Nothing: there may be more questions again.
    Reply(Option<Box<Reply>>),
    Room,
    Time,
    Message(Result<Message, End>),
}

/// What is said in one go: the frames that a session finds when it is woken came at the same time.
struct Breath<'a> {
    at: Times,
    /// How many messages of it are still taken.
    left: usize,
    /// What it has waited for.
    slots: Slots<'a>,
}

/// What was heard.
enum Heard {
    /// All that has come: the socket calls when there is more.
    All,
    /// There may be more.
    Enough,
    /// What may have to wait.
    Rare(Box<Rare>),
}

impl<R: In, W: Out> Session<R, W> {
    async fn converse(&mut self) -> End {
        let end = match self.steps().await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        // It may have come while the courier wrote.
        self.take_back().await.err().unwrap_or(end)
    }

    async fn steps(&mut self) -> Result<Infallible, End> {
        let stay = self.services.staying.stay();
        let mut over = pin!(stay.over());
        let mut alarm = pin!(tokio::time::sleep_until(self.clock.next(&self.services.config)));
        let mut looks = true;
        loop {
            if looks {
                self.send_due().await?;
            }
            let in_time = self.clock.may_read(self.now);
            let next = self.clock.next(&self.services.config);
            if next < alarm.deadline() || alarm.is_elapsed() {
                alarm.as_mut().reset(next);
            }
            let free = self.answers.is_free();
            let may_read = in_time && free && !matches!(self.place, Place::Joining { .. });
            // What tungstenite owes is amid a frame, perhaps.
            if let Some(lent) = self.place.lent().filter(|_| !self.owes) {
                self.out().lend(lent);
            }
            let woken = tokio::select! {
                biased;
                // A stop comes before everything: whoever is left afterwards is cut off.
                () = &mut over => Woken::Stop,
                // Answers are few, and a page waits for each.
                reply = self.answers.next(!free) => Woken::Reply(reply),
                // What others said, before what this page says: a flood must not delay its own echo.
                () = self.answers.rung() => Woken::Room,
                // Time, so that a flood cannot outrun the checks.
                () = &mut alarm => Woken::Time,
                // A session that waits for its seat, or for many answers, reads no further.
                message = poll_fn(|context| self.socket.poll_next(context)), if may_read => Woken::Message(message),
            };
            self.now = Instant::now();
            // Whoever publishes something calls, also while this page says something.
            looks = !matches!(woken, Woken::Message(_) | Woken::Reply(None));
            if !matches!(woken, Woken::Message(_)) {
                self.take_back().await?;
            }
            match woken {
                Woken::Message(message) => self.listen(message, &stay, alarm.deadline()).await?,
                Woken::Stop => return Err(Stopped.into()),
                Woken::Reply(Some(reply)) => Box::pin(self.take_reply(*reply)).await?,
                Woken::Time => Box::pin(self.take_time()).await?,
                Woken::Reply(None) | Woken::Room => {}
            }
        }
    }

    /// Takes a message, and those that follow, for as long as nothing else happens: whatever else calls was asked a moment ago. What
    /// is published meanwhile the courier goes on to write.
    fn listen(
        &mut self,
        first: Result<Message, End>,
        stay: &Stay,
        alarm_at: Instant,
    ) -> impl Future<Output = Result<(), End>> + Send {
        let services = Arc::clone(&self.services);
        let (mut next, mut interrupted) = (Some(first), false);
        async move {
            let mut breath = self.breath();
            loop {
                let hear = |context: &mut Context<'_>| self.take_messages(&mut next, &mut breath, context);
                match at_once(hear).await? {
                    Heard::All if !interrupted => {
                        let called = slept_once(|context| self.answers.is_called(context)).await;
                        self.now = Instant::now();
                        if called || stay.is_over() || alarm_at <= self.now {
                            break;
                        }
                        breath = self.breath();
                    }
                    Heard::Rare(rare) => {
                        // Nobody waits for the slots of somebody who waits.
                        breath.slots = Slots::default();
                        breath.slots = Box::pin(self.take_rare(*rare, &services.ledger)).await?;
                        // That may have taken its time, and something else may have called.
                        (self.now, breath.at, interrupted) =
                            (Instant::now(), self.services.edge.times(), true);
                    }
                    Heard::All | Heard::Enough => break,
                }
            }
            self.take_back().await
        }
    }

    /// Takes the way out back, if it is lent, and goes on where the courier has come to.
    async fn take_back(&mut self) -> Result<(), End> {
        let Some(Handed { cursor, at, rest }) = self.out().take_back() else { return Ok(()) };
        self.place.went_on(cursor);
        if let Some(at) = at {
            self.clock.sent(at);
        }
        match rest {
            Some(rest) => Box::pin(self.put_rest(*rest)).await,
            None => Ok(()),
        }
    }

    /// Takes the next message, and those that came with it: the ledger is to find them together.
    fn take_messages(
        &mut self,
        next: &mut Option<Result<Message, End>>,
        breath: &mut Breath<'_>,
        context: &mut Context<'_>,
    ) -> Result<Heard, End> {
        while breath.left > 0 {
            let message = match next.take() {
                Some(message) => message,
                None if !self.may_go_on() => break,
                None => match self.socket.poll_next(context) {
                    Poll::Ready(message) => message,
                    Poll::Pending => return Ok(Heard::All),
                },
            };
            breath.left -= 1;
            if let Some(rare) = self.take_message(message?, breath)? {
                return Ok(Heard::Rare(rare));
            }
        }
        Ok(Heard::Enough)
    }

    /// Whether another message may be taken along.
    fn may_go_on(&mut self) -> bool {
        self.answers.is_free() && matches!(self.place, Place::Inside(_)) && self.clock.may_read(self.now)
    }

    /// What a message comes to, if that may have to wait.
    fn take_message(&mut self, message: Message, breath: &mut Breath<'_>) -> Result<Option<Box<Rare>>, End> {
        self.clock.heard(self.now, self.services.config.frames);
        match message {
            Message::Text(text) => self.take_frame(text.as_str(), breath),
            Message::Binary(_) => Err(End::Close(CloseCode::Binary)),
            Message::Ping(_) => Ok(Some(Box::new(Rare::Ping))),
            Message::Pong(_) | Message::Frame(_) => Ok(None),
            Message::Close(_) => Ok(Some(Box::new(Rare::Close))),
        }
    }

    /// Sends everything between the cursor and the tail, and then the newest of what is no event.
    async fn send_due(&mut self) -> Result<(), End> {
        loop {
            match self.place.due(&self.services).await {
                Due::Events(frame, None) => self.put(frame).await?,
                Due::Events(frame, Some(versions)) => {
                    self.put(frame).await?;
                    return self.send_news(versions).await;
                }
                Due::Nothing(Some(versions)) => return self.send_news(versions).await,
                Due::Nothing(None) => return Ok(()),
                Due::Deleted => {
                    Box::pin(self.refuse(Code::RoomUnknown, None)).await?;
                    return Err(End::Bye(ByeCode::Deleted, CloseCode::Refused));
                }
                Due::SignedOut => return Err(End::Bye(ByeCode::SignedOut, CloseCode::Refused)),
                Due::Unreadable => return Err(End::Bye(ByeCode::Overloaded, CloseCode::Overloaded)),
                Due::Unseated(seat) => return Err(unseated(seat)),
            }
        }
    }

    async fn send_news(&mut self, versions: Versions) -> Result<(), End> {
        for (news, version) in [
            (News::Presence, versions.presence),
            (News::Marks, versions.marks),
            (News::Typing, versions.typing),
        ] {
            let Place::Inside(inside) = &self.place else { return Ok(()) };
            if self.clock.may_send(&self.services.config, news, version, self.now) {
                let sent = self.clock.version_sent(news);
                let (frame, version) = inside.news(news, sent, self.services.edge.uptime());
                self.clock.sent_news(news, version, self.now);
                if let Some(frame) = frame {
                    self.put(frame).await?;
                }
            }
        }
        Ok(())
    }

    async fn take_time(&mut self) -> Result<(), End> {
        let now = self.now;
        let joined = matches!(self.place, Place::Inside(_));
        let due = self.clock.ring(&self.services.config, now, joined)?;
        if due.ping {
            self.write(Message::Ping(Bytes::new())).await?;
        }
        if due.tick {
            let at = self.services.edge.now();
            self.say(&FromServer::Tick { at }).await?;
        }
        Ok(())
    }

    fn breath<'a>(&self) -> Breath<'a> {
        Breath { at: self.services.edge.times(), left: SESSION_PROPOSALS, slots: Slots::default() }
    }

    const fn out(&self) -> &Arc<Outlet<W>> {
        self.socket.stream().out()
    }
}

/// What is seen now. Whatever is not there calls when it is.
fn at_once<T>(mut look: impl FnMut(&mut Context<'_>) -> T) -> impl Future<Output = T> {
    poll_fn(move |context| Poll::Ready(look(context)))
}

/// Waits until something calls; what is seen then.
fn slept_once<T>(mut look: impl FnMut(&Context<'_>) -> T) -> impl Future<Output = T> {
    let mut slept = false;
    poll_fn(move |context| match std::mem::replace(&mut slept, true) {
        true => Poll::Ready(look(context)),
        false => Poll::Pending,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Paced, Straight};

    #[test]
    fn an_idle_connection_is_small() {
        fn size<F, A, B, C>(_: impl FnOnce(A, B, C) -> F) -> usize {
            size_of::<F>()
        }
        // What waits rarely is in boxes of its own.
        assert!(size(run::<Paced, Straight>) <= 1_408, "{}", size(run::<Paced, Straight>));
    }
}
