//! The nearest towns that together have so many rows, over several trees.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{Bound, Town, Towns};
use crate::model::sphere::Point;

/// Collects towns, the nearest of them. No distance is measured before the end: chords order as distances do, but for a hair.
#[derive(Debug)]
pub(crate) struct Nearest {
    want: u64,
    bound: Bound,
    rows: u64,
    held: BinaryHeap<Candidate>,
    /// Those a hair farther than the farthest that is needed.
    ties: Vec<Candidate>,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    town: Town,
    rows: u64,
}

impl Nearest {
    /// The nearest towns that have so many rows.
    pub(crate) fn new(want: usize) -> Nearest {
        Nearest {
            want: want as u64,
            bound: Bound::NONE,
            rows: 0,
            held: BinaryHeap::with_capacity(want.min(64) + 1),
            ties: vec![],
        }
    }

    /// How far to look from now on.
    pub(crate) fn bound(&self) -> Bound {
        self.bound
    }

    /// Adds a town in which so many rows match: all of them, or as many as are wanted.
    pub(crate) fn offer(&mut self, town: Town, rows: usize) {
        if rows == 0 || town.chord2 > self.bound.0 {
            return;
        }
        self.rows += rows as u64;
        self.held.push(Candidate { town, rows: rows as u64 });
        while let Some(farthest) = self.held.peek().copied().filter(|farthest| self.rows - farthest.rows >= self.want) {
            self.held.pop();
            self.rows -= farthest.rows;
            self.ties.push(farthest);
        }
        if self.rows >= self.want {
            let bound = self.held.peek().map_or(Bound(-1.0), |farthest| Bound::town(farthest.town));
            self.bound = if bound < self.bound { bound } else { self.bound };
            self.ties.retain(|tie| tie.town.chord2 <= self.bound.0);
        }
    }

    /// The towns, nearest first, each with its distance in metres. Beyond the rows that were wanted there may be some more.
    pub(crate) fn finish(self, of: &Towns<'_>, center: &Point) -> Vec<(f64, Town)> {
        let towns = self.held.into_iter().chain(self.ties);
        let mut towns: Vec<_> = towns.map(|candidate| (of.distance(candidate.town, center), candidate.town)).collect();
        towns.sort_by(|a, b| a.0.total_cmp(&b.0));
        towns
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.town.chord2.total_cmp(&other.town.chord2)
    }
}
