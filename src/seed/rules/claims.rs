//! Claims: what each must say, and that no two of an event are the same.

use super::{At, Facts};
use crate::{
    model::{claims::is_candidate, day::Day, span::Span},
    pb::{self, EventStatus, Stance},
    seed::{
        problem::{ProblemKind, Report},
        values::two_parts,
    },
};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (at, event) in facts.each("events", |file| &file.events) {
        let own = event.claims.iter().enumerate().map(|(index, claim)| (at.item("claims", index), claim));
        let is_first = facts.events.get(event.name.as_str()).is_some_and(|(first, _)| first.place() == at.place());
        let added = facts.added.get(event.name.as_str()).filter(|_| is_first).cloned().unwrap_or_default();
        all(facts, &own.chain(added).collect::<Vec<_>>(), report);
    }
    for (event, added) in &facts.added {
        if !facts.events.contains_key(event) {
            all(facts, added, report);
        }
    }
}

fn all(facts: &Facts<'_>, claims: &[(At<'_>, &pb::Claim)], report: &mut Report) {
    for (index, (at, claim)) in claims.iter().enumerate() {
        one(facts, at, claim, report);
        if let Some((first, _)) = claims.iter().take(index).find(|(_, before)| says_the_same(before, claim)) {
            let cure = format!("keep one; the first stands at {}", first.place());
            at.wrong(report, ProblemKind::Fact, "a claim that stands twice", cure);
        }
    }
}

/// What a curator prefers is not what the voice says.
fn says_the_same(one: &pb::Claim, other: &pb::Claim) -> bool {
    let said = |claim: &pb::Claim| pb::Claim { preferred_reason: String::new(), ..claim.clone() };
    said(one) == said(other)
}

fn one(facts: &Facts<'_>, at: &At<'_>, claim: &pb::Claim, report: &mut Report) {
    if claim.stance() == Stance::ConfirmsInPart && claim.note.is_empty() {
        let cure = "say in `note` which part, such as \"presence, not control\"";
        at.lacks(report, "note", "a claim that confirms a part without saying which", cure);
    }
    let candidate = is_candidate(claim);
    let hidden = at.file.places.lacks(&at.path, "stance") || at.file.places.lacks(&at.path, "status");
    if claim.stance() == Stance::Confirms && !candidate && !hidden {
        // Without a status it would count for nothing, and nobody would notice.
        let cure = "say in `status` what it confirms, such as EVENT_STATUS_OCCURRED, or confirm in part with a `note`";
        at.lacks(report, "status", "a claim that confirms without saying what", cure);
    } else if !claim.preferred_reason.is_empty() && !candidate && !hidden {
        let what = "a preferred claim that does not say whether it happened";
        let cure = "prefer a claim that asserts or confirms the event with a `status`";
        at.field("preferred_reason").wrong(report, ProblemKind::Fact, what, cure);
    }
    stated(facts, at, claim, report);
    foreseen(facts, at, claim, report);
    for (index, citation) in claim.citations.iter().enumerate() {
        if claim.citations.iter().take(index).any(|before| before == citation) {
            at.item("citations", index).wrong(
                report,
                ProblemKind::Citation,
                "a citation that stands twice",
                "keep one",
            );
        }
    }
}

/// What has happened when its sources were published cannot begin after them.
fn foreseen(facts: &Facts<'_>, at: &At<'_>, claim: &pb::Claim, report: &mut Report) {
    let Some(time) = claim.time.as_ref() else { return };
    let happened = matches!(claim.status(), EventStatus::Occurred | EventStatus::Ongoing);
    let days = claim.citations.iter().map(|citation| facts.day_of(&citation.source));
    let (true, Ok(span), Some(published)) = (happened, Span::parse(&time.edtf, None), days.max()) else { return };
    if span.s1 > published {
        let what = format!("happened in {}, after its sources were published ({published})", time.edtf);
        let cure = "write EVENT_STATUS_PLANNED or EVENT_STATUS_EXPECTED, or the time that the source states";
        at.field("time").field("edtf").wrong(report, ProblemKind::Time, what, cure);
    }
}

fn stated(facts: &Facts<'_>, at: &At<'_>, claim: &pb::Claim, report: &mut Report) {
    if claim.stated_date.is_empty() {
        return;
    }
    let here = at.field("stated_date");
    match claim.stated_date.parse::<Day>() {
        Err(error) => {
            let (what, cure) = two_parts(&error.to_string());
            here.wrong(report, ProblemKind::Time, format!("`{}` is {what}", claim.stated_date), cure);
        }
        Ok(day) => {
            let Some(published) = claim.citations.iter().map(|citation| facts.day_of(&citation.source)).max() else {
                return;
            };
            if day > published {
                let what = format!("stated on {day}, after its source was published ({published})");
                here.wrong(
                    report,
                    ProblemKind::Time,
                    what,
                    "write the day on which it was said, not later than the source",
                );
            }
        }
    }
}
