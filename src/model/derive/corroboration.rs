//! How many sides stand behind an event's status.

use std::collections::BTreeSet;

use super::{
    context::Context,
    order::{Stage, Weighed, stage},
};
use crate::{
    model::day::Day,
    pb::{Corroboration, EventStatus, Stance},
};

/// Someone who says it: a claimant with a name, or a source in its own voice.
#[derive(Debug, PartialEq)]
struct Voice<'a> {
    name: &'a str,
    /// The roots that are one side with it on the day of its claim. None for a source's own voice.
    sides: BTreeSet<&'a str>,
    /// A source's own voice or a news medium: it stands for no side.
    third_party: bool,
}

impl<'a> Voice<'a> {
    fn claimant(weighed: &'a Weighed, context: &'a Context<'_>) -> Option<Voice<'a>> {
        let name = Some(weighed.claim.claimant.as_str()).filter(|name| !name.is_empty())?;
        let sides = context.actor_tree.sides(name, weighed.day.unwrap_or(Day::MAX));
        let third_party = sides.iter().all(|root| context.is_medium(root));
        Some(Voice { name, sides, third_party })
    }

    fn source(name: &'a str) -> Voice<'a> {
        Voice { name, sides: BTreeSet::new(), third_party: true }
    }

    /// What both are worth that say the same. Nobody stands behind their own word, on whichever sides they stood.
    fn with(&self, other: &Voice<'_>) -> Corroboration {
        if self.name == other.name && self.sides.is_empty() == other.sides.is_empty() {
            Corroboration::SingleClaimant
        } else if !self.sides.is_disjoint(&other.sides) {
            Corroboration::SameSide
        } else if self.third_party || other.third_party {
            Corroboration::ThirdParty
        } else {
            Corroboration::AcrossSides
        }
    }
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

/// How many sides stand behind the derived status: the most that any two voices are worth, of those that assert or confirm
/// it. Where one of the two confirms a part, sides are all that counts. So a voice that confirms wholly what it confirmed
/// in part never lowers it.
pub(super) fn corroboration(claims: &[Weighed], status: EventStatus, context: &Context<'_>) -> Corroboration {
    // Most events have one claim of one source; whose side it is then does not matter.
    if let [Weighed { claim, .. }] = claims
        && claim.citations.len() == 1
    {
        let unnamed = claim.claimant.is_empty() && !claim.claimant_phrase.is_empty();
        let counts = claims[0].is_candidate() && agrees(claim.status(), status) && !unnamed;
        return if counts { Corroboration::SingleClaimant } else { Corroboration::Unspecified };
    }
    let agreeing = claims.iter().filter(|weighed| weighed.is_candidate() && agrees(weighed.claim.status(), status));
    let mut voices: Vec<Voice<'_>> = Vec::new();
    for voice in agreeing.flat_map(|weighed| voices_of(weighed, context)) {
        if !voices.contains(&voice) {
            voices.push(voice);
        }
    }
    if voices.is_empty() {
        return Corroboration::Unspecified;
    }
    let whole = voices.iter().enumerate().flat_map(|(at, one)| voices[..at].iter().map(|other| one.with(other)));
    let partly = claims.iter().filter(|weighed| {
        let claimed = weighed.claim.status();
        weighed.claim.stance() == Stance::ConfirmsInPart
            && (claimed == EventStatus::Unspecified || agrees(claimed, status))
    });
    let partly = partly.filter_map(|weighed| Voice::claimant(weighed, context));
    let in_part = partly
        .filter(|voice| voices.iter().any(|other| voice.with(other) == Corroboration::AcrossSides))
        .map(|_| Corroboration::AcrossSidesInPart);
    whole.chain(in_part).max().unwrap_or(Corroboration::SingleClaimant)
}

/// The named claimant of a claim, or the sources whose own voice it is. Unnamed voices add none.
fn voices_of<'a>(weighed: &'a Weighed, context: &'a Context<'_>) -> Vec<Voice<'a>> {
    let claim = &weighed.claim;
    if let Some(voice) = Voice::claimant(weighed, context) {
        return vec![voice];
    }
    if !claim.claimant_phrase.is_empty() {
        return Vec::new();
    }
    claim.citations.iter().map(|citation| Voice::source(context.own_voice(&citation.source))).collect()
}
