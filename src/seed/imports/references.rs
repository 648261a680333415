//! Every reference in a record, to be looked up or led elsewhere.
//!
//! A test compares this with the references that the contract's options name, so that a new field is not forgotten.

use crate::{
    model::name::Collection::{self, Actors, Camps, Events, Places, Sources},
    pb::{self, seed::record::Content},
};

/// Who is shown each reference that is not empty, and may change it.
pub(in crate::seed) type Visit<'v> = dyn FnMut(Collection, &mut String) + 'v;

/// Shows every reference of a record.
pub(super) fn references(content: &mut Content, visit: &mut Visit<'_>) {
    match content {
        Content::Place(place) => self::place(place, visit),
        Content::Actor(actor) => self::actor(actor, visit),
        Content::Camp(camp) => self::camp(camp, visit),
        Content::Event(event) => self::event(event, visit),
        Content::ClaimsOn(on) => {
            one(Events, &mut on.event, visit);
            on.claims.iter_mut().for_each(|claim| self::claim(claim, visit));
            on.links.iter_mut().for_each(|link| self::link(link, visit));
        }
        Content::Source(_) | Content::Header(_) | Content::End(_) => {}
    }
}

fn one(collection: Collection, name: &mut String, visit: &mut Visit<'_>) {
    if !name.is_empty() {
        visit(collection, name);
    }
}

fn cited(citation: &mut pb::Citation, visit: &mut Visit<'_>) {
    one(Sources, &mut citation.source, visit);
}

pub(in crate::seed) fn place(place: &mut pb::Place, visit: &mut Visit<'_>) {
    one(Places, &mut place.parent, visit);
    place.derived_from.iter_mut().for_each(|from| one(Places, from, visit));
    for stated in &mut place.stated_distances {
        one(Places, &mut stated.place, visit);
        stated.citation.iter_mut().for_each(|citation| cited(citation, visit));
    }
    place.citations.iter_mut().for_each(|citation| cited(citation, visit));
}

pub(in crate::seed) fn actor(actor: &mut pb::Actor, visit: &mut Visit<'_>) {
    for tie in &mut actor.affiliations {
        one(Actors, &mut tie.actor, visit);
        tie.citation.iter_mut().for_each(|citation| cited(citation, visit));
    }
    actor.citations.iter_mut().for_each(|citation| cited(citation, visit));
}

pub(in crate::seed) fn camp(camp: &mut pb::Camp, visit: &mut Visit<'_>) {
    one(Places, &mut camp.place, visit);
    one(Actors, &mut camp.initial_control, visit);
    camp.citations.iter_mut().for_each(|citation| cited(citation, visit));
}

pub(in crate::seed) fn event(event: &mut pb::Event, visit: &mut Visit<'_>) {
    for location in [&mut event.location, &mut event.origin, &mut event.destination].into_iter().flatten() {
        self::location(location, visit);
    }
    event.participants.iter_mut().for_each(|participant| one(Actors, &mut participant.actor, visit));
    event.camps.iter_mut().for_each(|camp| one(Camps, camp, visit));
    if let Some(handover) = &mut event.handover {
        one(Actors, &mut handover.from_actor, visit);
        one(Actors, &mut handover.to_actor, visit);
    }
    event.claims.iter_mut().for_each(|claim| self::claim(claim, visit));
    event.links.iter_mut().for_each(|link| self::link(link, visit));
}

fn location(location: &mut pb::Location, visit: &mut Visit<'_>) {
    one(Places, &mut location.place, visit);
    location.citation.iter_mut().for_each(|citation| cited(citation, visit));
}

fn claim(claim: &mut pb::Claim, visit: &mut Visit<'_>) {
    one(Actors, &mut claim.claimant, visit);
    one(Actors, &mut claim.controller, visit);
    claim.location.iter_mut().for_each(|location| self::location(location, visit));
    claim.measures.iter_mut().for_each(|measure| one(Actors, &mut measure.actor, visit));
    let sides = claim.casualties.iter_mut().flat_map(|casualties| &mut casualties.sides);
    sides.for_each(|side| one(Actors, &mut side.actor, visit));
    claim.citations.iter_mut().for_each(|citation| cited(citation, visit));
}

fn link(link: &mut pb::Link, visit: &mut Visit<'_>) {
    one(Events, &mut link.event, visit);
    link.citation.iter_mut().for_each(|citation| cited(citation, visit));
}
