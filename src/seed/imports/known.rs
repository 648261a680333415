//! What `.facts` files define: names, identifiers, and which resource absorbs which.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use super::absorb::Addition;
use crate::{
    model::{
        dataset::Dataset,
        day::Day,
        name::Collection,
        places,
        span::source_day,
        sphere::{Circle, Point},
    },
    pb::{self, seed::record::Content},
    seed::{
        names::Names,
        problem::{Place, ProblemKind, Report},
    },
};

/// Sixteen bytes for a name: of ten million names two are alike once in a million million million times.
type Key = u128;

fn key(name: &str) -> Key {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, name).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// What `.facts` files define.
#[derive(Debug, Default)]
pub(in crate::seed) struct Known {
    /// The names of places, actors and camps of snapshots that no folder absorbs.
    beside: HashSet<Key>,
    /// For each file, the names that it gives a resource of its own.
    names: Vec<HashSet<Key>>,
    /// For each file, the records of resources that others absorb.
    left_out: Vec<HashSet<u64>>,
    /// The name of what absorbed a resource, by its own.
    absorbed: HashMap<String, String>,
    /// What a resource gains by absorbing others.
    additions: BTreeMap<String, Addition>,
    /// Events that other entries are about: by a claim that is added to them, or by a link.
    related: HashSet<Key>,
    /// The days of sources that have one.
    days: HashMap<String, Day>,
    /// Sources that have none.
    undated: BTreeMap<String, Place>,
    /// The circles of places, and the places they lie in.
    circles: HashMap<Key, Circle>,
    parents: HashMap<Key, Key>,
}

impl Known {
    /// Whether a file defines it, and nothing absorbs it.
    pub(in crate::seed) fn has(&self, name: &str) -> bool {
        let key = key(name);
        self.names.iter().any(|names| names.contains(&key))
    }

    /// What absorbs it.
    pub(in crate::seed) fn absorbed(&self, name: &str) -> Option<&str> {
        self.absorbed.get(name).map(String::as_str)
    }

    /// Whether another entry is about an event, or it about another: then they can only be looked at together.
    pub(in crate::seed) fn is_related(&self, event: &pb::Event) -> bool {
        !event.links.is_empty() || self.related.contains(&key(&event.name))
    }

    pub(super) fn is_absorbed(&self, file: usize, record: u64) -> bool {
        self.left_out.get(file).is_some_and(|records| records.contains(&record))
    }

    /// What absorbed each resource that is absorbed, and what resources gain.
    pub(in crate::seed) fn into_absorbed(self) -> (HashMap<String, String>, BTreeMap<String, Addition>) {
        (self.absorbed, self.additions)
    }

    /// The days of sources that have one.
    pub(in crate::seed) fn days(&self) -> impl Iterator<Item = (String, Day)> {
        self.days.iter().map(|(source, day)| (source.clone(), *day)).collect::<Vec<_>>().into_iter()
    }

    /// Notes the events that links lead to.
    fn relate(&mut self, links: &[pb::Link]) {
        self.related.extend(links.iter().map(|link| key(&link.event)));
    }

    pub(super) fn undated(&self) -> &BTreeMap<String, Place> {
        &self.undated
    }

    /// The circle of a place of a file.
    pub(super) fn circle(&self, name: &str) -> Option<&Circle> {
        self.circles.get(&key(name))
    }

    /// What resources gain.
    pub(in crate::seed) fn additions(&self) -> &BTreeMap<String, Addition> {
        &self.additions
    }
}

type Ids = HashMap<(Collection, String, String), String>;

/// Gathers what files define, one record after the other.
pub(super) struct Survey {
    known: Known,
    /// Who has an identifier: the resources of folders, then those of snapshots, then those of files in their order.
    ids: Ids,
    /// The first place that lies in another.
    inner: Option<Place>,
}

impl Survey {
    pub(super) fn new(written: &[&pb::seed::FactFile]) -> Survey {
        let mut ids = Ids::new();
        let mut known = Known::default();
        let mut take = |collection, name: &str, all: &[pb::ExternalId]| {
            for id in all {
                ids.entry((collection, id.scheme.clone(), id.id.clone())).or_insert_with(|| name.to_owned());
            }
        };
        for facts in written {
            facts.places.iter().for_each(|place| take(Collection::Places, &place.name, &place.external_ids));
            facts.actors.iter().for_each(|actor| take(Collection::Actors, &actor.name, &actor.external_ids));
            facts.camps.iter().for_each(|camp| take(Collection::Camps, &camp.name, &camp.external_ids));
            facts.events.iter().for_each(|event| known.relate(&event.links));
            for on in &facts.claims_on {
                known.related.insert(key(&on.event));
                known.relate(&on.links);
            }
        }
        Survey { known, ids, inner: None }
    }

    /// Takes in what snapshots define: as if it came from a file that is read after the folders and before all files. What a folder
    /// defines as well is compared with it later.
    pub(super) fn beside(&mut self, names: &Names<'_>) {
        let Dataset { sources, places, actors, camps, .. } = names.beside.facts();
        for source in sources {
            if let Some(day) = source_day(&source.published_date) {
                self.known.days.insert(source.name.clone(), day);
            }
        }
        for place in places {
            self.resource(names, Collection::Places, &place.name, &place.external_ids, || {
                Content::Place(place.clone())
            });
        }
        for actor in actors {
            self.resource(names, Collection::Actors, &actor.name, &actor.external_ids, || {
                Content::Actor(actor.clone())
            });
        }
        for camp in camps {
            self.resource(names, Collection::Camps, &camp.name, &camp.external_ids, || Content::Camp(camp.clone()));
        }
    }

    fn resource(
        &mut self,
        names: &Names<'_>,
        collection: Collection,
        name: &str,
        ids: &[pb::ExternalId],
        content: impl FnOnce() -> Content,
    ) {
        let of_folder = |id: &pb::ExternalId| {
            let owner = self.ids.get(&(collection, id.scheme.clone(), id.id.clone()))?;
            names.written(collection, owner).map(|_| owner.clone())
        };
        let owner = if names.written(collection, name).is_some() { None } else { ids.iter().find_map(of_folder) };
        match owner {
            Some(owner) => {
                self.owns(collection, &owner, ids);
                Addition::note(&mut self.known.additions, &owner, &content());
                self.known.absorbed.insert(name.to_owned(), owner);
            }
            None => {
                self.owns(collection, name, ids);
                self.known.beside.insert(key(name));
            }
        }
    }

    /// Notes whose identifiers these are, unless they are another's.
    fn owns(&mut self, collection: Collection, owner: &str, ids: &[pb::ExternalId]) {
        for id in ids {
            self.ids.entry((collection, id.scheme.clone(), id.id.clone())).or_insert_with(|| owner.to_owned());
        }
    }

    /// Begins the next file.
    pub(super) fn file(&mut self) {
        self.known.names.push(HashSet::new());
        self.known.left_out.push(HashSet::new());
    }

    /// Takes in a record.
    pub(super) fn record(
        &mut self,
        names: &Names<'_>,
        number: u64,
        content: &Content,
        shown: &Arc<str>,
        report: &mut Report,
    ) {
        let (collection, name, ids) = match content {
            Content::Source(source) => (Collection::Sources, &source.name, &[][..]),
            Content::Place(place) => (Collection::Places, &place.name, &*place.external_ids),
            Content::Actor(actor) => (Collection::Actors, &actor.name, &*actor.external_ids),
            Content::Camp(camp) => (Collection::Camps, &camp.name, &*camp.external_ids),
            Content::Event(event) => (Collection::Events, &event.name, &[][..]),
            Content::ClaimsOn(on) => {
                self.known.related.insert(key(&on.event));
                self.known.relate(&on.links);
                return;
            }
            Content::Header(_) | Content::End(_) => return,
        };
        let at = || Place::record(shown, number, name);
        if collection.id(name).is_none() {
            let what = format!("`{name}` is no name of {collection}");
            let cure = format!("write {collection}/ and 1 to 128 characters of a-z, 0-9 and single inner hyphens");
            report.add(ProblemKind::Name, at(), what, cure);
        }
        match self.owner(names, collection, name, ids) {
            Owner::Itself => {}
            Owner::Other(owner) => {
                if let Some(left_out) = self.known.left_out.last_mut() {
                    left_out.insert(number);
                }
                self.owns(collection, &owner, ids);
                Addition::note(&mut self.known.additions, &owner, content);
                if owner != *name {
                    self.known.absorbed.insert(name.clone(), owner);
                }
                return;
            }
            Owner::Twice(first) => {
                let cure = format!("keep one, or rename one{first}");
                report.add(ProblemKind::Name, at(), format!("`{name}` is defined twice"), cure);
                return;
            }
        }
        self.own(collection, name, ids, content, at);
    }

    /// Notes a resource that the file itself defines.
    fn own(
        &mut self,
        collection: Collection,
        name: &str,
        ids: &[pb::ExternalId],
        content: &Content,
        at: impl Fn() -> Place,
    ) {
        self.owns(collection, name, ids);
        let here = key(name);
        if let Some(names) = self.known.names.last_mut() {
            names.insert(here);
        }
        match content {
            Content::Event(event) => self.known.relate(&event.links),
            Content::Source(source) => match source_day(&source.published_date) {
                Some(day) => drop(self.known.days.insert(name.to_owned(), day)),
                None => drop(self.known.undated.insert(name.to_owned(), at())),
            },
            Content::Place(place) => {
                let radius =
                    place.uncertainty_meters.or_else(|| places::usual_radius(places::precision_of(place.kind())));
                if let (Some(Ok(center)), Some(radius_meters)) = (place.point.as_ref().map(Point::try_from), radius) {
                    self.known.circles.insert(here, Circle { center, radius_meters });
                }
                if !place.parent.is_empty() {
                    self.known.parents.insert(here, key(&place.parent));
                    self.inner.get_or_insert_with(at);
                }
            }
            _ => {}
        }
    }

    /// Whose a resource is.
    fn owner(&self, names: &Names<'_>, collection: Collection, name: &str, ids: &[pb::ExternalId]) -> Owner {
        let of = |id: &pb::ExternalId| self.ids.get(&(collection, id.scheme.clone(), id.id.clone()));
        if let Some(owner) = ids.iter().find_map(of) {
            let twice = self.known.names.last().is_some_and(|names| names.contains(&key(owner)));
            return if twice {
                Owner::Twice(format!("; it shares an identifier with `{owner}`"))
            } else {
                Owner::Other(owner.clone())
            };
        }
        if let Some(first) = names.written(collection, name) {
            return Owner::Twice(format!("; the first stands at {first}"));
        }
        let here = key(name);
        let beside = self.known.beside.contains(&here);
        let (this, earlier) = match self.known.names.split_last() {
            Some((this, earlier)) => {
                (this.contains(&here), beside || earlier.iter().any(|names| names.contains(&here)))
            }
            None => (false, beside),
        };
        match (this, earlier, collection) {
            (true, ..) | (_, true, Collection::Events) => Owner::Twice(String::new()),
            // Two files of one release, or of two releases, name the same things alike.
            (_, true, _) => Owner::Other(name.to_owned()),
            (false, false, _) => Owner::Itself,
        }
    }

    /// Hands over what was gathered.
    pub(super) fn finish(self, names: &mut Names<'_>, report: &mut Report) {
        if let Some(place) = self.inner.as_ref().filter(|_| has_ring(&self.known.parents)) {
            let what = "among the places from here on some lie in each other in a ring";
            report.add(ProblemKind::Geography, place.clone(), what, "let places lie in larger ones only");
        }
        names.imported = self.known;
    }
}

/// Whether following parents comes back to where it began.
fn has_ring(parents: &HashMap<Key, Key>) -> bool {
    let mut reaches_top = HashSet::new();
    let mut way = Vec::new();
    // The order in which places are asked changes nothing of the answer.
    #[expect(clippy::iter_over_hash_type, reason = "whether there is a ring does not depend on where one looks first")]
    for start in parents.keys() {
        let mut here = *start;
        while reaches_top.insert(here) {
            way.push(here);
            match parents.get(&here) {
                Some(parent) if way.contains(parent) => return true,
                Some(parent) => here = *parent,
                None => break,
            }
        }
        way.clear();
    }
    false
}

/// Whose a resource is.
enum Owner {
    /// Its own.
    Itself,
    /// One that was defined before absorbs it.
    Other(String),
    /// It must not be there twice. What else there is to say.
    Twice(String),
}
