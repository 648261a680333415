//! Calendar days: the only clock that facts have.

use std::{fmt, str::FromStr};

use jiff::civil::{Date, date};

/// A calendar day of the proleptic Gregorian calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

const EPOCH: Date = date(1970, 1, 1);

impl Day {
    /// Before every day: the bound of a span that is open at its start.
    pub const MIN: Day = Day(i32::MIN);
    /// After every day: the bound of a span that is open at its end.
    pub const MAX: Day = Day(i32::MAX);

    /// The day so many days after 1970-01-01.
    pub const fn from_epoch(days: i32) -> Day {
        Day(days)
    }

    /// Days since 1970-01-01.
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// The day of a date.
    pub fn from_date(date: Date) -> Day {
        // Years -9999 to 9999 are below four million days.
        Day((date - EPOCH).get_days())
    }

    /// The date; absent for the bounds, and for numbers that no calendar reaches: those are no days.
    pub fn date(self) -> Option<Date> {
        let since = jiff::Span::new().try_days(self.0).ok()?;
        EPOCH.checked_add(since).ok()
    }

    /// So many days later, or earlier if negative. Bounds stay bounds.
    #[must_use]
    pub fn plus(self, days: i32) -> Day {
        if self == Day::MIN || self == Day::MAX { self } else { Day(self.0.saturating_add(days)) }
    }

    /// `YYYY-MM-DD`, or empty for a bound: how contract and files write a day that may be unknown.
    pub fn to_field(self) -> String {
        self.date().map(|_| self.to_string()).unwrap_or_default()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
            None => f.write_str(".."),
        }
    }
}

/// Not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day; write YYYY-MM-DD, such as 2023-10-09, a day that the calendar has")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    /// Exactly `YYYY-MM-DD`, years 0001 to 9999: no other form of ISO 8601 is taken, so equal days are equal strings.
    fn from_str(text: &str) -> Result<Day, NotADay> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
        if !shaped {
            return Err(NotADay);
        }
        let number = |range: std::ops::Range<usize>| {
            text.get(range).and_then(|digits| digits.parse::<i16>().ok()).ok_or(NotADay)
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let byte = |n: i16| i8::try_from(n).map_err(|_| NotADay);
        if year == 0 {
            return Err(NotADay);
        }
        Date::new(year, byte(month)?, byte(day)?).map(Day::from_date).map_err(|_| NotADay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_days_in_one_form_are_days() {
        for text in ["2023-10-09", "0001-01-01", "9999-12-31", "2024-02-29", "1969-12-31"] {
            assert_eq!(text.parse::<Day>().map(|day| day.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "2023-10-9",
            "2023-02-29",
            "2023-13-01",
            "0000-01-01",
            "20231009",
            "2023-10-09 ",
            "2023-10-0x",
            "+023-10-09",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NotADay), "{text}");
        }
    }

    #[test]
    fn days_count_from_the_epoch() {
        assert_eq!("1970-01-02".parse::<Day>().map(Day::epoch_days), Ok(1));
        assert_eq!(Day::MIN.plus(3), Day::MIN);
        assert_eq!(Day::from_epoch(0).plus(-1).to_string(), "1969-12-31");
        for far in [i32::MIN, i32::MAX, 10_000_000, -10_000_000, 4_000_000] {
            assert_eq!(Day::from_epoch(far).date(), None, "{far}");
            assert_eq!(Day::from_epoch(far).to_field(), "", "{far}");
        }
    }
}
