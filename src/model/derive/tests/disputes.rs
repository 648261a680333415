//! Where claims disagree, and how it is told.

use super::fixture::*;
use crate::pb::{
    self, EventKind,
    EventStatus::{self, Cancelled, NotOccurred, Occurred, Ongoing, Planned, Speculated},
    MeasureKind,
    Stance::{Asserts, Confirms, ConfirmsInPart, Denies, Disputes, Objects},
};

/// The disputes of a made-up event, each as `ASPECT value (STANCE): claims; ...`, and whether it is contested.
fn told(claims: Vec<pb::Claim>) -> (Vec<String>, bool) {
    let event = now(claims).event;
    let position = |position: &pb::Position| {
        let stance = position.stance().as_str_name().trim_start_matches("STANCE_");
        format!("{} ({stance}): {}", position.value, position.claims.join(" "))
    };
    let dispute = |dispute: &pb::Dispute| {
        assert_eq!(dispute.event, event.name);
        let positions: Vec<String> = dispute.positions.iter().map(position).collect();
        format!("{} {}", dispute.aspect().as_str_name().trim_start_matches("ASPECT_"), positions.join("; "))
    };
    (event.disputes.iter().map(dispute).collect(), event.contested)
}

fn table(rows: Vec<(&str, Vec<pb::Claim>, &[&str], bool)>) {
    for (case, claims, disputes, contested) in rows {
        assert_eq!(told(claims), (disputes.iter().map(|&text| text.to_owned()).collect(), contested), "{case}");
    }
}

#[test]
fn times_disagree_if_they_share_no_day() {
    let done = |id: &str, edtf: &str| claim(id, "jan05", Asserts, Occurred).at(edtf);
    let plan = |id: &str, edtf: &str| claim(id, "jan05", Asserts, Planned).at(edtf).by(id);
    let two = &["TIME 2020-01-03 (ASSERTS): a; 2020-01-04 (ASSERTS): b"][..];
    table(vec![
        ("two days", vec![done("a", "2020-01-03"), done("b", "2020-01-04")], two, true),
        ("one inside the other", vec![done("a", "2020-01-03"), done("b", "2020-01")], &[], false),
        (
            "windows that touch",
            vec![done("a", "[2020-01-01..2020-01-05]"), done("b", "[2020-01-05..2020-01-09]")],
            &[],
            false,
        ),
        ("about the same", vec![done("a", "2020-01-03~"), done("b", "2020-01-06")], &[], false),
        ("a plan and its outcome", vec![plan("a", "2020-01-03"), done("b", "2020-01-04")], &[], false),
        ("two plans", vec![plan("a", "2020-01-03"), plan("b", "2020-01-04")], two, true),
        ("no time", vec![done("a", "2020-01-03"), claim("b", "jan05", Asserts, Occurred)], &[], false),
        (
            "grouped by value and stance, in the order of the claims",
            vec![
                done("c", "2020-01-03"),
                done("a", "2020-01-03"),
                done("b", "2020-01-04"),
                claim("d", "jan05", Confirms, Occurred).at("2020-01-04"),
                done("e", "2020-01"),
            ],
            &["TIME 2020-01-03 (ASSERTS): a c; 2020-01-04 (ASSERTS): b; 2020-01-04 (CONFIRMS): d"],
            true,
        ),
        (
            "a part and the whole",
            vec![done("a", "2020-01-03"), claim("b", "jan05", ConfirmsInPart, Occurred).at("2020-01-04")],
            &["TIME 2020-01-03 (ASSERTS): a; 2020-01-04 (CONFIRMS_IN_PART): b"],
            true,
        ),
    ]);
}

#[test]
fn of_plans_only_each_claimants_latest_counts() {
    let plan = |id: &str, source: &str, edtf: &str| claim(id, source, Asserts, Planned).at(edtf);
    let done = |id: &str, source: &str, edtf: &str| claim(id, source, Asserts, Occurred).at(edtf);
    table(vec![
        (
            "a claimant that changes its plan",
            vec![plan("a", "jan05", "2020-02").by("army"), plan("b", "jan10", "2020-03").by("army")],
            &[],
            false,
        ),
        (
            "two claimants",
            vec![plan("a", "jan05", "2020-02").by("army"), plan("b", "jan10", "2020-03").by("front")],
            &["TIME 2020-03 (ASSERTS): b; 2020-02 (ASSERTS): a"],
            true,
        ),
        ("a publisher", vec![plan("a", "jan10", "2020-02"), plan("b", "jan15", "2020-03")], &[], false),
        (
            "unnamed voices",
            vec![plan("a", "jan05", "2020-02").unnamed("an aide"), plan("b", "jan10", "2020-03").unnamed("an aide")],
            &["TIME 2020-03 (ASSERTS): b; 2020-02 (ASSERTS): a"],
            true,
        ),
        (
            "but of outcomes all",
            vec![done("a", "jan10", "2020-01-03"), done("b", "jan15", "2020-01-04")],
            &["TIME 2020-01-04 (ASSERTS): b; 2020-01-03 (ASSERTS): a"],
            true,
        ),
    ]);
}

#[test]
fn statuses_disagree_on_whether_it_happened() {
    let status = |id: &str, stance, status| claim(id, "jan05", stance, status);
    let unsaid = EventStatus::Unspecified;
    table(vec![
        (
            "it did and did not",
            vec![status("a", Asserts, Occurred), status("b", Asserts, NotOccurred)],
            &["STATUS EVENT_STATUS_OCCURRED (ASSERTS): a; EVENT_STATUS_NOT_OCCURRED (ASSERTS): b"],
            true,
        ),
        (
            "it goes on and was called off",
            vec![status("a", Asserts, Ongoing), status("b", Confirms, Cancelled)],
            &["STATUS EVENT_STATUS_ONGOING (ASSERTS): a; EVENT_STATUS_CANCELLED (CONFIRMS): b"],
            true,
        ),
        (
            "it is denied",
            vec![status("a", Asserts, Occurred), status("b", Denies, unsaid)],
            &["STATUS EVENT_STATUS_OCCURRED (ASSERTS): a;  (DENIES): b"],
            true,
        ),
        ("it ended", vec![status("a", Asserts, Ongoing), status("b", Asserts, Occurred)], &[], false),
        ("neither happened", vec![status("a", Asserts, Cancelled), status("b", Asserts, NotOccurred)], &[], false),
        ("plans", vec![status("a", Asserts, Planned), status("b", Asserts, Speculated)], &[], false),
        ("a plan that is off", vec![status("a", Asserts, Planned), status("b", Asserts, Cancelled)], &[], false),
        ("a plan that is denied", vec![status("a", Asserts, Planned), status("b", Denies, unsaid)], &[], true),
        ("a denied plan", vec![status("a", Asserts, Occurred), status("b", Denies, Planned)], &[], true),
    ]);
}

#[test]
fn controllers_disagree_unless_one_is_below_the_other() {
    let held = |id: &str, actor: &str| claim(id, "jan05", Asserts, Occurred).controller(actor);
    table(vec![
        ("below", vec![held("a", "brigade"), held("b", "ardia")], &[], false),
        (
            "beside",
            vec![held("a", "brigade"), held("b", "front")],
            &["CONTROL actors/brigade (ASSERTS): a; actors/front (ASSERTS): b"],
            true,
        ),
        (
            "what should be is no claim of what is",
            vec![held("a", "brigade"), claim("b", "jan05", Objects, Occurred).controller("front").at("1999")],
            &["CONTROL actors/front (OBJECTS): b"],
            true,
        ),
    ]);
}

#[test]
fn places_disagree_if_they_lie_apart() {
    let at = |id: &str, place: &str| {
        let location = pb::Location { place: format!("places/{place}"), ..Default::default() };
        pb::Claim { location: Some(location), ..claim(id, "jan05", Asserts, Occurred) }
    };
    let point = |id: &str, latitude: f64| {
        let point = Some(pb::LatLng { latitude, longitude: 20.0 });
        let location = pb::Location { point, uncertainty_meters: Some(1_000.0), ..Default::default() };
        pb::Claim { location: Some(location), ..claim(id, "jan05", Asserts, Occurred) }
    };
    table(vec![
        (
            "two towns",
            vec![at("a", "lowtown"), at("b", "hightown")],
            &["LOCATION places/lowtown (ASSERTS): a; places/hightown (ASSERTS): b"],
            true,
        ),
        ("a fort in the town", vec![at("a", "fort"), at("b", "lowtown")], &[], false),
        ("a town in the country", vec![at("a", "lowtown"), at("b", "land")], &[], false),
        ("a town in the hills", vec![at("a", "lowtown"), at("b", "uplands")], &[], false),
        ("a point in the town's circle", vec![at("a", "lowtown"), point("b", 10.05)], &[], false),
        (
            "a point outside",
            vec![at("a", "lowtown"), point("b", 10.06)],
            &["LOCATION places/lowtown (ASSERTS): a; 10.06,20 (ASSERTS): b"],
            true,
        ),
    ]);
}

#[test]
fn numbers_disagree_if_no_number_fits_both() {
    let count = |id: &str, what: MeasureKind, low, high| {
        let quantity = Some(pb::Quantity { low, high, ..Default::default() });
        let measures = vec![pb::Measure { what: what.into(), quantity, ..Default::default() }];
        pb::Claim { measures, ..claim(id, "jan05", Asserts, Occurred) }
    };
    let killed = |id: &str, best| {
        let casualties = pb::Casualties { best: Some(best), ..Default::default() };
        pb::Claim { casualties: Some(casualties), ..claim(id, "jan05", Asserts, Occurred) }
    };
    let (vehicles, deaths) = (MeasureKind::Vehicles, MeasureKind::Killed);
    table(vec![
        (
            "apart",
            vec![count("a", vehicles, Some(3), Some(5)), count("b", vehicles, Some(6), None)],
            &["NUMBER VEHICLES 3..5 (ASSERTS): a; VEHICLES 6.. (ASSERTS): b"],
            true,
        ),
        ("overlapping", vec![count("a", vehicles, Some(3), Some(5)), count("b", vehicles, Some(5), None)], &[], false),
        (
            "of other things",
            vec![count("a", vehicles, Some(3), Some(5)), count("b", deaths, Some(9), None)],
            &[],
            false,
        ),
        ("unknown", vec![count("a", vehicles, Some(3), Some(5)), count("b", vehicles, None, None)], &[], false),
        (
            "the dead",
            vec![killed("a", 12), count("b", deaths, None, Some(4))],
            &["NUMBER KILLED 12 (ASSERTS): a; KILLED ..4 (ASSERTS): b"],
            true,
        ),
    ]);
}

#[test]
fn who_disputes_or_objects_is_always_listed() {
    let unsaid = EventStatus::Unspecified;
    table(vec![
        ("a doubt", vec![claim("a", "jan05", Disputes, unsaid)], &["STATUS  (DISPUTES): a"], true),
        (
            "a rival account, under all that it states",
            vec![
                claim("a", "jan05", Asserts, Planned),
                claim("b", "jan05", Disputes, Occurred).at("2020-01-02").controller("front"),
            ],
            &[
                "TIME 2020-01-02 (DISPUTES): b",
                "STATUS EVENT_STATUS_OCCURRED (DISPUTES): b",
                "CONTROL actors/front (DISPUTES): b",
            ],
            true,
        ),
        (
            "beside the account it disagrees with",
            vec![
                claim("a", "jan05", Asserts, Occurred).at("2020-01-01"),
                claim("b", "jan05", Disputes, Occurred).at("2020-01-02"),
            ],
            &["TIME 2020-01-01 (ASSERTS): a; 2020-01-02 (DISPUTES): b", "STATUS EVENT_STATUS_OCCURRED (DISPUTES): b"],
            true,
        ),
        ("an objection", vec![claim("a", "jan05", Objects, unsaid)], &["CONTROL  (OBJECTS): a"], true),
    ]);
}

#[test]
fn a_dispute_is_known_from_its_second_side_on() {
    let claims = vec![
        claim("a", "jan05", Asserts, Occurred).at("2020-01-01"),
        claim("b", "jan10", Asserts, Occurred).at("2020-01-02"),
    ];
    let derived = derived(vec![event("a", EventKind::Clash, claims)]);
    let disputed: Vec<(String, usize)> = derived.events[0]
        .iter()
        .map(|version| (version.known.from.to_string(), version.event.disputes.len()))
        .collect();
    assert_eq!(disputed, [("2020-01-05".to_owned(), 0), ("2020-01-10".to_owned(), 1)]);
}
