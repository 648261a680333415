//! Spans of days, from EDTF: four bounds, and what they possibly or certainly match.

use super::day::Day;
use crate::pb;

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
    pub extent: pb::TimeExtent,
    /// `?` stands in it, or nobody stated a time: never CERTAIN.
    pub uncertain: bool,
}

/// Why a text is no span: what is wrong and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SpanError(pub String);

impl Span {
    /// Reads EDTF. `statement_day` bounds an open end from below.
    pub fn parse(edtf: &str, statement_day: Option<Day>) -> Result<Span, SpanError> {
        let _ = (edtf, statement_day);
        todo!()
    }

    /// The span of an event that nobody dated.
    pub fn undated(prospective: bool, statement_day: Option<Day>) -> Span {
        let _ = (prospective, statement_day);
        todo!()
    }

    /// Whether it can touch the window (inclusive).
    pub fn possible(&self, first: Day, last: Day) -> bool {
        let _ = (first, last);
        todo!()
    }

    /// Whether it must touch (THROUGHOUT) or lie in (SOMETIME_WITHIN) the window (inclusive).
    pub fn certain(&self, first: Day, last: Day) -> bool {
        let _ = (first, last);
        todo!()
    }

    /// How exact it is.
    pub fn precision(&self) -> pb::TimePrecision {
        todo!()
    }

    /// Width in days for "narrowest": open is the widest.
    pub fn width(&self) -> u32 {
        todo!()
    }

    /// Fills the OUTPUT_ONLY fields of a TimeSpan whose `edtf` this span is.
    pub fn fill(&self, time: &mut pb::TimeSpan) {
        let _ = time;
        todo!()
    }
}
