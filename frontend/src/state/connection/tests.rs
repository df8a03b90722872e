//! When the link connects, waits and gives up.

use super::*;

const HALF: f64 = 0.5;
const ALMOST: f64 = 0.999_999;

fn up() -> Connection {
    let mut link = Connection::default();
    link.open(0);
    link.welcomed(0);
    link
}

#[test]
fn the_first_retry_comes_within_300_ms_and_later_ones_back_off_to_ten_seconds() {
    let mut link = up();
    let mut now = 20_000;
    link.heard(now);
    let mut waits = Vec::new();
    for _ in 0..8 {
        assert_eq!(link.lost(now, Some(1006), ALMOST), Disconnect::Retry);
        assert_eq!(link.number(), None);
        let Phase::Waiting { until } = link.phase else { panic!() };
        waits.push(until - now);
        now = until;
        link.tick(now, HALF);
        assert!(link.number().is_some());
    }
    assert_eq!(waits, [299, 999, 1_999, 3_999, 7_999, 9_999, 9_999, 9_999]);
}

#[test]
fn jitter_is_full() {
    let mut link = up();
    link.lost(10_000, None, 0.0);
    assert_eq!(link.wake_at(), Some(10_000));
}

#[test]
fn a_steady_connection_forgets_failures_and_a_flapping_one_does_not() {
    let mut link = up();
    link.lost(10_000, None, HALF);
    link.open(10_150);
    link.welcomed(10_160);
    link.lost(10_200, None, ALMOST);
    assert_eq!(link.phase, Phase::Waiting { until: 11_199 });
    link.open(11_199);
    link.welcomed(11_200);
    link.lost(17_000, None, ALMOST);
    assert_eq!(link.phase, Phase::Waiting { until: 17_299 });
}

#[test]
fn what_the_server_says_last_decides_whether_to_come_back_and_when() {
    for (code, close, comes_back) in [
        (Some(ByeCode::Restarting), 1001, true),
        (Some(ByeCode::Overloaded), 1013, true),
        (Some(ByeCode::Left), 1000, false),
        (Some(ByeCode::Removed), 1008, false),
        (Some(ByeCode::Idle), 1008, false),
        (None, 1008, false),
        (None, 1000, false),
        (None, 1006, true),
    ] {
        let mut link = up();
        if let Some(code) = code {
            link.said_bye(code, None);
        }
        let loss = link.lost(100, Some(close), HALF);
        assert_eq!(loss, if comes_back { Disconnect::Retry } else { Disconnect::Final(code) });
        assert_eq!(link.wake_at().is_some(), comes_back);
    }
    let mut link = Connection { failures: 9, ..up() };
    link.said_bye(ByeCode::Restarting, Some(4_000));
    link.lost(1_000, Some(1001), HALF);
    assert_eq!(link.phase, Phase::Waiting { until: 5_150 });
    for (now, wait) in [(6_000, 999), (7_000, 1_499), (60_000, 1_499), (61_000, 7_999)] {
        link.lost(now, Some(1006), ALMOST);
        assert_eq!(link.phase, Phase::Waiting { until: now + wait });
    }
}

#[test]
fn online_and_visible_cut_the_waiting_short() {
    let mut link = up();
    link.lost(10_000, None, ALMOST);
    link.wake(10_001);
    assert!(link.number().is_some());
}

#[test]
fn silence_for_a_minute_is_a_loss_and_for_half_of_it_when_somebody_looks() {
    let mut link = up();
    let first = link.number();
    link.heard(5_000);
    assert!(!link.tick(64_999, HALF));
    assert!(link.tick(65_000, HALF));
    assert_eq!(link.number(), None);

    let mut link = up();
    link.wake(34_999);
    assert_eq!(link.number(), first);
    link.wake(35_000);
    assert_ne!(link.number(), first);
    assert!(!link.is_up());
}

#[test]
fn a_join_without_an_answer_is_given_up() {
    let mut link = Connection::default();
    link.open(0);
    assert_eq!(link.wake_at(), Some(JOIN_PATIENCE_MS));
    assert!(link.tick(JOIN_PATIENCE_MS, HALF));
}

#[test]
fn a_short_loss_is_not_spoken_of() {
    let mut link = up();
    link.lost(10_000, None, HALF);
    link.tick(10_150, HALF);
    link.welcomed(11_999);
    link.tick(12_000, HALF);
    assert_eq!(link.banner(), None);
}

#[test]
fn a_longer_loss_is_said_after_two_seconds_and_its_end_for_two_seconds() {
    let mut link = up();
    link.lost(10_000, None, HALF);
    link.tick(10_150, HALF);
    assert_eq!(link.wake_at(), Some(12_000));
    link.tick(12_000, HALF);
    assert_eq!(link.banner(), Some(Banner::Lost));
    link.welcomed(13_000);
    assert_eq!((link.banner(), link.wake_at()), (Some(Banner::Restored), Some(15_000)));
    link.tick(15_000, HALF);
    assert_eq!(link.banner(), None);
}

#[test]
fn put_away_it_holds_nothing_until_it_is_shown_again() {
    let mut link = up();
    let first = link.number();
    link.put_away();
    assert_eq!((link.number(), link.wake_at(), link.banner()), (None, None, None));
    link.wake(3_600_000);
    assert!(link.number().is_some() && link.number() != first);
    link.tick(3_602_000, HALF);
    assert_eq!(link.banner(), Some(Banner::Lost), "it takes long to come back");

    let mut link = Connection::default();
    link.put_away();
    link.wake(1);
    assert_eq!(link.number(), None, "there was nothing to come back to");
}

#[test]
fn after_stop_nothing_is_due() {
    let mut link = up();
    link.lost(10_000, None, HALF);
    link.stop();
    assert_eq!((link.wake_at(), link.number(), link.banner()), (None, None, None));
}
