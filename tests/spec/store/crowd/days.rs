//! Spans of days as the contract words them, read from EDTF once more: a date is a year, a month or a day; `~` widens it by
//! one year, one month or three days; an interval has a start and an end, all else one range.

use jiff::{ToSpan as _, civil::Date};

/// Before and after all days.
pub(super) const OPEN: (i32, i32) = (i32::MIN, i32::MAX);

/// Starts on a day of the first range, ends on a day of the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) start: (i32, i32),
    pub(super) end: (i32, i32),
    pub(super) throughout: bool,
    pub(super) uncertain: bool,
}

/// Days since 1970-01-01.
pub(super) fn number(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

pub(super) fn date(number: i32) -> Option<Date> {
    if number == OPEN.0 || number == OPEN.1 { None } else { Some(Date::constant(1970, 1, 1) + number.days()) }
}

/// A day as written, if one is.
pub(super) fn day(text: &str) -> Option<i32> {
    (!text.is_empty()).then(|| number(text.parse().unwrap()))
}

/// The first and the last day of a date.
fn range(text: &str) -> (i32, i32) {
    let about = text.contains(['~', '%']);
    let text = text.trim_end_matches(['~', '?', '%']);
    let of = |year: &str, month: &str, day: &str| -> Date { format!("{year}-{month}-{day}").parse().unwrap() };
    let parts: Vec<&str> = text.split('-').collect();
    let (first, last) = match (&parts[..], about) {
        (&[year], false) => (of(year, "01", "01"), of(year, "12", "31")),
        (&[year], true) => (of(year, "01", "01") - 1.year(), of(year, "12", "31") + 1.year()),
        (&[year, month], false) => (of(year, month, "01"), of(year, month, "01").last_of_month()),
        (&[year, month], true) => {
            (of(year, month, "01") - 1.month(), (of(year, month, "01") + 1.month()).last_of_month())
        }
        (&[year, month, day], false) => (of(year, month, day), of(year, month, day)),
        (&[year, month, day], true) => (of(year, month, day) - 3.days(), of(year, month, day) + 3.days()),
        _ => panic!("{text} is none of the made-up dates"),
    };
    (number(first), number(last))
}

impl Bounds {
    /// Of EDTF that was stated on a day.
    pub(super) fn of(edtf: &str, stated: Option<i32>) -> Bounds {
        let uncertain = edtf.contains(['?', '%']);
        let within = |first, last| Bounds { start: (first, last), end: (first, last), throughout: false, uncertain };
        if let Some((from, to)) = edtf.split_once('/') {
            let start = if from == ".." { OPEN } else { range(from) };
            let end = if to == ".." { (stated.unwrap_or(OPEN.0), OPEN.1) } else { range(to) };
            // It cannot end before it starts.
            let start_by = start.1.min(end.1);
            return Bounds {
                start: (start.0, start_by),
                end: (end.0.max(start.0), end.1),
                throughout: true,
                uncertain,
            };
        }
        let inner = edtf.trim_start_matches(['[', '{']).trim_end_matches([']', '}']);
        if let Some((from, to)) = inner.split_once("..") {
            return within(
                if from.is_empty() { OPEN.0 } else { range(from).0 },
                if to.is_empty() { OPEN.1 } else { range(to).1 },
            );
        }
        let all: Vec<(i32, i32)> = inner.split(',').map(range).collect();
        within(all.iter().map(|r| r.0).min().unwrap(), all.iter().map(|r| r.1).max().unwrap())
    }

    /// Of what nobody dated: what is to come not before it was stated, what has come not after.
    pub(super) fn undated(to_come: bool, stated: Option<i32>) -> Bounds {
        let (first, last) = match stated {
            Some(day) if to_come => (day, OPEN.1),
            Some(day) => (OPEN.0, day),
            None => OPEN,
        };
        Bounds { start: (first, last), end: (first, last), throughout: false, uncertain: true }
    }

    /// Whether it can touch, or must hold in, a window.
    pub(super) fn matches(&self, window: (i32, i32), certain: bool) -> bool {
        let (first, last) = window;
        match (certain, self.throughout) {
            (false, _) => self.start.0 <= last && self.end.1 >= first,
            (true, _) if self.uncertain => false,
            (true, true) => self.start.1 <= last && self.end.0 >= first,
            (true, false) => self.start.0 >= first && self.end.1 <= last,
        }
    }
}
