//! Imports beside what is written by hand: one thing under two identifiers is one, and a file that is wrong says where.

use std::{fs, io::BufWriter, path::Path};

use dossier::{
    facts::Writer,
    model::dataset::Dataset,
    pb::{
        self, EventStatus, Stance,
        seed::{ClaimsOn, Header, record::Content},
    },
    seed::{self, Beside},
};

use super::{import, records, sample, sample_and_dump};
use crate::tools::root;

fn write(path: &Path, layer: &str, facts: Vec<Content>) {
    let out = BufWriter::new(fs::File::create(path).unwrap());
    let mut writer = Writer::new(out, Header { layer: layer.into(), ..Default::default() }).unwrap();
    for fact in facts {
        writer.write(fact).unwrap();
    }
    writer.finish().unwrap();
}

/// The seed, 1,000 events of UCDP and the gazetteer together.
#[test]
fn what_shares_an_identifier_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let [events, places] = sample_and_dump(folder.path());
    let paths = [root().join("seeds"), events, places];
    let dataset = seed::load(&paths).unwrap_or_else(|report| panic!("{report}"));
    let alone = seed::load(&paths[..1]).unwrap();
    assert_eq!(dataset.layers.len(), 3);

    let place = |name: &str| dataset.places.iter().find(|place| place.name == name);
    let written = |name: &str| alone.places.iter().find(|place| place.name == name).unwrap();
    for absorbed in ["places/geonames-2455290", "places/geonames-2453866", "places/gw-432"] {
        assert_eq!(place(absorbed), None, "{absorbed}");
    }
    let (kidal, before) = (place("places/kidal").unwrap(), written("places/kidal"));
    assert_eq!((&kidal.display_name, kidal.point, kidal.kind), (&before.display_name, before.point, before.kind));
    assert!(kidal.aliases.iter().any(|alias| alias == "Kidalis"), "{:?}", kidal.aliases);
    assert!(kidal.aliases.starts_with(&before.aliases), "what is written comes first");
    let schemes: Vec<&str> = place("places/mali").unwrap().external_ids.iter().map(|id| id.scheme.as_str()).collect();
    assert!(schemes.contains(&"gleditsch-ward") && schemes.contains(&"geonames"), "{schemes:?}");
    // What lay in the country of the import lies in the one that is written.
    assert!(dataset.places.iter().any(|place| place.name.starts_with("places/ucdp-") && place.parent == "places/mali"));
    assert!(
        dataset.places.iter().any(|place| place.name.starts_with("places/geonames-") && place.parent == "places/mali")
    );

    let backwards: Vec<_> = paths.iter().rev().cloned().collect();
    assert_eq!(dataset, seed::load(&backwards).unwrap(), "the order of arguments does not count");
}

#[test]
fn two_files_may_name_the_same_things_and_not_the_same_events() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.facts"), folder.path().join("other.facts"));
    assert!(import("ucdp-ged", &sample(), &one, &[]).ok());
    assert!(import("ucdp-ged", &sample(), &other, &["--release", "24.1"]).ok());
    let both = seed::load(&[one.clone(), other.clone()]).unwrap_or_else(|report| panic!("{report}"));
    let first = seed::load(std::slice::from_ref(&one)).unwrap();
    assert_eq!(
        (both.events.len(), both.places.len(), both.actors.len()),
        (2000, first.places.len(), first.actors.len())
    );
    fs::copy(&one, &other).unwrap();
    let report = seed::check(&[one, other.clone()]);
    let told = report.problems.iter().map(ToString::to_string).find(|told| told.contains("is defined twice"));
    let wanted = format!("{}: record ", other.display());
    assert!(told.as_ref().is_some_and(|told| told.starts_with(&wanted)), "{told:?}");
}

/// What is handed over one by one and what is held together are what is loaded at once.
#[test]
fn events_that_stand_alone_are_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (import_of, later) = (folder.path().join("ucdp.facts"), folder.path().join("later.facts"));
    assert!(import("ucdp-ged", &sample(), &import_of, &[]).ok());
    let added = |event: &str| {
        let claims = event_of_gazette().claims;
        Content::ClaimsOn(ClaimsOn { event: event.into(), claims, ..Default::default() })
    };
    write(&later, "later", vec![Content::Source(source()), added("events/ucdp-ged-23-1-300380")]);
    let paths = [root().join("seeds"), import_of, later];
    let loaded = seed::load(&paths).unwrap_or_else(|report| panic!("{report}"));
    let mut events = Vec::new();
    let held = seed::stream(&paths, &mut Beside::nothing(), &mut |event| events.push(event))
        .unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(events.len(), 999, "all but the one that another file adds to");
    assert!(held.events.iter().any(|event| event.claims.len() == 2 && event.name == "events/ucdp-ged-23-1-300380"));
    events.extend(held.events.iter().cloned());
    events.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(Dataset { events, ..held } == loaded);
}

fn source() -> pb::Source {
    pb::Source { name: "sources/gazette".into(), published_date: "2003-10-08".into(), ..Default::default() }
}

fn cite() -> pb::Citation {
    pb::Citation { source: "sources/gazette".into(), ..Default::default() }
}

fn event_of_gazette() -> pb::Event {
    let claim = pb::Claim {
        stance: Stance::Asserts.into(),
        status: EventStatus::Occurred.into(),
        time: Some(pb::TimeSpan { edtf: "2003-10-07".into(), ..Default::default() }),
        citations: vec![cite()],
        ..Default::default()
    };
    pb::Event {
        name: "events/ford".into(),
        title: "The ford".into(),
        kind: pb::EventKind::Clash.into(),
        claims: vec![claim],
        ..Default::default()
    }
}

/// What the checker says of a file with the source and one event.
fn told(change: impl FnOnce(&mut pb::Event)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.facts");
    let mut event = event_of_gazette();
    change(&mut event);
    write(&path, "made-up", vec![Content::Source(source()), Content::Event(event)]);
    let report = seed::check(std::slice::from_ref(&path));
    let prefix = format!("{}: ", path.display());
    report.problems.iter().map(|problem| problem.to_string().replacen(&prefix, "", 1)).collect()
}

/// What is done to a right event.
type Change = fn(&mut pb::Event);

#[test]
fn the_rules_of_facts_hold_for_records() {
    assert_eq!(told(|_| ()), Vec::<String>::new());
    let cases: [(Change, &str); 14] = [
        (|event| event.title.clear(), "an event without `title`"),
        (|event| event.kind = 0, "an event without `kind`"),
        (|event| event.claims.clear(), "an event without `claims`"),
        (|event| event.claims[0].citations.clear(), "a claim without `citations`"),
        (|event| event.claims[0].stance = 0, "a claim without `stance`"),
        (|event| event.claims[0].status = 0, "no claim says whether it happened"),
        (
            |event| event.claims[0].time = Some(pb::TimeSpan { edtf: "2003-13".into(), ..Default::default() }),
            "`2003-13`",
        ),
        (
            |event| event.claims[0].time = Some(pb::TimeSpan { edtf: "2004".into(), ..Default::default() }),
            "happened in 2004, after its sources were published (2003-10-08)",
        ),
        (|event| event.claims[0].citations[0].source = "sources/gazett".into(), "`sources/gazett` is not defined"),
        (|event| event.claims[0].citations[0].quote = "so it was".into(), "a quote, or a document to be quoted"),
        (
            |event| event.location = Some(pb::Location { place: "places/ford".into(), ..Default::default() }),
            "`places/ford` is not defined",
        ),
        (
            |event| {
                let point = Some(pb::LatLng { latitude: 91.0, longitude: 0.0 });
                event.location = Some(pb::Location { point, citation: Some(cite()), ..Default::default() });
            },
            "latitude",
        ),
        (
            |event| {
                let point = Some(pb::LatLng { latitude: 1.0, longitude: 0.0 });
                event.location = Some(pb::Location { point, ..Default::default() });
            },
            "coordinates without a gazetteer",
        ),
        (|event| event.status = EventStatus::Occurred.into(), "is derived by the service"),
    ];
    for (change, wanted) in cases {
        let told = told(change);
        assert!(
            told.iter().any(|line| line.starts_with("record 3 (events/ford): ") && line.contains(wanted)),
            "{wanted}: {told:?}"
        );
    }
}

#[test]
fn a_damaged_file_is_refused_with_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.facts");
    write(&path, "made-up", vec![Content::Source(source()), Content::Event(event_of_gazette())]);
    let whole = fs::read(&path).unwrap();
    assert_eq!(records(&path).len(), 2);
    let says = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let error = seed::load(std::slice::from_ref(&path)).expect_err("damaged");
        error.to_string().replace(path.to_str().unwrap(), "FILE")
    };
    let mut flipped = whole.clone();
    let at = flipped.windows(8).position(|bytes| bytes == b"The ford").unwrap();
    flipped[at] ^= 1;
    assert_eq!(says(&flipped), "FILE: record 3: the record is damaged: its checksum differs; import the file again\n");
    assert_eq!(says(&whole[..whole.len() - 1]), "FILE: record 4: the file is cut short; import it again\n");
    assert_eq!(says(b"events:\n"), "FILE: no .facts file; write one with `dossier import`\n");
}
