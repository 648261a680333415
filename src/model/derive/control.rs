//! Who held a camp, from whom it started with and the settled events about it.

use std::collections::{BTreeSet, HashMap};

use super::{CampVersion, EventVersion, cut::cut};
use crate::{
    model::{actors::ActorTree, day::Day, span::Span},
    pb::{self, EventKind, EventStatus, ParticipantRole},
};

/// The versions of each camp. Camps are there on all days; what changes is what is known of who held them.
pub(super) fn versions(camps: &[pb::Camp], events: &[Vec<EventVersion>], tree: &ActorTree) -> Vec<Vec<CampVersion>> {
    let about = events_by_camp(events, &[EventKind::Handover, EventKind::Withdrawal, EventKind::Taking]);
    camps
        .iter()
        .map(|camp| {
            let about = about.get(camp.name.as_str()).map_or(&[][..], Vec::as_slice);
            let days = about.iter().flat_map(|versions| versions.iter().map(|version| version.known.from));
            let versions = cut(&days.chain([Day::MIN]).collect(), |as_of| {
                let known = about.iter().filter_map(|versions| at(versions, as_of)).collect();
                pb::Camp { control: control(&camp.initial_control, known, tree), ..camp.clone() }
            });
            versions.into_iter().map(|(known, camp)| CampVersion { known, camp }).collect()
        })
        .collect()
}

/// The events of these kinds by each camp that they are about.
pub(super) fn events_by_camp<'a>(
    events: &'a [Vec<EventVersion>],
    kinds: &[EventKind],
) -> HashMap<&'a str, Vec<&'a [EventVersion]>> {
    let mut about: HashMap<&str, Vec<&[EventVersion]>> = HashMap::new();
    for versions in events {
        let Some(EventVersion { event, .. }) = versions.first() else { continue };
        if kinds.contains(&event.kind()) {
            for camp in event.camps.iter().map(String::as_str).collect::<BTreeSet<&str>>() {
                about.entry(camp).or_default().push(versions);
            }
        }
    }
    about
}

/// The version of an event that answers as of a day.
pub(super) fn at(versions: &[EventVersion], as_of: Option<Day>) -> Option<&EventVersion> {
    versions.iter().find(|version| version.known.answers(as_of))
}

/// The order of events in time, as lists have it: first day (else last), last day, undated last.
pub(super) fn time_order(version: &EventVersion) -> (bool, Day, Day) {
    let Span { s1, e2, .. } = version.span;
    (!version.dated, if s1 == Day::MIN { e2 } else { s1 }, e2)
}

/// A change of control: who holds the camp from then on. Unknown, not named and nobody are different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder<'a> {
    /// Nothing is known of who held it.
    Unknown,
    /// Somebody whom no source names received or took it.
    Unnamed,
    Nobody,
    Actor(&'a str),
}

impl<'a> Holder<'a> {
    /// Who it passed to.
    fn named(actor: &'a str) -> Holder<'a> {
        if actor.is_empty() { Holder::Unnamed } else { Holder::Actor(actor) }
    }
}

/// The chain of control from these events, as known on one day.
fn control(initial: &str, mut events: Vec<&EventVersion>, tree: &ActorTree) -> Vec<pb::ControlPeriod> {
    events.retain(|version| version.event.status() == EventStatus::Occurred);
    // On one day a handover goes before a departure: what is handed over is not left to nobody first.
    let rank = |version: &EventVersion| match version.event.kind() {
        EventKind::Handover => 0,
        EventKind::Taking => 1,
        _ => 2,
    };
    events.sort_by_cached_key(|version| (time_order(version), rank(version), version.event.name.clone()));
    let mut holder = if initial.is_empty() { Holder::Unknown } else { Holder::Actor(initial) };
    let mut since: Option<&EventVersion> = None;
    let mut periods = Vec::new();
    for version in events {
        let next = after(&version.event, holder, tree);
        if next != holder {
            periods.extend(period(holder, since, Some(version)));
            (holder, since) = (next, Some(version));
        }
    }
    periods.extend(period(holder, since, None));
    periods
}

/// Who holds the camp after an event that occurred.
fn after<'a>(event: &'a pb::Event, holder: Holder<'a>, tree: &ActorTree) -> Holder<'a> {
    match event.kind() {
        EventKind::Handover => Holder::named(event.handover.as_ref().map_or("", |handover| &handover.to_actor)),
        EventKind::Taking => {
            let claimed = event.claims.first().map_or("", |claim| claim.controller.as_str());
            let taker = if claimed.is_empty() { initiators(event).next().unwrap_or_default() } else { claimed };
            Holder::named(taker)
        }
        // A withdrawal of somebody else than the holder leaves the camp with the holder.
        EventKind::Withdrawal => {
            let of_holder = |actor: &str| match holder {
                Holder::Actor(holder) => tree.is_within(actor, holder) || tree.is_within(holder, actor),
                Holder::Unknown => true,
                // Who leaves after a handover is who handed over, not who received.
                Holder::Unnamed | Holder::Nobody => false,
            };
            let mut leaving = initiators(event).peekable();
            let leaves = if leaving.peek().is_none() { true } else { leaving.any(of_holder) };
            if leaves { Holder::Nobody } else { holder }
        }
        _ => holder,
    }
}

/// The named actors that do it.
pub(super) fn initiators(event: &pb::Event) -> impl Iterator<Item = &str> {
    let doing = event.participants.iter().filter(|one| one.role() == ParticipantRole::Initiator);
    doing.map(|one| one.actor.as_str()).filter(|actor| !actor.is_empty())
}

/// A period of control between two events. None if nobody knows who held it.
fn period(holder: Holder<'_>, from: Option<&EventVersion>, to: Option<&EventVersion>) -> Option<pb::ControlPeriod> {
    let actor = match holder {
        Holder::Unknown | Holder::Unnamed => return None,
        Holder::Nobody => "",
        Holder::Actor(actor) => actor,
    };
    let start = from.map_or("..".into(), |version| endpoint(version, true));
    let end = to.map_or("..".into(), |version| endpoint(version, false));
    let edtf = format!("{start}/{end}");
    // An interval needs a date at one end; a camp of which no event is known has a holder without a time.
    let time = Span::parse(&edtf, None).ok().map(|span| {
        let mut time = pb::TimeSpan { edtf, ..Default::default() };
        span.fill(&mut time);
        time
    });
    let status = if to.is_some() { EventStatus::Occurred } else { EventStatus::Ongoing };
    let events = from.into_iter().chain(to).map(|version| version.event.name.clone()).collect();
    Some(pb::ControlPeriod { actor: actor.to_owned(), time, status: status.into(), events })
}

/// The end of an interval at which an event came to its end, as exact as EDTF can have it: a day, a month or a year; else
/// before the last possible day (a start) or after the first (an end); else unknown, which is empty.
fn endpoint(version: &EventVersion, start: bool) -> String {
    let Span { e1: first, e2: last, .. } = version.span;
    if !version.dated {
        return String::new();
    }
    let Some((a, b)) = first.date().zip(last.date()) else {
        return match (first.date(), last.date()) {
            (None, Some(_)) => format!("..{last}"),
            (Some(_), None) => format!("{first}.."),
            _ => String::new(),
        };
    };
    if a == b {
        first.to_string()
    } else if (a.year(), a.month()) == (b.year(), b.month()) {
        format!("{:04}-{:02}", a.year(), a.month())
    } else if a.year() == b.year() {
        format!("{:04}", a.year())
    } else if start {
        format!("..{last}")
    } else {
        format!("{first}..")
    }
}
