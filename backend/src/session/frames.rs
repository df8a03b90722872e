//! What a page's frames mean, and what it hears of the ledger's answers.

use shared::{
    BadText, ByeCode, CloseCode, Code, Epoch, FromPage, FromServer, Join, MessageId, NameRule, RoomId, Text,
    Token, VERSION,
};
use tokio::time::Instant;

use crate::ledger::{Reply, Request};
use crate::names::fold;
use crate::room::proposal::{Proposal, Standing, Wish};
use crate::room::seal::{Seal, TokenHash};

use super::seat::{Inside, Place};
use super::{End, Session};

/// What a frame comes to.
enum Step {
    Propose(RoomId, Wish, Option<MessageId>),
    Refuse(Code, Option<MessageId>),
    Nothing,
}

impl Session {
    pub(super) async fn take_frame(&mut self, text: &str) -> Result<(), End> {
        match self.read_frame(text) {
            Step::Propose(room, wish, id) => self.propose(room, wish, id).await,
            Step::Refuse(code, id) => {
                self.refuse(code, id).await?;
                match code {
                    Code::Version => Err(End::Bye(ByeCode::Version, CloseCode::Refused)),
                    _ => Ok(()),
                }
            }
            Step::Nothing => Ok(()),
        }
    }

    fn read_frame(&mut self, text: &str) -> Step {
        let frame = match FromPage::decode(text) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::debug!(%error, "a frame was refused");
                return Step::Refuse(Code::BadMessage, None);
            }
        };
        match (&self.place, frame) {
            (Place::Outside, FromPage::Join(join)) => self.join(join),
            (Place::Inside(inside), frame) => {
                inside.connection().heard();
                self.change(inside.connection().room().id(), inside.connection().who(), frame)
            }
            (_, _) => Step::Refuse(Code::BadMessage, None),
        }
    }

    fn join(&mut self, join: Join) -> Step {
        if self.asked.as_ref().is_some_and(|asked| *asked != join.room) {
            return Step::Refuse(Code::BadMessage, None);
        }
        if join.v != VERSION {
            return Step::Refuse(Code::Version, None);
        }
        let Some(room) = join.room_id() else {
            let named = NameRule::default().parse(&join.name).is_ok();
            return Step::Refuse(if named { Code::RoomUnknown } else { Code::BadName }, None);
        };
        let (token, drawn) = match join.token {
            Some(token) => (token, None),
            None => {
                let token = Token::new(&self.services.edge.random());
                (token, Some(token))
            }
        };
        let wish =
            Wish::Join { folded: fold(&join.name), name: join.name.into(), token: TokenHash::of(&token) };
        self.place = Place::Joining { after: join.after, drawn };
        Step::Propose(room, wish, None)
    }

    fn change(&self, room: RoomId, by: Standing, frame: FromPage) -> Step {
        let edge = &self.services.edge;
        match frame {
            FromPage::Say { id, text, reply_to } => match Text::parse(&text) {
                Ok(text) => {
                    let seal = Seal::new(edge.random(), &text, reply_to);
                    Step::Propose(room, Wish::Say { by, id, text, reply_to, seal }, Some(id))
                }
                Err(BadText::TooLong) => Step::Refuse(Code::TooLong, Some(id)),
                Err(BadText::Empty | BadText::Control) => Step::Refuse(Code::BadMessage, Some(id)),
            },
            FromPage::Leave => {
                Step::Propose(room, Wish::Leave { by, fresh: Epoch::new(&edge.random()) }, None)
            }
            // Versioned state may be dropped in silence; until it is kept, all of it is.
            FromPage::Typing | FromPage::Read { .. } => Step::Nothing,
            FromPage::Join(_) => Step::Refuse(Code::BadMessage, None),
            FromPage::Edit { id, .. }
            | FromPage::Recall { id, .. }
            | FromPage::Remove { id, .. }
            | FromPage::Lock { id, .. }
            | FromPage::Set { id, .. } => Step::Refuse(Code::BadMessage, Some(id)),
        }
    }

    async fn propose(&mut self, room: RoomId, wish: Wish, id: Option<MessageId>) -> Result<(), End> {
        let proposal = Proposal { at: self.services.edge.now(), wish };
        let reply = self.reply_to.clone().try_reserve_owned();
        let reply = reply.expect("a frame is read only while there is a place for an answer");
        Ok(self.services.ledger.propose(Request { room, proposal, id, reply }).await?)
    }

    pub(super) async fn take_reply(&mut self, reply: Reply) -> Result<(), End> {
        match reply {
            Reply::Seated(seated) => {
                let joining = std::mem::replace(&mut self.place, Place::Outside);
                let Place::Joining { after, drawn } = joining else {
                    return Ok(());
                };
                let (inside, welcome) = Inside::new(seated, after.as_ref(), drawn);
                self.place = Place::Inside(inside);
                self.say(&welcome).await?;
                self.say(&FromServer::Read { marks: Vec::new() }).await
            }
            Reply::Stored(id, seq) => self.say(&FromServer::Stored { id, seq }).await,
            Reply::Refused(code, id) => {
                if matches!(self.place, Place::Joining { .. }) {
                    self.place = Place::Outside;
                    self.clock.refused(Instant::now());
                }
                self.refuse(code, id).await
            }
        }
    }

    async fn refuse(&mut self, code: Code, id: Option<MessageId>) -> Result<(), End> {
        if matches!(self.place, Place::Outside) {
            self.clock.refused(Instant::now());
        }
        self.say(&FromServer::refused(code, id)).await
    }
}
