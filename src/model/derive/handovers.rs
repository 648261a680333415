//! Handovers as rows: the event, its camp with the chain of control, both actors, and the departure, as known on each day.

use std::collections::{BTreeSet, HashMap};

use super::{CampVersion, EventVersion, HandoverVersion, control, cut::cut};
use crate::{
    model::{actors::ActorTree, day::Day},
    pb::{self, EventKind},
};

/// The versions of each HANDOVER event's row.
pub(super) fn versions(
    events: &[Vec<EventVersion>],
    camps: &[Vec<CampVersion>],
    actors: &[pb::Actor],
    tree: &ActorTree,
) -> Vec<Vec<HandoverVersion>> {
    let by_name = camps.iter().filter_map(|versions| Some((versions.first()?.camp.name.as_str(), versions.as_slice())));
    let shown = Shown {
        camps: by_name.collect(),
        actors: actors.iter().map(|actor| (actor.name.as_str(), actor)).collect(),
        withdrawals: control::events_by_camp(events, &[EventKind::Withdrawal]),
        tree,
    };
    let handovers = events
        .iter()
        .filter(|versions| versions.first().is_some_and(|version| version.event.kind() == EventKind::Handover));
    handovers.map(|versions| shown.versions(versions)).collect()
}

/// What a row shows beside its event.
struct Shown<'a> {
    camps: HashMap<&'a str, &'a [CampVersion]>,
    actors: HashMap<&'a str, &'a pb::Actor>,
    withdrawals: HashMap<&'a str, Vec<&'a [EventVersion]>>,
    tree: &'a ActorTree,
}

impl Shown<'_> {
    fn versions(&self, event: &[EventVersion]) -> Vec<HandoverVersion> {
        let Some(first) = event.first() else { return Vec::new() };
        let camp = first.event.camps.first().map_or("", String::as_str);
        let camps = self.camps.get(camp).copied().unwrap_or_default();
        let departures = self.withdrawals.get(camp).map_or(&[][..], Vec::as_slice);
        let days: BTreeSet<Day> = event
            .iter()
            .map(|version| version.known.from)
            .chain(camps.iter().map(|version| version.known.from))
            .chain(departures.iter().flat_map(|versions| versions.iter().map(|version| version.known.from)))
            .filter(|&day| day >= first.known.from)
            .collect();
        let rows = cut(&days, |as_of| {
            let camp = camps.iter().find(|version| version.known.answers(as_of));
            let event = control::at(event, as_of).map(|version| &version.event);
            event.map(|event| self.row(event, camp, departures, as_of)).unwrap_or_default()
        });
        rows.into_iter().map(|(known, handover)| HandoverVersion { known, handover }).collect()
    }

    fn row(
        &self,
        event: &pb::Event,
        camp: Option<&CampVersion>,
        departures: &[&[EventVersion]],
        as_of: Option<Day>,
    ) -> pb::CampHandover {
        let handover = event.handover.clone().unwrap_or_default();
        let actor = |name: &str| self.actors.get(name).map(|&actor| actor.clone());
        pb::CampHandover {
            event: event.name.clone(),
            camp: camp.map(|version| version.camp.clone()),
            from_actor: actor(&handover.from_actor),
            to_actor: actor(&handover.to_actor),
            departure: self.departure(&handover.from_actor, departures, as_of),
            unnamed_camps: handover.unnamed_camps,
            status: event.status,
            time: event.time.clone(),
            claims: event.claims.clone(),
            disputes: event.disputes.clone(),
            links: event.links.clone(),
            linked_from: event.linked_from.clone(),
        }
    }

    /// The newest settled withdrawal from the camp by who hands over, or by what is below; by anyone if that is not stated.
    fn departure(&self, from: &str, departures: &[&[EventVersion]], as_of: Option<Day>) -> Option<pb::Departure> {
        let settled =
            |version: &EventVersion| super::order::stage(version.event.status()) == Some(super::order::Stage::Settled);
        let by_it = |version: &EventVersion| {
            from.is_empty() || control::initiators(&version.event).any(|actor| self.tree.is_within(actor, from))
        };
        let known = departures.iter().filter_map(|versions| control::at(versions, as_of));
        let newest = known.filter(|version| settled(version) && by_it(version)).max_by_key(|version| {
            let (undated, first, last) = control::time_order(version);
            (!undated, first, last, &version.event.name)
        })?;
        let event = &newest.event;
        Some(pb::Departure {
            event: event.name.clone(),
            status: event.status,
            time: event.time.clone(),
            claims: event.claims.clone(),
        })
    }
}
