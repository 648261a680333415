//! Bad input: for every call, what is malformed is told with its field, all at once; nothing panics, nothing leaks.

use dossier::pb::{self, get_events_near_request::Origin};
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{World, paging::reason, worlds};

/// Sends a request and wants it refused for exactly these fields.
macro_rules! refused {
    ($world:expr, $method:ident, $request:expr, $fields:expr) => {{
        let error = $world.client.$method($request).await.expect_err(stringify!($method));
        check(stringify!($method), &error, &$fields);
    }};
}

fn check(method: &str, error: &Status, expected: &[&str]) {
    assert_eq!(error.code(), Code::InvalidArgument, "{method}: {error:?}");
    assert_eq!(reason(error), "INVALID_FIELD", "{method}");
    let details = error.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    let mut fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
    let mut expected = expected.to_vec();
    fields.sort_unstable();
    expected.sort_unstable();
    assert_eq!(fields, expected, "{method}: {error:?}");
    for violation in violations {
        let told = &violation.description;
        assert!(!told.is_empty() && !told.contains("panicked") && !told.contains("src/"), "{told}");
        let cut = error.message().ends_with(" ...");
        assert!(
            cut || error.message().contains(&violation.field),
            "the message names every field: {}",
            error.message()
        );
    }
}

fn mask(path: &str) -> Option<FieldMask> {
    Some(FieldMask { paths: vec![path.to_owned()] })
}

fn point(latitude: f64, longitude: f64) -> pb::LatLng {
    pb::LatLng { latitude, longitude }
}

/// A filter in which every field is malformed.
fn bad_filter() -> (Option<pb::EventFilter>, Vec<&'static str>) {
    let filter = pb::EventFilter {
        kinds: vec![431, 0],
        statuses: vec![99],
        actors: vec!["places/a".into()],
        all_actors: vec!["actors/".into()],
        roles: vec![-1],
        places: vec!["nowhere".into(), String::new()],
        camps: vec!["camps/A".into()],
        claimants: vec!["actors/a/b".into()],
        sources: vec!["sources/-".into()],
        country_code: "mali".into(),
        first_day: "2023-02-30".into(),
        last_day: "yesterday".into(),
        area: Some(pb::Area { shape: None }),
        r#match: 7,
        text: "?!".into(),
        contested: None,
        min_corroboration: 17,
        as_of: "2023-10-9".into(),
    };
    let fields = vec![
        "filter.kinds[0]",
        "filter.kinds[1]",
        "filter.statuses[0]",
        "filter.actors[0]",
        "filter.all_actors[0]",
        "filter.roles[0]",
        "filter.places[0]",
        "filter.places[1]",
        "filter.camps[0]",
        "filter.claimants[0]",
        "filter.sources[0]",
        "filter.country_code",
        "filter.first_day",
        "filter.last_day",
        "filter.area",
        "filter.match",
        "filter.text",
        "filter.min_corroboration",
        "filter.as_of",
    ];
    (Some(filter), fields)
}

#[tokio::test]
async fn everything_malformed_is_told_at_once() {
    for mut world in worlds().await {
        let (filter, fields) = bad_filter();
        let with = |more: &[&'static str]| [fields.as_slice(), more, &["page_size"]].concat();
        let page_size = -1;
        let read_mask = mask("nothing");
        let paths = "read_mask.paths[0]";
        let (w, f, m) = (&mut world, || filter.clone(), || read_mask.clone());
        let order = 9;
        refused!(
            w,
            list_events,
            pb::ListEventsRequest { filter: f(), order, page_size, read_mask: m(), ..Default::default() },
            with(&["order", paths])
        );
        refused!(
            w,
            get_events_near,
            pb::GetEventsNearRequest {
                filter: f(),
                page_size,
                read_mask: m(),
                origin: Some(Origin::Point(point(91.0, f64::NAN))),
                radius_meters: Some(-1.0),
                max_uncertainty_meters: Some(f64::INFINITY),
                ..Default::default()
            },
            with(&["point", "radius_meters", "max_uncertainty_meters", paths])
        );
        refused!(
            w,
            count_events,
            pb::CountEventsRequest { filter: f(), group_by: vec![0, 99, 1], page_size, ..Default::default() },
            with(&["group_by[0]", "group_by[1]", "group_by"])
        );
        refused!(
            w,
            list_disputes,
            pb::ListDisputesRequest { filter: f(), aspects: vec![44], page_size, read_mask: m(), ..Default::default() },
            with(&["aspects[0]", paths])
        );
        refused!(
            w,
            list_claims,
            pb::ListClaimsRequest {
                filter: f(),
                claimants: vec!["x".into()],
                sources: vec!["y".into()],
                stances: vec![77],
                stated_first_day: "0".into(),
                stated_last_day: "2023-13-01".into(),
                page_size,
                read_mask: m(),
                ..Default::default()
            },
            with(&["claimants[0]", "sources[0]", "stances[0]", "stated_first_day", "stated_last_day", paths])
        );
        refused!(
            w,
            list_camp_handovers,
            pb::ListCampHandoversRequest { filter: f(), page_size, read_mask: m(), ..Default::default() },
            with(&[paths])
        );
        let (within, country_code) = (String::from("x"), String::from("x"));
        refused!(
            w,
            list_places,
            pb::ListPlacesRequest {
                kinds: vec![50],
                within: within.clone(),
                country_code: country_code.clone(),
                page_size,
                read_mask: m(),
                ..Default::default()
            },
            ["kinds[0]", "within", "country_code", "page_size", paths]
        );
        refused!(
            w,
            list_actors,
            pb::ListActorsRequest {
                kinds: vec![50],
                within: within.clone(),
                country_code,
                page_size,
                read_mask: m(),
                ..Default::default()
            },
            ["kinds[0]", "within", "country_code", "page_size", paths]
        );
        refused!(
            w,
            list_camps,
            pb::ListCampsRequest { within, as_of: "x".into(), page_size, read_mask: m(), ..Default::default() },
            ["within", "as_of", "page_size", paths]
        );
        refused!(
            w,
            list_sources,
            pb::ListSourcesRequest { page_size, read_mask: mask("text"), ..Default::default() },
            ["page_size", paths]
        );
        let (name, as_of) = (String::from("Events/X"), String::from("2023-00-00"));
        refused!(
            w,
            get_event,
            pb::GetEventRequest { name: name.clone(), as_of: as_of.clone(), read_mask: m() },
            ["name", "as_of", paths]
        );
        refused!(
            w,
            batch_get_events,
            pb::BatchGetEventsRequest {
                names: vec![name.clone(), "events/".into()],
                as_of: as_of.clone(),
                read_mask: mask("claims.name")
            },
            ["names[0]", "names[1]", "as_of", paths]
        );
        refused!(w, get_place, pb::GetPlaceRequest { name: String::new(), read_mask: m() }, ["name", paths]);
        refused!(w, get_actor, pb::GetActorRequest { name: name.clone(), read_mask: m() }, ["name", paths]);
        refused!(
            w,
            get_camp,
            pb::GetCampRequest { name: name.clone(), as_of, read_mask: m() },
            ["name", "as_of", paths]
        );
        refused!(w, get_source, pb::GetSourceRequest { name, read_mask: m() }, ["name", paths]);
        refused!(
            w,
            resolve_names,
            pb::ResolveNamesRequest { names: vec![" ".into(), "x".repeat(201)], resource_kinds: vec![9], limit: 51 },
            ["names[0]", "names[1]", "resource_kinds[0]", "limit"]
        );
        alive(w).await;
    }
}

#[tokio::test]
async fn lists_are_bounded_and_what_is_required_is_asked_for() {
    for mut world in worlds().await {
        let w = &mut world;
        let many = |of: &str| vec![of.to_owned(); 101];
        refused!(w, batch_get_events, pb::BatchGetEventsRequest::default(), ["names"]);
        refused!(
            w,
            batch_get_events,
            pb::BatchGetEventsRequest { names: many("events/a"), ..Default::default() },
            ["names"]
        );
        refused!(w, resolve_names, pb::ResolveNamesRequest::default(), ["names"]);
        refused!(w, resolve_names, pb::ResolveNamesRequest { names: many("a"), ..Default::default() }, ["names"]);
        refused!(
            w,
            resolve_names,
            pb::ResolveNamesRequest { names: vec!["a".into()], limit: -1, ..Default::default() },
            ["limit"]
        );
        refused!(w, get_events_near, pb::GetEventsNearRequest::default(), ["point"]);
        let filter = |filter: pb::EventFilter| pb::ListEventsRequest { filter: Some(filter), ..Default::default() };
        refused!(
            w,
            list_events,
            filter(pb::EventFilter { actors: many("actors/a"), ..Default::default() }),
            ["filter.actors"]
        );
        refused!(
            w,
            list_events,
            filter(pb::EventFilter { text: "a".repeat(1001), ..Default::default() }),
            ["filter.text"]
        );
        let inverted =
            pb::EventFilter { first_day: "2023-10-10".into(), last_day: "2023-10-09".into(), ..Default::default() };
        refused!(w, list_events, filter(inverted), ["filter.first_day"]);
        let certain_of_nothing = pb::EventFilter { r#match: pb::Match::Certain.into(), ..Default::default() };
        refused!(w, list_events, filter(certain_of_nothing), ["filter.match"]);
        refused!(
            w,
            count_events,
            pb::CountEventsRequest { group_by: vec![1, 1], ..Default::default() },
            ["group_by[1]"]
        );
        refused!(
            w,
            count_events,
            pb::CountEventsRequest { group_by: vec![1, 2, 3], ..Default::default() },
            ["group_by"]
        );
        alive(w).await;
    }
}

#[tokio::test]
async fn areas_must_be_on_earth() {
    use pb::area::{Box, Circle, Polygon, Shape};
    let circle = |center, radius_meters| Shape::Circle(Circle { center, radius_meters });
    let polygon = |vertices: Vec<pb::LatLng>| Shape::Polygon(Polygon { vertices });
    let table = [
        circle(None, Some(1.0)),
        circle(Some(point(0.0, 0.0)), None),
        circle(Some(point(f64::NAN, 0.0)), Some(1.0)),
        circle(Some(point(0.0, 180.1)), Some(1.0)),
        circle(Some(point(0.0, 0.0)), Some(f64::NAN)),
        circle(Some(point(0.0, 0.0)), Some(3e7)),
        Shape::Box(Box { low: None, high: Some(point(1.0, 1.0)) }),
        Shape::Box(Box { low: Some(point(2.0, 0.0)), high: Some(point(1.0, 1.0)) }),
        polygon(vec![point(0.0, 0.0), point(1.0, 1.0)]),
        polygon(vec![point(0.0, 0.0), point(10.0, 10.0), point(10.0, 0.0), point(0.0, 10.0)]),
        polygon(vec![point(0.0, 0.0), point(0.0, 120.0), point(0.0, -120.0)]),
        polygon(vec![point(1.0, 1.0); 1001]),
    ];
    for mut world in worlds().await {
        for shape in &table {
            let area = Some(pb::Area { shape: Some(shape.clone()) });
            let filter = Some(pb::EventFilter { area, ..Default::default() });
            let request = pb::ListEventsRequest { filter, ..Default::default() };
            let error = world.client.list_events(request).await.expect_err(&format!("{shape:?}"));
            assert_eq!((error.code(), reason(&error).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
            let details = error.get_error_details();
            let fields = &details.bad_request().unwrap().field_violations;
            assert!(fields.iter().all(|violation| violation.field.starts_with("filter.area")), "{fields:?}");
        }
        alive(&mut world).await;
    }
}

/// Sends a request and wants these names not found.
macro_rules! not_found {
    ($world:expr, $method:ident, $request:expr, $names:expr) => {{
        let error = $world.client.$method($request).await.expect_err(stringify!($method));
        assert_eq!((error.code(), reason(&error).as_str()), (Code::NotFound, "UNKNOWN_NAME"), "{error:?}");
        let details = error.get_error_details_vec();
        let names: Vec<String> = details.iter().filter_map(resource_name).collect();
        assert_eq!(names, $names.map(str::to_owned), "{}", stringify!($method));
        error
    }};
}

fn resource_name(detail: &tonic_types::ErrorDetail) -> Option<String> {
    match detail {
        tonic_types::ErrorDetail::ResourceInfo(info) => Some(info.resource_name.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn unknown_names_are_told_all_at_once_with_the_near_ones() {
    for mut world in worlds().await {
        let (near_event, near_actor) = (format!("{}x", world.event), format!("{}x", world.actor));
        let wrong = "actors/zzzzzzzzzz";
        let filter = pb::EventFilter {
            actors: vec![near_actor.clone(), wrong.into()],
            places: vec!["places/zzzzzzzzzz".into()],
            ..Default::default()
        };
        let request = pb::ListClaimsRequest {
            filter: Some(filter),
            claimants: vec![world.actor.clone(), "actors/qqqqqqqqqq".into()],
            ..Default::default()
        };
        let error = world.client.list_claims(request).await.unwrap_err();
        assert_eq!((error.code(), reason(&error).as_str()), (Code::NotFound, "UNKNOWN_NAME"));
        let mut names: Vec<String> = error.get_error_details_vec().iter().filter_map(resource_name).collect();
        names.sort_unstable();
        let mut expected = vec![near_actor.as_str(), wrong, "places/zzzzzzzzzz", "actors/qqqqqqqqqq"];
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert!(error.message().contains(&world.actor), "the near name is told: {}", error.message());

        let (event, place) = (world.event.clone(), "places/zzzzzzzzzz");
        let w = &mut world;
        let error = not_found!(
            w,
            get_event,
            pb::GetEventRequest { name: near_event.clone(), ..Default::default() },
            [near_event.as_str()]
        );
        assert!(error.message().contains(&event), "{}", error.message());
        let names = vec![event.clone(), near_event.clone(), event, "events/zzzzzzzzzz".into()];
        not_found!(
            w,
            batch_get_events,
            pb::BatchGetEventsRequest { names, ..Default::default() },
            [near_event.as_str(), "events/zzzzzzzzzz"]
        );
        not_found!(w, get_place, pb::GetPlaceRequest { name: place.into(), ..Default::default() }, [place]);
        not_found!(w, get_actor, pb::GetActorRequest { name: wrong.into(), ..Default::default() }, [wrong]);
        not_found!(
            w,
            get_camp,
            pb::GetCampRequest { name: "camps/zzzzzzzzzz".into(), ..Default::default() },
            ["camps/zzzzzzzzzz"]
        );
        not_found!(
            w,
            get_source,
            pb::GetSourceRequest { name: "sources/zzzzzzzzzz".into(), ..Default::default() },
            ["sources/zzzzzzzzzz"]
        );
        not_found!(w, list_places, pb::ListPlacesRequest { within: place.into(), ..Default::default() }, [place]);
        not_found!(w, list_camps, pb::ListCampsRequest { within: place.into(), ..Default::default() }, [place]);
        not_found!(w, list_actors, pb::ListActorsRequest { within: wrong.into(), ..Default::default() }, [wrong]);
        let origin = Some(Origin::Event(near_event.clone()));
        not_found!(
            w,
            get_events_near,
            pb::GetEventsNearRequest { origin, ..Default::default() },
            [near_event.as_str()]
        );
        alive(w).await;
    }
}

/// The server still answers, and its health says so.
async fn alive(world: &mut World) {
    world.client.get_dataset(pb::GetDatasetRequest {}).await.expect("alive");
    let name = world.event.clone();
    let event = world.client.get_event(pb::GetEventRequest { name, ..Default::default() }).await.unwrap().into_inner();
    assert_eq!(event.name, world.event);
    for (method, name) in [("place", &world.place), ("camp", &world.camp), ("source", &world.source)] {
        assert!(name.contains('/'), "{method}");
    }
}
