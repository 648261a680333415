//! The store against brute force: every filter, order and page on made-up data, compared with a scan of all versions.

mod asked;
mod changes;
mod crowd;
mod edges;
mod scan;
mod slices;

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use dossier::{
    model::{
        day::Day,
        derive::{Derived, EventVersion, derive},
        sphere::{Circle, Point},
    },
    pb,
    store::{
        Budget, Error, Hits, Store as _, View,
        engine::{ImageStore, ImageView},
        query::{ClaimQuery, CountQuery, EventQuery, NearQuery, Order, Origin, PageOf},
    },
};
use prost::Message as _;

use crate::generate::{self, Dice, Size};
use asked::{point, query};
use scan::{matches, values};

struct World {
    derived: Derived,
    view: Arc<ImageView>,
}

fn world(seed: u64) -> World {
    let derived = derive(generate::dataset(seed, Size::SMALL));
    let store = ImageStore::new(ImageView::in_memory(&derived, UNIX_EPOCH).unwrap());
    World { view: store.current(), derived }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn expected<'w>(query: &EventQuery, order: Order, world: &'w World) -> Vec<&'w pb::Event> {
    let mut found: Vec<&EventVersion> =
        world.derived.events.iter().flatten().filter(|version| matches(query, version, &world.derived)).collect();
    found.sort_by(|a, b| {
        let by_time = match order {
            Order::OldestFirst => days(a).cmp(&days(b)).then_with(|| a.event.name.cmp(&b.event.name)),
            Order::NewestFirst => days(b).cmp(&days(a)).then_with(|| b.event.name.cmp(&a.event.name)),
        };
        let by_time = if a.dated { by_time } else { a.event.name.cmp(&b.event.name) };
        b.dated.cmp(&a.dated).then(by_time)
    });
    found.into_iter().map(|version| &version.event).collect()
}

/// First day, else last; then last day.
fn days(version: &EventVersion) -> (Day, Day) {
    let (first, last) = (version.span.s1, version.span.e2);
    (if first == Day::MIN { last } else { first }, last)
}

fn decode<M: prost::Message + Default>(hits: &Hits<'_>) -> Vec<M> {
    hits.hits.iter().map(|hit| M::decode_length_delimited(hit.bytes).unwrap()).collect()
}

/// All pages of a list, joined.
fn pages<M: prost::Message + Default>(size: usize, mut page: impl FnMut(PageOf) -> (Vec<M>, Option<PageOf>)) -> Vec<M> {
    let mut all = vec![];
    let mut next = Some(PageOf { after: None, size });
    while let Some(of) = next {
        let (mut entries, more) = page(of);
        assert!(entries.len() <= size && (more.is_none() || entries.len() == size));
        all.append(&mut entries);
        assert!(all.len() < 10_000, "pages of so few events come to an end");
        next = more;
    }
    all
}

fn page_of<M: prost::Message + Default>(hits: Result<Hits<'_>, Error>, size: usize) -> (Vec<M>, Option<PageOf>) {
    let hits = hits.unwrap();
    let next = hits.hits.last().filter(|_| hits.more).map(|hit| PageOf { after: Some(hit.at), size });
    (decode(&hits), next)
}

#[test]
fn lists_are_what_a_scan_finds_in_every_order_and_page_size() {
    for seed in 0..20 {
        let world = world(seed);
        let mut dice = Dice::new(1000 + seed);
        for _ in 0..60 {
            let query = query(&mut dice, &world);
            let order = *dice.pick(&[Order::OldestFirst, Order::NewestFirst]);
            let size = *dice.pick(&[1, 2, 7, 1000]);
            let found: Vec<pb::Event> =
                pages(size, |of| page_of(run(world.view.list_events(&query, order, of, &Budget::default())), size));
            let expected = expected(&query, order, &world);
            assert_eq!(names(&found), names(expected.iter().copied()), "{query:?} {order:?}");
            assert!(found.iter().eq(expected), "the bytes are the derived events");
        }
    }
}

fn names<'e>(events: impl IntoIterator<Item = &'e pb::Event>) -> Vec<&'e str> {
    events.into_iter().map(|event| event.name.as_str()).collect()
}

#[test]
fn near_is_what_measuring_everything_finds() {
    let mut found_some = 0;
    for seed in 0..20 {
        let world = world(seed);
        let mut dice = Dice::new(2000 + seed);
        for _ in 0..40 {
            let query = query(&mut dice, &world);
            let near = NearQuery {
                origin: origin(&mut dice, &query, &world),
                radius: dice.once_in(2).then(|| dice.unit() * 1e7),
                max_uncertainty: dice.once_in(4).then_some(6000.0),
            };
            let size = *dice.pick(&[1, 3, 1000]);
            let expected = expected_near(&query, &near, &world);
            let mut found = vec![];
            let mut next = Some(PageOf { after: None, size });
            while let Some(of) = next {
                let budget = Budget::default();
                let page = run(world.view.near(&query, &near, of, &budget)).unwrap();
                next = page.hits.last().filter(|_| page.more).map(|hit| PageOf { after: Some(hit.hit.at), size });
                found.extend(page.hits.iter().map(|near| {
                    let event = pb::Event::decode_length_delimited(near.hit.bytes).unwrap();
                    (event.name, near.distance, near.bearing.is_some())
                }));
            }
            assert_eq!(found, expected, "{query:?} {near:?}");
            found_some += usize::from(!found.is_empty());
        }
    }
    assert!(found_some > 200, "the questions ask for something: {found_some}");
}

/// A point, or the name of something that has one.
fn origin(dice: &mut Dice, query: &EventQuery, world: &World) -> Origin {
    match dice.below(4) {
        0 => Origin::Place(dice.pick(&world.derived.places).name.clone()),
        1 => Origin::Camp(dice.pick(&world.derived.camps)[0].camp.name.clone()),
        2 => {
            let known =
                |version: &&EventVersion| version.known.answers(query.as_of) && circle(&version.event).is_some();
            let known: Vec<&EventVersion> = world.derived.events.iter().flatten().filter(known).collect();
            if known.is_empty() {
                Origin::Point(point(dice))
            } else {
                Origin::Event(dice.pick(&known).event.name.clone())
            }
        }
        _ => Origin::Point(point(dice)),
    }
}

fn circle(event: &pb::Event) -> Option<Circle> {
    let location = event.location.as_ref()?;
    let center = Point::try_from(location.point.as_ref()?).unwrap();
    Some(Circle { center, radius_meters: location.uncertainty_meters.unwrap_or(0.0) })
}

/// Where an origin is, how exactly, and which event is not its own neighbour.
fn around(origin: &Origin, query: &EventQuery, world: &World) -> (Circle, Option<String>) {
    let of_place = |name: &str| {
        let place = world.derived.places.iter().find(|place| place.name == name).unwrap();
        let center = Point::try_from(place.point.as_ref().unwrap()).unwrap();
        Circle { center, radius_meters: place.uncertainty_meters.unwrap() }
    };
    match origin {
        Origin::Point(center) => (Circle { center: *center, radius_meters: 0.0 }, None),
        Origin::Place(name) => (of_place(name), None),
        Origin::Camp(name) => {
            let camp = world.derived.camps.iter().find(|versions| versions[0].camp.name == *name).unwrap();
            (of_place(&camp[0].camp.place), None)
        }
        Origin::Event(name) => {
            let is_it = |version: &&EventVersion| version.event.name == *name && version.known.answers(query.as_of);
            let version = world.derived.events.iter().flatten().find(is_it).unwrap();
            (circle(&version.event).unwrap(), Some(name.clone()))
        }
    }
}

fn expected_near(query: &EventQuery, near: &NearQuery, world: &World) -> Vec<(String, f64, bool)> {
    let (origin, except) = around(&near.origin, query, world);
    // Newest first, then by name: of equal days the name ascends.
    let mut all: Vec<&EventVersion> =
        world.derived.events.iter().flatten().filter(|version| matches(query, version, &world.derived)).collect();
    all.sort_by_key(|version| {
        let days = version.dated.then_some(days(version));
        (!version.dated, std::cmp::Reverse(days), version.event.name.clone())
    });
    let mut found = vec![];
    for version in all {
        let Some(location) = &version.event.location else { continue };
        let Some(circle) = circle(&version.event).filter(|_| except.as_ref() != Some(&version.event.name)) else {
            continue;
        };
        let u = circle.radius_meters + origin.radius_meters;
        let d = origin.center.distance(&circle.center);
        let keeps = match (near.radius, near.max_uncertainty) {
            (Some(radius), _) if query.certain => d + u <= radius,
            (Some(radius), _) => d - u <= radius,
            (None, None) => location.precision() <= pb::LocationPrecision::District,
            (None, Some(_)) => true,
        };
        if keeps && near.max_uncertainty.is_none_or(|most| circle.radius_meters <= most) {
            found.push((version.event.name.clone(), d, d > u));
        }
    }
    found.sort_by(|a, b| a.1.total_cmp(&b.1));
    found
}

#[test]
fn counts_add_up_to_what_a_scan_finds() {
    use pb::CountDimension as By;
    for seed in 0..20 {
        let world = world(seed);
        let mut dice = Dice::new(3000 + seed);
        for _ in 0..20 {
            let query = query(&mut dice, &world);
            let events = expected(&query, Order::OldestFirst, &world);
            let two = [vec![], vec![By::Actor, By::Status], vec![By::Place, By::Week]];
            let one = [By::Kind, By::Source, By::Camp, By::Place, By::Country, By::Day, By::Week, By::Month, By::Year];
            for group_by in two.into_iter().chain(one.map(|by| vec![by])) {
                let count = CountQuery { group_by: group_by.clone() };
                let page = PageOf { after: None, size: 1000 };
                let counts = run(world.view.count(&query, &count, page, &Budget::default())).unwrap();
                assert_eq!(counts.total as usize, events.len());
                let without = events.iter().filter(|event| event.casualties.is_none()).count();
                assert_eq!(counts.without_casualties as usize, without);
                let in_rows: u32 = counts.rows.iter().map(|(row, _)| row.count).sum();
                assert!(in_rows as usize >= events.len(), "{group_by:?}: every event counts in a row");
                for (row, _) in &counts.rows {
                    let in_row = |event: &&&pb::Event| {
                        group_by.iter().all(|by| {
                            let key = row.keys.iter().find(|key| key.dimension == i32::from(*by));
                            let values = values(event, *by, &world.derived);
                            key.map_or(values.is_empty(), |key| values.contains(&key.value))
                        })
                    };
                    let members: Vec<&&pb::Event> = events.iter().filter(in_row).collect();
                    assert_eq!(row.count as usize, members.len(), "{row:?}");
                    let deaths: Vec<&pb::Casualties> = members.iter().filter_map(|e| e.casualties.as_ref()).collect();
                    let sum =
                        |of: fn(&pb::Casualties) -> Option<u32>| deaths.iter().map(|d| of(d)).sum::<Option<u32>>();
                    let expected = (!deaths.is_empty()).then(|| pb::Casualties {
                        low: sum(|d| d.low),
                        best: sum(|d| d.best),
                        high: sum(|d| d.high),
                        sides: vec![],
                    });
                    assert_eq!(row.casualties, expected);
                }
            }
        }
    }
}

#[test]
fn claims_and_disputes_are_those_of_the_events_in_order() {
    for seed in 0..20 {
        let world = world(seed);
        let mut dice = Dice::new(4000 + seed);
        for _ in 0..30 {
            let query = query(&mut dice, &world);
            let size = *dice.pick(&[1, 4, 1000]);
            let claims = ClaimQuery {
                claimants: if dice.once_in(3) { vec!["actors/band-1".into(), "actors/band-4".into()] } else { vec![] },
                stances: if dice.once_in(3) { vec![pb::Stance::Asserts] } else { vec![] },
                ..ClaimQuery::default()
            };
            let events = expected(&query, Order::OldestFirst, &world);
            let expected: Vec<pb::Claim> = events
                .iter()
                .flat_map(|event| event.claims.clone())
                .filter(|claim| claims.claimants.is_empty() || claims.claimants.contains(&claim.claimant))
                .filter(|claim| claims.stances.is_empty() || claim.stance() == pb::Stance::Asserts)
                .collect();
            let found: Vec<pb::Claim> =
                pages(size, |of| page_of(run(world.view.list_claims(&query, &claims, of, &Budget::default())), size));
            assert_eq!(found, expected);
            let aspects = if dice.once_in(2) { vec![pb::Aspect::Time, pb::Aspect::Status] } else { vec![] };
            let expected: Vec<pb::Dispute> = events
                .iter()
                .flat_map(|event| event.disputes.clone())
                .filter(|dispute| aspects.is_empty() || aspects.contains(&dispute.aspect()))
                .collect();
            let found: Vec<pb::Dispute> = pages(size, |of| {
                page_of(run(world.view.list_disputes(&query, &aspects, of, &Budget::default())), size)
            });
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn a_walk_goes_on_in_its_revision_while_another_is_loaded() {
    let first = derive(generate::dataset(1, Size::SMALL));
    let second = derive(generate::dataset(2, Size::SMALL));
    let store = ImageStore::new(ImageView::in_memory(&first, UNIX_EPOCH).unwrap());
    store.load(ImageView::in_memory(&second, UNIX_EPOCH + Duration::from_secs(1)).unwrap());
    assert_eq!(store.current().revision(), second.revision);
    let pinned = store.at(&first.revision).expect("the one before stays");
    let query = EventQuery::default();
    let found: Vec<pb::Event> =
        pages(7, |of| page_of(run(pinned.list_events(&query, Order::OldestFirst, of, &Budget::default())), 7));
    let world = World { view: Arc::clone(&pinned), derived: first };
    assert_eq!(names(&found), names(expected(&query, Order::OldestFirst, &world)));
    assert!(!found.is_empty());
    for seed in 3..9 {
        let derived = derive(generate::dataset(seed, Size::SMALL));
        store.load(ImageView::in_memory(&derived, UNIX_EPOCH).unwrap());
    }
    assert!(store.at(&world.derived.revision).is_none(), "the oldest go");
}

#[test]
fn the_same_facts_in_any_order_are_the_same_bytes() {
    let made = generate::dataset(5, Size::SMALL);
    let mut turned = made.clone();
    turned.events.iter_mut().for_each(|event| event.claims.reverse());
    let (a, b) = (derive(made), derive(turned));
    assert_eq!(a.revision, b.revision);
    let encode = |derived: &Derived| -> Vec<Vec<u8>> {
        derived.events.iter().flatten().map(|version| version.event.encode_to_vec()).collect()
    };
    assert_eq!(encode(&a), encode(&b));
}
