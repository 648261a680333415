//! Searches against measuring every spot.

use proptest::prelude::*;

use super::*;
use crate::{model::sphere::HALF_CIRCUMFERENCE_METERS, store::index::bytes::Held};

fn at(latitude: f64, longitude: f64) -> Point {
    Point::new(latitude, longitude).expect("on Earth")
}

/// Anywhere, on a coarse grid so that points repeat and distances tie, at poles and the date line more often than not.
fn any_point() -> impl Strategy<Value = Point> {
    let latitude =
        prop_oneof![3 => (-90_i32..=90).prop_map(f64::from), 1 => -90.0..=90.0, 1 => Just(90.0), 1 => Just(-90.0)];
    let longitude =
        prop_oneof![3 => (-18_i32..=18).prop_map(|x| f64::from(x) * 10.0), 1 => -180.0..=180.0, 1 => Just(180.0)];
    (latitude, longitude).prop_map(|(latitude, longitude)| at(latitude, longitude))
}

/// A point, or one that is opposite or beside another by a hair.
fn points() -> impl Strategy<Value = Vec<Point>> {
    let near = (
        any_point(),
        prop::collection::vec(
            (0.0..360.0, prop_oneof![0.0..1e-6, 0.0..10.0, 20_015_080.0..HALF_CIRCUMFERENCE_METERS]),
            0..30,
        ),
    );
    let crowd =
        near.prop_map(|(point, ways)| ways.into_iter().map(|(way, meters)| point.destination(way, meters)).collect());
    (prop::collection::vec(any_point(), 1..120), crowd).prop_map(|(mut points, crowd): (Vec<Point>, Vec<Point>)| {
        points.extend(crowd);
        points
    })
}

/// Spots with a radius each, and how many rows each has.
fn spots() -> impl Strategy<Value = Vec<(Point, f64, usize)>> {
    points()
        .prop_flat_map(|points| {
            let len = points.len();
            let more = prop::collection::vec((prop_oneof![Just(0.0), Just(5000.0), 0.0..3e5], 0_usize..4), len);
            (Just(points), more)
        })
        .prop_map(|(points, more)| {
            points.into_iter().zip(more).map(|(point, (radius, rows))| (point, radius, rows)).collect()
        })
}

fn build(spots: &[(Point, f64, usize)]) -> Held {
    let mut builder = TownsBuilder::default();
    (0..).zip(spots).for_each(|(spot, (point, radius, rows))| builder.add(spot, point, *radius, plain(spot, *rows)));
    Held::new(&builder.finish())
}

/// So many rows that are a spot's own.
fn plain(spot: u32, rows: usize) -> (u32, Plain) {
    if rows == 0 { (0, Plain::NOTHING) } else { (rows as u32, Plain { first: spot * 10, spot, event: spot * 1000 }) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_nearest_are_those_that_measuring_all_gives(spots in spots(), from in any_point(), pick in any::<prop::sample::Index>(), own in any::<bool>(), want in 1_usize..12, radius in prop::option::of(0.0..HALF_CIRCUMFERENCE_METERS)) {
        let center = if own { spots[pick.index(spots.len())].0 } else { from };
        let held = build(&spots);
        let mut nearest = Nearest::new(want);
        let towns = Towns::open(held.section()).unwrap();
        let mut search = towns.around(&center, radius.map_or(Within::Earth, Within::Points));
        while let Some(town) = search.next(nearest.bound()) {
            let (there, told) = (towns.spots(town), towns.plain(town));
            prop_assert_eq!(town.rows as usize, there.iter().map(|spot| spots[*spot as usize].2).sum::<usize>());
            match *there.iter().filter(|spot| spots[**spot as usize].2 > 0).collect::<Vec<_>>() {
                [spot] => prop_assert_eq!(told, plain(*spot, 1).1),
                // Runs of several spots that share none do not follow each other.
                _ => prop_assert_eq!(told, Plain::NOTHING),
            }
            nearest.offer(town, town.rows as usize);
        }
        let mut found: Vec<(u64, u32)> = vec![];
        for (distance, town) in nearest.finish(&towns, &center) {
            for spot in towns.spots(town).iter().filter(|_| radius.is_none_or(|radius| distance <= radius)) {
                found.extend(std::iter::repeat_n((distance.to_bits(), *spot), spots[*spot as usize].2));
            }
        }
        found.sort_unstable();
        found.truncate(want);
        let mut expected: Vec<(u64, u32)> = vec![];
        for (spot, (point, _, rows)) in (0..).zip(&spots) {
            let distance = center.distance(point);
            if radius.is_none_or(|radius| distance <= radius) {
                expected.extend(std::iter::repeat_n((distance.to_bits(), spot), *rows));
            }
        }
        expected.sort_unstable();
        expected.truncate(want);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn all_within_a_radius_are_met_once(spots in spots(), center in any_point(), circles in any::<bool>(), radius in prop_oneof![Just(0.0), 0.0..1e5, 0.0..=HALF_CIRCUMFERENCE_METERS]) {
        let held = build(&spots);
        let reach = |spot: u32| if circles { spots[spot as usize].1 } else { 0.0 };
        let within = if circles { Within::Circles(radius) } else { Within::Points(radius) };
        let towns = Towns::open(held.section()).unwrap();
        let mut search = towns.around(&center, within);
        let mut found: Vec<u32> = vec![];
        while let Some(town) = search.next(Bound::NONE) {
            let distance = towns.distance(town, &center);
            prop_assert!(circles || distance <= radius + 20.0);
            found.extend(towns.spots(town).iter().filter(|spot| distance - reach(**spot) <= radius));
        }
        found.sort_unstable();
        let expected: Vec<u32> =
            (0..).zip(&spots).filter(|(spot, (point, ..))| center.distance(point) - reach(*spot) <= radius).map(|(spot, _)| spot).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn bytes_that_mean_nothing_never_panic(spots in spots(), center in any_point(), circles in any::<bool>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = build(&spots).bytes().to_vec();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let held = Held::new(&bytes);
        if let Ok(towns) = Towns::open(held.section()) {
            let mut search = towns.around(&center, if circles { Within::Circles(1e6) } else { Within::Points(1e6) });
            let mut met = 0;
            while let Some(town) = search.next(Bound::NONE) {
                met += 1;
                let _ = (towns.spots(town), towns.plain(town));
                let distance = towns.distance(town, &center);
                prop_assert!(distance.is_nan() || distance >= 0.0);
            }
            prop_assert!(met <= spots.len());
        }
    }

    #[test]
    fn the_order_of_spots_does_not_matter(spots in spots()) {
        let mut forth = TownsBuilder::default();
        let mut back = forth.clone();
        let numbered: Vec<_> = (0_u32..).zip(&spots).collect();
        for (spot, (point, radius, rows)) in &numbered {
            forth.add(*spot, point, *radius, plain(*spot, *rows));
        }
        numbered.iter().rev().for_each(|(spot, (point, radius, rows))| back.add(*spot, point, *radius, plain(*spot, *rows)));
        prop_assert_eq!(forth.finish(), back.finish());
    }
}

#[test]
fn without_spots_there_is_nothing_to_find() {
    let held = Held::new(&TownsBuilder::default().finish());
    let mut search = Towns::open(held.section()).unwrap().around(&at(1.0, 2.0), Within::Earth);
    assert!(search.next(Bound::NONE).is_none());
    assert!(Towns::open(Held::new(&[]).section()).is_err());
}

#[test]
fn a_spot_that_reaches_far_widens_the_search_no_more_than_where_it_is() {
    let mut builder = TownsBuilder::default();
    for number in 0..2000 {
        let uncertainty = if number == 0 { 3e6 } else { 100.0 };
        builder.add(number, &at(f64::from(number / 50), f64::from(number % 50)), uncertainty, plain(number, 1));
    }
    let held = Held::new(&builder.finish());
    let towns = Towns::open(held.section()).unwrap();
    let mut search = towns.around(&at(20.0, 20.0), Within::Circles(200_000.0));
    let mut met = vec![];
    while let Some(town) = search.next(Bound::NONE) {
        met.extend_from_slice(towns.spots(town));
    }
    assert!(met.contains(&0) && met.contains(&(20 * 50 + 20)), "{met:?}");
    assert!(met.len() < 60, "{}", met.len());
}

#[test]
fn spots_that_share_their_rows_tell_them_once() {
    let mut builder = TownsBuilder::default();
    let shared = (3, Plain { first: 7, spot: 0, event: 9 });
    builder.add(0, &at(1.0, 2.0), 1_000.0, shared);
    builder.add(1, &at(1.0, 2.0), 25_000.0, shared);
    builder.add(2, &at(1.0, 2.0), 300_000.0, (0, Plain::NOTHING));
    let held = Held::new(&builder.finish());
    let towns = Towns::open(held.section()).unwrap();
    let town = towns.around(&at(0.0, 0.0), Within::Earth).next(Bound::NONE).unwrap();
    assert_eq!((towns.spots(town), (town.rows, towns.plain(town))), (&[0, 1, 2][..], shared));
}
