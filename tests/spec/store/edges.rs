//! Where things just touch: every window over a crowded time, whatever run of rows its bounds fall into, and neighbours that
//! differ in their names alone. What is right follows here from the days and places that the events were made of.

use std::{cmp::Reverse, sync::Arc, time::UNIX_EPOCH};

use dossier::{
    model::{
        claims::name_claims,
        dataset::Dataset,
        day::Day,
        derive::derive,
        sphere::{Circle, Point},
    },
    pb,
    store::{
        Budget, Hit, View,
        engine::{ImageView, Plan},
        query::{CountQuery, EventQuery, NearQuery, Order, Origin, PageOf},
    },
};

use super::run;
use crate::generate::Dice;

/// So many that zones of 256 rows begin and end on most of the days.
const EVENTS: usize = 4000;
const DAYS: i32 = 80;
const START: &str = "2031-01-01";

/// An event: days, whether it went on throughout, whether they are doubtful, and where it was.
#[derive(Clone, Copy)]
struct Made {
    name: usize,
    first: i32,
    last: i32,
    throughout: bool,
    doubtful: bool,
    spot: usize,
}

/// Two spots of one town, and two towns that lie as far from it.
const SPOTS: [(f64, f64, f64); 4] = [(0.0, 0.0, 0.0), (0.0, 0.0, 250.0), (0.0, 1.0, 250.0), (0.0, -1.0, 0.0)];

fn day(at: i32) -> Day {
    START.parse::<Day>().unwrap().plus(at)
}

/// Names in no order of days. No day is open, so that each run of rows has an end.
fn made() -> Vec<Made> {
    let mut dice = Dice::new(61);
    let mut all: Vec<Made> = (0..EVENTS)
        .map(|name| {
            // Some days have hundreds of events, some hardly any.
            let first = dice.below(DAYS as usize).min(dice.below(2 * DAYS as usize)) as i32;
            let last = first + dice.below(20).saturating_sub(15) as i32;
            let throughout = first < last && dice.once_in(2);
            // The ends of a range are written plainly.
            let doubtful = (throughout || first == last) && dice.once_in(9);
            Made { name, first, last, throughout, doubtful, spot: dice.below(SPOTS.len()) }
        })
        .collect();
    all.sort_by_key(|it| (it.first, it.last, it.name));
    all
}

fn name(it: &Made) -> String {
    format!("events/thing-{:04}", it.name)
}

fn event(it: &Made) -> pb::Event {
    let (first, last) = (day(it.first), day(it.last));
    let sure = if it.doubtful { "?" } else { "" };
    let edtf = match (it.first == it.last, it.throughout) {
        (true, _) => format!("{first}{sure}"),
        (false, true) => format!("{first}{sure}/{last}{sure}"),
        (false, false) => format!("[{first}..{last}]"),
    };
    let (latitude, longitude, radius) = SPOTS[it.spot];
    let mut event = pb::Event {
        name: name(it),
        title: "Thing".into(),
        kind: pb::EventKind::Clash.into(),
        location: Some(pb::Location {
            point: Some(pb::LatLng { latitude, longitude }),
            uncertainty_meters: Some(radius),
            ..Default::default()
        }),
        claims: vec![pb::Claim {
            stance: pb::Stance::Asserts.into(),
            status: pb::EventStatus::Occurred.into(),
            time: Some(pb::TimeSpan { edtf, ..Default::default() }),
            citations: vec![pb::Citation { source: "sources/paper".into(), ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    };
    name_claims(&mut event).unwrap();
    event
}

fn view(made: &[Made]) -> Arc<ImageView> {
    let mut events: Vec<pb::Event> = made.iter().map(event).collect();
    events.sort_by(|a, b| a.name.cmp(&b.name));
    let source = pb::Source { name: "sources/paper".into(), title: "Paper".into(), ..Default::default() };
    let dataset = Dataset { sources: vec![source], events, ..Dataset::default() };
    Arc::new(ImageView::in_memory(&derive(dataset), UNIX_EPOCH).unwrap())
}

impl Made {
    /// Whether it can touch a window, or must.
    fn touches(&self, (first, last): (i32, i32), certain: bool) -> bool {
        let can = self.first <= last && self.last >= first;
        let lies_in = self.first >= first && self.last <= last;
        if certain { !self.doubtful && if self.throughout { can } else { lies_in } } else { can }
    }
}

fn windowed((first, last): (i32, i32), certain: bool) -> EventQuery {
    EventQuery { window: Some((day(first), day(last))), certain, ..EventQuery::default() }
}

#[test]
fn every_window_of_days_takes_what_touches_it() {
    let made = made();
    let view = view(&made);
    let count = CountQuery::default();
    let page = PageOf { after: None, size: 1 };
    for first in -1..DAYS + 6 {
        for last in first..DAYS + 6 {
            for certain in [false, true] {
                let (window, budget) = ((first, last), Budget::default());
                let told = run(view.count(&windowed(window, certain), &count, page, &budget)).unwrap();
                let expected = made.iter().filter(|it| it.touches(window, certain)).count();
                assert_eq!(told.total as usize, expected, "{window:?} certain {certain}");
            }
        }
    }
}

/// The names on a page of a plan, and where to go on.
async fn page(view: &ImageView, plan: &Plan<'_>, order: Order, of: PageOf) -> (Vec<String>, Option<PageOf>) {
    let budget = Budget::default();
    let hits = view.planned_events(plan, order, of, &budget).await.unwrap();
    let next = hits.hits.last().filter(|_| hits.more).map(|hit| PageOf { after: Some(hit.at), ..of });
    (hits.hits.iter().map(named).collect(), next)
}

fn named(hit: &Hit<'_>) -> String {
    use prost::Message as _;
    pb::Event::decode_length_delimited(hit.bytes).unwrap().name
}

#[test]
fn lists_begin_and_end_with_what_just_touches_the_window() {
    let made = made();
    let view = view(&made);
    for at in -1..DAYS + 6 {
        for (window, order) in [
            ((at, at + 2), Order::OldestFirst),
            ((at, at + 2), Order::NewestFirst),
            ((at, DAYS + 9), Order::OldestFirst),
            ((-9, at), Order::NewestFirst),
        ] {
            let query = windowed(window, false);
            let mut expected: Vec<String> = made.iter().filter(|it| it.touches(window, false)).map(name).collect();
            if order == Order::NewestFirst {
                expected.reverse();
            }
            let pages = async {
                // One plan for all pages, as an export keeps it.
                let budget = Budget::default();
                let plan = view.plan(&query, &budget).await.unwrap();
                let mut found = vec![];
                let mut next = Some(PageOf { after: None, size: 97 });
                while let Some(of) = next {
                    let (mut names, more) = page(&view, &plan, order, of).await;
                    found.append(&mut names);
                    next = more;
                }
                found
            };
            assert!(run(pages) == expected, "{window:?} {order:?}");
        }
    }
}

#[test]
fn neighbours_at_one_distance_come_newest_first_and_then_by_name() {
    let made = made();
    let view = view(&made);
    let circles = SPOTS.map(|(latitude, longitude, radius_meters)| Circle {
        center: Point::new(latitude, longitude).unwrap(),
        radius_meters,
    });
    for (latitude, longitude) in [(0.0, 0.0), (1.0, 0.0), (0.5, 1.0)] {
        let center = Point::new(latitude, longitude).unwrap();
        let near = NearQuery { origin: Origin::Point(center), radius: None, max_uncertainty: None };
        let mut expected: Vec<(f64, &Made)> =
            made.iter().map(|it| (center.distance(&circles[it.spot].center), it)).collect();
        expected.sort_by(|(a, one), (b, other)| {
            let newest = |it: &Made| (Reverse((it.first, it.last)), it.name);
            a.total_cmp(b).then_with(|| newest(one).cmp(&newest(other)))
        });
        let expected: Vec<String> = expected.into_iter().map(|(_, it)| name(it)).collect();
        let sure = EventQuery { certain: true, ..EventQuery::default() };
        let window = windowed((-9, DAYS + 9), false);
        for query in [&EventQuery::default(), &sure, &window] {
            let page = |of: PageOf| {
                let budget = Budget::default();
                let page = run(view.near(query, &near, of, &budget)).unwrap();
                let next = page.hits.last().filter(|_| page.more).map(|near| PageOf { after: Some(near.hit.at), ..of });
                (page.hits.iter().map(|near| named(&near.hit)).collect::<Vec<_>>(), next)
            };
            // A first page of every size ends where it should, be it in the middle of a spot or behind its last event.
            let per_spot = EVENTS / SPOTS.len();
            for size in (1..60).chain(per_spot - 150..per_spot + 150).chain([EVENTS - 1, EVENTS, EVENTS + 1]) {
                let (found, next) = page(PageOf { after: None, size });
                assert!(found.iter().eq(expected.iter().take(size)), "{size} at {latitude}");
                assert_eq!(next.is_some(), size < EVENTS);
            }
            let mut found = vec![];
            let mut next = Some(PageOf { after: None, size: 333 });
            while let Some(of) = next {
                let (mut names, more) = page(of);
                found.append(&mut names);
                next = more;
            }
            assert!(found == expected, "all around {latitude}");
        }
    }
}
