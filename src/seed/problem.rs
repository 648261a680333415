//! What is wrong in fact files: one line each, with its place and its cure.

use std::{fmt, sync::Arc};

/// Where something stands: line and column from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Mark {
    /// The start of a file.
    pub const START: Mark = Mark { line: 1, column: 1 };
}

/// A record of a `.facts` file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    /// Its number, from 1. Zero for the file as a whole.
    pub number: u64,
    /// The name of what it holds. Empty if that is not known.
    pub name: String,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, as the caller named it or its folder.
    pub file: Arc<str>,
    /// Where in it, if it is a text.
    pub mark: Mark,
    /// Which record, if it is a `.facts` file.
    pub record: Option<Record>,
}

impl Place {
    /// A place in a text.
    pub(super) fn text(file: Arc<str>, mark: Mark) -> Place {
        Place { file, mark, record: None }
    }

    /// A record of a `.facts` file.
    pub(super) fn record(file: &Arc<str>, number: u64, name: &str) -> Place {
        let record = Some(Record { number, name: name.to_owned() });
        Place { file: Arc::clone(file), mark: Mark::START, record }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.record {
            None => write!(f, "{}:{}:{}", self.file, self.mark.line, self.mark.column),
            Some(Record { number: 0, .. }) => f.write_str(&self.file),
            Some(Record { number, name }) if name.is_empty() => write!(f, "{}: record {number}", self.file),
            Some(Record { number, name }) => write!(f, "{}: record {number} ({name})", self.file),
        }
    }
}

/// What a problem is about, for programs that sort them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// Files and folders: missing, too large, linked elsewhere.
    Folder,
    /// The YAML itself: its syntax, anchors, tags.
    Syntax,
    /// A key or a value that does not fit the format.
    Field,
    /// A name that is malformed or taken.
    Name,
    /// A reference to nothing.
    Reference,
    /// A quote or a source.
    Citation,
    /// A rule about facts.
    Fact,
    /// A time.
    Time,
    /// Coordinates, distances.
    Geography,
    /// A sentence that nothing cites.
    Coverage,
}

impl ProblemKind {
    /// The word for it in machine-readable output.
    pub const fn word(self) -> &'static str {
        match self {
            ProblemKind::Folder => "folder",
            ProblemKind::Syntax => "syntax",
            ProblemKind::Field => "field",
            ProblemKind::Name => "name",
            ProblemKind::Reference => "reference",
            ProblemKind::Citation => "citation",
            ProblemKind::Fact => "fact",
            ProblemKind::Time => "time",
            ProblemKind::Geography => "geography",
            ProblemKind::Coverage => "coverage",
        }
    }
}

/// What is wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What it is about.
    pub kind: ProblemKind,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub cure: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.what, self.cure)
    }
}

/// How much of the documents is cited, and how much was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Folders.
    pub data_sets: u32,
    /// Fact files.
    pub files: u32,
    /// Sources.
    pub sources: u32,
    /// Places.
    pub places: u32,
    /// Actors.
    pub actors: u32,
    /// Camps.
    pub camps: u32,
    /// Events.
    pub events: u32,
    /// Claims.
    pub claims: u32,
    /// Quotes that stand verbatim in their documents.
    pub quotes: u32,
    /// Documents at hand.
    pub documents: u32,
    /// Their sentences.
    pub sentences: u32,
    /// Sentences that a claim cites.
    pub cited: u32,
    /// Sentences set aside with a reason.
    pub set_aside: u32,
}

/// All that a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, by place.
    pub problems: Vec<Problem>,
    /// What is worth knowing and not wrong, by place.
    pub notes: Vec<Problem>,
    /// What was read.
    pub summary: Summary,
}

impl Report {
    /// Notes a problem.
    pub(super) fn add(&mut self, kind: ProblemKind, place: Place, what: impl Into<String>, cure: impl Into<String>) {
        self.problems.push(Problem { place, kind, what: what.into(), cure: cure.into() });
    }

    /// Notes what is no problem.
    pub(super) fn note(&mut self, kind: ProblemKind, place: Place, what: impl Into<String>, cure: impl Into<String>) {
        self.notes.push(Problem { place, kind, what: what.into(), cure: cure.into() });
    }

    /// Sorts by place; what was found twice is said once.
    pub(super) fn tidy(&mut self) {
        for list in [&mut self.problems, &mut self.notes] {
            list.sort();
            list.dedup();
        }
    }
}

impl fmt::Display for Report {
    /// One line a problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems.iter().try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl std::error::Error for Report {}
