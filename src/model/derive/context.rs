//! What the derivation of one event rests on beside the event: sources' days, places, actors, links of other events.

use std::collections::{HashMap, HashSet};

use crate::{
    model::{actors::ActorTree, claims, day::Day, places::PlaceTree, span::source_day},
    pb,
};

/// What the derivation of one event rests on beside the event.
#[derive(Debug, Default)]
pub struct Context<'a> {
    /// Who belongs to whom.
    pub actor_tree: ActorTree,
    /// What lies where.
    pub place_tree: PlaceTree,
    places: HashMap<&'a str, &'a pb::Place>,
    sources: HashMap<&'a str, Voice<'a>>,
    media: HashSet<&'a str>,
    /// For each event that others link to: the links turned round, each with the day from which it is known.
    incoming: HashMap<&'a str, Vec<(pb::Link, Day)>>,
    /// For each event that links to another or is linked to: the day from which it is known.
    known: HashMap<&'a str, Day>,
}

#[derive(Debug)]
struct Voice<'a> {
    published: Option<Day>,
    publisher: &'a str,
}

impl<'a> Context<'a> {
    /// The context of events that link to none.
    ///
    /// Places are filled already (`places::fill`).
    pub fn new(sources: &'a [pb::Source], places: &'a [pb::Place], actors: &'a [pb::Actor]) -> Context<'a> {
        let voice = |source: &'a pb::Source| Voice {
            published: source_day(&source.published_date),
            publisher: if source.publisher.is_empty() { &source.name } else { &source.publisher },
        };
        let media = actors.iter().filter(|actor| actor.kind() == pb::ActorKind::Media);
        Context {
            actor_tree: ActorTree::new(actors),
            place_tree: PlaceTree::new(places),
            places: places.iter().map(|place| (place.name.as_str(), place)).collect(),
            sources: sources.iter().map(|source| (source.name.as_str(), voice(source))).collect(),
            media: media.map(|actor| actor.name.as_str()).collect(),
            incoming: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// Takes in the links between these events, which are all that are loaded.
    pub fn link(&mut self, events: &'a [pb::Event]) {
        let linking = || events.iter().filter(|event| !event.links.is_empty());
        let targets: HashSet<&str> = linking().flat_map(|event| &event.links).map(|link| link.event.as_str()).collect();
        for event in events {
            if !event.links.is_empty() || targets.contains(event.name.as_str()) {
                self.known.insert(&event.name, self.known_from(event));
            }
        }
        for event in linking() {
            for link in &event.links {
                let day = self.link_day(&event.name, link);
                let turned = pb::Link { event: event.name.clone(), ..link.clone() };
                self.incoming.entry(&link.event).or_default().push((turned, day));
            }
        }
    }

    /// The place of that name.
    pub(super) fn place(&self, name: &str) -> Option<&pb::Place> {
        self.places.get(name).copied()
    }

    /// The day from which what a source says is known: the last on which it can have been published. `Day::MAX` if that is
    /// unknown.
    pub(super) fn source_day(&self, source: &str) -> Day {
        self.published(source).unwrap_or(Day::MAX)
    }

    fn published(&self, source: &str) -> Option<Day> {
        self.sources.get(source).and_then(|voice| voice.published)
    }

    /// Whose own voice a source is: its publisher's, since saying it twice adds nothing; the source's if that is unknown.
    pub(super) fn own_voice<'b>(&'b self, source: &'b str) -> &'b str {
        self.sources.get(source).map_or(source, |voice| voice.publisher)
    }

    /// Whether an actor is a news medium: it reports, and stands for no side.
    pub(super) fn is_medium(&self, actor: &str) -> bool {
        self.media.contains(actor)
    }

    /// The day from which a claim is known: that of the first of its sources. Its other citations are not shown before
    /// the days of theirs.
    pub(super) fn claim_day(&self, claim: &pb::Claim) -> Day {
        claims::known_from(claim, |source| self.published(source)).unwrap_or(Day::MAX)
    }

    /// The day on which a claim was stated: `stated_date`, else the day from which it is known. Absent if neither is
    /// known. It is the same in all versions of the event.
    pub fn statement_day(&self, claim: &pb::Claim) -> Option<Day> {
        claims::statement_day(claim, |source| self.published(source))
    }

    /// The day from which an event is known: that of the first of its claims.
    pub(super) fn known_from(&self, event: &pb::Event) -> Day {
        event.claims.iter().map(|claim| self.claim_day(claim)).min().unwrap_or(Day::MAX)
    }

    /// The day from which a link is known: its source's, and not before both events are. A link without a citation is
    /// known as little as an undated source.
    pub(super) fn link_day(&self, from: &str, link: &pb::Link) -> Day {
        let cited = link.citation.as_ref().map_or(Day::MAX, |citation| self.source_day(&citation.source));
        let known = |event: &str| self.known.get(event).copied().unwrap_or(Day::MIN);
        cited.max(known(from)).max(known(&link.event))
    }

    /// The links of other events to this one, each with the day from which it is known.
    pub(super) fn incoming(&self, event: &str) -> &[(pb::Link, Day)] {
        self.incoming.get(event).map_or(&[], Vec::as_slice)
    }
}
