//! How a moment is written: the time, the day, both in full. Which local time a moment is, the caller says.

use shared::Millis;

use crate::i18n::{Lang, Msg};

/// A moment by the clock and calendar on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Day of the week, 0 is Sunday.
    pub weekday: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
}

/// Tells the local time of a moment.
pub type LocalTime = fn(Millis) -> Local;

impl Local {
    /// As `14:08`.
    pub fn time(self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }

    /// As 今天, 昨天, `11月2日 周一`, or with the year if it is another one.
    pub fn day(self, today: Self, lang: Lang) -> String {
        match today.day_number() - self.day_number() {
            0 => Msg::Today.say(lang).to_owned(),
            1 => Msg::Yesterday.say(lang).to_owned(),
            _ if today.year == self.year => {
                let (month, day) = (self.month.to_string(), self.day.to_string());
                Msg::DayOfYear.fill(lang, &[&month, &day, self.weekday_name(lang)])
            }
            _ => self.full_day(lang),
        }
    }

    /// The day as a field for dates has it: `2026-11-02`.
    pub fn date_field(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// Day and time, to the second.
    pub fn full(self, lang: Lang) -> String {
        format!("{} {}:{:02}", self.full_day(lang), self.time(), self.second)
    }

    /// Whether both are on one day.
    pub fn same_day(self, other: Self) -> bool {
        self.day_number() == other.day_number()
    }

    fn full_day(self, lang: Lang) -> String {
        let [year, month, day] = [self.year, self.month.into(), self.day.into()].map(|n: i32| n.to_string());
        Msg::FullDay.fill(lang, &[&year, &month, &day, self.weekday_name(lang)])
    }

    fn weekday_name(self, lang: Lang) -> &'static str {
        let mut names = Msg::Weekdays.say(lang).split(' ');
        names.nth(usize::from(self.weekday)).unwrap_or_default()
    }

    /// Days since some day long ago; years begin in March, so that the leap day is the last.
    fn day_number(self) -> i32 {
        let (year, month) = match self.month {
            1 | 2 => (self.year - 1, i32::from(self.month) + 9),
            month => (self.year, i32::from(month) - 3),
        };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        year * 365 + leap_days + (month * 153 + 2) / 5 + i32::from(self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: Local = Local { year: 2026, month: 11, day: 2, weekday: 1, hour: 14, minute: 8, second: 3 };

    fn day(year: i32, month: u8, day: u8) -> Local {
        Local { year, month, day, ..MONDAY }
    }

    #[test]
    fn days_are_named_from_where_one_stands() {
        assert_eq!(MONDAY.day(MONDAY, Lang::Zh), "今天");
        assert_eq!(MONDAY.day(day(2026, 11, 3), Lang::Zh), "昨天");
        assert_eq!(MONDAY.day(day(2026, 11, 4), Lang::Zh), "11月2日 周一");
        assert_eq!(MONDAY.day(day(2027, 3, 1), Lang::Zh), "2026年11月2日 周一");
        assert_eq!(MONDAY.day(day(2026, 11, 4), Lang::En), "11/2 Mon");
    }

    #[test]
    fn yesterday_reaches_over_months_years_and_leap_days() {
        for (yesterday, today) in [
            (day(2026, 10, 31), day(2026, 11, 1)),
            (day(2026, 12, 31), day(2027, 1, 1)),
            (day(2028, 2, 29), day(2028, 3, 1)),
            (day(2027, 2, 28), day(2027, 3, 1)),
            (day(2028, 2, 28), day(2028, 2, 29)),
        ] {
            assert_eq!(yesterday.day(today, Lang::Zh), "昨天", "{today:?}");
        }
    }

    #[test]
    fn times_are_short_in_the_list_and_whole_in_full() {
        assert_eq!(MONDAY.time(), "14:08");
        assert_eq!(MONDAY.full(Lang::Zh), "2026年11月2日 周一 14:08:03");
    }
}
