//! The store at a size where indexes matter: 100,000 events over several chunks of rows, held against a scan of all versions.

use std::{collections::BTreeMap, time::Instant};

use super::*;

/// One test, since what takes the time is to make and derive the events.
#[test]
fn many_events_are_answered_as_a_scan_finds_them() {
    let began = Instant::now();
    let tell = |what: &str| println!("{what}: {:.1} s", began.elapsed().as_secs_f64());
    let size = Size { events: 100_000, places: 400, actors: 60, sources: 60 };
    let made = generate::dataset(77, size);
    tell("made");
    let derived = derive(made);
    tell("derived");
    let view = Arc::new(ImageView::in_memory(&derived, UNIX_EPOCH).unwrap());
    tell("built");
    let world = World { derived, view };
    lists(&world);
    tell("lists");
    near(&world);
    tell("near");
    counts(&world);
    tell("counts");
}

fn lists(world: &World) {
    let mut dice = Dice::new(5000);
    let mut long = 0;
    for _ in 0..24 {
        let query = query(&mut dice, world);
        let order = *dice.pick(&[Order::OldestFirst, Order::NewestFirst]);
        let expected = expected(&query, order, world);
        long += usize::from(expected.len() > 1000);
        // Whole walks in large pages, and the first pages in small ones.
        let found: Vec<pb::Event> =
            pages(1000, |of| page_of(run(world.view.list_events(&query, order, of, &Budget::default())), 1000));
        assert_eq!(names(&found), names(expected.iter().copied()), "{query:?} {order:?}");
        let mut next = Some(PageOf { after: None, size: 7 });
        for expected in expected.chunks(7).take(5) {
            let budget = Budget::default();
            let page = run(world.view.list_events(&query, order, next.unwrap(), &budget));
            let (found, more) = page_of::<pb::Event>(page, 7);
            assert!(found.iter().eq(expected.iter().copied()), "{query:?} {order:?}");
            next = more;
        }
    }
    assert!(long > 5, "the questions ask for much: {long}");
}

fn near(world: &World) {
    let mut dice = Dice::new(6000);
    for _ in 0..24 {
        let query = query(&mut dice, world);
        let near = NearQuery {
            origin: origin(&mut dice, &query, world),
            radius: dice.once_in(2).then(|| dice.unit() * 3e6),
            max_uncertainty: dice.once_in(4).then_some(6000.0),
        };
        let expected = expected_near(&query, &near, world);
        for size in [10, 300] {
            let mut next = Some(PageOf { after: None, size });
            for expected in expected.chunks(size).take(4) {
                let budget = Budget::default();
                let page = run(world.view.near(&query, &near, next.unwrap(), &budget)).unwrap();
                next = page.hits.last().filter(|_| page.more).map(|hit| PageOf { after: Some(hit.hit.at), size });
                let found: Vec<(String, f64, bool)> = page
                    .hits
                    .iter()
                    .map(|near| {
                        let event = pb::Event::decode_length_delimited(near.hit.bytes).unwrap();
                        (event.name, near.distance, near.bearing.is_some())
                    })
                    .collect();
                assert_eq!(found, expected, "{query:?} {near:?}");
            }
            assert_eq!(next.is_some(), expected.is_empty() || expected.len() > 4 * size);
        }
    }
}

fn counts(world: &World) {
    use pb::CountDimension as By;
    let mut dice = Dice::new(7000);
    for _ in 0..12 {
        let query = query(&mut dice, world);
        let events = expected(&query, Order::OldestFirst, world);
        for by in [By::Kind, By::Status, By::Camp, By::Source, By::Month] {
            let count = CountQuery { group_by: vec![by] };
            let page = PageOf { after: None, size: 1000 };
            let counts = run(world.view.count(&query, &count, page, &Budget::default())).unwrap();
            assert_eq!(counts.total as usize, events.len());
            let mut expected: BTreeMap<Option<String>, u32> = BTreeMap::new();
            for event in &events {
                let mut keys = values(event, by, &world.derived);
                keys.sort();
                keys.dedup();
                let absent = keys.is_empty().then_some(None);
                for key in keys.into_iter().map(Some).chain(absent) {
                    *expected.entry(key).or_default() += 1;
                }
            }
            let found: BTreeMap<Option<String>, u32> =
                counts.rows.iter().map(|(row, _)| (row.keys.first().map(|key| key.value.clone()), row.count)).collect();
            assert_eq!(found, expected, "{query:?} {by:?}");
        }
    }
}
