//! What the summary of a revision adds up: counts, days and box of what is known now.

use crate::{
    model::{day::Day, derive::EventVersion},
    pb,
};

/// Counts, days and box.
#[derive(Debug, Default)]
pub(crate) struct Summing {
    versions: u32,
    events: u32,
    claims: u32,
    first: Option<Day>,
    last: Option<Day>,
    bounds: Option<(pb::LatLng, pb::LatLng)>,
}

impl Summing {
    /// Adds a version.
    pub(crate) fn add(&mut self, version: &EventVersion) {
        self.versions = self.versions.saturating_add(1);
        if !version.known.current {
            return;
        }
        self.events = self.events.saturating_add(1);
        self.claims = self.claims.saturating_add(u32::try_from(version.event.claims.len()).unwrap_or(u32::MAX));
        if version.dated {
            let first = Some(version.span.s1).filter(|day| *day != Day::MIN);
            let last = Some(version.span.e2).filter(|day| *day != Day::MAX);
            self.first = self.first.into_iter().chain(first).min();
            self.last = self.last.into_iter().chain(last).max();
        }
        let Some(point) = version.event.location.as_ref().and_then(|location| location.point) else { return };
        let (low, high) = self.bounds.get_or_insert((point, point));
        low.latitude = low.latitude.min(point.latitude);
        low.longitude = low.longitude.min(point.longitude);
        high.latitude = high.latitude.max(point.latitude);
        high.longitude = high.longitude.max(point.longitude);
    }

    /// Fills the fields that it knows.
    pub(crate) fn fill(&self, dataset: &mut pb::Dataset) {
        dataset.event_count = self.events;
        dataset.event_version_count = self.versions;
        dataset.claim_count = self.claims;
        dataset.first_day = self.first.map(Day::to_field).unwrap_or_default();
        dataset.last_day = self.last.map(Day::to_field).unwrap_or_default();
        dataset.bounding_box = self.bounds.map(|(low, high)| pb::area::Box { low: Some(low), high: Some(high) });
    }
}
