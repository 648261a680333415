//! Facts that were checked before: those of snapshots, beside which folders and `.facts` files are checked. Nothing in them is
//! checked again; others refer to them, add to their events, quote their documents, and share identifiers with them.

use std::{collections::HashMap, sync::Arc};

use super::{
    imports::{Known, references},
    merge,
};
use crate::{
    model::{dataset::Dataset, name::Collection},
    pb,
};

/// Facts that were checked before.
pub struct Beside<'a> {
    /// What they are called where something in them is told of.
    pub(super) shown: Arc<str>,
    facts: Dataset,
    event: &'a dyn Fn(&str) -> Option<pb::Event>,
    /// What absorbed a resource of theirs, by its name.
    absorbed: HashMap<String, String>,
}

impl<'a> Beside<'a> {
    /// The resources of snapshots, and how to find one of their events by name: of these there may be millions.
    pub fn new(shown: &str, mut facts: Dataset, event: &'a dyn Fn(&str) -> Option<pb::Event>) -> Beside<'a> {
        facts.sources.sort_by(|a, b| a.name.cmp(&b.name));
        facts.places.sort_by(|a, b| a.name.cmp(&b.name));
        facts.actors.sort_by(|a, b| a.name.cmp(&b.name));
        facts.camps.sort_by(|a, b| a.name.cmp(&b.name));
        Beside { shown: Arc::from(shown), facts, event, absorbed: HashMap::new() }
    }

    /// No facts at all.
    pub fn nothing() -> Beside<'static> {
        Beside::new("", Dataset::default(), &|_| None)
    }

    /// Their resources. When others were read beside them, without what those absorb, and with what their own gain.
    pub fn into_facts(self) -> Dataset {
        self.facts
    }

    pub(super) fn facts(&self) -> &Dataset {
        &self.facts
    }

    /// Leads one of their events to what absorbed the resources that it names.
    pub fn lead(&self, event: &mut pb::Event) {
        if !self.absorbed.is_empty() {
            references::event(event, &mut |_, name| lead(&self.absorbed, name));
        }
    }

    /// Whether they define a resource.
    pub(super) fn has(&self, collection: Collection, name: &str) -> bool {
        match collection {
            Collection::Sources => find(&self.facts.sources, |source| &source.name, name).is_some(),
            Collection::Places => self.place(name).is_some(),
            Collection::Actors => find(&self.facts.actors, |actor| &actor.name, name).is_some(),
            Collection::Camps => find(&self.facts.camps, |camp| &camp.name, name).is_some(),
            Collection::Events => self.event(name).is_some(),
        }
    }

    pub(super) fn place(&self, name: &str) -> Option<&pb::Place> {
        find(&self.facts.places, |place| &place.name, name)
    }

    /// An event with all that is known of it now.
    pub(super) fn event(&self, name: &str) -> Option<pb::Event> {
        (self.event)(name)
    }

    /// The names of their resources; none of events.
    pub(super) fn names(&self, collection: Collection) -> Vec<&str> {
        match collection {
            Collection::Sources => self.facts.sources.iter().map(|source| source.name.as_str()).collect(),
            Collection::Places => self.facts.places.iter().map(|place| place.name.as_str()).collect(),
            Collection::Actors => self.facts.actors.iter().map(|actor| actor.name.as_str()).collect(),
            Collection::Camps => self.facts.camps.iter().map(|camp| camp.name.as_str()).collect(),
            Collection::Events => Vec::new(),
        }
    }

    /// Takes in what others absorb of them, and what their own resources gain by absorbing.
    pub(super) fn settle(&mut self, known: Known) {
        let (absorbed, additions) = known.into_absorbed();
        let Dataset { places, actors, camps, .. } = &mut self.facts;
        if !absorbed.is_empty() {
            places.retain(|place| !absorbed.contains_key(&place.name));
            actors.retain(|actor| !absorbed.contains_key(&actor.name));
            camps.retain(|camp| !absorbed.contains_key(&camp.name));
            let visit: &mut references::Visit<'_> = &mut |_, name| lead(&absorbed, name);
            for place in places {
                references::place(place, visit);
            }
            for actor in actors {
                references::actor(actor, visit);
            }
            for camp in camps {
                references::camp(camp, visit);
            }
        }
        merge::absorb(&mut self.facts, &additions);
        self.absorbed = absorbed;
    }
}

fn find<'f, T>(sorted: &'f [T], of: fn(&T) -> &String, name: &str) -> Option<&'f T> {
    sorted.binary_search_by(|one| of(one).as_str().cmp(name)).ok().and_then(|at| sorted.get(at))
}

/// Leads a reference to what absorbed what it names.
fn lead(absorbed: &HashMap<String, String>, name: &mut String) {
    if let Some(owner) = absorbed.get(name) {
        owner.clone_into(name);
    }
}
