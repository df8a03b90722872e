//! Formats moments: the time, the day, both in full. The caller converts to local time.

use shared::Millis;

use crate::i18n::{Lang, Msg};

/// The calendar day after a day written as `2026-11-30`; none if it is no such day. Not every day has 24 hours.
pub fn next_day(day: &str) -> Option<String> {
    let mut parts = day.split('-');
    let (year, month, date): (i32, u8, u8) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let (year, month, date) = match (month, date) {
        _ if parts.next().is_some() || date == 0 || length < date => return None,
        (12, 31) => (year + 1, 1, 1),
        (month, date) if date == length => (year, month + 1, 1),
        (month, date) => (year, month, date + 1),
    };
    Some(format!("{year:04}-{month:02}-{date:02}"))
}

/// A moment in local time.
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

/// Converts a moment to local time.
pub type LocalTime = fn(Millis) -> Local;

impl Local {
    /// As `14:08`.
    pub fn time(self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }

    /// The day as 今天, 昨天, `11月2日 周一`, or with the year if it is another one. In English `Today`, `Yesterday`,
    /// `Mon, Nov 2`, `Mon, Nov 2, 2026`.
    pub fn day(self, today: Self, lang: Lang) -> String {
        match today.day_number() - self.day_number() {
            0 => Msg::Today.say(lang).to_owned(),
            1 => Msg::Yesterday.say(lang).to_owned(),
            _ if today.year == self.year => match lang {
                Lang::Zh => {
                    let (month, day) = (self.month.to_string(), self.day.to_string());
                    Msg::DayOfYear.fill(lang, &[&month, &day, self.weekday_name(lang)])
                }
                Lang::En => {
                    let day = self.day.to_string();
                    Msg::DayOfYear.fill(lang, &[self.weekday_name(lang), self.month_name(lang), &day])
                }
            },
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

    /// The time in milliseconds until the next day begins, if no clock change comes in between. It is never 0.
    pub fn ms_until_midnight(self) -> u32 {
        let [hour, minute, second] = [self.hour, self.minute, self.second].map(u32::from);
        (24 * 60 * 60_u32).saturating_sub(hour * 60 * 60 + minute * 60 + second).max(1) * 1_000
    }

    /// Whether both are on one day.
    pub fn same_day(self, other: Self) -> bool {
        self.day_number() == other.day_number()
    }

    fn full_day(self, lang: Lang) -> String {
        let [year, month, day] = [self.year, self.month.into(), self.day.into()].map(|n: i32| n.to_string());
        let weekday = self.weekday_name(lang);
        match lang {
            Lang::Zh => Msg::FullDay.fill(lang, &[&year, &month, &day, weekday]),
            Lang::En => Msg::FullDay.fill(lang, &[weekday, self.month_name(lang), &day, &year]),
        }
    }

    fn weekday_name(self, lang: Lang) -> &'static str {
        let mut names = Msg::Weekdays.say(lang).split(' ');
        names.nth(usize::from(self.weekday)).unwrap_or_default()
    }

    fn month_name(self, lang: Lang) -> &'static str {
        let mut names = Msg::Months.say(lang).split(' ');
        names.nth(usize::from(self.month).saturating_sub(1)).unwrap_or_default()
    }

    /// Days since a fixed day long ago. Years begin in March here, so that the leap day is the last of its year.
    pub fn day_number(self) -> i32 {
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
        assert_eq!(MONDAY.day(MONDAY, Lang::En), "Today");
        assert_eq!(MONDAY.day(day(2026, 11, 4), Lang::En), "Mon, Nov 2");
        assert_eq!(MONDAY.day(day(2027, 3, 1), Lang::En), "Mon, Nov 2, 2026");
    }

    #[test]
    fn midnight_is_as_far_as_the_clock_says() {
        let at = |hour, minute, second| Local { hour, minute, second, ..MONDAY }.ms_until_midnight();
        assert_eq!(at(0, 0, 0), 24 * 60 * 60_000);
        assert_eq!(at(23, 59, 59), 1_000);
        assert_eq!(at(14, 8, 3), ((9 * 60 + 51) * 60 + 57) * 1_000);
        assert_eq!(at(23, 59, 60), 1_000, "a leap second");
    }

    #[test]
    fn the_next_day_follows_the_calendar() {
        for (day, next) in [
            ("2026-11-30", "2026-12-01"),
            ("2026-12-31", "2027-01-01"),
            ("2028-02-28", "2028-02-29"),
            ("2028-02-29", "2028-03-01"),
            ("2100-02-28", "2100-03-01"),
            ("2000-02-28", "2000-02-29"),
            ("0099-01-09", "0099-01-10"),
        ] {
            assert_eq!(next_day(day).as_deref(), Some(next));
        }
        for day in
            ["", "2026-11", "2026-13-01", "2026-02-29", "2026-04-31", "2026-11-00", "2026-11-30-1", "x-1-1"]
        {
            assert_eq!(next_day(day), None, "{day}");
        }
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
        assert_eq!(MONDAY.full(Lang::En), "Mon, Nov 2, 2026 14:08:03");
        assert_eq!(MONDAY.full(Lang::Zh), "2026年11月2日 周一 14:08:03");
    }
}
