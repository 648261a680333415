//! Made-up questions: any of the fields of a filter together, with a search, a count and lists of claims beside it.

use dossier::pb::{self, area::Shape};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{select, subsequence},
};
use prost::Message as _;

use super::{
    days,
    facts::Facts,
    made::{self, LATE, WORDS},
};

/// The fields that a filter can have; `match` goes with days and areas.
pub(super) const FIELDS: u32 = 16;

/// Which of them are its days.
pub(super) const WINDOW: u32 = 10;

/// Days on which what was known then is told by facts that are cut there.
pub(super) const CUTS: [u32; 2] = [180, 420];

#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) filter: pb::EventFilter,
    pub(super) newest_first: bool,
    /// One after the other, and over again.
    pub(super) page_sizes: Vec<i32>,
    pub(super) near: pb::GetEventsNearRequest,
    pub(super) group_by: Vec<i32>,
    pub(super) claims: pb::ListClaimsRequest,
    pub(super) aspects: Vec<i32>,
}

pub(super) fn names<'n, I: Iterator<Item = &'n String>>(of: I) -> Vec<String> {
    of.cloned().collect()
}

fn some<T: Clone + std::fmt::Debug + 'static>(of: Vec<T>, most: usize) -> BoxedStrategy<Vec<T>> {
    subsequence(of, 1..=most).prop_shuffle().boxed()
}

/// A question whose filter has these fields: bits of a mask.
pub(super) fn asked(facts: &Facts, fields: u32) -> BoxedStrategy<Asked> {
    let parts: Vec<BoxedStrategy<pb::EventFilter>> =
        (0..FIELDS).filter(|field| fields & (1 << field) != 0).map(|field| part(facts, field)).collect();
    let filter = parts.prop_map(|parts| {
        let mut whole = pb::EventFilter::default();
        for part in parts {
            whole.merge(part.encode_to_vec().as_slice()).unwrap();
        }
        whole
    });
    let sizes = vec(select(vec![1, 2, 7, 40, 333, 0, 1000]), 1..4);
    let by = subsequence((1..=11).collect::<Vec<i32>>(), 0..=2).prop_shuffle();
    let aspects = subsequence(vec![1, 2, 3, 4, 5], 0..=5).prop_shuffle();
    (filter, any::<bool>(), sizes, near(facts), by, claims(facts), aspects)
        .prop_map(|(filter, newest_first, page_sizes, near, group_by, claims, aspects)| Asked {
            filter,
            newest_first,
            page_sizes,
            near,
            group_by,
            claims,
            aspects,
        })
        .boxed()
}

/// A filter of one field.
fn part(facts: &Facts, field: u32) -> BoxedStrategy<pb::EventFilter> {
    use pb::EventFilter as F;
    let made = &facts.made;
    let actors = names(made.actors.iter().map(|actor| &actor.name));
    let sources = names(made.sources.iter().map(|source| &source.name));
    let camps = names(made.camps.iter().map(|camp| &camp.name));
    let places = names(made.places.iter().map(|place| &place.name));
    let wide: Vec<String> = (0..40).map(|i| format!("places/spot-{i}")).collect();
    match field {
        0 => some(vec![100, 110, 120, 140, 210, 400, 420, 430, 510, 600, 900], 4)
            .prop_map(|kinds| F { kinds, ..F::default() })
            .boxed(),
        1 => some((1..=7).collect(), 4).prop_map(|statuses| F { statuses, ..F::default() }).boxed(),
        2 => some(actors, 6).prop_map(|actors| F { actors, ..F::default() }).boxed(),
        3 => some(actors, 2).prop_map(|all_actors| F { all_actors, ..F::default() }).boxed(),
        4 => some((1..=9).collect(), 4).prop_map(|roles| F { roles, ..F::default() }).boxed(),
        5 => prop_oneof![some(places, 30), some(wide, 3)].prop_map(|places| F { places, ..F::default() }).boxed(),
        6 => some(camps, 20).prop_map(|camps| F { camps, ..F::default() }).boxed(),
        7 => some(actors, 20).prop_map(|claimants| F { claimants, ..F::default() }).boxed(),
        8 => some(sources, 20).prop_map(|sources| F { sources, ..F::default() }).boxed(),
        9 => select(vec!["ZZ", "YY", "XX", "WW"])
            .prop_map(|code| F { country_code: code.into(), ..F::default() })
            .boxed(),
        WINDOW => window(facts),
        11 => (area(facts), any::<bool>())
            .prop_map(|(area, certain)| F { area: Some(area), r#match: if certain { 2 } else { 0 }, ..F::default() })
            .boxed(),
        12 => text(),
        13 => any::<bool>().prop_map(|contested| F { contested: Some(contested), ..F::default() }).boxed(),
        14 => (1..=5_i32).prop_map(|least| F { min_corroboration: least, ..F::default() }).boxed(),
        _ => as_of().prop_map(|as_of| F { as_of, ..F::default() }).boxed(),
    }
}

/// A day to ask as of.
pub(super) fn as_of() -> BoxedStrategy<String> {
    prop_oneof![select(CUTS.to_vec()), 0..900_u32].prop_map(made::day).boxed()
}

fn window(facts: &Facts) -> BoxedStrategy<pb::EventFilter> {
    let open = prop_oneof![6 => Just((true, true)), 1 => Just((true, false)), 1 => Just((false, true))];
    let length = prop_oneof![0..400_i32, 0..9_i32];
    let [early, late] = [&made::day(0), LATE].map(|day| days::day(day).unwrap());
    let anywhere = prop_oneof![early..early + 800, late..late + 500];
    let anywhere = (anywhere, length.clone(), open)
        .prop_map(|(first, days, (from, to))| (from.then_some(first), to.then_some(first + days)));
    // What just touches a run of rows, or just does not.
    let edges = select(edges(facts));
    let touching = (edges, -1..=1_i32, proptest::option::of(length)).prop_map(|((edge, is_end), by, days)| {
        let edge = edge + by;
        if is_end { (Some(edge), days.map(|days| edge + days)) } else { (days.map(|days| edge - days), Some(edge)) }
    });
    (prop_oneof![anywhere, touching], any::<bool>())
        .prop_map(|((first, last), certain)| {
            let day = |day: Option<i32>| day.and_then(days::date).map(|date| date.to_string()).unwrap_or_default();
            let (first_day, last_day) = (day(first), day(last));
            pb::EventFilter { first_day, last_day, r#match: if certain { 2 } else { 0 }, ..Default::default() }
        })
        .boxed()
}

/// The first and the last day of each 256 versions in the order of time, where they have one; the last ones marked.
fn edges(facts: &Facts) -> Vec<(i32, bool)> {
    let mut edges = vec![];
    for run in facts.seen.chunks(256) {
        let first = run.iter().map(|seen| seen.bounds.start.0).min().filter(|day| *day != days::OPEN.0);
        let last = run.iter().map(|seen| seen.bounds.end.1).max().filter(|day| *day != days::OPEN.1);
        edges.extend(first.map(|day| (day, false)));
        edges.extend(last.map(|day| (day, true)));
    }
    edges
}

/// Words as somebody types them, the last one perhaps begun only.
fn text() -> BoxedStrategy<pb::EventFilter> {
    let word = (select(WORDS.to_vec()), any::<bool>())
        .prop_map(|(word, typed)| if typed { super::facts::plain(word) } else { word.to_uppercase() });
    (vec(word, 1..3), 1..8_usize)
        .prop_map(|(words, letters)| {
            let (last, whole) = words.split_last().unwrap();
            let begun: String = last.chars().take(letters).collect();
            let text = [whole, &[begun.trim_end_matches('-').to_owned()]].concat().join(" ");
            pb::EventFilter { text, ..Default::default() }
        })
        .boxed()
}

fn any_point() -> BoxedStrategy<pb::LatLng> {
    (-90.0..=90.0, -180.0..=180.0).prop_map(|(latitude, longitude)| pb::LatLng { latitude, longitude }).boxed()
}

/// A point of the facts, or any.
fn point(facts: &Facts) -> BoxedStrategy<pb::LatLng> {
    let told = facts.spots.iter().map(|(point, _)| *point).collect::<Vec<_>>();
    prop_oneof![3 => select(told), 1 => any_point()].boxed()
}

/// A length in metres, of any order.
fn meters(most: f64) -> BoxedStrategy<f64> {
    prop_oneof![1 => Just(0.0), 9 => (0.0..1.0).prop_map(move |x: f64| most * x * x * x)].boxed()
}

/// A circle, a box or a ring; corners on points of the facts too, edges along poles and the date line.
fn area(facts: &Facts) -> BoxedStrategy<pb::Area> {
    let shape = |shape: Shape| pb::Area { shape: Some(shape) };
    let circle = (point(facts), prop_oneof![9 => meters(2e7), 1 => Just(super::globe::FARTHEST)]).prop_map(
        move |(center, meters)| {
            shape(Shape::Circle(pb::area::Circle { center: Some(center), radius_meters: Some(meters) }))
        },
    );
    let edge = prop_oneof![Just(-180.0), Just(180.0), Just(0.0)];
    let around = (point(facts), point(facts), proptest::option::weighted(0.2, (edge.clone(), edge)), any::<bool>())
        .prop_map(move |(a, b, edges, pole)| {
            let (west, east) = edges.unwrap_or((a.longitude, b.longitude));
            let (south, north) = (a.latitude.min(b.latitude), a.latitude.max(b.latitude));
            let low = pb::LatLng { latitude: south, longitude: west };
            let high = pb::LatLng { latitude: if pole { 90.0 } else { north }, longitude: east };
            shape(Shape::Box(pb::area::Box { low: Some(low), high: Some(high) }))
        });
    // Corners all round a point, no two of them more than half a turn apart: no edge crosses another.
    let ring = (point(facts), 3..8_usize, vec(0.3..1.0, 8), 5.0..6.6_f64, 0.0..360.0).prop_map(
        move |(center, n, far, size, turn)| {
            let corner = |i: usize| {
                let bearing = turn + 360.0 * (i as f64 + far[7 - i] / 2.0) / n as f64;
                made::beyond(&center, bearing, 10_f64.powf(size) * far[i])
            };
            shape(Shape::Polygon(pb::area::Polygon { vertices: (0..n).map(corner).collect() }))
        },
    );
    prop_oneof![circle, around, ring].boxed()
}

fn near(facts: &Facts) -> BoxedStrategy<pb::GetEventsNearRequest> {
    use pb::get_events_near_request::Origin;
    let has_point = |place: &&pb::Place| place.point.is_some();
    let places = names(facts.made.places.iter().filter(has_point).map(|place| &place.name));
    let of = places.clone();
    let camps = facts.made.camps.iter().filter(|camp| of.contains(&camp.place)).map(|camp| &camp.name);
    let events = facts.seen.iter().filter(|seen| seen.spot.is_some()).step_by(997).map(|seen| &seen.name);
    let origin = prop_oneof![
        4 => point(facts).prop_map(Origin::Point),
        2 => select(places).prop_map(Origin::Place),
        1 => select(names(camps)).prop_map(Origin::Camp),
        2 => select(names(events)).prop_map(Origin::Event),
    ];
    let radius = proptest::option::of(meters(2e7));
    let most = proptest::option::weighted(0.2, select(vec![0.0, 1000.0, 5000.0, 30_000.0, 2e6]));
    (origin, radius, most)
        .prop_map(|(origin, radius_meters, max_uncertainty_meters)| pb::GetEventsNearRequest {
            origin: Some(origin),
            radius_meters,
            max_uncertainty_meters,
            ..Default::default()
        })
        .boxed()
}

fn claims(facts: &Facts) -> BoxedStrategy<pb::ListClaimsRequest> {
    let of = |names: Vec<String>| proptest::option::weighted(0.3, some(names, 9)).prop_map(Option::unwrap_or_default);
    let actors = of(names(facts.made.actors.iter().map(|actor| &actor.name)));
    let sources = of(names(facts.made.sources.iter().map(|source| &source.name)));
    let stances = proptest::option::weighted(0.3, some((1..=6).collect(), 3)).prop_map(Option::unwrap_or_default);
    let stated = proptest::option::weighted(0.3, (0..700_u32, 0..90_u32));
    (actors, sources, stances, stated)
        .prop_map(|(claimants, sources, stances, stated)| pb::ListClaimsRequest {
            claimants,
            sources,
            stances,
            stated_first_day: stated.map(|(first, _)| made::day(first)).unwrap_or_default(),
            stated_last_day: stated.map(|(first, days)| made::day(first + days)).unwrap_or_default(),
            ..Default::default()
        })
        .boxed()
}
