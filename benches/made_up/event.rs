//! Made-up events, one by one.

use dossier::{
    model::{claims::name_claims, day::Day},
    pb::{self, EventKind, LocationPrecision},
};

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
        // Two claims of one event cite different releases, so none has the name of the other.
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
    // Half of all notes are short, some are long.
    let words = 4 + dice.below(12) + if dice.of_thousand(200) { dice.below(50) } else { 0 };
    let note: Vec<&str> = (0..words).map(|_| *dice.pick(&WORDS)).collect();
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
        note: note.join(" "),
        citations: vec![pb::Citation {
            source: format!("sources/annals-{}", year + 1),
            locator: format!("row {number}"),
            ..Default::default()
        }],
        ..Default::default()
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
