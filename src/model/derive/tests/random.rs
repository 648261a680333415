//! Random data sets: every version of everything is what the naive rules say, and what the data of its day alone would give.

use std::collections::BTreeSet;

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};

use super::{
    fixture::*,
    naive::{self, Naive},
};
use crate::{
    model::{
        dataset::Dataset,
        day::Day,
        derive::{Context, Derived, EventVersion, Known, derive, event::versions},
        places,
    },
    pb::{self, EventKind, EventStatus, LinkKind, MeasureKind, ParticipantRole, PreferredBy, Stance},
};

const SOURCES: [&str; 6] = ["jan05", "jan10", "jan15", "jan20", "january", "undated"];
const ACTORS: [&str; 11] =
    ["army", "spokesman", "ardia", "envoy", "front", "fighter", "band", "turncoat", "courier", "reporter", "radio"];
const PLACES: [&str; 5] = ["fort", "hightown", "land", "lowtown", "uplands"];
const TIMES: [&str; 9] = [
    "2020-01-02",
    "2020-01-03",
    "2020-01-03~",
    "2020-01",
    "[2020-01-04..2020-01-30]",
    "2019-12/2020-01-02",
    "[..2020-01-01]",
    "2020-02?",
    "2020-01-03/..",
];

fn status() -> impl Strategy<Value = EventStatus> {
    (0..8_i32).prop_map(|number| EventStatus::try_from(number).expect("a status"))
}

fn stance() -> impl Strategy<Value = Stance> {
    let all = [Stance::Confirms, Stance::ConfirmsInPart, Stance::Disputes, Stance::Denies, Stance::Objects];
    prop_oneof![Just(Stance::Asserts), select(all.to_vec())]
}

fn measure() -> impl Strategy<Value = pb::Measure> {
    let what = select(vec![MeasureKind::Vehicles, MeasureKind::Killed]);
    (what, option::of(1..4_u32), 0..3_u32).prop_map(|(what, low, more)| {
        let high = (more < 2).then(|| low.unwrap_or(1) + more);
        let quantity = Some(pb::Quantity { low: low.or(high.is_none().then_some(0)), high, ..Default::default() });
        pb::Measure { what: what.into(), quantity, ..Default::default() }
    })
}

/// A claim without a name.
fn a_claim() -> impl Strategy<Value = pb::Claim> {
    let who = prop_oneof![
        Just((String::new(), String::new())),
        Just((String::new(), "an official".to_owned())),
        select(&ACTORS[..]).prop_map(|actor| (format!("actors/{actor}"), String::new())),
    ];
    let said = (
        option::weighted(0.7, select(&TIMES[..])),
        option::weighted(0.3, select(&ACTORS[..])),
        option::weighted(0.3, select(&PLACES[..])),
        vec(measure(), 0..2),
    );
    let known = (vec(select(&SOURCES[..]), 1..3), option::weighted(0.3, 1..20_u32), prop::bool::weighted(0.15));
    (stance(), status(), who, said, known).prop_map(|(stance, status, who, said, known)| {
        let (time, controller, place, measures) = said;
        let (sources, stated, chosen) = known;
        let located = |place: &str| pb::Location { place: format!("places/{place}"), ..Default::default() };
        pb::Claim {
            stance: stance.into(),
            status: status.into(),
            claimant: who.0,
            claimant_phrase: who.1,
            time: time.map(self::time),
            controller: controller.map(|actor| format!("actors/{actor}")).unwrap_or_default(),
            location: place.map(located),
            measures,
            stated_date: stated.map(|day| format!("2020-01-{day:02}")).unwrap_or_default(),
            citations: sources.into_iter().map(cite).collect(),
            preferred_reason: if chosen { "chosen".into() } else { String::new() },
            ..Default::default()
        }
    })
}

fn an_event() -> impl Strategy<Value = pb::Event> {
    let kinds = vec![EventKind::Clash, EventKind::Handover, EventKind::Withdrawal, EventKind::Taking];
    let people = vec(select(&ACTORS[..]), 0..3);
    let link = (any::<Index>(), option::weighted(0.8, select(&SOURCES[..])));
    (select(kinds), vec(a_claim(), 1..6), people, 0..3_usize, vec(link, 0..2)).prop_map(
        |(kind, claims, people, camp, links)| {
            let name = |people: &[&str], at: usize| people.get(at).map(|actor| format!("actors/{actor}"));
            let handover = (kind == EventKind::Handover).then(|| pb::Handover {
                unnamed_camps: None,
                from_actor: name(&people, 0).unwrap_or_default(),
                to_actor: name(&people, 1).unwrap_or_default(),
            });
            // The targets are settled when all events are known.
            let link = |(to, source): &(Index, Option<&str>)| pb::Link {
                kind: LinkKind::MayBe.into(),
                event: to.index(1000).to_string(),
                citation: source.map(cite),
            };
            pb::Event {
                camps: if camp == 0 { Vec::new() } else { vec![format!("camps/{camp}")] },
                participants: people.iter().map(|actor| participant(actor, ParticipantRole::Initiator)).collect(),
                handover,
                links: links.iter().map(link).collect(),
                ..event("unnamed", kind, claims)
            }
        },
    )
}

fn world() -> impl Strategy<Value = Dataset> {
    vec(an_event(), 1..6).prop_map(|mut events| {
        let count = events.len();
        for (at, event) in events.iter_mut().enumerate() {
            event.name = format!("events/e{at}");
            for (at, claim) in event.claims.iter_mut().enumerate() {
                claim.name = format!("{}/claims/c{at}", event.name);
            }
            for link in &mut event.links {
                let to = link.event.parse::<usize>().expect("a number") % count;
                link.event = format!("events/e{to}");
            }
            event.links.retain(|link| link.event != event.name);
        }
        let camp = |at: i32, holder: &str| pb::Camp {
            name: format!("camps/{at}"),
            initial_control: holder.into(),
            ..Default::default()
        };
        Dataset { camps: vec![camp(1, "actors/borland"), camp(2, "")], ..dataset(events) }
    })
}

/// The days on which anything can change, and those around them.
fn days() -> impl Iterator<Item = Day> {
    (-2..40).map(|number| day("2020-01-01").plus(number))
}

fn covers(known: &[Known], first: Option<Day>) {
    assert_eq!(known.iter().filter(|known| known.answers(None)).count(), 1, "one is current");
    for day in days() {
        let answers = known.iter().filter(|known| known.answers(Some(day))).count();
        assert_eq!(answers, usize::from(first.is_some_and(|first| day >= first)), "{day} in {known:?}");
    }
}

/// Everything that answers as of a day, or now.
type Answers<'a> = (Vec<&'a pb::Event>, Vec<&'a pb::Camp>, Vec<&'a pb::CampHandover>);

fn answers(derived: &Derived, as_of: Option<Day>) -> Answers<'_> {
    (
        derived.events.iter().flatten().filter(|one| one.known.answers(as_of)).map(|one| &one.event).collect(),
        derived.camps.iter().flatten().filter(|one| one.known.answers(as_of)).map(|one| &one.camp).collect(),
        derived.handovers.iter().flatten().filter(|one| one.known.answers(as_of)).map(|one| &one.handover).collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn as_of_a_day_is_what_the_data_of_that_day_alone_gives(data in world()) {
        let derived = derive(data.clone());
        for on in days() {
            let alone = derive(Naive(&data).as_of(on));
            prop_assert_eq!(answers(&derived, Some(on)), answers(&alone, None), "on {}", on);
        }
    }

    #[test]
    fn versions_cover_every_day_once_and_differ(data in world()) {
        let derived = derive(data.clone());
        for (written, versions) in data.events.iter().zip(&derived.events) {
            let dates = written.claims.iter().map(|claim| pb::Claim { stated_date: String::new(), ..claim.clone() });
            let first = dates.filter_map(|claim| Naive(&data).statement_day(&claim)).min();
            covers(&versions.iter().map(|one| one.known).collect::<Vec<Known>>(), first);
            prop_assert!(versions.windows(2).all(|pair| pair[0].event != pair[1].event));
        }
        for versions in &derived.camps {
            covers(&versions.iter().map(|one| one.known).collect::<Vec<Known>>(), Some(Day::MIN));
            prop_assert!(versions.windows(2).all(|pair| pair[0].camp != pair[1].camp));
        }
        let rows = derived.events.iter().filter(|versions| versions[0].event.kind() == EventKind::Handover);
        prop_assert_eq!(rows.clone().count(), derived.handovers.len());
        for (event, row) in rows.zip(&derived.handovers) {
            let first = Some(event[0].known.from).filter(|&day| day != Day::MAX);
            covers(&row.iter().map(|one| one.known).collect::<Vec<Known>>(), first);
            prop_assert!(row.windows(2).all(|pair| pair[0].handover != pair[1].handover));
            prop_assert!(row.iter().all(|version| version.handover.event == event[0].event.name));
        }
    }

    #[test]
    fn every_version_says_what_the_naive_rules_say(data in world()) {
        let naive = Naive(&data);
        for version in derive(data.clone()).events.iter().flatten() {
            let event = &version.event;
            let preferred = naive.preferred(&event.claims);
            prop_assert_eq!(event.status(), preferred.map_or(EventStatus::Unspecified, pb::Claim::status));
            prop_assert_eq!(event.preferred_by(), naive.why(&event.claims));
            prop_assert_eq!(event.preferred_by() == PreferredBy::Unspecified, preferred.is_none());
            if let Some(preferred) = preferred {
                prop_assert_eq!(&event.claims[0].name, &preferred.name);
                if preferred.time.is_some() {
                    prop_assert_eq!(&event.time, &preferred.time);
                }
            }
            let alike = |claim: &&pb::Claim| naive::settled(claim) == preferred.is_some_and(naive::settled);
            let timed = event.claims.iter().filter(alike).find(|claim| naive::candidate(claim) && claim.time.is_some());
            prop_assert_eq!(&event.time, &timed.and_then(|claim| claim.time.clone()));
            prop_assert_eq!(version.dated, event.time.is_some());
            let corroboration = naive.corroboration(&event.claims, event.status());
            prop_assert_eq!(event.corroboration(), corroboration);
        }
    }

    #[test]
    fn confirming_wholly_never_lowers_corroboration(data in world()) {
        let before = derive(data.clone());
        for (at, versions) in before.events.iter().enumerate() {
            let now = |versions: &[EventVersion]| {
                let event = &versions.iter().find(|version| version.known.current).expect("one is current").event;
                (event.status(), event.corroboration())
            };
            let (status, corroboration) = now(versions);
            for (claim, written) in data.events[at].claims.iter().enumerate() {
                // Without a status there is nothing to confirm.
                if written.stance() != Stance::ConfirmsInPart || status == EventStatus::Unspecified {
                    continue;
                }
                let mut wholly = data.clone();
                let confirms = &mut wholly.events[at].claims[claim];
                confirms.set_stance(Stance::Confirms);
                confirms.set_status(status);
                let after = now(&derive(wholly).events[at]);
                prop_assert_eq!(after.0, status);
                prop_assert!(after.1 >= corroboration, "{:?} falls to {:?}", corroboration, after.1);
            }
        }
    }

    #[test]
    fn claims_stand_best_first(data in world()) {
        let naive = Naive(&data);
        for version in derive(data.clone()).events.iter().flatten() {
            let claims = &version.event.claims;
            let not_beaten: BTreeSet<&str> =
                naive.not_beaten(claims).into_iter().map(|claim| claim.name.as_str()).collect();
            let class = |claim: &pb::Claim| match naive::candidate(claim) {
                true if not_beaten.contains(claim.name.as_str()) => 0,
                true => 1,
                false => 2,
            };
            prop_assert!(claims.is_sorted_by_key(class), "{:?}", names(&version.event));
            for pair in claims.windows(2).filter(|pair| class(&pair[0]) == class(&pair[1])) {
                // Of two neighbours alone the first is preferred; curators' choices are told by the class.
                let plain: Vec<pb::Claim> =
                    pair.iter().map(|one| pb::Claim { preferred_reason: String::new(), ..one.clone() }).collect();
                if let Some(preferred) = naive.preferred(&plain) {
                    prop_assert_eq!(&preferred.name, &pair[0].name);
                } else {
                    let newest = |claim: &pb::Claim| std::cmp::Reverse(naive.statement_day(claim));
                    prop_assert!((newest(&pair[0]), &pair[0].name) < (newest(&pair[1]), &pair[1].name));
                }
            }
        }
    }

    #[test]
    fn disputes_list_whoever_disagrees_in_pairs(data in world()) {
        for version in derive(data.clone()).events.iter().flatten() {
            let event = &version.event;
            let listed = event.disputes.iter().map(|dispute| {
                let claims = dispute.positions.iter().flat_map(|position| position.claims.iter().cloned());
                (dispute.aspect, claims.collect::<BTreeSet<String>>())
            });
            prop_assert_eq!(listed.collect::<std::collections::BTreeMap<_, _>>(), Naive(&data).disputes(&event.claims));
            prop_assert!(event.disputes.is_sorted_by(|a, b| a.aspect < b.aspect), "one an aspect, in their order");
            let against = [Stance::Disputes, Stance::Denies, Stance::Objects];
            let anyone = event.claims.iter().any(|claim| against.contains(&claim.stance()));
            prop_assert_eq!(event.contested, anyone || !event.disputes.is_empty());
            for position in event.disputes.iter().flat_map(|dispute| &dispute.positions) {
                let at = |name: &String| event.claims.iter().position(|claim| claim.name == *name);
                prop_assert!(position.claims.is_sorted_by_key(at), "in the order of the claims");
                let stances = position.claims.iter().filter_map(at).map(|at| event.claims[at].stance);
                prop_assert!(stances.clone().count() > 0 && stances.into_iter().all(|stance| stance == position.stance));
            }
        }
    }

    #[test]
    fn order_of_loading_changes_nothing(data in world(), turns in vec(any::<Index>(), 8)) {
        let mut other = data.clone();
        for (event, turn) in other.events.iter_mut().zip(turns.iter().cycle()) {
            let (claims, links) = (event.claims.len(), event.links.len());
            event.claims.rotate_left(turn.index(claims));
            event.links.rotate_left(turn.index(links.max(1)).min(links));
        }
        let (one, two) = (derive(data), derive(other));
        prop_assert_eq!(answers(&one, None), answers(&two, None));
        prop_assert_eq!(one.revision, two.revision);
    }

    #[test]
    fn an_event_alone_gives_the_same(data in world()) {
        let mut data = data;
        data.events.iter_mut().for_each(|event| event.links.clear());
        let derived = derive(data.clone());
        places::fill(&mut data.places);
        let context = Context::new(&data.sources, &data.places, &data.actors);
        for (event, expected) in data.events.iter().zip(&derived.events) {
            prop_assert_eq!(&versions(event, &context), expected);
        }
    }
}
