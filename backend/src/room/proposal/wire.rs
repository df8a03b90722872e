//! A proposal as bytes, for other machines: with all that makes each of them decide alike, but the time, which whoever
//! orders proposals gives. JSON, so that a person can read a stream.

use serde::{Deserialize, Serialize};
use shared::{Epoch, Millis, RoomId, Title};

use super::{Proposal, Settings, Wish};

/// The rules that this program decides by. Whatever changes what a proposal comes to asks for the next number: a rule, a
/// table that names or words are folded by, the form of what is sent. A machine that does not know a proposal's rules
/// must not guess.
pub const RULES: u32 = 8;

/// Who proposed something, and as its how manieth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket(pub u64, pub u64);

/// A proposal on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sent {
    /// The rules it was made by.
    pub rules: u32,
    /// Who is to be told what comes of it.
    pub from: Ticket,
    /// The room.
    pub room: RoomId,
    /// The epoch in which the proposer sits. In another the proposal is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// What is wished. Where it speaks of a moment, the moment is a length of time until the proposal is decided: clocks
    /// differ.
    pub wish: Wish,
}

/// What was sent cannot be decided here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is of rules that this program does not know.
    #[error("rules {0}")]
    Rules(u32),
    /// It makes no sense.
    #[error("it makes no sense")]
    Nonsense,
}

impl Sent {
    /// A proposal that is to be sent.
    pub fn new(from: Ticket, room: RoomId, epoch: Option<Epoch>, proposal: Proposal) -> Self {
        let Proposal { at, wish } = proposal;
        Self { rules: RULES, from, room, epoch, wish: turned(wish, at) }
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a proposal is plain data")
    }

    /// What these bytes say.
    ///
    /// # Errors
    /// [`Unreadable`] says why that cannot be decided.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Of {
            rules: u32,
        }
        if let Ok(sent) = serde_json::from_slice::<Self>(bytes)
            && sent.rules == RULES
        {
            return Ok(sent);
        }
        match serde_json::from_slice::<Of>(bytes) {
            Ok(Of { rules }) if rules != RULES => Err(Unreadable::Rules(rules)),
            _ => Err(Unreadable::Nonsense),
        }
    }

    /// The proposal, to be decided at this time.
    pub fn proposal(self, at: Millis) -> Proposal {
        Proposal { at, wish: turned(self.wish, at) }
    }
}

/// A moment becomes the length of time until `at`, and back.
fn turned(wish: Wish, at: Millis) -> Wish {
    match wish {
        Wish::Away { member, since, fresh } => {
            Wish::Away { member, since: Millis(at.0.saturating_sub(since.0)), fresh }
        }
        other => other,
    }
}

/// Settings with what stands in the `opened` event beside them.
pub(super) mod whole {
    use super::{Deserialize, Serialize, Settings, Title};
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Whole {
        capacity: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Title>,
        #[serde(flatten)]
        settings: Settings,
    }

    pub(in super::super) fn serialize<S: Serializer>(
        settings: &Settings,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let (capacity, title) = (settings.capacity, settings.title.clone());
        Whole { capacity, title, settings: settings.clone() }.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Settings, D::Error> {
        let Whole { capacity, title, settings } = Whole::deserialize(deserializer)?;
        Ok(Settings { capacity, title, ..settings })
    }
}

#[cfg(test)]
mod tests {
    use shared::{MemberId, Seq, Text, Token};

    use super::*;
    use crate::names::fold;
    use crate::room::proposal::{Act, Permit, Standing};
    use crate::room::seal::TokenHash;

    fn sent(wish: Wish, at: Millis) -> Sent {
        Sent::new(Ticket(7, 8), RoomId::Lobby, Some(Epoch::new(&[1; 8])), Proposal { at, wish })
    }

    #[test]
    fn what_is_sent_arrives() {
        let token = TokenHash::of(&Token::new(&[3; 32]));
        let by = Standing { member: MemberId(2), since: Seq(3) };
        let act = Act::Say { text: Text::parse("早上好").unwrap(), reply_to: Some(Seq(4)) };
        let id = shared::MessageId::new(Millis(5), &[6; 10]);
        let mut settings = Settings::lobby(Epoch::new(&[2; 8]), 9);
        (settings.title, settings.host) = (Title::parse("早").ok(), Some(token));
        for wish in [
            Wish::Open(settings),
            Wish::Join { name: "张三".into(), folded: fold("张三"), token },
            Wish::Act { by, id, act, secret: None },
            Wish::Act {
                by,
                id,
                act: Act::Edit { target: Seq(4), text: Text::parse("早").unwrap() },
                secret: Some([4; 16]),
            },
            Wish::Leave { by, fresh: Epoch::new(&[5; 8]) },
            Wish::Act {
                by,
                id,
                act: Act::Remove { member: by.member, ban: true, recall: true },
                secret: None,
            },
            Wish::Act { by, id, act: Act::Mute { member: by.member, for_s: 600 }, secret: None },
            Wish::Act { by, id, act: Act::Unban { member: by.member }, secret: None },
            Wish::Act {
                by,
                id,
                act: Act::AddDevice { token, once: true, shown: token, permit: Permit::Link },
                secret: None,
            },
            Wish::Act { by, id, act: Act::SignOutOthers { kept: token, shown: Some(token) }, secret: None },
            Wish::RecallForRemoval { member: by.member, target: Seq(4), id },
            Wish::Delete { token },
            Wish::Expire,
        ] {
            let bytes = sent(wish.clone(), Millis(10)).encode();
            let arrived = Sent::decode(&bytes).unwrap();
            assert_eq!(arrived.from, Ticket(7, 8));
            assert_eq!(format!("{:?}", arrived.proposal(Millis(10)).wish), format!("{wish:?}"));
        }
    }

    #[test]
    fn a_silence_is_as_long_by_another_clock() {
        let away = |since| Wish::Away { member: MemberId(1), since, fresh: Epoch::new(&[1; 8]) };
        let arrived = Sent::decode(&sent(away(Millis(700)), Millis(1_000)).encode()).unwrap();
        let wish = arrived.proposal(Millis(9_000)).wish;
        assert_eq!(format!("{wish:?}"), format!("{:?}", away(Millis(8_700))));
    }

    #[test]
    fn other_rules_are_told_from_nonsense() {
        let text = String::from_utf8(sent(Wish::Look, Millis(0)).encode()).unwrap();
        let newer = text.replacen(&format!("\"rules\":{RULES}"), &format!("\"rules\":{}", RULES + 1), 1);
        assert_ne!(newer, text);
        assert_eq!(Sent::decode(newer.as_bytes()).unwrap_err(), Unreadable::Rules(RULES + 1));
        let unknown = r#"{"rules":9,"wish":{"dance":{}}}"#;
        assert_eq!(Sent::decode(unknown.as_bytes()).unwrap_err(), Unreadable::Rules(9));
        let dance = format!(r#"{{"rules":{RULES},"wish":{{"dance":{{}}}}}}"#);
        for nonsense in ["", "{}", "\u{0}", &dance] {
            assert_eq!(Sent::decode(nonsense.as_bytes()).unwrap_err(), Unreadable::Nonsense);
        }
    }
}
