//! Geometry against geographiclib's sphere, against laws, and against brute force.

use geographiclib_rs::{DirectGeodesic as _, Geodesic, InverseGeodesic as _};
use proptest::prelude::*;

use super::*;

fn at(latitude: f64, longitude: f64) -> Point {
    Point::new(latitude, longitude).expect("on Earth")
}

fn circle(latitude: f64, longitude: f64, radius_meters: f64) -> Circle {
    Circle { center: at(latitude, longitude), radius_meters }
}

fn oracle() -> Geodesic {
    Geodesic::new(EARTH_RADIUS_METERS, 0.0)
}

/// Anywhere, with poles, date line and meridians more often than chance would have it.
fn any_point() -> impl Strategy<Value = Point> {
    let latitude =
        prop_oneof![4 => -90.0..=90.0, 1 => Just(90.0), 1 => Just(-90.0), 1 => Just(0.0), 1 => 89.999..=90.0];
    let longitude =
        prop_oneof![4 => -180.0..=180.0, 1 => Just(180.0), 1 => Just(-180.0), 1 => Just(0.0), 1 => 179.99..=180.0];
    (latitude, longitude).prop_map(|(latitude, longitude)| at(latitude, longitude))
}

/// Another point: anywhere, or near, or nearly opposite.
fn any_pair() -> impl Strategy<Value = (Point, Point)> {
    let apart =
        prop_oneof![0.0..100.0, 0.0..1e6, 20_014_000.0..HALF_CIRCUMFERENCE_METERS, 0.0..HALF_CIRCUMFERENCE_METERS];
    (any_point(), 0.0..360.0, apart).prop_map(|(from, bearing, apart)| (from, from.destination(bearing, apart)))
}

/// The difference of two bearings in degrees, the short way round.
fn turn(a: f64, b: f64) -> f64 {
    let difference = (a - b).rem_euclid(360.0);
    difference.min(360.0 - difference)
}

#[test]
fn coordinates_off_earth_are_refused_by_name() {
    for (latitude, longitude, word) in [
        (90.000_001, 0.0, "latitude"),
        (-91.0, 0.0, "latitude"),
        (f64::NAN, 0.0, "latitude"),
        (f64::INFINITY, 0.0, "latitude"),
        (0.0, 180.000_001, "longitude"),
        (0.0, f64::NEG_INFINITY, "longitude"),
        (0.0, f64::NAN, "longitude"),
    ] {
        let refused = Point::try_from(&pb::LatLng { latitude, longitude }).expect_err("off Earth");
        assert!(refused.to_string().starts_with(word), "{latitude} {longitude}: {refused}");
    }
    assert!(Point::new(-90.0, 180.0).is_ok());
}

#[test]
fn poles_date_line_and_antipodes_are_ordinary() {
    let quarter = HALF_CIRCUMFERENCE_METERS / 2.0;
    for (a, b, meters) in [
        (at(90.0, 0.0), at(90.0, 123.0), 0.0),
        (at(0.0, 180.0), at(0.0, -180.0), 0.0),
        (at(90.0, 0.0), at(-90.0, 77.0), 2.0 * quarter),
        (at(0.0, 0.0), at(0.0, 180.0), 2.0 * quarter),
        (at(12.0, -34.0), at(-12.0, 146.0), 2.0 * quarter),
        (at(90.0, 0.0), at(0.0, 50.0), quarter),
        (at(0.0, 179.5), at(0.0, -179.5), quarter / 90.0),
        (at(89.5, 0.0), at(89.5, 180.0), quarter / 90.0),
    ] {
        assert!((a.distance(&b) - meters).abs() < 1e-7, "{a:?} {b:?} {}", a.distance(&b));
    }
    for (a, b, degrees) in [
        (at(0.0, 180.0), at(0.0, -179.0), 90.0),
        (at(0.0, -180.0), at(0.0, 179.0), 270.0),
        (at(0.0, 180.0), at(1.0, -180.0), 0.0),
        (at(10.0, 20.0), at(90.0, 0.0), 0.0),
        (at(10.0, 20.0), at(-90.0, 0.0), 180.0),
    ] {
        assert!(turn(a.bearing(&b), degrees) < 1e-9, "{a:?} {b:?} {}", a.bearing(&b));
    }
}

#[test]
fn minus_zero_is_zero() {
    let (zero, minus) = (at(0.0, 0.0), at(-0.0, -0.0));
    let bits = |point: &Point| [point.latitude, point.longitude, point.unit[1], point.unit[2]].map(f64::to_bits);
    assert_eq!(bits(&zero), bits(&minus));
    let due_north = at(-8.0, 0.0).bearing(&minus);
    assert!(due_north == 0.0 && due_north.is_sign_positive());
}

#[test]
fn a_tiny_distance_keeps_its_digits() {
    let here = at(48.0, 16.0);
    for meters in [1e-3, 0.1, 1.0] {
        let there = here.destination(37.0, meters);
        assert!((here.distance(&there) - meters).abs() < 1e-8, "{meters}");
        assert!(turn(here.bearing(&there), 37.0) < 1e-3, "{meters}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn distance_and_bearing_agree_with_geographiclib((a, b) in any_pair()) {
        let (meters, bearing, _, _): (f64, f64, f64, f64) =
            oracle().inverse(a.latitude, a.longitude, b.latitude, b.longitude);
        prop_assert!((a.distance(&b) - meters).abs() < 1e-6, "{} {}", a.distance(&b), meters);
        prop_assert_eq!(a.distance(&b), b.distance(&a));
        let degrees = a.bearing(&b);
        prop_assert!((0.0..360.0).contains(&degrees));
        // Where all bearings lead there, or none does, there is nothing to compare; else they meet at the other point.
        if meters > 1.0 && meters < HALF_CIRCUMFERENCE_METERS - 1.0 && a.latitude.abs() < 89.999_999 {
            prop_assert!(turn(degrees, bearing) * meters.min(HALF_CIRCUMFERENCE_METERS - meters).to_radians() < 1e-3,
                "{degrees} {bearing} {meters}");
        }
    }

    #[test]
    fn a_destination_agrees_with_geographiclib(a in any_point(), bearing in 0.0..360.0, meters in 0.0..2e7) {
        let (latitude, longitude, _): (f64, f64, f64) = oracle().direct(a.latitude, a.longitude, bearing, meters);
        prop_assert!(a.destination(bearing, meters).distance(&at(latitude, longitude.clamp(-180.0, 180.0))) < 1e-3);
    }

    #[test]
    fn no_way_is_shorter_than_the_direct_one(a in any_point(), b in any_point(), c in any_point()) {
        prop_assert!(a.distance(&c) <= a.distance(&b) + b.distance(&c) + 1e-6);
        prop_assert!(a.distance(&c) <= HALF_CIRCUMFERENCE_METERS);
        prop_assert_eq!(a.distance(&a), 0.0);
    }

    #[test]
    fn chords_grow_with_distance((a, b) in any_pair(), c in any_point()) {
        let straight = |p: &Point, q: &Point| norm(vector::subtract(p.unit, q.unit));
        prop_assert!((chord(a.distance(&b)) - straight(&a, &b)).abs() < 1e-14);
        prop_assert!((meters_of_chord(straight(&a, &b)) - a.distance(&b)).abs() < 0.2);
        if a.distance(&b) + 1e-6 < a.distance(&c) {
            prop_assert!(straight(&a, &b) <= straight(&a, &c));
        }
    }
}

#[test]
fn a_lone_circle_encloses_itself_and_a_pair_meets_half_way() {
    let lone = circle(12.5, -3.25, 5000.0);
    assert_eq!(enclosing(&[]), None);
    assert_eq!(enclosing(&[lone]), Some(lone));
    assert_eq!(enclosing(&[lone, circle(12.51, -3.25, 100.0)]), Some(lone));
    let degree = HALF_CIRCUMFERENCE_METERS / 180.0;
    let across = enclosing(&[circle(0.0, 179.0, 0.0), circle(0.0, -179.0, degree)]).expect("two circles");
    assert!(across.center.distance(&at(0.0, -179.5)) < 1e-3, "{across:?}");
    assert!((across.radius_meters - 1.5 * degree).abs() < 1e-3, "{across:?}");
    let pole =
        enclosing(&[circle(80.0, 0.0, 0.0), circle(80.0, 120.0, 0.0), circle(80.0, -120.0, 0.0)]).expect("three");
    assert!(
        pole.center.distance(&at(90.0, 0.0)) < 1e-3 && (pole.radius_meters - 10.0 * degree).abs() < 1e-3,
        "{pole:?}"
    );
}

/// The least reach over all circles that a slow but simple search finds: steps in eight directions, halved when none helps.
fn least_reach(circles: &[Circle], start: Point) -> f64 {
    let reach =
        |center: &Point| circles.iter().map(|c| center.distance(&c.center) + c.radius_meters).fold(0.0, f64::max);
    let (mut center, mut step) = (start, 1e6);
    while step > 1e-3 {
        let here = reach(&center);
        let next = (0..64)
            .map(|i| center.destination(f64::from(i) * 5.625, step))
            .min_by(|a, b| reach(a).total_cmp(&reach(b)))
            .expect("directions");
        if reach(&next) < here { center = next } else { step /= 2.0 }
    }
    reach(&center)
}

fn circles_near(size: f64) -> impl Strategy<Value = Vec<Circle>> {
    let offset = (0.0..360.0, 0.0..size, prop_oneof![Just(0.0), 0.0..size / 3.0]);
    (any_point(), prop::collection::vec(offset, 1..12)).prop_map(|(middle, offsets)| {
        offsets
            .into_iter()
            .map(|(bearing, meters, radius_meters)| Circle {
                center: middle.destination(bearing, meters),
                radius_meters,
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_enclosing_circle_holds_all_and_none_smaller_does(
        circles in prop_oneof![circles_near(10.0), circles_near(5_000.0), circles_near(800_000.0), circles_near(6_000_000.0)]
    ) {
        let found = enclosing(&circles).expect("circles");
        for inner in &circles {
            prop_assert!(found.center.distance(&inner.center) + inner.radius_meters <= found.radius_meters + 1e-6);
        }
        let least = least_reach(&circles, circles[0].center);
        prop_assert!(found.radius_meters <= least + 1e-3, "{} {least}", found.radius_meters);
    }

    #[test]
    fn the_enclosing_circle_does_not_depend_on_order(circles in circles_near(800_000.0), turn in 0_usize..12) {
        let mut rotated = circles.clone();
        rotated.rotate_left(turn % circles.len());
        let (one, other) = (enclosing(&circles).expect("circles"), enclosing(&rotated).expect("circles"));
        prop_assert!((one.radius_meters - other.radius_meters).abs() < 1e-4);
    }

    #[test]
    fn what_fits_no_hemisphere_is_still_held(points in prop::collection::vec(any_point(), 1..40)) {
        let circles: Vec<Circle> = points.iter().map(|p| Circle { center: *p, radius_meters: 1000.0 }).collect();
        let found = enclosing(&circles).expect("circles");
        prop_assert!(found.radius_meters <= HALF_CIRCUMFERENCE_METERS);
        prop_assert!(circles.iter().all(|c| found.center.distance(&c.center) <= found.radius_meters));
    }
}
