//! Made-up events in the shape of conflict data, for benches and tests of millions: the same for the same size.
//!
//! What decides how fast they are asked is kept as real data has it:
//! - few towns have most events (Zipf's law), so a search finds thousands of events on one point;
//! - days and places are as exact as in UCDP's Georeferenced Event Dataset: of a sample of a thousand rows of release 23.1, 85 %
//!   have a day, 11 % some days, the rest a week, a month or a year; 48 % lie on a point, 23 % near one, 14 % in a district, 15 %
//!   in a region or a country;
//! - each country has conflicts of its own, each with its actors and their sub-units;
//! - an event is as long as one of the shipped seed, and has as many claims: 954 bytes and 1.6 claims on average, twice what a row
//!   of such a data set takes; 5 % were revised by a later release and have two versions.
//!
//! Tables of sources, places and actors are held, events are made one by one.

mod dice;
mod event;
mod world;

/// Raised when other events are made up, so that no file of those before is measured.
pub(crate) const EDITION: u32 = 2;

pub(crate) use dice::Dice;
pub(crate) use event::Events;
pub(crate) use world::World;
