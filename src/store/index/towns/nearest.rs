//! The nearest towns that together have so many rows, over several trees.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{Bound, Town};
use crate::model::sphere::Point;

/// Collects towns, the nearest of them. No distance is measured before the end: chords order as distances do, but for a hair.
#[derive(Debug)]
pub(crate) struct Nearest<'a> {
    want: u64,
    bound: Bound,
    rows: u64,
    held: BinaryHeap<Candidate<'a>>,
    /// Those a hair farther than the farthest that is needed.
    ties: Vec<Candidate<'a>>,
}

#[derive(Debug, Clone, Copy)]
struct Candidate<'a> {
    town: Town<'a>,
    rows: u64,
}

impl<'a> Nearest<'a> {
    /// The nearest towns within a bound that have so many rows.
    pub(crate) fn new(want: usize, bound: Bound) -> Nearest<'a> {
        Nearest { want: want as u64, bound, rows: 0, held: BinaryHeap::with_capacity(want.min(64) + 1), ties: vec![] }
    }

    /// How far to look from now on.
    pub(crate) fn bound(&self) -> Bound {
        self.bound
    }

    /// Adds a town in which so many rows match: all of them, or as many as are wanted.
    pub(crate) fn offer(&mut self, town: Town<'a>, rows: usize) {
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
            let bound = self.held.peek().map_or(Bound(-1.0), |farthest| Bound::town(&farthest.town));
            self.bound = if bound < self.bound { bound } else { self.bound };
            self.ties.retain(|tie| tie.town.chord2 <= self.bound.0);
        }
    }

    /// The towns, nearest first, each with its distance in metres. Beyond the rows that were wanted there may be some more.
    pub(crate) fn finish(self, center: &Point) -> Vec<(f64, Town<'a>)> {
        let towns = self.held.into_iter().chain(self.ties);
        let mut towns: Vec<_> = towns.map(|candidate| (candidate.town.distance(center), candidate.town)).collect();
        towns.sort_by(|a, b| a.0.total_cmp(&b.0));
        towns
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate<'_> {}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.town.chord2.total_cmp(&other.town.chord2)
    }
}
