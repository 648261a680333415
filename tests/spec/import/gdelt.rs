//! GDELT: rows of our own making in the three layouts, of 57, 58 and 61 columns.

use dossier::pb::{self, ActorKind, EventKind, LocationPrecision, PlaceKind, seed::record::Content};

use super::{actors, checked, events, file, import, places, sources};

/// A row of so many columns.
fn row(columns: usize, changes: &[(usize, &str)]) -> String {
    let geo = if columns == 61 { 51 } else { 49 };
    let point = if columns == 61 { geo + 5 } else { geo + 4 };
    let mut cells = vec![String::new(); columns];
    let mut usual = vec![
        (0, "777"),
        (1, "20031007"),
        (5, "NERMIL"),
        (6, "ARMY"),
        (15, "REB"),
        (16, "RIVER FRONT"),
        (26, "193"),
        (geo, "4"),
        (geo + 1, "Old Ford, North, Niger"),
        (geo + 2, "NG"),
        (point, "15.5"),
        (point + 1, "8.25"),
        (point + 2, "-123"),
    ];
    match columns {
        57 => usual.push((56, "20031008")),
        58 => usual.extend([(56, "20031008"), (57, "https://gazette.example/ford")]),
        _ => usual.extend([(59, "20031008120000"), (60, "https://gazette.example/ford")]),
    }
    for (at, cell) in usual.iter().chain(changes) {
        (*cell).clone_into(&mut cells[*at]);
    }
    cells.join("\t")
}

fn made(rows: &[String]) -> Vec<Content> {
    checked("gdelt", "export.CSV", rows, &[])
}

#[test]
fn the_three_layouts_give_the_same_event() {
    for columns in [57, 58, 61] {
        let all = made(&[row(columns, &[])]);
        let event = events(&all).next().unwrap();
        assert_eq!(event.name, "events/gdelt-777");
        assert_eq!(event.title, "CAMEO 193: ARMY to RIVER FRONT, Old Ford, North, Niger");
        assert_eq!((event.kind(), event.codes[0].code.as_str()), (EventKind::Clash, "193"));
        let version = if columns == 61 { 2 } else { 1 };
        let source = sources(&all).next().unwrap();
        assert_eq!(source.name, format!("sources/gdelt-{version}-2003-10-08"));
        assert_eq!(source.published_date, "2003-10-08", "known from the day on which it was added");
        let locators: Vec<&str> = event.claims[0].citations.iter().map(|citation| citation.locator.as_str()).collect();
        let expected = ["GLOBALEVENTID 777", "https://gazette.example/ford"];
        assert_eq!(locators, expected[..if columns == 57 { 1 } else { 2 }]);
        let place = places(&all).find(|place| place.kind() == PlaceKind::Settlement).unwrap();
        assert_eq!(place.point, Some(pb::LatLng { latitude: 15.5, longitude: 8.25 }));
        assert_eq!(place.parent, "places/iso-ne", "NG is Niger in FIPS, and Nigeria in ISO");
        let kinds: Vec<ActorKind> = actors(&all).map(pb::Actor::kind).collect();
        assert_eq!(kinds, [ActorKind::StateForces, ActorKind::ArmedGroup]);
        assert_eq!(event.participants[0].phrase, "ARMY");
    }
}

#[test]
fn places_are_as_exact_as_their_type() {
    let event = |changes: &[(usize, &str)]| events(&made(&[row(58, changes)])).next().unwrap().clone();
    assert_eq!(event(&[(49, "")]).location, None);
    let country = event(&[(49, "1"), (50, "Niger")]).location.unwrap();
    assert_eq!((country.place.as_str(), country.precision()), ("places/iso-ne", LocationPrecision::Country));
    assert_eq!(country.uncertainty_meters, Some(1_000_000.0));
    let region = event(&[(49, "5"), (50, "North, Niger")]).location.unwrap();
    assert_eq!((region.precision(), region.point), (LocationPrecision::Region, None), "its place has the point");
}

#[test]
fn a_file_of_several_days_has_a_source_a_day() {
    let rows = ["20031008", "20031009", "20031008"].iter().enumerate();
    let rows: Vec<String> = rows.map(|(at, added)| row(58, &[(0, &format!("{at}")), (56, added)])).collect();
    let all = made(&rows);
    let days: Vec<&str> = sources(&all).map(|source| source.published_date.as_str()).collect();
    assert_eq!(days, ["2003-10-08", "2003-10-09"]);
    assert_eq!(events(&all).count(), 3);
}

#[test]
fn rows_of_both_versions_added_on_one_day_cite_their_own() {
    let all = made(&[row(58, &[(0, "1")]), row(61, &[(0, "2")]), row(57, &[(0, "3")])]);
    let cited: Vec<&str> = events(&all).map(|event| event.claims[0].citations[0].source.as_str()).collect();
    let [first, second] = ["sources/gdelt-1-2003-10-08", "sources/gdelt-2-2003-10-08"];
    assert_eq!(cited, [first, second, first]);
    let titles: Vec<&str> = sources(&all).map(|source| source.title.as_str()).collect();
    assert_eq!(titles, [1, 2].map(|v| format!("GDELT {v}.0 Event Database, events added on 2003-10-08")));
}

#[test]
fn rows_that_cannot_be_read_are_told() {
    for (changes, columns, reason) in [
        (vec![(26, "999")], 58, "`EventCode` is \"999\", no CAMEO code"),
        (vec![(1, "20031301")], 58, "`SQLDATE` is \"20031301\", no day like 20031007"),
        (vec![(1, "20041007")], 58, "`SQLDATE` 2004-10-07 is after `DATEADDED` 2003-10-08"),
        (vec![(49, "9")], 58, "`ActionGeo_Type` is \"9\", none of 0 to 5"),
        (vec![], 59, "59 fields, where 57, 58, 61 are known"),
    ] {
        let changes = [&[(0, "778")], &changes[..]].concat();
        let line = if columns == 59 { row(58, &changes) + "\tx" } else { row(columns, &changes) };
        let (folder, path) = file("export.CSV", &[row(58, &[]), line]);
        let ended = import("gdelt", &path, &folder.path().join("out.facts"), &[]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.err.contains(&format!(":2: {reason}")), "{reason}\n{}", ended.err);
    }
}
