//! What happened near a place, possibly or certainly.

use dossier::pb::{self, Corroboration, Match, get_events_near_request::Origin};
use geographiclib_rs::{Geodesic, InverseGeodesic as _};

use super::{Client, SEED, WITH_EXAMPLE, serve};

async fn near(client: &mut Client, request: pb::GetEventsNearRequest) -> Vec<pb::NearbyEvent> {
    client.get_events_near(request).await.unwrap().into_inner().nearby_events
}

fn around(origin: Origin, kilometers: Option<f64>, certain: bool) -> pb::GetEventsNearRequest {
    let filter = certain.then(|| pb::EventFilter { r#match: Match::Certain.into(), ..Default::default() });
    let radius_meters = kilometers.map(|kilometers| kilometers * 1000.0);
    pb::GetEventsNearRequest { filter, origin: Some(origin), radius_meters, page_size: 1000, ..Default::default() }
}

fn kidal() -> Origin {
    Origin::Place("places/kidal".into())
}

fn find<'n>(near: &'n [pb::NearbyEvent], name: &str) -> Option<&'n pb::NearbyEvent> {
    near.iter().find(|near| near.event.as_ref().is_some_and(|event| event.name == name))
}

#[tokio::test]
async fn within_150_km_of_kidal_stands_anefis_and_not_the_convoy() {
    let (_server, mut client) = serve(SEED).await;
    let found = near(&mut client, around(kidal(), Some(150.0), false)).await;
    let anefis = find(&found, "events/anefis-taken").expect("Anefis was taken");
    assert!((anefis.distance_meters.unwrap() - 96_200.0).abs() < 100.0, "{anefis:?}");
    assert!((anefis.bearing_degrees.unwrap() - 242.5).abs() < 1.0, "{anefis:?}");
    assert_eq!(anefis.event.as_ref().unwrap().corroboration(), Corroboration::AcrossSidesInPart);
    assert!(find(&found, "events/convoy-left-gao").is_none());

    let further = near(&mut client, around(kidal(), Some(300.0), false)).await;
    let convoy = find(&further, "events/convoy-left-gao").expect("the convoy left Gao");
    assert!((convoy.distance_meters.unwrap() - 286_300.0).abs() < 100.0, "{convoy:?}");
}

#[tokio::test]
async fn certain_leaves_out_what_lies_only_somewhere_in_the_north() {
    let (_server, mut client) = serve(SEED).await;
    let possible = near(&mut client, around(kidal(), Some(150.0), false)).await;
    let certain = near(&mut client, around(kidal(), Some(150.0), true)).await;
    assert!(find(&possible, "events/attacks-on-army-in-north").is_some());
    assert!(find(&certain, "events/attacks-on-army-in-north").is_none());
    assert!(find(&certain, "events/anefis-taken").is_some());
    for near in &certain {
        assert!(near.distance_meters.unwrap() + near.uncertainty_meters.unwrap() <= 150_000.0);
    }
    assert!(certain.len() < possible.len());
}

#[tokio::test]
async fn distances_are_those_of_the_sphere_and_come_in_order() {
    let (_server, mut client) = serve(WITH_EXAMPLE).await;
    let sphere = Geodesic::new(6_371_008.8, 0.0);
    for origin in [(18.44111, 1.40778), (-33.9, 151.2), (89.999, -170.0), (16.0, 179.999)] {
        let point = pb::LatLng { latitude: origin.0, longitude: origin.1 };
        let found = near(&mut client, around(Origin::Point(point), None, false)).await;
        assert!(found.len() > 10, "without a radius all that is placed well is answered");
        for near in &found {
            let at = near.event.as_ref().unwrap().location.as_ref().unwrap().point.unwrap();
            let meters: f64 = sphere.inverse(origin.0, origin.1, at.latitude, at.longitude);
            assert!((meters - near.distance_meters.unwrap()).abs() < 1.0, "{meters} {near:?}");
        }
        assert!(found.is_sorted_by_key(|near| near.distance_meters.unwrap()));
        let precise = |near: &pb::NearbyEvent| {
            near.event.as_ref().unwrap().location.as_ref().unwrap().precision() <= pb::LocationPrecision::District
        };
        assert!(found.iter().all(precise), "what is coarser than a district stays out without a radius");
    }
}

#[tokio::test]
async fn an_event_is_not_its_own_neighbour_and_a_camp_is_where_its_place_is() {
    let (_server, mut client) = serve(SEED).await;
    let event = Origin::Event("events/anefis-taken".into());
    let found = near(&mut client, around(event, Some(1000.0), false)).await;
    assert!(find(&found, "events/anefis-taken").is_none() && !found.is_empty());
    let camp = near(&mut client, around(Origin::Camp("camps/kidal".into()), Some(150.0), false)).await;
    let place = near(&mut client, around(kidal(), Some(150.0), false)).await;
    assert_eq!(camp, place);
}
