//! ACLED: rows of our own making in the documented 31 columns, as its data may not be passed on.

use dossier::pb::{self, ActorKind, EventKind, Fit, LocationPrecision, ParticipantRole};

use super::{actors, checked, events, file, import, places, sources};

const HEADER: &str = "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,\
assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,\
location,latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp";

/// A row by what differs from the usual one: a clash between made-up groups in a made-up town.
fn row(changes: &[(&str, &str)]) -> String {
    let usual = [
        ("event_id_cnty", "NER1"),
        ("event_date", "2003-10-07"),
        ("year", "2003"),
        ("time_precision", "1"),
        ("disorder_type", "Political violence"),
        ("event_type", "Battles"),
        ("sub_event_type", "Armed clash"),
        ("actor1", "Military Forces of Nowhere (2001-)"),
        ("inter1", "1"),
        ("actor2", "River Front"),
        ("assoc_actor_2", "River Guard; Marsh Guard"),
        ("inter2", "2"),
        ("iso", "562"),
        ("country", "Niger"),
        ("admin1", "North"),
        ("admin2", "Upper North"),
        ("location", "Old Ford"),
        ("latitude", "15.5"),
        ("longitude", "8.25"),
        ("geo_precision", "1"),
        ("source", "Gazette; Herald"),
        ("notes", "On 7 October they fought at the ford, \"\"at dawn\"\"."),
        ("fatalities", "3"),
    ];
    let value = |name: &str| {
        let find =
            |list: &[(&str, &str)]| list.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        find(changes).or_else(|| find(&usual)).unwrap_or_default()
    };
    HEADER.split(',').map(|name| format!("\"{}\"", value(name))).collect::<Vec<_>>().join(",")
}

fn made(rows: &[String]) -> Vec<pb::seed::record::Content> {
    let lines = [&[HEADER.to_owned()], rows].concat();
    checked("acled", "export.csv", &lines, &["--released", "2003-12-01"])
}

fn only(changes: &[(&str, &str)]) -> pb::Event {
    events(&made(&[row(changes)])).next().unwrap().clone()
}

#[test]
fn a_row_is_an_event_with_the_claim_of_its_export() {
    assert_eq!(HEADER.split(',').count(), 31);
    let all = made(&[row(&[])]);
    let event = events(&all).next().unwrap();
    assert_eq!(event.name, "events/acled-ner1");
    assert_eq!(event.title, "Armed clash: Military Forces of Nowhere (2001-) - River Front, Old Ford");
    assert_eq!(
        (event.kind(), event.codes[0].code.as_str(), event.codes[0].fit()),
        (EventKind::Clash, "Armed clash", Fit::Exact)
    );
    let claim = &event.claims[0];
    assert_eq!(claim.time.as_ref().unwrap().edtf, "2003-10-07");
    assert_eq!(claim.casualties.as_ref().unwrap().best, Some(3));
    assert_eq!(claim.note, "On 7 October they fought at the ford, \"at dawn\".");
    let locators: Vec<&str> = claim.citations.iter().map(|citation| citation.locator.as_str()).collect();
    assert_eq!(locators, ["event_id_cnty NER1", "Gazette", "Herald"]);
    assert_eq!(sources(&all).map(|source| source.published_date.as_str()).collect::<Vec<_>>(), ["2003-12-01"]);
    let kinds: Vec<ActorKind> = actors(&all).map(pb::Actor::kind).collect();
    assert_eq!(
        kinds,
        [ActorKind::StateForces, ActorKind::ArmedGroup, ActorKind::Organisation, ActorKind::Organisation]
    );
    assert!(event.participants.iter().all(|one| one.role() == ParticipantRole::Party) && event.participants.len() == 4);
    let country = places(&all).next().unwrap();
    assert_eq!((country.name.as_str(), country.country_code.as_str()), ("places/iso-ne", "NE"));
}

#[test]
fn both_forms_of_dates_and_all_precisions_are_read() {
    for (date, precision, edtf) in [
        ("2003-10-07", "1", "2003-10-07"),
        ("07 October 2003", "1", "2003-10-07"),
        ("2003-10-07", "2", "[2003-10-04..2003-10-10]"),
        ("07 October 2003", "3", "2003-10"),
    ] {
        let event = only(&[("event_date", date), ("time_precision", precision)]);
        assert_eq!(event.claims[0].time.as_ref().unwrap().edtf, edtf, "{date}");
    }
    for (precision, wanted, radius) in [
        ("1", LocationPrecision::Settlement, None),
        ("2", LocationPrecision::NearSettlement, None),
        ("3", LocationPrecision::Region, Some(200_000.0)),
    ] {
        let location = only(&[("geo_precision", precision)]).location.unwrap();
        assert_eq!((location.precision(), location.uncertainty_meters), (wanted, radius));
        assert_eq!(location.point.is_some(), radius.is_some(), "a settlement has the point itself");
    }
}

#[test]
fn zero_deaths_say_nothing_and_civilians_are_victims() {
    assert_eq!(only(&[("fatalities", "0")]).claims[0].casualties, None);
    let event = only(&[
        ("event_type", "Violence against civilians"),
        ("sub_event_type", "Attack"),
        ("actor1", "River Front"),
        ("actor2", "Civilians (Nowhere)"),
        ("assoc_actor_2", ""),
        ("inter2", "7"),
    ]);
    assert_eq!((event.kind(), event.codes[0].fit()), (EventKind::KillingOfCivilians, Fit::Broader));
    let roles: Vec<ParticipantRole> = event.participants.iter().map(pb::Participant::role).collect();
    assert_eq!(roles, [ParticipantRole::Initiator, ParticipantRole::Victim]);
}

#[test]
fn every_type_of_the_codebook_has_a_kind_and_no_other_has() {
    let types = [
        ("Battles", "Armed clash|Government regains territory|Non-state actor overtakes territory"),
        (
            "Explosions/Remote violence",
            "Air/drone strike|Chemical weapon|Grenade|Remote explosive/landmine/IED|Shelling/artillery/missile attack|Suicide bomb",
        ),
        ("Violence against civilians", "Abduction/forced disappearance|Attack|Sexual violence"),
        ("Protests", "Excessive force against protesters|Peaceful protest|Protest with intervention"),
        ("Riots", "Mob violence|Violent demonstration"),
        (
            "Strategic developments",
            "Agreement|Arrests|Change to group/activity|Disrupted weapons use|Headquarters or base established|Looting/property \
             destruction|Non-violent transfer of territory|Other",
        ),
    ];
    let rows: Vec<String> = types
        .iter()
        .flat_map(|(of, subs)| subs.split('|').map(move |sub| (*of, sub)))
        .enumerate()
        .map(|(at, (of, sub))| {
            row(&[("event_id_cnty", &format!("NER{at}")), ("event_type", of), ("sub_event_type", sub)])
        })
        .collect();
    assert_eq!(events(&made(&rows)).count(), 25);
    let lines = [HEADER.to_owned(), row(&[("sub_event_type", "Skirmish")])];
    let (folder, path) = file("export.csv", &lines);
    let ended = import("acled", &path, &folder.path().join("out.facts"), &["--released", "2003-12-01"]);
    assert!(ended.err.contains(":2: `Battles: Skirmish` is no type of the ACLED codebook"), "{}", ended.err);
    let ended = import("acled", &path, &folder.path().join("out.facts"), &[]);
    assert_eq!(ended.code, Some(64));
    assert!(ended.err.contains("say --released and the day of the export"), "{}", ended.err);
}

#[test]
fn an_event_without_a_letter_or_digit_in_its_id_is_a_bad_row() {
    let (folder, path) = file("export.csv", &[HEADER.to_owned(), row(&[("event_id_cnty", "?-?")])]);
    let ended = import("acled", &path, &folder.path().join("out.facts"), &["--released", "2003-12-01"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains(":2: `event_id_cnty` is \"?-?\", without a letter or digit"), "{}", ended.err);
}
