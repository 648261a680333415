//! EDTF: what is read keeps its promises, and says the same once it is printed and read again.

#![no_main]

use dossier::model::{day::Day, span::Span};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let day = text.parse::<Day>();
    if let Ok(day) = day {
        assert_eq!(day.to_string(), text, "a day is written in one way");
    }
    let told = text.get(..10).and_then(|start| start.parse().ok());
    for statement_day in [None, told] {
        let Ok(span) = Span::parse(text, statement_day) else { continue };
        holds(&span);
        // As the library prints it.
        let printed = edtf_core::Edtf::parse(text).expect("what we read it reads").to_string();
        let again = Span::parse(&printed, statement_day).unwrap_or_else(|error| panic!("{text} as {printed}: {error}"));
        assert_eq!(span, again, "{text} is printed as {printed}");
    }
    if let Ok(span) = Span::parse(text, None) {
        again(text, &span);
    }
});

/// The bounds are in order, and what is derived of them agrees.
fn holds(span: &Span) {
    assert!(span.s1 <= span.s2 && span.e1 <= span.e2 && span.s1 <= span.e1 && span.s2 <= span.e2, "{span:?}");
    let mut time = dossier::pb::TimeSpan::default();
    span.fill(&mut time);
    assert!(span.width() > 0, "{span:?}");
    assert!(span.possible(span.s1, span.e2) && span.shared_day(span), "{span:?}");
    assert!(!span.certain(span.s1, span.s1) || span.possible(span.s1, span.s1), "{span:?}");
}

/// A span at some time between two days, printed as importers do, is that span.
fn again(text: &str, span: &Span) {
    let (first, last) = (span.s1, span.e2);
    let printed = match (first == Day::MIN, last == Day::MAX) {
        (true, true) => return,
        _ if first == last => first.to_string(),
        (true, false) => format!("[..{last}]"),
        (false, true) => format!("[{first}..]"),
        (false, false) => format!("[{first}..{last}]"),
    };
    let read = Span::parse(&printed, None).unwrap_or_else(|error| panic!("{text} as {printed}: {error}"));
    assert_eq!(read, Span::within(first, last), "{text} as {printed}");
}
