//! Writes the tree.

use zerocopy::IntoBytes as _;

use super::{LEAF, Node, Plain};
use crate::{
    model::sphere::{Point, chord},
    store::{image::records::Run, index::strings::Parts},
};

/// Collects spots.
#[derive(Debug, Clone, Default)]
pub(crate) struct TownsBuilder {
    spots: Vec<Spot>,
}

#[derive(Debug, Clone, Copy)]
struct Spot {
    unit: [f64; 3],
    number: u32,
    plain: (u32, Plain),
    reach: f32,
}

/// A point with its spots.
#[derive(Debug, Clone, Copy)]
struct Held {
    unit: [f64; 3],
    run: Run,
    plain: (u32, Plain),
    /// The chord under the most that one of its spots is uncertain.
    reach: f32,
}

impl TownsBuilder {
    /// Adds a spot, and how many and which rows a search takes there that asks for nothing but what is near. Spots of one point that
    /// share their rows say the same.
    pub(crate) fn add(&mut self, number: u32, point: &Point, uncertainty_meters: f64, plain: (u32, Plain)) {
        let chord = chord(uncertainty_meters);
        let near = chord as f32;
        // Never less than it is.
        let reach = if f64::from(near) < chord { near.next_up() } else { near };
        self.spots.push(Spot { unit: point.unit, number, plain, reach });
    }

    /// The bytes. Equal spots in any order give equal bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.spots.sort_by_key(|spot| (spot.unit.map(f64::to_bits), spot.number));
        let mut points: Vec<Held> = vec![];
        for (at, spot) in (0..).zip(&self.spots) {
            match points.last_mut().filter(|last| last.unit.map(f64::to_bits) == spot.unit.map(f64::to_bits)) {
                Some(last) => {
                    last.run.len += 1;
                    last.plain = both(last.plain, spot.plain);
                    last.reach = last.reach.max(spot.reach);
                }
                None => {
                    let run = Run { first: at, len: 1 };
                    points.push(Held { unit: spot.unit, run, plain: spot.plain, reach: spot.reach });
                }
            }
        }
        let mut turns = vec![(0, 0.0); points.len()];
        part(&mut points, &mut turns);
        let node = |(held, (axis, _)): (&Held, &(u32, f32))| Node { unit: held.unit, rows: held.plain.0, axis: *axis };
        let nodes: Vec<Node> = points.iter().zip(&turns).map(node).collect();
        let reaches: Vec<f32> = turns.into_iter().map(|(_, reach)| reach).collect();
        let spots: Vec<u32> = self.spots.iter().map(|spot| spot.number).collect();
        let runs: Vec<Run> = points.iter().map(|point| point.run).collect();
        let plain: Vec<Plain> = points.iter().map(|point| point.plain.1).collect();
        let parts = [nodes.as_bytes(), reaches.as_bytes(), spots.as_bytes(), runs.as_bytes(), plain.as_bytes()];
        Parts::write(&parts)
    }
}

/// What two spots of one point bring together: the rows that they share, or rows of which nothing is known but how many.
fn both(one: (u32, Plain), other: (u32, Plain)) -> (u32, Plain) {
    match (one.0, other.0) {
        (_, 0) => one,
        (0, _) => other,
        _ if one == other => one,
        (rows, more) => (rows.saturating_add(more), Plain::NOTHING),
    }
}

/// Puts the median on the axis along which the points are spread most into the middle, and goes on with both sides. The
/// middle knows how far the spots of its range reach.
fn part(points: &mut [Held], turns: &mut [(u32, f32)]) {
    let reach = points.iter().fold(0.0, |reach: f32, point| reach.max(point.reach));
    if points.len() <= LEAF as usize {
        return;
    }
    let spread = |axis: usize| {
        let values = points.iter().map(|point| point.unit[axis]);
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        high - low
    };
    let axis = (1..3).fold(0, |widest, axis| if spread(axis) > spread(widest) { axis } else { widest });
    let middle = points.len() / 2;
    points.select_nth_unstable_by(middle, |a, b| {
        a.unit[axis].total_cmp(&b.unit[axis]).then(a.run.first.cmp(&b.run.first))
    });
    turns[middle] = (axis as u32, reach);
    let (before, behind) = points.split_at_mut(middle);
    let (turns_before, turns_behind) = turns.split_at_mut(middle);
    part(before, turns_before);
    part(&mut behind[1..], &mut turns_behind[1..]);
}
