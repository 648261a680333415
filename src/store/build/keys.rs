//! What a version of an event is found by: keys of postings, and the words of its texts.

use super::entities::Entities;
use crate::{
    model::{actors::ActorTree, derive::EventVersion},
    pb::{self, ParticipantRole},
    store::index::postings::{ANY, Key},
};

/// Everyone who takes part, the participants and who hands over to whom. Those that are only described have no actor.
pub(super) fn taking_part(event: &pb::Event) -> impl Iterator<Item = (&str, ParticipantRole)> {
    let handover = event.handover.iter().flat_map(|handover| {
        [
            (handover.from_actor.as_str(), ParticipantRole::Transferor),
            (handover.to_actor.as_str(), ParticipantRole::Recipient),
        ]
    });
    let participants = event.participants.iter().map(|p| (p.actor.as_str(), p.role()));
    participants.chain(handover.filter(|(actor, _)| !actor.is_empty()))
}

/// The keys of a version, some of them more than once.
pub(super) fn keys(version: &EventVersion, entities: &Entities, actors: &ActorTree) -> Vec<Key> {
    let event = &version.event;
    let mut keys = vec![Key::Kind(event.kind), Key::Status(event.status), Key::Corroboration(event.corroboration)];
    keys.extend(event.contested.then_some(Key::Contested));
    keys.extend(version.known.current.then_some(Key::Current));
    for (actor, role) in taking_part(event) {
        let role = i32::from(role);
        keys.push(Key::Takes(ANY, role));
        let Some(ordinal) = entities.find(actor) else { continue };
        keys.push(Key::Takes(ordinal, role));
        if entities.belongs(ordinal) {
            let above = actors.ancestors(actor, &version.span);
            keys.extend(above.iter().filter_map(|above| entities.find(above)).map(|above| Key::Takes(above, role)));
        }
    }
    for location in [&event.location, &event.origin, &event.destination].into_iter().flatten() {
        let Some(place) = entities.find(&location.place) else { continue };
        keys.extend(entities.above_place(place).iter().map(|above| Key::At(*above)));
        keys.extend(entities.country(place).map(Key::Country));
    }
    keys.extend(event.camps.iter().filter_map(|camp| entities.find(camp)).map(Key::Camp));
    for claim in &event.claims {
        keys.push(Key::Stance(claim.stance));
        let claimant = entities.find(&claim.claimant);
        for source in sources(claim, entities).chain([ANY]) {
            keys.push(Key::Claimed(ANY, source));
            keys.extend(claimant.map(|claimant| Key::Claimed(claimant, source)));
        }
    }
    keys
}

/// The sources of a claim, some of them more than once.
pub(super) fn sources<'a>(claim: &'a pb::Claim, entities: &'a Entities) -> impl Iterator<Item = u32> + 'a {
    claim.citations.iter().filter_map(|citation| entities.find(&citation.source))
}

/// What a search by words looks at.
pub(super) fn texts(event: &pb::Event) -> impl Iterator<Item = &str> {
    let locations = [&event.location, &event.origin, &event.destination].into_iter().flatten();
    let own = std::iter::once(event.title.as_str())
        .chain(locations.flat_map(location_texts))
        .chain(event.participants.iter().map(|participant| participant.phrase.as_str()))
        .chain(event.handover.iter().flat_map(|h| &h.unnamed_camps).map(|camps| camps.phrase.as_str()));
    let links = event.links.iter().filter_map(|link| link.citation.as_ref());
    own.chain(links.map(|citation| citation.quote.as_str())).chain(event.claims.iter().flat_map(claim_texts))
}

fn location_texts(location: &pb::Location) -> impl Iterator<Item = &str> {
    std::iter::once(location.phrase.as_str()).chain(location.citation.iter().map(|citation| citation.quote.as_str()))
}

fn claim_texts(claim: &pb::Claim) -> impl Iterator<Item = &str> {
    [claim.claimant_phrase.as_str(), claim.note.as_str()]
        .into_iter()
        .chain(claim.time.iter().map(|time| time.phrase.as_str()))
        .chain(claim.location.iter().flat_map(location_texts))
        .chain(claim.measures.iter().flat_map(|m| &m.quantity).map(|quantity| quantity.phrase.as_str()))
        .chain(claim.citations.iter().map(|citation| citation.quote.as_str()))
}
