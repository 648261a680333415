//! Tallies: for each 256 rows how many of them are known now, and their deaths, so that a count adds up zones instead of rows.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::zones::ZONE;
use crate::store::image::records::Deaths;

/// What events add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Tally {
    /// Low, best and high.
    deaths: [u64; 3],
    /// How many events.
    pub(crate) count: u32,
    /// Those of them that give deaths.
    pub(crate) told: u32,
    /// Which of the three numbers some of these do not give, a bit each.
    lacking: u32,
    /// Nothing.
    blank: u32,
}

impl Tally {
    /// Adds an event of these deaths.
    pub(crate) fn add(&mut self, deaths: &Deaths) {
        self.count += 1;
        let (given, numbers) = deaths.given();
        if given != 0 {
            self.told += 1;
            self.lacking |= !given;
            self.deaths.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += u64::from(number));
        }
    }

    /// Adds all events of another tally.
    pub(crate) fn add_all(&mut self, other: &Tally) {
        self.count = self.count.saturating_add(other.count);
        self.told = self.told.saturating_add(other.told);
        self.lacking |= other.lacking;
        self.deaths.iter_mut().zip(other.deaths).for_each(|(sum, number)| *sum = sum.saturating_add(number));
    }

    /// Low, best and high of the deaths, if any event gives some. A number that one of those does not give is not known of all.
    pub(crate) fn deaths(&self) -> Option<[Option<u32>; 3]> {
        let known = |at: usize| self.lacking >> at & 1 == 0;
        let sum = |at: usize| known(at).then(|| u32::try_from(self.deaths[at]).unwrap_or(u32::MAX));
        (self.told > 0).then(|| [sum(0), sum(1), sum(2)])
    }
}

/// Collects the tallies of rows in their order.
#[derive(Debug, Default)]
pub(crate) struct TalliesBuilder {
    rows: u32,
    zones: Vec<Tally>,
}

impl TalliesBuilder {
    /// Adds the next row; its deaths, if it is known now.
    pub(crate) fn add(&mut self, deaths: Option<&Deaths>) {
        if self.rows.is_multiple_of(ZONE) {
            self.zones.push(Tally::default());
        }
        self.rows += 1;
        if let Some((zone, deaths)) = self.zones.last_mut().zip(deaths) {
            zone.add(deaths);
        }
    }

    /// A tally for each zone.
    pub(crate) fn zones(&self) -> &[Tally] {
        &self.zones
    }
}
