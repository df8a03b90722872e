//! What a page's frames mean, and what it hears of the ledger's answers.

use shared::{
    BadText, ByeCode, CloseCode, Code, Epoch, FromPage, FromServer, Join, MessageId, NameRule, RoomId, Seq,
    Text, Token, VERSION,
};
use tokio::time::Instant;

use crate::ledger::{Reply, Request};
use crate::names::fold;
use crate::room::proposal::{Proposal, Standing, Wish};
use crate::room::seal::{Seal, TokenHash};

use super::seat::{Inside, Place};
use super::{End, Session};

impl Session {
    pub(super) async fn take_frame(&mut self, text: &str) -> Result<(), End> {
        let frame = match FromPage::decode(text) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::debug!(%error, "a frame was refused");
                return self.refuse(Code::BadMessage, None).await;
            }
        };
        match (&self.place, frame) {
            (Place::Outside, FromPage::Join(join)) => self.join(join).await,
            (Place::Inside(inside), frame) => {
                inside.connection().heard();
                let (room, who) = (inside.connection().room().id(), inside.connection().who());
                self.change(room, who, frame).await
            }
            (_, _) => self.refuse(Code::BadMessage, None).await,
        }
    }

    async fn join(&mut self, join: Join) -> Result<(), End> {
        if self.asked.as_ref().is_some_and(|asked| *asked != join.room) {
            return self.refuse(Code::BadMessage, None).await;
        }
        if join.v != VERSION {
            self.refuse(Code::Version, None).await?;
            return Err(End::Bye(ByeCode::Version, CloseCode::Refused));
        }
        let Some(room) = join.room_id() else {
            let named = NameRule::default().parse(&join.name).is_ok();
            return self.refuse(if named { Code::RoomUnknown } else { Code::BadName }, None).await;
        };
        let drawn = join.token.is_none().then(|| Token::new(&self.services.edge.random()));
        let Some(token) = join.token.or(drawn) else {
            return Ok(());
        };
        let wish =
            Wish::Join { folded: fold(&join.name), name: join.name.into(), token: TokenHash::of(&token) };
        self.place = Place::Joining { after: join.after, drawn };
        self.propose(room, wish, None).await
    }

    async fn change(&mut self, room: RoomId, by: Standing, frame: FromPage) -> Result<(), End> {
        match frame {
            FromPage::Say { id, text, reply_to } => match Text::parse(&text) {
                Ok(text) => {
                    let wish = self.say_wish(by, id, text, reply_to);
                    self.propose(room, wish, Some(id)).await
                }
                Err(BadText::TooLong) => self.refuse(Code::TooLong, Some(id)).await,
                Err(BadText::Empty | BadText::Control) => self.refuse(Code::BadMessage, Some(id)).await,
            },
            FromPage::Leave => {
                let fresh = Epoch::new(&self.services.edge.random());
                self.propose(room, Wish::Leave { by, fresh }, None).await
            }
            // Versioned state that comes too often is dropped in silence; until it is kept, all of it is.
            FromPage::Typing | FromPage::Read { .. } => Ok(()),
            FromPage::Join(_) => self.refuse(Code::BadMessage, None).await,
            FromPage::Edit { id, .. }
            | FromPage::Recall { id, .. }
            | FromPage::Remove { id, .. }
            | FromPage::Lock { id, .. }
            | FromPage::Set { id, .. } => self.refuse(Code::BadMessage, Some(id)).await,
        }
    }

    fn say_wish(&self, by: Standing, id: MessageId, text: Text, reply_to: Option<Seq>) -> Wish {
        let seal = Seal::new(self.services.edge.random(), &text, reply_to);
        Wish::Say { by, id, text, reply_to, seal }
    }

    async fn propose(&mut self, room: RoomId, wish: Wish, id: Option<MessageId>) -> Result<(), End> {
        let proposal = Proposal { at: self.services.edge.now(), wish };
        let reply = self.reply_to.clone().reserve_owned().await.map_err(|_| End::Lost)?;
        Ok(self.services.ledger.propose(Request { room, proposal, id, reply }).await?)
    }

    pub(super) async fn take_reply(&mut self, reply: Reply) -> Result<(), End> {
        match reply {
            Reply::Seated(seated) => {
                let joining = std::mem::replace(&mut self.place, Place::Outside);
                let Place::Joining { after, drawn } = joining else {
                    return Ok(());
                };
                let (inside, welcome) = Inside::new(*seated, after.as_ref(), drawn);
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
