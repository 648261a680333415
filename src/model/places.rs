//! What lies where: the tree of places, and the points, radii and countries that follow from it.

use std::collections::HashMap;

use super::sphere::{self, Circle, Point};
use crate::pb::{self, LocationPrecision, PlaceKind};

/// The tree of places by `parent`. A place `derived_from` others is not above them unless they say so.
#[derive(Debug, Clone, Default)]
pub struct PlaceTree {
    parents: HashMap<String, String>,
    countries: HashMap<String, String>,
}

impl PlaceTree {
    /// The tree of these places, whose countries are filled or follow from their parents.
    pub fn new(places: &[pb::Place]) -> PlaceTree {
        let said = |field: fn(&pb::Place) -> &String| {
            let pairs = places.iter().map(move |place| (place.name.clone(), field(place).clone()));
            pairs.filter(|(_, value)| !value.is_empty()).collect()
        };
        PlaceTree { parents: said(|place| &place.parent), countries: said(|place| &place.country_code) }
    }

    /// The place itself, its parent, and so on to the top.
    pub fn ancestors(&self, place: &str) -> Vec<String> {
        let mut way = vec![place.to_owned()];
        while let Some(parent) = self.parents.get(&way[way.len() - 1]) {
            // A ring has no top; the checker refuses it, this only has to end.
            if way.contains(parent) {
                break;
            }
            way.push(parent.clone());
        }
        way
    }

    /// Whether the first is the second or lies in it.
    pub fn is_within(&self, place: &str, of: &str) -> bool {
        place == of || self.ancestors(place).iter().any(|name| name == of)
    }

    /// ISO 3166-1 alpha-2 code of its country: its own, else that of the nearest place above it that has one.
    pub fn country(&self, place: &str) -> Option<&str> {
        self.ancestors(place).iter().find_map(|name| self.countries.get(name)).map(String::as_str)
    }
}

/// How exact a location is that is known only as a place of this kind.
pub fn precision_of(kind: PlaceKind) -> LocationPrecision {
    match kind {
        PlaceKind::Unspecified => LocationPrecision::Unspecified,
        PlaceKind::Country => LocationPrecision::Country,
        PlaceKind::Region => LocationPrecision::Region,
        PlaceKind::District => LocationPrecision::District,
        PlaceKind::Settlement => LocationPrecision::Settlement,
        PlaceKind::Site => LocationPrecision::Site,
        PlaceKind::AreaOrLine => LocationPrecision::AreaOrLine,
    }
}

/// The radius in metres that stands for a precision when no source gives one. Absent for what has no usual size.
pub fn usual_radius(precision: LocationPrecision) -> Option<f64> {
    match precision {
        LocationPrecision::Site => Some(1_000.0),
        LocationPrecision::Settlement => Some(5_000.0),
        LocationPrecision::NearSettlement => Some(25_000.0),
        LocationPrecision::District => Some(50_000.0),
        LocationPrecision::Unspecified
        | LocationPrecision::Region
        | LocationPrecision::AreaOrLine
        | LocationPrecision::Country => None,
    }
}

/// Fills what follows: points and radii of places derived from others, usual radii, countries, measured distances.
pub fn fill(places: &mut [pb::Place]) {
    let tree = PlaceTree::new(places);
    let index: HashMap<&str, usize> = places.iter().enumerate().map(|(at, place)| (place.name.as_str(), at)).collect();
    let circles: Vec<Option<(Point, Option<f64>)>> =
        (0..places.len()).map(|at| circle(places, &index, at, &mut Vec::new())).collect();
    let measured: Vec<Vec<Option<(f64, f64)>>> = places
        .iter()
        .zip(&circles)
        .map(|(place, here)| {
            let measure = |stated: &pb::StatedDistance| {
                let (here, _) = (*here)?;
                let (there, _) = circles[*index.get(stated.place.as_str())?]?;
                Some((there.distance(&here), there.bearing(&here)))
            };
            place.stated_distances.iter().map(measure).collect()
        })
        .collect();
    for ((place, circle), measured) in places.iter_mut().zip(circles).zip(measured) {
        if let Some((center, radius)) = circle {
            place.point = Some(pb::LatLng { latitude: center.latitude, longitude: center.longitude });
            place.uncertainty_meters = radius;
        }
        place.country_code = tree.country(&place.name).unwrap_or_default().to_owned();
        for (stated, measured) in place.stated_distances.iter_mut().zip(measured) {
            stated.measured_distance_meters = measured.map(|(distance, _)| distance);
            stated.measured_bearing_degrees = measured.map(|(_, bearing)| bearing);
        }
    }
}

/// The point and radius of a place: its own, else those of the circle around the places it is derived from.
fn circle(
    places: &[pb::Place],
    index: &HashMap<&str, usize>,
    at: usize,
    way: &mut Vec<usize>,
) -> Option<(Point, Option<f64>)> {
    let place = &places[at];
    let usual = place.uncertainty_meters.or_else(|| usual_radius(precision_of(place.kind())));
    if let Some(point) = &place.point {
        return Some((Point::try_from(point).ok()?, usual));
    }
    if way.contains(&at) {
        return None;
    }
    way.push(at);
    let parts = place.derived_from.iter().filter_map(|name| {
        let (center, radius) = circle(places, index, *index.get(name.as_str())?, way)?;
        Some(Circle { center, radius_meters: radius.unwrap_or(0.0) })
    });
    let around = sphere::enclosing(&parts.collect::<Vec<Circle>>());
    way.pop();
    around.map(|around| (around.center, place.uncertainty_meters.or(Some(around.radius_meters))))
}

/// Fills a location from its place: the point and radius if it has none of its own, the precision by the place's kind.
pub fn fill_location(location: &mut pb::Location, place: Option<&pb::Place>) {
    let of_place = place.map_or(LocationPrecision::Unspecified, |place| precision_of(place.kind()));
    let written = location.precision();
    if written == LocationPrecision::Unspecified {
        location.set_precision(of_place);
    }
    if location.point.is_none() {
        location.point = place.and_then(|place| place.point);
    }
    if location.point.is_some() && location.uncertainty_meters.is_none() {
        // A precision that says more or less than the place ("near") brings its own radius.
        let own = if written == of_place { None } else { usual_radius(written) };
        location.uncertainty_meters = own.or_else(|| place.and_then(|place| place.uncertainty_meters));
    }
}
