//! Which claim is preferred and why, and what the event takes from its claims and places.

use super::fixture::*;
use crate::{
    model::span::Span,
    pb::{
        self, Casualties, EventKind,
        EventStatus::{self, Expected, NotOccurred, Occurred, Planned, Speculated},
        LocationPrecision, PreferredBy,
        Stance::{Asserts, Confirms, ConfirmsInPart, Denies, Disputes, Objects},
    },
};

#[test]
fn the_first_rule_that_tells_claims_apart_prefers_one() {
    let table: [(&str, Vec<pb::Claim>, &[&str], PreferredBy); 11] = [
        ("no claim", vec![], &[], PreferredBy::Unspecified),
        ("one alone", vec![claim("a", "jan05", Asserts, Occurred)], &["a"], PreferredBy::Only),
        (
            "others that cannot be preferred",
            vec![
                claim("a", "jan05", Denies, NotOccurred),
                claim("b", "jan10", Objects, EventStatus::Unspecified),
                claim("c", "jan05", Confirms, Planned),
                claim("d", "jan15", Asserts, EventStatus::Unspecified),
                claim("e", "jan15", ConfirmsInPart, Occurred),
            ],
            &["c", "d", "e", "b", "a"],
            PreferredBy::Only,
        ),
        (
            "what came of it beats a later plan",
            vec![claim("a", "jan20", Asserts, Planned), claim("b", "jan05", Confirms, NotOccurred)],
            &["b", "a"],
            PreferredBy::Settled,
        ),
        (
            "the latest",
            vec![
                claim("a", "jan05", Asserts, Planned).at("2020-02-01"),
                claim("b", "jan10", Asserts, Expected).at("2020"),
            ],
            &["b", "a"],
            PreferredBy::Latest,
        ),
        (
            "the day of the statement counts before that of the source",
            vec![claim("a", "jan05", Asserts, Planned), claim("b", "jan20", Asserts, Planned).stated("2020-01-04")],
            &["a", "b"],
            PreferredBy::Latest,
        ),
        (
            "the last possible day of publication",
            vec![claim("a", "jan20", Asserts, Planned), claim("b", "january", Asserts, Planned)],
            &["b", "a"],
            PreferredBy::Latest,
        ),
        (
            "an undated source is no news",
            vec![claim("a", "undated", Asserts, Planned), claim("b", "jan05", Asserts, Planned)],
            &["b", "a"],
            PreferredBy::Latest,
        ),
        (
            "the narrowest, none last",
            vec![
                claim("a", "jan05", Asserts, Planned),
                claim("b", "jan05", Asserts, Planned).at("2020-02/.."),
                claim("c", "jan05", Asserts, Planned).at("2020-02"),
                claim("d", "jan05", Asserts, Planned).at("[2020-02-15..2020-02-29]"),
            ],
            &["d", "c", "b", "a"],
            PreferredBy::Narrowest,
        ),
        (
            "the name",
            vec![
                claim("b", "jan05", Asserts, Planned).at("2020-02-01"),
                claim("a", "jan05", Asserts, Planned).at("2020-02-02"),
            ],
            &["a", "b"],
            PreferredBy::Name,
        ),
        (
            "a claim without a span is wider than an open one, by the width and not by the name",
            vec![claim("a", "jan05", Asserts, Planned), claim("b", "jan05", Asserts, Planned).at("[2020-02-01..]")],
            &["b", "a"],
            PreferredBy::Narrowest,
        ),
    ];
    for (case, claims, order, reason) in table {
        let version = now(claims);
        assert_eq!(names(&version.event), order, "{case}");
        assert_eq!(version.event.preferred_by(), reason, "{case}");
    }
}

#[test]
fn a_curators_choice_beats_what_was_stated_up_to_its_day() {
    let table: [(&str, Vec<pb::Claim>, &[&str], PreferredBy); 5] = [
        (
            "narrower, and settled",
            vec![
                claim("a", "jan05", Asserts, Occurred).at("2020-01-01"),
                claim("b", "jan05", Asserts, Planned).chosen(),
            ],
            &["b", "a"],
            PreferredBy::Curator,
        ),
        (
            "not later ones",
            vec![
                claim("a", "jan05", Asserts, Planned),
                claim("b", "jan10", Asserts, Planned).chosen(),
                claim("c", "jan15", Asserts, Planned),
            ],
            &["c", "b", "a"],
            PreferredBy::Latest,
        ),
        (
            "later ones stay in by the other rules",
            vec![
                claim("a", "jan05", Asserts, NotOccurred),
                claim("b", "jan10", Asserts, Occurred).chosen(),
                claim("c", "jan15", Asserts, Planned),
            ],
            &["b", "c", "a"],
            PreferredBy::Settled,
        ),
        (
            "the latest of two choices",
            vec![
                claim("a", "jan10", Asserts, Planned).chosen(),
                claim("b", "jan05", Asserts, Occurred).chosen(),
                claim("c", "jan10", Asserts, Planned).at("2020-02-02"),
            ],
            &["a", "b", "c"],
            PreferredBy::Curator,
        ),
        (
            "only of those that can be preferred",
            vec![claim("a", "jan05", Asserts, Planned), claim("b", "jan10", Denies, NotOccurred).chosen()],
            &["a", "b"],
            PreferredBy::Only,
        ),
    ];
    for (case, claims, order, reason) in table {
        let version = now(claims);
        assert_eq!(names(&version.event), order, "{case}");
        assert_eq!(version.event.preferred_by(), reason, "{case}");
    }
}

#[test]
fn status_and_time_are_the_preferred_claims_or_the_best_that_has_one() {
    let version = now(vec![
        claim("a", "jan10", Asserts, Occurred),
        claim("b", "jan05", Asserts, Occurred).at("2020-01-07"),
        claim("c", "jan05", Asserts, Occurred).at("2020-01"),
        claim("d", "jan15", Disputes, Occurred).at("2020-01-08"),
    ]);
    assert_eq!(version.event.status(), Occurred);
    let time = version.event.time.as_ref().expect("a time");
    assert_eq!(
        (time.edtf.as_str(), time.first_day.as_str(), time.last_day.as_str()),
        ("2020-01-07", "2020-01-07", "2020-01-07")
    );
    assert!(version.dated);
    assert_eq!(Some(version.span), Span::parse("2020-01-07", None).ok());

    let version =
        now(vec![claim("a", "jan10", Asserts, Occurred), claim("b", "jan05", Asserts, Planned).at("2020-01-07")]);
    assert_eq!(version.event.status(), Occurred);
    assert_eq!((version.event.time, version.dated), (None, false), "the window of a plan is no time of its outcome");

    let version = now(vec![claim("d", "jan15", Disputes, Occurred).at("2020-01-08")]);
    assert_eq!(version.event.status(), EventStatus::Unspecified);
    assert_eq!((version.event.time, version.dated), (None, false), "only a candidate gives the time");
}

#[test]
fn an_undated_event_is_bounded_by_its_statement_day() {
    for (status, prospective) in [(Planned, true), (Speculated, true), (Occurred, false), (NotOccurred, false)] {
        let version = now(vec![claim("a", "jan10", Asserts, status), claim("b", "jan05", Asserts, status)]);
        assert_eq!(version.span, Span::undated(prospective, Some(day("2020-01-10"))), "{status:?}");
        assert!(!version.dated && version.event.time.is_none());
    }
    let version = now(vec![claim("a", "undated", Asserts, Occurred)]);
    assert_eq!(version.span, Span::undated(false, None));
}

#[test]
fn an_open_end_lasts_to_the_statement_day() {
    let version = now(vec![claim("a", "jan10", Asserts, Occurred).at("2019-08/..")]);
    assert_eq!(version.span.e1, day("2020-01-10"));
}

#[test]
fn casualties_are_those_of_the_best_claim_that_gives_them() {
    let killed = |best| Some(Casualties { best: Some(best), ..Default::default() });
    let version = now(vec![
        claim("a", "jan10", Asserts, Occurred),
        pb::Claim { casualties: killed(3), ..claim("b", "jan05", Asserts, Occurred) },
        pb::Claim { casualties: killed(9), ..claim("c", "jan20", Disputes, Occurred) },
    ]);
    assert_eq!(version.event.casualties, killed(3));
}

#[test]
fn locations_are_filled_from_places() {
    let at = |place: &str| pb::Location { place: format!("places/{place}"), ..Default::default() };
    let location = |location: pb::Location| {
        let event = pb::Event {
            location: Some(location),
            ..event("a", EventKind::Clash, vec![claim("a", "jan05", Asserts, Occurred)])
        };
        derived(vec![event]).events[0][0].event.location.clone().expect("a location")
    };
    let town = location(at("lowtown"));
    assert_eq!(town.point, Some(pb::LatLng { latitude: 10.0, longitude: 20.0 }));
    assert_eq!((town.uncertainty_meters, town.precision()), (Some(5_000.0), LocationPrecision::Settlement));
    let site = location(at("fort"));
    assert_eq!((site.uncertainty_meters, site.precision()), (Some(1_000.0), LocationPrecision::Site));
    let near = location(pb::Location { precision: LocationPrecision::NearSettlement.into(), ..at("lowtown") });
    assert_eq!((near.uncertainty_meters, near.precision()), (Some(25_000.0), LocationPrecision::NearSettlement));
    let own = pb::Location {
        uncertainty_meters: Some(0.0),
        point: Some(pb::LatLng { latitude: 1.0, longitude: 2.0 }),
        ..at("lowtown")
    };
    assert_eq!(location(own.clone()), pb::Location { precision: LocationPrecision::Settlement.into(), ..own });
    let country = location(at("land"));
    assert_eq!(
        (country.point, country.uncertainty_meters, country.precision()),
        (None, None, LocationPrecision::Country)
    );
    let vague = location(at("uplands"));
    let (point, radius) = (vague.point.expect("a centre"), vague.uncertainty_meters.expect("a radius"));
    assert!(
        (point.latitude - 10.5).abs() < 1e-6 && (radius - 60_597.5).abs() < 10.0,
        "half of 111,195 m and 5 km: {radius}"
    );
    let phrase = pb::Location { phrase: "in the hills".into(), ..Default::default() };
    assert_eq!(location(phrase.clone()), phrase);
}

#[test]
fn claims_are_filled_too() {
    let place = pb::Location { place: "places/fort".into(), ..Default::default() };
    let version =
        now(vec![pb::Claim { location: Some(place), ..claim("a", "jan05", Asserts, Occurred).at("2020-01") }]);
    let claim = &version.event.claims[0];
    assert_eq!(claim.time.as_ref().expect("a time").last_day, "2020-01-31");
    assert_eq!(claim.location.as_ref().expect("a location").uncertainty_meters, Some(1_000.0));
}
