//! Camps: what was planned on the day of the seed document, and what became of it.

use std::collections::BTreeMap;

use dossier::pb::{self, EventStatus, LinkKind, PreferredBy, Stance};

use super::{LATER, SEED, day, edtf, event, handovers};

/// Event, status, time.
fn table<'a>(rows: &[&'a pb::CampHandover]) -> Vec<(&'a str, &'static str, &'a str)> {
    let row = |row: &&'a pb::CampHandover| {
        let name = row.event.strip_prefix("events/").unwrap();
        let status = row.status().as_str_name().strip_prefix("EVENT_STATUS_").unwrap();
        (name, status, edtf(row.time.as_ref()))
    };
    rows.iter().map(row).collect()
}

const PLANS: [(&str, &str, &str); 7] = [
    ("ansongo-handover", "PLANNED", "2023-11"),
    ("bamako-handover", "EXPECTED", ""),
    ("gao-handover", "EXPECTED", ""),
    ("kidal-handover", "PLANNED", "[2023-11-15..2023-11-30]"),
    ("mopti-handover", "PLANNED", "2023-11"),
    ("three-unnamed-handovers", "PLANNED", "2023-10"),
    ("timbuktu-handover", "EXPECTED", ""),
];

#[test]
fn the_seed_has_seven_handovers() {
    let rows = handovers(&SEED, None);
    assert_eq!(table(&rows), PLANS);
    for row in rows {
        assert_eq!(row.camp.is_none(), row.event == "events/three-unnamed-handovers", "{}", row.event);
        assert_eq!(row.from_actor.as_ref().unwrap().name, "actors/minusma");
        assert_eq!(row.to_actor.as_ref().unwrap().name, "actors/malian-authorities");
        let objects: Vec<_> = row.claims.iter().filter(|claim| claim.stance() == Stance::Objects).collect();
        let [objects] = objects.as_slice() else { panic!("{}: {objects:?}", row.event) };
        assert_eq!(objects.claimant, "actors/separatists");
        assert_eq!(objects.controller, "actors/separatists");
        // Nothing is in dispute but who should control the camp.
        let aspects: Vec<_> = row.disputes.iter().map(pb::Dispute::aspect).collect();
        assert_eq!(aspects, [pb::Aspect::Control], "{}", row.event);
    }
}

#[test]
fn three_camps_are_counted_and_not_invented() {
    let rows = handovers(&SEED, None);
    let row = rows.iter().find(|row| row.event == "events/three-unnamed-handovers").unwrap();
    let unnamed = row.unnamed_camps.as_ref().unwrap();
    assert_eq!((unnamed.low, unnamed.high, unnamed.phrase.as_str()), (Some(3), Some(3), "three more"));
}

#[test]
fn the_narrower_of_two_windows_for_kidal_is_preferred_and_the_wider_stays() {
    let kidal = event(&SEED, "events/kidal-handover");
    assert_eq!(kidal.preferred_by(), PreferredBy::Narrowest);
    let windows: Vec<_> = kidal
        .claims
        .iter()
        .filter(|claim| claim.stance() == Stance::Asserts)
        .map(|claim| (claim.claimant.as_str(), claim.claimant_phrase.as_str(), edtf(claim.time.as_ref())))
        .collect();
    assert_eq!(windows[0], ("", "An official with knowledge of the plan", "[2023-11-15..2023-11-30]"));
    assert!(windows.contains(&("actors/madou-diallo", "", "2023-11")), "{windows:?}");
    assert!(windows.contains(&("", "a senior official", "2023-11")), "{windows:?}");
}

#[test]
fn later_statements_turn_plans_into_what_happened() {
    let rows = handovers(&LATER, None);
    assert_eq!(
        table(&rows),
        [
            ("aguelhok-handover", "OCCURRED", "2023-10-23"),
            ("ansongo-handover", "OCCURRED", "2023-11-18"),
            ("bamako-handover", "EXPECTED", ""),
            ("ber-handover", "OCCURRED", "2023-08-13"),
            ("douentza-handover", "OCCURRED", "[..2023-12-08]"),
            ("gao-handover", "PLANNED", "[2024-01-01..]"),
            ("goundam-handover", "OCCURRED", "2023-08-16"),
            ("kidal-handover", "NOT_OCCURRED", ""),
            ("menaka-handover", "OCCURRED", "2023-08-25"),
            ("mopti-handover", "OCCURRED", "2023-12-08"),
            ("ogossagou-handover", "OCCURRED", "2023-08-03"),
            ("tessalit-handover", "OCCURRED", "2023-10-21"),
            ("three-unnamed-handovers", "PLANNED", "2023-10"),
            ("timbuktu-handover", "OCCURRED", "[..2023-12-28]"),
        ]
    );
}

#[test]
fn kidal_was_left_without_a_handover() {
    let rows = handovers(&LATER, None);
    let kidal = rows.iter().find(|row| row.event == "events/kidal-handover").unwrap();
    let departure = kidal.departure.as_ref().unwrap();
    assert_eq!(departure.event, "events/kidal-departure");
    assert_eq!(departure.status(), EventStatus::Occurred);
    assert_eq!(edtf(departure.time.as_ref()), "2023-10-31");
    let overtaken: Vec<_> = kidal.linked_from.iter().map(|link| (link.kind(), link.event.as_str())).collect();
    assert_eq!(overtaken, [(LinkKind::Overtakes, "events/kidal-departure")]);
}

#[test]
fn the_three_unnamed_camps_may_be_those_handed_over_that_month() {
    let rows = handovers(&LATER, None);
    let unnamed = rows.iter().find(|row| row.event == "events/three-unnamed-handovers").unwrap();
    let may_be: Vec<_> = unnamed.linked_from.iter().map(|link| (link.kind(), link.event.as_str())).collect();
    let links = ["events/aguelhok-handover", "events/douentza-handover", "events/tessalit-handover"];
    assert_eq!(may_be, links.map(|event| (LinkKind::MayBe, event)));
}

#[test]
fn on_the_day_of_the_article_its_plans_stand_beside_the_four_camps_reported_closed() {
    let seed: BTreeMap<&str, &pb::CampHandover> =
        handovers(&SEED, None).into_iter().map(|row| (row.event.as_str(), row)).collect();
    let mut others = Vec::new();
    let rows = handovers(&LATER, Some(day("2023-10-09")));
    for row in &rows {
        match seed.get(row.event.as_str()) {
            Some(plan) => assert_eq!(row, plan),
            None => others.push(*row),
        }
    }
    assert_eq!(rows.len() - others.len(), seed.len());
    assert_eq!(
        table(&others),
        [
            ("ber-handover", "OCCURRED", "2023-08-13"),
            ("goundam-handover", "OCCURRED", "2023-08-16"),
            ("menaka-handover", "OCCURRED", "2023-08-25"),
            ("ogossagou-handover", "OCCURRED", "2023-08-03"),
        ]
    );
}

#[test]
fn only_kidal_was_left_to_nobody() {
    let current = LATER.camps.iter().map(|versions| versions.iter().find(|version| version.known.current).unwrap());
    let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for version in current {
        let camp = version.camp.name.strip_prefix("camps/").unwrap();
        assert_eq!(version.camp.control[0].actor, "actors/minusma", "{camp}");
        let holds = version.camp.control.iter().find(|period| period.status() == EventStatus::Ongoing);
        let holder = holds.map_or("somebody not named", |period| match period.actor.strip_prefix("actors/") {
            Some(actor) => actor,
            None => "nobody",
        });
        holders.entry(holder).or_default().push(camp);
    }
    let expected = [
        ("malian-authorities", vec!["ansongo", "douentza", "mopti", "timbuktu"]),
        ("minusma", vec!["bamako", "gao"]),
        ("nobody", vec!["kidal"]),
        ("somebody not named", vec!["aguelhok", "ber", "goundam", "menaka", "ogossagou", "tessalit"]),
    ];
    assert_eq!(holders, BTreeMap::from(expected));
}
