//! What a resource gains by absorbing one of a `.facts` file that shares an identifier with it: names, identifiers, citations.
//! All else stays as it was written.

use std::collections::BTreeMap;

use crate::pb::{self, seed::record::Content};

/// What a resource gains.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::seed) struct Addition {
    names: Vec<String>,
    ids: Vec<pb::ExternalId>,
    citations: Vec<pb::Citation>,
}

impl Addition {
    /// Notes that `owner` absorbs what a record defines.
    pub(super) fn note(additions: &mut BTreeMap<String, Addition>, owner: &str, content: &Content) {
        let (shown, aliases, ids, citations) = match content {
            Content::Place(place) => (&place.display_name, &place.aliases, &place.external_ids, &place.citations),
            Content::Actor(actor) => (&actor.display_name, &actor.aliases, &actor.external_ids, &actor.citations),
            Content::Camp(camp) => (&camp.display_name, &camp.aliases, &camp.external_ids, &camp.citations),
            _ => return,
        };
        let addition = additions.entry(owner.to_owned()).or_default();
        add(&mut addition.names, std::iter::once(shown).chain(aliases));
        add(&mut addition.ids, ids);
        add(&mut addition.citations, citations);
    }

    /// Gives a resource what it gains. It has these names, identifiers and citations already.
    pub(in crate::seed) fn apply(
        &self,
        shown: &str,
        aliases: &mut Vec<String>,
        ids: &mut Vec<pb::ExternalId>,
        citations: &mut Vec<pb::Citation>,
    ) {
        add(aliases, self.names.iter().filter(|name| *name != shown));
        add(ids, &self.ids);
        add(citations, &self.citations);
    }
}

/// Adds what is not there yet.
fn add<'a, T: Clone + PartialEq + 'a>(list: &mut Vec<T>, more: impl IntoIterator<Item = &'a T>) {
    for one in more {
        if !list.contains(one) {
            list.push(one.clone());
        }
    }
}
