//! What people do on their pages: drawn from a seed, each person's own stream of chance, so that the same seed gives
//! the same plan however long things take.

use std::collections::BTreeSet;

use frontend::state::outbox::Command;
use frontend::state::timeline::EntryKind;
use frontend::state::{Action, JoinError, Room};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use shared::{ByeCode, Code, FromPage, MemberId, MessageId, Millis, Seq, Text, Token};

use crate::page::{Do, Page};

/// What was done, counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Messages, answers among them.
    pub say: u32,
    /// Edits.
    pub edit: u32,
    /// Recalls.
    pub recall: u32,
    /// Marks of what was read.
    pub read: u32,
    /// Leavings.
    pub leave: u32,
    /// Joinings under a new name.
    pub join: u32,
    /// Removals, locks and settings, by the host.
    pub host: u32,
    /// Anything else: writing, reloading, reading back, sending again.
    pub other: u32,
}

impl Counts {
    /// Those that a storm is measured by.
    pub const fn deeds(&self) -> u32 {
        self.say + self.edit + self.recall + self.read + self.leave + self.join
    }

    /// Adds another's.
    pub const fn add(&mut self, other: &Self) {
        self.say += other.say;
        self.edit += other.edit;
        self.recall += other.recall;
        self.read += other.read;
        self.leave += other.leave;
        self.join += other.join;
        self.host += other.host;
        self.other += other.other;
    }
}

/// What somebody does next; which one of several, `picks` decide.
#[derive(Debug, Clone, Copy)]
struct Step {
    kind: u32,
    picks: [u32; 4],
}

/// A person at a page.
#[derive(Debug)]
pub struct Person {
    /// The page.
    pub page: Page,
    /// What was done.
    pub counts: Counts,
    number: u32,
    host: bool,
    chance: Xoshiro256PlusPlus,
    texts: u32,
    names: u32,
}

/// The stream of chance of this number.
pub fn chance(seed: u64, stream: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

impl Person {
    /// The person of this number, at this page. The host has a seat of its own and stays.
    pub fn new(seed: u64, number: u32, host: bool, page: Page) -> Self {
        let chance = chance(seed, u64::from(number) + 100);
        Self { page, counts: Counts::default(), number, host, chance, texts: 0, names: 0 }
    }

    /// Chance for the page's own use.
    pub fn random(&mut self) -> f64 {
        self.chance.random()
    }

    /// The host of the room, who has a seat that cannot be given back.
    pub const fn is_host(&self) -> bool {
        self.host
    }

    /// How long until the next step, in milliseconds, on average `mean`.
    pub fn pause(&mut self, mean: u64) -> u64 {
        self.chance.random_range(1..=mean.max(1) * 2)
    }

    /// Comes in, under a new name unless the last one was not heard of.
    pub fn comes(&mut self, now: u64) -> Vec<Do> {
        let chat = &self.page.chat;
        let again = chat.problem == Some(JoinError::Unreachable) && !chat.typed.is_empty();
        let mut todo = Vec::new();
        let banned = matches!(
            chat.problem,
            Some(JoinError::Ended(ByeCode::Removed) | JoinError::Refused(Code::Removed))
        );
        let typed = if again {
            chat.typed.clone()
        } else {
            self.names += 1;
            self.counts.join += 1;
            name(self.number, self.names)
        };
        if banned {
            todo.extend(self.page.act(Action::ResetIdentity, now, 0.5));
        }
        let token = Token::new(&self.chance.random());
        todo.extend(self.page.act(Action::Connect { typed, token }, now, 0.5));
        todo
    }

    /// Says something, if it is in the room and does not write for ever into the blue.
    pub fn talks(&mut self, clock: u64) -> Vec<Do> {
        if self.page.chat.room.is_none() || 20 < self.page.chat.outbox.items().len() {
            return Vec::new();
        }
        let id = MessageId::new(Millis(clock), &self.chance.random());
        self.counts.say += 1;
        let pick = self.chance.random();
        let text = self.text(pick);
        self.page.does(id, Command::Say { text, reply_to: None }, Millis(clock))
    }

    /// Does the next thing of the plan. `living` are the members that have a page; `clock` is the page's.
    pub fn step(&mut self, clock: u64, living: &BTreeSet<MemberId>) -> Vec<Do> {
        let step = Step { kind: self.chance.random_range(0..1_000), picks: self.chance.random() };
        let (at, id) = (Millis(clock), MessageId::new(Millis(clock), &self.chance.random()));
        let [first, second, third, fourth] = step.picks;
        if self.page.chat.seat.is_none() {
            let patient = matches!(self.page.chat.problem, Some(JoinError::Refused(_))) && fourth % 5 > 0;
            return if patient { Vec::new() } else { self.comes(clock) };
        }
        // Somebody without a connection looks at the page now and then, and does not write for ever into the blue.
        let much = 20 < self.page.chat.outbox.items().len();
        let looks = !self.page.chat.connection.is_up() && fourth % 3 == 0;
        let Some(room) = self.page.chat.room.clone().filter(|_| !much && !looks) else {
            return self.page.act(Action::Wake, clock, 0.5);
        };
        if self.host && fourth % 4 == 0 {
            let todo = self.keeps(clock, living);
            if !todo.is_empty() {
                return todo;
            }
        }
        let messages = messages(&room);
        let own: Vec<_> = messages.iter().filter(|(_, by)| *by == room.me).copied().collect();
        match step.kind {
            0..400 => {
                self.counts.say += 1;
                let answers = second % 5 == 0;
                let reply_to = pick(&messages, third).filter(|_| answers).map(|(seq, _)| seq);
                let text = self.text(first);
                self.page.does(id, Command::Say { text, reply_to }, at)
            }
            400..530 => match pick(&own, second) {
                Some((seq, _)) => {
                    self.counts.edit += 1;
                    let text = self.text(first);
                    self.page.does(id, Command::Edit { seq, text }, at)
                }
                None => Vec::new(),
            },
            530..650 => {
                // Now and then somebody else's, which is the host's right alone.
                let any = self.host || third % 10 == 0;
                match pick(if any { &messages } else { &own }, second) {
                    Some((seq, _)) => {
                        self.counts.recall += 1;
                        self.page.does(id, Command::Recall { seq }, at)
                    }
                    None => Vec::new(),
                }
            }
            650..850 => {
                self.counts.read += 1;
                let seq = room.log.last().unwrap_or_default();
                self.page.says(&FromPage::Read { seq })
            }
            850..900 => {
                self.counts.other += 1;
                self.page.act(Action::Typing, clock, 0.5)
            }
            900..915 => {
                self.counts.other += 1;
                self.page.reloads(clock)
            }
            915..935 => {
                self.counts.other += 1;
                let failed = self.page.chat.outbox.items().iter().filter(|item| item.failed());
                let failed: Vec<_> = failed.map(|item| item.id).collect();
                match pick(&failed, second) {
                    Some(old) if first % 2 == 0 => self.page.retries(old, id, at),
                    Some(old) => self.page.act(Action::Discard { id: old }, clock, 0.5),
                    None => self.page.act(Action::Follow { follows: first % 3 != 0 }, clock, 0.5),
                }
            }
            935..960 => {
                self.counts.other += 1;
                self.page.act(Action::WantOlder, clock, 0.5)
            }
            _ if self.host => {
                self.counts.host += 1;
                match self.rules(&room, step, living) {
                    Some(act) => self.page.does(id, act, at),
                    None => Vec::new(),
                }
            }
            960..985 => {
                self.counts.leave += 1;
                self.page.leaves(clock)
            }
            _ => {
                // What is the host's alone, refused to everybody else.
                self.counts.host += 1;
                self.page.does(id, Command::Lock { locked: true }, at)
            }
        }
    }

    /// The host sees to it that people can come in: opens the door, or takes the seat of somebody who has no page any
    /// more, whose `leave` was lost with its connection.
    pub fn keeps(&mut self, clock: u64, living: &BTreeSet<MemberId>) -> Vec<Do> {
        let (at, id) = (Millis(clock), MessageId::new(Millis(clock), &self.chance.random()));
        let Some(room) = self.page.chat.room.clone() else { return Vec::new() };
        let ghost = room.others().find(|other| !living.contains(other));
        let act = match ghost {
            _ if room.facts.locked => Command::Lock { locked: false },
            Some(member) => Command::Remove { member, ban: false, recall: false },
            None => return Vec::new(),
        };
        if self.page.chat.outbox.items().iter().any(|item| item.act == act && !item.failed()) {
            return Vec::new();
        }
        self.counts.host += 1;
        self.page.does(id, act, at)
    }

    fn rules(&self, room: &Room, step: Step, living: &BTreeSet<MemberId>) -> Option<Command> {
        let [first, second, third, _] = step.picks;
        let others: Vec<_> = room.others().collect();
        let ghosts: Vec<_> = others.iter().filter(|other| !living.contains(other)).copied().collect();
        Some(match first % 10 {
            0..5 => Command::Remove { member: pick(&ghosts, second)?, ban: third % 2 == 0, recall: false },
            5 => Command::Remove { member: pick(&others, second)?, ban: third % 2 == 0, recall: false },
            6 => Command::Lock { locked: true },
            7 => Command::Lock { locked: false },
            _ => {
                let title = Some(format!("第{}间", second % 100));
                Command::Set { title, slow_s: Some(u32::from(third % 20 == 0)), words: None }
            }
        })
    }

    /// A text that is like no other, most of them short.
    fn text(&mut self, pick: u32) -> Text {
        self.texts += 1;
        let length = if pick.is_multiple_of(40) { pick % 3_900 } else { pick % 60 };
        let rest: String = std::iter::repeat_n('字', length as usize).collect();
        let mark = mark(u64::from(self.number) * 1_000_000 + u64::from(self.texts));
        Text::parse(&format!("{mark}{rest}")).expect("it is neither empty nor too long")
    }
}

/// What tells a text from every other: seven digits between two signs that nothing else has.
pub fn mark(number: u64) -> String {
    format!("‹{number:07}›")
}

/// Messages that are still there, and who said them.
fn messages(room: &Room) -> Vec<(Seq, MemberId)> {
    let newest = room.log.entries().iter().rev().take(100);
    let said = newest.filter_map(|entry| match &entry.body {
        EntryKind::Message(said) => Some((entry.seq, said.by)),
        _ => None,
    });
    said.collect()
}

fn pick<T: Copy>(from: &[T], pick: u32) -> Option<T> {
    let index = (pick as usize).checked_rem(from.len())?;
    from.get(index).copied()
}

/// A name of a person's own, another one each time.
fn name(number: u32, times: u32) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let digits = format!("{number}{times:05}");
    let digits = digits.chars().filter_map(|digit| DIGITS.get(digit.to_digit(10)? as usize)).copied();
    std::iter::once('客').chain(digits).collect()
}
