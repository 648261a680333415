//! What is asked of many events holds no thread, however much it asks for: see [`slices`](super::super::slices).

use dossier::{
    model::{area::Area, day::Day, name::Collection, sphere::Point},
    pb::{self, CountDimension as By},
    store::{
        Budget, Error, Hits, View as _,
        query::{ClaimQuery, CountQuery, EventQuery, NearQuery, Order, Origin, PageOf, Position},
    },
};

use super::{
    World,
    asked::names,
    made::{self, LATE},
};
use crate::store::slices::in_slices;

const FIRST: PageOf = PageOf { after: None, size: 1000 };

pub(super) fn hold(world: &World) {
    for (what, query) in &queries(world) {
        lists(world, what, query);
        claims(world, what, query);
        counts(world, what, query);
        near(world, what, query);
    }
    unknown_names(world);
    near_in_a_day(world);
}

/// Questions that take all events, or look at all of them.
fn queries(world: &World) -> Vec<(&'static str, EventQuery)> {
    let every = EventQuery::default();
    let actors = names(world.actors.iter().map(|actor| &actor.name).take(100));
    let sources = names(world.sources.iter().map(|source| &source.name).take(100));
    let places = names(world.facts.made.places.iter().map(|place| &place.name).take(100));
    let certain = EventQuery { window: Some((Day::MIN, day(LATE))), certain: true, ..every.clone() };
    vec![
        ("all", every.clone()),
        ("as of a day", EventQuery { as_of: Some(day(&made::day(420))), ..every.clone() }),
        ("words of all", EventQuery { text: Some("e".into()), ..every.clone() }),
        ("certain days", certain),
        ("a polygon", EventQuery { area: Some(polygon()), ..every.clone() }),
        ("many places", EventQuery { places, ..every.clone() }),
        ("many who say it", EventQuery { claimants: actors, sources, ..every.clone() }),
        ("nothing", EventQuery { camps: vec!["camps/camp-1".into()], country_code: Some("WW".into()), ..every }),
    ]
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// As many corners as are allowed, far around the north pole, so that each event is held against many edges.
fn polygon() -> Area {
    let corner = |at: u32| {
        let latitude = if at.is_multiple_of(2) { 10.0 } else { 9.0 };
        pb::LatLng { latitude, longitude: f64::from(at) * 0.36 - 180.0 }
    };
    let polygon = pb::area::Polygon { vertices: (0..1000).map(corner).collect() };
    Area::parse(&pb::Area { shape: Some(pb::area::Shape::Polygon(polygon)) }, "area").unwrap()
}

/// Where the page behind these starts, if there is one.
fn behind(hits: &Hits<'_>) -> Option<PageOf> {
    hits.hits.last().filter(|_| hits.more).map(|hit| PageOf { after: Some(hit.at), ..FIRST })
}

/// The first pages, and one from the middle on.
fn pages(mut ask: impl FnMut(PageOf) -> Option<PageOf>) {
    let mut next = Some(FIRST);
    for _ in 0..3 {
        next = next.and_then(&mut ask);
    }
    ask(PageOf { after: Some(Position { major: 100_000, minor: 0 }), ..FIRST });
}

fn lists(world: &World, what: &str, query: &EventQuery) {
    let view = &world.view;
    for order in [Order::OldestFirst, Order::NewestFirst] {
        pages(|of| {
            let budget = Budget::default();
            behind(&in_slices(what, &budget, view.list_events(query, order, of, &budget)).0.unwrap())
        });
    }
    pages(|of| {
        let budget = Budget::default();
        behind(&in_slices(what, &budget, view.list_handovers(query, of, &budget)).0.unwrap())
    });
    for aspects in [&[][..], &[pb::Aspect::Number]] {
        pages(|of| {
            let budget = Budget::default();
            behind(&in_slices(what, &budget, view.list_disputes(query, aspects, of, &budget)).0.unwrap())
        });
    }
}

fn claims(world: &World, what: &str, query: &EventQuery) {
    let everybody = ClaimQuery {
        claimants: names(world.actors.iter().map(|actor| &actor.name).take(100)),
        sources: names(world.sources.iter().map(|source| &source.name).take(100)),
        ..ClaimQuery::default()
    };
    let stated = |first: &str| ClaimQuery { stated: Some((day(first), Day::MAX)), ..ClaimQuery::default() };
    // What all claims are, and what none is: each is read.
    for asked in [ClaimQuery::default(), everybody, stated(&made::day(0)), stated("9000-01-01")] {
        pages(|of| {
            let budget = Budget::default();
            behind(&in_slices(what, &budget, world.view.list_claims(query, &asked, of, &budget)).0.unwrap())
        });
    }
}

fn counts(world: &World, what: &str, query: &EventQuery) {
    for group_by in
        [vec![], vec![By::Country], vec![By::Day, By::Place], vec![By::Actor, By::Source], vec![By::Week, By::Kind]]
    {
        let count = CountQuery { group_by };
        pages(|of| {
            let budget = Budget::default();
            let counts = in_slices(what, &budget, world.view.count(query, &count, of, &budget)).0.unwrap();
            counts.rows.last().filter(|_| counts.more).map(|(_, at)| PageOf { after: Some(*at), ..FIRST })
        });
    }
}

/// A search from a point of the ocean.
fn around(radius: Option<f64>) -> NearQuery {
    NearQuery { origin: Origin::Point(Point::new(-40.0, -120.0).unwrap()), radius, max_uncertainty: None }
}

fn near(world: &World, what: &str, query: &EventQuery) {
    for near in [around(None), around(Some(1e7))] {
        let budget = Budget::default();
        in_slices(what, &budget, world.view.near(query, &near, FIRST, &budget)).0.unwrap();
    }
}

fn unknown_names(world: &World) {
    for collection in
        [Collection::Events, Collection::Places, Collection::Actors, Collection::Camps, Collection::Sources]
    {
        let unknown = |at: usize| collection.name(&format!("{}thing-{at}x", "none-".repeat(at % 30)));
        let (unknown, budget) = ((0..100).map(unknown).collect::<Vec<_>>(), Budget::default());
        let told = in_slices("unknown names", &budget, world.view.get(collection, &unknown, None, &budget)).0;
        assert!(matches!(told, Err(Error::Unknown(names)) if names.len() == 100));
    }
}

/// Of few rows each is measured: how many those are is told by what zones say of their days.
fn near_in_a_day(world: &World) {
    for after in (0..500).step_by(50) {
        let at = day(LATE).plus(after);
        let query = EventQuery { window: Some((at, at)), ..EventQuery::default() };
        let (near, page, budget) = (around(None), PageOf { after: None, size: 10 }, Budget::default());
        let (found, took) = in_slices("a day", &budget, world.view.near(&query, &near, page, &budget));
        assert_eq!(found.unwrap().hits.len(), 10);
        assert!(took.spent < 8_000, "{at}: {took:?}");
    }
}
