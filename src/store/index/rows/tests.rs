//! Filters against sets of rows.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    model::day::Day,
    store::index::{
        bytes::Held,
        postings::{
            Key,
            tests::{Written, some_rows},
        },
        zones::ZonesBuilder,
    },
};

const ROWS: u32 = 170_000;

/// What must hold: indexes of sets.
#[derive(Debug, Clone)]
struct Asked {
    any: Vec<Vec<usize>>,
    without: Vec<Vec<usize>>,
    set: Option<(usize, Vec<usize>)>,
    modulus: Option<u32>,
    days: Option<(i32, i32)>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let some = || prop::collection::vec(0_usize..6, 1..4);
    let days = (0_i32..2000, 0_i32..800).prop_map(|(first, len)| (first, first + len));
    (
        prop::collection::vec(some(), 0..3),
        prop::collection::vec(some(), 0..2),
        prop::option::of((0_usize..6, some())),
        prop::option::of(2_u32..5),
        prop::option::of(days),
    )
        .prop_map(|(any, without, set, modulus, days)| Asked { any, without, set, modulus, days })
}

/// The day of a row: in order of rows, now and then far ahead.
fn day(row: u32) -> i32 {
    if row.is_multiple_of(5000) { 2500 } else { (row / 85) as i32 }
}

fn zones() -> Held {
    let mut zones = ZonesBuilder::default();
    (0..ROWS).for_each(|row| zones.add(Day::from_epoch(day(row)), Day::from_epoch(day(row) + 1)));
    Held::new(&zones.finish())
}

fn expected(asked: &Asked, sets: &[BTreeSet<u32>]) -> Vec<u32> {
    let flags = |set: &BTreeSet<u32>| (0..ROWS).map(|row| set.contains(&row)).collect();
    let sets: Vec<Vec<bool>> = sets.iter().map(flags).collect();
    let has = |row: &u32, of: &[usize]| of.iter().any(|at| sets[*at][*row as usize]);
    let in_set = |row: &u32| asked.set.as_ref().is_none_or(|(one, more)| has(row, &[*one]) || has(row, more));
    let start: Vec<u32> = match asked.any.first() {
        Some(first) => (0..ROWS).filter(|row| has(row, first)).collect(),
        None => (0..ROWS).collect(),
    };
    let rows = start.into_iter().filter(|row| {
        asked.any.iter().all(|any| has(row, any))
            && !asked.without.iter().any(|any| has(row, any))
            && in_set(row)
            && asked.modulus.is_none_or(|modulus| row % modulus == 0)
            && asked.days.is_none_or(|(first, last)| day(*row) <= last && day(*row) + 1 >= first)
    });
    rows.collect()
}

fn filter<'a>(asked: &Asked, written: &'a Written, zones: &'a Held, sets: &[BTreeSet<u32>]) -> Filter<'a> {
    let postings = |of: &[usize]| -> Vec<Posting<'a>> {
        of.iter().map(|at| written.open().get(Key::Kind(*at as i32)).unwrap()).collect()
    };
    let mut filter = Filter::new(ROWS);
    asked.any.iter().for_each(|any| filter.any(postings(any)));
    asked.without.iter().for_each(|any| filter.without(postings(any)));
    if let Some((one, more)) = &asked.set {
        let mut set = RowSet::default();
        sets[*one].iter().for_each(|row| set.insert(*row));
        for posting in postings(more) {
            let mut from = Some(0);
            while let Some(chunk) = from {
                from = set.add(&posting, chunk).unwrap();
            }
        }
        filter.within(set);
    }
    if let Some(modulus) = asked.modulus {
        filter.check(move |row: u32| Ok(row.is_multiple_of(modulus)));
    }
    if let Some((first, last)) = asked.days {
        let window = Window { first: Day::from_epoch(first), last: Day::from_epoch(last), certain: false };
        let exact = move |row: u32| Ok(day(row) <= last && day(row) + 1 >= first);
        filter.check(Days { zones: Zones::open(zones.section(), ROWS).unwrap(), window, exact });
    }
    filter
}

fn steps(mut walk: Walk<'_>) -> Vec<u32> {
    let mut rows = vec![];
    while let Some(some) = walk.step().unwrap() {
        assert!(some.len() <= 256);
        rows.extend_from_slice(some);
        assert!(walk.price() < 20_000);
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_walk_meets_just_the_rows_that_match(
        sets in prop::collection::vec(some_rows(), 6), asked in asked(), start in 0..ROWS, end in 0..ROWS + 99
    ) {
        let zones = zones();
        let written = Written::new(&(0..).map(Key::Kind).zip(sets.iter().cloned()).collect());
        let filter = filter(&asked, &written, &zones, &sets);
        let expected = expected(&asked, &sets);
        prop_assert_eq!(&steps(Walk::up(&filter, 0..u32::MAX)), &expected);
        let part: Vec<u32> = expected.iter().copied().filter(|row| (start..end).contains(row)).collect();
        prop_assert_eq!(&steps(Walk::up(&filter, start..end)), &part);
        let back: Vec<u32> = part.into_iter().rev().collect();
        prop_assert_eq!(&steps(Walk::down(&filter, start..end)), &back);

        if asked.modulus.is_none() && asked.days.is_none() {
            let few = |wanted: usize| expected.len().pow(2) <= wanted * ROWS as usize;
            prop_assert!([0, 1, 10, 1000].into_iter().all(|wanted| few(wanted) || !filter.is_sparse(wanted).unwrap()));
        }
        let zones: Vec<(u32, Verdict)> = filter.zones().collect();
        for zone in 0..ROWS.div_ceil(ZONE) {
            let touches = |row: u32| asked.days.is_none_or(|(first, last)| day(row) <= last && day(row) + 1 >= first);
            let mut rows = (zone * ZONE..ROWS.min((zone + 1) * ZONE)).map(touches);
            match zones.binary_search_by_key(&zone, |(zone, _)| *zone).ok().map(|at| zones[at].1) {
                None => prop_assert!(!rows.any(|touches| touches)),
                Some(Verdict::All) => prop_assert!(asked.modulus.is_none() && rows.all(|touches| touches)),
                Some(_) => prop_assert!(asked.modulus.is_some() || !rows.all(|touches| touches)),
            }
        }
        for row in expected.iter().step_by(313).flat_map(|row| [row.saturating_sub(1), *row, row + 1]).chain([start, end]) {
            prop_assert_eq!(filter.contains(row).unwrap(), expected.binary_search(&row).is_ok(), "{}", row);
        }
    }
}

#[test]
fn a_page_of_a_common_value_costs_little() {
    let written = Written::new(&BTreeMap::from([
        (Key::Current, (0..ROWS).collect()),
        (Key::Kind(0), (0..ROWS).step_by(3).collect()),
    ]));
    let mut filter = Filter::new(ROWS);
    filter.any(vec![written.open().get(Key::Current).unwrap()]);
    filter.any(vec![written.open().get(Key::Kind(0)).unwrap()]);
    filter.check(|row: u32| Ok(!row.is_multiple_of(2)));
    let mut walk = Walk::down(&filter, 0..ROWS);
    assert!((1..=128).contains(&walk.step().unwrap().unwrap().len()));
    assert!(walk.price() < 200, "a page looks at 256 rows, not at a chunk");
}

/// A filter of a window of days in which one in so many rows goes on for two years.
fn with_long(one_in: u32, zones: &Held, (first, last): (i32, i32)) -> Filter<'_> {
    let mut filter = Filter::new(ROWS);
    let window = Window { first: Day::from_epoch(first), last: Day::from_epoch(last), certain: false };
    let exact = move |row: u32| Ok(started(row) <= last && ended(row, one_in) >= first);
    filter.check(Days { zones: Zones::open(zones.section(), ROWS).unwrap(), window, exact });
    filter
}

fn started(row: u32) -> i32 {
    (row / 85) as i32
}

fn ended(row: u32, one_in: u32) -> i32 {
    started(row) + if row.is_multiple_of(one_in) { 700 } else { 0 }
}

#[test]
fn how_many_rows_match_a_window_is_told_by_zones_and_by_some_rows_of_them() {
    let zones = [ROWS, 50, 2].map(|one_in| {
        let mut zones = ZonesBuilder::default();
        (0..ROWS).for_each(|row| zones.add(Day::from_epoch(started(row)), Day::from_epoch(ended(row, one_in))));
        (one_in, Held::new(&zones.finish()))
    });
    for (one_in, zones) in &zones {
        for (window, wanted) in
            [((1500, 1500), 10), ((1500, 1500), 1000), ((1000, 1400), 10), ((1990, 9999), 10), ((5000, 9999), 1)]
        {
            let filter = with_long(*one_in, zones, window);
            let matching = (0..ROWS).filter(|row| filter.contains(*row).unwrap()).count() as u64;
            let left = filter.zones().count() as u64 * u64::from(ZONE);
            // Where it is not a near thing.
            let (cost, most) = (matching * (matching + left / 10), wanted as u64 * u64::from(ROWS));
            if cost * 2 < most || cost > most * 2 {
                assert_eq!(filter.is_sparse(wanted).unwrap(), cost < most, "{window:?}: {matching} of {left} rows");
            }
        }
    }
}
