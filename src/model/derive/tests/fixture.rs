//! A made-up country for tables: its sources, actors, places, and short ways to write claims and events.

use crate::{
    model::{
        dataset::Dataset,
        day::Day,
        derive::{Derived, EventVersion, derive},
    },
    pb::{self, ActorKind, AffiliationKind, EventKind, EventStatus, ParticipantRole, PlaceKind, Stance},
};

pub(super) fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// `sources/jan05` was published on 2020-01-05, and so on; two of one publisher, and one that nobody dated.
pub(super) fn sources() -> Vec<pb::Source> {
    let source = |id: &str, published: &str, publisher: &str| pb::Source {
        name: format!("sources/{id}"),
        published_date: published.into(),
        publisher: publisher.into(),
        ..Default::default()
    };
    vec![
        source("jan05", "2020-01-05", ""),
        source("jan10", "2020-01-10", "The Herald"),
        source("jan15", "2020-01-15", "The Herald"),
        source("jan20", "2020-01-20", ""),
        source("january", "2020-01", ""),
        source("undated", "", ""),
    ]
}

fn actor(id: &str, ties: &[(AffiliationKind, &str, &str)]) -> pb::Actor {
    let tie = |&(kind, to, edtf): &(AffiliationKind, &str, &str)| pb::Affiliation {
        actor: format!("actors/{to}"),
        kind: kind.into(),
        time: (!edtf.is_empty()).then(|| time(edtf)),
        ..Default::default()
    };
    pb::Actor { name: format!("actors/{id}"), affiliations: ties.iter().map(tie).collect(), ..Default::default() }
}

/// Two states and a front; `band` is allied with the front, `turncoat` went over from the first state to the front. One
/// medium is independent, the other the first state's.
pub(super) fn actors() -> Vec<pb::Actor> {
    use AffiliationKind::{AlliedWith, MemberOf, OfficeHolder, PartOf};
    vec![
        actor("army", &[(PartOf, "ardia", "")]),
        actor("brigade", &[(PartOf, "army", "")]),
        actor("spokesman", &[(OfficeHolder, "army", "")]),
        actor("ardia", &[]),
        actor("borland", &[]),
        actor("envoy", &[(OfficeHolder, "borland", "")]),
        actor("front", &[]),
        actor("fighter", &[(MemberOf, "front", "")]),
        actor("band", &[(AlliedWith, "front", "")]),
        actor("turncoat", &[(MemberOf, "ardia", "2019/2020-01-07"), (MemberOf, "front", "2020-01-08/..")]),
        pb::Actor { kind: ActorKind::Media.into(), ..actor("courier", &[]) },
        actor("reporter", &[(MemberOf, "courier", "")]),
        pb::Actor { kind: ActorKind::Media.into(), ..actor("radio", &[(PartOf, "ardia", "")]) },
    ]
}

fn place(id: &str, kind: PlaceKind, point: Option<(f64, f64)>, parent: &str) -> pb::Place {
    pb::Place {
        name: format!("places/{id}"),
        kind: kind.into(),
        point: point.map(|(latitude, longitude)| pb::LatLng { latitude, longitude }),
        parent: if parent.is_empty() { String::new() } else { format!("places/{parent}") },
        ..Default::default()
    }
}

/// A country `land` with a town and, 1 degree (111 km) north of it, another; the `uplands` are derived from both.
pub(super) fn places() -> Vec<pb::Place> {
    let land = pb::Place { country_code: "XA".into(), ..place("land", PlaceKind::Country, None, "") };
    let both = vec!["places/lowtown".into(), "places/hightown".into()];
    let uplands = pb::Place { derived_from: both, ..place("uplands", PlaceKind::AreaOrLine, None, "land") };
    vec![
        place("fort", PlaceKind::Site, Some((10.0, 20.01)), "lowtown"),
        place("hightown", PlaceKind::Settlement, Some((11.0, 20.0)), "land"),
        land,
        place("lowtown", PlaceKind::Settlement, Some((10.0, 20.0)), "land"),
        uplands,
    ]
}

pub(super) fn time(edtf: &str) -> pb::TimeSpan {
    pb::TimeSpan { edtf: edtf.into(), ..Default::default() }
}

pub(super) fn cite(source: &str) -> pb::Citation {
    pb::Citation { source: format!("sources/{source}"), ..Default::default() }
}

/// A claim with a name of one letter or so, from one source, by that source's own voice.
pub(super) fn claim(id: &str, source: &str, stance: Stance, status: EventStatus) -> pb::Claim {
    pb::Claim {
        name: id.into(),
        stance: stance.into(),
        status: status.into(),
        citations: vec![cite(source)],
        ..Default::default()
    }
}

/// More of a claim.
pub(super) trait With {
    fn by(self, actor: &str) -> Self;
    fn unnamed(self, phrase: &str) -> Self;
    fn at(self, edtf: &str) -> Self;
    fn stated(self, day: &str) -> Self;
    fn chosen(self) -> Self;
    fn controller(self, actor: &str) -> Self;
}

impl With for pb::Claim {
    fn by(self, actor: &str) -> Self {
        pb::Claim { claimant: format!("actors/{actor}"), ..self }
    }

    fn unnamed(self, phrase: &str) -> Self {
        pb::Claim { claimant_phrase: phrase.into(), ..self }
    }

    fn at(self, edtf: &str) -> Self {
        pb::Claim { time: Some(time(edtf)), ..self }
    }

    fn stated(self, day: &str) -> Self {
        pb::Claim { stated_date: day.into(), ..self }
    }

    fn chosen(self) -> Self {
        pb::Claim { preferred_reason: "a curator's reason".into(), ..self }
    }

    fn controller(self, actor: &str) -> Self {
        pb::Claim { controller: format!("actors/{actor}"), ..self }
    }
}

pub(super) fn event(id: &str, kind: EventKind, claims: Vec<pb::Claim>) -> pb::Event {
    pb::Event { name: format!("events/{id}"), kind: kind.into(), claims, ..Default::default() }
}

pub(super) fn participant(actor: &str, role: ParticipantRole) -> pb::Participant {
    pb::Participant { actor: format!("actors/{actor}"), role: role.into(), ..Default::default() }
}

pub(super) fn dataset(events: Vec<pb::Event>) -> Dataset {
    Dataset { sources: sources(), actors: actors(), places: places(), events, ..Default::default() }
}

pub(super) fn derived(events: Vec<pb::Event>) -> Derived {
    derive(dataset(events))
}

/// The one event of these claims, as known now.
pub(super) fn now(claims: Vec<pb::Claim>) -> EventVersion {
    let versions = derived(vec![event("a", EventKind::Clash, claims)]).events.remove(0);
    versions.into_iter().find(|version| version.known.current).expect("a current version")
}

/// The names of an event's claims in their order.
pub(super) fn names(event: &pb::Event) -> Vec<&str> {
    event.claims.iter().map(|claim| claim.name.as_str()).collect()
}
