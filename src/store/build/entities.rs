//! Places, actors, camps and sources: their records, names and messages, and what indexing events asks of them.

use std::io;

use super::{Map, TooLarge, count};
use crate::{
    model::{
        actors::ActorTree,
        day::Day,
        derive::{CampVersion, Derived, Known},
        places::PlaceTree,
    },
    pb::{self, ResourceKind},
    store::{
        image::{
            ImageWriter, SectionId,
            records::{Entity, Message, NONE, Run},
        },
        index::lexicon::LexiconBuilder,
    },
};

/// Known always.
const ALWAYS: Known = Known { from: Day::MIN, to: Day::MAX, current: true };

/// The resources that events refer to, each collection sorted by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resources<'a> {
    pub(crate) sources: &'a [pb::Source],
    pub(crate) places: &'a [pb::Place],
    pub(crate) actors: &'a [pb::Actor],
    pub(crate) camps: &'a [Vec<CampVersion>],
    pub(crate) actor_tree: &'a ActorTree,
    pub(crate) place_tree: &'a PlaceTree,
}

impl<'a> Resources<'a> {
    /// Those of what was derived.
    pub(super) fn of(derived: &'a Derived) -> Resources<'a> {
        let Derived { sources, places, actors, camps, actor_tree, place_tree, .. } = derived;
        Resources { sources, places, actors, camps, actor_tree, place_tree }
    }
}

/// Collects the records of entities.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    ordinals: Map<String, u32>,
    places: Vec<Entity>,
    actors: Vec<Entity>,
    camps: Vec<Entity>,
    sources: Vec<Entity>,
    texts: Vec<u8>,
    above: Vec<u32>,
    messages: Vec<Message>,
    bytes: Vec<u8>,
    lexicon: LexiconBuilder,
}

const BLANK: Entity = Entity {
    circle: [0.0; 3],
    name: Run { first: 0, len: 0 },
    above: Run { first: 0, len: 0 },
    messages: Run { first: 0, len: 0 },
    kind: 0,
    place: NONE,
    country: [0; 2],
    located: 0,
    blank: 0,
};

impl Entities {
    /// Takes in all resources.
    pub(crate) fn new(all: &Resources<'_>) -> Result<Entities, TooLarge> {
        let mut entities = Entities::default();
        entities.number(&mut all.places.iter().map(|place| place.name.as_str()))?;
        entities.number(&mut all.actors.iter().map(|actor| actor.name.as_str()))?;
        entities.number(&mut all.sources.iter().map(|source| source.name.as_str()))?;
        let camps: Vec<&[CampVersion]> = all.camps.iter().map(Vec::as_slice).filter(|v| !v.is_empty()).collect();
        entities.number(&mut camps.iter().filter_map(|versions| versions.first()).map(|v| v.camp.name.as_str()))?;
        for place in all.places {
            entities.add_place(place, all.place_tree)?;
        }
        for actor in all.actors {
            entities.add_actor(actor, all.actor_tree)?;
        }
        for source in all.sources {
            entities.add_source(source)?;
        }
        for versions in camps {
            entities.add_camp(versions)?;
        }
        Ok(entities)
    }

    /// The ordinal of a resource, by its whole name: collections do not share names.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.ordinals.get(name).copied()
    }

    /// What a place lies in, itself included.
    pub(crate) fn above_place(&self, place: u32) -> &[u32] {
        let run = self.places.get(place as usize).map(|place| place.above).unwrap_or_default();
        self.above.get(run.first as usize..run.range().end as usize).unwrap_or_default()
    }

    /// The country of a place.
    pub(crate) fn country(&self, place: u32) -> Option<[u8; 2]> {
        self.places.get(place as usize).map(|place| place.country).filter(|code| *code != [0; 2])
    }

    /// Whether an actor may belong to another at some time.
    pub(crate) fn belongs(&self, actor: u32) -> bool {
        self.actors.get(actor as usize).is_some_and(|actor| actor.above.len > 1)
    }

    /// Appends a message that no entity has.
    pub(crate) fn message(&mut self, message: &impl prost::Message) -> u64 {
        let at = self.bytes.len() as u64;
        // Appending to a `Vec` cannot fail.
        let _ = message.encode_length_delimited(&mut self.bytes);
        at
    }

    /// Writes it all.
    pub(crate) fn write<W: io::Write + io::Seek>(self, image: &mut ImageWriter<W>) -> io::Result<()> {
        image.eager(SectionId::Places, &self.places)?;
        image.eager(SectionId::Actors, &self.actors)?;
        image.eager(SectionId::Camps, &self.camps)?;
        image.eager(SectionId::Sources, &self.sources)?;
        image.eager(SectionId::Texts, &self.texts)?;
        image.eager(SectionId::Above, &self.above)?;
        image.eager(SectionId::Messages, &self.messages)?;
        image.lazy(SectionId::MessageBytes, &self.bytes)?;
        image.eager(SectionId::Lexicon, &self.lexicon.finish()?)
    }

    fn number(&mut self, names: &mut dyn Iterator<Item = &str>) -> Result<(), TooLarge> {
        for (at, name) in names.enumerate() {
            self.ordinals.insert(name.to_owned(), count(at)?);
        }
        Ok(())
    }

    fn add_place(&mut self, place: &pb::Place, tree: &PlaceTree) -> Result<(), TooLarge> {
        let above = tree.ancestors(&place.name);
        let entity = Entity {
            kind: place.kind,
            country: place.country_code.as_bytes().try_into().unwrap_or_default(),
            located: place.point.is_some().into(),
            circle: place
                .point
                .as_ref()
                .map_or([0.0; 3], |point| [point.latitude, point.longitude, place.uncertainty_meters.unwrap_or(0.0)]),
            ..self.entity(&place.name, &above)?
        };
        let messages = self.messages(&[(ALWAYS, place)])?;
        self.places.push(Entity { messages, ..entity });
        let pb::Place { name, display_name, aliases, external_ids, .. } = place;
        self.lexicon.add(ResourceKind::Place, name, display_name, aliases, external_ids);
        Ok(())
    }

    fn add_actor(&mut self, actor: &pb::Actor, tree: &ActorTree) -> Result<(), TooLarge> {
        let above = tree.above(&actor.name);
        let country = actor.country_code.as_bytes().try_into().unwrap_or_default();
        let entity = Entity { kind: actor.kind, country, ..self.entity(&actor.name, &above)? };
        let messages = self.messages(&[(ALWAYS, actor)])?;
        self.actors.push(Entity { messages, ..entity });
        let pb::Actor { name, display_name, aliases, external_ids, .. } = actor;
        self.lexicon.add(ResourceKind::Actor, name, display_name, aliases, external_ids);
        Ok(())
    }

    fn add_source(&mut self, source: &pb::Source) -> Result<(), TooLarge> {
        let listed = pb::Source { text: String::new(), cited_spans: vec![], ..source.clone() };
        let entity = self.entity(&source.name, &[])?;
        let messages = self.messages(&[(ALWAYS, source), (ALWAYS, &listed)])?;
        self.sources.push(Entity { messages, ..entity });
        self.lexicon.add(ResourceKind::Source, &source.name, &source.title, &[], &[]);
        Ok(())
    }

    fn add_camp(&mut self, versions: &[CampVersion]) -> Result<(), TooLarge> {
        let Some(first) = versions.first() else { return Ok(()) };
        let place = self.find(&first.camp.place).unwrap_or(NONE);
        let entity = Entity { place, ..self.entity(&first.camp.name, &[])? };
        let versions: Vec<(Known, &pb::Camp)> = versions.iter().map(|v| (v.known, &v.camp)).collect();
        let messages = self.messages(&versions)?;
        self.camps.push(Entity { messages, ..entity });
        let pb::Camp { name, display_name, aliases, external_ids, .. } = &first.camp;
        self.lexicon.add(ResourceKind::Camp, name, display_name, aliases, external_ids);
        Ok(())
    }

    /// An entity with its name and what is above it.
    fn entity(&mut self, name: &str, above: &[String]) -> Result<Entity, TooLarge> {
        let mut ordinals: Vec<u32> = above.iter().filter_map(|name| self.find(name)).collect();
        ordinals.sort_unstable();
        let above = Run { first: count(self.above.len())?, len: count(ordinals.len())? };
        self.above.extend(ordinals);
        let text = Run { first: count(self.texts.len())?, len: count(name.len())? };
        self.texts.extend_from_slice(name.as_bytes());
        Ok(Entity { name: text, above, ..BLANK })
    }

    fn messages<M: prost::Message>(&mut self, messages: &[(Known, &M)]) -> Result<Run, TooLarge> {
        let run = Run { first: count(self.messages.len())?, len: count(messages.len())? };
        for (known, message) in messages {
            let at = self.message(*message);
            self.messages.push(Message { known: (*known).into(), blank: 0, at });
        }
        Ok(run)
    }
}
