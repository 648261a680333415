//! Checked files → one [`Dataset`], in an order that does not depend on files or folders.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::{FactText, documents::Documents, folder::DataSet, imports::Addition, names::Names};
use crate::{
    model::{claims::name_claims, dataset::Dataset},
    pb,
};

/// Merges the files: adds claims and links to the events they are about, and texts to their sources.
///
/// `imported` is what `.facts` files define, `layers` what they are, `names` what their resources were absorbed by.
pub(super) fn merge(
    sets: &[DataSet],
    files: &[FactText],
    documents: &Documents<'_>,
    imported: pb::seed::FactFile,
    names: &Names<'_>,
) -> Dataset {
    let mut dataset = Dataset { layers: layers(sets, files), ..Dataset::default() };
    for file in files {
        dataset.sources.extend(file.facts.sources.iter().cloned());
        dataset.places.extend(file.facts.places.iter().cloned());
        dataset.actors.extend(file.facts.actors.iter().cloned());
        dataset.camps.extend(file.facts.camps.iter().cloned());
        dataset.events.extend(file.facts.events.iter().cloned());
    }
    let pb::seed::FactFile { sources, places, actors, camps, events, claims_on } = imported;
    dataset.sources.extend(sources);
    dataset.places.extend(places);
    dataset.actors.extend(actors);
    dataset.camps.extend(camps);
    dataset.events.extend(events);
    absorb(&mut dataset, names.imported.additions());
    dataset.sources.sort_by(|a, b| a.name.cmp(&b.name));
    dataset.places.sort_by(|a, b| a.name.cmp(&b.name));
    dataset.actors.sort_by(|a, b| a.name.cmp(&b.name));
    dataset.camps.sort_by(|a, b| a.name.cmp(&b.name));
    for source in &mut dataset.sources {
        if let Some(document) = documents.of(&source.name) {
            source.sha256 = format!("{:x}", Sha256::digest(document.text.as_bytes()));
            document.text.clone_into(&mut source.text);
        }
    }
    let added: Vec<_> = files.iter().flat_map(|file| &file.facts.claims_on).chain(&claims_on).collect();
    add(&added, &mut dataset.events);
    dataset.events.sort_by(|a, b| a.name.cmp(&b.name));
    dataset
}

/// Adds claims and links to the events they are about. What is said of an event of a snapshot stands as an event that only adds,
/// without title and kind.
fn add(added: &[&pb::seed::ClaimsOn], events: &mut Vec<pb::Event>) {
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        index.entry(event.name.clone()).or_insert(at);
    }
    for on in added {
        let at = *index.entry(on.event.clone()).or_insert_with(|| {
            events.push(pb::Event { name: on.event.clone(), ..Default::default() });
            events.len() - 1
        });
        if let Some(event) = events.get_mut(at) {
            event.claims.extend(on.claims.iter().cloned());
            event.links.extend(on.links.iter().cloned());
        }
    }
    for event in events {
        // The same claim twice was reported with its places; a data set with problems is not handed out.
        let _ = name_claims(event);
        event.claims.sort_by(|a, b| a.name.cmp(&b.name));
        event.links.sort_by(|a, b| (a.kind, &a.event).cmp(&(b.kind, &b.event)));
    }
}

/// Gives resources what they gain by absorbing those of snapshots and `.facts` files.
pub(super) fn absorb(dataset: &mut Dataset, additions: &BTreeMap<String, Addition>) {
    let Dataset { places, actors, camps, .. } = dataset;
    for place in places {
        if let Some(more) = additions.get(&place.name) {
            more.apply(&place.display_name, &mut place.aliases, &mut place.external_ids, &mut place.citations);
        }
    }
    for actor in actors {
        if let Some(more) = additions.get(&actor.name) {
            more.apply(&actor.display_name, &mut actor.aliases, &mut actor.external_ids, &mut actor.citations);
        }
    }
    for camp in camps {
        if let Some(more) = additions.get(&camp.name) {
            more.apply(&camp.display_name, &mut camp.aliases, &mut camp.external_ids, &mut camp.citations);
        }
    }
}

fn layers(sets: &[DataSet], files: &[FactText]) -> Vec<pb::Layer> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let layer = |(number, set): (usize, &DataSet)| {
        let here = || files.iter().filter(move |file| file.set == number).map(|file| &file.facts);
        let own: usize = here().flat_map(|facts| &facts.events).map(|event| event.claims.len()).sum();
        let added: usize = here().flat_map(|facts| &facts.claims_on).map(|on| on.claims.len()).sum();
        pb::Layer {
            name: set.name.clone(),
            event_count: count(here().map(|facts| facts.events.len()).sum()),
            claim_count: count(own + added),
            source_count: count(here().map(|facts| facts.sources.len()).sum()),
        }
    };
    sets.iter().enumerate().map(layer).collect()
}
