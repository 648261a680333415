//! Why a `.facts` file cannot be read or written.

use std::{fmt, io};

/// Why a `.facts` file cannot be read or written, and at which record.
#[derive(Debug)]
pub struct Error {
    /// The number of the record, from 1. Zero before the first.
    pub record: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a `.facts` file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It could not be read or written.
    #[error("cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("no .facts file; write one with `dossier import`")]
    Foreign,
    /// It was written by a later version of this program.
    #[error("format version {0} is newer than this program, which reads {version}; take a newer dossier", version = super::VERSION)]
    Newer(u16),
    /// It ends too early.
    #[error("the file is cut short; import it again")]
    Cut,
    /// A record is longer than any may be.
    #[error("a record of {0} bytes, and at most {most} are taken; it is damaged, or holds more than can be served", most = super::LONGEST)]
    TooLong(u64),
    /// The bytes are not those that were written.
    #[error("the record is damaged: its checksum differs; import the file again")]
    Damaged,
    /// The bytes are whole, and no record of this version.
    #[error("the record cannot be understood: {0}; take a newer dossier")]
    Unknown(String),
    /// A header, an end or something else where it does not belong.
    #[error("{0}; import the file again")]
    Misplaced(&'static str),
}

impl Error {
    pub(super) fn new(record: u64, fault: impl Into<Fault>) -> Error {
        Error { record, fault: fault.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.record {
            0 => self.fault.fmt(f),
            record => write!(f, "record {record}: {}", self.fault),
        }
    }
}

impl std::error::Error for Error {}
