//! How bad the weather of a run is: drawn from its seed.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use shared::History;

/// What a run is like. Times are milliseconds, chances thousandths.
#[derive(Debug, Clone)]
pub(super) struct Weather {
    /// Who may read what, in a room by link; none is the lobby.
    pub(super) room: Option<History>,
    pub(super) people: u32,
    /// Seats of a room by link.
    pub(super) capacity: u32,
    /// Steps of each person.
    pub(super) steps: u32,
    /// Mean time between a person's steps.
    pub(super) pause: u64,
    /// Longest time a parcel is on its way.
    pub(super) latency: u64,
    /// Longest time requests gather for the ledger.
    pub(super) gather: u64,
    /// Longest time between the follower's steps.
    pub(super) follow: u64,
    /// That a batch is one in which the server falls.
    pub(super) falls: u32,
    /// That the server falls between batches, each tenth of a second.
    pub(super) kills: u32,
    /// That a connection is cut, each tenth of a second.
    pub(super) cuts: u32,
    /// Longest time until the server is back.
    pub(super) down: u64,
}

impl Weather {
    pub(super) fn draw(chance: &mut Xoshiro256PlusPlus) -> Self {
        let room = match chance.random_range(0..4) {
            0 => None,
            1 => Some(History::FromJoin),
            _ => Some(History::All),
        };
        let people = if room.is_none() { 3 } else { chance.random_range(2..=6) };
        let of =
            |chance: &mut Xoshiro256PlusPlus, values: &[u64]| values[chance.random_range(0..values.len())];
        Self {
            room,
            people,
            capacity: people + u32::from(chance.random::<bool>()),
            steps: u32::try_from(of(chance, &[10, 30, 30, 100])).expect("it is small"),
            pause: of(chance, &[5, 50, 200, 1_000]),
            latency: of(chance, &[1, 10, 50, 500]),
            gather: of(chance, &[1, 5, 40]),
            follow: of(chance, &[50, 500, 5_000]),
            falls: u32::try_from(of(chance, &[0, 10, 40, 100])).expect("it is small"),
            kills: u32::try_from(of(chance, &[0, 5, 20])).expect("it is small"),
            cuts: u32::try_from(of(chance, &[0, 20, 100, 300])).expect("it is small"),
            down: of(chance, &[20, 500, 5_000]),
        }
    }
}
