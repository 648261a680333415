//! What is held against the scan: lists, exports, searches, counts, claims, disputes and handovers of one filter.

use std::{cmp::Reverse, collections::BTreeMap};

use dossier::pb::{self, CountDimension as By, get_events_near_request::Origin};
use jiff::ToSpan as _;
use prost::Message;

use super::{
    World,
    asked::Asked,
    calls::full,
    days,
    facts::{Facts, Seen, order},
    globe,
    takes::{known, taken},
};

/// So many entries of a list are read, or all if there are fewer.
const MOST: usize = 1500;

/// The name of an event as it came.
#[derive(Clone, PartialEq, Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
}

/// A neighbour, its event as it came.
#[derive(Clone, PartialEq, Message)]
struct RawNear {
    #[prost(bytes = "vec", tag = "1")]
    event: Vec<u8>,
    #[prost(double, optional, tag = "2")]
    distance: Option<f64>,
    #[prost(double, optional, tag = "3")]
    bearing: Option<f64>,
    #[prost(double, optional, tag = "4")]
    uncertainty: Option<f64>,
}

/// Asks everything of one filter. False if something lies too near an edge to be told by two ways of rounding.
pub(super) fn holds(world: &World, asked: &Asked) -> bool {
    let Some(taken) = taken(&world.facts, &asked.filter) else { return false };
    lists(world, asked, &taken);
    claims(world, asked, &taken);
    handovers(world, asked, &taken);
    counts(world, asked, &taken);
    near(world, asked, &taken)
}

fn is_start_of(found: &[Vec<u8>], ended: bool, expected: impl Iterator<Item = Vec<u8>>, what: &str) {
    let expected: Vec<Vec<u8>> = expected.take(found.len() + usize::from(ended)).collect();
    if found != expected {
        let at = found.iter().zip(&expected).take_while(|(a, b)| a == b).count();
        let named = |list: &[Vec<u8>]| -> Vec<String> {
            let name = |bytes: &Vec<u8>| Named::decode(&bytes[..]).map_or_else(|error| error.to_string(), |it| it.name);
            list.iter().skip(at).take(3).map(name).collect()
        };
        panic!("{what}: from entry {at} on {:?}, expected {:?}", named(found), named(&expected));
    }
}

fn lists(world: &World, asked: &Asked, taken: &[&Seen]) {
    let Asked { filter, newest_first, page_sizes, group_by, .. } = asked;
    let facts = &world.facts;
    let request = |page_size, page_token| pb::ListEventsRequest {
        filter: Some(filter.clone()),
        order: if *newest_first { 2 } else { 0 },
        page_size,
        page_token,
        read_mask: None,
    };
    let (found, ended) = world.both.walk("ListEvents", page_sizes, MOST, request);
    let of = |seen: &&Seen| facts.bytes(seen).to_vec();
    // The newest first, but what has no day last all the same.
    let dated = taken.partition_point(|seen| seen.dated);
    let (dated, undated) = taken.split_at(dated);
    if *newest_first {
        is_start_of(&found, ended, dated.iter().rev().chain(undated).map(of), "newest first");
    } else {
        is_start_of(&found, ended, taken.iter().map(of), "oldest first");
    }
    if taken.len() <= 2 * MOST || group_by.is_empty() {
        let request = pb::ExportEventsRequest { filter: Some(filter.clone()), ..Default::default() };
        is_start_of(&world.both.export(&request), true, taken.iter().map(of), "export");
    }
}

fn claims(world: &World, asked: &Asked, taken: &[&Seen]) {
    let Asked { filter, page_sizes, claims, aspects, .. } = asked;
    let facts = &world.facts;
    let (first, last) = (days::day(&claims.stated_first_day), days::day(&claims.stated_last_day));
    let is_asked = |claim: &pb::Claim| {
        (claims.claimants.is_empty() || claims.claimants.contains(&claim.claimant))
            && (claims.sources.is_empty() || claim.citations.iter().any(|c| claims.sources.contains(&c.source)))
            && (claims.stances.is_empty() || claims.stances.contains(&claim.stance))
            && (first.is_none() || facts.stated(claim).is_some_and(|day| first <= Some(day) && Some(day) <= last))
    };
    let request = |page_size, page_token| pb::ListClaimsRequest {
        filter: Some(filter.clone()),
        page_size,
        page_token,
        ..claims.clone()
    };
    let (found, ended) = world.both.walk("ListClaims", page_sizes, MOST / 2, request);
    let all = taken.iter().flat_map(|seen| facts.event(seen).claims);
    is_start_of(&found, ended, all.filter(is_asked).map(|claim| claim.encode_to_vec()), "claims");

    let request = |page_size, page_token| pb::ListDisputesRequest {
        filter: Some(filter.clone()),
        aspects: aspects.clone(),
        page_size,
        page_token,
        read_mask: None,
    };
    let (found, ended) = world.both.walk("ListDisputes", page_sizes, MOST / 2, request);
    let all = taken.iter().filter(|seen| seen.contested).flat_map(|seen| facts.event(seen).disputes);
    let all = all.filter(|dispute| aspects.is_empty() || aspects.contains(&dispute.aspect));
    is_start_of(&found, ended, all.map(|dispute| dispute.encode_to_vec()), "disputes");
}

fn handovers(world: &World, asked: &Asked, taken: &[&Seen]) {
    let Asked { filter, page_sizes, .. } = asked;
    let request = |page_size, page_token| pb::ListCampHandoversRequest {
        filter: Some(filter.clone()),
        page_size,
        page_token,
        read_mask: None,
    };
    let (found, ended) = world.both.walk("ListCampHandovers", page_sizes, MOST / 2, request);
    let expected = taken.iter().filter(|seen| seen.kind == i32::from(pb::EventKind::Handover));
    if let Some(rows) = world.handovers.get(&filter.as_of) {
        is_start_of(&found, ended, expected.map(|seen| rows[&seen.name].clone()), "handovers");
    } else {
        let names = found.iter().map(|row| Named::decode(&row[..]).unwrap().name);
        assert!(names.eq(expected.take(found.len() + usize::from(ended)).map(|seen| seen.name.clone())));
    }
}

/// What a group adds up to.
#[derive(Debug, Default, Clone, PartialEq)]
struct Sum {
    events: u32,
    deaths: Option<[Option<u32>; 3]>,
}

fn counts(world: &World, asked: &Asked, taken: &[&Seen]) {
    let by: Vec<By> = asked.group_by.iter().map(|by| By::try_from(*by).unwrap()).collect();
    let mut sums: BTreeMap<Vec<(bool, String)>, Sum> = BTreeMap::new();
    if by.is_empty() {
        sums.insert(vec![], Sum::default());
    }
    for seen in taken {
        let mut groups = vec![vec![]];
        for by in &by {
            let mut keys: Vec<(bool, String)> = keys(world, seen, *by).into_iter().map(|key| (false, key)).collect();
            if keys.is_empty() {
                keys.push((true, String::new()));
            }
            let with = |group: &Vec<_>| {
                keys.iter().map(|key| [&group[..], std::slice::from_ref(key)].concat()).collect::<Vec<_>>()
            };
            groups = groups.iter().flat_map(with).collect();
        }
        for group in groups {
            let sum = sums.entry(group).or_default();
            sum.events += 1;
            // What one of those that give deaths does not give is not known of all.
            let Some(more) = seen.deaths else { continue };
            let add = |sum: [Option<u32>; 3]| std::array::from_fn(|i| Some(sum[i]? + more[i]?));
            sum.deaths = Some(sum.deaths.map_or(more, add));
        }
    }
    let mut expected = sums.into_iter();
    let mut token = String::new();
    for size in asked.page_sizes.iter().cycle().take(6) {
        let answer: pb::CountEventsResponse = world.both.get(
            "CountEvents",
            &pb::CountEventsRequest {
                filter: Some(asked.filter.clone()),
                group_by: asked.group_by.clone(),
                page_size: *size,
                page_token: token,
            },
        );
        assert_eq!(answer.total as usize, taken.len());
        let without = taken.iter().filter(|seen| seen.deaths.is_none()).count();
        assert_eq!(answer.events_without_casualties as usize, without);
        full(answer.rows.len(), 0, *size, &answer.next_page_token);
        for row in answer.rows {
            let (group, sum) = expected.next().expect("no more rows than groups");
            let keys = group.into_iter().zip(&asked.group_by).filter(|((absent, _), _)| !absent);
            let keys: Vec<_> = keys.map(|((_, value), by)| pb::CountKey { dimension: *by, value }).collect();
            let deaths = sum.deaths.map(|[low, best, high]| pb::Casualties { low, best, high, sides: vec![] });
            assert_eq!((row.keys, row.count, row.casualties), (keys, sum.events, deaths));
        }
        token = answer.next_page_token;
        if token.is_empty() {
            assert_eq!(expected.next(), None, "a group has no row");
            return;
        }
    }
}

/// Where an event counts.
fn keys(world: &World, seen: &Seen, by: By) -> Vec<String> {
    let facts = &world.facts;
    let bits = |mask: u64| (0..64).filter(move |bit| mask & (1 << bit) != 0);
    match by {
        By::Unspecified => vec![],
        By::Kind => vec![pb::EventKind::try_from(seen.kind).unwrap().as_str_name().into()],
        By::Status => vec![pb::EventStatus::try_from(seen.status).unwrap().as_str_name().into()],
        By::Actor => {
            let all = seen.parts.iter().fold(0, |all, (_, actor, _)| all | actor);
            bits(all).map(|at| facts.made.actors[at].name.clone()).collect()
        }
        By::Camp => bits(seen.camps).map(|at| facts.made.camps[at].name.clone()).collect(),
        By::Source => {
            let all = seen.said.iter().fold(0, |all, (_, sources)| all | sources);
            bits(all).map(|at| facts.made.sources[at].name.clone()).collect()
        }
        By::Place => seen.place.iter().map(|at| facts.made.places[usize::from(*at)].name.clone()).collect(),
        By::Country => seen.place.iter().filter_map(|at| world.countries[usize::from(*at)].clone()).collect(),
        By::Day | By::Week | By::Month | By::Year => {
            let (first, last) = seen.bounds.start;
            let one = seen.dated && bucket(first, by) == bucket(last, by);
            bucket(first, by).filter(|_| one).into_iter().collect()
        }
    }
}

fn bucket(day: i32, by: By) -> Option<String> {
    let date = days::date(day)?;
    let text = date.to_string();
    Some(match by {
        By::Day => text,
        By::Month => text[..7].to_owned(),
        By::Year => text[..4].to_owned(),
        // A week of ISO 8601 is of the year of its Thursday.
        _ => {
            let monday = i64::from(date.weekday().to_monday_zero_offset());
            let thursday = date + (3 - monday).days();
            format!("{:04}-W{:02}", thursday.year(), (thursday.day_of_year() - 1) / 7 + 1)
        }
    })
}

/// The newest first, then by name.
fn newest(seen: &Seen) -> (bool, Reverse<(i32, i32)>, &str) {
    let (undated, first, last) = order(seen);
    (undated, Reverse((first, last)), &seen.name)
}

fn near(world: &World, asked: &Asked, taken: &[&Seen]) -> bool {
    let Asked { filter, newest_first, page_sizes, near, .. } = asked;
    let facts = &world.facts;
    // Where nothing else of the filter asks for it, `match` goes with the radius alone.
    let free = filter.first_day.is_empty() && filter.last_day.is_empty() && filter.area.is_none();
    let mut filter = filter.clone();
    if free && near.radius_meters.is_some() && *newest_first {
        filter.set_match(pb::Match::Certain);
    }
    let request = |page_size, page_token| pb::GetEventsNearRequest {
        filter: Some(filter.clone()),
        page_size,
        page_token,
        ..near.clone()
    };
    let Some((origin, radius, except)) = origin(facts, near.origin.as_ref().unwrap(), &filter.as_of) else {
        let (code, _) = world.both.ask("GetEventsNear", &request(9, String::new())).unwrap_err();
        assert_eq!(code, i32::from(tonic::Code::NotFound), "nobody had reported it");
        return true;
    };
    let certain = filter.r#match() == pb::Match::Certain;
    let Some(around) = spots_around(facts, near, certain, (&origin, radius)) else { return false };
    let coarse_too = near.radius_meters.is_some() || near.max_uncertainty_meters.is_some();
    let mut expected: BTreeMap<&str, (f64, &Seen)> = BTreeMap::new();
    for seen in taken.iter().filter(|seen| (coarse_too || !seen.coarse) && except != Some(&seen.name)) {
        if let Some(far) = seen.spot.and_then(|spot| around[spot as usize]) {
            expected.insert(&seen.name, (far, seen));
        }
    }
    let (found, ended) = world.both.walk("GetEventsNear", page_sizes, MOST, request);
    let mut before: Option<(f64, &Seen)> = None;
    for hit in found {
        let hit = RawNear::decode(&hit[..]).unwrap();
        let name = Named::decode(&hit.event[..]).unwrap().name;
        let Some((far, seen)) = expected.remove(name.as_str()) else { panic!("{name} is not near, or comes twice") };
        assert!(hit.event == facts.bytes(seen), "{name}");
        let (point, own) = &facts.spots[seen.spot.unwrap() as usize];
        measured(&hit, far, radius + own, &origin, point);
        let distance = hit.distance.unwrap();
        if let Some((near, last)) = before {
            assert!((near, newest(last)) < (distance, newest(seen)), "{} comes before {name}", last.name);
        }
        before = Some((distance, seen));
    }
    assert!(!ended || expected.is_empty(), "not found: {:?}", expected.keys().next());
    // What is still to come is farther, or at one point and older.
    if let Some((distance, last)) = before {
        for (far, seen) in expected.values() {
            assert!(*far >= distance - 1e-3, "{} was left out", seen.name);
            assert!(seen.spot != last.spot || newest(last) < newest(seen), "{} was left out", seen.name);
        }
    }
    true
}

/// Of each spot its distance, if it is near. Absent if one lies so exactly on the edge that rounding decides.
fn spots_around(
    facts: &Facts,
    near: &pb::GetEventsNearRequest,
    certain: bool,
    (origin, radius): (&pb::LatLng, f64),
) -> Option<Vec<Option<f64>>> {
    let mut around = vec![];
    for (point, own) in &facts.spots {
        let far = globe::distance(origin, point);
        let u = radius + own;
        let spare = near.radius_meters.map(|r| if certain { r - (far + u) } else { r - (far - u) });
        if spare.is_some_and(|spare| point != origin && spare.abs() < 1e-2) {
            return None;
        }
        let vague = near.max_uncertainty_meters.is_some_and(|most| *own > most);
        around.push((!vague && spare.is_none_or(|spare| spare >= 0.0)).then_some(far));
    }
    Some(around)
}

/// What is searched around, how uncertain it is, and what is not its own neighbour. Absent if it is not known on the day.
fn origin<'a>(facts: &Facts, origin: &'a Origin, as_of: &str) -> Option<(pb::LatLng, f64, Option<&'a String>)> {
    // A place as served: its radius may follow from its kind.
    let place = |name: &str| {
        let place = &facts.served_places[usize::from(facts.index[name])];
        (place.point.unwrap(), place.uncertainty_meters.unwrap_or(0.0), None)
    };
    match origin {
        Origin::Point(point) => Some((*point, 0.0, None)),
        Origin::Place(name) => Some(place(name)),
        Origin::Camp(name) => Some(place(&facts.made.camps[usize::from(facts.index[name])].place)),
        Origin::Event(name) => {
            let seen = facts.seen.iter().find(|seen| seen.name == *name && known(seen, days::day(as_of)))?;
            let (point, radius) = facts.spots[seen.spot.unwrap() as usize];
            Some((point, radius, Some(name)))
        }
    }
}

fn measured(hit: &RawNear, far: f64, u: f64, origin: &pb::LatLng, point: &pb::LatLng) {
    let distance = hit.distance.unwrap();
    assert!((distance - far).abs() < 1e-3, "{hit:?}: {far}");
    assert!((hit.uncertainty.unwrap() - u).abs() < 1e-6, "{hit:?}: {u}");
    if (far - u).abs() > 1e-3 {
        assert_eq!(hit.bearing.is_some(), far > u, "{hit:?}");
    }
    // Near itself and its antipode a point has every direction.
    if let Some(bearing) = hit.bearing.filter(|_| (1e3..globe::FARTHEST - 1e3).contains(&far)) {
        assert!((0.0..360.0).contains(&bearing));
        let turn = (bearing - globe::bearing(origin, point)).rem_euclid(360.0);
        assert!(turn.min(360.0 - turn) < 1e-5, "{hit:?} {origin:?} {point:?}");
    }
}
