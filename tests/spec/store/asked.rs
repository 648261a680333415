//! Made-up questions.

use dossier::{
    model::{area::Area, sphere::Point},
    pb,
    store::query::EventQuery,
};

use super::World;
use crate::generate::{Dice, WORDS};

/// A question with up to three conditions, now or as of a day.
pub(super) fn query(dice: &mut Dice, world: &World) -> EventQuery {
    use pb::{Corroboration as C, EventKind as K, EventStatus as E, ParticipantRole as R};
    let mut query = EventQuery::default();
    let name = |dice: &mut Dice, names: &[String]| vec![dice.pick(names).clone()];
    let actors: Vec<String> = world.derived.actors.iter().map(|a| a.name.clone()).collect();
    let places: Vec<String> = world.derived.places.iter().map(|p| p.name.clone()).collect();
    let sources: Vec<String> = world.derived.sources.iter().map(|s| s.name.clone()).collect();
    for _ in 0..dice.below(4) {
        match dice.below(15) {
            0 => query.kinds = vec![*dice.pick(&[K::Fighting, K::ForcePosture, K::Clash, K::Handover])],
            1 => query.statuses = vec![*dice.pick(&[E::Occurred, E::Planned, E::NotOccurred]), E::Ongoing],
            2 => query.actors = name(dice, &actors),
            3 => query.all_actors = [name(dice, &actors), name(dice, &actors)].concat(),
            4 => query.roles = vec![*dice.pick(&[R::Initiator, R::Target, R::Transferor])],
            5 => query.places = name(dice, &places),
            6 => query.camps = vec!["camps/camp-0".into(), "camps/camp-2".into()],
            7 => query.claimants = name(dice, &actors),
            8 => query.sources = name(dice, &sources),
            9 => query.country_code = Some("ZZ".into()),
            10 => {
                let first = dice.day();
                query.window = Some((first, first.plus(dice.below(200) as i32)));
                query.certain = dice.once_in(2);
            }
            11 => {
                query.area = Some(area(dice));
                query.certain = dice.once_in(2);
            }
            12 => query.text = Some(format!("{} {}", dice.pick(&WORDS), &dice.pick(&WORDS)[..2])),
            13 => query.contested = Some(dice.once_in(2)),
            _ => query.min_corroboration = Some(*dice.pick(&[C::SingleClaimant, C::SameSide, C::AcrossSides])),
        }
    }
    if dice.once_in(2) {
        query.as_of = Some(dice.day());
    }
    query
}

/// A circle, a box or a triangle of any size, in places that do not mind poles and the date line.
fn area(dice: &mut Dice) -> Area {
    use pb::area::{Box, Circle, Polygon, Shape};
    let corner = |center: &Point, bearing: f64, meters: f64| pb::LatLng::from(center.destination(bearing, meters));
    let center = point(dice);
    let meters = dice.unit() * 3e6;
    let shape = match dice.below(3) {
        0 => Shape::Circle(Circle { center: Some(center.into()), radius_meters: Some(meters) }),
        1 => {
            let (south, north) = (dice.unit() * 180.0 - 90.0, dice.unit() * 180.0 - 90.0);
            let corner = |latitude: f64, longitude: f64| Some(pb::LatLng { latitude, longitude });
            let east = dice.unit() * 360.0 - 180.0;
            Shape::Box(Box { low: corner(south.min(north), center.longitude), high: corner(south.max(north), east) })
        }
        _ => {
            let turn = dice.unit() * 120.0;
            let vertices = [0.0, 120.0, 240.0].map(|bearing| corner(&center, bearing + turn, meters + 1000.0));
            Shape::Polygon(Polygon { vertices: vertices.to_vec() })
        }
    };
    Area::parse(&pb::Area { shape: Some(shape) }, "area").unwrap()
}

pub(super) fn point(dice: &mut Dice) -> Point {
    Point::new(dice.unit() * 180.0 - 90.0, dice.unit() * 360.0 - 180.0).unwrap()
}
