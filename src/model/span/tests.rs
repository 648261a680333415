//! All forms of EDTF, and matching against brute force.

use super::*;

fn day(text: &str) -> Day {
    match text {
        "<" => Day::MIN,
        ">" => Day::MAX,
        _ => text.parse().expect(text),
    }
}

fn bounds(edtf: &str) -> String {
    let span = Span::parse(edtf, Some(day("2023-10-09"))).unwrap_or_else(|error| panic!("{edtf}: {error}"));
    let show = |day: Day| match day {
        Day::MIN => "<".to_owned(),
        Day::MAX => ">".to_owned(),
        _ => day.to_string(),
    };
    let extent = if span.extent == TimeExtent::Throughout { "throughout" } else { "within" };
    let uncertain = if span.uncertain { " ?" } else { "" };
    if span.extent == TimeExtent::SometimeWithin {
        assert_eq!((span.s1, span.s2), (span.e1, span.e2), "{edtf}");
        return format!("{extent} {} {}{uncertain}", show(span.s1), show(span.e2));
    }
    format!("{extent} {} {} {} {}{uncertain}", show(span.s1), show(span.s2), show(span.e1), show(span.e2))
}

#[test]
fn a_date_or_a_set_lies_at_some_time_within_its_bounds() {
    for (edtf, expected) in [
        ("2023-10-09", "within 2023-10-09 2023-10-09"),
        ("2023-10", "within 2023-10-01 2023-10-31"),
        ("2024-02", "within 2024-02-01 2024-02-29"),
        ("2023", "within 2023-01-01 2023-12-31"),
        ("0001", "within 0001-01-01 0001-12-31"),
        ("9999-12-31", "within 9999-12-31 9999-12-31"),
        // Sets.
        ("[2023-11-15..2023-11-30]", "within 2023-11-15 2023-11-30"),
        ("[2023-10..2023-11]", "within 2023-10-01 2023-11-30"),
        ("[..2023-10-09]", "within < 2023-10-09"),
        ("[2023-10-09..]", "within 2023-10-09 >"),
        ("[2023-10-09,2023-10,2024]", "within 2023-10-01 2024-12-31"),
        ("[2023-10-09,2023-11-02..]", "within 2023-10-09 >"),
        ("{2023-10,2023-12}", "within 2023-10-01 2023-12-31"),
        ("{2023-08..2023-10}", "within 2023-08-01 2023-10-31"),
        ("{..2023-10-09}", "within < 2023-10-09"),
        // Unspecified digits.
        ("2023-XX", "within 2023-01-01 2023-12-31"),
        ("2023-1X", "within 2023-10-01 2023-12-31"),
        ("2023-10-XX", "within 2023-10-01 2023-10-31"),
        ("2023-10-1X", "within 2023-10-10 2023-10-19"),
        ("2023-XX-09", "within 2023-01-09 2023-12-09"),
        ("201X", "within 2010-01-01 2019-12-31"),
        ("20XX", "within 2000-01-01 2099-12-31"),
        ("1950S2", "within 1900-01-01 1999-12-31"),
        // Seasons of a hemisphere, quarters, thirds and halves of a year.
        ("2023-25", "within 2023-03-01 2023-05-31"),
        ("2023-28", "within 2023-12-01 2024-02-29"),
        ("2023-33", "within 2023-01-01 2023-03-31"),
        ("2023-41", "within 2023-07-01 2023-12-31"),
    ] {
        assert_eq!(bounds(edtf), expected, "{edtf}");
    }
}

#[test]
fn about_widens_by_the_unit_it_marks() {
    for (edtf, expected) in [
        ("2023-10-09~", "within 2023-10-06 2023-10-12"),
        ("2023-10-09?", "within 2023-10-09 2023-10-09 ?"),
        ("2023-10-09%", "within 2023-10-06 2023-10-12 ?"),
        ("2023-11~", "within 2023-10-01 2023-12-31"),
        ("2024-01~", "within 2023-12-01 2024-02-29"),
        ("2023~", "within 2022-01-01 2024-12-31"),
        ("2023-25~", "within 2023-02-01 2023-06-30"),
        ("0001~", "within 0001-01-01 0002-12-31"),
        ("9999-12-31~", "within 9999-12-28 9999-12-31"),
        // By component (level 2): the finest one that is marked.
        ("2023-~10-09", "within 2023-09-09 2023-11-09"),
        ("2023-10~-09", "within 2023-09-09 2023-11-09"),
        ("2023~-10-09", "within 2022-10-09 2024-10-09"),
        ("2023-10-~09", "within 2023-10-06 2023-10-12"),
        ("2024~-02-29", "within 2023-02-28 2025-02-28"),
        // Digits left open have no unit of their own.
        ("2023-10-XX~", "within 2023-09-01 2023-11-30"),
        ("2023-10-~XX", "within 2023-09-01 2023-11-30"),
        ("2023-XX~", "within 2022-01-01 2024-12-31"),
        ("201X~", "within 2009-01-01 2020-12-31"),
        ("[2023-10-09~,2023-11]", "within 2023-10-06 2023-11-30"),
        ("[2023-10-09?,2023-11]", "within 2023-10-09 2023-11-30 ?"),
        ("[..2023-10-09~]", "within < 2023-10-12"),
    ] {
        assert_eq!(bounds(edtf), expected, "{edtf}");
    }
}

#[test]
fn an_interval_goes_on_from_the_one_to_the_other() {
    for (edtf, expected) in [
        ("2023-08-01/2023-10-09", "throughout 2023-08-01 2023-08-01 2023-10-09 2023-10-09"),
        ("2023-08/2023-10", "throughout 2023-08-01 2023-08-31 2023-10-01 2023-10-31"),
        ("2023-08/2023-10-09~", "throughout 2023-08-01 2023-08-31 2023-10-06 2023-10-12"),
        ("2023-08?/2023-10", "throughout 2023-08-01 2023-08-31 2023-10-01 2023-10-31 ?"),
        // Imprecise ends that overlap bound each other.
        ("2023-10/2023-10", "throughout 2023-10-01 2023-10-31 2023-10-01 2023-10-31"),
        ("2023/2023-10", "throughout 2023-01-01 2023-10-31 2023-10-01 2023-10-31"),
        ("2023-10/2023", "throughout 2023-10-01 2023-10-31 2023-10-01 2023-12-31"),
        // An open end is known to last to the statement day, here 2023-10-09, an unknown one is not.
        ("2023-08/..", "throughout 2023-08-01 2023-08-31 2023-10-09 >"),
        ("2023-10/..", "throughout 2023-10-01 2023-10-31 2023-10-09 >"),
        ("2023-11/..", "throughout 2023-11-01 2023-11-30 2023-11-01 >"),
        ("2023-08/2023-09..", "throughout 2023-08-01 2023-08-31 2023-10-09 >"),
        ("2023-08/", "throughout 2023-08-01 2023-08-31 2023-08-01 >"),
        ("../2023-10", "throughout < 2023-10-31 2023-10-01 2023-10-31"),
        ("/2023-10-09", "throughout < 2023-10-09 2023-10-09 2023-10-09"),
        ("..2023-08/2023-10", "throughout < 2023-08-31 2023-10-01 2023-10-31"),
    ] {
        assert_eq!(bounds(edtf), expected, "{edtf}");
    }
    let undated = Span::parse("2023-08/..", None).expect("a span");
    assert_eq!((undated.e1, undated.e2), (day("2023-08-01"), Day::MAX));
}

#[test]
fn what_is_no_span_is_refused_with_its_cure() {
    for (edtf, wrong, right) in [
        ("", "an empty span", "leave the time out"),
        ("October 2023", "", "write EDTF such as"),
        ("9/10/2023", "", "write EDTF such as"),
        ("2023-13", "month must be 01-12", "write a month from 01 to 12"),
        ("2023-02-29", "day is out of range for the month (at character 9)", "a day that the calendar has"),
        ("2023-10-00", "day is out of range", "a day that the calendar has"),
        ("2023-02-3X", "day is out of range", "a day that the calendar has"),
        ("2023-10-09/2023-08-01", "precedes", "write the earlier date first"),
        ("[2023-11-30..2023-11-15]", "precedes", "write the earlier date first"),
        ("[2023-10..2023-11-15]", "share precision", "write both ends of the range plainly"),
        ("[2023-10-01..2023-11-15~]", "cannot be qualified", "write both ends of the range plainly"),
        ("../..", "dated endpoint", "leave the time out"),
        ("/", "dated endpoint", "leave the time out"),
        ("[..]", "alone is not", "leave the time out"),
        ("[]", "at least one element", "write EDTF such as"),
        ("2023-10-09T12:00:00Z", "a time of day", "write the day alone"),
        ("2023-21", "a season of no stated hemisphere", "write its months"),
        ("0000", "a year outside 0001 to 9999", "write EDTF such as"),
        ("XXXX", "a year outside 0001 to 9999", "write EDTF such as"),
        ("-0044-03-15", "a year outside 0001 to 9999", "write EDTF such as"),
        ("Y170000002", "a year outside 0001 to 9999", "write EDTF such as"),
        ("Y9E99999", "a year outside 0001 to 9999", "write EDTF such as"),
        ("9999-28", "a year outside 0001 to 9999", "write EDTF such as"),
        (" 2023", "whitespace", "write EDTF such as"),
        ("２０２３", "ASCII", "write EDTF such as"),
        (&"[".repeat(300), "a span of 300 bytes", "write at most 256"),
    ] {
        let SpanError(message) = Span::parse(edtf, None).expect_err(edtf);
        let (before, after) = message.split_once("; ").unwrap_or_else(|| panic!("{edtf}: no cure in {message}"));
        assert!(before.contains(wrong) && after.contains(right), "{edtf}: {message}");
    }
}
