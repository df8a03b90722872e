//! What the server has to reach, what it aims at, and whether it did.

use std::fmt;

use super::peer::Peer;
use super::{Results, work};

/// A figure with a bound.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    measure: Measure,
    /// The least of what grows with quality, the most of what falls.
    bound: f64,
}

#[derive(Debug, Clone, Copy)]
enum Measure {
    /// Deliveries for a second of the server's core, as a multiple of what another makes of it.
    Times(&'static str, Peer),
    /// Deliveries for a second of the server's core, as a multiple of what it makes of the same in a quarter of the rooms.
    Scaled(&'static str, &'static str),
    /// Messages a second, each stored and synced before it is delivered.
    Stored(&'static str),
    /// The slowest in a hundred, in milliseconds.
    P99(&'static str),
    /// Seconds until all are back.
    Back(&'static str),
    /// Kilobytes for each connection.
    Memory(&'static str),
}

/// What is asked of one kind of work: at least, and at best.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) work: &'static str,
    pub(crate) must: Goal,
    pub(crate) aim: Goal,
}

const fn asked(work: &'static str, must: (Measure, f64), aim: (Measure, f64)) -> Asked {
    let (must, aim) = (Goal { measure: must.0, bound: must.1 }, Goal { measure: aim.0, bound: aim.1 });
    Asked { work, must, aim }
}

const fn than(work: &'static str, must: (f64, Peer), aim: (f64, Peer)) -> Asked {
    asked(work, (Measure::Times(work, must.1), must.0), (Measure::Times(work, aim.1), aim.0))
}

const fn alike(work: &'static str, measure: Measure, must: f64, aim: f64) -> Asked {
    asked(work, (measure, must), (measure, aim))
}

/// All that is asked and measured here.
pub(crate) const ASKED: [Asked; 13] = [
    alike("one pair, one message at a time: p99", Measure::P99(work::PAIR), 1.0, 0.4),
    than(work::PAIR_64, (4.0, Peer::Ws), (0.8, Peer::Uwebsockets)),
    than(work::PAIRS, (1.3, Peer::Ws), (0.8, Peer::Uwebsockets)),
    than(work::PAIRS_32, (3.0, Peer::Ws), (0.8, Peer::Uwebsockets)),
    than(work::ROOM_1, (1.0, Peer::Uwebsockets), (0.95, Peer::Floor)),
    than(work::ROOM_10, (7.0, Peer::Ws), (1.0, Peer::Uwebsockets)),
    than(work::ROOM_100, (15.0, Peer::Uwebsockets), (20.0, Peer::Uwebsockets)),
    alike(work::PAIRS_4, Measure::Scaled(work::PAIRS_4, work::PAIRS), 0.8, 1.0),
    alike(work::PAIRS_32_4, Measure::Scaled(work::PAIRS_32_4, work::PAIRS_32), 0.8, 1.0),
    alike("durable messages a second", Measure::Stored(work::DURABLE), 200_000.0, 400_000.0),
    alike("memory for an idle, joined connection, rooms of two", Measure::Memory(work::BACK_PAIRS), 6.0, 4.0),
    alike(work::BACK_PAIRS, Measure::Back(work::BACK_PAIRS), 5.0, 2.0),
    alike(work::BACK_ROOM, Measure::Back(work::BACK_ROOM), 2.0, 0.5),
];

impl Goal {
    /// The figure, if it was measured.
    pub(crate) fn reached(&self, results: &Results) -> Option<f64> {
        let ours = |work| results.of(work, Peer::Duiliao);
        let back = |work| results.comebacks.iter().find(|comeback| comeback.work == work);
        match self.measure {
            Measure::Times(work, peer) => {
                Some(ours(work)?.deliveries_per_cpu_s / results.of(work, peer)?.deliveries_per_cpu_s)
            }
            Measure::Scaled(more, fewer) => {
                Some(ours(more)?.deliveries_per_cpu_s / ours(fewer)?.deliveries_per_cpu_s)
            }
            Measure::Stored(work) => Some(ours(work)?.messages_per_s),
            Measure::P99(work) => Some(ours(work)?.p99_us as f64 / 1_000.0),
            Measure::Back(work) => Some(back(work)?.seconds),
            Measure::Memory(work) => Some(back(work)?.memory_each / 1_024.0),
        }
    }

    /// Whether a figure is as good as it has to be.
    pub(crate) fn is_met_by(&self, figure: f64) -> bool {
        match self.measure {
            Measure::Times(..) | Measure::Scaled(..) | Measure::Stored(_) => self.bound <= figure,
            Measure::P99(_) | Measure::Back(_) | Measure::Memory(_) => figure <= self.bound,
        }
    }

    /// A figure with its unit.
    pub(crate) fn show(&self, figure: f64) -> String {
        match self.measure {
            Measure::Times(_, peer) => format!("{figure:.2} × {}", peer.name()),
            Measure::Scaled(_, fewer) => format!("{figure:.2} × {fewer}"),
            Measure::Stored(_) => super::report::grouped(figure),
            Measure::P99(_) => format!("{figure:.2} ms"),
            Measure::Back(_) => format!("{figure:.2} s"),
            Measure::Memory(_) => format!("{figure:.2} KB"),
        }
    }
}

/// The bound, as it is asked for.
impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_met_by(f64::INFINITY) { "≥" } else { "≤" };
        write!(f, "{sign} {}", self.show(self.bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_better_of_some_and_less_of_others() {
        let [p99, times, ..] = ASKED.map(|asked| asked.must);
        assert!(p99.is_met_by(0.9) && p99.is_met_by(1.0) && !p99.is_met_by(1.1));
        assert!(times.is_met_by(4.1) && times.is_met_by(4.0) && !times.is_met_by(3.9));
        assert_eq!((p99.to_string(), times.to_string()), ("≤ 1.00 ms".into(), "≥ 4.00 × ws".into()));
    }
}
