//! The rules once more, as naive as they can be said: no ranks, no indexes, no versions. What random data is held against.

use std::collections::{BTreeMap, BTreeSet};

use super::fixture::day;
use crate::{
    model::{dataset::Dataset, day::Day, span::Span, sphere::Point},
    pb::{self, ActorKind, AffiliationKind, Aspect, Corroboration, EventStatus, MeasureKind, PreferredBy, Stance},
};

/// What the rules look up.
pub(super) struct Naive<'a>(pub(super) &'a Dataset);

const SETTLED: [EventStatus; 4] =
    [EventStatus::Occurred, EventStatus::Ongoing, EventStatus::Cancelled, EventStatus::NotOccurred];
const PROSPECTIVE: [EventStatus; 3] = [EventStatus::Planned, EventStatus::Expected, EventStatus::Speculated];

pub(super) fn settled(claim: &pb::Claim) -> bool {
    SETTLED.contains(&claim.status())
}

fn prospective(claim: &pb::Claim) -> bool {
    PROSPECTIVE.contains(&claim.status())
}

pub(super) fn candidate(claim: &pb::Claim) -> bool {
    [Stance::Asserts, Stance::Confirms].contains(&claim.stance()) && (settled(claim) || prospective(claim))
}

impl Naive<'_> {
    fn source(&self, name: &str) -> &pb::Source {
        self.0.sources.iter().find(|source| source.name == name).expect("a source of the fixture")
    }

    fn published(&self, citation: &pb::Citation) -> Option<Day> {
        let date = &self.source(&citation.source).published_date;
        (!date.is_empty()).then(|| Span::parse(date, None).expect("a date").e2)
    }

    pub(super) fn statement_day(&self, claim: &pb::Claim) -> Option<Day> {
        if !claim.stated_date.is_empty() {
            return Some(day(&claim.stated_date));
        }
        claim.citations.iter().filter_map(|citation| self.published(citation)).min()
    }

    /// All that was known on a day: later citations fall away, and with them claims, events and links that rest on
    /// nothing else.
    pub(super) fn as_of(&self, on: Day) -> Dataset {
        let known = |citation: &pb::Citation| self.published(citation).is_some_and(|day| day <= on);
        let mut data = self.0.clone();
        for event in &mut data.events {
            for claim in &mut event.claims {
                claim.citations.retain(known);
            }
            event.claims.retain(|claim| !claim.citations.is_empty());
            event.links.retain(|link| link.citation.as_ref().is_some_and(known));
        }
        data.events.retain(|event| !event.claims.is_empty());
        let there: BTreeSet<String> = data.events.iter().map(|event| event.name.clone()).collect();
        for event in &mut data.events {
            event.links.retain(|link| there.contains(&link.event));
        }
        data
    }

    /// The preferred claim, by leaving out whatever a rule beats.
    pub(super) fn preferred<'c>(&self, claims: &'c [pb::Claim]) -> Option<&'c pb::Claim> {
        let mut left = self.not_beaten(claims);
        if left.iter().any(|claim| settled(claim)) {
            left.retain(|claim| settled(claim));
        }
        let latest = left.iter().map(|claim| self.statement_day(claim)).max()?;
        left.retain(|claim| self.statement_day(claim) == latest);
        let narrowest = left.iter().map(|claim| width(claim)).min()?;
        left.retain(|claim| width(claim) == narrowest);
        left.into_iter().min_by_key(|claim| &claim.name)
    }

    /// The candidates that no curator's choice beats.
    pub(super) fn not_beaten<'c>(&self, claims: &'c [pb::Claim]) -> Vec<&'c pb::Claim> {
        let candidates: Vec<&pb::Claim> = claims.iter().filter(|claim| candidate(claim)).collect();
        let mut chosen: Vec<&pb::Claim> =
            candidates.iter().copied().filter(|claim| !claim.preferred_reason.is_empty()).collect();
        let Some(latest) = chosen.iter().map(|claim| self.statement_day(claim)).max() else { return candidates };
        chosen.retain(|claim| self.statement_day(claim) == latest);
        if chosen.iter().any(|claim| settled(claim)) {
            chosen.retain(|claim| settled(claim));
        }
        let choice = chosen.into_iter().min_by_key(|claim| (width(claim), claim.name.clone())).expect("a choice");
        let stays = |claim: &&pb::Claim| claim.name == choice.name || self.statement_day(claim) > latest;
        candidates.into_iter().filter(stays).collect()
    }

    /// Why the first claim is preferred to the next.
    pub(super) fn why(&self, claims: &[pb::Claim]) -> PreferredBy {
        let candidates: Vec<&pb::Claim> = claims.iter().filter(|claim| candidate(claim)).collect();
        let [first, next, ..] = candidates[..] else {
            return if candidates.is_empty() { PreferredBy::Unspecified } else { PreferredBy::Only };
        };
        if !self.not_beaten(claims).iter().any(|claim| claim.name == next.name) {
            PreferredBy::Curator
        } else if settled(first) && prospective(next) {
            PreferredBy::Settled
        } else if self.statement_day(first) > self.statement_day(next) {
            PreferredBy::Latest
        } else if width(first) < width(next) {
            PreferredBy::Narrowest
        } else {
            PreferredBy::Name
        }
    }

    /// By aspect, the claims that are listed in a dispute, of claims as served.
    pub(super) fn disputes(&self, claims: &[pb::Claim]) -> BTreeMap<i32, BTreeSet<String>> {
        let mut listed: BTreeMap<i32, BTreeSet<String>> = BTreeMap::new();
        let mut list = |aspect: Aspect, claim: &pb::Claim| {
            listed.entry(aspect.into()).or_default().insert(claim.name.clone());
        };
        for a in claims {
            for b in claims.iter().filter(|b| b.name != a.name) {
                for aspect in [Aspect::Time, Aspect::Status, Aspect::Control, Aspect::Location, Aspect::Number] {
                    if self.counts(a, claims) && self.counts(b, claims) && self.disagree(aspect, a, b) {
                        list(aspect, a);
                    }
                }
            }
            if a.stance() == Stance::Objects {
                list(Aspect::Control, a);
            }
            if a.stance() == Stance::Disputes {
                let stated = [
                    (Aspect::Time, a.time.is_some()),
                    (Aspect::Status, a.status() != EventStatus::Unspecified),
                    (Aspect::Control, !a.controller.is_empty()),
                    (Aspect::Location, a.location.is_some()),
                    (Aspect::Number, !a.measures.is_empty()),
                ];
                for (aspect, _) in stated.into_iter().filter(|(_, stated)| *stated) {
                    list(aspect, a);
                }
                if !stated.iter().any(|(_, stated)| *stated) {
                    list(Aspect::Status, a);
                }
            }
        }
        listed
    }

    /// Whether a claim is one of what is, and no plan that its claimant has replaced.
    fn counts(&self, claim: &pb::Claim, claims: &[pb::Claim]) -> bool {
        let of_what_is = |claim: &pb::Claim| claim.stance() != Stance::Objects;
        let replaces = |other: &pb::Claim| {
            let voices = self.voices(claim);
            prospective(other)
                && of_what_is(other)
                && self.statement_day(other) > self.statement_day(claim)
                && !voices.is_empty()
                && voices.iter().all(|voice| self.voices(other).contains(voice))
        };
        of_what_is(claim) && !(prospective(claim) && claims.iter().any(replaces))
    }

    /// Who makes a claim, as far as they can be told from others.
    fn voices(&self, claim: &pb::Claim) -> Vec<String> {
        if !claim.claimant.is_empty() {
            return vec![claim.claimant.clone()];
        }
        if !claim.claimant_phrase.is_empty() {
            return Vec::new();
        }
        let voice = |citation: &pb::Citation| {
            let source = self.source(&citation.source);
            if source.publisher.is_empty() { source.name.clone() } else { source.publisher.clone() }
        };
        claim.citations.iter().map(voice).collect()
    }

    fn disagree(&self, aspect: Aspect, a: &pb::Claim, b: &pb::Claim) -> bool {
        let stages_fit = (settled(a) && settled(b)) || (prospective(a) && prospective(b));
        match aspect {
            Aspect::Status => (it_was(a) && it_was_not(b)) || (it_was(b) && it_was_not(a)),
            Aspect::Time => stages_fit && matches!((days(a), days(b)), (Some(a), Some(b)) if a.1 < b.0 || b.1 < a.0),
            Aspect::Control => {
                stages_fit
                    && !a.controller.is_empty()
                    && !b.controller.is_empty()
                    && !self.below(&a.controller, &b.controller)
                    && !self.below(&b.controller, &a.controller)
            }
            Aspect::Location => {
                let (Some(a), Some(b)) = (&a.location, &b.location) else { return false };
                stages_fit && !self.inside(&a.place, &b.place) && !self.inside(&b.place, &a.place) && apart(a, b)
            }
            Aspect::Number => {
                let numbers = |claim: &pb::Claim| -> Vec<(MeasureKind, u64, u64)> {
                    let bounds = claim.measures.iter().map(|measure| {
                        let quantity = measure.quantity.clone().expect("a quantity");
                        let high = quantity.high.map_or(u64::MAX, u64::from);
                        (measure.what(), u64::from(quantity.low.unwrap_or(0)), high)
                    });
                    bounds.collect()
                };
                let apart = |a: &(MeasureKind, u64, u64), b: &(MeasureKind, u64, u64)| {
                    a.0 == b.0 && a.1.max(b.1) > a.2.min(b.2)
                };
                stages_fit && numbers(a).iter().any(|a| numbers(b).iter().any(|b| apart(a, b)))
            }
            Aspect::Unspecified => false,
        }
    }

    fn actor(&self, name: &str) -> &pb::Actor {
        self.0.actors.iter().find(|actor| actor.name == name).expect("an actor of the fixture")
    }

    fn below(&self, actor: &str, of: &str) -> bool {
        let ties = self.actor(actor).affiliations.iter();
        let mut up = ties.filter(|tie| tie.kind() != AffiliationKind::AlliedWith);
        actor == of || up.any(|tie| self.below(&tie.actor, of))
    }

    fn inside(&self, place: &str, of: &str) -> bool {
        let parent = self.0.places.iter().find(|one| one.name == place).map_or("", |one| one.parent.as_str());
        !of.is_empty() && (place == of || (!parent.is_empty() && self.inside(parent, of)))
    }

    fn root(&self, actor: &str, on: Day) -> String {
        let holds = |tie: &&pb::Affiliation| {
            let span = tie.time.as_ref().map(|time| Span::parse(&time.edtf, None).expect("a span"));
            tie.kind() != AffiliationKind::AlliedWith && span.is_none_or(|span| span.possible(on, on))
        };
        let up = self.actor(actor).affiliations.iter().find(holds);
        up.map_or_else(|| actor.to_owned(), |tie| self.root(&tie.actor, on))
    }

    /// The fixture has one alliance, of the band with the front.
    fn side(&self, actor: &str, on: Day) -> String {
        let root = self.root(actor, on);
        if root == "actors/band" { "actors/front".to_owned() } else { root }
    }

    /// Whether a claimant's side is a news medium. No medium of the fixture has allies.
    fn of_a_medium(&self, claim: &pb::Claim) -> bool {
        let on = self.statement_day(claim).unwrap_or(Day::MAX);
        self.actor(&self.side(&claim.claimant, on)).kind() == ActorKind::Media
    }

    /// Corroboration by its definitions.
    pub(super) fn corroboration(&self, claims: &[pb::Claim], status: EventStatus) -> Corroboration {
        let happened = |status| [EventStatus::Occurred, EventStatus::Ongoing].contains(&status);
        let backs = |claimed: EventStatus| {
            claimed == status
                || (SETTLED.contains(&claimed) && SETTLED.contains(&status) && happened(claimed) == happened(status))
        };
        let side = |claim: &pb::Claim| self.side(&claim.claimant, self.statement_day(claim).unwrap_or(Day::MAX));
        let agreeing = || claims.iter().filter(|claim| candidate(claim) && backs(claim.status()));
        let named: Vec<&pb::Claim> = agreeing().filter(|claim| !claim.claimant.is_empty()).collect();
        let people: BTreeSet<&str> = named.iter().map(|claim| claim.claimant.as_str()).collect();
        let papers: BTreeSet<String> =
            agreeing().filter(|claim| claim.claimant.is_empty()).flat_map(|claim| self.voices(claim)).collect();
        let partial = |claim: &&pb::Claim| {
            claim.stance() == Stance::ConfirmsInPart
                && !claim.claimant.is_empty()
                && (claim.status() == EventStatus::Unspecified || backs(claim.status()))
        };
        let apart = |a: &pb::Claim, b: &pb::Claim| a.claimant != b.claimant && side(a) != side(b);
        let across = |a: &pb::Claim, b: &pb::Claim| apart(a, b) && !self.of_a_medium(a) && !self.of_a_medium(b);
        if people.is_empty() && papers.is_empty() {
            Corroboration::Unspecified
        } else if named.iter().any(|a| named.iter().any(|b| across(a, b))) {
            Corroboration::AcrossSides
        } else if claims.iter().filter(partial).any(|a| named.iter().any(|b| across(a, b))) {
            Corroboration::AcrossSidesInPart
        } else if papers.len() > 1
            || (!papers.is_empty() && !people.is_empty())
            || named.iter().any(|a| named.iter().any(|b| apart(a, b)))
        {
            Corroboration::ThirdParty
        } else if people.len() > 1 {
            Corroboration::SameSide
        } else {
            Corroboration::SingleClaimant
        }
    }
}

fn width(claim: &pb::Claim) -> (bool, u32) {
    let span = claim.time.as_ref().map(|time| Span::parse(&time.edtf, None).expect("a span"));
    (span.is_none(), span.map_or(0, |span| span.width()))
}

fn it_was(claim: &pb::Claim) -> bool {
    [EventStatus::Occurred, EventStatus::Ongoing].contains(&claim.status()) && claim.stance() != Stance::Denies
}

fn it_was_not(claim: &pb::Claim) -> bool {
    [EventStatus::Cancelled, EventStatus::NotOccurred].contains(&claim.status())
        || (claim.stance() == Stance::Denies && !prospective(claim))
}

fn days(claim: &pb::Claim) -> Option<(Day, Day)> {
    let span = Span::parse(&claim.time.as_ref()?.edtf, None).expect("a span");
    Some((span.s1, span.e2))
}

fn apart(a: &pb::Location, b: &pb::Location) -> bool {
    let circle = |location: &pb::Location| {
        let point = Point::try_from(location.point.as_ref()?).expect("a point");
        Some((point, location.uncertainty_meters?))
    };
    matches!((circle(a), circle(b)), (Some((a, r)), Some((b, s))) if a.distance(&b) > r + s)
}
