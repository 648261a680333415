//! What is known when: claims, citations, links, and nothing of it before its day.

use super::fixture::*;
use crate::{
    model::derive::EventVersion,
    pb::{
        self, EventKind,
        EventStatus::{Occurred, Planned},
        LinkKind,
        Stance::Asserts,
    },
};

/// Each version as `from..to`, `*` if current, with what `show` tells of it.
fn told(versions: &[EventVersion], show: impl Fn(&pb::Event) -> String) -> Vec<String> {
    let version = |version: &EventVersion| {
        let known = version.known;
        let current = if known.current { "*" } else { "" };
        format!("{}..{}{current} {}", known.from.to_field(), known.to.to_field(), show(&version.event))
    };
    versions.iter().map(version).collect()
}

fn citations(event: &pb::Event) -> String {
    let sources = event.claims.iter().map(|claim| {
        let sources: Vec<&str> = claim.citations.iter().map(|one| one.source.trim_start_matches("sources/")).collect();
        format!("{}:{}", claim.name, sources.join("+"))
    });
    sources.collect::<Vec<String>>().join(" ")
}

#[test]
fn each_day_of_news_begins_a_version() {
    let both = pb::Claim { citations: vec![cite("jan20"), cite("jan05")], ..claim("b", "jan05", Asserts, Planned) };
    let claims = vec![claim("a", "jan10", Asserts, Occurred), both, claim("c", "undated", Asserts, Planned)];
    let derived = derived(vec![event("a", EventKind::Clash, claims)]);
    assert_eq!(
        told(&derived.events[0], citations),
        [
            "2020-01-05..2020-01-10 b:jan05",
            "2020-01-10..2020-01-20 a:jan10 b:jan05",
            "2020-01-20.. a:jan10 b:jan20+jan05",
            "..* a:jan10 b:jan20+jan05 c:undated",
        ]
    );
}

#[test]
fn a_source_is_known_from_the_last_day_on_which_it_can_have_appeared() {
    let derived = derived(vec![event("a", EventKind::Clash, vec![claim("a", "january", Asserts, Occurred)])]);
    assert_eq!(told(&derived.events[0], citations), ["2020-01-31..* a:january"]);
}

#[test]
fn what_only_undated_sources_say_is_known_now_alone() {
    let one = event("a", EventKind::Clash, vec![claim("a", "undated", Asserts, Occurred)]);
    let derived = derived(vec![one, event("b", EventKind::Clash, vec![])]);
    assert_eq!(told(&derived.events[0], citations), ["..* a:undated"]);
    assert_eq!(told(&derived.events[1], citations), ["..* "]);
    assert!(derived.events[0].iter().all(|version| !version.known.answers(Some(day("2024-01-01")))));
    assert!(derived.events[0][0].known.answers(None));
}

#[test]
fn links_are_known_from_their_source_on_and_not_before_both_events() {
    let link = |to: &str, source: &str| pb::Link {
        kind: LinkKind::Fulfils.into(),
        event: format!("events/{to}"),
        citation: Some(cite(source)),
    };
    let plan = event("a", EventKind::Clash, vec![claim("a", "jan05", Asserts, Planned)]);
    let late = event("b", EventKind::Clash, vec![claim("b", "jan15", Asserts, Planned)]);
    let mut done = event("c", EventKind::Clash, vec![claim("c", "jan10", Asserts, Occurred)]);
    done.links = vec![link("b", "jan10"), link("a", "jan20"), pb::Link { citation: None, ..link("a", "jan10") }];
    let derived = derived(vec![plan, late, done]);
    let links = |links: &[pb::Link]| {
        let one = |link: &pb::Link| {
            let source = link.citation.as_ref().map_or("none", |one| one.source.trim_start_matches("sources/"));
            format!("{}:{source}", link.event.trim_start_matches("events/"))
        };
        links.iter().map(one).collect::<Vec<String>>().join(" ")
    };
    let from = |event: &pb::Event| links(&event.linked_from);
    assert_eq!(
        told(&derived.events[0], from),
        ["2020-01-05..2020-01-20 ", "2020-01-20.. c:jan20", "..* c:none c:jan20"],
    );
    assert_eq!(told(&derived.events[1], from), ["2020-01-15..* c:jan10"]);
    assert_eq!(
        told(&derived.events[2], |event| links(&event.links)),
        [
            "2020-01-10..2020-01-15 ",
            "2020-01-15..2020-01-20 b:jan10",
            "2020-01-20.. a:jan20 b:jan10",
            "..* a:none a:jan20 b:jan10",
        ]
    );
}
