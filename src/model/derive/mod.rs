//! What follows from the claims: versions of events, camps and handovers, one for each day on which knowledge changed.
//!
//! A version is derived from nothing but the claims and links that are known on its days, so asking for a day later means
//! choosing a version, never deriving again. Places, actors and sources are reference data and have no versions.

mod codes;
mod context;
mod control;
mod corroboration;
mod cut;
mod disputes;
pub mod event;
mod handovers;
mod numbers;
mod order;
mod sources;
#[cfg(test)]
mod tests;

use super::{
    actors::ActorTree,
    dataset::Dataset,
    day::Day,
    places,
    places::PlaceTree,
    revision::{EventDigest, revision},
    span::Span,
};
use crate::pb;

pub use context::Context;
pub use sources::Cited;

/// When a version is known.
///
/// Claims of undated sources exist only for questions without a day. Where there are such claims the current version
/// stands apart, with `from` = `to` = `Day::MAX`, and the last dated version is not current.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Known {
    /// First day on which it is what was known.
    pub from: Day,
    /// First day on which it no longer is.
    pub to: Day,
    /// Whether it is what is known now.
    pub current: bool,
}

impl Known {
    /// Whether it answers a question as of a day, or without a day.
    pub fn answers(&self, as_of: Option<Day>) -> bool {
        as_of.map_or(self.current, |day| self.from <= day && day < self.to)
    }
}

/// An event as known for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct EventVersion {
    /// When it is known.
    pub known: Known,
    /// The event as served, with all OUTPUT_ONLY fields.
    pub event: pb::Event,
    /// Its time for filters: that of `event.time`, else the bounds of an undated event, which are not shown.
    pub span: Span,
    /// Whether `event.time` gives the span.
    pub dated: bool,
}

/// A camp with its chain of control as known for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct CampVersion {
    /// When it is known.
    pub known: Known,
    /// The camp as served.
    pub camp: pb::Camp,
}

/// A handover as known for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct HandoverVersion {
    /// When it is known.
    pub known: Known,
    /// The handover as served, of the HANDOVER event `handover.event`.
    pub handover: pb::CampHandover,
}

/// All that is served of a data set, sorted by name.
#[derive(Debug, Clone, Default)]
pub struct Derived {
    /// The revision: blake3 of content, schema and derivation, in hexadecimal.
    pub revision: String,
    /// The data sets it was merged from.
    pub layers: Vec<pb::Layer>,
    /// Sources, with the parts that claims cite.
    pub sources: Vec<pb::Source>,
    /// Places, with the points, radii and countries that follow.
    pub places: Vec<pb::Place>,
    /// Actors, with their sides.
    pub actors: Vec<pb::Actor>,
    /// For each camp, its versions from the earliest on. They cover all days.
    pub camps: Vec<Vec<CampVersion>>,
    /// For each event, its versions from the earliest on. They cover all days from the first report on.
    pub events: Vec<Vec<EventVersion>>,
    /// For each HANDOVER event, its versions from the earliest on.
    pub handovers: Vec<Vec<HandoverVersion>>,
    /// Who belongs to whom.
    pub actor_tree: ActorTree,
    /// What lies where.
    pub place_tree: PlaceTree,
}

/// Derives all that is served.
pub fn derive(mut dataset: Dataset) -> Derived {
    places::fill(&mut dataset.places);
    let mut context = Context::new(&dataset.sources, &dataset.places, &dataset.actors);
    context.link(&dataset.events);
    let events: Vec<Vec<EventVersion>> = dataset.events.iter().map(|event| event::versions(event, &context)).collect();
    let digest = |event: &pb::Event| EventDigest::of(event::filled(event.clone(), &context));
    let revision = revision(&dataset, dataset.events.iter().map(digest).collect());
    let mut cited = Cited::default();
    dataset.events.iter().for_each(|event| cited.add(event));
    let Context { actor_tree, place_tree, .. } = context;
    let Dataset { layers, mut sources, places, mut actors, camps, .. } = dataset;
    cited.fill(&mut sources);
    fill_actors(&mut actors, &actor_tree);
    let (camps, handovers) = hands(&camps, &events, &actors, &actor_tree);
    Derived { revision, layers, sources, places, actors, camps, events, handovers, actor_tree, place_tree }
}

/// Fills the sides of actors and the days of their ties.
pub fn fill_actors(actors: &mut [pb::Actor], tree: &ActorTree) {
    for actor in actors {
        // Today is when ties hold that are not known to have ended: an answer must not depend on a clock.
        actor.side = tree.side(&actor.name, Day::MAX).to_owned();
        for time in actor.affiliations.iter_mut().filter_map(|tie| tie.time.as_mut()) {
            if let Ok(span) = Span::parse(&time.edtf, None) {
                span.fill(time);
            }
        }
    }
}

/// The versions of each camp, and of each handover.
pub type Hands = (Vec<Vec<CampVersion>>, Vec<Vec<HandoverVersion>>);

/// Who held each camp, and what its handovers show. Of the events only those matter that [`changes_hands`] tells.
pub fn hands(camps: &[pb::Camp], events: &[Vec<EventVersion>], actors: &[pb::Actor], tree: &ActorTree) -> Hands {
    let camps = control::versions(camps, events, tree);
    let handovers = handovers::versions(events, &camps, actors, tree);
    (camps, handovers)
}

/// Whether an event says who holds a camp.
pub fn changes_hands(event: &pb::Event) -> bool {
    let about = matches!(event.kind(), pb::EventKind::Withdrawal | pb::EventKind::Taking) && !event.camps.is_empty();
    about || event.kind() == pb::EventKind::Handover
}
