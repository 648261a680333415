//! Bounds and matches against every day that a text can mean and every start and end that it leaves open.

use std::{ops::RangeInclusive, sync::LazyLock};

use proptest::prelude::*;

use super::*;

/// A day of the calendar that the search walks.
struct Dated {
    day: Day,
    text: String,
    /// Months since the year 0.
    month: i32,
    year: i32,
}

/// 2019 to 2027, wide enough for a year more or less than any date below.
static CALENDAR: LazyLock<Vec<Dated>> = LazyLock::new(|| {
    let days = (day("2019-01-01").epoch_days()..=day("2027-12-31").epoch_days()).map(Day::from_epoch);
    let dated = |day: Day| {
        let date = day.date().expect("a day");
        let year = i32::from(date.year());
        Dated { day, text: day.to_string(), month: year * 12 + i32::from(date.month()), year }
    };
    days.map(dated).collect()
});

/// A date with its qualifier, `X` for digits left open.
#[derive(Debug, Clone)]
struct Written {
    digits: String,
    qualifier: &'static str,
}

impl Written {
    fn text(&self) -> String {
        format!("{}{}", self.digits, self.qualifier)
    }

    /// All days whose digits are those written.
    fn plain(&self) -> Vec<&'static Dated> {
        let fits = |dated: &&Dated| {
            dated.text.chars().zip(self.digits.chars()).all(|(is, wanted)| wanted == 'X' || is == wanted)
        };
        CALENDAR.iter().filter(fits).collect()
    }

    /// First and last day it can mean: those written, and if it is only about right the neighbours by its unit.
    fn days(&self) -> Option<RangeInclusive<Day>> {
        let plain = self.plain();
        let whole = |part: usize| self.digits.split('-').nth(part).is_some_and(|digits| !digits.contains('X'));
        let is_near = |dated: &&Dated| {
            plain.iter().any(|other| match self.qualifier {
                "~" | "%" if whole(2) => dated.day.epoch_days().abs_diff(other.day.epoch_days()) <= 3,
                "~" | "%" if whole(1) => dated.month.abs_diff(other.month) <= 1,
                "~" | "%" => dated.year.abs_diff(other.year) <= 1,
                _ => dated.day == other.day,
            })
        };
        let first = CALENDAR.iter().find(is_near)?;
        let last = CALENDAR.iter().rfind(is_near)?;
        Some(first.day..=last.day)
    }

    fn uncertain(&self) -> bool {
        matches!(self.qualifier, "?" | "%")
    }
}

/// Dates by year, month or day. Those with digits left open only if wanted: they are wide.
fn any_written(open_digits: bool) -> impl Strategy<Value = Written> {
    let masks: &[&str] = if open_digits {
        &[
            "YYYY",
            "YYYX",
            "YYYY-MM",
            "YYYY-MM-DD",
            "YYYY-XX",
            "YYYY-XX-DD",
            "YYYY-MM-XX",
            "YYYY-MM-DX",
            "YYYY-MX",
            "YYYX-MM",
        ]
    } else {
        &["YYYY-MM", "YYYY-MM-DD", "YYYY-MM-XX", "YYYY-MM-DX"]
    };
    let start = day("2021-03-01").epoch_days();
    let qualifier = prop_oneof![3 => Just(""), 1 => Just("~"), 1 => Just("?"), 1 => Just("%")];
    (start..start + 1200, prop::sample::select(masks), qualifier).prop_map(|(epoch, mask, qualifier)| {
        let plain = Day::from_epoch(epoch).to_string();
        let digits =
            plain.chars().zip(mask.chars()).map(|(digit, mask)| if mask == 'X' { 'X' } else { digit }).collect();
        // What a digit left open inside a month or a year is about has no simpler rule than ours: see the table.
        let partly = ["YYYY-MM-DX", "YYYY-MX", "YYYX-MM"].contains(&mask);
        let qualifier = if partly { qualifier.trim_matches(['~', '%']) } else { qualifier };
        Written { digits, qualifier }
    })
}

fn any_window() -> impl Strategy<Value = (Day, Day)> {
    let start = day("2021-01-01").epoch_days();
    let length = prop_oneof![0..5, 0..60, 0..1500];
    (start..start + 1500, length, prop_oneof![6 => Just(0), 1 => Just(1), 1 => Just(2)]).prop_map(
        |(first, length, open)| {
            let first_day = if open == 1 { Day::MIN } else { Day::from_epoch(first) };
            let last_day = if open == 2 { Day::MAX } else { Day::from_epoch(first + length) };
            (first_day, last_day)
        },
    )
}

/// All starts and ends that the bounds allow. An open bound is taken as the calendar's end: no window reaches so far.
fn concrete(starts: &RangeInclusive<Day>, ends: &RangeInclusive<Day>) -> Vec<(Day, Day)> {
    let epochs = |days: &RangeInclusive<Day>| {
        let first = (*days.start()).max(day("2020-01-01"));
        let last = (*days.end()).min(day("2026-12-31"));
        first.epoch_days()..=last.epoch_days()
    };
    let mut pairs = Vec::new();
    for start in epochs(starts) {
        pairs
            .extend(epochs(ends).filter(|end| *end >= start).map(|end| (Day::from_epoch(start), Day::from_epoch(end))));
    }
    pairs
}

fn touches((start, end): (Day, Day), (first, last): (Day, Day)) -> bool {
    start <= last && end >= first
}

/// Whether the span matches each window as all that it can concretely be does.
fn check(span: &Span, pairs: &[(Day, Day)], windows: &[(Day, Day)]) -> Result<(), TestCaseError> {
    for &(first, last) in windows {
        let all = match span.extent {
            TimeExtent::Throughout => pairs.iter().all(|pair| touches(*pair, (first, last))),
            _ => pairs.iter().all(|(start, end)| *start >= first && *end <= last),
        };
        let some = pairs.iter().any(|pair| touches(*pair, (first, last)));
        prop_assert_eq!(span.possible(first, last), some, "possible {} {}", first, last);
        prop_assert_eq!(span.certain(first, last), all && !span.uncertain, "certain {} {}", first, last);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_date_means_the_days_that_fit_it(written in any_written(true)) {
        let parsed = Span::parse(&written.text(), None);
        let Some(days) = written.days() else {
            prop_assert!(parsed.is_err(), "no day fits");
            return Ok(());
        };
        let inside = days.start() > &day("2019-12-31") && days.end() < &day("2027-01-01");
        // A decade is wider than the calendar above.
        prop_assume!(inside);
        let expected = Span { uncertain: written.uncertain(), ..Span::within(*days.start(), *days.end()) };
        prop_assert_eq!(parsed, Ok(expected), "{}", written.text());
    }

    #[test]
    fn an_interval_matches_as_all_its_starts_and_ends_do(
        a in any_written(false), b in any_written(false), statement in any_window(), open in 0..4,
        windows in prop::collection::vec(any_window(), 12),
    ) {
        let (Some(starts), Some(ends)) = (a.days(), b.days()) else { return Ok(()) };
        let statement = (statement.0 != Day::MIN).then_some(statement.0);
        let (text, starts, ends) = match open {
            0 => (format!("{}/..", a.text()), starts, statement.unwrap_or(Day::MIN)..=Day::MAX),
            1 => (format!("../{}", b.text()), Day::MIN..=Day::MAX, ends),
            _ => (format!("{}/{}", a.text(), b.text()), starts, ends),
        };
        let parsed = Span::parse(&text, statement);
        if open > 1 && a.plain().first().map(|dated| dated.day) > b.plain().last().map(|dated| dated.day) {
            prop_assert!(parsed.is_err(), "{} is inverted", text);
            return Ok(());
        }
        let span = parsed.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(span.extent, TimeExtent::Throughout);
        prop_assert_eq!(span.uncertain, (open != 1 && a.uncertain()) || (open != 0 && b.uncertain()));
        check(&span, &concrete(&starts, &ends), &windows)?;
    }

    #[test]
    fn a_set_matches_as_all_its_days_do(
        members in prop::collection::vec(any_written(false), 1..4), open in 0..4, one in any::<bool>(),
        windows in prop::collection::vec(any_window(), 12),
    ) {
        let ranges: Option<Vec<_>> = members.iter().map(Written::days).collect();
        let Some(ranges) = ranges else { return Ok(()) };
        let first = if open == 0 { Day::MIN } else { *ranges.iter().map(RangeInclusive::start).min().expect("members") };
        let last = if open == 1 { Day::MAX } else { *ranges.iter().map(RangeInclusive::end).max().expect("members") };
        let list: Vec<String> = members.iter().map(Written::text).collect();
        let (before, after) = (if open == 0 { ".." } else { "" }, if open == 1 { ".." } else { "" });
        let (left, right) = if one { ('[', ']') } else { ('{', '}') };
        let span = Span::parse(&format!("{left}{before}{}{after}{right}", list.join(",")), None);
        let span = span.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!((span.s1, span.s2, span.e1, span.e2), (first, last, first, last));
        // Something wider than half a year makes too many pairs; bounds are compared above.
        if span.width() < 180 {
            check(&span, &concrete(&(first..=last), &(first..=last)), &windows)?;
        }
    }

    #[test]
    fn two_spans_share_a_day_if_some_day_is_possible_for_both(a in any_written(false), b in any_written(false), c in any_written(false)) {
        let (Ok(one), Ok(interval)) = (Span::parse(&a.text(), None), Span::parse(&format!("{}/{}", b.text(), c.text()), None)) else {
            return Ok(());
        };
        let shared = CALENDAR.iter().any(|&Dated { day, .. }| one.possible(day, day) && interval.possible(day, day));
        prop_assert_eq!(one.shared_day(&interval), shared);
        prop_assert_eq!(interval.shared_day(&one), shared);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn any_text_is_a_span_in_order_or_refused(
        text in prop_oneof!["[0-9X~?%/.,TYSEZ:+{}\\[\\]-]{0,24}", "[\\[{]?[0-2X]{4}(-[0-3X]{2}){0,2}[~?%]?(/|\\.\\.|,)?([0-2X]{4}(-[0-3X]{2}){0,2}[~?%]?)?[\\]}]?", any::<String>()],
        statement in prop::option::of(-800_000..3_000_000),
    ) {
        match Span::parse(&text, statement.map(Day::from_epoch)) {
            Ok(span) => {
                prop_assert!(span.s1 <= span.s2 && span.s1 <= span.e1 && span.e1 <= span.e2 && span.s2 <= span.e2, "{:?}", span);
                // Each bound that is a day is one that the calendar can show.
                for bound in [span.s1, span.s2, span.e1, span.e2] {
                    let open = bound == Day::MIN || bound == Day::MAX;
                    prop_assert!(open || bound.to_field().parse::<Day>() == Ok(bound), "{:?}", span);
                }
                prop_assert!(span.certain(Day::MIN, Day::MAX) != span.uncertain && span.possible(Day::MIN, Day::MAX));
            }
            Err(SpanError(message)) => prop_assert!(message.contains("; "), "{}", message),
        }
    }
}
