//! Where checked facts are kept and asked: the trait [`Store`], in plain types, and its implementations.
//!
//! A store hands out pinned views of one revision. A view answers with slices of bytes that already are what the caller
//! receives: every [`Hit`] is an encoded message behind its length, ready to be gathered into the body of an answer. Nothing
//! is decoded, cloned or encoded again on the way out.
//!
//! The traits are generic rather than objects: what asks is compiled for each make of store, its futures are plain `Send` futures
//! without a box, and a row costs no call through a table. A program that chooses its store when it starts does so once, above
//! `serve`.

mod budget;
pub mod build;
pub mod engine;
mod error;
pub mod image;
mod index;
pub mod query;

use std::{future::Future, sync::Arc, time::SystemTime};

pub use budget::{Allowance, Bill, Budget, Deadline};
pub use error::{Error, Unknown};
use query::{ClaimQuery, CountQuery, EntityQuery, EventQuery, NearQuery, Order, PageOf, Position, ResolveQuery};

use tokio::sync::watch;

use crate::{
    model::{day::Day, name::Collection},
    pb,
};

/// A store of facts. Several revisions can be served at once: a reload builds the next one aside and swaps it in.
pub trait Store: Send + Sync + 'static {
    /// A pinned revision.
    type View: View;

    /// The revision that new questions are asked of.
    fn current(&self) -> Arc<Self::View>;

    /// A revision that is still served.
    fn at(&self, revision: &str) -> Option<Arc<Self::View>>;

    /// What came of the last load, and news of each that follows.
    fn loads(&self) -> watch::Receiver<LastLoad>;
}

/// What came of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastLoad {
    /// When it was tried.
    pub time: SystemTime,
    /// What came of it.
    pub outcome: pb::ReloadOutcome,
    /// Why it was refused, if it was.
    pub refusal: pb::ReloadRefusal,
    /// What came of all loads so far, but for the first.
    pub counts: LoadCounts,
}

/// How many loads ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadCounts {
    /// Another revision is served since.
    pub loaded: u64,
    /// The data was the same.
    pub unchanged: u64,
    /// What was served before still is.
    pub refused: u64,
}

/// One revision of the facts, which never changes.
///
/// Every method takes a budget and spends it in its loops over rows and names: it yields, stops at the deadline, and counts what
/// it cost. What is left out of it is bounded by the request: bitmaps of its values. Names in a query that mean nothing here are
/// [`Error::Unknown`], all at once.
///
/// Gathering cannot fail, so a view hands out no bytes that it has not found whole: one that reads them from a file checks them
/// before, and answers [`Error::Damaged`] rather than with less than there is. The answer copies them once, into its body.
pub trait View: Send + Sync + 'static {
    /// The revision, in hexadecimal.
    fn revision(&self) -> &str;

    /// The same as bytes.
    fn digest(&self) -> &[u8; 32];

    /// Whether a part of it was found that cannot be read.
    fn is_damaged(&self) -> bool;

    /// What is in it.
    fn summary(&self) -> &Summary;

    /// The resources of these names, in their order.
    fn get<'v>(
        &'v self,
        collection: Collection,
        names: &'v [String],
        as_of: Option<Day>,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Vec<&'v [u8]>, Error>> + Send;

    /// Places, actors, camps or sources, by name.
    fn list_entities<'v>(
        &'v self,
        query: &'v EntityQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Hits<'v>, Error>> + Send;

    /// A question about events that can be asked for one page after the other.
    type Plan<'v>: Send + Sync
    where
        Self: 'v;

    /// Plans a question about events: what it takes to look up its names and to choose among the indexes is spent once.
    fn plan<'v>(
        &'v self,
        query: &'v EventQuery,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Self::Plan<'v>, Error>> + Send;

    /// Events of a plan, in order of time.
    fn planned_events<'v>(
        &'v self,
        plan: &Self::Plan<'v>,
        order: Order,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Hits<'v>, Error>> + Send;

    /// Events, in order of time: one page of a plan that is not kept.
    fn list_events<'v>(
        &'v self,
        query: &'v EventQuery,
        order: Order,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Hits<'v>, Error>> + Send {
        async move { self.planned_events(&self.plan(query, budget).await?, order, page, budget).await }
    }

    /// What may have changed since another view, for whatever question about events.
    type Difference: std::fmt::Debug + Send + Sync;

    /// What may have changed since a view before this one.
    fn difference(
        &self,
        before: &Self,
        budget: &Budget,
    ) -> impl Future<Output = Result<Self::Difference, Error>> + Send;

    /// What changed since then in the events of a question, by name: by the plans that both views made of it. A plan is absent
    /// where the view knows nothing that is asked for: it takes no event there.
    fn changes<'v>(
        &'v self,
        plan: Option<&Self::Plan<'v>>,
        before: (&'v Self, Option<&Self::Plan<'v>>),
        difference: &Self::Difference,
        query: &'v EventQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Changes<'v>, Error>> + Send;

    /// Events, nearest first.
    fn near<'v>(
        &'v self,
        query: &'v EventQuery,
        near: &'v NearQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Near<'v>, Error>> + Send;

    /// Counts of events.
    fn count<'v>(
        &'v self,
        query: &'v EventQuery,
        count: &'v CountQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Counts, Error>> + Send;

    /// Disputes of events, in order of time; only these aspects, or all if empty.
    fn list_disputes<'v>(
        &'v self,
        query: &'v EventQuery,
        aspects: &'v [pb::Aspect],
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Hits<'v>, Error>> + Send;

    /// Claims of events, in order of time.
    fn list_claims<'v>(
        &'v self,
        query: &'v EventQuery,
        claims: &'v ClaimQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Hits<'v>, Error>> + Send;

    /// Rows of handovers, in order of time.
    fn list_handovers<'v>(
        &'v self,
        query: &'v EventQuery,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Hits<'v>, Error>> + Send;

    /// What words may mean: for each query its candidates, best first.
    fn resolve<'v>(
        &'v self,
        query: &'v ResolveQuery,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Vec<Vec<pb::Candidate>>, Error>> + Send;
}

/// What is in a revision.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Counts, layers, first and last day, bounding box. Load times and build are not the store's.
    pub dataset: pb::Dataset,
    /// When it was loaded.
    pub load_time: SystemTime,
    /// What it takes.
    pub sizes: Sizes,
}

/// What a revision takes, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The encoded events.
    pub events: u64,
    /// What they are found and counted by.
    pub indexes: u64,
    /// All else: encoded places, actors, camps and sources, checksums.
    pub other: u64,
}

/// An answer to a list.
#[derive(Debug, Default)]
pub struct Hits<'v> {
    /// Encoded messages, in order.
    pub hits: Vec<Hit<'v>>,
    /// Whether there are more behind the last.
    pub more: bool,
}

/// An encoded message, and where it stands in its list.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'v> {
    /// The message behind its length (a varint), as a length-delimited field wants it, without the field's tag.
    pub bytes: &'v [u8],
    /// Where it stands: a page that goes on after it starts here.
    pub at: Position,
}

/// What changed in the events of a question.
#[derive(Debug, Default)]
pub struct Changes<'v> {
    /// By name of the event.
    pub changes: Vec<Change<'v>>,
    /// Whether there are more behind the last.
    pub more: bool,
}

/// An event that changed.
#[derive(Debug, Clone, Copy)]
pub struct Change<'v> {
    /// Its name.
    pub name: &'v str,
    /// What happened to it.
    pub what: What<'v>,
    /// Where it stands.
    pub at: Position,
}

/// What happened to an event. Messages are behind their length, as in a [`Hit`].
#[derive(Debug, Clone, Copy)]
pub enum What<'v> {
    /// It is new, or new to the question.
    Added(&'v [u8]),
    /// It is another than before.
    Changed(&'v [u8]),
    /// The question takes it no longer.
    Removed(pb::RemovalReason),
}

/// An answer to a search around a point.
#[derive(Debug, Default)]
pub struct Near<'v> {
    /// Events, nearest first.
    pub hits: Vec<NearHit<'v>>,
    /// Whether there are more behind the last.
    pub more: bool,
}

/// An event near a point.
#[derive(Debug, Clone, Copy)]
pub struct NearHit<'v> {
    /// The event.
    pub hit: Hit<'v>,
    /// Great-circle metres.
    pub distance: f64,
    /// Degrees from north, if a direction is known.
    pub bearing: Option<f64>,
    /// Metres, of the event and the origin together.
    pub uncertainty: f64,
}

/// An answer to a count.
#[derive(Debug, Default)]
pub struct Counts {
    /// The rows of the page, each with where it stands.
    pub rows: Vec<(pb::CountRow, Position)>,
    /// Whether there are more behind the last.
    pub more: bool,
    /// All events that match.
    pub total: u32,
    /// Those of them without a number of deaths.
    pub without_casualties: u32,
}
