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
    store::image::{
        Damaged, Section,
        records::{NONE, Run},
    },
};

/// Points of a leaf: from here on a look at each is quicker than another turn.
const LEAF: u32 = 8;

/// A point. Those before the middle one of a range are not after it on its axis, those behind it not before.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Node {
    unit: [f64; 3],
    /// How many rows a search takes there that asks for nothing but what is near.
    rows: u32,
    /// The axis on which the middle node of a range parts it.
    axis: u32,
}

/// The tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Towns<'a> {
    nodes: &'a [Node],
    /// For the middle node of each range the chord under the most that a spot in the range is uncertain.
    reaches: &'a [f32],
    spots: &'a [u32],
    /// Of each node its spots among them.
    runs: &'a [Run],
    plain: &'a [Plain],
}

/// A point with its spots, to be asked of the tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Town {
    /// How many rows a search takes there that asks for nothing but what is near.
    pub(crate) rows: u32,
    /// The number of its node.
    node: u32,
    /// The square of the chord from the point that was searched around.
    chord2: f64,
}

/// Which rows a search takes of a point that asks for nothing but what is near: such as follow each other among those by spot, and
/// whose messages follow each other as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct Plain {
    /// Where the first one stands among the rows by spot, or [`NONE`] if they do not follow each other.
    pub(crate) first: u32,
    /// The first of their spots.
    pub(crate) spot: u32,
    /// Where the message of the first one stands: see `Totals::event_at`.
    pub(crate) event: u32,
}

impl Plain {
    /// No rows.
    pub(crate) const NOTHING: Plain = Plain { first: NONE, spot: NONE, event: NONE };
}

/// How far to look. It is a hair wider than told: whoever needs to know measures [`Towns::distance`].
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
        let parts = Parts::open(section, 5)?;
        let (nodes, reaches, spots) = (parts.get(0)?, parts.get(1)?, parts.get(2)?);
        let towns = Towns { nodes, reaches, spots, runs: parts.get(3)?, plain: parts.get(4)? };
        let sound = [towns.reaches.len(), towns.runs.len(), towns.plain.len()] == [towns.nodes.len(); 3];
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

    /// The spots of a town.
    pub(crate) fn spots(&self, town: Town) -> &'a [u32] {
        let run = self.runs.get(town.node as usize).map_or(0..0, |run| run.range());
        self.spots.get(run.start as usize..run.end as usize).unwrap_or_default()
    }

    /// Which rows a search takes of a town that asks for nothing but what is near.
    pub(crate) fn plain(&self, town: Town) -> Plain {
        self.plain.get(town.node as usize).copied().unwrap_or(Plain::NOTHING)
    }

    /// The great-circle distance in metres of a town from a point.
    pub(crate) fn distance(&self, town: Town, center: &Point) -> f64 {
        let unit = self.nodes.get(town.node as usize).map_or(center.unit, |node| node.unit);
        center.distance(&Point { latitude: 0.0, longitude: 0.0, unit })
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
    pub(crate) fn town(town: Town) -> Bound {
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

impl Search<'_> {
    /// The next town within a bound, which may shrink from one to the next, but not grow.
    pub(crate) fn next(&mut self, bound: Bound) -> Option<Town> {
        let bound = bound.min(self.within);
        loop {
            let limit = bound.min(self.leaf_bound);
            for at in self.leaf.by_ref() {
                let Some(node) = self.towns.nodes.get(at as usize) else { break };
                let chord2 = square(&node.unit, &self.center);
                if chord2 <= limit.0 {
                    return Some(Town { rows: node.rows, node: at, chord2 });
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
            let axis = (node.axis as usize).min(2);
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
