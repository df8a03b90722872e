//! What a page's frames mean, and what it hears of the ledger's answers.

use std::num::NonZeroU32;
use std::sync::Arc;

use shared::limits::{MUTE_MAX, SLOW_MAX};
use shared::{
    BadText, ByeCode, CloseCode, Code, Epoch, FromPage, FromServer, Join, MessageId, Millis, NameRule,
    RoomId, Seq, Text, Token, VERSION,
};

use crate::address::{Bid, Visitor};
use crate::former::token_owner;
use crate::ledger::{Ledger, Reply, Request, Slots};
use crate::names::fold;
use crate::reach::loaded;
use crate::room::Room;
use crate::room::news::Connection;
use crate::room::proposal::{Act, NewTitle, Proposal, Wish};
use crate::room::roster::Seat;
use crate::room::seal::TokenHash;
use crate::room::words::Words;
use crate::services::Services;

use super::outlet::Outlet;
use super::seat::{Inside, Place};
use super::{Breath, End, In, Out, Session};

/// What a frame comes to.
enum Step {
    Propose(RoomId, Wish, Option<MessageId>),
    Rare(Rare),
    Nothing,
}

/// What may have to wait. Not every session has room for it all the time.
pub(super) enum Rare {
    /// A seat is wished for, under this token.
    Join(RoomId, Wish, TokenHash),
    /// The ledger's queue is full.
    Wait(Box<Request>),
    Refuse(Code, Option<MessageId>),
    /// It is too fast; when to come again, in milliseconds.
    Slow(MessageId, u64),
    /// It asks whether we are there; tungstenite has an answer for it.
    Ping,
    /// The peer closes.
    Close,
}

impl From<Rare> for Step {
    fn from(rare: Rare) -> Self {
        Self::Rare(rare)
    }
}

impl<R: In, W: Out> Session<R, W> {
    /// Takes a frame; what it comes to, if that may have to wait.
    pub(super) fn take_frame(
        &mut self,
        text: &str,
        breath: &mut Breath<'_>,
    ) -> Result<Option<Box<Rare>>, End> {
        Ok(match self.read_frame(text, breath.at.uptime) {
            Step::Propose(room, wish, id) => {
                if let Wish::Act { act: Act::SignOutOthers { kept, shown: Some(_) }, .. } = &wish {
                    self.place.expect_token(*kept);
                }
                self.try_propose(room, wish, id, breath.at.at, &mut breath.slots)?.map(Rare::Wait)
            }
            Step::Nothing => None,
            Step::Rare(rare) => Some(rare),
        }
        .map(Box::new))
    }

    /// Waits, if need be; what it has then waited for beside.
    pub(super) async fn take_rare<'a>(&mut self, rare: Rare, ledger: &'a Ledger) -> Result<Slots<'a>, End> {
        self.take_back().await?;
        match rare {
            Rare::Wait(request) => return Ok(ledger.propose_some(*request).await?),
            Rare::Join(room, wish, token) => {
                let visitor = self.arrival.visitor.as_ref();
                match may_sit(&self.services, visitor, room, token).await {
                    Ok(_) if is_address_banned(&self.services, visitor, room, &wish).await => {
                        self.take_reply(Reply::Refused(Code::Removed, None, None)).await?;
                    }
                    Ok(granted) => {
                        if let Place::Joining { bid, .. } = &mut self.place {
                            *bid = granted.map(Box::new);
                        }
                        let at = self.services.edge.now();
                        if let Some(request) =
                            self.try_propose(room, wish, None, at, &mut Slots::default())?
                        {
                            ledger.propose(*request).await?;
                        }
                    }
                    Err(wait_ms) => {
                        self.take_reply(Reply::Refused(Code::TooFast, None, Some(wait_ms))).await?;
                    }
                }
            }
            Rare::Refuse(code, id) => {
                self.refuse(code, id).await?;
                if code == Code::Version {
                    return Err(End::Bye(ByeCode::Version, CloseCode::Refused));
                }
            }
            Rare::Slow(id, wait_ms) => {
                let (code, message) = (Code::TooFast, Code::TooFast.message().to_owned());
                self.say(&FromServer::Refused { code, message, id: Some(id), retry_after_ms: Some(wait_ms) })
                    .await?;
            }
            Rare::Ping => self.owes = true,
            Rare::Close => {
                self.flush().await?; // The close is answered before we go.
                return Err(End::Lost);
            }
        }
        Ok(Slots::default())
    }

    fn read_frame(&mut self, text: &str, uptime: Millis) -> Step {
        let frame = match FromPage::decode(text) {
            Ok(frame) => frame,
            Err(error) => {
                // The error itself repeats what was said.
                let (why, at) = (error.classify(), error.column());
                tracing::debug!(?why, at, "a frame was refused");
                return Rare::Refuse(Code::BadMessage, id_of(text)).into();
            }
        };
        match (&self.place, frame) {
            (Place::Outside, FromPage::Join(join)) => {
                self.clock.refused(&self.services.config, self.now); // Unless it is let in, the time to join begins anew.
                self.join(join)
            }
            (Place::Inside(inside), frame) => {
                inside.connection().heard(uptime);
                self.change(inside, frame, text.len(), uptime)
            }
            (_, _) => Rare::Refuse(Code::BadMessage, id_of(text)).into(),
        }
    }

    fn join(&mut self, join: Join) -> Step {
        if self.arrival.room.as_ref().is_some_and(|asked| **asked != *join.room) {
            return Rare::Refuse(Code::BadMessage, None).into();
        }
        if join.v != VERSION {
            return Rare::Refuse(Code::Version, None).into();
        }
        // No room lets in a name that this rule does not. Only names are folded: other text may grow to 18 times its length.
        let Ok(name) = NameRule::Han.parse(&join.name) else {
            return Rare::Refuse(Code::BadName, None).into();
        };
        let Some(room) = join.room_id() else {
            return Rare::Refuse(Code::RoomUnknown, None).into();
        };
        let (token, drawn) = match join.token {
            Some(token) => (token, None),
            None => {
                let token = Token::new(&self.services.edge.random());
                (token, Some(token))
            }
        };
        let token = TokenHash::of(&token);
        let wish = Wish::Join { folded: fold(name.as_str()), name: join.name.into(), token };
        self.place = Place::Joining { after: join.after, drawn, token, bid: None };
        Rare::Join(room, wish, token).into()
    }

    /// What a frame of so many bytes comes to.
    fn change(&self, inside: &Inside, frame: FromPage, bytes: usize, uptime: Millis) -> Step {
        let (edge, connection) = (&self.services.edge, inside.connection());
        let (room, by) = (connection.room().id(), connection.who());
        match read_act(frame, inside.token()) {
            Ok(Read::Act(id, act)) => {
                let member = (connection.room().life(), by.member);
                let paced = self.services.pace.take(&member).and_then(|()| self.may_store(bytes));
                if let Err(wait_ms) = paced {
                    return Rare::Slow(id, wait_ms).into();
                }
                if matches!(act, Act::Say { .. }) {
                    connection.room().wrote(by, uptime);
                }
                let secret = matches!(act, Act::Edit { .. }).then(|| edge.random());
                Step::Propose(room, Wish::Act { by, id, act, secret }, Some(id))
            }
            Ok(Read::Leave) => {
                Step::Propose(room, Wish::Leave { by, fresh: Epoch::new(&edge.random()) }, None)
            }
            Ok(Read::Mark(seq)) => {
                connection.room().read(by, seq);
                Step::Nothing
            }
            Ok(Read::Typing) => {
                connection.room().typing(by, uptime);
                Step::Nothing
            }
            Err((code, id)) => Rare::Refuse(code, id).into(),
        }
    }

    /// Whether its address may store so many bytes more; if not, when it may, in milliseconds.
    fn may_store(&self, bytes: usize) -> Result<(), u64> {
        let bytes = u32::try_from(bytes).ok().and_then(NonZeroU32::new);
        match self.arrival.visitor.as_ref().zip(bytes) {
            Some((visitor, bytes)) => self.services.doors.stored.take_many(&visitor.address(), bytes),
            None => Ok(()),
        }
    }

    /// Proposes; gives back what has to wait.
    fn try_propose(
        &mut self,
        room: RoomId,
        wish: Wish,
        id: Option<MessageId>,
        at: Millis,
        slots: &mut Slots<'_>,
    ) -> Result<Option<Box<Request>>, End> {
        let proposal = Proposal { at, wish };
        let reply = self.answers.place().expect("a frame is read only while there is a place for an answer");
        let life = match &self.place {
            Place::Inside(inside) => Some(inside.connection().room().life()),
            Place::Outside | Place::Joining { .. } => None,
        };
        let request = Request { room, life, proposal, id, reply, weight: None };
        Ok(self.services.ledger.try_propose(request, slots)?)
    }

    pub(super) async fn take_reply(&mut self, reply: Reply) -> Result<(), End> {
        match reply {
            Reply::Seated(seated) => {
                let joining = std::mem::replace(&mut self.place, Place::Outside);
                let Place::Joining { after, drawn, token, bid } = joining else {
                    return Ok(());
                };
                bid.into_iter().for_each(|bid| bid.seated());
                self.record_address(&seated.connection);
                let reader = Arc::<Outlet<W>>::clone(self.out());
                let now = self.services.edge.now();
                let (inside, welcome) = Inside::new(seated, after.as_ref(), (token, drawn), (reader, now));
                self.place = Place::Inside(inside);
                self.say(&welcome).await
            }
            Reply::Stored(id, seq) => self.say(&FromServer::Stored { id, seq }).await,
            // Only the API asks whether a room is there, and adds devices.
            Reply::Here | Reply::DeviceAdded => Ok(()),
            Reply::Refused(code, id, retry_after_ms) => {
                if matches!(self.place, Place::Joining { .. }) {
                    self.place = Place::Outside;
                    self.clock.refused(&self.services.config, self.now);
                    let bye = match code {
                        Code::Removed => Some(ByeCode::Removed),
                        Code::SignedOut => Some(ByeCode::SignedOut),
                        _ => None,
                    };
                    if let Some(bye) = bye {
                        self.refuse(code, id).await?;
                        return Err(End::Bye(bye, CloseCode::Refused));
                    }
                }
                let message = code.message().to_owned();
                self.say(&FromServer::Refused { code, message, id, retry_after_ms }).await
            }
        }
    }

    /// Records where a member is connected from, for the case that it is banned.
    pub(super) fn record_address(&self, connection: &Connection) {
        if let Some(address) = self.arrival.visitor.as_ref().and_then(Visitor::own_address) {
            let (life, member) = (connection.room().life(), connection.who().member);
            self.services.doors.last_addresses.record(life, member, address);
        }
    }

    pub(super) async fn refuse(&mut self, code: Code, id: Option<MessageId>) -> Result<(), End> {
        self.say(&FromServer::refused(code, id)).await
    }
}

/// Whether its address may try one more new seat, which is then counted if it is given; if not, when it may, in
/// milliseconds. To come back to a seat is nothing new.
async fn may_sit(
    services: &Services,
    visitor: Option<&Visitor>,
    room: RoomId,
    token: TokenHash,
) -> Result<Option<Bid>, u64> {
    let Some(visitor) = visitor.filter(|_| services.doors.seats.limits()) else { return Ok(None) };
    let sits = |room: Arc<Room>| {
        let seat = room.snapshot().view.roster.find(&token);
        matches!(seat, Some((_, Seat::Taken(_))))
    };
    if services.rooms.get(room).is_some_and(sits) {
        return Ok(None);
    }
    let address = visitor.address();
    services.doors.tries.take(&address)?;
    match loaded(room, services).await {
        Ok(room) if sits(Arc::clone(&room)) => Ok(None),
        // Whatever stands in its way is the ledger's to say.
        Ok(_) | Err(_) => services.doors.seats.ask(address).map(Some),
    }
}

/// Whether a join comes from the address of a member whom the host banned lately. A token that the room knows, a name that it
/// does not take, and a token that cannot be looked up now are for the ledger to judge.
async fn is_address_banned(
    services: &Arc<Services>,
    visitor: Option<&Visitor>,
    room: RoomId,
    wish: &Wish,
) -> bool {
    let (Some(address), Wish::Join { name, token, .. }) = (visitor.and_then(Visitor::own_address), wish)
    else {
        return false;
    };
    let Ok(room) = loaded(room, services).await else { return false };
    let is_good_name = room.settings().names.parse(name).is_ok();
    let view = room.snapshot().view;
    if !is_good_name || view.roster.bans().next().is_none() {
        return false;
    }
    let is_new = matches!(token_owner(&room, *token, services).await, Ok(None));
    is_new && services.doors.last_addresses.is_banned(room.life(), address, view.roster.bans())
}

/// The id of a frame that is otherwise no message, so that its sender knows which one was refused.
fn id_of(frame: &str) -> Option<MessageId> {
    #[derive(serde::Deserialize)]
    struct Signed {
        id: MessageId,
    }
    serde_json::from_str(frame).ok().map(|Signed { id }| id)
}

/// What a frame from within a room asks for.
enum Read {
    Act(MessageId, Act),
    Leave,
    Mark(Seq),
    Typing,
}

/// What a frame asks for that came by a connection that joined with this token.
fn read_act(frame: FromPage, token: TokenHash) -> Result<Read, (Code, Option<MessageId>)> {
    let text = |id, typed| Text::take(typed).map_err(|bad| (code(bad), Some(id)));
    let (id, act) = match frame {
        FromPage::Say { id, text: typed, reply_to } => (id, Act::Say { text: text(id, typed)?, reply_to }),
        FromPage::Edit { id, seq, text: typed } => (id, Act::Edit { target: seq, text: text(id, typed)? }),
        FromPage::Recall { id, seq } => (id, Act::Recall { target: seq }),
        FromPage::Remove { id, member, ban, recall } => (id, Act::Remove { member, ban, recall }),
        FromPage::Unban { id, member } => (id, Act::Unban { member }),
        FromPage::Mute { id, for_s, .. } if for_s > MUTE_MAX => return Err((Code::BadMessage, Some(id))),
        FromPage::Mute { id, member, for_s } => (id, Act::Mute { member, for_s }),
        FromPage::Lock { id, locked } => (id, Act::Lock { locked }),
        FromPage::Set { id, title, slow_s, words } => {
            let title = title.map(|typed| NewTitle::parse(&typed)).transpose();
            let title = title.map_err(|bad| (code(bad), Some(id)))?;
            let words = words.map(|typed| Words::parse(&typed)).transpose();
            let words = words.map_err(|_| (Code::BadMessage, Some(id)))?;
            if slow_s.is_some_and(|pause| pause > SLOW_MAX) {
                return Err((Code::BadMessage, Some(id)));
            }
            (id, Act::Set { title, slow_s, words })
        }
        FromPage::SignOutOthers { id, token: new } => {
            let kept = new.as_ref().map_or(token, TokenHash::of);
            (id, Act::SignOutOthers { kept, shown: (kept != token).then_some(token) })
        }
        FromPage::Leave => return Ok(Read::Leave),
        FromPage::Typing => return Ok(Read::Typing),
        FromPage::Read { seq } => return Ok(Read::Mark(seq)),
        FromPage::Join(_) => return Err((Code::BadMessage, None)),
    };
    Ok(Read::Act(id, act))
}

const fn code(bad: BadText) -> Code {
    match bad {
        BadText::TooLong => Code::TooLong,
        BadText::Empty | BadText::Control => Code::BadMessage,
    }
}
