//! Builds a view: encodes what was derived, and fills columns, postings and words from it.

use std::{cmp::Reverse, collections::HashMap, time::SystemTime};

use super::{
    columns::{Buffer, ClaimEntry, Columns, DisputeEntry, Row, Slice},
    lexicon::Lexicon,
    postings::{ANY, Key, Postings},
    view::{ActorEntry, CampEntry, MemoryView, Names, PlaceEntry, SourceEntry, Version},
    words::Words,
};
use crate::{
    model::{
        claims,
        day::Day,
        derive::{Derived, EventVersion},
        encoded,
        name::Collection,
        span::{Span, source_day},
        sphere::{Circle, Point},
    },
    pb::{self, LocationPrecision, ParticipantRole, ResourceKind},
    store::Summary,
};

/// Numbers of the fields of `Event` that lists of claims and of disputes cut out of its bytes.
const CLAIMS: u64 = 14;
const DISPUTES: u64 = 15;

impl MemoryView {
    /// Encodes and indexes what was derived.
    pub(super) fn build(derived: &Derived, load_time: SystemTime) -> MemoryView {
        let names = HashMap::from([
            (Collection::Actors, names(derived.actors.iter().map(|actor| actor.name.clone()))),
            (Collection::Places, names(derived.places.iter().map(|place| place.name.clone()))),
            (Collection::Sources, names(derived.sources.iter().map(|source| source.name.clone()))),
            (Collection::Camps, names(derived.camps.iter().filter_map(|v| v.first()).map(|v| v.camp.name.clone()))),
            (Collection::Events, names(derived.events.iter().filter_map(|v| v.first()).map(|v| v.event.name.clone()))),
        ]);
        let mut view = MemoryView {
            revision: derived.revision.clone(),
            summary: Summary { dataset: summary(derived), load_time },
            names,
            buffer: Buffer::default(),
            columns: Columns::default(),
            postings: Postings::default(),
            words: Words::default(),
            versions: vec![vec![]; derived.events.len()],
            handovers: HashMap::new(),
            places: vec![],
            actors: vec![],
            camps: vec![],
            sources: vec![],
            actor_tree: derived.actor_tree.clone(),
            place_tree: derived.place_tree.clone(),
            lexicon: lexicon(derived),
        };
        view.add_entities(derived);
        let published: HashMap<&str, Option<Day>> =
            derived.sources.iter().map(|source| (source.name.as_str(), source_day(&source.published_date))).collect();
        view.add_events(derived, &published);
        for versions in &derived.handovers {
            let Some(event) = versions.first().and_then(|v| view.find(Collection::Events, &v.handover.event)) else {
                continue;
            };
            let rows = versions.iter().map(|v| Version { known: v.known, bytes: view.buffer.push(&v.handover).0 });
            let rows = rows.collect();
            view.handovers.insert(event, rows);
        }
        view
    }

    fn find(&self, collection: Collection, name: &str) -> Option<u32> {
        self.names(collection).find(name)
    }

    fn add_entities(&mut self, derived: &Derived) {
        for place in &derived.places {
            let point = place.point.as_ref().and_then(|point| Point::try_from(point).ok());
            let entry = PlaceEntry {
                bytes: self.buffer.push(place).0,
                kind: place.kind,
                country_code: place.country_code.clone(),
                circle: point.map(|center| Circle { center, radius_meters: place.uncertainty_meters.unwrap_or(0.0) }),
            };
            self.places.push(entry);
        }
        for actor in &derived.actors {
            let bytes = self.buffer.push(actor).0;
            self.actors.push(ActorEntry { bytes, kind: actor.kind, country_code: actor.country_code.clone() });
        }
        for source in &derived.sources {
            let listed = pb::Source { text: String::new(), cited_spans: vec![], ..source.clone() };
            let entry = SourceEntry { whole: self.buffer.push(source).0, listed: self.buffer.push(&listed).0 };
            self.sources.push(entry);
        }
        for versions in derived.camps.iter().filter(|versions| !versions.is_empty()) {
            let place = versions.first().and_then(|v| self.find(Collection::Places, &v.camp.place));
            let versions =
                versions.iter().map(|v| Version { known: v.known, bytes: self.buffer.push(&v.camp).0 }).collect();
            self.camps.push(CampEntry { place, versions });
        }
    }

    /// Rows in order of time: dated ones by first day (else last), last day, name; then undated ones by name.
    fn add_events(&mut self, derived: &Derived, published: &HashMap<&str, Option<Day>>) {
        let mut rows: Vec<&EventVersion> = derived.events.iter().flatten().collect();
        rows.sort_by_key(|version| (!version.dated, order(version), &version.event.name, version.known.from));
        self.columns.dated = u32::try_from(rows.partition_point(|version| version.dated)).unwrap_or(u32::MAX);

        let mut newest: Vec<usize> = (0..rows.len()).collect();
        newest.sort_by_key(|at| {
            let version = rows[*at];
            (!version.dated, Reverse(order(version)), &version.event.name, version.known.from)
        });
        let mut rank = vec![0; rows.len()];
        (0_u32..).zip(newest).for_each(|(place, at)| rank[at] = place);

        for ((row, version), newest) in (0_u32..).zip(rows).zip(rank) {
            self.add_row(row, version, newest, published);
            self.add_postings(row, version);
            self.words.add(&version.event, row);
        }
    }

    fn add_row(&mut self, row: u32, version: &EventVersion, newest: u32, published: &HashMap<&str, Option<Day>>) {
        let event = &version.event;
        let (bytes, at) = self.buffer.push(event);
        let ordinal = self.find(Collection::Events, &event.name).unwrap_or(ANY);
        if let Some(versions) = self.versions.get_mut(ordinal as usize) {
            versions.push(row);
        }
        let location = event.location.as_ref();
        let place = location.and_then(|location| self.find(Collection::Places, &location.place));
        let deaths = event.casualties.as_ref().map(|deaths| [deaths.low, deaths.best, deaths.high]);
        self.columns.rows.push(Row {
            event: ordinal,
            known: version.known,
            span: version.span,
            dated: version.dated,
            circle: location.and_then(circle),
            coarse: location.is_some_and(|location| coarse(location.precision())),
            kind: event.kind,
            status: event.status,
            country: place.and_then(|place| country(&self.places.get(place as usize)?.country_code)),
            place,
            deaths: deaths.filter(|deaths| deaths.iter().any(Option::is_some)),
            bytes,
            newest,
        });
        self.add_claims(event, at, published);
        let camps: Vec<u32> = event.camps.iter().filter_map(|camp| self.find(Collection::Camps, camp)).collect();
        self.columns.camps.push(camps);
        let mut actors: Vec<u32> =
            taking_part(event).filter_map(|(actor, _)| self.find(Collection::Actors, actor)).collect();
        actors.sort_unstable();
        actors.dedup();
        self.columns.actors.push(actors);
    }

    /// The claims and disputes of the event whose bytes begin at `at`.
    fn add_claims(&mut self, event: &pb::Event, at: usize, published: &HashMap<&str, Option<Day>>) {
        let slices = encoded::entries(self.buffer.from(at), CLAIMS);
        let entries: Vec<ClaimEntry> = event
            .claims
            .iter()
            .zip(slices)
            .map(|(claim, range)| ClaimEntry {
                slice: Slice::of(at + range.start..at + range.end),
                claimant: self.find(Collection::Actors, &claim.claimant),
                sources: self.sources_of(claim),
                stance: claim.stance,
                stated: claims::statement_day(claim, |source| published.get(source).copied().flatten()),
            })
            .collect();
        let mut sources: Vec<u32> = entries.iter().flat_map(|claim| claim.sources.iter().copied()).collect();
        sources.sort_unstable();
        sources.dedup();
        self.columns.sources.push(sources);
        self.columns.claims.push(entries);
        let disputes = encoded::entries(self.buffer.from(at), DISPUTES);
        let entries: Vec<DisputeEntry> = event
            .disputes
            .iter()
            .zip(disputes)
            .map(|(dispute, range)| DisputeEntry {
                slice: Slice::of(at + range.start..at + range.end),
                aspect: dispute.aspect,
            })
            .collect();
        self.columns.disputes.push(entries);
    }

    fn sources_of(&self, claim: &pb::Claim) -> Vec<u32> {
        claim.citations.iter().filter_map(|citation| self.find(Collection::Sources, &citation.source)).collect()
    }

    fn add_postings(&mut self, row: u32, version: &EventVersion) {
        let event = &version.event;
        let mut keys = vec![Key::Kind(event.kind), Key::Status(event.status), Key::Corroboration(event.corroboration)];
        keys.extend(event.contested.then_some(Key::Contested));
        keys.extend(version.known.current.then_some(Key::Current));
        for (actor, role) in taking_part(event) {
            let role = i32::from(role);
            keys.extend([Key::Takes(ANY, 0), Key::Takes(ANY, role)]);
            for above in self.actor_tree.ancestors(actor, &version.span) {
                let Some(above) = self.find(Collection::Actors, &above) else { continue };
                keys.extend([Key::Takes(above, 0), Key::Takes(above, role)]);
            }
        }
        for location in [&event.location, &event.origin, &event.destination].into_iter().flatten() {
            for above in self.place_tree.ancestors(&location.place) {
                keys.extend(self.find(Collection::Places, &above).map(Key::At));
            }
            keys.extend(self.place_tree.country(&location.place).and_then(country).map(Key::Country));
        }
        keys.extend(event.camps.iter().filter_map(|camp| self.find(Collection::Camps, camp)).map(Key::Camp));
        for claim in &event.claims {
            let claimant = self.find(Collection::Actors, &claim.claimant);
            for source in self.sources_of(claim).into_iter().chain([ANY]) {
                keys.push(Key::Claimed(ANY, source));
                keys.extend(claimant.map(|claimant| Key::Claimed(claimant, source)));
            }
        }
        for key in keys {
            self.postings.add(key, row);
        }
    }
}

/// Sorted already: `Derived` is.
fn names(names: impl Iterator<Item = String>) -> Names {
    Names(names.collect())
}

/// First day, else last; then last day. The bounds of an undated event are not shown, so they order nothing.
fn order(version: &EventVersion) -> (Day, Day) {
    if !version.dated {
        return (Day::MIN, Day::MIN);
    }
    let Span { s1, e2, .. } = version.span;
    (if s1 == Day::MIN { e2 } else { s1 }, e2)
}

/// Everyone who takes part, the participants and who hands over to whom. Those that are only described have no actor.
fn taking_part(event: &pb::Event) -> impl Iterator<Item = (&str, ParticipantRole)> {
    let handover = event.handover.iter().flat_map(|handover| {
        [
            (handover.from_actor.as_str(), ParticipantRole::Transferor),
            (handover.to_actor.as_str(), ParticipantRole::Recipient),
        ]
    });
    let participants = event.participants.iter().map(|p| (p.actor.as_str(), p.role()));
    participants.chain(handover.filter(|(actor, _)| !actor.is_empty()))
}

fn circle(location: &pb::Location) -> Option<Circle> {
    let center = Point::try_from(location.point.as_ref()?).ok()?;
    Some(Circle { center, radius_meters: location.uncertainty_meters.unwrap_or(0.0) })
}

fn coarse(precision: LocationPrecision) -> bool {
    matches!(precision, LocationPrecision::Region | LocationPrecision::AreaOrLine | LocationPrecision::Country)
}

fn country(code: &str) -> Option<[u8; 2]> {
    code.as_bytes().try_into().ok()
}

fn lexicon(derived: &Derived) -> Lexicon {
    let mut lexicon = Lexicon::default();
    for actor in &derived.actors {
        lexicon.add(ResourceKind::Actor, &actor.name, &actor.display_name, &actor.aliases, &actor.external_ids);
    }
    for place in &derived.places {
        lexicon.add(ResourceKind::Place, &place.name, &place.display_name, &place.aliases, &place.external_ids);
    }
    for camp in derived.camps.iter().filter_map(|versions| versions.first()).map(|version| &version.camp) {
        lexicon.add(ResourceKind::Camp, &camp.name, &camp.display_name, &camp.aliases, &camp.external_ids);
    }
    for source in &derived.sources {
        lexicon.add(ResourceKind::Source, &source.name, &source.title, &[], &[]);
    }
    lexicon
}

/// Counts, days and box of what is known now.
fn summary(derived: &Derived) -> pb::Dataset {
    let size = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let current = || derived.events.iter().flatten().filter(|version| version.known.current);
    let dated = || current().filter(|version| version.dated).map(|version| version.span);
    let first = dated().map(|span| span.s1).filter(|day| *day != Day::MIN).min();
    let last = dated().map(|span| span.e2).filter(|day| *day != Day::MAX).max();
    let circles: Vec<Circle> = current().filter_map(|v| v.event.location.as_ref()).filter_map(circle).collect();
    pb::Dataset {
        revision: derived.revision.clone(),
        layers: derived.layers.clone(),
        event_count: size(current().count()),
        event_version_count: size(derived.events.iter().map(Vec::len).sum()),
        claim_count: size(current().map(|version| version.event.claims.len()).sum()),
        place_count: size(derived.places.len()),
        actor_count: size(derived.actors.len()),
        camp_count: size(derived.camps.len()),
        source_count: size(derived.sources.len()),
        first_day: first.map(Day::to_field).unwrap_or_default(),
        last_day: last.map(Day::to_field).unwrap_or_default(),
        bounding_box: bounding_box(&circles),
        ..Default::default()
    }
}

fn bounding_box(circles: &[Circle]) -> Option<pb::area::Box> {
    let bound = |of: fn(&Point) -> f64, pick: fn(f64, f64) -> f64| circles.iter().map(|c| of(&c.center)).reduce(pick);
    let corner = |pick: fn(f64, f64) -> f64| {
        Some(pb::LatLng { latitude: bound(|p| p.latitude, pick)?, longitude: bound(|p| p.longitude, pick)? })
    };
    Some(pb::area::Box { low: Some(corner(f64::min)?), high: Some(corner(f64::max)?) })
}
