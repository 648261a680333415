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

    const fn day(of: i32) -> Day {
        Day::from_epoch(of)
    }

    /// Zones of rows, each its first day and how many more there are.
    fn zones_of(rows: &[(i32, i32)]) -> Held {
        let mut builder = ZonesBuilder::default();
        for (s1, len) in rows {
            builder.add(day(*s1), day(s1 + len));
        }
        Held::new(&builder.finish())
    }

    /// Asks of windows that begin or end on the first or last day of any of the rows, a day before and a day behind.
    fn holds_to_the_day(rows: &[(i32, i32)], tells: impl Fn(&Window) -> Verdict) {
        let firsts = || rows.iter().map(|(s1, _)| *s1);
        let lasts = || rows.iter().map(|(s1, len)| s1 + len);
        let starts = (firsts().min().unwrap(), firsts().max().unwrap());
        let ends = (lasts().min().unwrap(), lasts().max().unwrap());
        for edge in [starts.0, starts.1, ends.0, ends.1].into_iter().flat_map(|edge| edge - 1..=edge + 1) {
            for (first, last) in [(edge, edge), (edge, i32::MAX), (i32::MIN, edge)] {
                let told = [false, true].map(|certain| tells(&Window { first: day(first), last: day(last), certain }));
                let may = starts.0 <= last && ends.1 >= first;
                let all = starts.1 <= last && ends.0 >= first;
                let expected = match (may, all) {
                    (false, _) => [Verdict::None; 2],
                    (true, true) => [Verdict::All, Verdict::Some],
                    (true, false) => [Verdict::Some; 2],
                };
                assert_eq!(told, expected, "{first} to {last} of {starts:?} {ends:?}");
            }
        }
    }

    #[test]
    fn the_last_row_of_a_chunk_counts_for_it_and_the_next_one_for_the_next() {
        let mut rows: Vec<(i32, i32)> = (0..2 * CHUNK as i32 + 10).map(|row| (row / 100, 0)).collect();
        for (at, row) in [(0, (-40, 0)), (CHUNK - 1, (500, 900)), (CHUNK, (3, 1)), (2 * CHUNK - 1, (1290, 300))] {
            rows[at as usize] = row;
        }
        let held = zones_of(&rows);
        let zones = Zones::open(held.section(), rows.len() as u32).unwrap();
        for (at, chunk) in (0..).zip(rows.chunks(CHUNK as usize)) {
            holds_to_the_day(chunk, |window| zones.chunk(at, window));
        }
        for (at, zone) in (0..).zip(rows.chunks(ZONE as usize)) {
            holds_to_the_day(zone, |window| zones.zone(at, window));
        }
    }

    proptest! {
        #[test]
        fn bounds_hold_to_the_day(rows in prop::collection::vec((-2000_i32..2000, 0_i32..90), 1..900)) {
            let held = zones_of(&rows);
            let zones = Zones::open(held.section(), rows.len() as u32).unwrap();
            for (at, zone) in (0..).zip(rows.chunks(ZONE as usize)) {
                holds_to_the_day(zone, |window| zones.zone(at, window));
            }
            holds_to_the_day(&rows, |window| zones.chunk(0, window));
        }

        #[test]
        fn a_zone_never_tells_wrongly(
            rows in (1_i32..20).prop_flat_map(|most| prop::collection::vec((-most..most, 0_i32..10), 1..900)), first in -30_i32..25, len in 0_i32..60, certain in any::<bool>()
        ) {
            let held = zones_of(&rows);
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
