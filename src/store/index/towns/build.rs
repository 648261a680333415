//! Writes the trees.

use zerocopy::IntoBytes as _;

use super::{Class, LEAF, Node};
use crate::model::sphere::Point;

/// Collects spots.
#[derive(Debug, Clone)]
pub(crate) struct TownsBuilder {
    /// The most that a spot of a class is uncertain, but of the last.
    bounds: Vec<f64>,
    classes: Vec<Vec<([f64; 3], u32)>>,
    reaches: Vec<f64>,
}

/// A point, the first of its spots, and how many.
type Held = ([f64; 3], u32, u32);

impl TownsBuilder {
    /// With classes of spots that are uncertain by at most so many metres each, in rising order, and one for the rest.
    pub(crate) fn new(bounds: &[f64]) -> TownsBuilder {
        let classes = vec![vec![]; bounds.len() + 1];
        TownsBuilder { bounds: bounds.to_vec(), reaches: vec![0.0; classes.len()], classes }
    }

    /// Adds a spot.
    pub(crate) fn add(&mut self, spot: u32, point: &Point, uncertainty_meters: f64) {
        let class = self.bounds.partition_point(|bound| *bound < uncertainty_meters);
        if let (Some(class), Some(reach)) = (self.classes.get_mut(class), self.reaches.get_mut(class)) {
            class.push((point.unit, spot));
            *reach = reach.max(uncertainty_meters);
        }
    }

    /// The bytes. Equal spots in any order give equal bytes.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut classes = vec![];
        let mut bodies = vec![];
        for (items, reach) in self.classes.into_iter().zip(self.reaches).filter(|(items, _)| !items.is_empty()) {
            let (nodes, spots) = tree(items);
            classes.push(Class { reach, nodes: nodes.len() as u32, spots: spots.len() as u32 });
            bodies.extend_from_slice(nodes.as_bytes());
            bodies.extend_from_slice(spots.as_bytes());
            bodies.resize(bodies.len().next_multiple_of(8), 0);
        }
        let count = classes.len() as u64;
        [count.as_bytes(), classes.as_bytes(), &bodies].concat()
    }
}

fn tree(mut items: Vec<([f64; 3], u32)>) -> (Vec<Node>, Vec<u32>) {
    items.sort_by_key(|(unit, spot)| (unit.map(f64::to_bits), *spot));
    items.dedup();
    let mut points: Vec<Held> = vec![];
    let mut spots = vec![];
    for (unit, spot) in items {
        match points.last_mut().filter(|(last, ..)| last.map(f64::to_bits) == unit.map(f64::to_bits)) {
            Some((.., len)) => *len += 1,
            None => points.push((unit, spots.len() as u32, 1)),
        }
        spots.push(spot);
    }
    let mut axes = vec![0; points.len()];
    part(&mut points, &mut axes);
    let nodes = points.into_iter().zip(axes);
    let nodes = nodes.map(|((unit, first, len), axis)| Node { unit, first, spots_and_axis: len << 2 | axis });
    (nodes.collect(), spots)
}

/// Puts the median on the axis along which the points are spread most into the middle, and goes on with both sides.
fn part(points: &mut [Held], axes: &mut [u32]) {
    if points.len() <= LEAF {
        return;
    }
    let spread = |axis: usize| {
        let values = points.iter().map(|(unit, ..)| unit[axis]);
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        high - low
    };
    let axis = (1..3).fold(0, |widest, axis| if spread(axis) > spread(widest) { axis } else { widest });
    let middle = points.len() / 2;
    points.select_nth_unstable_by(middle, |a, b| a.0[axis].total_cmp(&b.0[axis]).then(a.1.cmp(&b.1)));
    axes[middle] = axis as u32;
    let (before, behind) = points.split_at_mut(middle);
    let (axes_before, axes_behind) = axes.split_at_mut(middle);
    part(before, axes_before);
    part(&mut behind[1..], &mut axes_behind[1..]);
}
