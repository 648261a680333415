//! The facts read once more, for a scan: of each event what was known when, by its own look at sources' days, and of each such
//! version all that filters ask for. The service's `derive` gives the messages themselves; when they hold is found here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dossier::{
    model::{dataset::Dataset, derive::Derived},
    pb::{self, AffiliationKind as Tie, EventStatus as Status},
};
use prost::Message as _;

use super::days::{self, Bounds, OPEN};

/// What filters ask for of a version. Masks have a bit for each actor, camp or source.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub(super) struct Seen {
    pub(super) name: String,
    /// First days on which it was what was known, and on which it no longer was.
    pub(super) known: Vec<(i32, i32)>,
    /// Whether it is what is known without a day.
    pub(super) now: bool,
    /// The event as served.
    pub(super) bytes: std::ops::Range<usize>,
    pub(super) bounds: Bounds,
    pub(super) dated: bool,
    pub(super) kind: i32,
    pub(super) status: i32,
    /// Who takes part: the role, who it is, and that with all it belongs to.
    pub(super) parts: Vec<(i32, u64, u64)>,
    /// Where it was, began and ended, with all above.
    pub(super) places: BTreeSet<u16>,
    pub(super) countries: Vec<String>,
    pub(super) camps: u64,
    /// Of each claim the claimant and the sources.
    pub(super) said: Vec<(u64, u64)>,
    pub(super) words: Vec<u32>,
    pub(super) spot: Option<u32>,
    /// The place of its location.
    pub(super) place: Option<u16>,
    pub(super) coarse: bool,
    pub(super) contested: bool,
    pub(super) corroboration: i32,
    pub(super) deaths: Option<[Option<u32>; 3]>,
}

/// All that is looked through.
pub(super) struct Facts {
    pub(super) made: Dataset,
    /// Places as served, in the same order: with the radii of their kinds.
    pub(super) served_places: Vec<pb::Place>,
    /// Versions in the order of time: undated ones last.
    pub(super) seen: Vec<Seen>,
    bytes: Vec<u8>,
    /// Points with radii.
    pub(super) spots: Vec<(pb::LatLng, f64)>,
    pub(super) vocabulary: Vec<String>,
    published: HashMap<String, Option<i32>>,
    pub(super) index: HashMap<String, u16>,
}

/// By what an order of time goes: undated ones last; first day, else last; last day.
pub(super) fn order(seen: &Seen) -> (bool, i32, i32) {
    let (first, last) = (seen.bounds.start.0, seen.bounds.end.1);
    if seen.dated { (false, if first == OPEN.0 { last } else { first }, last) } else { (true, 0, 0) }
}

impl Facts {
    pub(super) fn new(made: Dataset, derived: &Derived) -> Facts {
        let names = made.actors.iter().map(|a| &a.name).enumerate();
        let names = names.chain(made.sources.iter().map(|s| &s.name).enumerate());
        let names = names.chain(made.camps.iter().map(|c| &c.name).enumerate());
        let names = names.chain(made.places.iter().map(|p| &p.name).enumerate());
        let index = names.map(|(at, name)| (name.clone(), at as u16)).collect();
        // Known from the last day on which it can have been published; an open one has none.
        let published = |source: &pb::Source| {
            let last = (!source.published_date.is_empty()).then(|| Bounds::of(&source.published_date, None).end.1);
            (source.name.clone(), last.filter(|day| *day != OPEN.1))
        };
        let published = made.sources.iter().map(published).collect();
        let served_places = derived.places.clone();
        let (seen, bytes, spots, vocabulary) = (vec![], vec![], vec![], vec![]);
        let mut facts = Facts { made, served_places, seen, bytes, spots, vocabulary, published, index };
        facts.read(derived);
        facts.seen.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.name.cmp(&b.name)));
        facts
    }

    fn read(&mut self, derived: &Derived) {
        let mut linking: HashMap<&str, Vec<(&pb::Event, &pb::Link)>> = HashMap::new();
        for event in &self.made.events {
            for link in &event.links {
                linking.entry(&link.event).or_default().push((event, link));
            }
        }
        let by_name: HashMap<&str, &pb::Event> = self.made.events.iter().map(|e| (e.name.as_str(), e)).collect();
        let mut whens = vec![];
        for (event, versions) in self.made.events.iter().zip(&derived.events) {
            let incoming = linking.get(event.name.as_str()).map_or(&[][..], Vec::as_slice);
            whens.push(self.whens(event, incoming, &by_name, versions.iter().map(|v| &v.event).collect()));
        }
        let mut reader = Reader::default();
        for (versions, whens) in derived.events.iter().zip(whens) {
            for (version, (known, now)) in versions.iter().zip(whens) {
                assert!(now || !known.is_empty(), "a version of {} is never known", version.event.name);
                let start = self.bytes.len();
                version.event.encode(&mut self.bytes).unwrap();
                let seen = reader.seen(self, &version.event, known, now, start..self.bytes.len());
                self.seen.push(seen);
            }
        }
        self.spots = reader.spots;
        self.vocabulary = reader.vocabulary;
    }

    /// When each of the versions is what is known.
    fn whens(
        &self,
        event: &pb::Event,
        incoming: &[(&pb::Event, &pb::Link)],
        events: &HashMap<&str, &pb::Event>,
        versions: Vec<&pb::Event>,
    ) -> Vec<(Vec<(i32, i32)>, bool)> {
        let known_from = |event: &pb::Event| event.claims.iter().map(|claim| self.claim_day(claim)).min().unwrap();
        // A link is known once its source and both events are.
        let link_day = |from: &pb::Event, link: &pb::Link| {
            let cited = link.citation.as_ref().map_or(OPEN.1, |citation| self.source_day(&citation.source));
            cited.max(known_from(from)).max(known_from(events[link.event.as_str()]))
        };
        let own: Vec<(i32, &pb::Link)> = event.links.iter().map(|link| (link_day(event, link), link)).collect();
        let others: Vec<(i32, &str)> =
            incoming.iter().map(|(from, link)| (link_day(from, link), from.name.as_str())).collect();
        let on = |day: i32| -> BTreeSet<String> {
            let claims = event.claims.iter().filter(|claim| self.claim_day(claim) <= day);
            let cited = claims.flat_map(|claim| {
                let known = claim.citations.iter().filter(move |citation| self.source_day(&citation.source) <= day);
                known.map(|citation| format!("{} {} {}", claim.name, citation.source, citation.locator))
            });
            let own = own.iter().filter(|(from, _)| *from <= day).map(|(_, link)| format!("to {}", link.event));
            let others = others.iter().filter(|(from, _)| *from <= day).map(|(_, from)| format!("from {from}"));
            cited.chain(own).chain(others).collect()
        };
        let versions: Vec<BTreeSet<String>> = versions.into_iter().map(shown).collect();
        let find = |day: i32| {
            let known = on(day);
            versions.iter().position(|version| *version == known).unwrap_or_else(|| panic!("{}: {known:?}", event.name))
        };
        let cited = event.claims.iter().flat_map(|claim| &claim.citations).map(|c| self.source_day(&c.source));
        let changes: BTreeSet<i32> =
            cited.chain(own.iter().map(|(d, _)| *d)).chain(others.iter().map(|(d, _)| *d)).collect();
        let changes: Vec<i32> = changes.into_iter().filter(|day| *day != OPEN.1 && *day >= known_from(event)).collect();
        let mut whens = vec![(vec![], false); versions.len()];
        for (i, from) in changes.iter().enumerate() {
            let to = changes.get(i + 1).copied().unwrap_or(OPEN.1);
            whens[find(*from)].0.push((*from, to));
        }
        whens[find(OPEN.1)].1 = true;
        whens
    }

    pub(super) fn source_day(&self, source: &str) -> i32 {
        self.published[source].unwrap_or(OPEN.1)
    }

    /// The day from which a claim is known: that of the first of its sources.
    fn claim_day(&self, claim: &pb::Claim) -> i32 {
        claim.citations.iter().map(|citation| self.source_day(&citation.source)).min().unwrap()
    }

    /// The day on which a claim was stated.
    pub(super) fn stated(&self, claim: &pb::Claim) -> Option<i32> {
        days::day(&claim.stated_date).or_else(|| Some(self.claim_day(claim)).filter(|day| *day != OPEN.1))
    }

    pub(super) fn bytes(&self, seen: &Seen) -> &[u8] {
        &self.bytes[seen.bytes.clone()]
    }

    pub(super) fn event(&self, seen: &Seen) -> pb::Event {
        pb::Event::decode(self.bytes(seen)).unwrap()
    }

    fn at(&self, name: &str) -> Option<u16> {
        self.index.get(name).copied()
    }

    /// The bit of an actor, camp or source.
    pub(super) fn bit(&self, name: &str) -> u64 {
        self.at(name).map_or(0, |at| 1 << at)
    }

    /// A place and all above it.
    pub(super) fn way_up(&self, place: &str) -> Vec<u16> {
        let mut way = vec![];
        let mut next = self.at(place);
        while let Some(at) = next {
            way.push(at);
            next = self.at(&self.made.places[usize::from(at)].parent);
        }
        way
    }

    /// The country of a place: that of the first on the way up that has one.
    pub(super) fn country(&self, place: &str) -> Option<String> {
        let way = self.way_up(place);
        let codes = way.iter().map(|at| self.made.places[usize::from(*at)].country_code.clone());
        codes.into_iter().find(|code| !code.is_empty())
    }

    /// All that an actor is, by ties of these kinds that can hold in a span, itself included.
    pub(super) fn belongs(&self, actor: &str, kinds: &[Tie], during: Option<&Bounds>) -> u64 {
        let (mut all, mut open) = (self.bit(actor), vec![actor.to_owned()]);
        while let Some(next) = open.pop() {
            let Some(at) = self.at(&next) else { continue };
            for tie in &self.made.actors[usize::from(at)].affiliations {
                let time = tie.time.as_ref().map(|time| Bounds::of(&time.edtf, None));
                let touches =
                    |time: Bounds| during.is_none_or(|span| time.start.0 <= span.end.1 && time.end.1 >= span.start.0);
                if kinds.contains(&tie.kind()) && time.is_none_or(touches) && all & self.bit(&tie.actor) == 0 {
                    all |= self.bit(&tie.actor);
                    open.push(tie.actor.clone());
                }
            }
        }
        all
    }
}

/// What an event as served shows of its claims and links.
fn shown(event: &pb::Event) -> BTreeSet<String> {
    let cited = event.claims.iter().flat_map(|claim| {
        claim.citations.iter().map(|citation| format!("{} {} {}", claim.name, citation.source, citation.locator))
    });
    let own = event.links.iter().map(|link| format!("to {}", link.event));
    let others = event.linked_from.iter().map(|link| format!("from {}", link.event));
    cited.chain(own).chain(others).collect()
}

/// Numbers what versions share.
#[derive(Default)]
struct Reader {
    spots: Vec<(pb::LatLng, f64)>,
    spot_of: HashMap<[u64; 3], u32>,
    vocabulary: Vec<String>,
    word_of: HashMap<String, u32>,
    above: BTreeMap<(String, [i32; 2]), u64>,
}

impl Reader {
    fn seen(
        &mut self,
        facts: &Facts,
        event: &pb::Event,
        known: Vec<(i32, i32)>,
        now: bool,
        bytes: std::ops::Range<usize>,
    ) -> Seen {
        let (bounds, dated) = time(facts, event);
        let handover = event.handover.iter().flat_map(|h| [(4, h.from_actor.as_str()), (5, h.to_actor.as_str())]);
        let handover = handover.filter(|(_, actor)| !actor.is_empty());
        let parts = event.participants.iter().map(|p| (p.role, p.actor.as_str())).chain(handover);
        let parts = parts.map(|(role, actor)| (role, facts.bit(actor), self.above(facts, actor, &bounds))).collect();
        let everywhere = || [&event.location, &event.origin, &event.destination].into_iter().flatten();
        let location = event.location.as_ref();
        let given = event.casualties.as_ref().map(|deaths| [deaths.low, deaths.best, deaths.high]);
        Seen {
            name: event.name.clone(),
            known,
            now,
            bytes,
            bounds,
            dated,
            kind: event.kind,
            status: event.status,
            parts,
            places: everywhere().flat_map(|location| facts.way_up(&location.place)).collect(),
            countries: everywhere().filter_map(|location| facts.country(&location.place)).collect(),
            camps: event.camps.iter().map(|camp| facts.bit(camp)).sum(),
            said: event
                .claims
                .iter()
                .map(|claim| {
                    let sources = claim.citations.iter().map(|citation| facts.bit(&citation.source));
                    (facts.bit(&claim.claimant), sources.fold(0, |all, bit| all | bit))
                })
                .collect(),
            words: self.words(event),
            spot: location.and_then(|location| self.spot(location)),
            place: location.and_then(|location| facts.at(&location.place)),
            coarse: location.is_some_and(|location| location.precision >= 5),
            contested: event.contested,
            corroboration: event.corroboration,
            deaths: given.filter(|deaths| deaths.iter().any(Option::is_some)),
        }
    }

    fn above(&mut self, facts: &Facts, actor: &str, bounds: &Bounds) -> u64 {
        let key = (actor.to_owned(), [bounds.start.0, bounds.end.1]);
        *self.above.entry(key).or_insert_with(|| facts.belongs(actor, &[Tie::PartOf, Tie::MemberOf], Some(bounds)))
    }

    fn spot(&mut self, location: &pb::Location) -> Option<u32> {
        let point = location.point?;
        let radius = location.uncertainty_meters.unwrap_or(0.0);
        let key = [point.latitude.to_bits(), point.longitude.to_bits(), radius.to_bits()];
        Some(*self.spot_of.entry(key).or_insert_with(|| {
            self.spots.push((point, radius));
            self.spots.len() as u32 - 1
        }))
    }

    fn words(&mut self, event: &pb::Event) -> Vec<u32> {
        let words: BTreeSet<String> = texts(event).into_iter().flat_map(held).collect();
        let number = |word: String| {
            *self.word_of.entry(word.clone()).or_insert_with(|| {
                self.vocabulary.push(word);
                self.vocabulary.len() as u32 - 1
            })
        };
        words.into_iter().map(number).collect()
    }
}

/// The time of an event as served, and whether it has one.
fn time(facts: &Facts, event: &pb::Event) -> (Bounds, bool) {
    if let Some(time) = &event.time {
        // Of the claim that gives it: an open end lasts to the day it was stated.
        let gives = |claim: &&pb::Claim| {
            matches!(claim.stance(), pb::Stance::Asserts | pb::Stance::Confirms)
                && claim.status != 0
                && claim.time.as_ref() == Some(time)
        };
        let claim = event.claims.iter().find(gives).unwrap();
        return (Bounds::of(&time.edtf, facts.stated(claim)), true);
    }
    let to_come = matches!(event.status(), Status::Planned | Status::Expected | Status::Speculated);
    (Bounds::undated(to_come, event.claims.first().and_then(|claim| facts.stated(claim))), false)
}

/// Titles, phrases, quotes and notes.
fn texts(event: &pb::Event) -> Vec<&str> {
    let mut texts = vec![event.title.as_str()];
    for location in [&event.location, &event.origin, &event.destination].into_iter().flatten() {
        texts.push(&location.phrase);
    }
    texts.extend(event.participants.iter().map(|p| p.phrase.as_str()));
    texts.extend(event.handover.iter().flat_map(|h| &h.unnamed_camps).map(|camps| camps.phrase.as_str()));
    texts.extend(event.links.iter().flat_map(|link| &link.citation).map(|citation| citation.quote.as_str()));
    for claim in &event.claims {
        texts.extend([claim.claimant_phrase.as_str(), claim.note.as_str()]);
        texts.extend(claim.time.iter().map(|time| time.phrase.as_str()));
        texts.extend(claim.measures.iter().flat_map(|m| &m.quantity).map(|quantity| quantity.phrase.as_str()));
        texts.extend(claim.citations.iter().map(|citation| citation.quote.as_str()));
    }
    texts
}

/// Small letters without the accents that the made-up words have.
pub(super) fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{e9}' => 'e',
        '\u{e7}' => 'c',
        '\u{fb}' | '\u{fc}' => 'u',
        '\u{f6}' | '\u{f3}' => 'o',
        '\u{ee}' => 'i',
        c => c,
    };
    text.to_lowercase().chars().map(plain).collect()
}

/// The words that a text is found by: a hyphen parts two words, and joins them.
fn held(text: &str) -> Vec<String> {
    let mut words = vec![];
    for word in plain(text).split([' ', ',']) {
        words.extend(word.split('-').map(str::to_owned));
        words.push(word.replace('-', ""));
    }
    words.retain(|word| !word.is_empty());
    words
}
