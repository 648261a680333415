//! The indexes: structures read in place over the bytes of an image, each with a builder that writes these bytes.
//!
//! Nothing is deserialised: opening checks lengths, a question follows offsets. No value read is trusted. Bytes that do not
//! mean anything are [`Damaged`](crate::store::image::Damaged) or give a wrong answer, never a panic and never an endless loop.

mod bytes;
pub(crate) mod lexicon;
pub(crate) mod names;
pub(crate) mod postings;
pub(crate) mod rows;
mod strings;
pub(crate) mod tallies;
pub(crate) mod ties;
pub(crate) mod towns;
pub(crate) mod words;
pub(crate) mod zones;
