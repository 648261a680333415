//! Places: coordinates come from a gazetteer, lie in the parent, and agree with the distances that sources state.

use std::collections::HashMap;

use super::{At, Facts, Rings};
use crate::{
    model::{places, sphere::Point},
    pb::{self, CompassDirection},
    seed::problem::{ProblemKind, Report},
};

/// How far a stated distance may be from the great circle, as a share of the great circle: sources round, and "south of"
/// a town is seldom its centre.
const TOLERANCE: f64 = 0.15;
/// How far a stated direction may be from the bearing, in degrees: half of the way to the next but one of eight points.
const TOLERANCE_DEGREES: f64 = 45.0;
/// A point on the edge of its parent is in it, whatever the last digit, in metres.
const EDGE: f64 = 1.0;

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    let written = facts.each("places", |file| &file.places);
    let filled = filled(facts, &written);
    let by_name: HashMap<&str, &pb::Place> = filled.iter().map(|place| (place.name.as_str(), place)).collect();
    let find = |name: &str| written.iter().find(|(_, place)| place.name == name).map(|(_, place)| *place);
    let parent = |name: &str| {
        find(name).map(|place| place.parent.as_str()).filter(|name| !name.is_empty()).into_iter().collect()
    };
    let derived = |name: &str| {
        find(name).map(|place| place.derived_from.iter().map(String::as_str).collect()).unwrap_or_default()
    };
    let (mut around, mut made_of) = (Rings::default(), Rings::default());
    for (at, place) in &written {
        if let Some(way) = around.through(&place.name, &parent) {
            let what = format!("`{}` lies in itself{way}", place.name);
            at.field("parent").wrong(
                report,
                ProblemKind::Geography,
                what,
                "let parents lead from the smaller to the larger only",
            );
        }
        if let Some(way) = made_of.through(&place.name, &derived) {
            let what = format!("`{}` is derived from itself{way}", place.name);
            at.field("derived_from").wrong(report, ProblemKind::Geography, what, "derive it from places with points");
        }
        gazetteer(facts, at, place, report);
        if place.point.is_some() && !place.derived_from.is_empty() {
            let cure = "keep the point of its own, or the places whose circle it has";
            at.field("derived_from").wrong(report, ProblemKind::Geography, "both a point and `derived_from`", cure);
        }
        let Some(filled) = by_name.get(place.name.as_str()) else { continue };
        if place.derived_from.is_empty() {
            in_parent(at, filled, &by_name, report);
        }
        for (index, stated) in filled.stated_distances.iter().enumerate() {
            distance(&at.item("stated_distances", index), stated, report);
        }
    }
    for (at, event) in facts.events.values() {
        for (name, location) in
            [("location", &event.location), ("origin", &event.origin), ("destination", &event.destination)]
        {
            own_point(facts, &at.field(name), location.as_ref(), report);
        }
        for (index, claim) in event.claims.iter().enumerate() {
            own_point(facts, &at.item("claims", index).field("location"), claim.location.as_ref(), report);
        }
    }
    for (at, claim) in facts.added.values().flatten() {
        own_point(facts, &at.field("location"), claim.location.as_ref(), report);
    }
}

/// The places with what follows from each other, and from those beside them: distances may be stated to these, and points derived
/// from them. They are no parents here, as a snapshot may hold a gazetteer, which draws a country its own way.
fn filled(facts: &Facts<'_>, written: &[(At<'_>, &pb::Place)]) -> Vec<pb::Place> {
    let mut filled: Vec<pb::Place> = written.iter().map(|(at, place)| sound(at, place)).collect();
    let stated = written.iter().flat_map(|(_, place)| &place.stated_distances).map(|stated| &stated.place);
    let named = stated.chain(written.iter().flat_map(|(_, place)| &place.derived_from));
    let beside = named.filter(|name| written.iter().all(|(_, place)| place.name != **name));
    filled.extend(beside.filter_map(|name| facts.beside.place(name)).cloned());
    places::fill(&mut filled);
    filled.truncate(written.len());
    filled
}

/// The place without a point or radius that is reported by itself, so that nothing is measured from it.
fn sound(at: &At<'_>, place: &pb::Place) -> pb::Place {
    let mut place = place.clone();
    let places = &at.file.places;
    let point = at.field("point");
    if places.tainted(&point.path) || !places.knows(&point.path, "latitude") || !places.knows(&point.path, "longitude")
    {
        place.point = None;
    }
    if place.uncertainty_meters.is_some_and(|radius| radius.is_nan() || radius < 0.0) {
        place.uncertainty_meters = None;
    }
    place
}

fn gazetteer(facts: &Facts<'_>, at: &At<'_>, place: &pb::Place, report: &mut Report) {
    if place.citations.iter().any(|citation| facts.is_gazetteer(&citation.source)) {
        return;
    }
    let cure = "cite the gazetteer they come from (a source whose text is not in the folder); an article gives none";
    if place.point.is_some() {
        at.field("point").wrong(report, ProblemKind::Citation, "coordinates without a gazetteer", cure);
    }
    if !place.external_ids.is_empty() {
        at.field("external_ids").wrong(report, ProblemKind::Citation, "identifiers without a gazetteer", cure);
    }
}

fn own_point(facts: &Facts<'_>, at: &At<'_>, location: Option<&pb::Location>, report: &mut Report) {
    let Some(location) = location.filter(|location| location.point.is_some()) else { return };
    let cure = "cite the gazetteer it comes from (a source whose text is not in the folder) in the location's `citation`; an article gives none";
    if !location.citation.as_ref().is_some_and(|citation| facts.is_gazetteer(&citation.source)) {
        at.field("point").wrong(report, ProblemKind::Citation, "coordinates without a gazetteer", cure);
    }
}

fn in_parent(at: &At<'_>, place: &pb::Place, by_name: &HashMap<&str, &pb::Place>, report: &mut Report) {
    let point = |place: &pb::Place| place.point.as_ref().and_then(|point| Point::try_from(point).ok());
    let Some(parent) = by_name.get(place.parent.as_str()) else { return };
    let (Some(here), Some(center), Some(radius)) = (point(place), point(parent), parent.uncertainty_meters) else {
        return;
    };
    let away = center.distance(&here);
    if away > radius + EDGE {
        let what = format!(
            "the point lies {:.1} km from the centre of `{}`, outside its radius of {:.1} km",
            away / 1000.0,
            parent.name,
            radius / 1000.0
        );
        let cure = "mend the coordinates (latitude is north, longitude east), the parent, or its `uncertainty_meters`";
        at.field("point").wrong(report, ProblemKind::Geography, what, cure);
    }
}

fn distance(at: &At<'_>, stated: &pb::StatedDistance, report: &mut Report) {
    if let Some(meters) = stated.distance_meters
        && meters <= 0.0
    {
        at.field("distance_meters").wrong(
            report,
            ProblemKind::Geography,
            format!("a distance of {meters} metres"),
            "write metres above 0",
        );
        return;
    }
    let contradiction = contradiction(stated);
    match contradiction {
        Some((field, what)) if stated.discrepancy_note.is_empty() => {
            let cure = "mend the coordinates or what is stated; if the source really says so, say why it is kept in `discrepancy_note`";
            if !at.file.places.lacks(&at.path, "discrepancy_note") {
                at.field(field).wrong(report, ProblemKind::Geography, what, cure);
            }
        }
        None if !stated.discrepancy_note.is_empty() => {
            let what = "a discrepancy_note, but the coordinates agree with what is stated";
            at.field("discrepancy_note").wrong(report, ProblemKind::Geography, what, "leave it out");
        }
        _ => {}
    }
}

/// Which field the coordinates contradict, and how. Absent if they agree or one of the points is unknown.
fn contradiction(stated: &pb::StatedDistance) -> Option<(&'static str, String)> {
    let measured = stated.measured_distance_meters?;
    let bearing = stated.measured_bearing_degrees?;
    if let Some(meters) = stated.distance_meters {
        if stated.route {
            // By road it is never shorter.
            return (meters < measured).then(|| {
                let what =
                    format!("{:.1} km by road, but {:.1} km in a straight line", meters / 1000.0, measured / 1000.0);
                ("distance_meters", what)
            });
        }
        let off = (meters - measured).abs() / measured;
        if off.is_nan() || off > TOLERANCE {
            let (stated, measured) = (meters / 1000.0, measured / 1000.0);
            let what = format!("{stated:.1} km stated, {measured:.1} km by the coordinates: more than 15 % apart");
            return Some(("distance_meters", what));
        }
    }
    let wanted = degrees(stated.direction())?;
    let off = (bearing - wanted).rem_euclid(360.0);
    let off = off.min(360.0 - off);
    (!stated.route && off > TOLERANCE_DEGREES).then(|| {
        let direction = stated.direction().as_str_name().trim_start_matches("COMPASS_DIRECTION_").to_lowercase();
        (
            "direction",
            format!(
                "{direction} ({wanted} degrees) stated, {bearing:.1} degrees by the coordinates: more than 45 apart"
            ),
        )
    })
}

fn degrees(direction: CompassDirection) -> Option<f64> {
    let eighths = match direction {
        CompassDirection::Unspecified => return None,
        CompassDirection::North => 0.0,
        CompassDirection::Northeast => 1.0,
        CompassDirection::East => 2.0,
        CompassDirection::Southeast => 3.0,
        CompassDirection::South => 4.0,
        CompassDirection::Southwest => 5.0,
        CompassDirection::West => 6.0,
        CompassDirection::Northwest => 7.0,
    };
    Some(eighths * 45.0)
}
