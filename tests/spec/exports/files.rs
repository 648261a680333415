//! `dossier export`: real files, read back by others' readers, that hold what the service answers.

use std::{fs, path::Path, process::Command};

use dossier::{export::COLUMNS, pb};
use prost_reflect::DynamicMessage;
use serde_json::{Value, json};

use super::filter;
use crate::{
    answers,
    generate::{self, Dice, Size},
    support::{Ended, dossier, run},
    tools::{root, tool},
};

/// `dossier export` of data to a file.
fn export(data: &[&str], out: &Path, more: &[&str]) -> Ended {
    run(&mut dossier(&[&["export"], data, &["-o", out.to_str().unwrap()], more].concat()))
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What Python's csv and json modules say of files.
fn python(arguments: &[&str]) -> Option<Value> {
    let mut command = Command::new(tool("python")?);
    let ended = run(command.arg(root().join("tests/spec/exports/read_back.py")).args(arguments));
    assert!(ended.ok(), "{}", ended.err);
    Some(serde_json::from_str(&ended.out).unwrap())
}

/// A made-up data set with titles that need care, in a folder.
fn awkward(folder: &Path) -> String {
    let mut made = generate::dataset(21, Size { events: 300, ..Size::SMALL });
    let titles =
        ["=1+1", "@SUM(A1)", "-2", "a \"quoted\" title, with commas", "two; parts", "d\u{e9}j\u{e0} vu \u{1f54a}", "'"];
    for (event, title) in made.events.iter_mut().zip(titles) {
        event.title = title.into();
    }
    let made_up = folder.join("awkward");
    generate::write(&made, &made_up);
    made_up.into_os_string().into_string().unwrap()
}

/// All events of a filter, by the service.
async fn listed(client: &mut answers::Client, filter: &pb::EventFilter) -> Vec<pb::Event> {
    let request = pb::ListEventsRequest { filter: Some(filter.clone()), page_size: 1000, ..Default::default() };
    let answer = client.list_events(request).await.unwrap().into_inner();
    assert!(answer.next_page_token.is_empty());
    answer.events
}

fn cell(event: &pb::Event, name: &str) -> String {
    let days = event.time.as_ref();
    let deaths = event.casualties.as_ref();
    let point = event.location.as_ref().and_then(|location| location.point.as_ref());
    let count = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
    match name {
        "name" => event.name.clone(),
        "kind" => event.kind().as_str_name().to_owned(),
        "status" => event.status().as_str_name().to_owned(),
        "first_day" => days.map(|time| time.first_day.clone()).unwrap_or_default(),
        "last_day" => days.map(|time| time.last_day.clone()).unwrap_or_default(),
        "latitude" => point.map(|point| point.latitude.to_string()).unwrap_or_default(),
        "longitude" => point.map(|point| point.longitude.to_string()).unwrap_or_default(),
        "casualties_low" => count(deaths.and_then(|deaths| deaths.low)),
        "casualties_best" => count(deaths.and_then(|deaths| deaths.best)),
        "casualties_high" => count(deaths.and_then(|deaths| deaths.high)),
        "contested" => event.contested.to_string(),
        "claims" => event.claims.len().to_string(),
        _ => panic!("{name} is not checked"),
    }
}

const CHECKED: [&str; 12] = [
    "name",
    "kind",
    "status",
    "first_day",
    "last_day",
    "latitude",
    "longitude",
    "casualties_low",
    "casualties_best",
    "casualties_high",
    "contested",
    "claims",
];

#[tokio::test]
async fn a_csv_has_a_row_for_each_event_that_the_service_lists() {
    let folder = tempfile::tempdir().unwrap();
    let data = awkward(folder.path());
    let (_server, mut client) = answers::serve(&[&data]).await;
    let events = listed(&mut client, &pb::EventFilter::default()).await;
    let out = folder.path().join("events.csv");
    let ended = export(&[&data], &out, &[]);
    assert!(ended.ok() && ended.out.is_empty() && ended.err.starts_with("300 events, "), "{ended:?}");
    let text = fs::read_to_string(&out).unwrap();
    let header: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(text.split("\r\n").next().unwrap(), header.join(","));
    let Some(read) = python(&["csv", out.to_str().unwrap()]) else { return };
    let rows = read.as_array().unwrap();
    assert_eq!(rows.len(), events.len());
    for (row, event) in rows.iter().zip(&events) {
        for name in CHECKED {
            assert_eq!(row[name], cell(event, name), "{name} of {}", event.name);
        }
        let title = row["title"].as_str().unwrap();
        let formula = event.title.starts_with(['=', '+', '-', '@']);
        assert_eq!(title, if formula { format!("'{}", event.title) } else { event.title.clone() });
        for (list, wanted) in [
            (
                "sources",
                event.claims.iter().flat_map(|claim| &claim.citations).map(|cited| &cited.source).collect::<Vec<_>>(),
            ),
            ("actors", event.participants.iter().map(|taking| &taking.actor).filter(|name| !name.is_empty()).collect()),
        ] {
            let names: Vec<&str> = row[list].as_str().unwrap().split(';').filter(|name| !name.is_empty()).collect();
            assert!(wanted.iter().all(|name| names.contains(&name.as_str())), "{list} of {}", event.name);
            assert!(names.iter().all(|name| wanted.iter().any(|wanted| *wanted == name)));
        }
        let place = event.location.as_ref().map(|location| location.place.as_str()).unwrap_or_default();
        assert_eq!(row["place"], place);
        assert_eq!(row["place_name"] == "", place.is_empty());
        assert_eq!(row["country"], if place.is_empty() { "" } else { "ZZ" });
    }
    sources_beside(&out, &events);
}

/// The sources beside a file are those that its events cite.
fn sources_beside(out: &Path, events: &[pb::Event]) {
    let beside = json_of(Path::new(&format!("{}.sources.json", out.display())));
    let names: Vec<&str> =
        beside["sources"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    let cited = events.iter().flat_map(|event| &event.claims).flat_map(|claim| &claim.citations);
    let mut cited: Vec<&str> = cited.map(|citation| citation.source.as_str()).collect();
    cited.sort_unstable();
    cited.dedup();
    assert!(cited.iter().all(|name| names.contains(name)), "{cited:?} in {names:?}");
    assert!(names.is_sorted() && beside["revision"].as_str().unwrap().len() == 64);
}

#[tokio::test]
async fn json_lines_are_the_events_themselves_for_any_filter() {
    let folder = tempfile::tempdir().unwrap();
    let made = generate::dataset(22, Size::SMALL);
    generate::write(&made, &folder.path().join("made"));
    let data = folder.path().join("made").into_os_string().into_string().unwrap();
    let (_server, mut client) = answers::serve(&[&data]).await;
    let descriptor = |name: &str| pb::pool().get_message_by_name(&format!("dossier.v1.{name}")).unwrap();
    let mut dice = Dice::new(5);
    let mut found = 0;
    for _ in 0..12 {
        let filter = filter(&mut dice, &made);
        let mut dynamic = DynamicMessage::new(descriptor("EventFilter"));
        dynamic.transcode_from(&filter).unwrap();
        let text = serde_json::to_string(&dynamic).unwrap();
        let out = folder.path().join("some.jsonl");
        let ended = export(&[&data], &out, &["--filter", &text]);
        assert!(ended.ok(), "{text}: {ended:?}");
        let written = fs::read_to_string(&out).unwrap();
        let events = listed(&mut client, &filter).await;
        let lines: Vec<String> = events
            .iter()
            .map(|event| {
                let mut dynamic = DynamicMessage::new(descriptor("Event"));
                dynamic.transcode_from(event).unwrap();
                serde_json::to_string(&dynamic).unwrap()
            })
            .collect();
        assert!(written.lines().eq(lines), "{text}");
        let count = pb::CountEventsRequest { filter: Some(filter), ..Default::default() };
        assert_eq!(client.count_events(count).await.unwrap().into_inner().total as usize, events.len());
        sources_beside(&out, &events);
        found += events.len();
    }
    assert!(found > 100, "{found}");
}

#[tokio::test]
async fn geojson_is_what_the_rfc_wants_and_cites_its_sources() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("map.geojson");
    let (_server, mut client) = answers::serve(answers::WITH_EXAMPLE).await;
    let events = listed(&mut client, &pb::EventFilter::default()).await;
    assert!(export(answers::WITH_EXAMPLE, &out, &[]).ok());
    let collection = json_of(&out);
    assert_eq!(collection["type"], "FeatureCollection");
    assert!(collection.get("crs").is_none(), "RFC 7946 has WGS 84 alone");
    let features = collection["features"].as_array().unwrap();
    assert_eq!(features.len(), events.len());
    let mut nowhere = 0;
    for (feature, event) in features.iter().zip(&events) {
        assert_eq!((&feature["type"], &feature["id"]), (&json!("Feature"), &json!(event.name)));
        let point = event.location.as_ref().and_then(|location| location.point);
        let wanted = point.map(|at| json!({"type": "Point", "coordinates": [at.longitude, at.latitude]}));
        assert_eq!(feature["geometry"], wanted.unwrap_or_default(), "{}", event.name);
        nowhere += usize::from(point.is_none());
        assert_eq!(feature["properties"].as_object().unwrap().len(), COLUMNS.len() - 2);
        assert_eq!(feature["properties"]["contested"], event.contested);
        assert!(feature["properties"]["sources"].as_array().is_some_and(|sources| !sources.is_empty()));
    }
    assert!(nowhere > 0, "an event without a point is shown too");
    let sources = collection["sources"].as_array().unwrap();
    assert!(sources.iter().any(|source| source["name"] == "sources/kidal-2023-10-09"));
    assert!(sources.iter().all(|source| source.get("text").is_none()));
    assert!(!folder.path().join("map.geojson.sources.json").exists());
    let empty = folder.path().join("empty.geojson");
    assert!(export(&["seeds"], &empty, &["--filter", r#"{"text": "zzzzzz"}"#]).ok());
    assert_eq!(json_of(&empty)["features"], json!([]));
    assert_eq!(json_of(&empty)["sources"], json!([]));
}

#[test]
fn what_is_wrong_with_a_filter_is_told_by_field_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("events.csv");
    fs::write(&out, "as it was").unwrap();
    for (filter, code, told) in [
        (r#"{"first_day": "2023-02-30", "camps": ["kidal"]}"#, 64, &["filter.first_day: ", "filter.camps[0]: "][..]),
        (r#"{"kindz": []}"#, 64, &["filter: ", "kindz"]),
        (r#"{"kinds": ["EVENT_KIND_NONSENSE"]}"#, 64, &["filter: ", "EVENT_KIND_NONSENSE"]),
        ("{", 64, &["filter: "]),
        ("{} {}", 64, &["filter: "]),
        (r#"{"camps": ["camps/kidall"]}"#, 1, &["camps/kidall", "camps/kidal"]),
    ] {
        let ended = export(&["seeds"], &out, &["--filter", filter]);
        assert_eq!(ended.code, Some(code), "{filter}: {ended:?}");
        assert!(told.iter().all(|told| ended.err.contains(told)), "{filter}: {ended:?}");
    }
    for (arguments, code, told) in [
        (&["export"][..], 64, "--format"),
        (&["export", "-o", "events.txt"], 64, "--format"),
        (&["export", "-o", "tests", "--format", "csv"], 64, "folder"),
        (&["export", "no-such-folder", "--format", "csv"], 1, "no-such-folder"),
        (&["export", "--format", "csv", "-o", "no-such-folder/a.csv"], 1, "no-such-folder"),
    ] {
        let ended = run(&mut dossier(arguments));
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(told) && ended.out.is_empty(), "{arguments:?}: {ended:?}");
    }
    assert_eq!(fs::read_to_string(&out).unwrap(), "as it was");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no litter");
}

#[test]
fn standard_output_takes_a_file_and_tells_how_to_get_the_sources() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["jsonl", "csv", "geojson"] {
        let out = folder.path().join("same");
        let to_file = export(&["seeds"], &out, &["--format", format]);
        let piped = run(&mut dossier(&["export", "--format", format]));
        assert!(to_file.ok() && piped.ok(), "{to_file:?} {piped:?}");
        assert_eq!(piped.out, fs::read_to_string(&out).unwrap());
        assert_eq!(piped.err.contains(".sources.json"), format != "geojson", "{}", piped.err);
        fs::remove_file(&out).unwrap();
    }
    let program = env!("CARGO_BIN_EXE_dossier");
    let ended =
        run(Command::new("sh").current_dir(root()).args(["-c", &format!("{program} export --format csv | head -1")]));
    assert!(ended.ok() && ended.out.starts_with("name,title,") && !ended.err.contains("rror"), "{ended:?}");
}

#[test]
fn the_columns_are_documented() {
    let page = fs::read_to_string(root().join("docs/export.md")).unwrap();
    for column in &COLUMNS {
        let row = format!("| `{}` | {} |", column.name, column.says);
        assert!(page.contains(&row), "docs/export.md has the row {row}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_where_it_is_to_be_had() {
    let folder = tempfile::tempdir().unwrap();
    for (out, more) in [("events.parquet", &[][..]), ("events", &["--format", "parquet"])] {
        let ended = export(&["seeds"], &folder.path().join(out), more);
        assert_eq!(ended.code, Some(64), "{ended:?}");
        assert!(ended.err.contains("--features parquet") && ended.err.contains("csv"), "{ended:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written");
    assert!(!run(&mut dossier(&["--version"])).out.contains("parquet"));
}
