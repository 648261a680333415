//! No question holds a thread: between two yields it looks at few rows, names and entries, whatever is asked.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant, UNIX_EPOCH},
};

use dossier::{
    model::{dataset::Dataset, derive::derive, name::Collection},
    pb,
    store::{
        Budget, Error, View,
        engine::ImageView,
        query::{EntityQuery, PageOf, ResolveQuery},
    },
};

use crate::generate::Dice;

/// What a question may look at between two yields: a slice, and what one look more adds.
const AT_ONCE: u64 = 2 * 4096;
/// Many times what a slice takes, unoptimised and beside other tests.
const LONGEST: Duration = Duration::from_millis(50);

/// What a question took.
#[derive(Debug)]
pub(super) struct Took {
    /// How often it went on.
    pub(super) turns: usize,
    /// What it looked at, and the most of it between two yields.
    pub(super) spent: u64,
    at_once: u64,
    /// The longest time of processor between two yields.
    longest: Duration,
}

/// Time of processor that this thread has used, where the system tells.
fn used() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().map(Duration::from_nanos).ok()
}

/// Answers a question slice by slice, each of which has to be small.
pub(super) fn in_slices<T>(what: &str, budget: &Budget, question: impl Future<Output = T>) -> (T, Took) {
    let mut question = pin!(question);
    let mut took = Took { turns: 0, spent: 0, at_once: 0, longest: Duration::ZERO };
    let answer = loop {
        let (before, began) = (used(), Instant::now());
        let polled = question.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        // The clock tells of others as well, and the system only of whole ticks.
        let time = before
            .zip(used())
            .map_or(Duration::MAX, |(before, after)| after.saturating_sub(before))
            .min(began.elapsed());
        took.longest = took.longest.max(time);
        took.at_once = took.at_once.max(budget.spent() - took.spent);
        took.spent = budget.spent();
        took.turns += 1;
        if let Poll::Ready(answer) = polled {
            break answer;
        }
    };
    assert!(took.at_once <= AT_ONCE && took.longest < LONGEST, "{what}: {took:?}");
    (answer, took)
}

const PLACES: usize = 40_000;
const SYLLABLES: [&str; 16] =
    ["ka", "ri", "mo", "du", "al", "ba", "sha", "ne", "to", "gar", "li", "zu", "fa", "hel", "mar", "wen"];

/// As many places as the gazetteer of a large country has.
fn places() -> ImageView {
    let mut dice = Dice::new(5);
    let mut word = || (0..4).map(|_| *dice.pick(&SYLLABLES)).collect::<String>();
    let mut places: Vec<pb::Place> = (0..PLACES)
        .map(|i| {
            let (one, other) = (word(), word());
            pb::Place {
                name: format!("places/{one}-{other}-{i}"),
                display_name: format!("{one} {other}"),
                kind: pb::PlaceKind::Settlement.into(),
                ..Default::default()
            }
        })
        .collect();
    places.sort_by(|a, b| a.name.cmp(&b.name));
    ImageView::in_memory(&derive(Dataset { places, ..Dataset::default() }), UNIX_EPOCH).unwrap()
}

fn all_names(view: &ImageView) -> Vec<String> {
    let page = PageOf { after: None, size: PLACES };
    let every = EntityQuery::Places { kinds: vec![], within: None, country_code: None };
    let budget = Budget::default();
    let (hits, took) = in_slices("all places", &budget, view.list_entities(&every, page, &budget));
    assert!(took.turns > PLACES / 4096);
    super::decode::<pb::Place>(&hits.unwrap()).into_iter().map(|place| place.name).collect()
}

#[test]
fn names_that_mean_nothing_are_compared_with_all_others_in_slices() {
    let view = places();
    let names = all_names(&view);
    // A letter less, two swapped, other words, letters that are in no name, as many words or letters as there can be.
    let mut wanted: Vec<String> = names.iter().step_by(9_000).map(|name| name.replacen('a', "", 1)).collect();
    wanted.extend(names.iter().skip(99).step_by(19_000).map(|name| format!("places/{}", swapped(&name[7..]))));
    wanted.extend(["places/x".repeat(20), format!("places/{}", "ka-".repeat(60)), "places/qxq-qxq".into()]);
    let budget = Budget::default();
    let (told, took) = in_slices("unknown names", &budget, view.get(Collection::Places, &wanted, None, &budget));
    let Err(Error::Unknown(told)) = told else { panic!("nothing has these names") };
    assert!(took.spent > PLACES as u64 && took.turns > PLACES / 4096, "{took:?}");
    assert_eq!(told.len(), wanted.len());
    for (unknown, of) in told.iter().zip(names.iter().step_by(9_000)).take(5) {
        assert_eq!(unknown.near.first(), Some(of), "{unknown:?}");
    }
    for (unknown, of) in told.iter().skip(5).zip(names.iter().skip(99).step_by(19_000)) {
        assert_eq!(unknown.near.first(), Some(of), "{unknown:?}");
    }
}

fn swapped(id: &str) -> String {
    let mut letters: Vec<char> = id.chars().collect();
    letters.swap(1, 2);
    letters.into_iter().collect()
}

#[test]
fn names_are_resolved_in_slices() {
    let view = places();
    let long = ["sha ", "ka-ri-mo "].map(|text| text.repeat(200 / text.len()));
    let short = SYLLABLES.map(|text| text[..1].to_owned());
    // All of them have this in their names.
    let names = long.into_iter().chain(short).chain(["p".to_owned(), "places".to_owned()]).collect();
    let query = ResolveQuery { names, kinds: vec![], limit: 50 };
    let budget = Budget::default();
    let (found, took) = in_slices("names", &budget, view.resolve(&query, &budget));
    assert!(found.unwrap().iter().any(|candidates| candidates.len() == 50) && took.turns > 100);
}
