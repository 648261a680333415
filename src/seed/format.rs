//! Fact files in their canonical form, so that diffs show facts only.
//!
//! Fields stand in the order of the proto, two spaces a level, lists indented below their key, no flow style. A text stands
//! plain where YAML reads it as that text, else in single quotes; one that does not fit the line is folded at 120 columns.
//! Sections are set apart by a blank line. Items keep their order. Comments stay with what they stand above or beside; where
//! that cannot be done the file is left alone: after writing, the result is read back, and has to say the same.

use std::collections::HashMap;

use super::{
    contract,
    places::Places,
    problem::{Mark, Problem, ProblemKind, Report},
    read,
    tree::{self, Comment, Comments, Entry, Node, Tree, Value},
};

/// Widest line.
const WIDTH: usize = 120;

/// The canonical form of a fact file.
///
/// # Errors
/// What is wrong with the file, or which comment would be lost.
pub fn format(file: &str, text: &str) -> Result<String, Vec<Problem>> {
    let mut report = Report::default();
    let mut parsed = tree::parse(text);
    let before = says(file, &parsed, &mut report);
    if !report.problems.is_empty() {
        report.tidy();
        return Err(report.problems);
    }
    let Some(root) = &mut parsed.root else { return Ok(text.to_owned()) };
    let (mut header, tail) = attach(root, &parsed.comments);
    header.extend(above_first(root));
    let mut out = String::new();
    for comment in &header {
        push(&mut out, 0, &format!("#{comment}"));
    }
    if !header.is_empty() {
        out.push('\n');
    }
    write_root(root, &mut out);
    for comment in &tail {
        push(&mut out, 0, &format!("#{comment}"));
    }
    let read_back = tree::parse(&out);
    if let Some(lost) = lost(&parsed.comments, &read_back.comments) {
        let place = Places::new(file.into()).place(lost.mark);
        let what = "a comment that cannot be kept here";
        report.add(ProblemKind::Syntax, place, what, "put it on a line of its own above what it is about");
    } else if says(file, &read_back, &mut Report::default()) != before {
        let place = Places::new(file.into()).place(Mark::START);
        report.add(ProblemKind::Syntax, place, "the file would not say the same any more", "write it by hand");
    }
    if report.problems.is_empty() { Ok(out) } else { Err(report.problems) }
}

/// What a file says, as a message; problems go to the report.
fn says(file: &str, tree: &Tree, report: &mut Report) -> Option<prost_reflect::DynamicMessage> {
    let mut places = Places::new(file.into());
    for fault in &tree.faults {
        report.add(ProblemKind::Syntax, places.place(fault.mark), fault.what.clone(), fault.cure);
    }
    let descriptor = contract::fact_file()?;
    tree.root.as_ref().map(|root| read::message(root, "", &descriptor, &mut places, report))
}

/// A comment of the one list that is not in the other.
fn lost<'a>(before: &'a [Comment], after: &[Comment]) -> Option<&'a Comment> {
    let mut left: Vec<&str> = after.iter().map(|comment| comment.text.trim()).collect();
    before.iter().find(|comment| match left.iter().position(|text| *text == comment.text.trim()) {
        Some(at) => {
            left.swap_remove(at);
            false
        }
        None => true,
    })
}

/// Gives comments to the entries and items they stand above or beside; returns those above and below everything.
fn attach(root: &mut Node, comments: &[Comment]) -> (Vec<String>, Vec<String>) {
    let mut lines = Vec::new();
    visit(root, &mut |mark, _| lines.push(mark.line));
    let first = lines.first().copied().unwrap_or(0);
    let (mut header, mut tail) = (Vec::new(), Vec::new());
    let mut given: HashMap<usize, Comments> = HashMap::new();
    for comment in comments {
        let line = comment.mark.line;
        if !comment.alone {
            // Beside several that start on one line: the last of them. What finds no seat is noticed afterwards.
            if let Some(slot) = lines.iter().rposition(|start| *start == line) {
                given.entry(slot).or_default().right = Some(comment.text.clone());
            }
        } else if line < first {
            header.push(comment.text.clone());
        } else if let Some(slot) = lines.iter().position(|start| *start > line) {
            given.entry(slot).or_default().above.push(comment.text.clone());
        } else {
            tail.push(comment.text.clone());
        }
    }
    let mut slot = 0;
    visit(root, &mut |_, comments| {
        *comments = given.remove(&slot).unwrap_or_default();
        slot += 1;
    });
    (header, tail)
}

/// Takes the comments above what will stand first: above everything they are about the file, so they are written as such.
fn above_first(root: &mut Node) -> Vec<String> {
    let Value::Map(entries) = &mut root.value else { return Vec::new() };
    let first = sorted(entries, contract::fact_file().as_ref()).first().map(|entry| entry.mark);
    let first = entries.iter_mut().find(|entry| Some(entry.mark) == first);
    first.map(|entry| std::mem::take(&mut entry.comments.above)).unwrap_or_default()
}

/// Calls for every entry and item, in the order of the file.
fn visit(node: &mut Node, each: &mut dyn FnMut(Mark, &mut Comments)) {
    match &mut node.value {
        Value::Scalar { .. } | Value::Alias => {}
        Value::List(items) => {
            for item in items {
                each(item.mark, &mut item.comments);
                visit(item, each);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                each(entry.mark, &mut entry.comments);
                visit(&mut entry.node, each);
            }
        }
    }
}

fn push(out: &mut String, indent: usize, line: &str) {
    out.extend(std::iter::repeat_n(' ', indent));
    out.push_str(line);
    out.push('\n');
}

fn write_root(root: &Node, out: &mut String) {
    let Value::Map(entries) = &root.value else { return };
    let descriptor = contract::fact_file();
    for (index, entry) in sorted(entries, descriptor.as_ref()).into_iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        write_entry(entry, 0, None, descriptor.as_ref(), out);
    }
}

type Message = prost_reflect::MessageDescriptor;

/// Entries in the order of the proto.
fn sorted<'a>(entries: &'a [Entry], message: Option<&Message>) -> Vec<&'a Entry> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    let number = |entry: &&Entry| message?.get_field_by_name(&entry.key).map(|field| field.number());
    sorted.sort_by_key(|entry| number(entry).unwrap_or(u32::MAX));
    sorted
}

fn inner(message: Option<&Message>, key: &str) -> Option<Message> {
    match message?.get_field_by_name(key)?.kind() {
        prost_reflect::Kind::Message(inner) => Some(inner),
        _ => None,
    }
}

/// Whether the scalars of a field are texts, which need quotes where they look like something else.
fn is_text(message: Option<&Message>, key: &str) -> bool {
    let field = message.and_then(|message| message.get_field_by_name(key));
    field.is_some_and(|field| matches!(field.kind(), prost_reflect::Kind::String))
}

/// Writes an entry; behind a dash if it is the first of an item.
fn write_entry(entry: &Entry, indent: usize, dash: Option<usize>, message: Option<&Message>, out: &mut String) {
    let lead = dash.unwrap_or(indent);
    for comment in &entry.comments.above {
        push(out, lead, &format!("#{comment}"));
    }
    let key = if dash.is_some() { format!("- {}:", entry.key) } else { format!("{}:", entry.key) };
    let right = beside(entry.comments.right.as_ref());
    match &entry.node.value {
        Value::Scalar { text, .. } => {
            let seat = Seat { key: &key, lead, below: indent + 2, right: &right };
            write_scalar(&seat, text, is_text(message, &entry.key), out);
        }
        Value::Map(entries) => {
            push(out, lead, &format!("{key}{right}"));
            let inner = inner(message, &entry.key);
            for entry in sorted(entries, inner.as_ref()) {
                write_entry(entry, indent + 2, None, inner.as_ref(), out);
            }
        }
        Value::Alias => {}
        Value::List(items) => {
            push(out, lead, &format!("{key}{right}"));
            let inner = inner(message, &entry.key);
            for item in items {
                write_item(item, indent + 2, inner.as_ref(), is_text(message, &entry.key), out);
            }
        }
    }
}

fn write_item(item: &Node, indent: usize, message: Option<&Message>, is_text: bool, out: &mut String) {
    for comment in &item.comments.above {
        push(out, indent, &format!("#{comment}"));
    }
    let right = beside(item.comments.right.as_ref());
    match &item.value {
        Value::Scalar { text, .. } => {
            write_scalar(&Seat { key: "-", lead: indent, below: indent + 2, right: &right }, text, is_text, out);
        }
        Value::Map(entries) => {
            for (index, entry) in sorted(entries, message).into_iter().enumerate() {
                write_entry(entry, indent + 2, (index == 0).then_some(indent), message, out);
            }
        }
        // The format has no lists of lists, and a file with an alias is not formatted.
        Value::List(_) | Value::Alias => {}
    }
}

fn beside(comment: Option<&String>) -> String {
    comment.map(|comment| format!(" #{comment}")).unwrap_or_default()
}

/// Where a scalar goes: behind which key, at which indent, and at which its block goes on.
struct Seat<'a> {
    key: &'a str,
    lead: usize,
    below: usize,
    /// The comment beside it.
    right: &'a str,
}

fn write_scalar(seat: &Seat<'_>, text: &str, is_text: bool, out: &mut String) {
    let Seat { key, lead, below, right } = *seat;
    if text.contains(|c: char| c.is_control()) {
        push(out, lead, &format!("{key} {}{right}", double_quoted(text)));
        return;
    }
    let written = if !is_text || is_plain(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) };
    let width = lead + key.chars().count() + 1 + written.chars().count();
    if width <= WIDTH || !text.contains(' ') {
        push(out, lead, &format!("{key} {written}{right}"));
        return;
    }
    push(out, lead, &format!("{key} >-{right}"));
    for line in fold(text, WIDTH.saturating_sub(below)) {
        push(out, below, &line);
    }
}

/// Breaks a text at single spaces, so that YAML folds it back to the same.
fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut after_space = false;
    for word in text.split(' ') {
        // An empty word stands between two spaces: there the line must not break.
        let may_break = !word.is_empty() && !after_space;
        after_space = word.is_empty();
        match lines.last_mut() {
            Some(line) if !may_break || line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn double_quoted(text: &str) -> String {
    // JSON's escapes are YAML's.
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Whether YAML reads the text as that text without quotes, and so do the parsers of YAML 1.1 that editors use.
fn is_plain(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = ["true", "false", "null", "~", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];
    let first = text.chars().next();
    let indicator = first.is_none_or(|c| "-?:,[]{}#&*!|>'\"%@`<=".contains(c));
    let inside = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    !(words.contains(&lower.as_str()) || indicator || inside || is_number(text) || is_date(text))
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+' || c == '.') && text.parse::<f64>().is_ok()
}

/// Whether a text is made of digits and what joins them in dates, times and EDTF.
fn is_date(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let joined = text.contains(['-', ':', '/', '_', '~', '?', '%']);
    digits > 0 && joined && text.bytes().all(|b| b.is_ascii_digit() || b"-:/._~?%TZX".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WILD: &str = "\
# About this file.

# Before events.
events: # beside events
  # above the item
  - kind: EVENT_KIND_HANDOVER   # beside the kind
    title: \"A 'title': with marks\"
    # above the name
    name: \"events/a\"
    claims: [{stance: STANCE_ASSERTS, stated_date: 2030-01-02, citations: [{source: sources/s, quote: \"two\\nlines\"}]}]
sources:
- {name: sources/s, language: no}
# the end
";

    const TAME: &str = "\
# About this file.
# Before events.

sources:
  - name: sources/s
    language: 'no'

events: # beside events
  # above the item
  # above the name
  - name: events/a
    title: 'A ''title'': with marks'
    kind: EVENT_KIND_HANDOVER # beside the kind
    claims:
      - stance: STANCE_ASSERTS
        stated_date: '2030-01-02'
        citations:
          - source: sources/s
            quote: \"two\\nlines\"
# the end
";

    #[test]
    fn a_wild_file_is_tamed_and_stays_so() {
        assert_eq!(format("f", WILD).as_deref(), Ok(TAME));
        assert_eq!(format("f", TAME).as_deref(), Ok(TAME));
    }

    #[test]
    fn a_comment_above_a_section_that_moves_up_is_one_of_the_file() {
        let text = "# of the file\nevents:\n  - name: events/a\n# of sources\nsources:\n  - name: sources/s\n";
        let once = format("f", text).expect("it is well formed");
        assert!(once.starts_with("# of the file\n# of sources\n\nsources:\n"), "{once}");
        assert_eq!(format("f", &once).as_ref(), Ok(&once));
    }

    #[test]
    fn a_comment_without_a_seat_stops_it() {
        let text = "sources:\n  - name: sources/s\n    title: 'two\n      lines' # lost\n";
        let problems = format("f", text).expect_err("the comment has no seat");
        assert_eq!(problems[0].place.to_string(), "f:4:14");
    }

    proptest::proptest! {
        #[test]
        fn any_text_stands_in_the_file_as_it_was(text in "[ -~é“”\n]{1,300}", words in "([a-z:#'-]{1,9} {1,2}){1,60}[a-z]") {
            for text in [text.trim(), &words] {
                if text.is_empty() {
                    continue;
                }
                let quoted = serde_json::Value::String(text.to_owned());
                let file = std::format!("sources:\n  - title: {quoted}\n    set_aside:\n      - quote: {quoted}\n");
                let once = format("f", &file).expect("it is well formed");
                proptest::prop_assert_eq!(format("f", &once).expect("so is the result"), once);
            }
        }
    }
}
