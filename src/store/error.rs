//! Why a store cannot answer.

use super::image;
use crate::model::{day::Day, name::Collection};

/// Why a store cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Names that mean nothing here, or nothing on the day asked for.
    #[error("unknown names")]
    Unknown(Vec<Unknown>),
    /// What to search around has no point.
    #[error("{0} has no point")]
    NoLocation(String),
    /// The deadline passed.
    #[error("deadline exceeded")]
    DeadlineExceeded,
    /// A part of the data cannot be read: which, for the log. Callers are told only that it is so.
    #[error("the data is damaged: {0}")]
    Damaged(String),
}

/// A name that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Of which collection it would be.
    pub collection: Collection,
    /// The name.
    pub name: String,
    /// Names of the collection that are near to it, nearest first.
    pub near: Vec<String>,
    /// The day asked for, if it means something on others.
    pub not_yet: Option<Day>,
}

impl From<image::Damaged> for Error {
    fn from(damaged: image::Damaged) -> Error {
        Error::Damaged(damaged.to_string())
    }
}
