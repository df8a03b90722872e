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
use crate::config::SESSION_PROPOSALS;
use crate::edge::Moment;
use crate::ledger::answers::Answers;
use crate::ledger::{Reply, Slots, Stopped};
use crate::room::news::Versions;
use crate::services::Services;

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
    pub room: Option<String>,
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
    /// Nothing: there may be more questions again, or it was called for nothing.
    Reply(Option<Box<Reply>>),
    Room,
    Time,
    Message(Result<Message, End>),
}

/// What is said in one go: the frames that a session finds when it is woken came at the same time.
struct Breath<'a> {
    at: Moment,
    /// What it has waited for.
    slots: Slots<'a>,
}

impl<R: In, W: Out> Session<R, W> {
    async fn converse(&mut self) -> End {
        match self.steps().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn steps(&mut self) -> Result<std::convert::Infallible, End> {
        let staying = self.services.staying.token();
        let mut stopping = pin!(staying.cancelled());
        let mut alarm = pin!(tokio::time::sleep_until(self.clock.next(&self.services.config)));
        let out = self.out();
        let (mut looks, mut heard_all) = (true, false);
        loop {
            if looks {
                self.send_due().await?;
            }
            let in_time = self.clock.may_read(self.now);
            let rang = alarm.is_elapsed();
            let next = self.clock.next(&self.services.config);
            if next < alarm.deadline() || rang {
                alarm.as_mut().reset(next);
            }
            let free = self.answers.is_free();
            let may_read = in_time && free && !matches!(self.place, Place::Joining { .. });
            // What tungstenite owes is amid a frame, perhaps.
            if let Some(lent) = self.place.lent().filter(|_| !self.owes) {
                out.lend(lent);
            }
            // An alarm that rang calls nobody before it is asked again.
            let mut asks_all = !std::mem::take(&mut heard_all) || !may_read || rang;
            if !asks_all {
                // Everything below was asked a moment ago, and calls.
                let called = slept_once(|context| self.answers.is_called(context)).await;
                self.now = Instant::now();
                asks_all = called || staying.is_cancelled() || alarm.deadline() <= self.now;
            }
            let woken = if asks_all {
                let woken = tokio::select! {
                    biased;
                    // A stop comes before everything: whoever is left afterwards is cut off.
                    () = &mut stopping => Woken::Stop,
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
                woken
            } else {
                // It is the page that says something.
                match self.hear().await {
                    Poll::Ready(message) => Woken::Message(message),
                    Poll::Pending => Woken::Reply(None),
                }
            };
            let mut waited = false;
            if let Some(handed) = out.take_back() {
                waited = handed.rest.is_some();
                self.take_back(handed).await?;
            }
            // Whoever publishes something calls, also while this page says something.
            looks = !matches!(woken, Woken::Message(_) | Woken::Reply(None));
            match woken {
                Woken::Stop => return Err(Stopped.into()),
                Woken::Reply(Some(reply)) => Box::pin(self.take_reply(*reply)).await?,
                Woken::Reply(None) | Woken::Room => {}
                Woken::Time => Box::pin(self.take_time()).await?,
                Woken::Message(message) => heard_all = self.take_messages(message).await? && !waited,
            }
        }
    }

    /// Goes on where the courier has come to.
    async fn take_back(&mut self, handed: Handed) -> Result<(), End> {
        let Handed { cursor, at, rest } = handed;
        self.place.went_on(cursor);
        if let Some(at) = at {
            self.clock.sent(at);
        }
        match rest {
            Some(rest) => Box::pin(self.put_rest(*rest)).await,
            None => Ok(()),
        }
    }

    /// Takes a message, and those that came with it: the ledger is to find them together. Whether nothing more has come, and that
    /// was found without waiting: then the socket calls when there is more.
    async fn take_messages(&mut self, first: Result<Message, End>) -> Result<bool, End> {
        let services = Arc::clone(&self.services);
        let (mut message, mut waited) = (first, false);
        let mut breath = self.breath(Slots::default());
        for left in (0..SESSION_PROPOSALS).rev() {
            if let Some(rare) = self.take_message(message?, &mut breath)? {
                drop(breath); // Nobody waits for the slots of somebody who waits.
                let slots = Box::pin(self.take_rare(*rare, &services.ledger)).await?;
                // That may have taken its time.
                self.now = Instant::now();
                (breath, waited) = (self.breath(slots), true);
            }
            let may_propose = self.answers.is_free() && matches!(self.place, Place::Inside(_));
            if left == 0 || !may_propose || !self.clock.may_read(self.now) {
                break;
            }
            match self.hear().await {
                Poll::Ready(next) => message = next,
                Poll::Pending => return Ok(!waited),
            }
        }
        Ok(false)
    }

    /// The next message, if it is there already; if not, the socket calls.
    fn hear(&mut self) -> impl Future<Output = Poll<Result<Message, End>>> {
        poll_fn(|context| Poll::Ready(self.socket.poll_next(context)))
    }

    /// What a message comes to, if that may have to wait.
    fn take_message(&mut self, message: Message, breath: &mut Breath<'_>) -> Result<Option<Box<Rare>>, End> {
        self.clock.heard(self.now, self.services.config.frames);
        match message {
            Message::Text(text) => self.take_frame(text.as_str(), breath),
            Message::Binary(_) => Err(End::Close(CloseCode::Binary)),
            Message::Ping(_) => {
                self.owes = true;
                Ok(None)
            }
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
                    return Err(End::Bye(ByeCode::Removed, CloseCode::Refused));
                }
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

    fn breath<'a>(&self, slots: Slots<'a>) -> Breath<'a> {
        Breath { at: self.services.edge.moment(), slots }
    }

    fn out(&self) -> Arc<Outlet<W>> {
        Arc::clone(self.socket.stream().out())
    }
}

/// Waits until something calls; what is seen then.
fn slept_once<T>(mut look: impl FnMut(&Context<'_>) -> T) -> impl Future<Output = T> {
    let mut slept = false;
    poll_fn(
        move |context| {
            if std::mem::replace(&mut slept, true) { Poll::Ready(look(context)) } else { Poll::Pending }
        },
    )
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
        assert!(size(run::<Paced, Straight>) <= 1_384, "{}", size(run::<Paced, Straight>));
    }
}
