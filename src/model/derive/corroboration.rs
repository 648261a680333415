//! How many sides stand behind an event's status.

use std::collections::BTreeSet;

use super::{
    context::Context,
    order::{Stage, Weighed, stage},
};
use crate::{
    model::day::Day,
    pb::{self, Corroboration, EventStatus, Stance},
};

/// Someone with a name who says it, with the roots that are its side on the days of its claims. A source's own voice has
/// no side.
#[derive(Debug)]
struct Voice<'a> {
    name: &'a str,
    sides: BTreeSet<&'a str>,
    takes_part: bool,
}

/// Whether a claim's status stands behind the event's. Of settled ones, those do that agree on whether it happened; a
/// prospective status needs the same: what is expected is not thereby planned.
fn agrees(claimed: EventStatus, derived: EventStatus) -> bool {
    let happened = |status| matches!(status, EventStatus::Occurred | EventStatus::Ongoing);
    match (stage(claimed), stage(derived)) {
        (Some(Stage::Settled), Some(Stage::Settled)) => happened(claimed) == happened(derived),
        (Some(_), Some(_)) => claimed == derived,
        _ => false,
    }
}

/// How many sides stand behind the derived status, from the claims that assert or confirm it. `participants` are the
/// actors that take part in the event.
pub(super) fn corroboration(
    claims: &[Weighed],
    status: EventStatus,
    participants: &BTreeSet<&str>,
    context: &Context<'_>,
) -> Corroboration {
    let agreeing: Vec<&Weighed> =
        claims.iter().filter(|weighed| weighed.is_candidate() && agrees(weighed.claim.status(), status)).collect();
    let partly = || claims.iter().filter(|weighed| weighed.claim.stance() == Stance::ConfirmsInPart);
    if agreeing.len() == 1 && agreeing[0].claim.citations.len() <= 1 && partly().next().is_none() {
        let Some(weighed) = agreeing.first() else { return Corroboration::Unspecified };
        let unnamed = weighed.claim.claimant.is_empty() && !weighed.claim.claimant_phrase.is_empty();
        return if unnamed { Corroboration::Unspecified } else { Corroboration::SingleClaimant };
    }
    let voices = voices(&agreeing, participants, context);
    let groups = groups(&voices);
    let taking_part = groups.iter().filter(|group| group.iter().any(|voice| voice.takes_part)).count();
    let in_part = partly().any(|weighed| {
        let claim = &weighed.claim;
        let sides = context.actor_tree.sides(&claim.claimant, weighed.day.unwrap_or(Day::MAX));
        let fits = claim.status() == EventStatus::Unspecified || agrees(claim.status(), status);
        let other = |voice: &Voice<'_>| !voice.sides.is_empty() && voice.sides.is_disjoint(&sides);
        !claim.claimant.is_empty() && fits && voices.iter().any(other)
    });
    match (taking_part, groups.len(), voices.len()) {
        (_, _, 0) => Corroboration::Unspecified,
        (2.., _, _) => Corroboration::AcrossSides,
        _ if in_part => Corroboration::AcrossSidesInPart,
        (_, 2.., _) => Corroboration::ThirdParty,
        (_, _, 2..) => Corroboration::SameSide,
        _ => Corroboration::SingleClaimant,
    }
}

/// The named claimants of these claims, and the sources whose own voice they are. Unnamed voices add none.
fn voices<'a>(claims: &[&'a Weighed], participants: &BTreeSet<&str>, context: &'a Context<'_>) -> Vec<Voice<'a>> {
    let mut voices: Vec<Voice<'a>> = Vec::new();
    for Weighed { claim, day, .. } in claims {
        let day = day.unwrap_or(Day::MAX);
        if !claim.claimant.is_empty() {
            let sides = context.actor_tree.sides(&claim.claimant, day);
            let takes_part = participants.iter().any(|actor| sides.contains(context.actor_tree.side(actor, day)));
            match voices.iter_mut().find(|voice| voice.name == claim.claimant && !voice.sides.is_empty()) {
                Some(voice) => {
                    voice.sides.extend(sides);
                    voice.takes_part |= takes_part;
                }
                None => voices.push(Voice { name: &claim.claimant, sides, takes_part }),
            }
        } else if claim.claimant_phrase.is_empty() {
            for citation in &claim.citations {
                let name = context.own_voice(&citation.source);
                if !voices.iter().any(|voice| voice.name == name && voice.sides.is_empty()) {
                    voices.push(Voice { name, sides: BTreeSet::new(), takes_part: false });
                }
            }
        }
    }
    voices
}

/// The voices by side: those that share a root, directly or by way of others, are one.
fn groups<'v, 'a>(voices: &'v [Voice<'a>]) -> Vec<Vec<&'v Voice<'a>>> {
    let mut groups: Vec<Vec<&Voice<'a>>> = Vec::new();
    for voice in voices {
        let shares = |other: &&Voice<'a>| !voice.sides.is_disjoint(&other.sides);
        let (joined, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.iter().any(shares));
        groups = apart;
        groups.push(joined.into_iter().flatten().chain([voice]).collect());
    }
    groups
}

/// The actors that take part in an event: its participants, and both sides of a handover.
pub(super) fn participants(event: &pb::Event) -> BTreeSet<&str> {
    let handover = event.handover.iter().flat_map(|handover| [&handover.from_actor, &handover.to_actor]);
    let actors = event.participants.iter().map(|participant| &participant.actor).chain(handover);
    actors.map(String::as_str).filter(|actor| !actor.is_empty()).collect()
}
