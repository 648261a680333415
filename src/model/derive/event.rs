//! One event as known on each day.

use std::collections::BTreeSet;

use super::{
    EventVersion, codes,
    context::Context,
    corroboration,
    cut::cut,
    disputes,
    order::{self, Stage, Weighed},
};
use crate::{
    model::{day::Day, places, span::Span},
    pb::{self, PreferredBy, Stance},
};

/// The versions of an event, from the earliest on. Rests on nothing but the event and its context.
pub fn versions(event: &pb::Event, context: &Context<'_>) -> Vec<EventVersion> {
    let versions = cut(&days(event, context), |as_of| version(event, context, as_of));
    versions.into_iter().map(|(known, (event, span, dated))| EventVersion { known, event, span, dated }).collect()
}

/// An event as written, with what follows from its places and its kind: the form in which events are compared. Filling it twice
/// changes nothing.
pub fn filled(mut event: pb::Event, context: &Context<'_>) -> pb::Event {
    let own = [&mut event.location, &mut event.origin, &mut event.destination];
    for location in own.into_iter().chain(event.claims.iter_mut().map(|claim| &mut claim.location)).flatten() {
        fill(location, context);
    }
    event.codes = codes::codes(&event);
    event
}

/// The days on which something of the event becomes known, `Day::MAX` for what has no day.
fn days(event: &pb::Event, context: &Context<'_>) -> BTreeSet<Day> {
    let citations = event.claims.iter().flat_map(|claim| &claim.citations);
    let first = context.known_from(event);
    let uncited = event.claims.iter().any(|claim| claim.citations.is_empty()).then_some(Day::MAX);
    citations
        .map(|citation| context.source_day(&citation.source))
        .chain(event.links.iter().map(|link| context.link_day(&event.name, link)))
        .chain(context.incoming(&event.name).iter().map(|(_, day)| *day))
        .chain(uncited)
        .filter(|&day| day >= first)
        .collect()
}

/// Whether what is known from a day on is known as of another.
fn visible(day: Day, as_of: Option<Day>) -> bool {
    as_of.is_none_or(|as_of| day <= as_of)
}

/// An event as of a day, or as known now, with its span for filters and whether it is dated.
fn version(event: &pb::Event, context: &Context<'_>, as_of: Option<Day>) -> (pb::Event, Span, bool) {
    let mut claims: Vec<Weighed> = event.claims.iter().filter_map(|claim| claim_as_of(claim, context, as_of)).collect();
    let preferred_by = order::sort(&mut claims);
    let preferred = claims.first().filter(|_| preferred_by != PreferredBy::Unspecified);
    let status = preferred.map_or(pb::EventStatus::Unspecified, |weighed| weighed.claim.status());
    // A plan's window is no time of its outcome: the claims that a settled one dropped out give none.
    let alike = |weighed: &&Weighed| weighed.is_candidate() && weighed.stage() == order::stage(status);
    let timed = claims.iter().filter(alike).find(|weighed| weighed.claim.time.is_some());
    let dated = timed.and_then(|weighed| weighed.span);
    let undated = || {
        let prospective = order::stage(status) == Some(Stage::Prospective);
        Span::undated(prospective, claims.first().and_then(|weighed| weighed.day))
    };
    let span = dated.unwrap_or_else(undated);
    let disputes = disputes::disputes(&event.name, &claims, context);
    let against =
        |weighed: &Weighed| matches!(weighed.claim.stance(), Stance::Disputes | Stance::Denies | Stance::Objects);
    let served = pb::Event {
        name: event.name.clone(),
        title: event.title.clone(),
        kind: event.kind,
        status: status.into(),
        time: timed.and_then(|weighed| weighed.claim.time.clone()),
        preferred_by: preferred_by.into(),
        location: located(event.location.as_ref(), context),
        origin: located(event.origin.as_ref(), context),
        destination: located(event.destination.as_ref(), context),
        participants: event.participants.clone(),
        camps: event.camps.clone(),
        handover: event.handover.clone(),
        casualties: claims.iter().find_map(|weighed| weighed.claim.casualties.clone()),
        contested: !disputes.is_empty() || claims.iter().any(against),
        disputes,
        corroboration: corroboration::corroboration(&claims, status, context).into(),
        claims: claims.into_iter().map(|weighed| weighed.claim).collect(),
        links: links_as_of(event, context, as_of),
        codes: codes::codes(event),
        linked_from: linked_from_as_of(event, context, as_of),
    };
    (served, span, dated.is_some())
}

/// A claim as of a day with the citations known by then, and what follows in it: spans, points. Absent if it is not known.
fn claim_as_of(claim: &pb::Claim, context: &Context<'_>, as_of: Option<Day>) -> Option<Weighed> {
    if !visible(context.claim_day(claim), as_of) {
        return None;
    }
    let day = context.statement_day(claim);
    let mut claim = claim.clone();
    claim.citations.retain(|citation| visible(context.source_day(&citation.source), as_of));
    claim.location.iter_mut().for_each(|location| fill(location, context));
    let mut weighed = Weighed::new(claim, day);
    if let (Some(span), Some(time)) = (weighed.span, &mut weighed.claim.time) {
        span.fill(time);
    }
    Some(weighed)
}

fn located(location: Option<&pb::Location>, context: &Context<'_>) -> Option<pb::Location> {
    let mut location = location?.clone();
    fill(&mut location, context);
    Some(location)
}

fn fill(location: &mut pb::Location, context: &Context<'_>) {
    let place = context.place(&location.place);
    places::fill_location(location, place);
}

fn links_as_of(event: &pb::Event, context: &Context<'_>, as_of: Option<Day>) -> Vec<pb::Link> {
    let known = event.links.iter().filter(|link| visible(context.link_day(&event.name, link), as_of));
    sorted(known.cloned().collect())
}

fn linked_from_as_of(event: &pb::Event, context: &Context<'_>, as_of: Option<Day>) -> Vec<pb::Link> {
    let known = context.incoming(&event.name).iter().filter(|(_, day)| visible(*day, as_of));
    sorted(known.map(|(link, _)| link.clone()).collect())
}

/// Links by kind, event and citation: files that add links to one event have no order of their own.
fn sorted(mut links: Vec<pb::Link>) -> Vec<pb::Link> {
    links.sort_by_cached_key(|link| {
        let citation = link.citation.clone().unwrap_or_default();
        (link.kind, link.event.clone(), citation.source, citation.start_offset, citation.quote, citation.locator)
    });
    links
}
