//! Great-circle geometry on a sphere, with points as unit vectors: no pole and no date line is a special case.
//!
//! Distances are great-circle metres. A sphere instead of an ellipsoid is off by at most 0.56 %, far below the
//! uncertainty of any reported place.

mod enclosing;
#[cfg(test)]
mod tests;
pub(super) mod vector;

use std::f64::consts::PI;

pub use enclosing::enclosing;
use vector::{add, norm, scale};

use crate::pb;

/// Mean Earth radius R1 of IUGG in metres.
pub const EARTH_RADIUS_METERS: f64 = 6_371_008.8;

/// Half the Earth's circumference in metres: no two points are farther apart.
pub const HALF_CIRCUMFERENCE_METERS: f64 = PI * EARTH_RADIUS_METERS;

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

    fn try_from(coordinates: &pb::LatLng) -> Result<Point, NotOnEarth> {
        Point::new(coordinates.latitude, coordinates.longitude)
    }
}

impl From<Point> for pb::LatLng {
    fn from(point: Point) -> pb::LatLng {
        pb::LatLng { latitude: point.latitude, longitude: point.longitude }
    }
}

impl Point {
    /// The point at degrees north and degrees east.
    pub fn new(latitude: f64, longitude: f64) -> Result<Point, NotOnEarth> {
        // Neither range contains NaN.
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(NotOnEarth("latitude is out of range; write degrees north from -90 to 90"));
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(NotOnEarth("longitude is out of range; write degrees east from -180 to 180"));
        }
        // -0 is 0: a message does not tell them apart, so what was read from one and what was not would differ in bits.
        let (latitude, longitude) = (latitude + 0.0, longitude + 0.0);
        let (north, along) = latitude.to_radians().sin_cos();
        let (east, prime) = longitude.to_radians().sin_cos();
        Ok(Point { latitude, longitude, unit: [along * prime, along * east, north] })
    }

    /// Reads coordinates that stand in the field of this path. Answers each coordinate that is not on Earth with the path of
    /// its field, such as `point.latitude`.
    pub fn parse(coordinates: &pb::LatLng, field: &str) -> Result<Point, Vec<(String, String)>> {
        Point::try_from(coordinates).map_err(|_| {
            let mut violations = Vec::new();
            if let Err(error) = Point::new(coordinates.latitude, 0.0) {
                violations.push((format!("{field}.latitude"), error.to_string()));
            }
            if let Err(error) = Point::new(0.0, coordinates.longitude) {
                violations.push((format!("{field}.longitude"), error.to_string()));
            }
            violations
        })
    }

    /// The point in the direction of a vector, which is not the null vector.
    pub(super) fn of_vector(vector: [f64; 3]) -> Point {
        let unit = scale(vector, 1.0 / norm(vector));
        let [x, y, z] = unit;
        Point { latitude: z.atan2(x.hypot(y)).to_degrees(), longitude: y.atan2(x).to_degrees(), unit }
    }

    /// Great-circle distance in metres, to a few nanometres for near, far and antipodal points alike.
    pub fn distance(&self, other: &Point) -> f64 {
        vector::angle(self.unit, other.unit) * EARTH_RADIUS_METERS
    }

    /// Initial bearing towards another point in degrees clockwise from north, 0 to less than 360. Between equal points it
    /// means nothing; at a pole north is as if it lay a hair down the meridian of its longitude.
    pub fn bearing(&self, other: &Point) -> f64 {
        self.bearing_to(other.latitude, other.longitude)
    }

    /// The same towards the point at degrees north and degrees east.
    pub fn bearing_to(&self, latitude: f64, longitude: f64) -> f64 {
        // The short way round, so that 180 and -180 degrees are one meridian.
        let east = match longitude - self.longitude {
            east if east > 180.0 => east - 360.0,
            east if east < -180.0 => east + 360.0,
            east => east,
        };
        let cos_to = latitude.to_radians().cos();
        let half = (east.to_radians() / 2.0).sin();
        // cos(a) sin(b) - sin(a) cos(b) cos(east), written so that nothing cancels between near points.
        let northward = (latitude - self.latitude).to_radians().sin() + 2.0 * self.unit[2] * cos_to * half * half;
        let eastward = east.to_radians().sin() * cos_to;
        let degrees = eastward.atan2(northward).to_degrees();
        let positive = if degrees < 0.0 { degrees + 360.0 } else { degrees };
        // A hair west of north rounds to a full turn.
        if positive >= 360.0 { 0.0 } else { positive }
    }

    /// The point at a distance in metres along an initial bearing in degrees.
    #[must_use]
    pub fn destination(&self, bearing: f64, meters: f64) -> Point {
        let (sin_longitude, cos_longitude) = self.longitude.to_radians().sin_cos();
        let (sin_latitude, cos_latitude) = self.latitude.to_radians().sin_cos();
        let east = [-sin_longitude, cos_longitude, 0.0];
        let north = [-sin_latitude * cos_longitude, -sin_latitude * sin_longitude, cos_latitude];
        let (eastward, northward) = bearing.to_radians().sin_cos();
        let ahead = add(scale(east, eastward), scale(north, northward));
        Point::of_vector(vector::travel(self.unit, ahead, meters / EARTH_RADIUS_METERS))
    }
}

/// What lies on a circle's edge lies in it, though its coordinates were rounded on their way: a millimetre is nothing here.
pub(super) const ROUNDING_METERS: f64 = 1e-3;

impl Circle {
    /// Whether the point lies in it.
    pub fn contains(&self, point: &Point) -> bool {
        self.center.distance(point) <= self.radius_meters + ROUNDING_METERS
    }

    /// Whether the two have a point in common.
    pub fn touches(&self, other: &Circle) -> bool {
        self.center.distance(&other.center) <= self.radius_meters + other.radius_meters + ROUNDING_METERS
    }

    /// Whether the other one lies wholly in it.
    pub fn encloses(&self, other: &Circle) -> bool {
        self.radius_meters >= HALF_CIRCUMFERENCE_METERS
            || self.center.distance(&other.center) + other.radius_meters <= self.radius_meters + ROUNDING_METERS
    }
}

/// The straight chord through the unit sphere under a great-circle distance: it grows with the distance, so that indexes of
/// unit vectors can compare chords. Half the circumference and more give 2, the diameter.
pub fn chord(meters: f64) -> f64 {
    2.0 * (meters.clamp(0.0, HALF_CIRCUMFERENCE_METERS) / (2.0 * EARTH_RADIUS_METERS)).sin()
}

/// The great-circle distance over a chord of the unit sphere. Near the diameter a chord hardly grows: there it is good to
/// 0.2 m only, and [`Point::distance`] is exact.
pub fn meters_of_chord(chord: f64) -> f64 {
    2.0 * EARTH_RADIUS_METERS * (chord.clamp(0.0, 2.0) / 2.0).asin()
}
