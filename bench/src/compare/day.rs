//! A mixed day: rooms of all sizes in which people type, speak and read at a human pace. What counts is not how much the server
//! bears but how quick it is, and what it needs, when it is not pressed.

use std::time::Duration;

use shared::{FromPage, Seq};

use crate::crowd::Crowd;
use crate::crowd::frame::{self, Kind};

use super::load::{Figures, Scene, Tally, arrive};
use super::peer::Peer;

/// How many rooms there are; they take turns, one a beat.
const ROOMS: usize = 200;

/// With it, somebody speaks once a second in each room.
const BEAT: Duration = Duration::from_millis(5);

/// Beats between beginning to type and speaking, and between speaking and being read.
const PAUSE: usize = ROOMS / 3;

/// One member in so many has the page before its eyes and tells that it has read.
const READERS: usize = 3;

/// Measures the server of 对聊.
///
/// # Errors
/// If it loses a message or a connection, or brings a message twice.
pub(crate) async fn run(lasting: Duration) -> anyhow::Result<Figures> {
    let peer = Peer::Duiliao;
    let sizes: Vec<usize> = (0..ROOMS).map(size).collect();
    let mut scene = Scene::fill(peer.start().await?, peer, &sizes).await?;
    let (mut rooms, mut due) = (Rooms::new(&sizes), 0);
    let figures = scene.beats(BEAT, lasting, |beat, crowd, tally| {
        due += rooms.beat(beat, crowd, tally)?;
        Ok(())
    })?;
    let Scene { mut server, mut crowd, mut tally } = scene;
    arrive(&mut crowd, &mut tally, |_| due)?;
    server.kill().await?;
    Ok(figures)
}

/// Most rooms are small, some are large: 2 to 200 seats.
fn size(room: usize) -> usize {
    let share = room as f64 / (ROOMS - 1) as f64;
    2 + (share.powi(4) * 198.0) as usize
}

struct Rooms {
    sizes: Vec<usize>,
    /// The connection of each room's first seat.
    first: Vec<usize>,
    /// The last number of each room.
    last: Vec<u64>,
}

impl Rooms {
    fn new(sizes: &[usize]) -> Self {
        let first = sizes.iter().scan(0, |next, size| Some(std::mem::replace(next, *next + size))).collect();
        // `opened`, and a `joined` for each.
        let last = sizes.iter().map(|size| *size as u64 + 1).collect();
        Self { sizes: sizes.to_vec(), first, last }
    }

    /// One member begins to type, one of another room speaks, some of a third read. Returns how many will hear.
    fn beat(&mut self, beat: usize, crowd: &mut Crowd, tally: &mut Tally) -> anyhow::Result<u64> {
        let (_, who) = self.whose(beat);
        crowd.send(who, |out| put(out, &FromPage::Typing))?;
        let Some(earlier) = beat.checked_sub(PAUSE) else { return Ok(0) };
        let (room, who) = self.whose(earlier);
        let now = tally.now();
        crowd.send(who, |out| tally.say(out, who, now))?;
        self.last[room] += 1;
        let heard = self.sizes[room] as u64;
        let Some(earlier) = earlier.checked_sub(PAUSE) else { return Ok(heard) };
        let (room, _) = self.whose(earlier);
        let read = FromPage::Read { seq: Seq(self.last[room]) };
        for seat in (0..self.sizes[room]).step_by(READERS) {
            crowd.send(self.first[room] + seat, |out| put(out, &read))?;
        }
        Ok(heard)
    }

    /// The room of a beat, and who of it types and speaks.
    fn whose(&self, beat: usize) -> (usize, usize) {
        let (round, room) = (beat / ROOMS, beat % ROOMS);
        (room, self.first[room] + round % self.sizes[room])
    }
}

fn put(out: &mut Vec<u8>, said: &FromPage) {
    frame::put(out, Kind::Text, said.encode().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_have_2_to_200_seats_and_each_seat_is_in_one() {
        let sizes: Vec<_> = (0..ROOMS).map(size).collect();
        assert_eq!((sizes[0], sizes[ROOMS - 1]), (2, 200));
        let rooms = Rooms::new(&sizes);
        assert!(rooms.first.windows(2).zip(&sizes).all(|(pair, size)| pair[0] + size == pair[1]));
        let (room, who) = rooms.whose(ROOMS * 5 + 7);
        assert_eq!((room, who), (7, rooms.first[7] + 5 % sizes[7]));
    }
}
