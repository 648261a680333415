//! Data sets of others → `.facts`: each row becomes an event with its producer's claim, or a place.
//!
//! A file is read as a stream, once (a gazetteer twice), and written as a stream: what is held is one row, a number for each
//! place, actor and source already written, and which ids there were. Nothing is repaired: a row that cannot be read is told with
//! its line and reason, and skipped only as often as the caller allows; a row that contradicts itself is kept and says so in its
//! claim.

use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    facts::{self, Replacement, Writer},
    model::day::Day,
    pb::seed::{End, Header},
};

mod acled;
mod countries;
mod gdelt;
mod geonames;
mod ids;
mod input;
mod names;
mod row;
mod rows;
mod sink;
mod time;
mod ucdp;
mod whereabouts;

use row::{Columns, Row};
use rows::Rows;
use sink::Sink;

/// A data set that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataSet {
    /// UCDP Georeferenced Event Dataset: CSV with a header.
    UcdpGed,
    /// ACLED: CSV with a header.
    Acled,
    /// GDELT events, version 1 or 2: tabs, no header.
    Gdelt,
    /// A GeoNames dump: tabs, no header.
    Geonames,
}

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The release of the data set, such as `23.1`. Told by the name of the file if absent.
    pub release: Option<String>,
    /// The day on which the data set was released. Unknown if absent.
    pub released: Option<Day>,
    /// How many rows may be skipped because they cannot be read.
    pub max_bad: u64,
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The file, as the caller named it.
    pub file: PathBuf,
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// The line on which it ends: another one if there are line breaks in quotes, or a quote that should have been closed.
    pub last_line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Who is told how it goes.
pub trait Watch {
    /// So many bytes of so many were read, and so many rows.
    fn progress(&mut self, read: u64, of: u64, rows: u64);
    /// A row cannot be read.
    fn bad(&mut self, bad: &Bad);
}

/// What was imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows that were read, bad ones included.
    pub rows: u64,
    /// Rows that were skipped.
    pub bad: u64,
    /// What the file holds.
    pub written: End,
    /// What was kept although something is odd about it: what it is, and how often.
    pub flags: BTreeMap<String, u64>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{}: {reason}", file.display())]
    Input {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The output cannot be written.
    #[error("{}: cannot be written: {reason}", file.display())]
    Output {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The data set does not say what it is.
    #[error("{0}")]
    Release(String),
    /// More rows than allowed cannot be read.
    #[error("{}", too_many(*bad, *rows, *all))]
    TooManyBad {
        /// How many.
        bad: u64,
        /// Of how many read until then.
        rows: u64,
        /// Whether these are all rows there are.
        all: bool,
    },
}

fn too_many(bad: u64, rows: u64, all: bool) -> String {
    let (of, least) = if all { ("", "so many") } else { ("the first ", "at least so many") };
    format!(
        "{bad} of {of}{rows} rows cannot be read, so nothing was written; mend them, or allow {least} with --max-bad {bad}"
    )
}

/// Why a row gives nothing.
enum Stop {
    /// It cannot be read.
    Bad(String),
    /// It cannot be written.
    Failed(facts::Error),
}

impl From<facts::Error> for Stop {
    fn from(error: facts::Error) -> Stop {
        Stop::Failed(error)
    }
}

/// What turns the rows of a data set into facts.
trait Importer {
    /// What the file is to say of itself.
    fn header(&self) -> Header;
    /// Says how the file is laid out, and which columns are wanted.
    fn layout(&self) -> row::Layout;
    /// Writes what stands before the rows: the source.
    fn begin(&mut self, sink: &mut Sink) -> Result<(), facts::Error>;
    /// Writes what a row says.
    fn row(&mut self, row: &Row<'_>, sink: &mut Sink) -> Result<(), Stop>;
    /// Writes what is known only when all rows were read.
    fn end(&mut self, _sink: &mut Sink) -> Result<(), facts::Error> {
        Ok(())
    }
}

/// How many bad rows more than allowed are told before giving up.
const TOLD: u64 = 9;

/// After how many rows progress is told: often enough to be seen, seldom enough to cost nothing.
const STEP: u64 = 4096;

/// Imports files of a data set into a `.facts` file, which takes the place of an older one only when it is whole.
pub fn import(
    data_set: DataSet,
    files: &[PathBuf],
    out: &Path,
    options: &Options,
    watch: &mut dyn Watch,
) -> Result<Summary, Error> {
    let size = input::sizes(files);
    let (mut of, mut before) = (size, 0);
    let mut importer: Box<dyn Importer> = match data_set {
        DataSet::UcdpGed => Box::new(ucdp::UcdpGed::new(files, options)?),
        DataSet::Acled => Box::new(acled::Acled::new(options)?),
        DataSet::Gdelt => Box::new(gdelt::Gdelt::new(options)?),
        DataSet::Geonames => {
            (of, before) = (2 * size, size);
            let progress = &mut |read, rows| watch.progress(read, of, rows);
            Box::new(geonames::Geonames::new(files, options, progress)?)
        }
    };
    let unwritten = |error: &dyn std::fmt::Display| Error::Output { file: out.to_owned(), reason: error.to_string() };
    let replacement = Replacement::new(out).map_err(|error| unwritten(&error))?;
    let writer = Writer::new(BufWriter::with_capacity(1 << 18, replacement), importer.header());
    let mut sink = Sink::new(writer.map_err(|error| unwritten(&error))?);
    importer.begin(&mut sink).map_err(|error| unwritten(&error))?;
    let mut run = Run { importer: &mut *importer, options, watch, of, before, rows: 0, bad: 0 };
    run.watch.progress(before, of, 0);
    for file in files {
        run.file(file, &mut sink, &unwritten)?;
    }
    let (rows, bad) = (run.rows, run.bad);
    importer.end(&mut sink).map_err(|error| unwritten(&error))?;
    if bad > options.max_bad {
        return Err(Error::TooManyBad { bad, rows, all: true });
    }
    let (flags, finished) = sink.finish();
    let (written, buffer) = finished.map_err(|error| unwritten(&error))?;
    let replacement = buffer.into_inner().map_err(|error| unwritten(error.error()))?;
    replacement.commit().map_err(|error| unwritten(&error))?;
    Ok(Summary { rows, bad, written, flags })
}

/// One run over all files.
struct Run<'a> {
    importer: &'a mut dyn Importer,
    options: &'a Options,
    watch: &'a mut dyn Watch,
    /// Bytes of all files.
    of: u64,
    /// Bytes of the files before this one.
    before: u64,
    rows: u64,
    bad: u64,
}

impl Run<'_> {
    fn file(
        &mut self,
        file: &Path,
        sink: &mut Sink,
        unwritten: &dyn Fn(&dyn std::fmt::Display) -> Error,
    ) -> Result<(), Error> {
        let unread = |reason: String| Error::Input { file: file.to_owned(), reason };
        let layout = self.importer.layout();
        let opened = input::open(file).map_err(|error| unread(unopened(&error)))?;
        let mut rows = Rows::new(&layout, opened.input).map_err(|error| unread(unopened(&error)))?;
        let columns = Columns::bind(&layout, &mut rows).map_err(unread)?;
        while let Some(record) = rows.next().map_err(unread)? {
            self.rows += 1;
            let outcome = columns.row(record).map_err(Stop::Bad).and_then(|row| self.importer.row(&row, sink));
            match outcome {
                Ok(()) => {}
                Err(Stop::Failed(error)) => return Err(unwritten(&error)),
                Err(Stop::Bad(reason)) => {
                    self.bad += 1;
                    let (line, last_line) = rows.lines();
                    self.watch.bad(&Bad { file: file.to_owned(), line, last_line, reason });
                    if self.bad > self.options.max_bad.saturating_add(TOLD) {
                        return Err(Error::TooManyBad { bad: self.bad, rows: self.rows, all: false });
                    }
                }
            }
            if self.rows.is_multiple_of(STEP) {
                self.watch.progress(self.before + opened.read.get(), self.of, self.rows);
            }
        }
        self.before += opened.read.get();
        self.watch.progress(self.before, self.of, self.rows);
        Ok(())
    }
}

fn unopened(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Makes sure that what is buffered is written before the file is closed.
impl Sink {
    #[expect(clippy::type_complexity, reason = "the parts of a sink, taken apart once")]
    fn finish(self) -> (BTreeMap<String, u64>, Result<(End, BufWriter<Replacement>), facts::Error>) {
        let (flags, writer) = self.into_parts();
        let finished = writer.finish().and_then(|(end, mut buffer)| {
            buffer.flush().map_err(|error| facts::Error { record: 0, fault: error.into() })?;
            Ok((end, buffer))
        });
        (flags, finished)
    }
}
