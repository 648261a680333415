//! Towns: a tree over the distinct points of spots, to find those around a point.
//!
//! Many events share one point, so points are indexed and not events. A point is a unit vector and two are as far apart as
//! the chord between them is long: no pole and no date line is a special case. Each part of the tree knows how uncertain its
//! spots are at most, so that whoever looks for what may lie within a radius widens it no more than there.

mod build;
mod nearest;
#[cfg(test)]
mod tests;

use zerocopy::{FromBytes, Immutable, IntoBytes};

pub(crate) use build::TownsBuilder;
pub(crate) use nearest::Nearest;

use super::strings::Parts;
use crate::{
    model::sphere::{Point, chord},
    store::image::{Damaged, Section},
};

/// Points of a leaf: from here on a look at each is quicker than another turn.
const LEAF: u32 = 8;
/// Where there is no node.
const NONE: u32 = u32::MAX;

/// A point. Those before the middle one of a range are not after it on its axis, those behind it not before.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Node {
    unit: [f64; 3],
    /// The first of its spots.
    first: u32,
    /// How many spots, times four, and the axis.
    spots_and_axis: u32,
}

/// The tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Towns<'a> {
    nodes: &'a [Node],
    /// For the middle node of each range the chord under the most that a spot in the range is uncertain.
    reaches: &'a [f32],
    spots: &'a [u32],
    /// Of each point how many rows a search takes that asks for nothing else.
    rows: &'a [u32],
}

/// A point with its spots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Town<'a> {
    /// The spots there.
    pub(crate) spots: &'a [u32],
    /// How many rows a search takes there that asks for nothing but what is near.
    pub(crate) rows: u32,
    /// The square of the chord from the point that was searched around.
    chord2: f64,
    unit: &'a [f64; 3],
}

/// How far to look. It is a hair wider than told: whoever needs to know measures [`Town::distance`].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Bound(f64);

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Within {
    /// Everywhere.
    Earth,
    /// Where points are no farther than so many metres.
    Points(f64),
    /// Where some of the circles of spots are no farther than so many metres.
    Circles(f64),
}

/// A search around a point: towns in no order. It goes on from where it stopped, so that others can have their turn between.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    towns: Towns<'a>,
    center: [f64; 3],
    /// How far to look for points, ever.
    within: Bound,
    /// How long a chord to look for circles, to which that of their reach is added.
    circles: Option<f64>,
    /// Nodes to look at next, and how far.
    leaf: std::ops::Range<u32>,
    leaf_bound: Bound,
    branches: Vec<Branch>,
    next: Option<Branch>,
}

/// A range of nodes, how far off the point lies on each axis, and the square of the least chord to any of them.
#[derive(Debug, Clone, Copy)]
struct Branch {
    start: u32,
    end: u32,
    /// The node that parts the range from the one beside it.
    middle: u32,
    /// The reach of a range around it.
    reach: f32,
    off: [f64; 3],
    chord2: f64,
}

impl<'a> Towns<'a> {
    /// The tree that a builder wrote.
    pub(crate) fn open(section: Section<'a>) -> Result<Towns<'a>, Damaged> {
        let parts = Parts::open(section, 4)?;
        let towns = Towns { nodes: parts.get(0)?, reaches: parts.get(1)?, spots: parts.get(2)?, rows: parts.get(3)? };
        let sound = towns.reaches.len() == towns.nodes.len() && towns.rows.len() == towns.nodes.len();
        if sound { Ok(towns) } else { Err(section.damaged(0)) }
    }

    /// Searches around a point.
    pub(crate) fn around(&self, center: &Point, within: Within) -> Search<'a> {
        let end = self.nodes.len() as u32;
        // Nothing is known yet of how far the spots reach: twice around the Earth is farther.
        let whole = Branch { start: 0, end, middle: NONE, reach: 4.0, off: [0.0; 3], chord2: 0.0 };
        Search {
            towns: *self,
            center: center.unit,
            within: if let Within::Points(meters) = within { Bound::meters(meters) } else { Bound::NONE },
            circles: if let Within::Circles(meters) = within { Some(chord(meters)) } else { None },
            leaf: 0..0,
            leaf_bound: Bound::NONE,
            // Halving a range of 32 bits takes 32 turns at most, each of which leaves one branch behind.
            branches: Vec::with_capacity(32),
            next: Some(whole),
        }
    }

    fn town(&self, at: u32, node: &'a Node, chord2: f64) -> Town<'a> {
        let (first, len) = (node.first as usize, (node.spots_and_axis >> 2) as usize);
        let spots = self.spots.get(first..first + len).unwrap_or_default();
        Town { spots, rows: self.rows.get(at as usize).copied().unwrap_or_default(), chord2, unit: &node.unit }
    }
}

impl Town<'_> {
    /// The great-circle distance in metres from the point that was searched around.
    pub(crate) fn distance(&self, center: &Point) -> f64 {
        center.distance(&Point { latitude: 0.0, longitude: 0.0, unit: *self.unit })
    }
}

impl Bound {
    /// No bound.
    pub(crate) const NONE: Bound = Bound(f64::INFINITY);

    /// So many metres; less than none are no point at all.
    pub(crate) fn meters(meters: f64) -> Bound {
        if meters < 0.0 { Bound(-1.0) } else { Bound::over(chord(meters).powi(2)) }
    }

    /// As far as a town.
    pub(crate) fn town(town: &Town<'_>) -> Bound {
        Bound::over(town.chord2)
    }

    fn min(self, other: Bound) -> Bound {
        if other.0 < self.0 { other } else { self }
    }

    /// Wide enough to hold every point whose distance, rounded as it may be, is not greater than one over this chord: both
    /// chords and angles are good to some 1e-15, and near the antipode chords hardly grow.
    fn over(chord2: f64) -> Bound {
        Bound(chord2 * (1.0 + 1e-12) + 1e-13)
    }
}

impl<'a> Search<'a> {
    /// The next town within a bound, which may shrink from one to the next, but not grow.
    pub(crate) fn next(&mut self, bound: Bound) -> Option<Town<'a>> {
        let bound = bound.min(self.within);
        loop {
            let limit = bound.min(self.leaf_bound);
            for at in self.leaf.by_ref() {
                let Some(node) = self.towns.nodes.get(at as usize) else { break };
                let chord2 = square(&node.unit, &self.center);
                if chord2 <= limit.0 {
                    return Some(self.towns.town(at, node, chord2));
                }
            }
            if let Some(branch) = self.next.take() {
                self.descend(branch, bound);
                continue;
            }
            let branch = self.branches.pop()?;
            let reach = self.reach(branch.reach);
            if branch.chord2 <= bound.min(reach).0 {
                self.leaf = branch.middle..branch.middle.saturating_add(1);
                self.leaf_bound = reach;
                self.next = Some(branch);
            }
        }
    }

    /// Goes down to the leaf that is nearest, and leaves a branch behind at each turn.
    fn descend(&mut self, branch: Branch, bound: Bound) {
        let Branch { mut start, mut end, mut reach, off, chord2, .. } = branch;
        self.leaf = 0..0;
        while end - start > LEAF {
            let middle = start + (end - start) / 2;
            let Some(node) = self.towns.nodes.get(middle as usize) else { return };
            let mut limit = bound;
            if self.circles.is_some() {
                reach = self.towns.reaches.get(middle as usize).copied().unwrap_or(reach);
                limit = bound.min(self.reach(reach));
                if chord2 > limit.0 {
                    return;
                }
            }
            let axis = ((node.spots_and_axis & 3) as usize).min(2);
            let apart = self.center[axis] - node.unit[axis];
            let (near, far) =
                if apart < 0.0 { (start..middle, middle + 1..end) } else { (middle + 1..end, start..middle) };
            let farther = chord2 - off[axis] * off[axis] + apart * apart;
            if farther <= limit.0 {
                let mut off = off;
                off[axis] = apart;
                self.branches.push(Branch { start: far.start, end: far.end, middle, reach, off, chord2: farther });
            }
            (start, end) = (near.start, near.end);
        }
        self.leaf = start..end;
        self.leaf_bound = self.reach(reach);
    }

    /// How far to look for points whose circles reach so far. A chord over two arcs is not longer than those over each.
    fn reach(&self, reach: f32) -> Bound {
        self.circles.map_or(Bound::NONE, |chord| Bound::over((chord + f64::from(reach)).powi(2)))
    }
}

fn square(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    x * x + y * y + z * z
}
