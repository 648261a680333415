//! Comma-separated values (RFC 4180): UTF-8, a header, CRLF, quotes where they are needed.
//!
//! Names in a list are joined by semicolons, which no name has. A text that a spreadsheet would take for a formula gets an
//! apostrophe before it: whoever wrote a title must not run code where the file is opened.

use std::{borrow::Cow, io::Write};

use super::{
    Error, Writer,
    row::Row,
    sources::Sources,
    table::{COLUMNS, Cell},
};

/// The writer.
pub(super) struct Csv<W: Write> {
    out: csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W) -> Result<Csv<W>, Error> {
        let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        out.write_record(COLUMNS.iter().map(|column| column.name)).map_err(io)?;
        Ok(Csv { out })
    }
}

impl<W: Write> Writer for Csv<W> {
    fn rows(&mut self, rows: &[Row<'_>]) -> Result<(), Error> {
        for row in rows {
            for column in &COLUMNS {
                self.out.write_field(text((column.cell)(row)).as_bytes()).map_err(io)?;
            }
            self.out.write_record(None::<&[u8]>).map_err(io)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &Sources) -> Result<(), Error> {
        Ok(self.out.flush()?)
    }
}

fn io(error: csv::Error) -> Error {
    Error::Write(error.into())
}

fn text(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => defused(text),
        Cell::Number(number) => number.map(|number| number.to_string()).unwrap_or_default().into(),
        Cell::Count(count) => count.map(|count| count.to_string()).unwrap_or_default().into(),
        Cell::Flag(flag) => if flag { "true" } else { "false" }.into(),
        Cell::List(names) => names.join(";").into(),
    }
}

/// A text that no spreadsheet takes for a formula (OWASP, "CSV Injection": what begins with `=`, `+`, `-`, `@`, a tab or a line
/// break, in full width too). Numbers are ours and stay as they are.
fn defused(text: &str) -> Cow<'_, str> {
    const BEGINNINGS: [char; 11] =
        ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    if text.starts_with(BEGINNINGS) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_nothing_else_is_touched() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", "\u{ff1d}1"] {
            assert_eq!(defused(text), format!("'{text}"));
        }
        for text in ["", "a", "a=1", " =1", "'", "2031-01-01", "\u{e9}-1"] {
            assert_eq!(defused(text), text);
        }
        assert_eq!(text(Cell::Number(Some(-3.5))), "-3.5");
        assert_eq!(text(Cell::Count(None)), "");
    }
}
