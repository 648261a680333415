//! A hundred thousand events with all that makes lists, searches and counts hard: poles, the date line, antipodes and equal
//! points; open, approximate, doubtful and missing days; rival claims of many days; ties of actors that hold for a while.

use dossier::{
    model::{claims::name_claims, dataset::Dataset, day::Day, sphere::Point},
    pb,
};

use crate::generate::{Dice, span};

pub(super) const ACTORS: usize = 60;
pub(super) const SOURCES: usize = 60;
/// From here on there are only exact days and short spans: no zone of rows reaches far.
pub(super) const LATE: &str = "2040-01-01";
const PLACES: usize = 360;
const CAMPS: usize = 40;

pub(super) const WORDS: [&str; 14] = [
    "Amber",
    "Br\u{fb}l\u{e9}",
    "\u{c7}edar",
    "D\u{fc}ne",
    "Ember",
    "Fj\u{f6}rd",
    "GROVE",
    "Heath",
    "\u{ce}le",
    "Juniper",
    "Knoll-Lagoon",
    "Le\u{f3}n",
    "Amberley",
    "Emb",
];

/// Points that several places and events share.
fn point(dice: &mut Dice, i: usize, before: &[pb::LatLng]) -> pb::LatLng {
    let at = |latitude, longitude| pb::LatLng { latitude, longitude };
    let wide = dice.unit() * 360.0 - 180.0;
    match i % 12 {
        0 => at(90.0, wide),
        1 => at(-90.0, wide),
        2 => at(dice.unit() * 20.0 - 10.0, if dice.once_in(2) { 180.0 } else { -180.0 }),
        3 => at(dice.unit() * 2.0, if dice.once_in(2) { 179.9 } else { -179.9 }),
        4 if !before.is_empty() => {
            let other = dice.pick(before);
            let east = if other.longitude > 0.0 { -180.0 } else { 180.0 };
            at(-other.latitude, other.longitude + east)
        }
        5 | 6 if !before.is_empty() => *dice.pick(before),
        7 => at(0.0, if dice.once_in(2) { 0.0 } else { -0.0 }),
        8 => at(89.0 + dice.unit(), wide),
        9 => at((dice.unit() * 180.0 - 90.0).round(), wide.round()),
        _ => at(dice.unit() * 4.0 + 8.0, dice.unit() * 4.0 + 18.0),
    }
}

fn words(dice: &mut Dice) -> String {
    (0..=dice.below(2)).map(|_| *dice.pick(&WORDS)).collect::<Vec<_>>().join(if dice.once_in(3) { ", " } else { " " })
}

/// A phrase now and then.
fn phrase(dice: &mut Dice, once_in: usize) -> String {
    if dice.once_in(once_in) { words(dice) } else { String::new() }
}

fn cite(dice: &mut Dice, made: &Dataset, i: usize) -> pb::Citation {
    let source = dice.pick(&made.sources).name.clone();
    pb::Citation { source, locator: format!("page {i}"), quote: phrase(dice, 5), ..Default::default() }
}

fn source(dice: &mut Dice, i: usize) -> pb::Source {
    let day = dice.day().to_string();
    let published_date = match dice.below(9) {
        0 | 1 => String::new(),
        2 => day[..7].to_owned(),
        3 => format!("[..{day}]"),
        4 => format!("{day}/.."),
        _ => day,
    };
    let publisher = if i.is_multiple_of(3) { format!("House {}", i % 7) } else { String::new() };
    pb::Source {
        name: format!("sources/paper-{i}"),
        title: format!("{} {i}", words(dice)),
        publisher,
        published_date,
        ..Default::default()
    }
}

/// Two countries, regions, districts, then towns and sites, some of which lie in none of them.
fn place(dice: &mut Dice, i: usize, before: &[pb::Place]) -> pb::Place {
    use pb::PlaceKind as K;
    let (kind, parent) = match i {
        0 | 1 => (K::Country, None),
        2..10 => (K::Region, Some(i % 2)),
        10..12 => (K::AreaOrLine, None),
        12..40 => (K::District, Some(2 + dice.below(8))),
        _ => {
            let above = [Some(12 + dice.below(28)), Some(12 + dice.below(28)), Some(2 + dice.below(8)), None];
            (*dice.pick(&[K::Settlement, K::Settlement, K::Site]), *dice.pick(&above))
        }
    };
    let points: Vec<pb::LatLng> = before.iter().filter_map(|place| place.point).collect();
    let radius = match dice.below(8) {
        0 => Some(0.0),
        1 => Some(dice.unit() * 30_000.0),
        2 if i.is_multiple_of(5) => Some(1.9e7),
        _ => matches!(kind, K::Country | K::Region | K::AreaOrLine).then(|| dice.unit() * 3e6),
    };
    pb::Place {
        name: format!("places/spot-{i}"),
        display_name: format!("{} {i}", words(dice)),
        kind: kind.into(),
        point: (i % 17 != 16).then(|| point(dice, i, &points)),
        uncertainty_meters: radius.filter(|_| i % 17 != 16),
        parent: parent.map(|parent| format!("places/spot-{parent}")).unwrap_or_default(),
        country_code: match i {
            0 => "ZZ".into(),
            1 => "YY".into(),
            _ if parent.is_none() && dice.once_in(3) => "XX".into(),
            _ => String::new(),
        },
        aliases: if dice.once_in(4) { vec![format!("{} alias {i}", words(dice))] } else { vec![] },
        ..Default::default()
    }
}

/// The first five are on top; the last two belong to each other.
fn actor(dice: &mut Dice, i: usize) -> pb::Actor {
    use pb::AffiliationKind as A;
    let tie = |dice: &mut Dice, to: usize, kind: A| pb::Affiliation {
        actor: format!("actors/band-{to}"),
        kind: kind.into(),
        time: dice.once_in(2).then(|| span(dice)),
        ..Default::default()
    };
    let affiliations = match i {
        0..5 => vec![],
        _ if i + 2 >= ACTORS => vec![tie(dice, if i + 1 == ACTORS { i - 1 } else { i + 1 }, A::PartOf)],
        _ => (0..=dice.below(2))
            .map(|_| {
                let kind = *dice.pick(&[A::PartOf, A::PartOf, A::MemberOf, A::OfficeHolder, A::AlliedWith]);
                let to = dice.below(i.min(20));
                tie(dice, to, kind)
            })
            .collect(),
    };
    let kinds = [pb::ActorKind::ArmedGroup, pb::ActorKind::Media, pb::ActorKind::State];
    pb::Actor {
        name: format!("actors/band-{i}"),
        display_name: format!("{} {i}", words(dice)),
        kind: (*dice.pick(&kinds)).into(),
        country_code: if dice.once_in(3) { "ZZ".into() } else { String::new() },
        affiliations,
        ..Default::default()
    }
}

fn location(dice: &mut Dice, made: &Dataset, own: &[pb::LatLng]) -> Option<pb::Location> {
    use pb::LocationPrecision as P;
    let mut location = pb::Location { phrase: phrase(dice, 8), ..Default::default() };
    // Many events share few towns.
    let at = if dice.once_in(2) { dice.below(PLACES) } else { 40 + dice.below(12) };
    match dice.below(10) {
        0 => return None,
        1 => location.point = Some(*dice.pick(own)),
        2 => {
            location.place.clone_from(&made.places[at].name);
            location.point = Some(*dice.pick(own));
            location.uncertainty_meters = Some(*dice.pick(&[0.0, 250.0, 25_000.0]));
        }
        3 => {
            location.place.clone_from(&made.places[at].name);
            location.precision = (*dice.pick(&[P::NearSettlement, P::District, P::Region])).into();
        }
        _ => location.place.clone_from(&made.places[at].name),
    }
    Some(location)
}

fn claim(dice: &mut Dice, at: usize, made: &Dataset) -> pb::Claim {
    use pb::{EventStatus as E, Stance as S};
    let stances =
        [S::Asserts, S::Asserts, S::Asserts, S::Confirms, S::ConfirmsInPart, S::Disputes, S::Denies, S::Objects];
    let statuses = [E::Occurred, E::Occurred, E::Ongoing, E::Planned, E::Expected, E::NotOccurred, E::Unspecified];
    let number = |dice: &mut Dice| (!dice.once_in(4)).then(|| dice.below(30) as u32);
    let stated = if dice.once_in(6) { dice.day().to_string() } else { String::new() };
    let measure = |dice: &mut Dice| pb::Measure {
        what: pb::MeasureKind::Vehicles.into(),
        quantity: Some(pb::Quantity { low: number(dice), high: None, phrase: phrase(dice, 3) }),
        actor: String::new(),
    };
    pb::Claim {
        stance: (*dice.pick(&stances)).into(),
        claimant: if dice.once_in(3) { String::new() } else { dice.pick(&made.actors).name.clone() },
        claimant_phrase: phrase(dice, 9),
        status: (*dice.pick(&statuses)).into(),
        time: (!dice.once_in(4)).then(|| time(dice)),
        controller: if dice.once_in(9) { dice.pick(&made.actors).name.clone() } else { String::new() },
        measures: if dice.once_in(9) { vec![measure(dice)] } else { vec![] },
        casualties: dice.once_in(3).then(|| pb::Casualties {
            low: number(dice),
            best: number(dice),
            high: number(dice),
            sides: vec![],
        }),
        stated_date: stated,
        note: phrase(dice, 4),
        citations: (0..=dice.below(2)).map(|i| cite(dice, made, 10 * at + i)).collect(),
        ..Default::default()
    }
}

/// A span of any form, and of forms that are rare.
fn time(dice: &mut Dice) -> pb::TimeSpan {
    if dice.once_in(5) {
        let day = LATE.parse::<Day>().unwrap().plus(dice.below(500) as i32);
        let edtf =
            if dice.once_in(4) { format!("{day}/{}", day.plus(1 + dice.below(2) as i32)) } else { day.to_string() };
        return pb::TimeSpan { edtf, ..Default::default() };
    }
    let day = dice.day();
    let later = day.plus(1 + dice.below(60) as i32);
    let (text, after) = (day.to_string(), later.to_string());
    let edtf = match dice.below(40) {
        0 => format!("[{day}..]"),
        1 => format!("../{day}"),
        2 => format!("{{{},{}}}", &text[..7], &after[..7]),
        3 => format!("{}~", &text[..7]),
        4 => format!("{}~", &text[..4]),
        5 => format!("{}?", &text[..4]),
        6 => format!("{day}~/{later}"),
        7 => format!("{}/{}", &text[..7], &after[..7]),
        8 => format!("{day}%"),
        9 => "1207".into(),
        10 => "9998-02".into(),
        11 => format!("[{day},{later}]"),
        12 => format!("{}/..", &text[..4]),
        13 => format!("{}?", &text[..7]),
        _ => return span(dice),
    };
    pb::TimeSpan { edtf, phrase: phrase(dice, 6), ..Default::default() }
}

fn event(dice: &mut Dice, i: usize, made: &Dataset, own: &[pb::LatLng]) -> pb::Event {
    use pb::EventKind as K;
    let kinds = [K::Clash, K::Attack, K::Fighting, K::AirStrike, K::Agreement, K::Protest, K::ForcePosture, K::Other];
    let (kind, about) = match dice.below(40) {
        0 => (K::Handover, 2),
        1 => (K::Withdrawal, 2),
        2 => (K::Taking, 1),
        _ => (*dice.pick(&kinds), 0),
    };
    let camps: Vec<String> = (0..dice.below(about + 1).min(1)).map(|_| dice.pick(&made.camps).name.clone()).collect();
    let role = |dice: &mut Dice| 1 + dice.below(9) as i32;
    let participants = (0..dice.below(4)).map(|_| pb::Participant {
        actor: if dice.once_in(5) { String::new() } else { dice.pick(&made.actors).name.clone() },
        role: role(dice),
        phrase: phrase(dice, 4),
    });
    let participants = participants.collect();
    let side = |dice: &mut Dice| if dice.once_in(4) { String::new() } else { dice.pick(&made.actors).name.clone() };
    let handover = (kind == K::Handover).then(|| pb::Handover {
        unnamed_camps: camps.is_empty().then(|| pb::Quantity { low: Some(2), high: None, phrase: phrase(dice, 2) }),
        from_actor: side(dice),
        to_actor: side(dice),
    });
    // What shares a few words, days and places is what ties have to be told apart in.
    let claims = (0..=dice.below(3)).map(|at| claim(dice, at, made)).collect();
    let moves = dice.once_in(12);
    let link = (i > 0 && dice.once_in(60)).then(|| pb::Link {
        kind: pb::LinkKind::PartOf.into(),
        event: format!("events/thing-{}", dice.below(i)),
        citation: Some(cite(dice, made, 99)),
    });
    pb::Event {
        name: format!("events/thing-{i}"),
        title: format!("{} {}", words(dice), i % 500),
        kind: kind.into(),
        location: location(dice, made, own),
        origin: if moves { location(dice, made, own) } else { None },
        destination: if moves { location(dice, made, own) } else { None },
        participants,
        camps,
        handover,
        claims,
        links: link.into_iter().collect(),
        ..Default::default()
    }
}

/// The data set, sorted by name as a loader would hand it over.
pub(super) fn dataset(seed: u64, events: usize) -> Dataset {
    let mut dice = Dice::new(seed);
    let mut made = Dataset { sources: (0..SOURCES).map(|i| source(&mut dice, i)).collect(), ..Dataset::default() };
    for i in 0..PLACES {
        let next = place(&mut dice, i, &made.places);
        made.places.push(next);
    }
    made.actors = (0..ACTORS).map(|i| actor(&mut dice, i)).collect();
    made.camps = (0..CAMPS)
        .map(|i| pb::Camp {
            name: format!("camps/camp-{i}"),
            display_name: format!("{} {i}", words(&mut dice)),
            place: dice.pick(&made.places).name.clone(),
            initial_control: if dice.once_in(3) { String::new() } else { dice.pick(&made.actors).name.clone() },
            ..Default::default()
        })
        .collect();
    let points: Vec<pb::LatLng> = made.places.iter().filter_map(|place| place.point).collect();
    let own: Vec<pb::LatLng> = (0..80).map(|i| point(&mut dice, i, &points)).collect();
    for i in 0..events {
        let mut event = event(&mut dice, i, &made, &own);
        // Word for word the same claims are refused by the checker.
        if name_claims(&mut event).is_err() {
            event.claims.truncate(1);
            name_claims(&mut event).unwrap();
        }
        made.events.push(event);
    }
    made.sources.sort_by(|a, b| a.name.cmp(&b.name));
    made.places.sort_by(|a, b| a.name.cmp(&b.name));
    made.actors.sort_by(|a, b| a.name.cmp(&b.name));
    made.camps.sort_by(|a, b| a.name.cmp(&b.name));
    made.events.sort_by(|a, b| a.name.cmp(&b.name));
    made
}

/// A point so far away, for areas.
pub(super) fn beyond(from: &pb::LatLng, bearing: f64, meters: f64) -> pb::LatLng {
    Point::try_from(from).unwrap().destination(bearing, meters).into()
}

/// A day of the made-up time.
pub(super) fn day(offset: u32) -> String {
    "2031-01-01".parse::<Day>().unwrap().plus(offset as i32).to_string()
}
