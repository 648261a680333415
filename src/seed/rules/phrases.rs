//! Phrases are the source's own words: each stands in one of the quotes that its field rests on.
//!
//! This is how far "each field rests on one of its citations" can be proven by a program: a claim has a citation, the quote
//! stands in the document, and every phrase of the claim stands in one of its quotes. The phrases of an event stand in the
//! quotes of its earliest source. Upper and lower case and white space do not count. Where no text is at hand, nothing is
//! proven and nothing reported.

use super::{At, Facts};
use crate::{
    pb,
    seed::{
        problem::{ProblemKind, Report},
        read::short,
    },
};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (at, event) in facts.each("events", |file| &file.events) {
        let first =
            event.claims.iter().flat_map(|claim| &claim.citations).map(|citation| facts.day_of(&citation.source)).min();
        let quotes = event.claims.iter().flat_map(|claim| &claim.citations);
        let earliest: Vec<&pb::Citation> =
            quotes.filter(|citation| Some(facts.day_of(&citation.source)) == first).collect();
        for (at, phrase) in of_event(&at, event) {
            stands(facts, &at, phrase, &earliest, "its earliest source", report);
        }
        for (index, claim) in event.claims.iter().enumerate() {
            of_claim(facts, &at.item("claims", index), claim, report);
        }
    }
    for (at, on) in facts.each("claims_on", |file| &file.claims_on) {
        for (index, claim) in on.claims.iter().enumerate() {
            of_claim(facts, &at.item("claims", index), claim, report);
        }
    }
    for (at, actor) in facts.each("actors", |file| &file.actors) {
        for (index, tie) in actor.affiliations.iter().enumerate() {
            let (at, quotes) = (at.item("affiliations", index), tie.citation.iter().collect::<Vec<_>>());
            if let Some(time) = &tie.time {
                stands(facts, &at.field("time").field("phrase"), &time.phrase, &quotes, "its citation", report);
            }
        }
    }
}

fn of_event<'a, 'e>(at: &At<'a>, event: &'e pb::Event) -> Vec<(At<'a>, &'e str)> {
    let mut phrases = Vec::new();
    for (name, location) in
        [("location", &event.location), ("origin", &event.origin), ("destination", &event.destination)]
    {
        phrases.extend(location.as_ref().map(|location| (at.field(name).field("phrase"), location.phrase.as_str())));
    }
    for (index, participant) in event.participants.iter().enumerate() {
        phrases.push((at.item("participants", index).field("phrase"), participant.phrase.as_str()));
    }
    if let Some(unnamed) = event.handover.as_ref().and_then(|handover| handover.unnamed_camps.as_ref()) {
        phrases.push((at.field("handover").field("unnamed_camps").field("phrase"), unnamed.phrase.as_str()));
    }
    phrases
}

fn of_claim(facts: &Facts<'_>, at: &At<'_>, claim: &pb::Claim, report: &mut Report) {
    let mut phrases = vec![(at.field("claimant_phrase"), claim.claimant_phrase.as_str())];
    phrases.extend(claim.time.as_ref().map(|time| (at.field("time").field("phrase"), time.phrase.as_str())));
    phrases.extend(claim.location.as_ref().map(|place| (at.field("location").field("phrase"), place.phrase.as_str())));
    for (index, measure) in claim.measures.iter().enumerate() {
        let here = at.item("measures", index).field("quantity").field("phrase");
        phrases.extend(measure.quantity.as_ref().map(|quantity| (here, quantity.phrase.as_str())));
    }
    let citations: Vec<&pb::Citation> = claim.citations.iter().collect();
    for (at, phrase) in phrases {
        stands(facts, &at, phrase, &citations, "the claim's citations", report);
    }
}

fn stands(facts: &Facts<'_>, at: &At<'_>, phrase: &str, citations: &[&pb::Citation], of: &str, report: &mut Report) {
    // A page whose text is not at hand may have said it.
    if phrase.is_empty()
        || citations.is_empty()
        || citations.iter().any(|citation| facts.documents.of(&citation.source).is_none())
    {
        return;
    }
    // A quote that does not stand, or is missing, is reported by itself.
    if citations.iter().any(|citation| citation.start_offset.is_none()) {
        return;
    }
    let phrase_words = folded(phrase);
    if !citations.iter().any(|citation| folded(&citation.quote).contains(&phrase_words)) {
        let what = format!("“{}” stands in no quote of {of}", short(phrase));
        at.wrong(report, ProblemKind::Citation, what, "write the source's own words, or cite where they stand");
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
