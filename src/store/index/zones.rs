//! Zones: for each 256 rows and each chunk the bounds of their days, so that a window of days skips rows unseen.
//!
//! Rows come in order of time, but nothing rests on it: a zone tells what it tells of rows in any order.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::{bytes::all, postings::CHUNK};
use crate::{
    model::day::Day,
    store::image::{Damaged, Section},
};

/// Rows of a zone.
pub(crate) const ZONE: u32 = 256;

/// What can be told of rows without looking at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// None of them.
    None,
    /// Perhaps some.
    Some,
    /// All of them.
    All,
}

/// Bounds of the days of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Bounds {
    /// Earliest and latest first possible day.
    min_s1: i32,
    max_s1: i32,
    /// Earliest and latest last possible day.
    min_e2: i32,
    max_e2: i32,
}

impl Bounds {
    const NONE: Bounds = Bounds { min_s1: i32::MAX, max_s1: i32::MIN, min_e2: i32::MAX, max_e2: i32::MIN };

    fn add(&mut self, other: &Bounds) {
        self.min_s1 = self.min_s1.min(other.min_s1);
        self.max_s1 = self.max_s1.max(other.max_s1);
        self.min_e2 = self.min_e2.min(other.min_e2);
        self.max_e2 = self.max_e2.max(other.max_e2);
    }

    /// Of a window that must be touched possibly, or for certain, which implies possibly.
    fn verdict(&self, window: &Window) -> Verdict {
        let (first, last) = (window.first.epoch_days(), window.last.epoch_days());
        if self.min_s1 > last || self.max_e2 < first {
            Verdict::None
        } else if !window.certain && self.max_s1 <= last && self.min_e2 >= first {
            Verdict::All
        } else {
            Verdict::Some
        }
    }
}

/// A window of days, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// Its first day.
    pub(crate) first: Day,
    /// Its last day.
    pub(crate) last: Day,
    /// Whether it must be touched for certain rather than possibly.
    pub(crate) certain: bool,
}

/// The bounds of zones and of chunks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zones<'a> {
    zones: &'a [Bounds],
    chunks: &'a [Bounds],
}

impl<'a> Zones<'a> {
    /// The zones of so many rows.
    pub(crate) fn open(section: Section<'a>, rows: u32) -> Result<Zones<'a>, Damaged> {
        let bounds: &[Bounds] = all(section)?;
        let (zones, chunks) = bounds.split_at_checked(rows.div_ceil(ZONE) as usize).ok_or(section.damaged(0))?;
        if chunks.len() != rows.div_ceil(CHUNK) as usize {
            return Err(section.damaged(0));
        }
        Ok(Zones { zones, chunks })
    }

    /// What can be told of 256 rows.
    pub(crate) fn zone(&self, zone: u32, window: &Window) -> Verdict {
        self.zones.get(zone as usize).map_or(Verdict::Some, |bounds| bounds.verdict(window))
    }

    /// What can be told of a chunk.
    pub(crate) fn chunk(&self, chunk: u16, window: &Window) -> Verdict {
        self.chunks.get(usize::from(chunk)).map_or(Verdict::Some, |bounds| bounds.verdict(window))
    }
}

/// Collects the bounds of rows in their order.
#[derive(Debug, Default)]
pub(crate) struct ZonesBuilder {
    rows: u32,
    zones: Vec<Bounds>,
    chunks: Vec<Bounds>,
}

impl ZonesBuilder {
    /// Adds the next row by its first and last possible day.
    pub(crate) fn add(&mut self, s1: Day, e2: Day) {
        let (s1, e2) = (s1.epoch_days(), e2.epoch_days());
        let row = Bounds { min_s1: s1, max_s1: s1, min_e2: e2, max_e2: e2 };
        for (bounds, size) in [(&mut self.zones, ZONE), (&mut self.chunks, CHUNK)] {
            if self.rows.is_multiple_of(size) {
                bounds.push(Bounds::NONE);
            }
            if let Some(last) = bounds.last_mut() {
                last.add(&row);
            }
        }
        self.rows += 1;
    }

    /// The bytes.
    pub(crate) fn finish(self) -> Vec<u8> {
        [self.zones.as_bytes(), self.chunks.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::index::bytes::Held;

    proptest! {
        #[test]
        fn a_zone_never_tells_wrongly(
            rows in (1_i32..20).prop_flat_map(|most| prop::collection::vec((-most..most, 0_i32..10), 1..900)), first in -30_i32..25, len in 0_i32..60, certain in any::<bool>()
        ) {
            let day = Day::from_epoch;
            let mut builder = ZonesBuilder::default();
            for (s1, len) in &rows {
                builder.add(day(*s1), day(s1 + len));
            }
            let held = Held::new(&builder.finish());
            let zones = Zones::open(held.section(), rows.len() as u32).unwrap();
            let window = Window { first: day(first), last: day(first + len), certain };
            let touches = |(s1, of): &(i32, i32)| *s1 <= first + len && s1 + of >= first;
            for (at, zone) in (0_u32..).zip(rows.chunks(ZONE as usize)) {
                match zones.zone(at, &window) {
                    Verdict::None => prop_assert!(!zone.iter().any(touches)),
                    Verdict::All => prop_assert!(!certain && zone.iter().all(touches)),
                    Verdict::Some => prop_assert!(certain || !zone.iter().all(touches)),
                }
            }
            match zones.chunk(0, &window) {
                Verdict::None => prop_assert!(!rows.iter().any(touches)),
                Verdict::All => prop_assert!(rows.iter().all(touches)),
                Verdict::Some => {}
            }
            prop_assert!(Zones::open(held.section(), rows.len() as u32 + ZONE).is_err());
            prop_assert!(Zones::open(Held::new(&held.bytes()[1..]).section(), rows.len() as u32).is_err());
        }
    }
}
