//! When a card that shows the state of a room asks for it again. Knows no browser.

/// A card of one room, in milliseconds.
pub const CARD_MS: u32 = 5_000;

/// A line of 我的房间, in milliseconds.
pub const LIST_MS: u32 = 30_000;

/// Longest pause after failures, in milliseconds.
const PAUSE_MAX_MS: u32 = 120_000;

/// The pause before the next question, in milliseconds. It doubles with each failure in a row.
pub fn pause_ms(every_ms: u32, failures: u32) -> u32 {
    let longest = PAUSE_MAX_MS.max(every_ms);
    every_ms.saturating_mul(1_u32.checked_shl(failures.min(16)).unwrap_or(1)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_doubles_with_each_failure_up_to_two_minutes() {
        let pauses: Vec<u32> = (0..8).map(|failures| pause_ms(CARD_MS, failures) / 1_000).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 120, 120, 120]);
        assert_eq!(pause_ms(LIST_MS, u32::MAX), PAUSE_MAX_MS);
    }
}
