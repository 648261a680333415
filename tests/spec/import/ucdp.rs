//! 1,000 real rows of UCDP GED: what is imported is what Python counts in the file.

use std::{collections::BTreeMap, process::Command};

use dossier::{
    model::span::Span,
    pb::{self, LocationPrecision, TimePrecision},
};
use serde_json::Value;

use super::{actors, events, import, imported, places, records, sample, sources, text};
use crate::{
    support::Server,
    tools::{run, tool},
};

/// The counts of `count.py`. None where there is no Python.
fn counted() -> Option<Value> {
    let ended = run(Command::new(tool("python3")?).args(["tests/spec/import/count.py", text(&sample())]));
    assert!(ended.ok(), "{}", ended.err);
    Some(serde_json::from_str(&ended.out).unwrap())
}

fn tally(keys: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut tally = BTreeMap::new();
    for key in keys {
        *tally.entry(key).or_default() += 1;
    }
    tally
}

fn wanted(counted: &Value, key: &str) -> BTreeMap<String, u64> {
    serde_json::from_value(counted["counts"][key].clone()).unwrap()
}

#[test]
fn every_row_is_an_event_and_every_sum_is_that_of_the_file() {
    let Some(counted) = counted() else { return };
    let all = imported("ucdp-ged", &sample(), &[]);
    let tree: BTreeMap<&str, &pb::Place> = places(&all).map(|place| (place.name.as_str(), place)).collect();
    let events: Vec<&pb::Event> = events(&all).collect();

    let mut names: Vec<&str> =
        events.iter().map(|event| event.name.trim_start_matches("events/ucdp-ged-23-1-")).collect();
    names.sort_unstable();
    assert_eq!(serde_json::to_value(names).unwrap(), counted["names"]);

    assert_eq!(tally(events.iter().map(|event| event.codes[0].code.clone())), wanted(&counted, "type_of_violence"));
    let date_prec = |event: &pb::Event| {
        match Span::parse(&event.claims[0].time.as_ref().unwrap().edtf, None).unwrap().precision() {
            TimePrecision::Day => "1",
            TimePrecision::Days => "2",
            TimePrecision::Week => "3",
            TimePrecision::Month => "4",
            TimePrecision::Year => "5",
            other => panic!("{other:?}"),
        }
        .to_owned()
    };
    assert_eq!(tally(events.iter().map(|event| date_prec(event))), wanted(&counted, "date_prec"));

    // The country is the top of the tree of places. In international waters there is none.
    let country = |event: &pb::Event| {
        let mut place = tree[event.location.as_ref().unwrap().place.as_str()];
        while let Some(parent) = tree.get(place.parent.as_str()) {
            place = parent;
        }
        place.name.strip_prefix("places/gw-").map(str::to_owned)
    };
    let where_prec = |event: &pb::Event| match event.location.as_ref().unwrap().precision() {
        LocationPrecision::Settlement => "1",
        LocationPrecision::NearSettlement => "2",
        LocationPrecision::District => "3",
        LocationPrecision::Region => "4",
        LocationPrecision::AreaOrLine if country(event).is_none() => "7",
        LocationPrecision::AreaOrLine => "5",
        LocationPrecision::Country => "6",
        other => panic!("{other:?}"),
    };
    assert_eq!(tally(events.iter().map(|event| where_prec(event).to_owned())), wanted(&counted, "where_prec"));
    let mut countries = wanted(&counted, "country_id");
    // The one row in international waters is on a lake of this state.
    *countries.get_mut("490").unwrap() -= 1;
    assert_eq!(tally(events.iter().filter_map(|event| country(event))), countries);
}

#[test]
fn spans_and_points_add_up() {
    let Some(counted) = counted() else { return };
    let all = imported("ucdp-ged", &sample(), &[]);
    let tree: BTreeMap<&str, &pb::Place> = places(&all).map(|place| (place.name.as_str(), place)).collect();
    let events: Vec<&pb::Event> = events(&all).collect();
    let days =
        events.iter().map(|event| Span::parse(&event.claims[0].time.as_ref().unwrap().edtf, None).unwrap().width());
    assert_eq!(u64::from(days.sum::<u32>()), counted["days"].as_u64().unwrap());
    let points: Vec<pb::LatLng> = events
        .iter()
        .map(|event| {
            let location = event.location.as_ref().unwrap();
            location.point.or(tree[location.place.as_str()].point).unwrap()
        })
        .collect();
    let close = |sum: f64, key: &str| assert!((sum - counted[key].as_f64().unwrap()).abs() < 1e-6, "{key}: {sum}");
    close(points.iter().map(|point| point.latitude).sum(), "latitude");
    close(points.iter().map(|point| point.longitude).sum(), "longitude");
    // Civilians are written apart; UCDP counts them as a side.
    assert_eq!(actors(&all).count() as u64, counted["actors"].as_u64().unwrap());
}

#[test]
fn deaths_add_up_and_broken_bounds_are_kept_and_flagged() {
    let Some(counted) = counted() else { return };
    let all = imported("ucdp-ged", &sample(), &[]);
    let sum = |of: &dyn Fn(&pb::Event, &pb::Casualties) -> u32| -> u64 {
        events(&all).map(|event| u64::from(of(event, event.claims[0].casualties.as_ref().unwrap()))).sum()
    };
    let side = |deaths: &pb::Casualties, actor: &str| {
        deaths.sides.iter().filter(|side| side.actor == actor).map(|side| side.best.unwrap()).sum()
    };
    let one_sided = |event: &pb::Event| event.codes[0].code == "3";
    let sums = [
        ("low", sum(&|_, deaths| deaths.low.unwrap())),
        ("best", sum(&|_, deaths| deaths.best.unwrap())),
        ("high", sum(&|_, deaths| deaths.high.unwrap())),
        ("deaths_a", sum(&|_, deaths| deaths.sides[0].best.unwrap())),
        ("deaths_b", sum(&|event, deaths| if one_sided(event) { 0 } else { deaths.sides[1].best.unwrap() })),
        ("deaths_civilians", sum(&|_, deaths| side(deaths, "actors/ucdp-civilians"))),
        ("deaths_unknown", sum(&|_, deaths| side(deaths, ""))),
    ];
    for (key, sum) in sums {
        assert_eq!(sum, counted["sums"][key].as_u64().unwrap(), "{key}");
    }
    let mut flagged: Vec<&str> = events(&all)
        .filter(|event| event.claims[0].note.contains("contradict each other"))
        .map(|event| event.name.trim_start_matches("events/ucdp-ged-23-1-"))
        .collect();
    flagged.sort_unstable();
    assert_eq!(serde_json::to_value(&flagged).unwrap(), counted["broken"]);
    assert_eq!(flagged.len(), 13);
}

/// A day of our own choice.
const RELEASED: &str = "2023-06-07";

#[test]
fn the_claim_is_that_of_the_release_and_articles_are_places_in_it() {
    let all = imported("ucdp-ged", &sample(), &["--released", RELEASED]);
    let [source] = sources(&all).collect::<Vec<_>>()[..] else { panic!("one source a release") };
    assert_eq!((source.name.as_str(), source.published_date.as_str()), ("sources/ucdp-ged-23-1", RELEASED));
    let event = events(&all).find(|event| event.name == "events/ucdp-ged-23-1-300380").unwrap();
    let [claim] = &event.claims[..] else { panic!("one claim") };
    assert_eq!(claim.claimant, "", "the source's own voice");
    let locators: Vec<&str> = claim.citations.iter().map(|citation| citation.locator.as_str()).collect();
    let articles =
        ["Support Kurds in Syria,2013-01-03, Thursday 3 January 2013", "VDC,2013-01-03,Abdul Satar Mustafa Hankosh"];
    assert_eq!(locators, ["id 300380", articles[0], articles[1]]);
    assert!(claim.citations.iter().all(|citation| citation.source == source.name));
    assert_eq!(claim.note, "Originally by: SOHR; VDC.");
    assert_eq!(event.title, "State-based violence: Government of Syria - Syrian insurgents, Rami village");
    assert_eq!(event.location.as_ref().unwrap().phrase, "in the al-Rami village");
    let sides: Vec<&str> = event.participants.iter().map(|participant| participant.actor.as_str()).collect();
    assert_eq!(sides, ["actors/ucdp-118", "actors/ucdp-4456"]);

    // A side that is a list keeps its number, and each name in it takes part.
    let several =
        events(&all).find(|event| event.participants.iter().any(|one| one.actor == "actors/ucdp-8388")).unwrap();
    let phrases: Vec<&str> =
        several.participants.iter().map(|one| one.phrase.as_str()).filter(|it| !it.is_empty()).collect();
    assert_eq!(phrases, ["Bonde dos 13", "PCC"]);
}

#[test]
fn a_date_precision_that_its_days_contradict_is_kept_and_flagged() {
    let sample = std::fs::read_to_string(sample()).unwrap();
    let mut reader = csv::Reader::from_reader(sample.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let told = |precision: &str, (first, last): (&str, &str)| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ged231.csv");
        let changed = header.iter().zip(&row).map(|(name, cell)| match name {
            "date_prec" => precision,
            "date_start" => first,
            "date_end" => last,
            _ => cell,
        });
        let mut writer = csv::Writer::from_path(&path).unwrap();
        writer.write_record(&header).unwrap();
        writer.write_record(changed).unwrap();
        writer.flush().unwrap();
        let to = folder.path().join("out.facts");
        let ended = import("ucdp-ged", &path, &to, &[]);
        assert!(ended.ok(), "{ended:?}");
        let all = records(&to);
        let claim = &events(&all).next().unwrap().claims[0];
        let note = claim.note.strip_prefix("Originally by: SOHR; VDC.").unwrap().trim().trim_end_matches('.');
        let flag = ended.out.lines().find_map(|line| line.strip_prefix("kept as given, 1 times: ")).unwrap_or_default();
        assert_eq!(note, flag, "what is counted is said in the claim");
        let edtf = if first == last { first.to_owned() } else { format!("[{first}..{last}]") };
        assert_eq!(claim.time.as_ref().unwrap().edtf, edtf, "nothing is repaired");
        note.to_owned()
    };
    let days = |first: &'static str, last: &'static str| (first, last);
    for (precision, right, wrong) in [
        ("1", vec![days("2013-01-03", "2013-01-03")], vec![(days("2013-01-03", "2013-01-04"), "one day", "several")]),
        (
            "2",
            vec![days("2013-01-03", "2013-01-04"), days("2013-01-03", "2013-01-08")],
            vec![
                (days("2013-01-03", "2013-01-03"), "two to six days", "one day"),
                (days("2013-01-03", "2013-01-09"), "two to six days", "more"),
            ],
        ),
        (
            "3",
            // The last days of a year are a week that was cut.
            vec![days("2013-01-01", "2013-01-07"), days("2013-12-30", "2013-12-31")],
            vec![
                (days("2013-01-03", "2013-01-03"), "a week", "one day"),
                (days("2013-01-01", "2013-01-08"), "a week", "more"),
            ],
        ),
        (
            "4",
            vec![days("2013-01-01", "2013-01-08"), days("2013-01-01", "2013-01-31")],
            vec![
                (days("2013-01-03", "2013-01-03"), "a month", "one day"),
                (days("2013-01-01", "2013-02-01"), "a month", "more"),
            ],
        ),
        (
            "5",
            vec![days("2012-01-01", "2012-12-31"), days("2013-01-01", "2013-02-01")],
            vec![
                (days("2013-01-03", "2013-01-03"), "up to a year", "one day"),
                (days("2012-01-01", "2013-01-01"), "up to a year", "more"),
            ],
        ),
    ] {
        for span in right {
            assert_eq!(told(precision, span), "", "{precision}: {span:?}");
        }
        for (span, words, given) in wrong {
            let wanted = format!("date_prec says {words}, date_start and date_end {given}");
            assert_eq!(told(precision, span), wanted, "{precision}: {span:?}");
        }
    }
}

#[test]
fn no_row_of_the_sample_contradicts_its_date_precision() {
    let all = imported("ucdp-ged", &sample(), &[]);
    assert!(events(&all).all(|event| !event.claims[0].note.contains("date_prec")));
}

#[tokio::test]
async fn it_is_checked_and_served_like_all_facts() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("ucdp.facts");
    assert!(import("ucdp-ged", &sample(), &to, &["--released", RELEASED]).ok());
    let report = dossier::seed::check(std::slice::from_ref(&to));
    assert!(report.problems.is_empty() && report.notes.is_empty(), "{report}{:?}", report.notes);
    assert_eq!((report.summary.events, report.summary.claims), (1000, 1000));

    let server = Server::start(&[text(&to)]);
    let mut client = server.client().await;
    let whole = client.count_events(pb::CountEventsRequest::default()).await.unwrap().into_inner();
    assert_eq!(whole.total, 1000);
    let best: u32 = events(&records(&to)).map(|event| event.claims[0].casualties.as_ref().unwrap().best.unwrap()).sum();
    assert_eq!(whole.rows[0].casualties.as_ref().unwrap().best, Some(best));
    let by_kind = pb::CountEventsRequest { group_by: vec![pb::CountDimension::Kind.into()], ..Default::default() };
    let counts = client.count_events(by_kind).await.unwrap().into_inner();
    let kinds: Vec<(&str, u32)> = counts.rows.iter().map(|row| (row.keys[0].value.as_str(), row.count)).collect();
    assert_eq!(kinds, [("EVENT_KIND_FIGHTING", 840), ("EVENT_KIND_KILLING_OF_CIVILIANS", 160)]);

    let request = pb::GetEventRequest { name: "events/ucdp-ged-23-1-300380".into(), ..Default::default() };
    let event = client.get_event(request.clone()).await.unwrap().into_inner();
    assert_eq!(event.location.as_ref().unwrap().uncertainty_meters, Some(5_000.0));
    assert_eq!(event.casualties.unwrap().best, Some(2));
    let before = pb::GetEventRequest { as_of: "2023-06-06".into(), ..request };
    assert_eq!(
        client.get_event(before).await.unwrap_err().code(),
        tonic::Code::NotFound,
        "not known before its release"
    );
}
