//! Events: a handover has one subject, links lead to other events, and what an event is rests on its earliest source.

use super::{At, Facts, Rings};
use crate::{
    model::claims::is_candidate,
    pb::{self, EventKind, LinkKind},
    seed::problem::{ProblemKind, Report},
};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (at, event) in facts.each("events", |file| &file.events) {
        handover(&at, event, report);
        twice(&at, event, report);
        earliest(facts, &at.place(), event, report);
        let hidden = |index| {
            let at: At<'_> = at.item("claims", index);
            at.file.places.lacks(&at.path, "status") || at.file.places.lacks(&at.path, "stance")
        };
        if !event.claims.is_empty() && !event.claims.iter().any(is_candidate) && !(0..event.claims.len()).any(hidden) {
            let what = format!("no claim says whether `{}` happened", event.name);
            let cure = "give a claim that asserts or confirms it a `status`";
            at.field("claims").wrong(report, ProblemKind::Fact, what, cure);
        }
        links(&at, &event.name, &event.links, report);
    }
    for (at, on) in facts.each("claims_on", |file| &file.claims_on) {
        links(&at, &on.event, &on.links, report);
    }
    for event in facts.events_beside.values() {
        earliest(facts, &facts.beside.shown, event, report);
    }
    parts(facts, report);
}

fn handover(at: &At<'_>, event: &pb::Event, report: &mut Report) {
    let unnamed = event.handover.as_ref().and_then(|handover| handover.unnamed_camps.as_ref());
    if event.kind() != EventKind::Handover {
        if event.handover.is_some() && !at.file.places.lacks(&at.path, "kind") {
            let cure = "make it EVENT_KIND_HANDOVER, or leave `handover` out";
            at.field("handover").wrong(report, ProblemKind::Fact, "`handover` on an event that is none", cure);
        }
        return;
    }
    match (event.camps.len(), unnamed) {
        (1, None) | (0, Some(_)) => {}
        (0, None) => {
            let cure = "name its camp under `camps`, or count them in `handover.unnamed_camps`";
            let hidden = at.file.places.lacks(&at.path, "camps") || at.file.places.lacks(&at.path, "handover");
            if !hidden && !at.file.places.faulty(&at.field("handover").field("unnamed_camps").path) {
                at.wrong(report, ProblemKind::Fact, "a handover of no camp", cure);
            }
        }
        (_, Some(_)) => {
            let cure = "keep the camp under `camps` if the source names it, else the count";
            let here = at.field("handover").field("unnamed_camps");
            here.wrong(report, ProblemKind::Fact, "a handover with a camp and with unnamed camps", cure);
        }
        (several, None) => {
            let cure = "write one event a camp; a sentence that names several is cited by each";
            at.item("camps", 1).wrong(report, ProblemKind::Fact, format!("{several} camps in one handover"), cure);
        }
    }
}

fn twice(at: &At<'_>, event: &pb::Event, report: &mut Report) {
    for (index, one) in event.participants.iter().enumerate() {
        if event.participants.iter().take(index).any(|before| before == one) {
            at.item("participants", index).wrong(
                report,
                ProblemKind::Fact,
                "a participant that stands twice",
                "keep one",
            );
        }
    }
    for (index, one) in event.camps.iter().enumerate() {
        if event.kind() != EventKind::Handover && event.camps.iter().take(index).any(|before| before == one) {
            at.item("camps", index).wrong(report, ProblemKind::Fact, format!("`{one}` stands twice"), "keep one");
        }
    }
}

/// The fields of an event are there as soon as one of its claims is, so no claim may come from a source that is older than
/// all sources of the claims written with them.
fn earliest(facts: &Facts<'_>, place: &dyn std::fmt::Display, event: &pb::Event, report: &mut Report) {
    let known = |claim: &pb::Claim| claim.citations.iter().map(|citation| facts.day_of(&citation.source)).min();
    let Some(own) = event.claims.iter().filter_map(known).min() else { return };
    for (at_claim, claim) in facts.added.get(event.name.as_str()).into_iter().flatten() {
        if known(claim).is_some_and(|day| day < own) {
            let what = format!("`{}` is written down from later sources than this claim's", event.name);
            let cure = format!("define the event with this claim, and add the claims at {place} to it by `claims_on`");
            at_claim.field("citations").wrong(report, ProblemKind::Fact, what, cure);
        }
    }
}

fn links(at: &At<'_>, event: &str, links: &[pb::Link], report: &mut Report) {
    for (index, link) in links.iter().enumerate() {
        if link.event == event && !event.is_empty() {
            let here = at.item("links", index).field("event");
            here.wrong(
                report,
                ProblemKind::Fact,
                format!("`{event}` is linked to itself"),
                "name another event, or leave the link out",
            );
        } else if links.iter().take(index).any(|before| before.kind == link.kind && before.event == link.event) {
            at.item("links", index).wrong(report, ProblemKind::Fact, "a link that stands twice", "keep one");
        }
    }
}

/// What links say that an event is a part of.
pub(super) fn wholes(links: &[pb::Link]) -> impl Iterator<Item = &str> {
    links.iter().filter(|link| link.kind() == LinkKind::PartOf).map(|link| link.event.as_str())
}

/// No event is a part of itself.
fn parts(facts: &Facts<'_>, report: &mut Report) {
    let added = facts.each("claims_on", |file| &file.claims_on);
    let whole = |name: &str| -> Vec<&str> {
        let own = facts.event(name).into_iter().flat_map(|event| wholes(&event.links));
        let others = added.iter().filter(|(_, on)| on.event == name).flat_map(|(_, on)| wholes(&on.links));
        own.chain(others).collect()
    };
    let of_folders = facts.events.iter().map(|(name, (at, _))| (*name, at));
    let beside = added.iter().filter(|(_, on)| facts.events_beside.contains_key(&on.event));
    let mut rings = Rings::default();
    for (name, at) in of_folders.chain(beside.map(|(at, on)| (on.event.as_str(), at))) {
        let itself = facts.event(name).is_some_and(|event| event.links.iter().any(|link| link.event == name));
        if let Some(way) = rings.through(name, &whole).filter(|_| !itself) {
            let what = format!("`{name}` is a part of itself{way}");
            at.field("links").wrong(report, ProblemKind::Fact, what, "let parts lead to their whole only");
        }
    }
}
