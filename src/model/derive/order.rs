//! The order of an event's claims: which is preferred, and why.

use std::cmp::Reverse;

use crate::{
    model::{claims, day::Day, span::Span},
    pb::{self, EventStatus, PreferredBy},
};

/// A visible claim beside what the rules look at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weighed {
    pub(super) claim: pb::Claim,
    /// Statement day. Absent if unknown, which counts as before all days.
    pub(super) day: Option<Day>,
    /// Its time, if it gives one that is EDTF.
    pub(super) span: Option<Span>,
}

/// How far a status has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Settled,
    Prospective,
}

pub(super) fn stage(status: EventStatus) -> Option<Stage> {
    match status {
        EventStatus::Unspecified => None,
        EventStatus::Occurred | EventStatus::Ongoing | EventStatus::Cancelled | EventStatus::NotOccurred => {
            Some(Stage::Settled)
        }
        EventStatus::Planned | EventStatus::Expected | EventStatus::Speculated => Some(Stage::Prospective),
    }
}

impl Weighed {
    pub(super) fn new(claim: pb::Claim, day: Option<Day>) -> Weighed {
        let span = claim.time.as_ref().and_then(|time| Span::parse(&time.edtf, day).ok());
        Weighed { claim, day, span }
    }

    pub(super) fn stage(&self) -> Option<Stage> {
        stage(self.claim.status())
    }

    /// Whether it can be the preferred claim.
    pub(super) fn is_candidate(&self) -> bool {
        claims::is_candidate(&self.claim)
    }
}

/// Where a claim stands among its event's, best first. The fields are the rules, in their order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Candidates come before all others, which are told apart by statement day and name alone.
    no_candidate: bool,
    /// A claim with a curator's reason beats all that were stated up to its day.
    beaten: bool,
    /// What came of it drops out what was to come.
    prospective: bool,
    /// Latest first.
    day: Reverse<Option<Day>>,
    /// Narrowest first, those without a time last.
    width: u64,
    name: String,
}

/// Sorts claims by preference: candidates by the rules, then the others by statement day, newest first, and name. Answers
/// why the first is preferred: the first rule that tells it apart from the second candidate.
pub(super) fn sort(claims: &mut Vec<Weighed>) -> PreferredBy {
    if let [only] = claims.as_slice() {
        return if only.is_candidate() { PreferredBy::Only } else { PreferredBy::Unspecified };
    }
    let chosen = curators_choice(claims);
    let mut ranked: Vec<(Rank, Weighed)> =
        claims.drain(..).map(|weighed| (rank(&weighed, chosen.as_ref()), weighed)).collect();
    ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut ranks = ranked.iter().map(|(rank, _)| rank).filter(|rank| !rank.no_candidate);
    let reason = match (ranks.next(), ranks.next()) {
        (None, _) => PreferredBy::Unspecified,
        (Some(_), None) => PreferredBy::Only,
        (Some(first), Some(next)) => why(first, next),
    };
    claims.extend(ranked.into_iter().map(|(_, weighed)| weighed));
    reason
}

fn why(first: &Rank, next: &Rank) -> PreferredBy {
    if first.beaten != next.beaten {
        PreferredBy::Curator
    } else if first.prospective != next.prospective {
        PreferredBy::Settled
    } else if first.day != next.day {
        PreferredBy::Latest
    } else if first.width != next.width {
        PreferredBy::Narrowest
    } else {
        PreferredBy::Name
    }
}

/// Statement day and name of the latest candidate that a curator gave a reason for. Of several of one day, the one that
/// comes first by the other rules.
fn curators_choice(claims: &[Weighed]) -> Option<(Option<Day>, String)> {
    let chosen = claims.iter().filter(|weighed| weighed.is_candidate() && !weighed.claim.preferred_reason.is_empty());
    let first = chosen.min_by_key(|weighed| {
        let Rank { prospective, day, width, name, .. } = rank(weighed, None);
        (day, prospective, width, name)
    })?;
    Some((first.day, first.claim.name.clone()))
}

fn rank(weighed: &Weighed, chosen: Option<&(Option<Day>, String)>) -> Rank {
    let candidate = weighed.is_candidate();
    let beaten = |(day, name): &(Option<Day>, String)| weighed.day <= *day && weighed.claim.name != *name;
    Rank {
        no_candidate: !candidate,
        beaten: candidate && chosen.is_some_and(beaten),
        prospective: candidate && weighed.stage() == Some(Stage::Prospective),
        day: Reverse(weighed.day),
        width: if candidate { weighed.span.map_or(u64::MAX, |span| u64::from(span.width())) } else { 0 },
        name: weighed.claim.name.clone(),
    }
}
