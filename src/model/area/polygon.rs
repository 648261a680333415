//! Polygons with great-circle edges, less than a hemisphere. Seen from the sphere's centre such an edge is a straight line
//! (the gnomonic projection), so that which side a point is on is the sign of a determinant, and a ring is a plane one.

use std::f64::consts::FRAC_PI_2;

use super::to_arc;
use crate::model::sphere::{
    Circle, EARTH_RADIUS_METERS, Point, enclosing,
    vector::{Vector, angle, cross, dot, norm, perpendicular, scale, subtract},
};

/// All inside a ring of great-circle edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    corners: Vec<Corner>,
    around: Circle,
    /// Two unit vectors that span the plane of the projection.
    axes: [Vector; 2],
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Corner {
    unit: Vector,
    /// In the plane that touches the sphere in the middle of the polygon.
    x: f64,
    y: f64,
}

/// What is wrong with a ring.
pub(super) enum Fault {
    /// No hemisphere holds the corners.
    TooLarge,
    /// The corner is the one before, or the last one is the first.
    Repeated(usize),
    /// The edges that begin at these corners have more than a common end.
    Crossing(usize, usize),
}

/// Nearer than that (6 micrometres) is touching.
const TOUCHING: f64 = 1e-12;

impl Polygon {
    /// How many edges it has.
    pub fn edge_count(&self) -> u32 {
        self.corners.len() as u32
    }

    /// A ring of at least three corners, in either direction, that closes by itself.
    pub(super) fn new(corners: &[Point]) -> Result<Polygon, Fault> {
        let points: Vec<Circle> = corners.iter().map(|center| Circle { center: *center, radius_meters: 0.0 }).collect();
        let around = enclosing(&points).ok_or(Fault::TooLarge)?;
        if around.radius_meters >= (FRAC_PI_2 - 1e-6) * EARTH_RADIUS_METERS {
            return Err(Fault::TooLarge);
        }
        let right = perpendicular(around.center.unit);
        let axes = [right, cross(around.center.unit, right)];
        let corners = corners.iter().map(|point| project(point.unit, around.center.unit, axes)).collect();
        let polygon = Polygon { corners, around, axes };
        polygon.check_ring()?;
        Ok(polygon)
    }

    /// The smallest circle that holds it.
    pub(super) fn around(&self) -> Circle {
        self.around
    }

    pub(super) fn contains(&self, point: &Point) -> bool {
        if !self.around.contains(point) {
            return false;
        }
        let seen = project(point.unit, self.around.center.unit, self.axes);
        let mut inside = false;
        for (a, b) in self.edges() {
            // Which edges a line to the right meets is decided by each corner alone, so that none counts twice.
            if (a.y > seen.y) != (b.y > seen.y) {
                let left = dot(cross(a.unit, subtract(b.unit, a.unit)), point.unit) > 0.0;
                if left == (b.y > a.y) {
                    inside = !inside;
                }
            }
        }
        inside
    }

    /// Radians to the nearest point of the ring.
    pub(super) fn edge_radians(&self, point: &Point) -> f64 {
        self.edges().map(|(a, b)| to_arc(point.unit, a.unit, b.unit)).fold(f64::INFINITY, f64::min)
    }

    fn edges(&self) -> impl Iterator<Item = (Corner, Corner)> {
        let next = self.corners.iter().cycle().skip(1);
        self.corners.iter().zip(next).map(|(a, b)| (*a, *b))
    }

    fn check_ring(&self) -> Result<(), Fault> {
        let edges: Vec<(Corner, Corner)> = self.edges().collect();
        for (i, (a, b)) in edges.iter().enumerate() {
            if angle(a.unit, b.unit) <= TOUCHING {
                return Err(Fault::Repeated(if i + 1 == edges.len() { i } else { i + 1 }));
            }
        }
        // By their westmost ends in the plane, so that only edges that overlap there are compared.
        let mut order: Vec<usize> = (0..edges.len()).collect();
        let from = |i: usize| edges[i].0.x.min(edges[i].1.x);
        let to = |i: usize| edges[i].0.x.max(edges[i].1.x);
        order.sort_by(|i, j| from(*i).total_cmp(&from(*j)));
        for (position, &i) in order.iter().enumerate() {
            for &j in &order[position + 1..] {
                if from(j) > to(i) + slack(to(i)) {
                    break;
                }
                if meet(&edges, i.min(j), i.max(j)) {
                    return Err(Fault::Crossing(i.min(j), i.max(j)));
                }
            }
        }
        Ok(())
    }
}

/// What rounding can do to a coordinate in the plane: it stretches towards the horizon.
fn slack(coordinate: f64) -> f64 {
    TOUCHING * (1.0 + coordinate * coordinate)
}

fn project(unit: Vector, middle: Vector, axes: [Vector; 2]) -> Corner {
    let depth = dot(unit, middle);
    Corner { unit, x: dot(unit, axes[0]) / depth, y: dot(unit, axes[1]) / depth }
}

/// Whether two edges of a ring have a point in common, other than the corner that neighbours share.
fn meet(edges: &[(Corner, Corner)], one: usize, other: usize) -> bool {
    let ((a, b), (c, d)) = (edges[one], edges[other]);
    let folded = |before: Vector, corner: Vector, after: Vector| {
        to_arc(after, before, corner) <= TOUCHING || to_arc(before, corner, after) <= TOUCHING
    };
    if other == one + 1 {
        return folded(a.unit, b.unit, d.unit);
    }
    if one == 0 && other + 1 == edges.len() {
        return folded(c.unit, a.unit, b.unit);
    }
    if a.y.max(b.y) + slack(a.y.max(b.y)) < c.y.min(d.y) || c.y.max(d.y) + slack(c.y.max(d.y)) < a.y.min(b.y) {
        return false;
    }
    let side = |from: Corner, to: Corner, point: Corner| {
        let normal = cross(from.unit, subtract(to.unit, from.unit));
        dot(scale(normal, 1.0 / norm(normal)), point.unit)
    };
    let (c_side, d_side, a_side, b_side) = (side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b));
    let crossing = (c_side > 0.0) != (d_side > 0.0) && (a_side > 0.0) != (b_side > 0.0);
    // Corners only touch the other edge if they come near its line at all.
    let touching = |distance: f64, corner: Corner, from: Corner, to: Corner| {
        distance.abs() <= TOUCHING && to_arc(corner.unit, from.unit, to.unit) <= TOUCHING
    };
    crossing
        || touching(c_side, c, a, b)
        || touching(d_side, d, a, b)
        || touching(a_side, a, c, d)
        || touching(b_side, b, c, d)
}
