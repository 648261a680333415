//! Sentences of a document, for coverage.
//!
//! A paragraph is a run of lines that are not blank. Inside it, a sentence ends at `.`, `!`, `?` or `…` with any closing
//! quotation marks and brackets behind it, where white space and then no lower-case letter follow; not behind an initial or
//! a common abbreviation. What is left at the end of a paragraph is a sentence too: a heading is one, without a final mark.
//! A rule that splits too seldom only asks for less, so it may merge two sentences, but never drops a word.

use std::ops::Range;

/// Abbreviations that a name follows. Lower case, without the last period.
const BEFORE_NAMES: [&str; 26] = [
    "mr", "mrs", "ms", "dr", "prof", "gen", "col", "lt", "maj", "capt", "sgt", "cpl", "adm", "brig", "st", "vs", "e.g",
    "i.e", "cf", "approx", "ca", "rev", "hon", "gov", "sen", "rep",
];
/// Abbreviations that a number follows.
const BEFORE_NUMBERS: [&str; 6] = ["no", "nos", "art", "sec", "fig", "p"];

/// The byte ranges of the sentences, in order, without white space around them.
pub(super) fn split(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    for paragraph in paragraphs(text) {
        let mut start = paragraph.start;
        while let Some(end) = text.get(start..paragraph.end).and_then(first_end).map(|end| start + end) {
            push(text, start..end, &mut sentences);
            start = end;
        }
        push(text, start..paragraph.end, &mut sentences);
    }
    sentences
}

/// Runs of lines that are not blank.
fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    let mut open = false;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let blank = line.trim().is_empty();
        match found.last_mut() {
            Some(last) if open && !blank => last.end = end,
            _ if !blank => found.push(at..end),
            _ => {}
        }
        open = !blank;
        at = end;
    }
    found
}

fn push(text: &str, range: Range<usize>, sentences: &mut Vec<Range<usize>>) {
    let Some(part) = text.get(range.clone()) else { return };
    if part.chars().any(char::is_alphanumeric) {
        let start = range.start + part.len() - part.trim_start().len();
        sentences.push(start..start + part.trim().len());
    }
}

/// Where the first sentence of a text ends, if another begins in it.
fn first_end(text: &str) -> Option<usize> {
    let mut marks = text.char_indices().filter(|(_, c)| is_final(*c)).map(|(at, _)| at);
    marks.find_map(|at| {
        let rest = text.get(at..)?;
        let full_width = rest.starts_with(['。', '！', '？']);
        let closed = rest.trim_start_matches(|c| is_final(c) || is_closing(c));
        let follows = closed.trim_start();
        let apart = full_width || closed.starts_with(char::is_whitespace);
        let begins = follows.chars().next().is_some_and(|c| !c.is_lowercase());
        let abbreviated = rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(char::is_whitespace))
            && is_abbreviation(text.get(..at)?, follows);
        (apart && begins && !abbreviated).then_some(text.len() - closed.len())
    })
}

fn is_final(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '۔' | '।')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '»' | ')' | ']')
}

/// Whether a text ends with an initial or an abbreviation, so that the period behind it ends no sentence.
fn is_abbreviation(before: &str, after: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(' || c == '"' || c == '“').next().unwrap_or("");
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let dotted = word.contains('.') && word.split('.').all(|part| part.chars().count() <= 1);
    let lower = word.to_lowercase();
    let numbered = after.starts_with(|c: char| c.is_ascii_digit()) && BEFORE_NUMBERS.contains(&lower.as_str());
    initial || dotted || numbered || BEFORE_NAMES.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::split;

    fn parts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_sentence_ends_where_another_begins() {
        for (text, expected) in [
            ("One. Two! Three? Four… Five", vec!["One.", "Two!", "Three?", "Four…", "Five"]),
            ("He said “no.” She left.", vec!["He said “no.”", "She left."]),
            ("About 3.5 km of it. Then e.g. the rest.", vec!["About 3.5 km of it.", "Then e.g. the rest."]),
            ("Dr. A. B. Loom of the U.N. said so. It is.", vec!["Dr. A. B. Loom of the U.N. said so.", "It is."]),
            (
                "Wrapped over\ntwo lines. Next\n\nHeading\n\nLast.",
                vec!["Wrapped over\ntwo lines.", "Next", "Heading", "Last."],
            ),
            ("A ... b", vec!["A ... b"]),
            (" \n\n --- \n", vec![]),
            ("一。二。", vec!["一。", "二。"]),
            ("See No. 5. Then no. She left.", vec!["See No. 5.", "Then no.", "She left."]),
            ("First. 12 more.", vec!["First.", "12 more."]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_letter_is_left_out(text in "[A-Za-z .!?\n“”é]{0,80}") {
            let kept: String = parts(&text).concat();
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            proptest::prop_assert_eq!(letters(&kept), letters(&text));
        }
    }
}
