//! Dates and times as an export has them: in 北京时间, since a file has no reader's clock to ask.

use shared::Millis;
use time::{Date, OffsetDateTime, UtcOffset};

/// A moment in 北京时间; the year 1970 where no calendar has it.
pub(super) fn local(at: Millis) -> OffsetDateTime {
    const EAST: UtcOffset = match UtcOffset::from_hms(8, 0, 0) {
        Ok(east) => east,
        Err(_) => UtcOffset::UTC,
    };
    let seconds = i64::try_from(at.0 / 1_000).unwrap_or(i64::MAX);
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment.and_then(|moment| moment.checked_to_offset(EAST)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A day as people write it.
pub(super) fn day(date: Date) -> String {
    let names = ["一", "二", "三", "四", "五", "六", "日"];
    let name = names[usize::from(date.weekday().number_days_from_monday())];
    format!("{}年{}月{}日 周{name}", date.year(), u8::from(date.month()), date.day())
}

/// The day of a moment, as it stands in the name of a file.
pub(super) fn date(at: Millis) -> String {
    let date = local(at).date();
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// Hours and minutes.
pub(super) fn clock(at: Millis) -> String {
    let (hour, minute, _) = local(at).to_hms();
    format!("{hour:02}:{minute:02}")
}

/// A moment as a program reads it.
pub(super) fn stamp(at: Millis) -> String {
    let (hour, minute, second) = local(at).to_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}+08:00", date(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_calendar_has_is_drawn_all_the_same() {
        // The last hours of the year 9999 in UTC are of the next one in China.
        for at in [253_402_300_799_000, u64::MAX] {
            assert_eq!(local(Millis(at)).unix_timestamp(), 0);
        }
    }
}
