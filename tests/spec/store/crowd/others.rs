//! What is asked without a filter: resources one by one and in lists, names, and the data set as a whole.

use dossier::pb::{self, AffiliationKind as Tie};
use prost::Message;

use super::{World, asked::CUTS, days, facts::Seen, made, takes::known};
use crate::generate::Dice;

pub(super) fn hold(world: &World) {
    summary(world);
    gets(world);
    places(world);
    actors(world);
    camps_and_sources(world);
    names(world);
}

fn summary(world: &World) {
    let seen = &world.facts.seen;
    let told: pb::Dataset = world.both.get("GetDataset", &pb::GetDatasetRequest {});
    let now = || seen.iter().filter(|seen| seen.now);
    let claims: usize = now().map(|seen| seen.said.len()).sum();
    let counts = [now().count(), seen.len(), claims, world.facts.made.places.len(), world.actors.len()];
    let of = [told.event_count, told.event_version_count, told.claim_count, told.place_count, told.actor_count];
    assert_eq!(of.map(|n| n as usize), counts);
    assert_eq!(told.revision, world.both.revision);
    let shown = |day: Option<i32>| day.and_then(days::date).map(|date| date.to_string()).unwrap_or_default();
    let dated = || now().filter(|seen| seen.dated);
    let first = dated().map(|seen| seen.bounds.start.0).filter(|day| *day != days::OPEN.0).min();
    let last = dated().map(|seen| seen.bounds.end.1).filter(|day| *day != days::OPEN.1).max();
    assert_eq!((told.first_day, told.last_day), (shown(first), shown(last)));
}

/// Events by name, as known now and on a day.
fn gets(world: &World) {
    let facts = &world.facts;
    let mut dice = Dice::new(88);
    for round in 0..60 {
        let as_of = if round % 2 == 0 { String::new() } else { made::day(dice.below(800) as u32) };
        let day = days::day(&as_of);
        let some: Vec<&Seen> =
            (0..200).map(|_| dice.pick(&facts.seen)).filter(|seen| known(seen, day)).take(100).collect();
        let Some(first) = some.first() else { continue };
        let names = some.iter().map(|seen| seen.name.clone()).collect();
        let messages = world
            .both
            .ask("BatchGetEvents", &pb::BatchGetEventsRequest { names, as_of: as_of.clone(), read_mask: None });
        let page = super::calls::RawPage::decode(messages.unwrap()[0].clone()).unwrap();
        assert!(
            page.entries.iter().map(Vec::as_slice).eq(some.iter().map(|seen| facts.bytes(seen))),
            "as of {as_of:?}"
        );
        let request = pb::GetEventRequest { name: first.name.clone(), as_of, read_mask: None };
        assert_eq!(world.both.ask("GetEvent", &request).unwrap()[0], facts.bytes(first));
    }
    // What nobody had reported is not there, in none of its versions.
    let late = facts.seen.iter().filter(|seen| seen.now && seen.known.is_empty() && !seen.name.is_empty());
    for seen in late.take(20) {
        let day = made::day(0);
        let known = facts.seen.iter().any(|other| other.name == seen.name && known(other, days::day(&day)));
        let request = pb::GetEventRequest { name: seen.name.clone(), as_of: day, read_mask: None };
        assert_eq!(world.both.ask("GetEvent", &request).is_ok(), known);
    }
}

fn list<R: Message>(world: &World, method: &str, request: impl Fn(i32, String) -> R) -> Vec<Vec<u8>> {
    let (all, ended) = world.both.walk(method, &[3, 50, 1, 1000], usize::MAX, request);
    assert!(ended);
    all
}

fn places(world: &World) {
    let facts = &world.facts;
    for within in ["", "places/spot-0", "places/spot-3", "places/spot-15", "places/spot-200"] {
        for (kinds, country_code) in
            [(vec![], ""), (vec![4], ""), (vec![2, 3, 5], "ZZ"), (vec![], "XX"), (vec![1], "WW")]
        {
            let expected = facts.served_places.iter().filter(|place| {
                (kinds.is_empty() || kinds.contains(&place.kind))
                    && (within.is_empty() || facts.way_up(&place.name).contains(&facts.index[within]))
                    && (country_code.is_empty() || facts.country(&place.name).as_deref() == Some(country_code))
            });
            let expected: Vec<Vec<u8>> = expected.map(Message::encode_to_vec).collect();
            let found = list(world, "ListPlaces", |page_size, page_token| pb::ListPlacesRequest {
                kinds: kinds.clone(),
                within: within.into(),
                country_code: country_code.into(),
                page_size,
                page_token,
                read_mask: None,
            });
            assert!(found == expected, "within {within:?}, of {kinds:?} in {country_code:?}");
        }
    }
}

/// At any time, by whatever tie but an alliance.
fn actors(world: &World) {
    let facts = &world.facts;
    let ties = [Tie::PartOf, Tie::MemberOf, Tie::OfficeHolder];
    let all = std::iter::once("").chain(world.actors.iter().map(|actor| actor.name.as_str()));
    for (i, within) in all.enumerate() {
        let (kinds, code) = if i % 3 == 0 { (vec![6, 11], "") } else { (vec![], if i % 3 == 1 { "ZZ" } else { "" }) };
        let expected = world.actors.iter().filter(|actor| {
            (kinds.is_empty() || kinds.contains(&actor.kind))
                && (code.is_empty() || actor.country_code == code)
                && (within.is_empty() || facts.belongs(&actor.name, &ties, None) & facts.bit(within) != 0)
        });
        let expected: Vec<Vec<u8>> = expected.map(Message::encode_to_vec).collect();
        let found = list(world, "ListActors", |page_size, page_token| pb::ListActorsRequest {
            kinds: kinds.clone(),
            within: within.into(),
            country_code: code.into(),
            page_size,
            page_token,
            read_mask: None,
        });
        assert!(found == expected, "within {within:?}");
    }
}

fn camps_and_sources(world: &World) {
    let facts = &world.facts;
    for as_of in CUTS.map(made::day).into_iter().chain([String::new()]) {
        for within in ["", "places/spot-0", "places/spot-1", "places/spot-5", "places/spot-20"] {
            let inside =
                |camp: &&pb::Camp| within.is_empty() || facts.way_up(&camp.place).contains(&facts.index[within]);
            let known = facts.made.camps.iter().zip(&world.camps[&as_of]);
            let expected: Vec<&Vec<u8>> = known.filter(|(camp, _)| inside(camp)).map(|(_, bytes)| bytes).collect();
            let found = list(world, "ListCamps", |page_size, page_token| pb::ListCampsRequest {
                within: within.into(),
                as_of: as_of.clone(),
                page_size,
                page_token,
                read_mask: None,
            });
            assert!(found.iter().eq(expected), "within {within:?}, as of {as_of:?}");
        }
        let camp = &facts.made.camps[7].name;
        let one = world
            .both
            .ask("GetCamp", &pb::GetCampRequest { name: camp.clone(), as_of: as_of.clone(), read_mask: None });
        assert_eq!(one.unwrap()[0], world.camps[&as_of][7]);
    }
    let found = list(world, "ListSources", |page_size, page_token| pb::ListSourcesRequest {
        page_size,
        page_token,
        read_mask: None,
    });
    let bare = |source: &pb::Source| pb::Source { cited_spans: vec![], text: String::new(), ..source.clone() };
    let expected: Vec<Vec<u8>> = world.sources.iter().map(|source| bare(source).encode_to_vec()).collect();
    assert_eq!(found, expected);
}

/// Every name finds what bears it, at the top and for the right reason; so does one with two letters swapped.
fn names(world: &World) {
    use pb::MatchKind as M;
    let facts = &world.facts;
    let ask = |name: &str, kind: pb::ResourceKind| -> Vec<pb::Candidate> {
        let request =
            pb::ResolveNamesRequest { names: vec![name.into()], resource_kinds: vec![kind.into()], limit: 50 };
        let mut answer: pb::ResolveNamesResponse = world.both.get("ResolveNames", &request);
        answer.resolutions.remove(0).candidates
    };
    let all = facts.made.places.iter().map(|it| (&it.name, &it.display_name, pb::ResourceKind::Place));
    let all = all.chain(facts.made.actors.iter().map(|it| (&it.name, &it.display_name, pb::ResourceKind::Actor)));
    let all = all.chain(facts.made.camps.iter().map(|it| (&it.name, &it.display_name, pb::ResourceKind::Camp)));
    let all = all.chain(facts.made.sources.iter().map(|it| (&it.name, &it.title, pb::ResourceKind::Source)));
    for (name, shown, kind) in all {
        let is = |of: M| move |found: &pb::Candidate| found.name == *name && found.match_kind() == of;
        let found = ask(&super::facts::plain(shown), kind);
        assert!(found.iter().any(is(M::Name)) && found[0].match_kind() == M::Name, "{shown}: {found:?}");
        assert!(found.windows(2).all(|pair| pair[0].score >= pair[1].score), "{found:?}");
        let id = name.split_once('/').unwrap().1;
        assert!(is(M::Identifier)(&ask(id, kind)[0]), "{id}");
    }
    for place in facts.made.places.iter().filter(|place| !place.aliases.is_empty()) {
        let found = ask(&place.aliases[0], pb::ResourceKind::Place);
        assert!(found[0].name == place.name && found[0].match_kind() == M::Alias, "{found:?}");
        let mut letters: Vec<char> = super::facts::plain(&place.aliases[0]).chars().collect();
        letters.swap(1, 2);
        let slip: String = letters.into_iter().collect();
        let found = ask(&slip, pb::ResourceKind::Place);
        assert!(found.iter().any(|one| one.name == place.name), "{slip}: {found:?}");
    }
}
