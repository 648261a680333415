//! What a filter takes, found by looking at each version: the contract's words, read straight from the request.

use dossier::pb;

use super::{
    days::{self, OPEN},
    facts::{Facts, Seen, plain},
    globe::{self, Verdict},
};

/// A filter with its names as bits, and what it says of each spot and word.
struct Wanted<'f> {
    filter: &'f pb::EventFilter,
    actors: u64,
    all_actors: Vec<u64>,
    places: Vec<u16>,
    camps: u64,
    claimants: u64,
    sources: u64,
    window: Option<(i32, i32)>,
    certain: bool,
    as_of: Option<i32>,
    spots: Option<Vec<bool>>,
    /// For each word asked for, the words that it can be.
    words: Vec<Vec<bool>>,
}

/// The versions that a filter takes, oldest first; absent if some lie so near an edge that rounding decides.
pub(super) fn taken<'f>(facts: &'f Facts, filter: &pb::EventFilter) -> Option<Vec<&'f Seen>> {
    let wanted = Wanted::new(facts, filter)?;
    Some(facts.seen.iter().filter(|seen| wanted.takes(seen)).collect())
}

pub(super) fn known(seen: &Seen, as_of: Option<i32>) -> bool {
    as_of.map_or(seen.now, |day| seen.known.iter().any(|(from, to)| *from <= day && day < *to))
}

impl<'f> Wanted<'f> {
    fn new(facts: &Facts, filter: &'f pb::EventFilter) -> Option<Wanted<'f>> {
        let bits = |names: &[String]| names.iter().fold(0, |all, name| all | facts.bit(name));
        let certain = filter.r#match() == pb::Match::Certain;
        let windowed = !filter.first_day.is_empty() || !filter.last_day.is_empty();
        let window = (days::day(&filter.first_day).unwrap_or(OPEN.0), days::day(&filter.last_day).unwrap_or(OPEN.1));
        let spots = match &filter.area {
            None => None,
            Some(area) => {
                let lies = |(point, radius): &(pb::LatLng, f64)| match globe::lies_in(area, point, *radius, certain) {
                    Verdict::Unsure => None,
                    sure => Some(sure == Verdict::Yes),
                };
                Some(facts.spots.iter().map(lies).collect::<Option<Vec<bool>>>()?)
            }
        };
        let asked = plain(&filter.text);
        let asked: Vec<&str> = asked.split([' ', '-', ',']).filter(|word| !word.is_empty()).collect();
        let is = |at: usize, held: &String| {
            if at + 1 == asked.len() { held.starts_with(asked[at]) } else { held == asked[at] }
        };
        let words = (0..asked.len()).map(|at| facts.vocabulary.iter().map(|held| is(at, held)).collect()).collect();
        Some(Wanted {
            filter,
            actors: bits(&filter.actors),
            all_actors: filter.all_actors.iter().map(|name| facts.bit(name)).collect(),
            places: filter.places.iter().map(|name| facts.index[name]).collect(),
            camps: bits(&filter.camps),
            claimants: bits(&filter.claimants),
            sources: bits(&filter.sources),
            window: windowed.then_some(window),
            certain,
            as_of: days::day(&filter.as_of),
            spots,
            words,
        })
    }

    fn takes(&self, seen: &Seen) -> bool {
        known(seen, self.as_of)
            && self.takes_what_it_is(seen)
            && self.takes_who(seen)
            && self.takes_where(seen)
            && self.window.is_none_or(|window| seen.bounds.matches(window, self.certain))
            && self.words.iter().all(|can_be| seen.words.iter().any(|word| can_be[*word as usize]))
    }

    fn takes_what_it_is(&self, seen: &Seen) -> bool {
        let filter = self.filter;
        let is = |kind: &i32| seen.kind == *kind || (kind % 100 == 0 && (*kind..kind + 100).contains(&seen.kind));
        (filter.kinds.is_empty() || filter.kinds.iter().any(is))
            && (filter.statuses.is_empty() || filter.statuses.contains(&seen.status))
            && filter.contested.is_none_or(|contested| contested == seen.contested)
            && seen.corroboration >= filter.min_corroboration
    }

    fn takes_who(&self, seen: &Seen) -> bool {
        let Wanted { filter, actors, claimants, sources, .. } = self;
        let part = |(role, _, above): &(i32, u64, u64)| {
            (*actors == 0 || actors & above != 0) && (filter.roles.is_empty() || filter.roles.contains(role))
        };
        let said = |(claimant, cited): &(u64, u64)| {
            (*claimants == 0 || claimants & claimant != 0) && (*sources == 0 || sources & cited != 0)
        };
        ((*actors == 0 && filter.roles.is_empty()) || seen.parts.iter().any(part))
            && self.all_actors.iter().all(|actor| seen.parts.iter().any(|(.., above)| actor & above != 0))
            && ((*claimants == 0 && *sources == 0) || seen.said.iter().any(said))
    }

    fn takes_where(&self, seen: &Seen) -> bool {
        let code = &self.filter.country_code;
        (self.places.is_empty() || self.places.iter().any(|place| seen.places.contains(place)))
            && (self.camps == 0 || self.camps & seen.camps != 0)
            && (code.is_empty() || seen.countries.contains(code))
            && self.spots.as_ref().is_none_or(|lies| seen.spot.is_some_and(|spot| lies[spot as usize]))
    }
}
