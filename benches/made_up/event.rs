//! Made-up events, one by one.

use dossier::{
    model::{claims::name_claims, day::Day},
    pb::{self, EventKind, LocationPrecision},
};
use prost::Message as _;

use super::{
    Dice, World,
    world::{ANNALS, FIRST_YEAR, Town, YEARS},
};

const KINDS: [(EventKind, &str); 4] = [
    (EventKind::Clash, "Clash"),
    (EventKind::Attack, "Attack"),
    (EventKind::Fighting, "Fighting"),
    (EventKind::Taking, "Taking"),
];

const WORDS: [&str; 40] = [
    "forces",
    "clashed",
    "with",
    "near",
    "the",
    "town",
    "of",
    "killing",
    "at",
    "least",
    "civilians",
    "during",
    "an",
    "attack",
    "on",
    "a",
    "military",
    "post",
    "according",
    "to",
    "local",
    "officials",
    "and",
    "residents",
    "reported",
    "by",
    "news",
    "agencies",
    "shelling",
    "was",
    "heard",
    "overnight",
    "several",
    "injured",
    "district",
    "armed",
    "group",
    "claimed",
    "responsibility",
    "convoy",
];

/// So many of a thousand events are told anew by a later release.
const REVISED: usize = 50;

/// What each event of the shipped seed takes when it is encoded, in bytes, and how many claims it has.
const SEED: [(usize, usize); 21] = [
    (562, 1),
    (597, 1),
    (1042, 2),
    (790, 1),
    (1406, 1),
    (992, 2),
    (1286, 2),
    (853, 1),
    (547, 1),
    (919, 1),
    (1334, 2),
    (909, 1),
    (909, 1),
    (1318, 2),
    (2028, 4),
    (500, 1),
    (930, 2),
    (906, 2),
    (667, 2),
    (587, 1),
    (946, 2),
];

/// What is derived of an event adds about so many bytes to it, and so many more for each claim.
const DERIVED: (usize, usize) = (140, 85);

/// Made-up events in the order of their names, as a loader hands them over.
#[derive(Debug)]
pub(crate) struct Events<'w> {
    world: &'w World,
    dice: Dice,
    next: usize,
    most: usize,
}

impl<'w> Events<'w> {
    /// So many events in a world.
    pub(crate) fn of(world: &'w World, most: usize) -> Events<'w> {
        Events { world, dice: Dice::new(42), next: 0, most }
    }

    /// The name of an event by its number.
    pub(crate) fn name(number: usize) -> String {
        format!("events/made-{number:09}")
    }
}

impl Iterator for Events<'_> {
    type Item = pb::Event;

    fn next(&mut self) -> Option<pb::Event> {
        if self.next >= self.most {
            return None;
        }
        let (number, dice) = (self.next, &mut self.dice);
        self.next += 1;
        let town = self.world.busy_town(dice);
        let (kind, word) = *dice.pick(&KINDS);
        let sides = [World::fighter(dice, town.country, 0), group(dice, town.country)];
        let first = Day::from_epoch(11_323).plus(dice.below(365 * YEARS as usize) as i32);
        let mut event = pb::Event {
            name: Events::name(number),
            title: format!("{word} in {}", self.world.places[town.place].display_name),
            kind: kind.into(),
            location: Some(location(dice, self.world, town)),
            participants: sides
                .iter()
                .zip([pb::ParticipantRole::Initiator, pb::ParticipantRole::Target])
                .map(|(actor, role)| pb::Participant { actor: actor.clone(), role: role.into(), ..Default::default() })
                .collect(),
            ..Default::default()
        };
        let claim = claim(dice, number, first);
        if dice.of_thousand(REVISED) {
            event.claims.push(revised(dice, &claim));
        }
        event.claims.push(claim);
        as_long_as_a_curated_one(dice, &mut event);
        // Two claims of one event cite different releases or have different claimants, so none has the name of the other.
        let _ = name_claims(&mut event);
        Some(event)
    }
}

fn group(dice: &mut Dice, country: usize) -> String {
    let side = World::group(dice);
    World::fighter(dice, country, side)
}

/// As exact as UCDP's `where_prec` tells, in its shares.
fn location(dice: &mut Dice, world: &World, town: &Town) -> pb::Location {
    let (place, precision) = match dice.below(1000) {
        0..475 => (town.place, LocationPrecision::Unspecified),
        475..707 => (town.place, LocationPrecision::NearSettlement),
        707..847 => (town.place, LocationPrecision::District),
        847..988 => (town.region, LocationPrecision::Unspecified),
        _ => (World::region(town.country, 0) - 1, LocationPrecision::Unspecified),
    };
    pb::Location { place: world.places[place].name.clone(), precision: precision.into(), ..Default::default() }
}

/// As exact as UCDP's `date_prec` tells, in its shares.
fn time(dice: &mut Dice, first: Day) -> String {
    let days = match dice.below(1000) {
        0..849 => return first.to_string(),
        849..956 => 1 + dice.below(3),
        956..963 => 6,
        963..986 => 29,
        _ => 30 + dice.below(300),
    };
    format!("[{first}..{}]", first.plus(days as i32))
}

fn claim(dice: &mut Dice, number: usize, first: Day) -> pb::Claim {
    let year = first.date().map_or(FIRST_YEAR, |date| i32::from(date.year()));
    let low = (dice.unit().powi(6) * 40.0) as u32;
    let best = low + dice.below(3) as u32;
    pb::Claim {
        stance: pb::Stance::Asserts.into(),
        claimant: ANNALS.into(),
        status: pb::EventStatus::Occurred.into(),
        time: Some(pb::TimeSpan { edtf: time(dice, first), ..Default::default() }),
        casualties: Some(pb::Casualties {
            low: Some(low),
            best: Some(best),
            high: Some(best + dice.below(5) as u32),
            sides: vec![],
        }),
        citations: vec![pb::Citation {
            source: format!("sources/annals-{}", year + 1),
            locator: format!("row {number}"),
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// Adds claims and notes until it has as many, and is as long, as one of the seed.
fn as_long_as_a_curated_one(dice: &mut Dice, event: &mut pb::Event) {
    let (bytes, claims) = *dice.pick(&SEED);
    let Some(annals) = event.claims.last().cloned() else { return };
    let sides: Vec<String> = event.participants.iter().map(|participant| participant.actor.clone()).collect();
    let mut claimants = sides.into_iter().chain([String::new()]);
    for claimant in claimants.by_ref().take(claims - 1) {
        let claimant_phrase = if claimant.is_empty() { "residents".into() } else { String::new() };
        event.claims.push(pb::Claim { claimant, claimant_phrase, casualties: None, ..annals.clone() });
    }
    let taken = event.encoded_len() + DERIVED.0 + DERIVED.1 * event.claims.len();
    let each = bytes.saturating_sub(taken) / event.claims.len();
    for claim in &mut event.claims {
        while claim.note.len() + 4 < each {
            claim.note.extend([*dice.pick(&WORDS), " "]);
        }
    }
}

/// What the release of the year after says of it: the same, but of more deaths.
fn revised(dice: &mut Dice, claim: &pb::Claim) -> pb::Claim {
    let mut later = claim.clone();
    let deaths = later.casualties.get_or_insert_default();
    deaths.high = deaths.high.map(|high| high + 1 + dice.below(3) as u32);
    for citation in &mut later.citations {
        if let Some(year) = citation.source.rsplit('-').next().and_then(|year| year.parse::<i32>().ok()) {
            citation.source = format!("sources/annals-{}", year + 1);
        }
    }
    later
}
