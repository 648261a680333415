//! Great-circle geometry on a sphere, with points as unit vectors.

use crate::pb;

/// Mean Earth radius R1 of IUGG in metres.
pub const EARTH_RADIUS_METERS: f64 = 6_371_008.8;

/// A point on the sphere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// The same as a unit vector.
    pub unit: [f64; 3],
}

/// All within a distance of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// The centre.
    pub center: Point,
    /// The radius in great-circle metres.
    pub radius_meters: f64,
}

/// Not on Earth: which coordinate, and its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotOnEarth(pub &'static str);

impl TryFrom<&pb::LatLng> for Point {
    type Error = NotOnEarth;

    fn try_from(_: &pb::LatLng) -> Result<Point, NotOnEarth> {
        todo!()
    }
}

impl Point {
    /// Great-circle distance in metres.
    pub fn distance(&self, _other: &Point) -> f64 {
        todo!()
    }

    /// Initial bearing towards another point in degrees clockwise from north, 0 to less than 360.
    pub fn bearing(&self, _other: &Point) -> f64 {
        todo!()
    }
}

/// The smallest circle that holds all the circles. Absent without circles.
pub fn enclosing(_circles: &[Circle]) -> Option<Circle> {
    todo!()
}
