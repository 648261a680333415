//! Boxes between two parallels and two meridians. A parallel is no great circle: the nearest point of its arc is the one of
//! the nearest longitude.

use super::to_arc;
use crate::model::sphere::{Circle, EARTH_RADIUS_METERS, HALF_CIRCUMFERENCE_METERS, Point, vector::Vector};

/// All from one parallel north to another and from one meridian east to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Graticule {
    low: Point,
    high: Point,
    /// Degrees of longitude from west to east, 0 to 360.
    width: f64,
    /// The western and the eastern meridian, each from south over its middle to north: half a circle has no one direction.
    meridians: [[Vector; 3]; 2],
    around: Circle,
}

impl Graticule {
    /// From the south-west to the north-east corner. A longitude of `high` lower than that of `low` lies beyond the date line.
    pub(super) fn new(low: Point, high: Point) -> Graticule {
        let width = east_of(low.longitude, high.longitude);
        let middle = f64::midpoint(low.latitude, high.latitude);
        let meridian =
            |longitude| [low.latitude, middle, high.latitude].map(|latitude| on_earth(latitude, longitude).unit);
        let meridians = [meridian(low.longitude), meridian(high.longitude)];
        Graticule { low, high, width, meridians, around: around(&low, &high, width) }
    }

    /// A circle that holds it.
    pub(super) fn around(&self) -> Circle {
        self.around
    }

    pub(super) fn contains(&self, point: &Point) -> bool {
        if !(self.low.latitude..=self.high.latitude).contains(&point.latitude) {
            return false;
        }
        // A pole has every longitude.
        point.latitude.abs() == 90.0 || self.holds_meridian(point.longitude)
    }

    /// Radians to the nearest point of the edge. Where the box goes all around, its meridians are no edge; a pole is none
    /// unless it is all there is.
    pub(super) fn edge_radians(&self, point: &Point) -> f64 {
        let mut nearest = f64::INFINITY;
        if self.width < 360.0 {
            for [south, middle, north] in self.meridians {
                nearest = nearest.min(to_arc(point.unit, south, middle)).min(to_arc(point.unit, middle, north));
            }
        }
        // From other longitudes the nearest points of the parallels are the corners, which end the meridians too.
        if self.holds_meridian(point.longitude) {
            for edge in [self.low.latitude, self.high.latitude] {
                if edge.abs() < 90.0 || self.low.latitude == self.high.latitude {
                    nearest = nearest.min((point.latitude - edge).to_radians().abs());
                }
            }
        }
        nearest
    }

    fn holds_meridian(&self, longitude: f64) -> bool {
        self.width >= 360.0 || east_of(self.low.longitude, longitude) <= self.width
    }
}

/// Degrees eastwards from one longitude to another, 0 to 360; 360 only from -180 to 180.
fn east_of(from: f64, to: f64) -> f64 {
    if to >= from { to - from } else { to - from + 360.0 }
}

/// A point of coordinates between some that are on Earth.
fn on_earth(latitude: f64, longitude: f64) -> Point {
    Point::new(latitude.clamp(-90.0, 90.0), longitude.clamp(-180.0, 180.0)).unwrap_or(Point {
        latitude: 0.0,
        longitude: 0.0,
        unit: [1.0, 0.0, 0.0],
    })
}

/// The smaller of the circles around its poles and, if that is less than a hemisphere, around its middle.
fn around(low: &Point, high: &Point, width: f64) -> Circle {
    let cap = |pole: f64, degrees: f64| Circle {
        center: on_earth(pole, 0.0),
        radius_meters: degrees.to_radians() * EARTH_RADIUS_METERS,
    };
    let (north, south) = (cap(90.0, 90.0 - low.latitude), cap(-90.0, 90.0 + high.latitude));
    let polar = if north.radius_meters < south.radius_meters { north } else { south };
    let middle = low.longitude + width / 2.0;
    let middle = if middle > 180.0 { middle - 360.0 } else { middle };
    let center = on_earth(f64::midpoint(low.latitude, high.latitude), middle);
    let corners = [low.latitude, high.latitude].map(|latitude| center.distance(&on_earth(latitude, low.longitude)));
    let radius_meters = corners[0].max(corners[1]);
    // Within a hemisphere a meridian reaches no farther than its ends; a parallel never does, up to half of it.
    let hemisphere = HALF_CIRCUMFERENCE_METERS / 2.0 - 1.0;
    if radius_meters < hemisphere.min(polar.radius_meters) { Circle { center, radius_meters } } else { polar }
}
