//! Where the claims of an event disagree.
//!
//! Two claims can disagree if both say what came of it or both what is to come. OBJECTS accepts that it is so and holds
//! that it should not be: it disagrees with no claim of what is, and is listed under CONTROL.

use std::collections::BTreeSet;

use super::{
    context::Context,
    numbers::{self, Number},
    order::{Stage, Weighed},
};
use crate::{
    model::sphere::Point,
    pb::{self, Aspect, EventStatus, Stance},
};

/// Who says, where, what: the position of a claim in one aspect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    aspect: i32,
    claim: usize,
    value: String,
}

/// The disputes of an event among its visible claims, which are sorted by preference.
pub(super) fn disputes(event: &str, claims: &[Weighed], context: &Context<'_>) -> Vec<pb::Dispute> {
    let mut held = BTreeSet::new();
    if claims.len() > 1 {
        disagreements(claims, context, &mut held);
    }
    for (at, weighed) in claims.iter().enumerate() {
        match weighed.claim.stance() {
            Stance::Objects => {
                hold(&mut held, Aspect::Control, at, weighed.claim.controller.clone());
            }
            Stance::Disputes => disputed(weighed, at, &mut held),
            Stance::Unspecified | Stance::Asserts | Stance::Confirms | Stance::ConfirmsInPart | Stance::Denies => {}
        }
    }
    let mut disputes: Vec<pb::Dispute> = Vec::new();
    for Held { aspect, claim, value } in held {
        if disputes.last().is_none_or(|dispute| dispute.aspect != aspect) {
            disputes.push(pb::Dispute { event: event.to_owned(), aspect, positions: Vec::new() });
        }
        let pb::Claim { stance, name, .. } = &claims[claim].claim;
        let Some(positions) = disputes.last_mut().map(|dispute| &mut dispute.positions) else { continue };
        match positions.iter_mut().find(|position| position.value == value && position.stance == *stance) {
            Some(position) => position.claims.push(name.clone()),
            None => positions.push(pb::Position { value, claims: vec![name.clone()], stance: *stance }),
        }
    }
    disputes
}

fn hold(held: &mut BTreeSet<Held>, aspect: Aspect, claim: usize, value: String) {
    held.insert(Held { aspect: aspect.into(), claim, value });
}

/// A claim with stance DISPUTES stands under the aspects of what it states, under STATUS if it states nothing.
fn disputed(weighed: &Weighed, at: usize, held: &mut BTreeSet<Held>) {
    let claim = &weighed.claim;
    let before = held.len();
    if let Some(time) = &claim.time {
        hold(held, Aspect::Time, at, time.edtf.clone());
    }
    if let Some(location) = &claim.location {
        hold(held, Aspect::Location, at, place_value(location));
    }
    if !claim.controller.is_empty() {
        hold(held, Aspect::Control, at, claim.controller.clone());
    }
    for number in numbers::of(claim) {
        hold(held, Aspect::Number, at, number.to_string());
    }
    if claim.status() != EventStatus::Unspecified || held.len() == before {
        hold(held, Aspect::Status, at, status_value(claim));
    }
}

/// What claims hold that disagree in pairs.
fn disagreements(claims: &[Weighed], context: &Context<'_>, held: &mut BTreeSet<Held>) {
    let of_what_is = |weighed: &Weighed| weighed.claim.stance() != Stance::Objects;
    let taking_part: Vec<usize> =
        (0..claims.len()).filter(|&at| of_what_is(&claims[at]) && !superseded(&claims[at], claims, context)).collect();
    for (position, &i) in taking_part.iter().enumerate() {
        for &j in &taking_part[position + 1..] {
            let (a, b) = (&claims[i], &claims[j]);
            if (happened(a) && did_not(b)) || (did_not(a) && happened(b)) {
                for at in [i, j] {
                    hold(held, Aspect::Status, at, status_value(&claims[at].claim));
                }
            }
            if a.stage().is_none() || a.stage() != b.stage() {
                continue;
            }
            for (aspect, one, other) in differences(&a.claim, &b.claim, times_apart(a, b), context) {
                hold(held, aspect, i, one);
                hold(held, aspect, j, other);
            }
        }
    }
}

/// The aspects in which two claims that can disagree do, each with what the one and the other holds.
fn differences(
    a: &pb::Claim,
    b: &pb::Claim,
    times_apart: bool,
    context: &Context<'_>,
) -> Vec<(Aspect, String, String)> {
    let mut found = Vec::new();
    if let (true, Some(one), Some(other)) = (times_apart, &a.time, &b.time) {
        found.push((Aspect::Time, one.edtf.clone(), other.edtf.clone()));
    }
    let tree = &context.actor_tree;
    let (one, other) = (&a.controller, &b.controller);
    if !one.is_empty() && !other.is_empty() && !tree.is_within(one, other) && !tree.is_within(other, one) {
        found.push((Aspect::Control, one.clone(), other.clone()));
    }
    if let (Some(one), Some(other)) = (&a.location, &b.location)
        && places_apart(one, other, context)
    {
        found.push((Aspect::Location, place_value(one), place_value(other)));
    }
    let others = numbers::of(b);
    for one in numbers::of(a) {
        for other in others.iter().filter(|other| one.contradicts(other)) {
            found.push((Aspect::Number, one.to_string(), Number::to_string(other)));
        }
    }
    found
}

fn happened(weighed: &Weighed) -> bool {
    let status = weighed.claim.status();
    matches!(status, EventStatus::Occurred | EventStatus::Ongoing) && weighed.claim.stance() != Stance::Denies
}

/// Whether it says that it did not happen: by its status, or by denying it. Denying a plan is about the plan.
fn did_not(weighed: &Weighed) -> bool {
    matches!(weighed.claim.status(), EventStatus::Cancelled | EventStatus::NotOccurred)
        || (weighed.claim.stance() == Stance::Denies && weighed.stage() != Some(Stage::Prospective))
}

/// Whether a prospective claim is not its claimant's latest. Settled claims all stand: a publisher can contradict itself.
fn superseded(weighed: &Weighed, claims: &[Weighed], context: &Context<'_>) -> bool {
    let prospective = |weighed: &Weighed| weighed.stage() == Some(Stage::Prospective);
    if !prospective(weighed) {
        return false;
    }
    let mut others = claims
        .iter()
        .filter(|other| prospective(other) && other.claim.stance() != Stance::Objects && other.day > weighed.day);
    let Some(voices) = voices(&weighed.claim, context) else { return false };
    others.any(|other| self::voices(&other.claim, context).is_some_and(|later| voices.is_subset(&later)))
}

/// Who makes a claim: its claimant, or all the sources whose own voice it is. Absent for an unnamed voice, of which nobody
/// can tell whether it spoke again.
fn voices<'a>(claim: &'a pb::Claim, context: &'a Context<'_>) -> Option<BTreeSet<(bool, &'a str)>> {
    if !claim.claimant.is_empty() {
        return Some(BTreeSet::from([(true, claim.claimant.as_str())]));
    }
    let own = claim.citations.iter().map(|citation| (false, context.own_voice(&citation.source)));
    claim.claimant_phrase.is_empty().then(|| own.collect())
}

fn times_apart(a: &Weighed, b: &Weighed) -> bool {
    a.span.zip(b.span).is_some_and(|(a, b)| a.e2 < b.s1 || b.e2 < a.s1)
}

/// Whether two locations exclude each other: neither place lies in the other, and the circles are known and disjoint.
fn places_apart(a: &pb::Location, b: &pb::Location, context: &Context<'_>) -> bool {
    let tree = &context.place_tree;
    let named = !a.place.is_empty() && !b.place.is_empty();
    if named && (tree.is_within(&a.place, &b.place) || tree.is_within(&b.place, &a.place)) {
        return false;
    }
    let circle = |location: &pb::Location| {
        let point = Point::try_from(location.point.as_ref()?).ok()?;
        Some((point, location.uncertainty_meters?))
    };
    circle(a).zip(circle(b)).is_some_and(|((a, r), (b, s))| a.distance(&b) > r + s)
}

fn place_value(location: &pb::Location) -> String {
    match &location.point {
        Some(point) if location.place.is_empty() => format!("{},{}", point.latitude, point.longitude),
        _ => location.place.clone(),
    }
}

/// The name of the status that a claim gives; empty if it gives none and only disagrees.
fn status_value(claim: &pb::Claim) -> String {
    let status = claim.status();
    if status == EventStatus::Unspecified { String::new() } else { status.as_str_name().to_owned() }
}
