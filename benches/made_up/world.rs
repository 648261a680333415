//! Where made-up events happen, who takes part, and who tells.

use dossier::pb;

use super::Dice;

/// Countries; UCDP knows conflicts in about as many.
const COUNTRIES: usize = 60;

/// Regions of a country.
const REGIONS: usize = 12;

/// Groups that fight in a country, one to a conflict.
const GROUPS: usize = 4;

/// Units below each army and each group.
const UNITS: usize = 3;

/// The first year that events happen in, and how many years follow each other.
pub(crate) const FIRST_YEAR: i32 = 2001;

/// See [`FIRST_YEAR`].
pub(crate) const YEARS: i32 = 30;

/// Who publishes all releases.
pub(crate) const ANNALS: &str = "actors/annals";

const SYLLABLES: [&str; 24] = [
    "ka", "ri", "mo", "du", "al", "ba", "sha", "ne", "to", "gar", "li", "zu", "fa", "hel", "mar", "ti", "wen", "ko",
    "sul", "ju", "pe", "ra", "chi", "nor",
];

/// A place where events happen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Town {
    /// Its number among the places.
    pub(crate) place: usize,
    /// Its region's.
    pub(crate) region: usize,
    /// Its country.
    pub(crate) country: usize,
    /// Degrees north.
    pub(crate) latitude: f64,
    /// Degrees east.
    pub(crate) longitude: f64,
}

/// The tables that events refer to, and how often what happens.
#[derive(Debug)]
pub(crate) struct World {
    /// One source a year: the release of what happened in the year before.
    pub(crate) sources: Vec<pb::Source>,
    /// Countries, regions in them, towns in those.
    pub(crate) places: Vec<pb::Place>,
    /// The publisher; in each country an army and groups, each with units.
    pub(crate) actors: Vec<pb::Actor>,
    /// All towns, those of the most events first.
    pub(crate) towns: Vec<Town>,
    /// For each town, how many shares of all events happen in it or one before it.
    shares: Vec<f64>,
}

impl World {
    /// The world of so many events: more events, more towns, as real data has it.
    pub(crate) fn of(events: usize) -> World {
        let towns = match events {
            0..=200_000 => 15_000,
            200_001..=4_000_000 => 40_000,
            _ => 120_000,
        };
        let mut dice = Dice::new(7);
        let mut places = vec![];
        let hubs: Vec<(f64, f64)> = (0..COUNTRIES).flat_map(|number| country(&mut dice, number, &mut places)).collect();
        let towns: Vec<Town> = (0..towns).map(|_| town(&mut dice, &hubs, &mut places)).collect();
        let shares = towns.iter().enumerate().scan(0.0, |sum, (rank, _)| {
            *sum += 1.0 / (rank as f64 + 5.0);
            Some(*sum)
        });
        let shares = shares.collect();
        let sources = (0..=YEARS + 1).map(release).collect();
        World { sources, places, actors: actors(&mut dice), towns, shares }
    }

    /// A town, as often as events happen in it.
    pub(crate) fn busy_town(&self, dice: &mut Dice) -> &Town {
        let at = dice.unit() * self.shares.last().copied().unwrap_or_default();
        &self.towns[self.shares.partition_point(|share| *share < at).min(self.towns.len() - 1)]
    }

    /// A point that somebody may ask about: mostly near where much happens, else near any town.
    pub(crate) fn asked_point(&self, dice: &mut Dice) -> pb::LatLng {
        let town = if dice.of_thousand(700) { self.busy_town(dice) } else { dice.pick(&self.towns) };
        let (latitude, longitude) = (town.latitude + 0.1 * dice.bell(), town.longitude + 0.1 * dice.bell());
        pb::LatLng { latitude, longitude }
    }

    /// The army of a country and the units below it, or one of its groups and those below that.
    pub(crate) fn side(country: usize, side: usize) -> String {
        format!("actors/side-{country}-{side}")
    }

    /// One who fights for a side: mostly the side itself, else a unit.
    pub(crate) fn fighter(dice: &mut Dice, country: usize, side: usize) -> String {
        match dice.below(2 * UNITS) {
            unit if unit < UNITS => format!("actors/side-{country}-{side}-unit-{unit}"),
            _ => World::side(country, side),
        }
    }

    /// A side of a country that is not its army.
    pub(crate) fn group(dice: &mut Dice) -> usize {
        1 + dice.below(GROUPS)
    }

    /// The number of a country's region among the places.
    pub(crate) fn region(country: usize, region: usize) -> usize {
        country * (REGIONS + 1) + 1 + region
    }
}

/// The release of a year, which tells of the year before.
fn release(number: i32) -> pb::Source {
    let year = FIRST_YEAR + number;
    pb::Source {
        name: format!("sources/annals-{year}"),
        title: format!("Annals of made-up conflicts, release {year}"),
        publisher: "Annals of made-up conflicts".into(),
        published_date: format!("{year}-06-01"),
        ..Default::default()
    }
}

fn cited(locator: String) -> Vec<pb::Citation> {
    vec![pb::Citation { source: format!("sources/annals-{FIRST_YEAR}"), locator, ..Default::default() }]
}

fn word(dice: &mut Dice, syllables: usize) -> String {
    let word: String = (0..syllables).map(|_| *dice.pick(&SYLLABLES)).collect();
    word[..1].to_uppercase() + &word[1..]
}

/// Adds a country with its regions, and answers where in each of them most towns lie.
fn country(dice: &mut Dice, number: usize, places: &mut Vec<pb::Place>) -> Vec<(f64, f64)> {
    let (north, east, size) = (75.0 * dice.unit() - 30.0, 240.0 * dice.unit() - 110.0, 1.0 + 4.0 * dice.unit());
    let mut place =
        |name: String, kind: pb::PlaceKind, (latitude, longitude): (f64, f64), parent: String, radius: f64| {
            places.push(pb::Place {
                display_name: word(dice, 3),
                name,
                kind: kind.into(),
                point: Some(pb::LatLng { latitude, longitude }),
                uncertainty_meters: Some(radius),
                country_code: if parent.is_empty() { code(number) } else { String::new() },
                parent,
                citations: cited(format!("place {}", places.len())),
                ..Default::default()
            });
            (latitude + size * 0.6 * dice.bell(), longitude + size * 0.6 * dice.bell())
        };
    let name = format!("places/land-{number}");
    let mut hub = place(name.clone(), pb::PlaceKind::Country, (north, east), String::new(), size * 300_000.0);
    (0..REGIONS)
        .map(|region| {
            let here = (hub.0.clamp(-80.0, 80.0), hub.1.clamp(-179.0, 179.0));
            let next = place(format!("{name}-region-{region}"), pb::PlaceKind::Region, here, name.clone(), 150_000.0);
            // The next hub lies around the country's middle again.
            hub = (north + next.0 - here.0, east + next.1 - here.1);
            here
        })
        .collect()
}

/// A code of two letters, from those that are free for private use.
fn code(country: usize) -> String {
    let letter = |number: usize| char::from(b'A' + (number % 26) as u8);
    format!("{}{}", if country < 26 { 'X' } else { letter(16 + country / 26) }, letter(country))
}

fn town(dice: &mut Dice, hubs: &[(f64, f64)], places: &mut Vec<pb::Place>) -> Town {
    let hub = dice.below(hubs.len());
    let (country, number) = (hub / REGIONS, hub % REGIONS);
    let region = World::region(country, number);
    let spread = 0.15 + 0.6 * dice.unit();
    // To four digits, as gazetteers have it.
    let near = |middle: f64, dice: &mut Dice| ((middle + spread * dice.bell()) * 1e4).round() / 1e4;
    let latitude = near(hubs[hub].0, dice).clamp(-85.0, 85.0);
    let longitude = near(hubs[hub].1, dice).clamp(-179.9, 179.9);
    let (place, display_name) = (places.len(), word(dice, 3));
    places.push(pb::Place {
        name: format!("places/{}-{place}", display_name.to_lowercase()),
        display_name,
        kind: pb::PlaceKind::Settlement.into(),
        point: Some(pb::LatLng { latitude, longitude }),
        parent: places[region].name.clone(),
        citations: cited(format!("place {place}")),
        ..Default::default()
    });
    Town { place, region, country, latitude, longitude }
}

fn actors(dice: &mut Dice) -> Vec<pb::Actor> {
    let actor = |name: String, display_name: String, kind: pb::ActorKind, above: Option<&str>| {
        let tie = |above: &str| pb::Affiliation {
            actor: above.to_owned(),
            kind: pb::AffiliationKind::PartOf.into(),
            citation: cited(format!("tie of {name}")).pop(),
            ..Default::default()
        };
        let affiliations = above.map(tie).into_iter().collect();
        let citations = cited(format!("list, {name}"));
        pb::Actor { name, display_name, kind: kind.into(), affiliations, citations, ..Default::default() }
    };
    let mut actors =
        vec![actor(ANNALS.into(), "Annals of made-up conflicts".into(), pb::ActorKind::Organisation, None)];
    for country in 0..COUNTRIES {
        for side in 0..=GROUPS {
            let (name, kind) = match side {
                0 => (format!("Army of {}", word(dice, 3)), pb::ActorKind::StateForces),
                _ => (format!("{} {} Front", word(dice, 3), word(dice, 2)), pb::ActorKind::ArmedGroup),
            };
            let above = World::side(country, side);
            for unit in 0..UNITS {
                let (number, title) = (format!("{above}-unit-{unit}"), format!("{name}, unit {unit}"));
                actors.push(actor(number, title, kind, Some(&above)));
            }
            actors.push(actor(above, name, kind, None));
        }
    }
    actors
}
