//! Folders and `.facts` files beside a snapshot: they refer to it, add to it, quote it, share identifiers with it, and what is built
//! of both is what is built of all folders.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::build;
use crate::{
    answers::WITH_EXAMPLE,
    import::{dump, import, sample_and_dump, text},
    support::{clean, dossier, run},
};

const QUARRY: &str = "tests/spec/made_up/quarry";

/// A folder for what is built, with a snapshot of these data in it.
fn snapshot_of(data: &[&str]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let snapshot = folder.path().join("facts.dossier");
    build(data, &snapshot);
    (folder, snapshot)
}

/// The bytes that are built of data.
fn built(data: &[&str]) -> Vec<u8> {
    let (_folder, snapshot) = snapshot_of(data);
    fs::read(snapshot).unwrap()
}

/// What is said of data that cannot be built.
fn refused(data: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out.dossier");
    let ended = run(&mut dossier(&[&["build"], data, &["-o", text(&out)]].concat()));
    assert!(ended.code == Some(1) && !out.exists(), "{ended:?}");
    ended.err
}

#[test]
fn the_cure_of_a_mix_is_one() {
    let (folder, snapshot) = snapshot_of(&["seeds"]);
    let whole = built(WITH_EXAMPLE);
    for data in [[text(&snapshot), "examples/minusma-2023"], ["examples/minusma-2023", text(&snapshot)]] {
        let told = run(&mut dossier(&[&["serve"], &data[..]].concat())).err;
        // As it stands there, with a name for what is new.
        let cure = told.split('`').nth(1).unwrap_or_else(|| panic!("{told}"));
        let new = folder.path().join("new.dossier");
        let line = cure.replacen("NEW", text(&new), 1);
        assert!(line.starts_with("dossier build -o ") && line.contains("examples/minusma-2023"), "{told}");
        let bin = Path::new(env!("CARGO_BIN_EXE_dossier")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]);
        clean(&mut shell);
        let ended = run(shell.env("PATH", path));
        assert!(ended.ok(), "{line}\n{ended:?}");
        assert!(fs::read(&new).unwrap() == whole, "{line}");
    }
}

/// A folder that builds on the kilns in every way there is.
const AFTERMATH: &str = "\
sources:
  - name: sources/aftermath
    title: The kilns at the end of the month
    published_date: '2040-03-30'
places:
  - name: places/kiln-well
    display_name: Kiln Well
    kind: PLACE_KIND_SITE
    parent: places/stoneland
    point: {latitude: -40.25, longitude: 60.0}
    stated_distances:
      - place: places/upper-kiln
        distance_meters: 28000
        direction: COMPASS_DIRECTION_SOUTH
        citation: {source: sources/aftermath}
    citations:
      - source: sources/survey
  - name: places/kilns
    display_name: The kilns
    kind: PLACE_KIND_AREA_OR_LINE
    parent: places/stoneland
    derived_from: [places/upper-kiln, places/lower-kiln, places/kiln-well]
    citations:
      - source: sources/aftermath
actors:
  - name: actors/well-watch
    display_name: Well Watch
    kind: ACTOR_KIND_STATE_FORCES
    affiliations:
      - actor: actors/lime-guard
        kind: AFFILIATION_KIND_PART_OF
        citation: {source: sources/aftermath}
    citations:
      - source: sources/aftermath
events:
  - name: events/well-fouled
    title: The well is fouled
    kind: EVENT_KIND_PROPERTY_DESTRUCTION
    location: {place: places/kiln-well}
    participants:
      - actor: actors/hill-league
        role: PARTICIPANT_ROLE_INITIATOR
    claims:
      - stance: STANCE_ASSERTS
        claimant: actors/well-watch
        status: EVENT_STATUS_OCCURRED
        location: {place: places/kilns}
        citations:
          - source: sources/aftermath
    links:
      - kind: LINK_KIND_PART_OF
        event: events/kiln-attack
        citation: {source: sources/aftermath}
claims_on:
  - event: events/kiln-attack
    claims:
      - stance: STANCE_CONFIRMS
        claimant: actors/well-watch
        status: EVENT_STATUS_OCCURRED
        location: {place: places/kilns}
        citations:
          - source: sources/aftermath
          - source: sources/quarry
            quote: She gave no names.
            occurrence: 2
    links:
      - kind: LINK_KIND_RESPONDS_TO
        event: events/first-clash
        citation: {source: sources/aftermath}
";

/// A folder of one file.
fn folder_of(facts: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let set = folder.path().join("aftermath");
    fs::create_dir(&set).unwrap();
    fs::write(set.join("facts.yaml"), facts).unwrap();
    (folder, set)
}

#[test]
fn a_folder_builds_on_a_snapshot_as_on_the_folder_it_is_of() {
    let (_folder, snapshot) = snapshot_of(&[QUARRY]);
    let (_made, set) = folder_of(AFTERMATH);
    let (snapshot, set) = (text(&snapshot), text(&set));
    let whole = built(&[QUARRY, set]);
    assert!(built(&[snapshot, set]) == whole, "snapshot and folder");
    assert!(built(&[set, snapshot]) == whole, "folder and snapshot");
    let (_more, both) = snapshot_of(&[set, snapshot]);
    assert!(built(&[text(&both), set]) == whole, "what the folder says once more adds nothing");
    assert!(built(&[text(&both), set, QUARRY, snapshot]) == whole, "nor does all of it");
    // Two snapshots, of which each has something to refer to.
    let (_marsh, marsh) = snapshot_of(&["tests/spec/made_up/marsh"]);
    assert!(built(&[text(&marsh), set, snapshot]) == built(&[QUARRY, "tests/spec/made_up/marsh", set]));
}

#[test]
fn what_is_wrong_beside_the_folder_is_wrong_beside_the_snapshot() {
    let (_folder, snapshot) = snapshot_of(&[QUARRY]);
    for (right, wrong, told) in [
        (
            "parent: places/stoneland",
            "parent: places/stonland",
            "`places/stonland` is not defined; write places/stoneland",
        ),
        ("source: sources/survey", "source: sources/surveys", "`sources/surveys` is not defined; write sources/survey"),
        (
            "actor: actors/hill-league",
            "actor: actors/hill-leag",
            "`actors/hill-leag` is not defined; write actors/hill-league",
        ),
        ("event: events/first-clash", "event: events/last-clash", "`events/last-clash` is not defined"),
        ("occurrence: 2", "occurrence: 3", "the quote has no occurrence 3; write 1 to 2"),
        ("quote: She gave", "quote: He gave", "“He gave no names.” does not stand in "),
        ("            occurrence: 2\n", "", "stands 2 times in "),
        (
            "quote: She gave no names.\n            occurrence: 2",
            "quote: Fighting at the lime kilns",
            "“Fighting at the lime kilns”",
        ),
        ("distance_meters: 28000", "distance_meters: 40000", "40.0 km stated, 27.8 km by the coordinates"),
        ("_DIRECTION_SOUTH", "_DIRECTION_NORTH", "north (0 degrees) stated, 180.0 degrees by the coordinates"),
        (
            "KIND_RESPONDS_TO\n        event: events/first-clash",
            "KIND_PART_OF\n        event: events/well-fouled",
            "a part of itself",
        ),
        ("'2040-03-30'", "'2040-03-01'", "is written down from later sources than this claim's"),
    ] {
        assert!(AFTERMATH.contains(right), "{right}");
        let (_made, set) = folder_of(&AFTERMATH.replacen(right, wrong, 1));
        for beside in [QUARRY, text(&snapshot)] {
            let said = refused(&[beside, text(&set)]);
            assert!(said.contains(told), "{beside}: {told}\n{said}");
        }
    }
}

#[test]
fn what_shares_an_identifier_with_a_snapshot_is_one() {
    let folder = TempDir::new().unwrap();
    let [events, places] = sample_and_dump(folder.path());
    let (events, places) = (text(&events), text(&places));
    let whole = built(&["seeds", places, events]);
    for (before, beside) in [
        (&["seeds"][..], &[events, places][..]),
        (&["seeds", places], &[events]),
        // The folder absorbs what the snapshot has of the import, and events of the snapshot lead to it.
        (&[events], &["seeds", places]),
        (&[places, events], &["seeds"]),
    ] {
        let (_folder, snapshot) = snapshot_of(before);
        let first = [&[text(&snapshot)], beside].concat();
        let last = [beside, &[text(&snapshot)]].concat();
        let one = built(&first);
        assert!(one == built(&last), "{before:?}: the order counts");
        if before != [events] {
            assert!(one == whole, "{before:?}");
        }
    }
}

/// Two snapshots are equals: which of them was written by hand nobody can tell.
#[test]
fn two_snapshots_that_share_an_identifier_are_refused() {
    let folder = TempDir::new().unwrap();
    let places = folder.path().join("places.facts");
    assert!(import("geonames", &dump(), &places, &[]).ok());
    let (_one, one) = snapshot_of(&["seeds"]);
    let (_other, other) = snapshot_of(&[text(&places)]);
    let said = refused(&[text(&one), text(&other)]);
    assert!(said.contains("share an identifier") && said.contains("geonames"), "{said}");
}
