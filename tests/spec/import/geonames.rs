//! A whole GeoNames dump: every row a place, in its division, found by its other names.

use std::{collections::HashMap, io::Write as _};

use dossier::{
    model::sphere::Point,
    pb::{self, PlaceKind},
};

use super::{checked, dump, file, import, imported, places, sources, text};
use crate::support::Server;

#[test]
fn every_row_of_the_dump_is_a_place() {
    let all = imported("geonames", &dump(), &[]);
    let rows: HashMap<String, Vec<String>> = std::fs::read_to_string(dump())
        .unwrap()
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>())
        .map(|row| (format!("places/geonames-{}", row[0]), row))
        .collect();
    let places: Vec<&pb::Place> = places(&all).collect();
    assert_eq!((places.len(), rows.len()), (24_312, 24_312));
    assert_eq!(sources(&all).map(|source| source.name.as_str()).collect::<Vec<_>>(), ["sources/geonames-2023-10-22"]);
    for place in &places {
        let row = &rows[&place.name];
        assert_eq!(place.display_name, row[1].trim());
        let point = place.point.unwrap();
        assert_eq!((point.latitude, point.longitude), (row[4].parse().unwrap(), row[5].parse().unwrap()));
        for alias in row[3].split(',').filter(|alias| !alias.trim().is_empty() && alias.trim() != place.display_name) {
            assert!(place.aliases.iter().any(|name| name == alias.trim()), "{}: {alias}", place.name);
        }
        if row[7] == "CMP" {
            assert_eq!(place.kind(), PlaceKind::Site, "a camp of nomads");
        }
        assert_eq!(place.parent.is_empty(), !row[9].is_empty() || row[7] == "PCLI", "{}", place.name);
    }
    let divisions = |kind: PlaceKind| places.iter().filter(|place| place.kind() == kind).count();
    assert_eq!((divisions(PlaceKind::Country), divisions(PlaceKind::Region)), (1, 11));
}

#[test]
fn a_place_lies_in_the_circle_of_its_division() {
    let all = imported("geonames", &dump(), &[]);
    let by_name: HashMap<&str, &pb::Place> = places(&all).map(|place| (place.name.as_str(), place)).collect();
    let mut farthest: HashMap<&str, f64> = HashMap::new();
    for place in places(&all).filter(|place| !place.parent.is_empty()) {
        let parent = by_name[place.parent.as_str()];
        let point = |place: &pb::Place| Point::try_from(&place.point.unwrap()).unwrap();
        let away = point(parent).distance(&point(place));
        assert!(away <= parent.uncertainty_meters.unwrap(), "{} in {}", place.name, parent.name);
        let most = farthest.entry(&parent.name).or_default();
        *most = most.max(away);
    }
    // Of second-order divisions nothing but their places counts, so their circles are no larger than that.
    for (name, away) in farthest.into_iter().filter(|(name, _)| by_name[name].kind() == PlaceKind::District) {
        let radius = by_name[name].uncertainty_meters.unwrap();
        assert!(radius - away <= 0.1, "{name}: {radius} around {away}");
    }
}

/// As GeoNames packs the dump of a country: beside it lies what its columns mean.
#[test]
fn a_country_comes_as_an_archive_with_a_readme() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("ML.zip");
    let dump_of_country = std::fs::read(dump()).unwrap();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).unwrap());
    for (name, holds) in
        [("readme.txt", b"Readme for GeoNames Gazetteer extract files\n".as_slice()), ("ML.txt", &dump_of_country)]
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(holds).unwrap();
    }
    zip.finish().unwrap();
    assert!(imported("geonames", &archive, &[]) == imported("geonames", &dump(), &[]));
}

#[tokio::test]
async fn places_are_found_by_their_other_names_and_misspelt() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("places.facts");
    assert!(import("geonames", &dump(), &to, &["--released", "2023-10-22"]).ok());
    let report = dossier::seed::check(std::slice::from_ref(&to));
    assert!(report.problems.is_empty(), "{report}");
    let server = Server::start(&[text(&to)]);
    let mut client = server.client().await;
    let names = ["Tombouctou", "Anefif", "Kidall"].map(str::to_owned).to_vec();
    let request = pb::ResolveNamesRequest { names, limit: 10, ..Default::default() };
    let resolutions = client.resolve_names(request).await.unwrap().into_inner().resolutions;
    let first = |at: usize| resolutions[at].candidates.first().unwrap_or_else(|| panic!("{:?}", resolutions[at]));
    let found = |at: usize, name: &str| resolutions[at].candidates.iter().any(|candidate| candidate.name == name);
    assert!(found(0, "places/geonames-2449067") && found(0, "places/geonames-2449066"), "{:?}", resolutions[0]);
    assert_eq!(first(1).name, "places/geonames-6305847");
    assert!(found(2, "places/geonames-2455290"), "{:?}", resolutions[2]);
}

#[test]
fn a_row_that_the_checker_would_refuse_is_told_by_its_line() {
    let dump = std::fs::read_to_string(dump()).unwrap();
    let row: Vec<&str> = dump.lines().find(|row| row.contains("\tPPL\t")).unwrap().split('\t').collect();
    let changed = |column: usize, value: &str| {
        let mut row = row.clone();
        row[column] = value;
        row.join("\t")
    };
    for (column, value, reason) in [
        (0, "222222222222222222222", "`geonameid` is \"222222222222222222222\", no number"),
        (8, "ML3", "`country code` is \"ML3\", no country code of two capital letters"),
        (8, "ml", "`country code` is \"ml\", no country code of two capital letters"),
    ] {
        let (folder, from) = file("XX.txt", &[row.join("\t"), changed(column, value)]);
        let ended = import("geonames", &from, &folder.path().join("out.facts"), &[]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(&format!("XX.txt:2: {reason}")), "{ended:?}");
    }
    // A country without a code of its own has no identifier to share.
    let country = checked("geonames", "XX.txt", &[changed(8, "").replace("\tPPL\t", "\tPCLI\t")], &[]);
    assert!(places(&country).all(|place| place.external_ids.iter().all(|id| id.scheme == "geonames")));
}
