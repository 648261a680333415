//! All forms of EDTF with their bounds, and what follows from bounds.

mod brute_force;

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
        ("2023-10-0X~", "within 2023-09-01 2023-11-09"),
        ("2023-1X~", "within 2022-10-01 2024-12-31"),
        ("2023-XX-09~", "within 2023-01-06 2023-12-12"),
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

#[test]
fn what_nobody_dated_is_bounded_by_its_statement() {
    let said = day("2023-10-09");
    for (prospective, statement, first, last) in [
        (true, Some(said), said, Day::MAX),
        (false, Some(said), Day::MIN, said),
        (true, None, Day::MIN, Day::MAX),
        (false, None, Day::MIN, Day::MAX),
    ] {
        let span = Span::undated(prospective, statement);
        assert_eq!((span.s1, span.s2, span.e1, span.e2), (first, last, first, last));
        assert!(span.possible(said, said) && !span.certain(Day::MIN, Day::MAX));
    }
    assert!(!Span::undated(true, Some(said)).possible(Day::MIN, said.plus(-1)));
    assert!(!Span::undated(false, Some(said)).possible(said.plus(1), Day::MAX));
}

#[test]
fn a_window_is_touched_or_filled() {
    for (edtf, first, last, possible, certain) in [
        ("2023-10-09", "2023-10-09", "2023-10-09", true, true),
        ("2023-10", "2023-10-31", "2023-11-30", true, false),
        ("2023-10", "2023-10-01", "2023-10-31", true, true),
        ("2023-10", "2023-11-01", "2023-11-30", false, false),
        ("2023-10?", "<", ">", true, false),
        ("[..2023-10-09]", "<", "2023-10-09", true, true),
        ("[..2023-10-09]", "2000-01-01", "2023-10-09", true, false),
        ("[2023-10-09..]", "2023-10-01", ">", true, true),
        ("[2023-10-09..]", "<", "2023-10-08", false, false),
        // From August to October it went on in September, whichever days it began and ended.
        ("2023-08/2023-10", "2023-09-01", "2023-09-01", true, true),
        ("2023-08/2023-10", "2023-08-30", "2023-08-30", true, false),
        ("2023-08/2023-10", "2023-08-31", "2023-08-31", true, true),
        ("2023-08/2023-10", "2023-10-02", "2023-10-31", true, false),
        ("2023-08/2023-10", "2023-11-01", ">", false, false),
        ("2023-08/..", "2023-10-09", "2023-10-09", true, true),
        ("2023-08/..", "2023-10-10", "2023-10-10", true, false),
        ("2023-08/..", "<", "2023-07-31", false, false),
        ("../2023-10-09", "2023-10-09", "2023-10-09", true, true),
        ("../2023-10-09", "2023-10-08", "2023-10-08", true, false),
    ] {
        let span = Span::parse(edtf, Some(day("2023-10-09"))).expect(edtf);
        let window = (day(first), day(last));
        assert_eq!(
            (span.possible(window.0, window.1), span.certain(window.0, window.1)),
            (possible, certain),
            "{edtf}"
        );
    }
}

#[test]
fn precision_is_the_widest_unknown() {
    for (edtf, precision, width) in [
        ("2023-10-09", TimePrecision::Day, 1),
        ("[2023-10-09..2023-10-10]", TimePrecision::Days, 2),
        ("[2023-10-02..2023-10-07]", TimePrecision::Days, 6),
        ("2023-10-09~", TimePrecision::Week, 7),
        ("[2023-10-02..2023-10-08]", TimePrecision::Week, 7),
        ("[2023-10-01..2023-10-08]", TimePrecision::Month, 8),
        ("2023-10", TimePrecision::Month, 31),
        ("2023-11~", TimePrecision::Year, 92),
        ("2024", TimePrecision::Year, 366),
        ("[2023-01-01..2024-01-02]", TimePrecision::Years, 367),
        ("201X", TimePrecision::Years, 3652),
        ("[..2023-10-09]", TimePrecision::Open, u32::MAX),
        ("[2023-10-09..]", TimePrecision::Open, u32::MAX),
        // Both ends are known to the day, however long it lasted.
        ("2022-08-01/2023-10-09", TimePrecision::Day, 435),
        ("2023-08-01/2023-10", TimePrecision::Month, 92),
        ("2023-08/2023-10-09", TimePrecision::Month, 70),
        ("2023-08-01/..", TimePrecision::Open, u32::MAX),
        ("../2023-08-01", TimePrecision::Open, u32::MAX),
    ] {
        let span = Span::parse(edtf, None).expect(edtf);
        assert_eq!((span.precision(), span.width()), (precision, width), "{edtf}");
    }
}

#[test]
fn the_served_fields_are_filled_from_the_bounds() {
    let filled = |edtf: &str| {
        let mut time = pb::TimeSpan { edtf: edtf.to_owned(), phrase: "since then".to_owned(), ..Default::default() };
        Span::parse(edtf, None).expect(edtf).fill(&mut time);
        assert_eq!((time.edtf.as_str(), time.phrase.as_str()), (edtf, "since then"));
        (time.first_day.clone(), time.last_day.clone(), time.extent(), time.precision())
    };
    let text = |text: &str| text.to_owned();
    let (sometime, throughout) = (TimeExtent::SometimeWithin, TimeExtent::Throughout);
    assert_eq!(filled("2023-10"), (text("2023-10-01"), text("2023-10-31"), sometime, TimePrecision::Month));
    assert_eq!(filled("[..2023-10-09]"), (text(""), text("2023-10-09"), sometime, TimePrecision::Open));
    assert_eq!(filled("2023-08/.."), (text("2023-08-01"), text(""), throughout, TimePrecision::Open));
}

#[test]
fn a_source_is_known_from_its_last_possible_day() {
    for (published, expected) in [
        ("2023-10-09", Some("2023-10-09")),
        ("2023-10", Some("2023-10-31")),
        ("2023-10-09~", Some("2023-10-12")),
        ("[2023-10-01..2023-10-09]", Some("2023-10-09")),
        ("[2023-10-01..]", None),
        ("", None),
        ("last week", None),
    ] {
        assert_eq!(source_day(published), expected.map(day), "{published}");
    }
}
