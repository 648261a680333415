//! What must come back, found by looking at every event: the answers that others are compared with are compared with this.

use std::{cmp::Reverse, path::Path};

use bytes::Bytes;
use dossier::{
    model::{
        day::Day,
        derive::{Context, event::versions},
        places,
        span::Span,
        sphere::Point,
    },
    pb::{self, LocationPrecision},
};
use prost::Message as _;

use crate::{
    ask::{self, Ask, framed},
    inside::{self, sum},
    made_up::{Dice, Events, World},
};

/// What is looked at of an event, as it is known now.
struct Fact {
    name: String,
    point: Point,
    /// Whether a search for the nearest leaves it out: a region or a country.
    vague: bool,
    span: Span,
    actors: Vec<String>,
    /// Its place and the one above that.
    places: [String; 2],
    bytes: u64,
}

fn facts(world: &World, events: usize) -> Vec<Fact> {
    let mut settled = world.places.clone();
    places::fill(&mut settled);
    let context = Context::new(&world.sources, &settled, &world.actors);
    let fact = |event: pb::Event| {
        let now = versions(&event, &context).pop().expect("a version");
        let location = now.event.location.as_ref().expect("a location");
        let parent = world.places.iter().find(|place| place.name == location.place).expect("a place").parent.clone();
        Fact {
            point: Point::try_from(location.point.as_ref().expect("a point")).expect("on Earth"),
            vague: matches!(location.precision(), LocationPrecision::Region | LocationPrecision::Country),
            span: now.span,
            actors: now.event.participants.iter().map(|participant| participant.actor.clone()).collect(),
            places: [location.place.clone(), parent],
            bytes: sum(&now.event.encode_to_vec()),
            name: event.name,
        }
    };
    Events::of(world, events).map(fact).collect()
}

/// Compares so many answers of each kind with what every event says; ends at the first that is wrong.
pub(crate) fn check(file: &Path, events: usize, questions: usize) {
    let world = World::of(events);
    let facts = facts(&world, events);
    let mut service = inside::service(file);
    let mut answer = |ask: Ask, frame: Bytes| {
        let answer = inside::blocking(inside::answer(&mut service, ask.path(), frame));
        answer.slice(5..)
    };
    let mut dice = Dice::new(5);
    for _ in 0..questions {
        let fact = dice.pick(&facts);
        let request = pb::GetEventRequest { name: fact.name.clone(), ..Default::default() };
        assert_eq!(sum(&answer(Ask::Get, framed(&request))), fact.bytes, "{request:?}");

        let request = ask::near(&world, &mut dice, 10);
        let got = pb::GetEventsNearResponse::decode(answer(Ask::Near(10), framed(&request))).expect("an answer");
        let got = got.nearby_events.into_iter().filter_map(|near| near.event).map(|event| event.name);
        assert_eq!(got.collect::<Vec<_>>(), nearest(&facts, &request), "{request:?}");

        let request = ask::list(&world, &mut dice);
        let got = pb::ListEventsResponse::decode(answer(Ask::List, framed(&request))).expect("an answer");
        let got = got.events.into_iter().map(|event| event.name);
        assert_eq!(got.collect::<Vec<_>>(), first(&facts, &request), "{request:?}");
    }
}

/// First and last day, as events are ordered by.
fn days(fact: &Fact) -> (Day, Day) {
    (fact.span.s1, fact.span.e2)
}

fn nearest(facts: &[Fact], request: &pb::GetEventsNearRequest) -> Vec<String> {
    let Some(pb::get_events_near_request::Origin::Point(point)) = &request.origin else { return vec![] };
    let origin = Point::try_from(point).expect("on Earth");
    let mut found: Vec<&Fact> = facts.iter().filter(|fact| !fact.vague).collect();
    found.sort_by_cached_key(|fact| (origin.distance(&fact.point).to_bits(), Reverse(days(fact)), &fact.name));
    found.iter().take(request.page_size as usize).map(|fact| fact.name.clone()).collect()
}

fn first(facts: &[Fact], request: &pb::ListEventsRequest) -> Vec<String> {
    let filter = request.filter.clone().unwrap_or_default();
    let day = |text: &str| text.parse::<Day>().expect("a day");
    let (from, to) = (day(&filter.first_day), day(&filter.last_day));
    let takes =
        |actor: &String| filter.actors.iter().any(|side| actor == side || actor.starts_with(&format!("{side}-unit-")));
    let matches = |fact: &&Fact| {
        fact.span.possible(from, to)
            && fact.actors.iter().any(takes)
            && fact.places.iter().any(|place| filter.places.contains(place))
    };
    let mut found: Vec<&Fact> = facts.iter().filter(matches).collect();
    found.sort_by_cached_key(|fact| (days(fact), &fact.name));
    found.iter().take(request.page_size as usize).map(|fact| fact.name.clone()).collect()
}
