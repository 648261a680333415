//! Who held a camp, and the rows of handovers.

use super::fixture::*;
use crate::{
    model::{
        dataset::Dataset,
        derive::{Derived, derive},
    },
    pb::{
        self, EventKind,
        EventStatus::{self, Cancelled, NotOccurred, Occurred, Ongoing, Planned},
        ParticipantRole,
        Stance::Asserts,
    },
};

/// An event about `camps/x` that one source tells, with an initiator if that is named.
fn about(id: &str, kind: EventKind, initiator: &str, told: (&str, EventStatus, &str)) -> pb::Event {
    let (source, status, edtf) = told;
    let said = claim(id, source, Asserts, status);
    let claims = vec![if edtf.is_empty() { said } else { said.at(edtf) }];
    let does = || vec![participant(initiator, ParticipantRole::Initiator)];
    let participants = if initiator.is_empty() { Vec::new() } else { does() };
    pb::Event { camps: vec!["camps/x".into()], participants, ..event(id, kind, claims) }
}

fn handover(id: &str, from: &str, to: &str, told: (&str, EventStatus, &str)) -> pb::Event {
    let name = |actor: &str| if actor.is_empty() { String::new() } else { format!("actors/{actor}") };
    let handover = pb::Handover { unnamed_camps: None, from_actor: name(from), to_actor: name(to) };
    pb::Event { handover: Some(handover), ..about(id, EventKind::Handover, "", told) }
}

fn world(initial: &str, events: Vec<pb::Event>) -> Derived {
    let initial_control = if initial.is_empty() { String::new() } else { format!("actors/{initial}") };
    let camps = vec![pb::Camp { name: "camps/x".into(), initial_control, ..Default::default() }];
    derive(Dataset { camps, ..dataset(events) })
}

/// The chain of control as `actor time STATUS events`.
fn chain(camp: &pb::Camp) -> Vec<String> {
    let id = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let period = |period: &pb::ControlPeriod| {
        let time = period.time.as_ref().map_or("-", |time| time.edtf.as_str());
        let status = period.status().as_str_name().trim_start_matches("EVENT_STATUS_");
        let events: Vec<String> = period.events.iter().map(|name| id(name)).collect();
        format!("{} {time} {status} {}", id(&period.actor), events.join(" ")).trim_end().to_owned()
    };
    camp.control.iter().map(period).collect()
}

fn current(initial: &str, events: Vec<pb::Event>) -> Vec<String> {
    let derived = world(initial, events);
    chain(&derived.camps[0].iter().find(|version| version.known.current).expect("a current version").camp)
}

#[test]
fn control_passes_by_settled_events() {
    use EventKind::{Taking, Withdrawal};
    let day = ("jan10", Occurred, "2020-01-08");
    let table: [(&str, &str, Vec<pb::Event>, &[&str]); 13] = [
        ("nothing known", "", vec![], &[]),
        ("no event", "borland", vec![], &["borland - ONGOING"]),
        (
            "a handover",
            "borland",
            vec![handover("a", "borland", "army", day)],
            &["borland ../2020-01-08 OCCURRED a", "army 2020-01-08/.. ONGOING a"],
        ),
        (
            "a handover to nobody that is named",
            "borland",
            vec![handover("a", "borland", "", day)],
            &["borland ../2020-01-08 OCCURRED a"],
        ),
        (
            "the holder leaves",
            "borland",
            vec![about("a", Withdrawal, "envoy", day)],
            &["borland ../2020-01-08 OCCURRED a", " 2020-01-08/.. ONGOING a"],
        ),
        ("somebody else leaves", "borland", vec![about("a", Withdrawal, "army", day)], &["borland - ONGOING"]),
        (
            "handed over and left on one day",
            "borland",
            vec![about("a", Withdrawal, "borland", day), handover("b", "borland", "army", day)],
            &["borland ../2020-01-08 OCCURRED b", "army 2020-01-08/.. ONGOING b"],
        ),
        (
            "left, then taken by whom the claim says",
            "borland",
            vec![
                about("a", Withdrawal, "borland", day),
                pb::Event {
                    claims: vec![
                        claim("b", "jan15", Asserts, Occurred).at("[2020-01-09..2020-01-17]").controller("front"),
                    ],
                    ..about("b", Taking, "fighter", day)
                },
                about("c", Taking, "brigade", ("jan20", Occurred, "2020-01-18")),
            ],
            &[
                "borland ../2020-01-08 OCCURRED a",
                " 2020-01-08/2020-01 OCCURRED a b",
                "front 2020-01/2020-01-18 OCCURRED b c",
                "brigade 2020-01-18/.. ONGOING c",
            ],
        ),
        (
            "within a month, within a year, over the year's end, by a day, on no known day",
            "borland",
            vec![
                about("a", Taking, "army", ("jan20", Occurred, "[..2018-03-05]")),
                about("b", Taking, "front", ("jan20", Occurred, "[2018-03-10..2018-03-20]")),
                about("c", Taking, "army", ("jan20", Occurred, "[2018-03-10..2018-06-20]")),
                about("d", Taking, "front", ("jan20", Occurred, "[2018-12-10..2019-06-20]")),
                about("e", Taking, "army", ("jan20", Occurred, "")),
            ],
            &[
                "borland - OCCURRED a",
                "army ..2018-03-05/2018-03 OCCURRED a b",
                "front 2018-03/2018 OCCURRED b c",
                "army 2018/2018-12-10.. OCCURRED c d",
                "front ..2019-06-20/ OCCURRED d e",
                "army - ONGOING e",
            ],
        ),
        (
            "what lasted passes at its end",
            "borland",
            vec![handover("a", "borland", "army", ("jan10", Occurred, "2020-01-02/2020-01-08"))],
            &["borland ../2020-01-08 OCCURRED a", "army 2020-01-08/.. ONGOING a"],
        ),
        (
            "what is not done, or off",
            "borland",
            vec![
                handover("a", "borland", "army", ("jan10", Planned, "2020-02")),
                handover("b", "borland", "army", ("jan10", Ongoing, "2020-02")),
                handover("c", "borland", "army", ("jan10", NotOccurred, "2020-02")),
                about("d", Withdrawal, "borland", ("jan10", Cancelled, "2020-02")),
                about("e", EventKind::Clash, "army", day),
            ],
            &["borland - ONGOING"],
        ),
        ("taken by its holder", "army", vec![about("a", Taking, "army", day)], &["army - ONGOING"]),
        ("left by nobody that is named", "", vec![about("a", Withdrawal, "", day)], &[" 2020-01-08/.. ONGOING a"]),
    ];
    for (case, initial, events, expected) in table {
        assert_eq!(current(initial, events), expected, "{case}");
    }
}

#[test]
fn who_leaves_after_a_handover_to_somebody_not_named_leaves_it_to_them() {
    let events = vec![
        handover("a", "borland", "", ("jan10", Occurred, "2020-01-08")),
        about("b", EventKind::Withdrawal, "borland", ("jan10", Occurred, "2020-01-09")),
    ];
    assert_eq!(current("borland", events), ["borland ../2020-01-08 OCCURRED a"]);
}

#[test]
fn control_is_versioned_by_what_was_known() {
    let events = vec![
        handover("a", "borland", "army", ("jan10", Occurred, "2020-01-08")),
        handover("b", "army", "front", ("jan20", Occurred, "2020-01-09")),
    ];
    let derived = world("borland", events);
    let told: Vec<(String, String, bool, usize)> = derived.camps[0]
        .iter()
        .map(|version| {
            let known = version.known;
            (known.from.to_string(), known.to.to_string(), known.current, version.camp.control.len())
        })
        .collect();
    let row = |from: &str, to: &str, current, periods| (from.to_owned(), to.to_owned(), current, periods);
    assert_eq!(
        told,
        [
            row("..", "2020-01-10", false, 1),
            row("2020-01-10", "2020-01-20", false, 2),
            row("2020-01-20", "..", true, 3)
        ]
    );
}

/// The rows of a handover as `from: camp holders, departure`.
fn rows(derived: &Derived) -> Vec<String> {
    let row = |version: &crate::model::derive::HandoverVersion| {
        let row = &version.handover;
        let periods = row.camp.as_ref().map_or(0, |camp| camp.control.len());
        let departure = row.departure.as_ref().map_or("-", |departure| departure.event.trim_start_matches("events/"));
        let current = if version.known.current { "*" } else { "" };
        format!("{}..{}{current} {periods} {departure}", version.known.from.to_field(), version.known.to.to_field())
    };
    derived.handovers[0].iter().map(row).collect()
}

#[test]
fn a_row_changes_with_all_that_it_shows() {
    let events = vec![
        handover("a", "borland", "army", ("jan05", Planned, "2020-02")),
        about("b", EventKind::Withdrawal, "envoy", ("jan10", Occurred, "2020-01-08")),
        about("c", EventKind::Withdrawal, "front", ("jan15", Occurred, "2020-01-09")),
        about("d", EventKind::Withdrawal, "borland", ("undated", Occurred, "2020-01-10")),
    ];
    let derived = world("borland", events);
    assert_eq!(
        rows(&derived),
        ["2020-01-05..2020-01-10 1 -", "2020-01-10.. 2 b", "..* 2 d"],
        "the front's leaving is not borland's"
    );
    let row = &derived.handovers[0][0].handover;
    assert_eq!(row.from_actor.as_ref().map(|actor| actor.side.as_str()), Some("actors/borland"));
    assert_eq!(row.to_actor.as_ref().map(|actor| actor.name.as_str()), Some("actors/army"));
    assert_eq!((row.status(), row.claims.len()), (Planned, 1));
}

#[test]
fn the_newest_settled_departure_is_shown() {
    use EventKind::Withdrawal;
    let departures = vec![
        about("b", Withdrawal, "borland", ("jan05", Occurred, "2020-01-03")),
        about("c", Withdrawal, "borland", ("jan05", Occurred, "2020-01-02")),
        about("d", Withdrawal, "borland", ("jan05", Occurred, "")),
        about("e", Withdrawal, "borland", ("jan05", Planned, "2020-01-04")),
        about("f", Withdrawal, "front", ("jan05", Occurred, "2020-01-04")),
    ];
    for (from, shown) in [("borland", "b"), ("", "f"), ("army", "-")] {
        let plan = handover("a", from, "army", ("jan05", Planned, "2020-02"));
        let derived = world("borland", [vec![plan], departures.clone()].concat());
        let departure = derived.handovers[0][0].handover.departure.clone();
        let event =
            departure.map_or("-".to_owned(), |departure| departure.event.trim_start_matches("events/").to_owned());
        assert_eq!(event, shown, "handed over by {from}");
    }
}

#[test]
fn unnamed_camps_are_counted() {
    let count = pb::Quantity { low: Some(3), high: Some(3), phrase: "three more".into() };
    let mut unnamed = handover("a", "borland", "army", ("jan05", Planned, "2020-02"));
    unnamed.camps.clear();
    unnamed.handover.as_mut().expect("a handover").unnamed_camps = Some(count.clone());
    let derived = world("borland", vec![unnamed]);
    let row = &derived.handovers[0][0].handover;
    assert_eq!((row.camp.as_ref(), row.unnamed_camps.as_ref()), (None, Some(&count)));
    assert_eq!(rows(&derived), ["2020-01-05..* 0 -"]);
}
