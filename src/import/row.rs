//! Rows: columns found by the names in the header, and their values read.

use csv::ByteRecord;

use super::rows::Rows;
use crate::{model::sphere::Point, pb};

/// Digits of the longest number that anything may have.
const LONGEST_ID: usize = 20;

/// How a file is laid out.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// What separates fields.
    pub(super) delimiter: u8,
    /// Whether fields may stand in quotes.
    pub(super) quoted: bool,
    /// The columns wanted, in the order in which the importer counts them.
    pub(super) columns: &'static [Column],
    /// For files without a header, the layouts by number of fields: for each wanted column its place, if it has one.
    pub(super) headless: &'static [(usize, &'static [Option<usize>])],
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    /// Its names, over the releases.
    pub(super) names: &'static [&'static str],
    /// Whether there is nothing to import without it.
    pub(super) required: bool,
}

/// A column that must be there.
pub(super) const fn needed(names: &'static [&'static str]) -> Column {
    Column { names, required: true }
}

/// A column that some releases lack.
pub(super) const fn optional(names: &'static [&'static str]) -> Column {
    Column { names, required: false }
}

/// Where the wanted columns stand in a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// For each wanted column.
    at: Vec<Option<usize>>,
    /// How many fields a row has. None if that differs from row to row.
    width: Option<usize>,
    wanted: &'static [Column],
    headless: &'static [(usize, &'static [Option<usize>])],
}

impl Columns {
    /// Finds the columns by the header. What is wrong, if one is missing or stands twice.
    pub(super) fn bind(layout: &Layout, rows: &mut Rows) -> Result<Columns, String> {
        let wanted = layout.columns;
        if !layout.headless.is_empty() {
            return Ok(Columns { at: Vec::new(), width: None, wanted, headless: layout.headless });
        }
        let headers = rows.header()?;
        let same = |header: &[u8], name: &&str| header.trim_ascii().eq_ignore_ascii_case(name.as_bytes());
        let mut at = Vec::new();
        let mut missing = Vec::new();
        for column in wanted {
            let mut found =
                headers.iter().enumerate().filter(|(_, header)| column.names.iter().any(|name| same(header, name)));
            let first = found.next().map(|(at, _)| at);
            if found.next().is_some() {
                return Err(format!(
                    "the column `{}` stands twice in the header; keep one",
                    column.names.join("` or `")
                ));
            }
            if first.is_none() && column.required {
                missing.push(format!("`{}`", column.names.join("` or `")));
            }
            at.push(first);
        }
        if missing.is_empty() {
            let width = Some(headers.len());
            Ok(Columns { at, width, wanted, headless: &[] })
        } else {
            Err(format!("the header has no column {}; is it another data set?", missing.join(", ")))
        }
    }

    /// A row, if it has as many fields as it should.
    pub(super) fn row<'r>(&'r self, record: &'r ByteRecord) -> Result<Row<'r>, String> {
        let fields = record.len();
        match self.width {
            Some(width) if fields == width => Ok(Row { record, at: &self.at, wanted: self.wanted }),
            Some(width) => Err(format!("{fields} fields, and the header has {width}")),
            None => match self.headless.iter().find(|(width, _)| *width == fields) {
                Some((_, at)) => Ok(Row { record, at, wanted: self.wanted }),
                None => {
                    let widths: Vec<String> = self.headless.iter().map(|(width, _)| width.to_string()).collect();
                    Err(format!("{fields} fields, where {} are known", widths.join(", ")))
                }
            },
        }
    }
}

/// A row of a file. Columns are counted as the importer lists them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'r> {
    record: &'r ByteRecord,
    at: &'r [Option<usize>],
    wanted: &'static [Column],
}

impl<'r> Row<'r> {
    /// How many fields it has.
    pub(super) fn width(&self) -> usize {
        self.record.len()
    }

    /// What a column is called.
    pub(super) fn name(&self, column: usize) -> &'static str {
        self.wanted.get(column).and_then(|column| column.names.first()).copied().unwrap_or("?")
    }

    /// The text in a column, without white space around it. Empty if the file has no such column.
    pub(super) fn text(&self, column: usize) -> Result<&'r str, String> {
        let field = self.at.get(column).copied().flatten().and_then(|at| self.record.get(at)).unwrap_or_default();
        let text = str::from_utf8(field)
            .map_err(|_| format!("`{}` is not UTF-8; save the file as UTF-8", self.name(column)))?;
        Ok(text.trim())
    }

    /// The text in a column that may not be empty.
    pub(super) fn some(&self, column: usize) -> Result<&'r str, String> {
        match self.text(column)? {
            "" => Err(format!("`{}` is empty", self.name(column))),
            text => Ok(text),
        }
    }

    /// The number by which the data set names what the row is: digits, and no more of them than a name of ours takes.
    pub(super) fn id(&self, column: usize) -> Result<&'r str, String> {
        let id = self.some(column)?;
        let number = id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_digit());
        if number { Ok(id) } else { Err(self.wrong(column, id, "no number")) }
    }

    /// A whole number from 0, if there is one.
    pub(super) fn number(&self, column: usize) -> Result<Option<u32>, String> {
        match self.text(column)? {
            "" => Ok(None),
            text => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(self.wrong(column, text, "no whole number from 0")),
            },
        }
    }

    /// A point, if both coordinates are given.
    pub(super) fn point(&self, latitude: usize, longitude: usize) -> Result<Option<pb::LatLng>, String> {
        let number = |column| match self.text(column)? {
            "" => Ok(None),
            text => text.parse::<f64>().map(Some).map_err(|_| self.wrong(column, text, "no number")),
        };
        match (number(latitude)?, number(longitude)?) {
            (Some(lat), Some(lon)) => {
                Point::new(lat, lon).map_err(|error| error.0.split(';').next().unwrap_or_default().to_owned())?;
                Ok(Some(pb::LatLng { latitude: lat, longitude: lon }))
            }
            (None, None) => Ok(None),
            _ => Err(format!("`{}` without `{}`, or the other way round", self.name(latitude), self.name(longitude))),
        }
    }

    /// What is wrong with a value.
    pub(super) fn wrong(&self, column: usize, text: &str, what: &str) -> String {
        let short: String = text.chars().take(40).collect();
        format!("`{}` is \"{short}\", {what}", self.name(column))
    }
}

/// Text with single spaces for all white space in it: what a line break in a cell means.
pub(super) fn flat(text: &str) -> String {
    if !text.bytes().any(|b| b.is_ascii_whitespace() && b != b' ') && !text.contains("  ") {
        return text.trim().to_owned();
    }
    let mut flat = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !flat.is_empty() {
            flat.push(' ');
        }
        flat.push_str(word);
    }
    flat
}
