//! The service at a size where indexes matter: 100,000 events in several versions, in memory and in a mapped file, held against
//! a model that reads the facts and the questions by its own means and looks at every version.
//!
//! What is not the model's own: the messages are those of `derive`, which has a model beside it. Which of them is known on which
//! day is told here.

mod asked;
mod calls;
mod days;
mod facts;
mod globe;
mod holds;
mod made;
mod others;
mod slices;
mod takes;

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::BufWriter,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Instant, UNIX_EPOCH},
};

use dossier::{
    api::{FactService, Limits},
    model::{
        dataset::Dataset,
        derive::{Derived, derive},
    },
    pb,
    store::{
        Store as _,
        build::{Spool, streamed},
        engine::{ImageStore, ImageView},
        image::Image,
    },
};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use prost::Message as _;

use asked::{CUTS, FIELDS, WINDOW, asked};
use calls::{Both, Service};
use facts::Facts;
use made::LATE;

const EVENTS: usize = 100_000;

/// Questions with several fields that each of two threads asks; `DOSSIER_CROWD` asks for more, and others.
const ROUNDS: u32 = 100;

/// What is asked, and what is known of it.
struct World {
    facts: Facts,
    both: Both,
    /// The mapped file, without a service over it.
    view: Arc<ImageView>,
    /// The country of each place.
    countries: Vec<Option<String>>,
    /// For some days, empty for now: the handover of each event that was known.
    handovers: BTreeMap<String, HashMap<String, Vec<u8>>>,
    /// For the same days the camps, by name.
    camps: BTreeMap<String, Vec<Vec<u8>>>,
    actors: Vec<pb::Actor>,
    sources: Vec<pb::Source>,
}

/// One test, since what takes the time is to make and derive the events.
#[test]
fn many_events_are_answered_as_a_scan_finds_them() {
    let began = Instant::now();
    let tell = |what: &str| println!("{what}: {:.1} s", began.elapsed().as_secs_f64());
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), &tell);
    others::hold(&world);
    tell("entities, gets and names");
    slices::hold(&world);
    tell("slices");
    let asked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (world, asked) = (&world, &asked);
            scope.spawn(move || question(world, half, asked));
        }
    });
    tell(&format!("{} questions", asked.load(Relaxed)));
    assert!(asked.load(Relaxed) > 2 * ROUNDS as usize);
}

/// Asks by every field of a filter alone, by every two together, and by more of them.
fn question(world: &World, half: u32, asked_all: &AtomicUsize) {
    let more: u32 = std::env::var("DOSSIER_CROWD").map_or(0, |more| more.parse().unwrap());
    // Windows have edges that only few of them hit.
    let alone = (0..FIELDS).chain([WINDOW; 32]).map(|field| 1 << field);
    let pairs = (0..FIELDS).flat_map(|one| (0..one).map(move |other| 1 << one | 1 << other));
    let rounds = if more == 0 { ROUNDS } else { more };
    let several = (0..rounds).map(|round| {
        // Three to six of them, spread by a multiplier without a pattern.
        let mixed = blake3::hash(&(round * 2 + half + more).to_be_bytes());
        let picks = mixed.as_bytes().iter().take(3 + round as usize % 4);
        picks.fold(0, |fields, byte| fields | 1 << (u32::from(*byte) % FIELDS))
    });
    let mine = alone.chain(pairs).enumerate().filter(|(at, _)| *at as u32 % 2 == half).map(|(_, fields)| fields);
    for (at, fields) in (0_u32..).zip(std::iter::once(0).chain(mine).chain(several)) {
        // A runner counts its cases over all its runs, so each question has one of its own.
        let seed = blake3::hash([half, more, at].map(u32::to_be_bytes).as_flattened());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed.as_bytes());
        let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 24, ..Config::default() };
        let told = TestRunner::new_with_rng(config, rng).run(&asked(&world.facts, fields), |asked| {
            if !holds::holds(world, &asked) {
                return Err(TestCaseError::reject("too near an edge"));
            }
            asked_all.fetch_add(1, Relaxed);
            Ok(())
        });
        told.unwrap_or_else(|failure| panic!("fields {fields:#x}: {failure}"));
    }
}

impl World {
    fn new(folder: &Path, tell: &impl Fn(&str)) -> World {
        let made = made::dataset(77, EVENTS);
        tell("made");
        let (mapped, (derived, memory)) = std::thread::scope(|scope| {
            let mapped = scope.spawn(|| mapped(folder, &made));
            let derived = derive(made.clone());
            let memory = service(store(ImageView::in_memory(&derived, UNIX_EPOCH).unwrap()));
            (store(mapped.join().unwrap()), (derived, memory))
        });
        tell("derived and built twice");
        let view = mapped.current();
        let both = Both { memory, snapshot: service(mapped), revision: derived.revision.clone() };
        let (mut handovers, mut camps) = (BTreeMap::new(), BTreeMap::new());
        let mut add = |day: String, derived: &Derived| {
            let now = derived.handovers.iter().flatten().filter(|version| version.known.answers(None));
            let now = now.map(|version| (version.handover.event.clone(), version.handover.encode_to_vec()));
            handovers.insert(day.clone(), now.collect::<HashMap<_, _>>());
            let now = derived.camps.iter().flatten().filter(|version| version.known.answers(None));
            camps.insert(day, now.map(|version| version.camp.encode_to_vec()).collect());
        };
        add(String::new(), &derived);
        let facts = Facts::new(made, &derived);
        tell("read");
        for cut in CUTS {
            let day = made::day(cut);
            add(day.clone(), &derive(known_on(&facts, days::day(&day).unwrap())));
        }
        let countries = facts.made.places.iter().map(|place| facts.country(&place.name)).collect();
        let Derived { actors, sources, .. } = derived;
        let world = World { facts, both, view, countries, handovers, camps, actors, sources };
        world.is_worth_asking();
        tell("cut");
        world
    }

    /// The made-up events have what the questions are about.
    fn is_worth_asking(&self) {
        let seen = &self.facts.seen;
        let has = |what: &str, least: usize, is: &dyn Fn(&facts::Seen) -> bool| {
            let found = seen.iter().filter(|seen| is(seen)).count();
            assert!(found > least, "{what}: {found} of {}", seen.len());
        };
        assert!(seen.len() > 200_000, "events have several versions: {}", seen.len());
        has("known now", EVENTS - 1, &|seen| seen.now);
        has("of undated sources", 1000, &|seen| seen.now && seen.known.is_empty());
        has("undated", 1000, &|seen| !seen.dated);
        has("doubtful", 1000, &|seen| seen.bounds.uncertain && seen.dated);
        has("open", 1000, &|seen| seen.dated && seen.bounds.end.1 == days::OPEN.1);
        has("in a time of exact days", 10_000, &|seen| seen.bounds.start.0 >= days::day(LATE).unwrap());
        has("nowhere", 1000, &|seen| seen.spot.is_none());
        for role in 1..=9 {
            has("in a role", 1000, &|seen| seen.parts.iter().any(|(is, ..)| *is == role));
        }
        let at = |latitude: f64| move |spot: &(pb::LatLng, f64)| spot.0.latitude == latitude;
        assert!(self.facts.spots.iter().any(at(90.0)) && self.facts.spots.iter().any(at(-90.0)));
        for day in CUTS {
            assert!(self.handovers[&made::day(day)].len() > 100);
        }
    }
}

fn store(view: ImageView) -> Arc<ImageStore> {
    Arc::new(ImageStore::new(view))
}

fn service(store: Arc<ImageStore>) -> Service {
    FactService::new(store, Limits::default())
}

/// The facts as `dossier build` writes and `dossier serve` maps them.
fn mapped(folder: &Path, made: &Dataset) -> ImageView {
    let path = folder.join("facts.dossier");
    let mut spool = Spool::new(folder).unwrap();
    made.events.iter().for_each(|event| spool.add(event).unwrap());
    streamed(with(made, vec![]), spool, BufWriter::new(File::create(&path).unwrap())).unwrap().into_inner().unwrap();
    ImageView::open(Image::open(&path).unwrap(), UNIX_EPOCH).unwrap()
}

/// The facts of a day, as far as camps change hands in them: what later sources add is not there.
fn known_on(facts: &Facts, day: i32) -> Dataset {
    use pb::EventKind as K;
    let known = |citation: &pb::Citation| facts.source_day(&citation.source) <= day;
    let made = &facts.made;
    let targets: std::collections::HashSet<&str> =
        made.events.iter().flat_map(|event| &event.links).map(|link| link.event.as_str()).collect();
    let matters = |event: &&pb::Event| {
        matches!(event.kind(), K::Handover | K::Withdrawal | K::Taking)
            || !event.links.is_empty()
            || targets.contains(event.name.as_str())
    };
    let mut events: Vec<pb::Event> = made.events.iter().filter(matters).cloned().collect();
    for event in &mut events {
        event.claims.iter_mut().for_each(|claim| claim.citations.retain(known));
        event.claims.retain(|claim| !claim.citations.is_empty());
        event.links.retain(|link| link.citation.as_ref().is_some_and(known));
    }
    events.retain(|event| !event.claims.is_empty());
    let there: std::collections::HashSet<String> = events.iter().map(|event| event.name.clone()).collect();
    for event in &mut events {
        event.links.retain(|link| there.contains(&link.event));
    }
    with(made, events)
}

/// The same sources, places, actors and camps with other events.
fn with(made: &Dataset, events: Vec<pb::Event>) -> Dataset {
    let Dataset { layers, sources, places, actors, camps, .. } = made;
    let (layers, sources) = (layers.clone(), sources.clone());
    Dataset { layers, sources, places: places.clone(), actors: actors.clone(), camps: camps.clone(), events }
}
