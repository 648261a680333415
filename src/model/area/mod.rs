//! Areas to search: circles, boxes, polygons, and what lies in them possibly or certainly.
//!
//! An event lies somewhere in a disk. It is possibly in the area if the disk and the area have a point in common, and
//! certainly if the whole disk lies in the area. Both follow from whether the disk's centre lies in the area and how far it
//! is from the area's edge, which is exact on the sphere, poles and date line included.

mod graticule;
mod parse;
mod polygon;
#[cfg(test)]
mod tests;

pub use graticule::Graticule;
pub use polygon::Polygon;

use super::sphere::{Circle, EARTH_RADIUS_METERS, Point, ROUNDING_METERS, vector};

/// A part of the Earth's surface.
#[derive(Debug, Clone, PartialEq)]
pub enum Area {
    /// All within a distance of a point.
    Circle(Circle),
    /// All between two parallels and two meridians.
    Box(Graticule),
    /// All inside a ring of great-circle edges.
    Polygon(Polygon),
}

impl Area {
    /// Whether the point lies in it. Its edge belongs to it.
    pub fn contains(&self, point: &Point) -> bool {
        self.possible(&Circle { center: *point, radius_meters: 0.0 })
    }

    /// Whether some of the disk lies in it.
    pub fn possible(&self, disk: &Circle) -> bool {
        let Circle { center, radius_meters } = disk;
        match self {
            Area::Circle(circle) => circle.touches(disk),
            Area::Box(_) | Area::Polygon(_) => {
                self.around().touches(disk)
                    && (self.inside(center) || self.edge_meters(center) <= radius_meters + ROUNDING_METERS)
            }
        }
    }

    /// Whether all of the disk lies in it.
    pub fn certain(&self, disk: &Circle) -> bool {
        let Circle { center, radius_meters } = disk;
        match self {
            Area::Circle(circle) => circle.encloses(disk),
            Area::Box(_) | Area::Polygon(_) => {
                self.around().encloses(disk)
                    && self.edge_meters(center) >= radius_meters - ROUNDING_METERS
                    && self.contains(center)
            }
        }
    }

    /// A circle that holds all of it, for an index to start from; not always the smallest.
    pub fn around(&self) -> Circle {
        match self {
            Area::Circle(circle) => *circle,
            Area::Box(graticule) => graticule.around(),
            Area::Polygon(polygon) => polygon.around(),
        }
    }

    /// Whether the point lies in it, however rounding decides on its edge.
    fn inside(&self, point: &Point) -> bool {
        match self {
            Area::Circle(circle) => circle.contains(point),
            Area::Box(graticule) => graticule.contains(point),
            Area::Polygon(polygon) => polygon.contains(point),
        }
    }

    /// Metres to the nearest point of its edge; infinite if it has none, as the whole Earth has none.
    fn edge_meters(&self, point: &Point) -> f64 {
        match self {
            Area::Circle(circle) => (circle.center.distance(point) - circle.radius_meters).abs(),
            Area::Box(graticule) => graticule.edge_radians(point) * EARTH_RADIUS_METERS,
            Area::Polygon(polygon) => polygon.edge_radians(point) * EARTH_RADIUS_METERS,
        }
    }
}

/// The angle in radians between a point and the nearest point of the great-circle arc from `a` to `b`, shorter than half a
/// circle.
fn to_arc(point: vector::Vector, a: vector::Vector, b: vector::Vector) -> f64 {
    use vector::{angle, cross, dot, norm, scale, subtract};
    let ends = angle(point, a).min(angle(point, b));
    // Not a x b: of near points that would keep few digits.
    let normal = cross(a, subtract(b, a));
    let length = norm(normal);
    if length == 0.0 {
        return ends;
    }
    let normal = scale(normal, 1.0 / length);
    let between = dot(cross(a, point), normal) >= 0.0 && dot(cross(point, b), normal) >= 0.0;
    if between { dot(point, normal).abs().atan2(norm(cross(point, normal))) } else { ends }
}
