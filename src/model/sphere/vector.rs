//! Vectors in space, as far as a sphere needs them.

/// A vector; of length 1 where it is a point of the unit sphere.
pub(crate) type Vector = [f64; 3];

pub(crate) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(crate) fn add(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub(crate) fn subtract(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(crate) fn scale(a: Vector, by: f64) -> Vector {
    [a[0] * by, a[1] * by, a[2] * by]
}

pub(crate) fn norm(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// The angle between two vectors in radians. Arc sine and arc cosine each lose half the digits somewhere; this loses none.
pub(crate) fn angle(a: Vector, b: Vector) -> f64 {
    norm(cross(a, b)).atan2(dot(a, b))
}

/// Some unit vector at right angles.
pub(crate) fn perpendicular(a: Vector) -> Vector {
    let axis = if a[0].abs() < 0.6 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let aside = cross(a, axis);
    scale(aside, 1.0 / norm(aside))
}

/// The unit vector at right angles to `from` in the direction of `to`: where one sets out. Any, if they are one or opposite.
pub(crate) fn ahead(from: Vector, to: Vector) -> Vector {
    let aside = cross(cross(from, to), from);
    let length = norm(aside);
    if length > 0.0 { scale(aside, 1.0 / length) } else { perpendicular(from) }
}

/// The point an angle in radians away, along a unit vector at right angles.
pub(crate) fn travel(from: Vector, ahead: Vector, angle: f64) -> Vector {
    let (sin, cos) = angle.sin_cos();
    add(scale(from, cos), scale(ahead, sin))
}
