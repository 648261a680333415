//! The contradictions between later statements, each side of which stays.

use dossier::pb::{self, Aspect};

use super::{LATER, SEED, events};

/// Event, aspect, and what is held, for all disputes but those about who should control a camp.
fn contradictions() -> Vec<(String, Aspect, Vec<String>)> {
    let of_events = events(&LATER, None);
    let disputes = of_events.iter().flat_map(|version| &version.event.disputes);
    let held = |dispute: &pb::Dispute| {
        let mut values: Vec<String> = dispute.positions.iter().map(|position| position.value.clone()).collect();
        values.sort();
        (dispute.event.strip_prefix("events/").unwrap().to_owned(), dispute.aspect(), values)
    };
    disputes.filter(|dispute| dispute.aspect() != Aspect::Control).map(held).collect()
}

#[test]
fn every_contradiction_is_a_dispute_and_nothing_else_is() {
    let all = contradictions();
    let shown: Vec<_> = all
        .iter()
        .map(|(event, aspect, values)| (event.as_str(), *aspect, values.iter().map(String::as_str).collect()))
        .collect::<Vec<(&str, Aspect, Vec<&str>)>>();
    assert_eq!(
        shown,
        [
            ("aguelhok-departure", Aspect::Time, vec!["2023-10-21", "2023-10-23"]),
            ("douentza-handover", Aspect::Status, vec![""]),
            ("menaka-departure", Aspect::Time, vec!["2023-08-25", "[..2023-08-16]"]),
            ("menaka-handover", Aspect::Time, vec!["2023-08-25", "[..2023-08-16]"]),
            ("minusma-withdrawal", Aspect::Number, vec!["CAMPS 12 actors/minusma", "CAMPS 13 actors/minusma"]),
            ("mopti-handover", Aspect::Time, vec!["2023-12-08", "2023-12-09"]),
            ("ogossagou-handover", Aspect::Time, vec!["2023-08-03", "2023-08-04"]),
            ("tessalit-departure", Aspect::Time, vec!["2023-10-21", "2023-10-23"]),
        ]
    );
}

#[test]
fn the_seed_disputes_nothing_but_control() {
    let aspects: Vec<_> =
        events(&SEED, None).iter().flat_map(|version| &version.event.disputes).map(pb::Dispute::aspect).collect();
    assert_eq!(aspects, [Aspect::Control; 7]);
}
