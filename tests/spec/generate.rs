//! Made-up data sets, the same for the same seed: places round the poles and the date line, rival claims, vague days.
//!
//! They serve as data for the store's properties, and, written to files, as a second data set for what must hold on any.

use std::{fs, path::Path};

use dossier::{
    model::{claims::name_claims, dataset::Dataset, day::Day},
    pb::{self, seed::FactFile},
};
use prost::Message as _;
use prost_reflect::{DynamicMessage, SerializeOptions};

/// Writes facts of a seed into a folder, in place of those that are there.
pub(crate) fn facts(seed: u64, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    write(&dataset(seed, Size::SMALL), folder);
}

/// Random numbers from a seed.
pub(crate) struct Dice(blake3::OutputReader);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(blake3::Hasher::new().update(&seed.to_be_bytes()).finalize_xof())
    }

    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        (u64::from_be_bytes(bytes) % sides.max(1) as u64) as usize
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(crate) fn unit(&mut self) -> f64 {
        self.below(1 << 30) as f64 / f64::from(1 << 30)
    }

    pub(crate) fn day(&mut self) -> Day {
        "2031-01-01".parse::<Day>().unwrap().plus(self.below(700) as i32)
    }
}

pub(crate) const WORDS: [&str; 12] =
    ["Amber", "Brook", "Cedar", "Dune", "Ember", "Fjord", "Grove", "Heath", "Islet", "Juniper", "Knoll", "Lagoon"];

/// How much of everything.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) events: usize,
    pub(crate) places: usize,
    pub(crate) actors: usize,
    pub(crate) sources: usize,
}

impl Size {
    pub(crate) const SMALL: Self = Self { events: 60, places: 24, actors: 14, sources: 9 };
}

/// A made-up data set, as a loader would hand it over.
pub(crate) fn dataset(seed: u64, size: Size) -> Dataset {
    let mut dice = Dice::new(seed);
    let sources: Vec<pb::Source> = (0..size.sources).map(|i| source(&mut dice, i)).collect();
    let places: Vec<pb::Place> = (0..size.places).map(|i| place(&mut dice, i)).collect();
    let actors: Vec<pb::Actor> = (0..size.actors).map(|i| actor(&mut dice, i)).collect();
    let camps: Vec<pb::Camp> = (0..size.places / 4).map(|i| camp(&mut dice, i, &places, &actors)).collect();
    let mut made = Dataset { sources, places, actors, camps, ..Dataset::default() };
    for i in 0..size.events {
        let mut event = event(&mut dice, i, &made);
        name_claims(&mut event).unwrap();
        made.events.push(event);
    }
    sort(&mut made);
    made
}

fn sort(made: &mut Dataset) {
    made.sources.sort_by(|a, b| a.name.cmp(&b.name));
    made.places.sort_by(|a, b| a.name.cmp(&b.name));
    made.actors.sort_by(|a, b| a.name.cmp(&b.name));
    made.camps.sort_by(|a, b| a.name.cmp(&b.name));
    made.events.sort_by(|a, b| a.name.cmp(&b.name));
}

fn words(dice: &mut Dice, i: usize) -> String {
    format!("{} {} {i}", dice.pick(&WORDS), dice.pick(&WORDS))
}

fn cite(source: &str, locator: String) -> pb::Citation {
    pb::Citation { source: source.into(), locator, ..Default::default() }
}

/// The first source is the gazetteer; one in five others is undated.
fn source(dice: &mut Dice, i: usize) -> pb::Source {
    let undated = i > 0 && dice.once_in(5);
    pb::Source {
        name: format!("sources/paper-{i}"),
        title: words(dice, i),
        publisher: "Made up".into(),
        published_date: if undated { String::new() } else { dice.day().to_string() },
        ..Default::default()
    }
}

/// Place 0 is a country, 1 to 3 regions in it, the rest settlements: some at a pole, some on the date line.
fn place(dice: &mut Dice, i: usize) -> pb::Place {
    let (latitude, longitude) = match i % 5 {
        _ if i < 4 => (10.0, 20.0),
        0 => (89.0 + dice.unit(), dice.unit() * 360.0 - 180.0),
        1 => (dice.unit() * 2.0, if dice.once_in(2) { 179.9 } else { -179.9 }),
        _ => (dice.unit() * 4.0 + 8.0, dice.unit() * 4.0 + 18.0),
    };
    let kind = match i {
        0 => pb::PlaceKind::Country,
        1..=3 => pb::PlaceKind::Region,
        _ => pb::PlaceKind::Settlement,
    };
    let parent = match i {
        0 => String::new(),
        1..=3 => "places/spot-0".into(),
        _ => format!("places/spot-{}", 1 + dice.below(3)),
    };
    pb::Place {
        name: format!("places/spot-{i}"),
        display_name: words(dice, i),
        kind: kind.into(),
        point: Some(pb::LatLng { latitude, longitude }),
        // Wide enough for whatever the dice put inside.
        uncertainty_meters: (i < 4).then_some(20_000_000.0),
        parent,
        country_code: if i == 0 { "ZZ".into() } else { String::new() },
        citations: vec![cite("sources/paper-0", format!("row {i}"))],
        ..Default::default()
    }
}

/// Actors 0 to 2 are on top; others belong to one before them, some only for a while.
fn actor(dice: &mut Dice, i: usize) -> pb::Actor {
    let kinds = [pb::AffiliationKind::PartOf, pb::AffiliationKind::MemberOf, pb::AffiliationKind::AlliedWith];
    let affiliations = if i < 3 {
        vec![]
    } else {
        let time = dice.once_in(3).then(|| span(dice)).filter(|time| time.edtf.contains('/'));
        vec![pb::Affiliation {
            actor: format!("actors/band-{}", dice.below(i)),
            kind: (*dice.pick(&kinds)).into(),
            time,
            citation: Some(cite("sources/paper-0", format!("tie {i}"))),
            ..Default::default()
        }]
    };
    pb::Actor {
        name: format!("actors/band-{i}"),
        display_name: words(dice, i),
        kind: pb::ActorKind::ArmedGroup.into(),
        affiliations,
        citations: vec![cite("sources/paper-0", format!("list {i}"))],
        ..Default::default()
    }
}

fn camp(dice: &mut Dice, i: usize, places: &[pb::Place], actors: &[pb::Actor]) -> pb::Camp {
    pb::Camp {
        name: format!("camps/camp-{i}"),
        display_name: words(dice, i),
        place: places[4 + dice.below(places.len() - 4)].name.clone(),
        initial_control: dice.pick(actors).name.clone(),
        citations: vec![cite("sources/paper-0", format!("camp {i}"))],
        ..Default::default()
    }
}

fn event(dice: &mut Dice, i: usize, made: &Dataset) -> pb::Event {
    use pb::EventKind as K;
    let kinds = [K::Clash, K::Attack, K::Taking, K::Handover, K::Withdrawal, K::Agreement, K::Fighting, K::Handover];
    let kind = *dice.pick(&kinds);
    let camp = matches!(kind, K::Handover | K::Withdrawal).then(|| dice.pick(&made.camps).clone());
    let roles = [pb::ParticipantRole::Initiator, pb::ParticipantRole::Target];
    let participants = (0..dice.below(3))
        .map(|at| match dice.below(4) {
            // Whom the source does not name.
            0 => {
                pb::Participant { role: roles[at].into(), phrase: dice.pick(&WORDS).to_string(), ..Default::default() }
            }
            _ => pb::Participant {
                actor: dice.pick(&made.actors).name.clone(),
                role: roles[at].into(),
                ..Default::default()
            },
        })
        .collect();
    let place = match &camp {
        Some(camp) => Some(camp.place.clone()),
        None => (!dice.once_in(8)).then(|| dice.pick(&made.places).name.clone()),
    };
    let claims = (0..=dice.below(4)).map(|at| claim(dice, at, made)).collect();
    pb::Event {
        name: format!("events/thing-{i}"),
        title: words(dice, i),
        kind: kind.into(),
        location: place.map(|place| pb::Location { place, ..Default::default() }),
        participants,
        camps: camp.iter().map(|camp| camp.name.clone()).collect(),
        handover: (kind == K::Handover).then(|| pb::Handover {
            unnamed_camps: None,
            from_actor: camp.map(|camp| camp.initial_control).unwrap_or_default(),
            to_actor: made.actors[0].name.clone(),
        }),
        claims,
        ..Default::default()
    }
}

fn claim(dice: &mut Dice, at: usize, made: &Dataset) -> pb::Claim {
    use pb::{EventStatus as E, Stance as S};
    let stances =
        [S::Asserts, S::Asserts, S::Asserts, S::Confirms, S::ConfirmsInPart, S::Disputes, S::Denies, S::Objects];
    let statuses = [E::Occurred, E::Occurred, E::Ongoing, E::Planned, E::Expected, E::NotOccurred, E::Cancelled];
    // The checker wants one claim that says whether it happened.
    let stance = if at == 0 { S::Asserts } else { *dice.pick(&stances) };
    let deaths = dice.once_in(3).then(|| {
        let low = dice.below(9) as u32;
        let high = (!dice.once_in(3)).then_some(low + 5);
        pb::Casualties { low: Some(low), best: Some(low + 2), high, sides: vec![] }
    });
    let says_whether = matches!(stance, S::Asserts | S::Confirms) || dice.once_in(2);
    let status = if says_whether { *dice.pick(&statuses) } else { E::Unspecified };
    let source = dice.pick(&made.sources);
    let says_when = !dice.once_in(4);
    pb::Claim {
        stance: stance.into(),
        claimant: if dice.once_in(4) { String::new() } else { dice.pick(&made.actors).name.clone() },
        status: status.into(),
        time: says_when.then(|| match source.published_date.parse::<Day>() {
            // Nobody can tell on a day what happened after it.
            Ok(published) if matches!(status, E::Occurred | E::Ongoing) => {
                let before = dice.below(200) as i32;
                span_at(dice, published.plus(-before))
            }
            _ => span(dice),
        }),
        casualties: deaths,
        note: format!("{} {at}", dice.pick(&WORDS)),
        citations: vec![cite(&source.name, format!("page {at}"))],
        ..Default::default()
    }
}

/// A span of any form.
pub(crate) fn span(dice: &mut Dice) -> pb::TimeSpan {
    let day = dice.day();
    span_at(dice, day)
}

/// A span of any form that can begin on a day, or before it.
fn span_at(dice: &mut Dice, day: Day) -> pb::TimeSpan {
    let later = day.plus(1 + dice.below(60) as i32);
    let text = day.to_string();
    let edtf = match dice.below(9) {
        0 => text[..4].to_owned(),
        1 => text[..7].to_owned(),
        2 => format!("[{day}..{later}]"),
        3 => format!("{day}/{later}"),
        4 => format!("{day}/.."),
        5 => format!("[..{day}]"),
        6 => format!("{day}~"),
        7 => format!("{day}?"),
        _ => text,
    };
    pb::TimeSpan { edtf, ..Default::default() }
}

/// Writes a data set to a folder as a fact file. JSON is YAML.
pub(crate) fn write(made: &Dataset, folder: &Path) {
    let mut events = made.events.clone();
    for claim in events.iter_mut().flat_map(|event| &mut event.claims) {
        claim.name.clear();
    }
    let Dataset { sources, places, actors, camps, .. } = made.clone();
    let file = FactFile { sources, places, actors, camps, events, claims_on: vec![] };
    let descriptor = pb::pool().get_message_by_name("dossier.seed.v1.FactFile").unwrap();
    let dynamic = DynamicMessage::decode(descriptor, file.encode_to_vec().as_slice()).unwrap();
    let options = SerializeOptions::new().use_proto_field_name(true);
    let mut json = vec![];
    dynamic.serialize_with_options(&mut serde_json::Serializer::pretty(&mut json), &options).unwrap();
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("facts.yaml"), json).unwrap();
}
