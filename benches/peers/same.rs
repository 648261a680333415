//! Whether a peer answers what ours does: the same number of events, each with the same bytes, each rank as near.
//!
//! Not always the same events: plain peers answer any of those at one point, a sphere of another radius or rounded coordinates put
//! two points into another order. So what is compared rank by rank is how far the events are, measured by us.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use dossier::{
    api::FactService,
    model::sphere::Point,
    pb::{self, get_events_near_request::Origin},
    store::engine::ImageStore,
};
use prost::Message as _;

use crate::{
    ask::{self, Ask, framed},
    inside::{self, sum},
    made_up::Dice,
    table::Table,
};

/// An event that a peer found.
#[derive(Debug)]
pub(crate) struct Hit {
    /// How far, as the peer says, in metres.
    pub(crate) meters: f64,
    /// The encoded message.
    pub(crate) event: Vec<u8>,
}

/// How a peer may differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed {
    /// It looks no farther than this, in metres.
    pub(crate) radius: f64,
    /// Distances may differ by this share of them,
    pub(crate) share: f64,
    /// and by so many metres.
    pub(crate) meters: f64,
}

/// What is asked, and ours answers to it.
pub(crate) struct Truth {
    service: FactService<ImageStore>,
    asked: Vec<(Point, Vec<(String, f64)>)>,
    known: HashMap<String, (Point, u64)>,
}

impl Truth {
    /// The first of the requests that the table asks.
    pub(crate) fn of(table: &Table, most: usize) -> Truth {
        let mut service = inside::service(&table.file);
        let mut dice = Dice::new(Ask::SEED);
        let mut asked = vec![];
        for _ in 0..most {
            let request = ask::near(&table.world, &mut dice, 10);
            let Some(Origin::Point(at)) = &request.origin else { continue };
            let at = Point::try_from(at).expect("on Earth");
            let answer = answer(&mut service, Ask::Near(10), framed(&request));
            let answer = pb::GetEventsNearResponse::decode(answer).expect("an answer").nearby_events;
            let near = |near: pb::NearbyEvent| {
                let meters = near.distance_meters();
                (near.event.unwrap_or_default().name, meters)
            };
            asked.push((at, answer.into_iter().map(near).collect()));
        }
        Truth { service, asked, known: HashMap::new() }
    }

    /// The points that are asked for.
    pub(crate) fn points(&self) -> impl Iterator<Item = Point> {
        self.asked.iter().map(|(at, _)| *at)
    }

    /// Where an event lies, and the sum of its bytes.
    fn known(&mut self, name: String) -> (Point, u64) {
        let service = &mut self.service;
        *self.known.entry(name).or_insert_with_key(|name| {
            let request = pb::GetEventRequest { name: name.clone(), ..Default::default() };
            let event = answer(service, Ask::Get, framed(&request));
            let told = pb::Event::decode(event.clone()).expect("an event").location.unwrap_or_default();
            (Point::try_from(&told.point.expect("a point")).expect("on Earth"), sum(&event))
        })
    }

    /// Ends at the first answer that is worse than allowed; says what share has the same events in the same order.
    pub(crate) fn check(&mut self, answers: &[Vec<Hit>], allowed: Allowed) -> f64 {
        let mut alike = 0;
        for (number, hits) in answers.iter().enumerate() {
            let (at, ours) = self.asked[number].clone();
            let slack = |meters: f64| meters * allowed.share + allowed.meters;
            let within = |radius: f64| ours.iter().filter(|(_, meters)| *meters <= radius).count();
            let (least, most) = (allowed.radius - slack(allowed.radius), allowed.radius + slack(allowed.radius));
            assert!(
                (within(least)..=within(most)).contains(&hits.len()),
                "request {number}: {} events instead of {}",
                hits.len(),
                within(allowed.radius)
            );
            let mut names = vec![];
            for (hit, (_, meters)) in hits.iter().zip(&ours) {
                let name = pb::Event::decode(&*hit.event).expect("an event").name;
                let (point, bytes) = self.known(name.clone());
                let measured = at.distance(&point);
                assert_eq!(sum(&hit.event), bytes, "request {number}: {name} has other bytes");
                assert!(
                    (hit.meters - measured).abs() <= slack(measured),
                    "request {number}: {name} is {measured} m away, not {}",
                    hit.meters
                );
                assert!(
                    (measured - meters).abs() <= slack(*meters),
                    "request {number}: {name}, {measured} m away, stands where one of {meters} m should"
                );
                names.push(name);
            }
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "request {number}: twice the same");
            alike += usize::from(names.len() == ours.len() && names.iter().zip(&ours).all(|(a, (b, _))| a == b));
        }
        alike as f64 / answers.len() as f64
    }
}

fn answer(service: &mut FactService<ImageStore>, ask: Ask, frame: Bytes) -> Bytes {
    inside::blocking(inside::answer(service, ask.path(), frame)).slice(5..)
}
