//! A room and its log without a server: proposals in, outcomes out.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![allow(dead_code, unreachable_pub, clippy::allow_attributes, reason = "each test uses some of the helpers")]

pub mod story;

use backend::names::fold;
use backend::room::proposal::{
    Act, Answer, End, Facts, Outcome, Permit, Private, Proposal, Record, Settings, Standing, StoredId, Wish,
};
use backend::room::seal::TokenHash;
use backend::room::state::{RoomState, apply};
use shared::{Code, Epoch, Event, Fact, History, MessageId, Millis, Seq, Text, Token};

pub fn epoch(number: u8) -> Epoch {
    Epoch::new(&[number; 8])
}

pub fn lobby() -> RoomState {
    let mut state = RoomState::default();
    let outcome = propose(&mut state, 0, Wish::Open(Settings::lobby(epoch(0), 120_000)));
    assert!(outcome.record.is_some());
    state
}

pub fn propose(state: &mut RoomState, at: u64, wish: Wish) -> Outcome {
    apply(state, &Facts::default(), &Proposal { at: Millis(at), wish })
}

pub fn join_wish(name: &str, token: u8) -> Wish {
    join_with(name, hash(token))
}

pub fn join_with(name: &str, token: TokenHash) -> Wish {
    Wish::Join { name: name.into(), folded: fold(name), token }
}

/// Of the token of this number.
pub fn hash(token: u8) -> TokenHash {
    TokenHash::of(&Token::new(&[token; 32]))
}

/// Of a token that no person of a story begins with.
pub fn device(number: u8) -> TokenHash {
    let mut token = [0; 32];
    token[0] = number;
    TokenHash::of(&Token::new(&token))
}

pub const fn add_device(token: TokenHash, once: bool, shown: TokenHash) -> Act {
    Act::AddDevice { token, once, shown, permit: Permit::Seat }
}

pub fn say_wish(by: Standing, id: u8, text: &str) -> Wish {
    act_wish(by, id, Act::Say { text: Text::parse(text).unwrap(), reply_to: None })
}

pub fn act_wish(by: Standing, number: u8, act: Act) -> Wish {
    Wish::Act { by, id: id(number), act, secret: Some([number; 16]) }
}

pub fn id(number: u8) -> MessageId {
    MessageId::new(Millis(u64::from(number)), &[0; 10])
}

pub fn edit(target: u64, text: &str) -> Act {
    Act::Edit { target: Seq(target), text: Text::parse(text).unwrap() }
}

pub const fn recall(target: u64) -> Act {
    Act::Recall { target: Seq(target) }
}

pub fn seat(outcome: &Outcome) -> Standing {
    match &outcome.answer {
        Some(Answer::Seated { standing, .. }) => *standing,
        other => panic!("{other:?}"),
    }
}

/// The epoch of the life that begins.
pub fn afresh(outcome: &Outcome) -> Option<&Epoch> {
    match outcome.end.as_ref()? {
        End::Afresh(settings) => Some(&settings.epoch),
        End::Deleted => None,
    }
}

pub fn refusal(outcome: &Outcome) -> Code {
    assert!(outcome.record.is_none(), "a refusal changes nothing");
    match &outcome.answer {
        Some(Answer::Refused { code, .. }) => *code,
        other => panic!("{other:?}"),
    }
}

/// A room by link that keeps a seat for its host, whose token is 9.
pub fn hosted(capacity: u32, history: History) -> RoomState {
    let mut state = RoomState::default();
    let host = Some(TokenHash::of(&Token::new(&[9; 32])));
    let settings =
        Settings { capacity, history, restarts: false, host, ..Settings::lobby(epoch(0), 120_000) };
    propose(&mut state, 0, Wish::Open(settings));
    state
}

/// A log beside a state: it looks up what the rules ask for, as the ledger does.
pub struct World {
    pub state: RoomState,
    pub log: Vec<Record>,
}

impl World {
    pub fn propose(&mut self, at: u64, wish: Wish) -> Outcome {
        let proposal = Proposal { at: Millis(at), wish };
        let asks = self.state.asks(&proposal);
        let standing = |seq: Seq| self.log.iter().find(|record| record.event.seq == seq).cloned();
        let edit_of = |event: &Event| event.newest_edit().and_then(standing);
        let stored = asks.id.and_then(|signed| {
            let record = self.log.iter().find(|record| record.signed() == Some(signed))?;
            let bound = record.bound(edit_of(&record.event).as_ref());
            Some(StoredId { seq: record.event.seq, bound })
        });
        let target = asks.target.and_then(standing).map(|record| record.event);
        let edit = target.as_ref().and_then(edit_of);
        let outcome = apply(
            &mut self.state,
            &Facts { stored, target: target.map(Box::new), edit: edit.map(Box::new) },
            &proposal,
        );
        self.log.extend(outcome.record.iter().cloned());
        for event in &outcome.rewrites {
            let record = self.log.iter_mut().find(|record| record.event.seq == event.seq).unwrap();
            record.event = event.clone();
            if matches!(event.fact, Fact::Gone { .. }) {
                record.private = Private::None;
            }
        }
        if let Some(End::Afresh(settings)) = &outcome.end {
            self.state = RoomState::default();
            self.log.clear();
            self.log.extend(propose(&mut self.state, at, Wish::Open(Settings::clone(settings))).record);
        }
        outcome
    }

    /// A room with a host (member 1) and two guests.
    pub fn with_guests(history: History) -> (Self, [Standing; 3]) {
        let mut world = Self { state: hosted(3, history), log: Vec::new() };
        let people = [("张三", 9), ("李四", 2), ("王五", 3)];
        let seats = people.map(|(name, token)| seat(&world.propose(1, join_wish(name, token))));
        (world, seats)
    }

    pub fn texts(&self) -> String {
        self.log.iter().map(|record| serde_json::to_string(&record.event).unwrap()).collect()
    }
}
