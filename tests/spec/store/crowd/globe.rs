//! Geometry once more, by other means than the service: haversines instead of vectors, edges walked step by step, and winding
//! instead of a projection. Whoever is within a hair of an edge is unsure, which the questions then leave alone; who lies on it
//! exactly is in.

use std::f64::consts::PI;

use dossier::pb::{self, LatLng, area::Shape};

const EARTH: f64 = 6_371_008.8;
pub(super) const FARTHEST: f64 = PI * EARTH;

/// What is no farther from an edge lies on it; what is no farther than `UNSURE` is not asked for.
const TOUCHES: f64 = 1e-4;
const UNSURE: f64 = 1e-2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    Unsure,
}

/// By how many metres something holds.
pub(super) fn verdict(spare: f64) -> Verdict {
    match spare {
        _ if spare >= -TOUCHES => Verdict::Yes,
        _ if spare < -UNSURE => Verdict::No,
        _ => Verdict::Unsure,
    }
}

/// Great-circle metres.
pub(super) fn distance(a: &LatLng, b: &LatLng) -> f64 {
    let (a_lat, b_lat) = (a.latitude.to_radians(), b.latitude.to_radians());
    let half = (b.longitude - a.longitude).to_radians() / 2.0;
    let along = a_lat.cos() * b_lat.cos();
    let near = ((b_lat - a_lat) / 2.0).sin().powi(2) + along * half.sin().powi(2);
    // The same to the antipode: near it, it keeps the digits that the other loses.
    let far = f64::midpoint(b_lat, a_lat).sin().powi(2) + along * half.cos().powi(2);
    let angle = if near < 0.5 { 2.0 * near.sqrt().asin() } else { PI - 2.0 * far.sqrt().asin() };
    angle * EARTH
}

/// Initial bearing in degrees.
pub(super) fn bearing(from: &LatLng, to: &LatLng) -> f64 {
    let (a, b) = (from.latitude.to_radians(), to.latitude.to_radians());
    let east = (to.longitude - from.longitude).to_radians();
    let degrees = (east.sin() * b.cos()).atan2(a.cos() * b.sin() - a.sin() * b.cos() * east.cos()).to_degrees();
    degrees.rem_euclid(360.0)
}

type Vector = [f64; 3];

fn unit(at: &LatLng) -> Vector {
    let (lat, lng) = (at.latitude.to_radians(), at.longitude.to_radians());
    [lat.cos() * lng.cos(), lat.cos() * lng.sin(), lat.sin()]
}

fn dot(a: Vector, b: Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|i| {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        a[j] * b[k] - a[k] * b[j]
    })
}

/// Metres over a chord.
fn apart(a: Vector, b: Vector) -> f64 {
    let chord = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    2.0 * (chord / 2.0).min(1.0).asin() * EARTH
}

/// Metres from a point to the nearest point of an edge, which is walked from 0 to 1.
fn walk(point: Vector, edge: impl Fn(f64) -> Vector) -> f64 {
    const STEPS: u32 = 40;
    let at = |t: f64| apart(point, edge(t));
    let step = 1.0 / f64::from(STEPS);
    let mut best = (0.0, f64::INFINITY);
    for i in 0..=STEPS {
        let t = f64::from(i) * step;
        let far = at(t);
        if far < best.1 {
            best = (t, far);
        }
    }
    // Not beyond the ends: there, all is as far as the end, and a minimum close to it would be missed.
    let (mut low, mut high) = ((best.0 - step).max(0.0), (best.0 + step).min(1.0));
    for _ in 0..70 {
        let third = (high - low) / 3.0;
        if at(low + third) < at(high - third) { high -= third } else { low += third }
    }
    at(f64::midpoint(low, high)).min(best.1)
}

/// Whether a disk lies in an area: some of it, or for certain all of it.
pub(super) fn lies_in(area: &pb::Area, center: &LatLng, radius: f64, certain: bool) -> Verdict {
    let (inside, edge) = match area.shape.as_ref().unwrap() {
        Shape::Circle(circle) => {
            let (wide, far) = (circle.radius_meters.unwrap(), distance(circle.center.as_ref().unwrap(), center));
            if wide >= FARTHEST - 1e-3 {
                return Verdict::Yes;
            }
            return verdict(if certain { wide - far - radius } else { wide + radius - far });
        }
        Shape::Box(area) => in_box(area, center),
        Shape::Polygon(area) => in_ring(&area.vertices, center),
    };
    match (certain, inside) {
        (false, true) => Verdict::Yes,
        (false, false) => verdict(radius - edge),
        (true, false) if edge > TOUCHES => Verdict::No,
        (true, _) => verdict(edge - radius),
    }
}

/// Whether a point lies in a box, and how far from its edge.
fn in_box(area: &pb::area::Box, point: &LatLng) -> (bool, f64) {
    let (low, high) = (area.low.unwrap(), area.high.unwrap());
    let east = |from: f64, to: f64| if to < from { to - from + 360.0 } else { to - from };
    let width = east(low.longitude, high.longitude);
    let across = point.latitude.abs() == 90.0 || width >= 360.0 || east(low.longitude, point.longitude) <= width;
    let inside = (low.latitude..=high.latitude).contains(&point.latitude) && across;
    let at = unit(point);
    let on = |latitude: f64, longitude: f64| unit(&LatLng { latitude, longitude });
    let mut edge = f64::INFINITY;
    if width < 360.0 {
        for longitude in [low.longitude, high.longitude] {
            let meridian = |t: f64| on(low.latitude + t * (high.latitude - low.latitude), longitude);
            edge = edge.min(walk(at, meridian));
        }
    }
    for latitude in [low.latitude, high.latitude] {
        // A pole is no edge, unless there is nothing else.
        if latitude.abs() < 90.0 || low.latitude == high.latitude {
            edge = edge.min(walk(at, |t: f64| on(latitude, low.longitude + t * width)));
        }
    }
    (inside, edge)
}

/// The same of a ring of great circles.
fn in_ring(corners: &[LatLng], point: &LatLng) -> (bool, f64) {
    let corners: Vec<Vector> = corners.iter().map(unit).collect();
    let at = unit(point);
    let edges = || corners.iter().copied().zip(corners.iter().copied().cycle().skip(1));
    let edge = edges().map(|(a, b)| {
        walk(at, |t| {
            let along: Vector = std::array::from_fn(|i| a[i] * (1.0 - t) + b[i] * t);
            let length = dot(along, along).sqrt();
            along.map(|x| x / length)
        })
    });
    let edge = edge.fold(f64::INFINITY, f64::min);
    let inside = if corners.len() == 3 {
        let sides: Vec<bool> = edges().map(|(a, b)| dot(cross(a, b), at) > 0.0).collect();
        // A triangle and its mirror beyond the centre differ in the turn that their corners make.
        let turn = dot(cross(corners[0], corners[1]), corners[2]) > 0.0;
        sides.iter().all(|side| *side == turn)
    } else {
        // How far one turns round who looks at all corners in a row: once, or not at all.
        let seen = |corner: Vector| -> Vector { std::array::from_fn(|i| corner[i] - dot(corner, at) * at[i]) };
        let turned = |(a, b): (Vector, Vector)| dot(at, cross(seen(a), seen(b))).atan2(dot(seen(a), seen(b)));
        let middle: Vector = std::array::from_fn(|i| corners.iter().map(|corner| corner[i]).sum());
        edges().map(turned).sum::<f64>().abs() > PI && dot(at, middle) > 0.0
    };
    (inside, edge)
}
