//! The made-up events as peers hold them: what is known now, each with its encoded message.

use std::{cmp::Reverse, collections::HashMap};

use dossier::{
    model::{
        day::Day,
        derive::{Context, event::versions},
        places,
    },
    pb::LocationPrecision,
};
use prost::Message as _;

use crate::made_up::{Events, World};

/// An event of a peer.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: String,
    /// The number of its point: equal points have one number.
    pub(crate) point: u32,
    /// Degrees north.
    pub(crate) latitude: f64,
    /// Degrees east.
    pub(crate) longitude: f64,
    /// The first and the last day it may have happened: of one point, the latest come first.
    pub(crate) days: [Day; 2],
    /// The encoded message.
    pub(crate) event: Vec<u8>,
}

impl Row {
    /// Events of one point are answered in this order.
    pub(crate) fn order(&self) -> (Reverse<[Day; 2]>, String) {
        (Reverse(self.days), self.name.clone())
    }
}

/// Gives all events that a search for the nearest may answer: peers are spared those that only lie in some region or country.
pub(crate) fn each(world: &World, events: usize, mut give: impl FnMut(&Row)) {
    let mut settled = world.places.clone();
    places::fill(&mut settled);
    let context = Context::new(&world.sources, &settled, &world.actors);
    let mut points = HashMap::new();
    for event in Events::of(world, events) {
        let now = versions(&event, &context).pop().expect("a version");
        let location = now.event.location.as_ref().expect("a location");
        if matches!(location.precision(), LocationPrecision::Region | LocationPrecision::Country) {
            continue;
        }
        let point = location.point.expect("a point");
        let next = points.len() as u32;
        give(&Row {
            name: event.name,
            point: *points.entry((point.latitude.to_bits(), point.longitude.to_bits())).or_insert(next),
            latitude: point.latitude,
            longitude: point.longitude,
            days: [now.span.s1, now.span.e2],
            event: now.event.encode_to_vec(),
        });
    }
}
