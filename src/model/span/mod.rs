//! Spans of days, from EDTF: four bounds, and what they possibly or certainly match.
//!
//! Whatever a source leaves open becomes a bound: the start lies in `s1..=s2`, the end in `e1..=e2`, and the start is
//! never after the end. Gaps inside (`[2023-10-01,2023-10-09]`) are not kept: such a span can be any day between.

mod edtf;
#[cfg(test)]
mod tests;

use super::day::Day;
use crate::pb::{self, TimeExtent, TimePrecision};

/// A span as four bounds: it starts on a day in `s1..=s2` and ends on a day in `e1..=e2`. `Day::MIN` and `Day::MAX` are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Earliest start.
    pub s1: Day,
    /// Latest start.
    pub s2: Day,
    /// Earliest end.
    pub e1: Day,
    /// Latest end.
    pub e2: Day,
    /// How the event fills the span.
    pub extent: TimeExtent,
    /// `?` stands in it, or nobody stated a time: never CERTAIN.
    pub uncertain: bool,
}

/// Why a text is no span: what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SpanError(pub String);

impl Span {
    /// Reads EDTF. `statement_day` bounds an open end from below.
    ///
    /// `a/b` is THROUGHOUT, all else SOMETIME_WITHIN. Seasons are taken where they mean the same months everywhere
    /// (codes 25 to 41 of ISO 8601-2); times of day, and years outside 0001 to 9999, are refused.
    pub fn parse(edtf: &str, statement_day: Option<Day>) -> Result<Span, SpanError> {
        edtf::read(edtf, statement_day)
    }

    /// At some time from the first to the last day.
    pub const fn within(first: Day, last: Day) -> Span {
        let extent = TimeExtent::SometimeWithin;
        Span { s1: first, s2: last, e1: first, e2: last, extent, uncertain: false }
    }

    /// The span of an event that nobody dated: not before the statement day if prospective, not after it otherwise.
    pub fn undated(prospective: bool, statement_day: Option<Day>) -> Span {
        let span = match (statement_day, prospective) {
            (Some(day), true) => Span::within(day, Day::MAX),
            (Some(day), false) => Span::within(Day::MIN, day),
            (None, _) => Span::within(Day::MIN, Day::MAX),
        };
        Span { uncertain: true, ..span }
    }

    /// Whether it can touch the window (inclusive).
    pub fn possible(&self, first: Day, last: Day) -> bool {
        self.s1 <= last && self.e2 >= first
    }

    /// Whether it must touch (THROUGHOUT) or lie in (SOMETIME_WITHIN) the window (inclusive).
    pub fn certain(&self, first: Day, last: Day) -> bool {
        let holds = match self.extent {
            TimeExtent::Throughout => self.s2 <= last && self.e1 >= first,
            TimeExtent::SometimeWithin | TimeExtent::Unspecified => self.s1 >= first && self.e2 <= last,
        };
        holds && !self.uncertain
    }

    /// Whether there is a day on which both can have been.
    pub fn shared_day(&self, other: &Span) -> bool {
        self.possible(other.s1, other.e2)
    }

    /// How exact it is: the widest of its unknowns.
    pub fn precision(&self) -> TimePrecision {
        let unknown = match self.extent {
            TimeExtent::Throughout => days(self.s1, self.s2).max(days(self.e1, self.e2)),
            TimeExtent::SometimeWithin | TimeExtent::Unspecified => self.width(),
        };
        match unknown {
            0..=1 => TimePrecision::Day,
            2..=6 => TimePrecision::Days,
            7 => TimePrecision::Week,
            8..=31 => TimePrecision::Month,
            32..=366 => TimePrecision::Year,
            u32::MAX => TimePrecision::Open,
            _ => TimePrecision::Years,
        }
    }

    /// Width in days for "narrowest", 1 for a single day: open is the widest.
    pub fn width(&self) -> u32 {
        days(self.s1, self.e2)
    }

    /// Fills the OUTPUT_ONLY fields of a TimeSpan whose `edtf` this span is.
    pub fn fill(&self, time: &mut pb::TimeSpan) {
        time.first_day = self.s1.to_field();
        time.last_day = self.e2.to_field();
        time.set_extent(self.extent);
        time.set_precision(self.precision());
    }
}

/// The last day that a published date can mean: from then on the source is known. Absent if the text is no EDTF, or open
/// at its end.
pub fn source_day(published_date: &str) -> Option<Day> {
    Span::parse(published_date, None).ok().map(|span| span.e2).filter(|day| *day != Day::MAX)
}

/// Days from the first to the last, both counted; `u32::MAX` if open.
fn days(first: Day, last: Day) -> u32 {
    if first == Day::MIN || last == Day::MAX {
        return u32::MAX;
    }
    let days = i64::from(last.epoch_days()) - i64::from(first.epoch_days()) + 1;
    u32::try_from(days).unwrap_or(0)
}
