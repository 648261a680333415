//! From the spots of a build to the tree over their points.

use crate::store::{
    image::records::Spot,
    index::towns::{Plain, TownsBuilder},
};

/// The tree over the points of spots. `event` tells where the message of a row stands, by the row's place among those by spot.
pub(super) fn of(spots: &[Spot], event: impl Fn(u32) -> u32) -> Vec<u8> {
    let mut towns = TownsBuilder::default();
    for (start, shared) in spots.chunk_by(|one, other| one.rows == other.rows).scan(0, |next, shared| {
        let start = *next;
        *next += shared.len() as u32;
        Some((start, shared))
    }) {
        let [first, ..] = shared else { continue };
        // What is known no better than a region stays out of a search without a radius.
        let plain = match first.current {
            rows if rows > 0 && first.coarse == 0 => {
                (rows, Plain { first: first.rows.first, spot: start, event: event(first.rows.first) })
            }
            _ => (0, Plain::NOTHING),
        };
        for (number, spot) in (start..).zip(shared) {
            if let Some(circle) = spot.circle() {
                towns.add(number, &circle.center, spot.radius, plain);
            }
        }
    }
    towns.finish()
}
