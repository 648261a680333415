//! One revision in memory, and its answers as a [`View`].

use std::collections::HashMap;

use super::{
    columns::{Buffer, Columns, Slice},
    filter::Resolver,
    lexicon::Lexicon,
    postings::Postings,
    words::Words,
};
use crate::{
    model::{actors::ActorTree, day::Day, derive::Known, name::Collection, places::PlaceTree, sphere::Circle},
    pb,
    store::{
        Budget, Counts, Error, Hits, Near, Summary, View,
        query::{ClaimQuery, CountQuery, EntityQuery, EventQuery, NearQuery, Order, PageOf, ResolveQuery},
    },
};

/// Names of a collection, sorted; their ordinals are their places.
#[derive(Debug, Default)]
pub(super) struct Names(pub(super) Vec<String>);

impl Names {
    /// The ordinal of a name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let at = self.0.binary_search_by(|held| held.as_str().cmp(name)).ok()?;
        u32::try_from(at).ok()
    }

    /// All names.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The name of an ordinal.
    pub(super) fn name(&self, ordinal: u32) -> &str {
        self.0.get(ordinal as usize).map_or("", String::as_str)
    }
}

/// A place, and what lists of places ask of it.
#[derive(Debug)]
pub(super) struct PlaceEntry {
    /// Its bytes.
    pub(super) bytes: Slice,
    /// Its kind.
    pub(super) kind: i32,
    /// Its country.
    pub(super) country_code: String,
    /// Its circle, if it has a point.
    pub(super) circle: Option<Circle>,
}

/// An actor, and what lists of actors ask of it.
#[derive(Debug)]
pub(super) struct ActorEntry {
    /// Its bytes.
    pub(super) bytes: Slice,
    /// Its kind.
    pub(super) kind: i32,
    /// Its country.
    pub(super) country_code: String,
}

/// A source.
#[derive(Debug)]
pub(super) struct SourceEntry {
    /// Its bytes, with text.
    pub(super) whole: Slice,
    /// Its bytes as lists carry them.
    pub(super) listed: Slice,
}

/// Bytes as known for a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version {
    /// When they are known.
    pub(super) known: Known,
    /// The bytes.
    pub(super) bytes: Slice,
}

/// A camp.
#[derive(Debug)]
pub(super) struct CampEntry {
    /// Its place, if it has one.
    pub(super) place: Option<u32>,
    /// Its versions.
    pub(super) versions: Vec<Version>,
}

/// One revision in memory.
#[derive(Debug)]
pub struct MemoryView {
    pub(super) revision: String,
    pub(super) summary: Summary,
    pub(super) names: HashMap<Collection, Names>,
    pub(super) buffer: Buffer,
    pub(super) columns: Columns,
    pub(super) postings: Postings,
    pub(super) words: Words,
    /// For each event its rows.
    pub(super) versions: Vec<Vec<u32>>,
    /// For each HANDOVER event its rows of handovers.
    pub(super) handovers: HashMap<u32, Vec<Version>>,
    pub(super) places: Vec<PlaceEntry>,
    pub(super) actors: Vec<ActorEntry>,
    pub(super) camps: Vec<CampEntry>,
    pub(super) sources: Vec<SourceEntry>,
    pub(super) actor_tree: ActorTree,
    pub(super) place_tree: PlaceTree,
    pub(super) lexicon: Lexicon,
}

impl MemoryView {
    /// The names of a collection.
    pub(super) fn names(&self, collection: Collection) -> &Names {
        static NONE: Names = Names(Vec::new());
        self.names.get(&collection).unwrap_or(&NONE)
    }

    /// The row of an event that answers as of a day.
    pub(super) fn version(&self, event: u32, as_of: Option<Day>) -> Option<u32> {
        let rows = self.versions.get(event as usize)?;
        rows.iter().copied().find(|row| self.columns.row(*row).is_some_and(|columns| columns.known.answers(as_of)))
    }

    /// The circle of a place.
    pub(super) fn place_circle(&self, place: u32) -> Option<Circle> {
        self.places.get(place as usize)?.circle
    }

    /// The circle of a camp: its place's.
    pub(super) fn camp_circle(&self, camp: u32) -> Option<Circle> {
        self.place_circle(self.camps.get(camp as usize)?.place?)
    }

    /// The bytes of a resource as known on a day.
    fn resource(&self, collection: Collection, ordinal: u32, as_of: Option<Day>) -> Option<Slice> {
        let at = ordinal as usize;
        match collection {
            Collection::Places => self.places.get(at).map(|place| place.bytes),
            Collection::Actors => self.actors.get(at).map(|actor| actor.bytes),
            Collection::Sources => self.sources.get(at).map(|source| source.whole),
            Collection::Camps => {
                self.camps.get(at)?.versions.iter().find(|version| version.known.answers(as_of)).map(|v| v.bytes)
            }
            Collection::Events => {
                self.version(ordinal, as_of).and_then(|row| self.columns.row(row)).map(|row| row.bytes)
            }
        }
    }
}

impl View for MemoryView {
    fn revision(&self) -> &str {
        &self.revision
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }

    async fn get<'v>(
        &'v self,
        collection: Collection,
        names: &'v [String],
        as_of: Option<Day>,
        budget: &'v Budget,
    ) -> Result<Vec<&'v [u8]>, Error> {
        budget.spend(names.len() as u64).await?;
        let mut resolver = Resolver::new(self);
        let mut slices = Vec::with_capacity(names.len());
        for name in names {
            let ordinal = self.names(collection).find(name);
            match ordinal.and_then(|ordinal| self.resource(collection, ordinal, as_of)) {
                Some(slice) => slices.push(self.buffer.get(slice)),
                None => resolver.reject(collection, name, as_of),
            }
        }
        resolver.finish()?;
        Ok(slices)
    }

    async fn list_entities<'v>(
        &'v self,
        query: &'v EntityQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, Error> {
        self.entities_page(query, page, budget).await
    }

    async fn list_events<'v>(
        &'v self,
        query: &'v EventQuery,
        order: Order,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, Error> {
        self.events_page(query, order, page, budget).await
    }

    async fn near<'v>(
        &'v self,
        query: &'v EventQuery,
        near: &'v NearQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Near<'v>, Error> {
        self.near_page(query, near, page, budget).await
    }

    async fn count<'v>(
        &'v self,
        query: &'v EventQuery,
        count: &'v CountQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Counts, Error> {
        self.counts_page(query, count, page, budget).await
    }

    async fn list_disputes<'v>(
        &'v self,
        query: &'v EventQuery,
        aspects: &'v [pb::Aspect],
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, Error> {
        self.disputes_page(query, aspects, page, budget).await
    }

    async fn list_claims<'v>(
        &'v self,
        query: &'v EventQuery,
        claims: &'v ClaimQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, Error> {
        self.claims_page(query, claims, page, budget).await
    }

    async fn list_handovers<'v>(
        &'v self,
        query: &'v EventQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, Error> {
        self.handovers_page(query, page, budget).await
    }

    async fn resolve<'v>(
        &'v self,
        query: &'v ResolveQuery,
        budget: &'v Budget,
    ) -> Result<Vec<Vec<pb::Candidate>>, Error> {
        let mut answers = Vec::with_capacity(query.names.len());
        for name in &query.names {
            answers.push(self.lexicon.candidates(name, &query.kinds, query.limit, budget).await?);
        }
        Ok(answers)
    }
}
