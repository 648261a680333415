//! One revision over an image, and its answers as a [`View`].

use std::time::SystemTime;

use prost::Message as _;

use super::{changes::Difference, names::Resolver};
use crate::{
    model::{day::Day, derive::Derived, name::Collection},
    pb,
    store::{
        Budget, Changes, Counts, Error, Hits, Near, Sizes, Summary, View,
        build::{self, BuildError},
        image::{Content, Damaged, Image, SectionId, records::Totals},
        index::{lexicon::Lexicon, rows::Filter},
        query::{ClaimQuery, CountQuery, EntityQuery, EventQuery, NearQuery, Order, PageOf, ResolveQuery},
    },
};

/// One revision over an image.
#[derive(Debug)]
pub struct ImageView {
    pub(super) image: Image,
    pub(super) totals: Totals,
    revision: String,
    summary: Summary,
}

/// A question about events: the rows that it takes. One that asks for an area, or for words or names that have many
/// postings, holds a bit a row.
pub struct Plan<'v>(Filter<'v>);

impl Plan<'_> {
    /// About what it costs to ask of a row, in rows looked at.
    pub(super) fn price(&self) -> u64 {
        self.0.price()
    }

    /// Whether it takes a row.
    pub(super) fn takes(&self, row: u32) -> Result<bool, Damaged> {
        self.0.contains(row)
    }
}

impl ImageView {
    /// A view of all that was derived, loaded at a time.
    pub fn in_memory(derived: &Derived, load_time: SystemTime) -> Result<ImageView, BuildError> {
        Ok(ImageView::open(build::in_memory(derived)?, load_time)?)
    }

    /// A view of an image, loaded at a time.
    pub fn open(image: Image, load_time: SystemTime) -> Result<ImageView, Damaged> {
        let revision = image.revision();
        let bytes = |content: Content| image.sections().filter(|of| of.content == content).map(|of| of.bytes).sum();
        let (events, indexes) = (bytes(Content::Events), bytes(Content::Index));
        let sizes = Sizes { events, indexes, other: image.size().saturating_sub(events + indexes) };
        let summary = Summary { dataset: ImageView::dataset_of(&image)?, load_time, sizes };
        let totals = *image.array::<Totals>(SectionId::Totals).get(0)?;
        Ok(ImageView { image, totals, revision, summary })
    }

    /// What an image holds, as it says itself.
    pub fn dataset_of(image: &Image) -> Result<pb::Dataset, Damaged> {
        let section = image.section(SectionId::Summary);
        let dataset = pb::Dataset::decode(section.bytes(0..section.len())?).map_err(|_| section.damaged(0))?;
        Ok(pb::Dataset { revision: image.revision(), ..dataset })
    }
}

impl View for ImageView {
    fn revision(&self) -> &str {
        &self.revision
    }

    fn digest(&self) -> &[u8; 32] {
        self.image.digest()
    }

    fn is_damaged(&self) -> bool {
        self.image.is_damaged()
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
        let facts = self.facts();
        for name in names {
            let (found, message) = match collection {
                Collection::Events => {
                    let row = facts.find(name)?;
                    let version = row.map(|row| facts.version(row, as_of)).transpose()?.flatten();
                    let message = version.map(|row| facts.event(row)).transpose()?;
                    (row.is_some(), message)
                }
                _ => {
                    let ordinal = self.ordinal(collection, name)?;
                    let entity = ordinal.map(|ordinal| self.entities(collection).get(ordinal)).transpose()?;
                    (entity.is_some(), entity.map(|entity| self.message(entity, as_of)).transpose()?.flatten())
                }
            };
            match message {
                Some(message) => slices.push(message),
                None => resolver.reject(collection, name, as_of.filter(|_| found)),
            }
        }
        resolver.tell(budget).await?;
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

    type Plan<'v> = Plan<'v>;

    async fn plan<'v>(&'v self, query: &'v EventQuery, budget: &'v Budget) -> Result<Plan<'v>, Error> {
        Ok(Plan(self.filter(query, Resolver::new(self), &self.facts(), budget).await?))
    }

    async fn planned_events<'v>(
        &'v self,
        plan: &Plan<'v>,
        order: Order,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, Error> {
        self.events_page(&plan.0, order, page, budget).await
    }

    type Difference = Difference;

    async fn difference(&self, before: &ImageView, budget: &Budget) -> Result<Difference, Error> {
        Difference::between(before, self, budget).await
    }

    async fn changes<'v>(
        &'v self,
        plan: Option<&Plan<'v>>,
        (before, before_plan): (&'v ImageView, Option<&Plan<'v>>),
        difference: &Difference,
        query: &'v EventQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Changes<'v>, Error> {
        difference.page((before, before_plan), (self, plan), query, page, budget).await
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
        let lexicon = Lexicon::open(self.image.section(SectionId::Lexicon))?;
        let mut answers = Vec::with_capacity(query.names.len());
        for name in &query.names {
            answers.push(lexicon.candidates(name, &query.kinds, query.limit, budget).await?);
        }
        Ok(answers)
    }
}
