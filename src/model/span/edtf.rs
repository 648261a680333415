//! From EDTF to four bounds. The grammar is edtf-core's; the bounds are ours, because a span needs four, and because `~`
//! widens here by 3 days, 1 month or 1 year.

use edtf_core::{Bound, BoundDate, Date, DateField, Edtf, IntervalEndpoint, SetElement};
use jiff::{Span as Shift, ToSpan as _, civil};

use super::{Day, Span, SpanError};
use crate::pb::TimeExtent;

/// Longer texts are refused unread: no honest span needs more, and a set could go on for ever.
const LONGEST: usize = 256;

const EXAMPLES: &str = "write EDTF such as 2023-10-09, 2023-11, [2023-11-15..2023-11-30] or 2023-08/..";

/// The first and the last day that a date can be, or open.
#[derive(Clone, Copy)]
struct Days {
    first: Day,
    last: Day,
}

pub(super) fn read(text: &str, statement_day: Option<Day>) -> Result<Span, SpanError> {
    if text.is_empty() {
        return Err(refuse(
            "an empty span",
            "leave the time out if it is unknown, else write a date such as 2023-10-09",
        ));
    }
    if text.len() > LONGEST {
        return Err(refuse(&format!("a span of {} bytes", text.len()), "write at most 256"));
    }
    let edtf = Edtf::parse(text).map_err(|error| {
        let place = format!("{} (at character {})", error.message, error.offset + 1);
        refuse(&place, cure(error.message))
    })?;
    let span = match &edtf {
        Edtf::Date(date) => sometime(days_of(date)?),
        Edtf::DateTime(_) => return Err(refuse("a time of day", "write the day alone, such as 2023-10-09")),
        Edtf::Interval(interval) => throughout(&interval.start, &interval.end, statement_day)?,
        Edtf::Set(set) => sometime(hull(&set.elements)?),
    };
    Ok(Span { uncertain: edtf.is_uncertain(), ..span })
}

fn refuse(wrong: &str, right: &str) -> SpanError {
    SpanError(format!("{wrong}; {right}"))
}

/// What would be right, by what edtf-core found wrong.
fn cure(message: &str) -> &'static str {
    if message.contains("precedes") {
        "write the earlier date first"
    } else if message.contains("out of range for the month") {
        "write a day that the calendar has"
    } else if message.contains("month must be 01-12") {
        "write a month from 01 to 12"
    } else if message.contains("range endpoints") {
        "write both ends of the range plainly, each as a year, each as a month or each as a day, such as \
         [2023-11-15..2023-11-30]"
    } else if message.contains("dated endpoint") || message.contains("alone is not") {
        "leave the time out if neither end is known"
    } else {
        EXAMPLES
    }
}

fn sometime(Days { first, last }: Days) -> Span {
    Span::within(first, last)
}

/// The days from the first to the last that any element can be.
fn hull(elements: &[SetElement]) -> Result<Days, SpanError> {
    let mut all = Days { first: Day::MAX, last: Day::MIN };
    for element in elements {
        let days = match element {
            SetElement::Date(date) => days_of(date)?,
            SetElement::OnOrBefore(date) => Days { first: Day::MIN, ..days_of(date)? },
            SetElement::OnOrAfter(date) => Days { last: Day::MAX, ..days_of(date)? },
            SetElement::Range(from, to) => Days { first: days_of(from)?.first, last: days_of(to)?.last },
        };
        all = Days { first: all.first.min(days.first), last: all.last.max(days.last) };
    }
    Ok(all)
}

/// From a day of the one to a day of the other. An end that is only unknown (`2023-08/`), unlike an open one, says nothing
/// of how long it went on.
fn throughout(start: &IntervalEndpoint, end: &IntervalEndpoint, statement_day: Option<Day>) -> Result<Span, SpanError> {
    let starts = match start {
        IntervalEndpoint::Date(date) => days_of(date)?,
        IntervalEndpoint::OnOrBefore(date) => Days { first: Day::MIN, ..days_of(date)? },
        IntervalEndpoint::OnOrAfter(_) | IntervalEndpoint::Open | IntervalEndpoint::Unknown => {
            Days { first: Day::MIN, last: Day::MAX }
        }
    };
    let known_to_last = statement_day.unwrap_or(Day::MIN);
    let ends = match end {
        IntervalEndpoint::Date(date) => days_of(date)?,
        IntervalEndpoint::OnOrAfter(date) => Days { first: days_of(date)?.first.max(known_to_last), last: Day::MAX },
        IntervalEndpoint::Open => Days { first: known_to_last, last: Day::MAX },
        IntervalEndpoint::OnOrBefore(_) | IntervalEndpoint::Unknown => Days { first: Day::MIN, last: Day::MAX },
    };
    if starts.first > ends.last {
        return Err(refuse("the end is before the start", "write the earlier date first"));
    }
    // No start is after its end, so imprecise ends that overlap bound each other.
    Ok(Span {
        s1: starts.first,
        s2: starts.last.min(ends.last),
        e1: ends.first.max(starts.first),
        e2: ends.last,
        extent: TimeExtent::Throughout,
        uncertain: false,
    })
}

/// The days that one date can be.
fn days_of(date: &Date) -> Result<Days, SpanError> {
    // 21 to 24 are spring to winter of an unnamed hemisphere: two readings, half a year apart.
    if date.month.and_then(DateField::value).is_some_and(|code| (21..=24).contains(&code)) {
        return Err(refuse(
            "a season of no stated hemisphere",
            "write its months, such as [2023-06..2023-08], or a code from 25 (northern spring) to 32 (southern winter)",
        ));
    }
    let bounds = Edtf::Date(*date).bounds();
    let (Some(first), Some(last)) = (calendar(bounds.earliest), calendar(bounds.latest)) else {
        return Err(refuse("a year outside 0001 to 9999", EXAMPLES));
    };
    let Some(shift) = approximation(date) else {
        return Ok(Days { first: Day::from_date(first), last: Day::from_date(last) });
    };
    // Beyond the calendar's ends there is nothing to widen into.
    let earlier = first.saturating_sub(shift).max(civil::date(1, 1, 1));
    let later = last.saturating_add(shift);
    // A month later than the whole of November is the whole of December, 31 days.
    let whole_months = shift.get_days() == 0 && last.day() == last.days_in_month();
    let later = if whole_months { later.last_of_month() } else { later };
    Ok(Days { first: Day::from_date(earlier), last: Day::from_date(later) })
}

fn calendar(bound: Bound) -> Option<civil::Date> {
    let Bound::Date(BoundDate { year, month, day }) = bound else { return None };
    let year = i16::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
    civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// How far a date that is about right can be off on either side: by the unit of its finest component that is marked
/// approximate, or if that is not written in full (`2023-10-XX~`) of the next one that is.
fn approximation(date: &Date) -> Option<Shift> {
    if !date.is_approximate() {
        return None;
    }
    let marked = |component: Option<DateField>| component.is_some_and(|field| field.qualifier.approximate);
    let whole = |component: Option<DateField>| component.is_some_and(|field| !field.has_unspecified());
    let shift = if marked(date.day) && whole(date.day) {
        3.days()
    } else if (marked(date.day) || marked(date.month)) && whole(date.month) {
        1.month()
    } else {
        1.year()
    };
    Some(shift)
}
