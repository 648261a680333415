//! The smallest circle around circles.
//!
//! At most three circles hold it in place. From a guess, the circle that sticks out farthest joins those that hold the
//! guess, and the smallest circle around these four or fewer is the next guess; it grows with each step, so this ends.
//! Two circles are held along the great circle through their centres, three by Apollonius' problem on the sphere: solved
//! in closed form, then polished by Newton's method, because the closed form loses digits on small figures.

use super::{
    Circle, EARTH_RADIUS_METERS, HALF_CIRCUMFERENCE_METERS, Point,
    vector::{Vector, add, ahead, angle, cross, dot, norm, perpendicular, scale, subtract, travel},
};

/// A circle on the unit sphere, its radius in radians.
#[derive(Clone, Copy)]
struct Cap {
    center: Vector,
    radius: f64,
}

/// Sticking out less is rounding: 6 micrometres on Earth.
const TOLERANCE: f64 = 1e-12;

/// The smallest circle that holds all the circles, to less than a millimetre. Absent without circles. If they do not fit in a
/// hemisphere it holds them all, but need not be the smallest.
pub fn enclosing(circles: &[Circle]) -> Option<Circle> {
    let caps: Vec<Cap> = circles
        .iter()
        .map(|circle| Cap { center: circle.center.unit, radius: circle.radius_meters / EARTH_RADIUS_METERS })
        .collect();
    let widest = caps.iter().max_by(|a, b| a.radius.total_cmp(&b.radius))?;
    let mut held_by = vec![*widest];
    let mut center = widest.center;
    let mut radius = widest.radius;
    // Far more steps than any input needs; what is found last is widened below to hold all.
    for _ in 0..10 * caps.len() + 100 {
        let (farthest, reach) = farthest(&caps, center)?;
        if reach <= radius + TOLERANCE {
            break;
        }
        held_by.push(farthest);
        let (next_held_by, next_center) = smallest(&held_by);
        let next_radius = reach_of(&held_by, next_center);
        if next_radius <= radius {
            break;
        }
        (held_by, center, radius) = (next_held_by, next_center, next_radius);
    }
    // A lone circle keeps the coordinates it was written with.
    let written = circles.iter().map(|circle| circle.center).find(|point| point.unit == center);
    let center = written.unwrap_or_else(|| Point::of_vector(center));
    let reach = circles.iter().map(|circle| center.distance(&circle.center) + circle.radius_meters).fold(0.0, f64::max);
    Some(Circle { center, radius_meters: reach.min(HALF_CIRCUMFERENCE_METERS) })
}

/// How far the farthest cap reaches from the centre.
fn reach_of(caps: &[Cap], center: Vector) -> f64 {
    caps.iter().map(|cap| angle(center, cap.center) + cap.radius).fold(0.0, f64::max)
}

fn farthest(caps: &[Cap], center: Vector) -> Option<(Cap, f64)> {
    caps.iter()
        .map(|cap| (*cap, angle(center, cap.center) + cap.radius))
        .max_by(|(_, left), (_, right)| left.total_cmp(right))
}

/// The centre of the smallest circle around at most four caps, and those (at most three) that hold it.
fn smallest(caps: &[Cap]) -> (Vec<Cap>, Vector) {
    let mut best: Option<(Vec<Cap>, Vector, f64)> = None;
    for chosen in 1..1_u32 << caps.len() {
        let held_by: Vec<Cap> = (0..caps.len()).filter(|i| chosen >> i & 1 == 1).map(|i| caps[i]).collect();
        for center in centers(&held_by) {
            let reach = reach_of(caps, center);
            if reach.is_finite() && best.as_ref().is_none_or(|(_, _, least)| reach < *least) {
                best = Some((held_by.clone(), center, reach));
            }
        }
    }
    // One cap alone always gives a centre.
    best.map_or_else(|| (caps.to_vec(), caps[0].center), |(held_by, center, _)| (held_by, center))
}

/// Centres of circles that all the caps touch from inside; wrong ones among them lose by their reach.
fn centers(caps: &[Cap]) -> Vec<Vector> {
    match caps {
        [one] => vec![one.center],
        [a, b] => vec![between(a, b)],
        [a, b, c] => {
            let middle = add(add(a.center, b.center), c.center);
            let mut guesses = apollonius([a, b, c]);
            if norm(middle) > 0.0 {
                guesses.push(scale(middle, 1.0 / norm(middle)));
            }
            guesses.into_iter().map(|guess| polish([a, b, c], guess)).collect()
        }
        _ => Vec::new(),
    }
}

/// Half way between the far sides of two caps.
fn between(a: &Cap, b: &Cap) -> Vector {
    let from_a = (angle(a.center, b.center) + b.radius - a.radius) / 2.0;
    travel(a.center, ahead(a.center, b.center), from_a)
}

/// With M the matrix of the centres, a circle (c, R) around three caps fulfils M c = cos(R - r), that is c = u cos R + v sin R
/// with M u = cos r and M v = sin r. That c has length 1 is a quadratic equation for tan R.
fn apollonius([first, second, third]: [&Cap; 3]) -> Vec<Vector> {
    let volume = dot(first.center, cross(second.center, third.center));
    if volume == 0.0 {
        return Vec::new();
    }
    let solve = |right: [f64; 3]| {
        let sum = add(
            add(
                scale(cross(second.center, third.center), right[0]),
                scale(cross(third.center, first.center), right[1]),
            ),
            scale(cross(first.center, second.center), right[2]),
        );
        scale(sum, 1.0 / volume)
    };
    let u = solve([first.radius.cos(), second.radius.cos(), third.radius.cos()]);
    let v = solve([first.radius.sin(), second.radius.sin(), third.radius.sin()]);
    let (square, half, constant) = (dot(v, v) - 1.0, dot(u, v), dot(u, u) - 1.0);
    let root = (half * half - square * constant).max(0.0).sqrt();
    // Each root as (cos R, sin R) up to a factor: in both forms, of which one can vanish.
    [(square, root - half), (square, -root - half), (-half - root, constant), (root - half, constant)]
        .into_iter()
        .filter_map(|(cos, sin)| {
            let sign = if sin < 0.0 { -1.0 } else { 1.0 };
            let center = add(scale(u, sign * cos), scale(v, sign * sin));
            (norm(center) > 0.0 && norm(center).is_finite()).then(|| scale(center, 1.0 / norm(center)))
        })
        .collect()
}

/// Newton's method in the plane that touches the sphere at the guess, as long as it helps.
fn polish(caps: [&Cap; 3], guess: Vector) -> Vector {
    let reaches = |center: Vector| caps.map(|cap| angle(center, cap.center) + cap.radius);
    let mut center = guess;
    for _ in 0..8 {
        let reach = reaches(center);
        let Some(step) = step(center, reach, caps.map(|cap| ahead(center, cap.center))) else { break };
        let length = norm(step);
        let next = travel(center, scale(step, 1.0 / length), length);
        if spread(reaches(next)) >= spread(reach) {
            break;
        }
        center = scale(next, 1.0 / norm(next));
    }
    center
}

/// Where to move the centre so that all three reaches become equal, if they changed at a constant rate: each falls by the way
/// taken towards its cap.
fn step(center: Vector, reach: [f64; 3], towards: [Vector; 3]) -> Option<Vector> {
    let right = perpendicular(center);
    let up = cross(center, right);
    let plane = |vector: Vector| [dot(vector, right), dot(vector, up)];
    let second = plane(subtract(towards[1], towards[0]));
    let third = plane(subtract(towards[2], towards[0]));
    let (more, most) = (reach[1] - reach[0], reach[2] - reach[0]);
    let determinant = second[0] * third[1] - second[1] * third[0];
    let rightwards = (more * third[1] - most * second[1]) / determinant;
    let upwards = (most * second[0] - more * third[0]) / determinant;
    let step = add(scale(right, rightwards), scale(up, upwards));
    (determinant.abs() > 1e-12 && norm(step) > 0.0 && norm(step).is_finite()).then_some(step)
}

fn spread([a, b, c]: [f64; 3]) -> f64 {
    a.max(b).max(c) - a.min(b).min(c)
}
