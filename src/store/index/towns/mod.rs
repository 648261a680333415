//! Towns: trees over the distinct points of spots, to find those around a point.
//!
//! Many events share one point, so points are indexed and not events. A point is a unit vector and two are as far apart as
//! the chord between them is long: no pole and no date line is a special case. There is one tree for each class of
//! uncertainty, so that whoever looks for what may lie within a radius widens it by the class's worst case only.

mod build;
mod nearest;
#[cfg(test)]
mod tests;

use zerocopy::{FromBytes, Immutable, IntoBytes};

pub(crate) use build::TownsBuilder;
pub(crate) use nearest::Nearest;

use super::bytes::values;
use crate::{
    model::sphere::{Point, chord},
    store::image::{Damaged, Section},
};

/// Points of a leaf: from here on a look at each is quicker than another turn.
const LEAF: usize = 8;

/// A tree: where it stands, and the most that its spots are uncertain.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Class {
    reach: f64,
    nodes: u32,
    spots: u32,
}

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

/// The trees, those of the least uncertain spots first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Towns<'a> {
    classes: &'a [Class],
    section: Section<'a>,
}

/// The points of spots that are about as uncertain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree<'a> {
    reach: f64,
    nodes: &'a [Node],
    spots: &'a [u32],
}

/// A point with its spots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Town<'a> {
    /// The spots there.
    pub(crate) spots: &'a [u32],
    /// The square of the chord from the point that was searched around.
    chord2: f64,
    unit: &'a [f64; 3],
}

/// How far to look. It is a hair wider than told: whoever needs to know measures [`Town::distance`].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Bound(f64);

/// A search around a point: towns in no order. It goes on from where it stopped, so that others can have their turn between.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    tree: Tree<'a>,
    center: [f64; 3],
    /// Nodes to look at next.
    leaf: std::ops::Range<usize>,
    branches: Vec<Branch>,
    next: Option<Branch>,
}

/// A range of nodes, how far off the point lies on each axis, and the square of the least chord to any of them.
#[derive(Debug, Clone, Copy)]
struct Branch {
    start: usize,
    end: usize,
    /// The node that parts the range from the one beside it.
    middle: usize,
    off: [f64; 3],
    chord2: f64,
}

impl<'a> Towns<'a> {
    /// The trees that a builder wrote.
    pub(crate) fn open(section: Section<'a>) -> Result<Towns<'a>, Damaged> {
        if section.len() == 0 {
            return Ok(Towns { classes: &[], section });
        }
        let count: &[u64] = values(section, 0, 1)?;
        let classes = values(section, size_of::<u64>() as u64, count.first().copied().unwrap_or_default())?;
        Ok(Towns { classes, section })
    }

    /// Each tree.
    pub(crate) fn trees(&self) -> impl Iterator<Item = Result<Tree<'a>, Damaged>> + use<'a> {
        let section = self.section;
        let mut at = (size_of::<u64>() + size_of_val(self.classes)) as u64;
        self.classes.iter().map(move |class| {
            let nodes: &[Node] = values(section, at, u64::from(class.nodes))?;
            at += size_of_val(nodes) as u64;
            let spots: &[u32] = values(section, at, u64::from(class.spots))?;
            at = (at + size_of_val(spots) as u64).next_multiple_of(8);
            Ok(Tree { reach: class.reach, nodes, spots })
        })
    }
}

impl<'a> Tree<'a> {
    /// The most that a spot in it is uncertain, in metres.
    pub(crate) fn reach(&self) -> f64 {
        self.reach
    }

    /// Searches around a point.
    pub(crate) fn around(&self, center: &Point) -> Search<'a> {
        let whole = Branch { start: 0, end: self.nodes.len(), middle: usize::MAX, off: [0.0; 3], chord2: 0.0 };
        // Halving a range of 32 bits takes 32 turns at most, each of which leaves one branch behind.
        let branches = Vec::with_capacity(32);
        Search { tree: *self, center: center.unit, leaf: 0..0, branches, next: Some(whole) }
    }

    fn town(&self, node: &'a Node, chord2: f64) -> Town<'a> {
        let (first, len) = (node.first as usize, (node.spots_and_axis >> 2) as usize);
        Town { spots: self.spots.get(first..first + len).unwrap_or_default(), chord2, unit: &node.unit }
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

    /// Wide enough to hold every point whose distance, rounded as it may be, is not greater than one over this chord: both
    /// chords and angles are good to some 1e-15, and near the antipode chords hardly grow.
    fn over(chord2: f64) -> Bound {
        Bound(chord2 * (1.0 + 1e-12) + 1e-13)
    }
}

impl<'a> Search<'a> {
    /// The next town within a bound, which may shrink from one to the next, but not grow.
    pub(crate) fn next(&mut self, bound: Bound) -> Option<Town<'a>> {
        loop {
            for at in self.leaf.by_ref() {
                let Some(node) = self.tree.nodes.get(at) else { break };
                let chord2 = square(&node.unit, &self.center);
                if chord2 <= bound.0 {
                    return Some(self.tree.town(node, chord2));
                }
            }
            if let Some(branch) = self.next.take() {
                self.descend(branch, bound);
                continue;
            }
            let branch = self.branches.pop()?;
            if branch.chord2 > bound.0 {
                continue;
            }
            self.next = Some(branch);
            self.leaf = branch.middle..branch.middle.saturating_add(1);
        }
    }

    /// Goes down to the leaf that is nearest, and leaves a branch behind at each turn.
    fn descend(&mut self, branch: Branch, bound: Bound) {
        let Branch { mut start, mut end, off, chord2, .. } = branch;
        while end - start > LEAF {
            let middle = start + (end - start) / 2;
            let Some(node) = self.tree.nodes.get(middle) else { break };
            let axis = ((node.spots_and_axis & 3) as usize).min(2);
            let apart = self.center[axis] - node.unit[axis];
            let (near, far) =
                if apart < 0.0 { (start..middle, middle + 1..end) } else { (middle + 1..end, start..middle) };
            let mut beside = Branch {
                start: far.start,
                end: far.end,
                middle,
                off,
                chord2: chord2 - off[axis] * off[axis] + apart * apart,
            };
            beside.off[axis] = apart;
            if beside.chord2 <= bound.0 {
                self.branches.push(beside);
            }
            (start, end) = (near.start, near.end);
        }
        self.leaf = start..end;
    }
}

fn square(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    x * x + y * y + z * z
}
