//! What areas refuse, and matching against brute force: edges walked in small steps, insides counted by turning.

use proptest::prelude::*;

use super::*;
use crate::pb;

fn at(latitude: f64, longitude: f64) -> Point {
    Point::new(latitude, longitude).expect("on Earth")
}

fn latlng((latitude, longitude): (f64, f64)) -> pb::LatLng {
    pb::LatLng { latitude, longitude }
}

fn box_of(low: (f64, f64), high: (f64, f64)) -> pb::Area {
    let shape = pb::area::Box { low: Some(latlng(low)), high: Some(latlng(high)) };
    pb::Area { shape: Some(pb::area::Shape::Box(shape)) }
}

fn circle_of(center: (f64, f64), radius_meters: Option<f64>) -> pb::Area {
    let shape = pb::area::Circle { center: Some(latlng(center)), radius_meters };
    pb::Area { shape: Some(pb::area::Shape::Circle(shape)) }
}

fn ring_of(vertices: &[(f64, f64)]) -> pb::Area {
    let shape = pb::area::Polygon { vertices: vertices.iter().copied().map(latlng).collect() };
    pb::Area { shape: Some(pb::area::Shape::Polygon(shape)) }
}

fn parsed(area: &pb::Area) -> Area {
    Area::parse(area, "area").expect("an area")
}

#[test]
fn every_violation_is_named_by_its_field() {
    let many: Vec<(f64, f64)> = (0..1001).map(|i| (0.0, f64::from(i) / 100.0)).collect();
    let no_center = pb::area::Circle { center: None, radius_meters: Some(f64::NAN) };
    let no_corners = pb::area::Box { low: None, high: None };
    for (area, expected) in [
        (pb::Area { shape: None }, vec!["f.area: has no shape"]),
        (
            circle_of((91.0, f64::NAN), None),
            vec![
                "f.area.circle.center.latitude: latitude is out",
                "f.area.circle.center.longitude: longitude is out",
                "f.area.circle.radius_meters: is missing",
            ],
        ),
        (
            pb::Area { shape: Some(pb::area::Shape::Circle(no_center)) },
            vec!["f.area.circle.center: is missing", "f.area.circle.radius_meters: is out of range"],
        ),
        (circle_of((0.0, 0.0), Some(-1.0)), vec!["f.area.circle.radius_meters: is out of range"]),
        (circle_of((0.0, 0.0), Some(20_015_116.0)), vec!["f.area.circle.radius_meters: is out of range"]),
        (
            pb::Area { shape: Some(pb::area::Shape::Box(no_corners)) },
            vec!["f.area.box.low: is missing", "f.area.box.high: is missing"],
        ),
        (box_of((10.0, 0.0), (9.0, 1.0)), vec!["f.area.box.high.latitude: lies south of low"]),
        (
            box_of((f64::INFINITY, 0.0), (9.0, 181.0)),
            vec!["f.area.box.low.latitude: latitude", "f.area.box.high.longitude: longitude"],
        ),
        (ring_of(&[(0.0, 0.0), (1.0, 1.0)]), vec!["f.area.polygon.vertices: has 2 corners"]),
        (ring_of(&many), vec!["f.area.polygon.vertices: has 1001 corners"]),
        (
            ring_of(&[(0.0, 0.0), (1.0, 200.0), (-95.0, f64::NAN)]),
            vec![
                "f.area.polygon.vertices[1].longitude: longitude",
                "f.area.polygon.vertices[2].latitude: latitude",
                "f.area.polygon.vertices[2].longitude: longitude",
            ],
        ),
        (ring_of(&[(0.0, 0.0), (0.0, 5.0), (0.0, 5.0), (5.0, 5.0)]), vec!["f.area.polygon.vertices[2]: repeats"]),
        (ring_of(&[(0.0, 0.0), (0.0, 5.0), (5.0, 5.0), (0.0, 0.0)]), vec!["f.area.polygon.vertices[3]: repeats"]),
        (ring_of(&[(0.0, 180.0), (0.0, -175.0), (5.0, 180.0), (0.0, -180.0)]), vec!["f.area.polygon.vertices[3]: rep"]),
        (ring_of(&[(0.0, 0.0), (5.0, 5.0), (0.0, 5.0), (5.0, 0.0)]), vec!["corners 0 and 2 cross"]),
        // A needle, a ring without inside, a corner on another edge, two rings that share a corner.
        (ring_of(&[(0.0, 0.0), (0.0, 9.0), (0.0, 5.0), (5.0, 5.0)]), vec!["cross or touch"]),
        (ring_of(&[(10.0, 3.0), (20.0, 3.0), (30.0, 3.0)]), vec!["cross or touch"]),
        (ring_of(&[(0.0, 0.0), (0.0, 9.0), (5.0, 9.0), (0.0, 5.0), (5.0, 0.0)]), vec!["cross or touch"]),
        (ring_of(&[(0.0, 0.0), (4.0, 4.0), (4.0, 8.0), (0.0, 8.0), (4.0, 4.0), (2.0, 0.0)]), vec!["cross or touch"]),
        (ring_of(&[(0.0, 0.0), (0.0, 120.0), (0.0, -120.0)]), vec!["f.area.polygon.vertices: spans a hemisphere"]),
        (ring_of(&[(80.0, 0.0), (-80.0, 100.0), (0.0, -130.0)]), vec!["f.area.polygon.vertices: spans a hemisphere"]),
    ] {
        let violations = Area::parse(&area, "f.area").expect_err("violations");
        let shown: Vec<String> = violations.iter().map(|(path, text)| format!("{path}: {text}")).collect();
        assert_eq!(shown.len(), expected.len(), "{shown:?}");
        for (shown, expected) in shown.iter().zip(&expected) {
            assert!(shown.contains(expected), "{shown} lacks {expected}");
        }
    }
}

#[test]
fn boxes_hold_what_lies_between_their_parallels_and_meridians() {
    let dateline = parsed(&box_of((-10.0, 170.0), (10.0, -170.0)));
    let arctic = parsed(&box_of((80.0, -180.0), (90.0, 180.0)));
    let wedge = parsed(&box_of((80.0, 0.0), (90.0, 90.0)));
    let earth = parsed(&box_of((-90.0, -180.0), (90.0, 180.0)));
    for (area, point, radius_meters, possible, certain) in [
        (&dateline, at(0.0, 180.0), 1e6, true, true),
        (&dateline, at(0.0, -180.0), 1.2e6, true, false),
        (&dateline, at(0.0, 0.0), 1e6, false, false),
        (&dateline, at(10.0, -170.0), 0.0, true, true),
        (&dateline, at(11.0, 180.0), 111_000.0, false, false),
        (&dateline, at(11.0, 180.0), 111_300.0, true, false),
        (&arctic, at(90.0, 0.0), 1_111_000.0, true, true),
        (&arctic, at(89.0, 100.0), 1_000_000.0, true, true),
        (&arctic, at(89.0, 100.0), 1_010_000.0, true, false),
        // Over the pole: the wedge begins on the other side.
        (&wedge, at(89.0, -135.0), 112_000.0, true, false),
        (&wedge, at(89.0, -135.0), 111_000.0, false, false),
        (&wedge, at(90.0, -135.0), 0.0, true, true),
        (&wedge, at(89.0, 45.0), 78_000.0, true, true),
        (&wedge, at(89.0, 45.0), 79_000.0, true, false),
        (&earth, at(12.0, 34.0), 2.0e7, true, true),
        // The great circle between two points of a parallel runs north of it: the box does not.
        (&parsed(&box_of((40.0, -60.0), (50.0, 60.0))), at(55.0, 0.0), 500_000.0, false, false),
    ] {
        let disk = Circle { center: point, radius_meters };
        assert_eq!((area.possible(&disk), area.certain(&disk)), (possible, certain), "{area:?} {disk:?}");
    }
}

/// Whether the ring turns once around the point, by the turns of the bearings towards its corners.
fn encircled(point: &Point, corners: &[Point]) -> bool {
    let bearings: Vec<f64> = corners.iter().map(|corner| point.bearing(corner)).collect();
    let turns =
        bearings.iter().zip(bearings.iter().cycle().skip(1)).map(|(from, to)| (to - from + 540.0) % 360.0 - 180.0);
    turns.sum::<f64>().abs() > 180.0
}

/// Metres to the nearest of the points on a line, walked in steps and then between the neighbours of the nearest.
fn walked(point: &Point, line: impl Fn(f64) -> Point) -> f64 {
    let meters = |t: f64| point.distance(&line(t));
    let steps = 300;
    let nearest = (0..=steps)
        .min_by(|a, b| meters(f64::from(*a) / f64::from(steps)).total_cmp(&meters(f64::from(*b) / f64::from(steps))));
    let nearest = f64::from(nearest.expect("steps"));
    let (mut low, mut high) =
        (((nearest - 1.0) / f64::from(steps)).max(0.0), ((nearest + 1.0) / f64::from(steps)).min(1.0));
    for _ in 0..80 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if meters(a) < meters(b) { high = b } else { low = a }
    }
    meters(low).min(meters(high)).min(meters(0.0)).min(meters(1.0))
}

fn great_circle(from: &Point, to: &Point) -> impl Fn(f64) -> Point + use<> {
    let (from, bearing, meters) = (*from, from.bearing(to), from.distance(to));
    move |t| from.destination(bearing, t * meters)
}

/// Where brute force puts the disk, if the answer does not hang on its last metre.
fn agrees(area: &Area, disk: &Circle, inside: bool, to_edge: f64) -> Result<(), TestCaseError> {
    if (to_edge - disk.radius_meters).abs() < 1.0 || to_edge < 1.0 {
        return Ok(());
    }
    prop_assert_eq!(area.possible(disk), inside || to_edge < disk.radius_meters, "possible, {}", to_edge);
    prop_assert_eq!(area.certain(disk), inside && to_edge > disk.radius_meters, "certain, {}", to_edge);
    prop_assert_eq!(area.contains(&disk.center), inside);
    if inside {
        prop_assert!(area.around().contains(&disk.center));
    }
    Ok(())
}

fn any_point() -> impl Strategy<Value = Point> {
    let latitude = prop_oneof![4 => -90.0..=90.0, 1 => 89.0..=90.0, 1 => -90.0..=-89.0, 1 => Just(90.0)];
    let longitude = prop_oneof![4 => -180.0..=180.0, 1 => 179.0..=180.0, 1 => -180.0..=-179.0];
    (latitude, longitude).prop_map(|(latitude, longitude)| at(latitude, longitude))
}

fn any_radius() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..50_000.0, 0.0..3e6, 0.0..1.9e7]
}

/// Rings around a point, star-shaped, so that they don't cross themselves; in both directions.
fn any_ring() -> impl Strategy<Value = (Point, f64, Vec<Point>)> {
    let size = prop_oneof![10.0..1000.0, 1e4..1e6, 1e6..9.9e6];
    let corners = prop::collection::vec((0.0..1.0, 0.05..1.0), 3..12);
    (any_point(), size, corners, any::<bool>()).prop_map(|(middle, size, corners, backwards)| {
        let count = corners.len() as f64;
        let mut ring: Vec<Point> = (corners.into_iter().enumerate())
            // Neighbours never stand half a turn apart.
            .map(|(i, (turn, far))| middle.destination((i as f64 + 0.4 * turn) * 360.0 / count, far * size))
            .collect();
        if backwards {
            ring.reverse();
        }
        (middle, size, ring)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn polygons_agree_with_brute_force(
        (middle, size, ring) in any_ring(), elsewhere in any_point(), far in 0.0..1.5, bearing in 0.0..360.0,
        near in any::<bool>(), radius_meters in any_radius(), share in 0.0..1.0,
    ) {
        let area = Area::Polygon(Polygon::new(&ring).map_err(|_| TestCaseError::fail("a good ring was refused"))?);
        let center = if near { middle.destination(bearing, far * size) } else { elsewhere };
        let radius_meters = if near { share * size } else { radius_meters };
        // A ring turns around its inside, and around the far side of the Earth.
        let inside = middle.distance(&center) < HEMISPHERE && encircled(&center, &ring);
        let edges = ring.iter().zip(ring.iter().cycle().skip(1));
        let to_edge = edges.map(|(a, b)| walked(&center, great_circle(a, b))).fold(f64::INFINITY, f64::min);
        agrees(&area, &Circle { center, radius_meters }, inside, to_edge)?;
    }

    #[test]
    fn boxes_agree_with_brute_force(
        south in -90.0..90.0, height in prop_oneof![0.001..180.0, 0.001..20.0],
        west in prop_oneof![-180.0..=180.0, 160.0..=180.0], width in prop_oneof![0.001..359.9, 0.001..60.0],
        elsewhere in any_point(), within in prop::option::of((0.0..1.0, 0.0..1.0)), radius_meters in any_radius(),
    ) {
        let north = f64::min(south + height, 90.0);
        let east = if west + width > 180.0 { west + width - 360.0 } else { west + width };
        let area = parsed(&box_of((south, west), (north, east)));
        let longitude = |t: f64| { let there = west + t * width; if there > 180.0 { there - 360.0 } else { there } };
        let latitude = |t: f64| (south + t * (north - south)).min(90.0);
        let center = within.map_or(elsewhere, |(up, along)| at(latitude(up), longitude(along)));
        let from_west = (center.longitude - west).rem_euclid(360.0);
        let inside = (south..=north).contains(&center.latitude) && (from_west <= width || center.latitude == 90.0);
        let to_edge = walked(&center, |t| at(latitude(t), west))
            .min(walked(&center, |t| at(latitude(t), east)))
            .min(walked(&center, |t| at(south, longitude(t))))
            .min(walked(&center, |t| at(north, longitude(t))));
        agrees(&area, &Circle { center, radius_meters }, inside, to_edge)?;
    }

    #[test]
    fn what_is_certain_is_possible(
        low in any_point(), high in any_point(), (_, _, ring) in any_ring(), center in any_point(),
        radius_meters in any_radius(), around in any_radius(),
    ) {
        let (south, north) = if low.latitude <= high.latitude { (low, high) } else { (high, low) };
        let disk = Circle { center, radius_meters };
        for area in [
            Some(Area::Box(Graticule::new(south, north))),
            Polygon::new(&ring).ok().map(Area::Polygon),
            Some(Area::Circle(Circle { center: low, radius_meters: around })),
        ].into_iter().flatten() {
            prop_assert!(!area.certain(&disk) || area.possible(&disk));
            // Of a disk that lies in it, every point does.
            if area.certain(&disk) {
                for bearing in 0..24 {
                    let point = center.destination(f64::from(bearing) * 15.0, radius_meters);
                    prop_assert!(area.contains(&point) && area.around().contains(&point));
                }
            }
        }
    }

    #[test]
    fn rings_cross_where_their_edges_have_a_point_in_common(
        middle in any_point(), corners in prop::collection::vec((0.0..360.0, 1e4..2e6), 4..8)
    ) {
        let ring: Vec<Point> = corners.iter().map(|(bearing, meters)| middle.destination(*bearing, *meters)).collect();
        let edges: Vec<(Point, Point)> = ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).collect();
        let mut crossings = 0;
        for (i, (a, b)) in edges.iter().enumerate() {
            for (j, (c, d)) in edges.iter().enumerate().skip(i + 2) {
                // A point of both great circles lies on both edges if it makes neither longer.
                let normals = vector::cross(vector::cross(a.unit, b.unit), vector::cross(c.unit, d.unit));
                let on = |x: &Point, p: &Point, q: &Point| p.distance(x) + x.distance(q) < p.distance(q) + 1e-3;
                let crossing = [1.0, -1.0].map(|sign| Point::of_vector(vector::scale(normals, sign)));
                let neighbours = i == 0 && j + 1 == edges.len();
                crossings += usize::from(!neighbours && crossing.iter().any(|x| on(x, a, b) && on(x, c, d)));
            }
        }
        let refused = match Polygon::new(&ring) {
            Ok(_) => false,
            Err(polygon::Fault::Crossing(..)) => true,
            Err(_) => return Err(TestCaseError::fail("neither too large nor repeated")),
        };
        prop_assert_eq!(refused, crossings > 0);
    }
}

const HEMISPHERE: f64 = crate::model::sphere::HALF_CIRCUMFERENCE_METERS / 2.0;
