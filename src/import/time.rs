//! Days and spans as data sets write them → EDTF.

use crate::model::day::Day;

/// A day, `YYYY-MM-DD`, with or without a time of day behind it.
pub(super) fn day(text: &str) -> Option<Day> {
    let (day, rest) = text.split_at_checked(10)?;
    if !(rest.is_empty() || rest.starts_with([' ', 'T'])) {
        return None;
    }
    day.parse().ok()
}

/// From the first to the last possible day: one day, or at some time within them.
pub(super) fn within(first: Day, last: Day) -> String {
    if first == last { first.to_string() } else { format!("[{first}..{last}]") }
}

/// Eight digits, `YYYYMMDD`, with or without a time behind them.
pub(super) fn compact(text: &str) -> Option<Day> {
    let (year, month, day) = (text.get(..4)?, text.get(4..6)?, text.get(6..8)?);
    format!("{year}-{month}-{day}").parse().ok()
}

/// A day as in `07 October 2003`.
pub(super) fn spelt(text: &str) -> Option<Day> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let mut words = text.split_ascii_whitespace();
    let (day, month, year) = (words.next()?, words.next()?.to_ascii_lowercase(), words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    if words.next().is_some() {
        return None;
    }
    format!("{year}-{month:02}-{day:0>2}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::Span;

    #[test]
    fn days_may_carry_a_time() {
        for text in ["2003-02-01", "2003-02-01 00:00:00.000", "2003-02-01T00:00:00Z"] {
            assert_eq!(day(text).map(|day| day.to_string()).as_deref(), Some("2003-02-01"), "{text}");
        }
        for text in ["", "2003-02-30", "01/02/2003", "2003-02-01x", "2003-02-1"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_written_in_other_ways_too() {
        for (day, text) in [(compact("20031007"), "2003-10-07"), (compact("20031007123000"), "2003-10-07")] {
            assert_eq!(day.map(|day| day.to_string()).as_deref(), Some(text));
        }
        for text in ["07 October 2003", "7 October 2003"] {
            assert_eq!(spelt(text).map(|day| day.to_string()).as_deref(), Some("2003-10-07"), "{text}");
        }
        for text in ["", "31 June 2003", "07 Octember 2003", "07 October", "07 October 2003 x"] {
            assert_eq!(spelt(text), None, "{text}");
        }
        for text in ["", "2003", "20031307", "2003-10-"] {
            assert_eq!(compact(text), None, "{text}");
        }
    }

    #[test]
    fn a_span_says_the_same_as_its_days() {
        let (first, last) = (Day::from_epoch(12_000), Day::from_epoch(12_006));
        let span = Span::parse(&within(first, last), None).unwrap();
        assert_eq!((span.s1, span.e2, span.width()), (first, last, 7));
        assert_eq!(within(first, first), first.to_string());
    }
}
