//! What changed between two revisions, against comparing the lists of both.

use std::collections::{BTreeMap, BTreeSet};

use dossier::{
    model::{claims::name_claims, dataset::Dataset},
    store::{What, query::Position},
};

use super::*;

/// The next revision of a data set: events that are gone, new, told otherwise; and at times another place or actor, so that
/// questions take other events of the same bytes.
fn next(before: &Dataset, dice: &mut Dice) -> Dataset {
    let mut made = before.clone();
    made.events.retain(|_| !dice.once_in(8));
    let others = generate::dataset(900 + dice.below(50) as u64, Size::SMALL);
    for (number, mut event) in (0..).zip(others.events.into_iter().take(dice.below(9))) {
        event.name = format!("events/other-{number}");
        name_claims(&mut event).unwrap();
        made.events.push(event);
    }
    for event in &mut made.events {
        if dice.once_in(6) {
            event.title += " told anew";
        } else if dice.once_in(8) && event.claims.len() > 1 {
            event.claims.pop();
            name_claims(event).unwrap();
        }
    }
    if dice.once_in(2) {
        let at = 4 + dice.below(made.places.len() - 4);
        let regions = ["places/spot-1", "places/spot-2", "places/spot-3"];
        let settlement = made.places.iter_mut().find(|place| place.name == format!("places/spot-{at}")).unwrap();
        settlement.parent = (*dice.pick(&regions)).into();
    }
    if dice.once_in(3) {
        let at = 3 + dice.below(made.actors.len() - 3);
        let actor = made.actors.iter_mut().find(|actor| actor.name == format!("actors/band-{at}")).unwrap();
        actor.affiliations.clear();
    }
    made.events.sort_by(|a, b| a.name.cmp(&b.name));
    made
}

/// What a question takes, by name.
fn taken<'w>(query: &EventQuery, world: &'w World) -> BTreeMap<&'w str, &'w pb::Event> {
    let found = expected(query, Order::OldestFirst, world).into_iter();
    found.map(|event| (event.name.as_str(), event)).collect()
}

/// The events that there are as of a question's day.
fn there<'w>(query: &EventQuery, world: &'w World) -> BTreeSet<&'w str> {
    let versions = world.derived.events.iter().flatten();
    versions.filter(|version| version.known.answers(query.as_of)).map(|version| version.event.name.as_str()).collect()
}

/// A change: its kind, the event as it is now, and why it was removed.
type Told = (&'static str, Option<pb::Event>, Option<pb::RemovalReason>);

fn expected_changes(query: &EventQuery, before: &World, after: &World) -> BTreeMap<String, Told> {
    let (was, is, left) = (taken(query, before), taken(query, after), there(query, after));
    let names: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    let change = |name: &str| match (was.get(name), is.get(name)) {
        (None, Some(event)) => Some(("added", Some((*event).clone()), None)),
        (Some(one), Some(other)) => (one != other).then(|| ("changed", Some((*other).clone()), None)),
        (Some(_), None) if left.contains(name) => Some(("removed", None, Some(pb::RemovalReason::NoLongerMatches))),
        (Some(_), None) => Some(("removed", None, Some(pb::RemovalReason::Deleted))),
        (None, None) => None,
    };
    names.into_iter().filter_map(|name| Some((name.to_owned(), change(name)?))).collect()
}

fn changes(query: &EventQuery, before: &World, after: &World, size: usize) -> Vec<(String, Told)> {
    run(async {
        let budget = Budget::default();
        let difference = after.view.difference(&before.view, &budget).await.unwrap();
        let (was, is) =
            (before.view.plan(query, &budget).await.unwrap(), after.view.plan(query, &budget).await.unwrap());
        let mut found = vec![];
        let mut at: Option<Position> = None;
        loop {
            let page = PageOf { after: at, size };
            let from = (&*before.view, Some(&was));
            let page = after.view.changes(Some(&is), from, &difference, query, page, &budget).await.unwrap();
            assert!(page.changes.len() <= size && (!page.more || page.changes.len() == size));
            for change in &page.changes {
                let event = |bytes: &[u8]| Some(pb::Event::decode_length_delimited(bytes).unwrap());
                let told = match change.what {
                    What::Added(bytes) => ("added", event(bytes), None),
                    What::Changed(bytes) => ("changed", event(bytes), None),
                    What::Removed(reason) => ("removed", None, Some(reason)),
                };
                found.push((change.name.to_owned(), told));
                at = Some(change.at);
            }
            if !page.more {
                return found;
            }
        }
    })
}

fn world_of(made: Dataset) -> World {
    let derived = derive(made);
    let store = ImageStore::new(ImageView::in_memory(&derived, UNIX_EPOCH).unwrap());
    World { view: store.current(), derived }
}

#[test]
fn changes_are_what_comparing_both_lists_finds() {
    let mut kinds: BTreeMap<(&str, Option<i32>), usize> = BTreeMap::new();
    for seed in 0..24 {
        let mut dice = Dice::new(7000 + seed);
        let made = generate::dataset(seed, Size::SMALL);
        let other = next(&made, &mut dice);
        let (before, after) = (world_of(made), world_of(other));
        for _ in 0..25 {
            let of = if dice.once_in(2) { &before } else { &after };
            let query = query(&mut dice, of);
            let expected = expected_changes(&query, &before, &after);
            let found = changes(&query, &before, &after, *dice.pick(&[1, 2, 7, 1000]));
            // In the order of names.
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{query:?}");
            for (_, (kind, _, reason)) in found {
                *kinds.entry((kind, reason.map(i32::from))).or_default() += 1;
            }
        }
    }
    assert!(kinds.len() == 4 && kinds.values().all(|times| *times > 10), "all kinds of changes: {kinds:?}");
}

#[test]
fn nothing_changed_between_a_revision_and_itself() {
    let world = world_of(generate::dataset(3, Size::SMALL));
    assert_eq!(changes(&EventQuery::default(), &world, &world, 10), vec![]);
}
