//! How many sides stand behind the status.

use super::fixture::*;
use crate::pb::{
    self, Corroboration, EventKind,
    EventStatus::{self, Cancelled, Expected, NotOccurred, Occurred, Ongoing, Planned},
    ParticipantRole,
    Stance::{Asserts, Confirms, ConfirmsInPart, Denies, Disputes, Objects},
};

/// The corroboration of a clash between the army of Ardia and the front.
fn clash(claims: Vec<pb::Claim>) -> Corroboration {
    let participants =
        vec![participant("brigade", ParticipantRole::Initiator), participant("front", ParticipantRole::Target)];
    let event = pb::Event { participants, ..event("a", EventKind::Clash, claims) };
    let versions = derived(vec![event]).events.remove(0);
    versions.last().expect("a version").event.corroboration()
}

fn says(id: &str, actor: &str) -> pb::Claim {
    claim(id, "jan10", Asserts, Occurred).by(actor)
}

#[test]
fn sides_count_not_heads() {
    let own = |id: &str, source: &str| claim(id, source, Asserts, Occurred);
    let in_part = |actor: &str| claim("z", "jan10", ConfirmsInPart, EventStatus::Unspecified).by(actor);
    let table: [(&str, Vec<pb::Claim>, Corroboration); 29] = [
        ("nobody", vec![], Corroboration::Unspecified),
        ("one", vec![says("a", "spokesman")], Corroboration::SingleClaimant),
        ("one twice", vec![says("a", "army"), says("b", "army").at("2020")], Corroboration::SingleClaimant),
        ("an unnamed voice", vec![own("a", "jan05").unnamed("an official")], Corroboration::Unspecified),
        (
            "an unnamed voice beside one",
            vec![own("a", "jan05").unnamed("an official"), says("b", "army")],
            Corroboration::SingleClaimant,
        ),
        ("a source's own voice", vec![own("a", "jan05")], Corroboration::SingleClaimant),
        ("one publisher twice", vec![own("a", "jan10"), own("b", "jan15")], Corroboration::SingleClaimant),
        ("two publishers", vec![own("a", "jan05"), own("b", "jan15")], Corroboration::ThirdParty),
        ("one side", vec![says("a", "spokesman"), says("b", "ardia")], Corroboration::SameSide),
        ("allies", vec![says("a", "front"), says("b", "band")], Corroboration::SameSide),
        ("a side that takes no part", vec![says("a", "spokesman"), says("b", "envoy")], Corroboration::AcrossSides),
        ("strangers of one side", vec![says("a", "borland"), says("b", "envoy")], Corroboration::SameSide),
        ("a medium and a paper", vec![says("a", "reporter"), own("b", "jan05")], Corroboration::ThirdParty),
        ("a medium", vec![says("a", "spokesman"), says("b", "reporter")], Corroboration::ThirdParty),
        ("a medium and its reporter", vec![says("a", "courier"), says("b", "reporter")], Corroboration::SameSide),
        ("a side's medium", vec![says("a", "spokesman"), says("b", "radio")], Corroboration::SameSide),
        ("another side's medium", vec![says("a", "fighter"), says("b", "radio")], Corroboration::AcrossSides),
        ("in part by a medium", vec![says("a", "spokesman"), in_part("courier")], Corroboration::SingleClaimant),
        (
            "in part, where only a medium says so",
            vec![says("a", "courier"), in_part("front")],
            Corroboration::SingleClaimant,
        ),
        (
            "in part by a side that takes no part",
            vec![says("a", "army"), in_part("envoy")],
            Corroboration::AcrossSidesInPart,
        ),
        (
            "in part by itself",
            vec![says("a", "turncoat").stated("2020-01-06"), in_part("turncoat")],
            Corroboration::SingleClaimant,
        ),
        (
            "one who stood on both sides beside one of them",
            vec![says("a", "turncoat").stated("2020-01-06"), says("b", "turncoat"), says("c", "army")],
            Corroboration::AcrossSides,
        ),
        ("a paper", vec![says("a", "spokesman"), own("b", "jan05")], Corroboration::ThirdParty),
        ("both sides", vec![says("a", "spokesman"), says("b", "fighter")], Corroboration::AcrossSides),
        ("both, by an ally", vec![says("a", "brigade"), says("b", "band")], Corroboration::AcrossSides),
        (
            "in part",
            vec![says("a", "spokesman"), own("b", "jan05"), in_part("fighter")],
            Corroboration::AcrossSidesInPart,
        ),
        ("in part by its own", vec![says("a", "spokesman"), in_part("ardia")], Corroboration::SingleClaimant),
        (
            "in part, where only a paper says so",
            vec![own("a", "jan05"), in_part("front")],
            Corroboration::SingleClaimant,
        ),
        (
            "both wholly and in part",
            vec![says("a", "army"), says("b", "front"), in_part("borland")],
            Corroboration::AcrossSides,
        ),
    ];
    for (case, claims, expected) in table {
        assert_eq!(clash(claims.clone()), expected, "{case}");
        assert_eq!(clash(claims.into_iter().rev().collect()), expected, "{case}, the other way round");
    }
}

#[test]
fn a_side_is_that_of_the_day() {
    let early = says("a", "turncoat").stated("2020-01-06");
    let late = says("a", "turncoat").stated("2020-01-09");
    assert_eq!(clash(vec![early.clone(), says("b", "army")]), Corroboration::SameSide);
    assert_eq!(clash(vec![late, says("b", "army")]), Corroboration::AcrossSides);
    assert_eq!(clash(vec![early, says("b", "front")]), Corroboration::AcrossSides);
}

#[test]
fn only_claims_that_agree_with_the_status_count() {
    let by_front = |stance, status| claim("z", "jan05", stance, status).by("front");
    let by_army = |status| claim("a", "jan10", Asserts, status).by("army");
    for (status, stance, other, agrees) in [
        (Occurred, Asserts, Ongoing, true),
        (Occurred, Confirms, Occurred, true),
        (Occurred, Asserts, NotOccurred, false),
        (Occurred, Asserts, Planned, false),
        (Cancelled, Asserts, NotOccurred, true),
        (Planned, Asserts, Planned, true),
        (Planned, Asserts, Expected, false),
        (Occurred, Confirms, EventStatus::Unspecified, false),
        (Occurred, Denies, Occurred, false),
        (Occurred, Disputes, Occurred, false),
        (Occurred, Objects, Occurred, false),
    ] {
        let expected = if agrees { Corroboration::AcrossSides } else { Corroboration::SingleClaimant };
        assert_eq!(clash(vec![by_army(status), by_front(stance, other)]), expected, "{status:?} {stance:?} {other:?}");
    }
}
