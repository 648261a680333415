//! From the contract's Area to ours, with all that is wrong at once.

use super::{Area, Graticule, Polygon, polygon::Fault};
use crate::{
    model::sphere::{Circle, HALF_CIRCUMFERENCE_METERS, Point},
    pb,
};

/// The path of a field and what is wrong with it.
type Violation = (String, String);

/// More corners than any border needs at the exactness of reported places.
const MOST_CORNERS: usize = 1000;

impl Area {
    /// Reads an area that stands in the field of this path. Answers all violations, each with the path of its field, such as
    /// `filter.area.polygon.vertices[2].latitude`.
    pub fn parse(area: &pb::Area, field: &str) -> Result<Area, Vec<(String, String)>> {
        let mut violations = Vec::new();
        let parsed = match &area.shape {
            None => {
                fault(&mut violations, field, "has no shape; set one of circle, box and polygon");
                None
            }
            Some(pb::area::Shape::Circle(circle)) => parse_circle(circle, &format!("{field}.circle"), &mut violations),
            Some(pb::area::Shape::Box(corners)) => parse_box(corners, &format!("{field}.box"), &mut violations),
            Some(pb::area::Shape::Polygon(ring)) => parse_polygon(ring, &format!("{field}.polygon"), &mut violations),
        };
        parsed.filter(|_| violations.is_empty()).ok_or(violations)
    }
}

fn fault(violations: &mut Vec<Violation>, field: &str, description: &str) {
    violations.push((field.to_owned(), description.to_owned()));
}

fn point(coordinates: &pb::LatLng, field: &str, violations: &mut Vec<Violation>) -> Option<Point> {
    Point::parse(coordinates, field).map_err(|found| violations.extend(found)).ok()
}

fn required(
    coordinates: Option<&pb::LatLng>,
    field: &str,
    what: &str,
    violations: &mut Vec<Violation>,
) -> Option<Point> {
    let Some(coordinates) = coordinates else {
        fault(violations, field, &format!("is missing; set {what}"));
        return None;
    };
    point(coordinates, field, violations)
}

fn parse_circle(circle: &pb::area::Circle, field: &str, violations: &mut Vec<Violation>) -> Option<Area> {
    let center = required(circle.center.as_ref(), &format!("{field}.center"), "the centre", violations);
    let radius_field = format!("{field}.radius_meters");
    let radius = circle.radius_meters.filter(|radius| (0.0..=HALF_CIRCUMFERENCE_METERS.ceil()).contains(radius));
    match (circle.radius_meters, radius) {
        (None, _) => fault(violations, &radius_field, "is missing; set metres from 0 to 20015115"),
        (Some(_), None) => fault(violations, &radius_field, "is out of range; set metres from 0 to 20015115"),
        (Some(_), Some(_)) => {}
    }
    Some(Area::Circle(Circle { center: center?, radius_meters: radius? }))
}

fn parse_box(corners: &pb::area::Box, field: &str, violations: &mut Vec<Violation>) -> Option<Area> {
    let low = required(corners.low.as_ref(), &format!("{field}.low"), "the south-west corner", violations);
    let high = required(corners.high.as_ref(), &format!("{field}.high"), "the north-east corner", violations);
    let (low, high) = (low?, high?);
    if low.latitude > high.latitude {
        let description = "lies south of low; set the south-west corner as low and the north-east corner as high";
        fault(violations, &format!("{field}.high.latitude"), description);
    }
    Some(Area::Box(Graticule::new(low, high)))
}

fn parse_polygon(polygon: &pb::area::Polygon, field: &str, violations: &mut Vec<Violation>) -> Option<Area> {
    let field = format!("{field}.vertices");
    let count = polygon.vertices.len();
    if !(3..=MOST_CORNERS).contains(&count) {
        fault(violations, &field, &format!("has {count} corners; set from 3 to {MOST_CORNERS}"));
        return None;
    }
    let read = |(i, vertex)| point(vertex, &format!("{field}[{i}]"), violations);
    let corners: Vec<Point> = polygon.vertices.iter().enumerate().filter_map(read).collect();
    if corners.len() < count {
        return None;
    }
    match Polygon::new(&corners) {
        Ok(polygon) => Some(Area::Polygon(polygon)),
        Err(Fault::TooLarge) => {
            fault(violations, &field, "spans a hemisphere or more; set corners that lie within less");
            None
        }
        Err(Fault::Repeated(corner)) => {
            let description = "repeats a corner that it follows; leave it out, a ring closes by itself";
            fault(violations, &format!("{field}[{corner}]"), description);
            None
        }
        Err(Fault::Crossing(one, other)) => {
            let edges = format!("its edges from corners {one} and {other} cross or touch");
            fault(violations, &field, &format!("{edges}; order the corners along a ring that does not cross itself"));
            None
        }
    }
}
