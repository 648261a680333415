//! `ExportEvents`: all the events of a filter as a stream of batches. A batch is a page that ends by bytes, put together from
//! stored slices when the one before has been taken, so that a slow reader holds no more than a batch.

use std::sync::Arc;

use async_stream::try_stream;
use tokio_stream::Stream;

use super::{
    FactService,
    error::{Error, GoesOn},
    fields::Fields,
    filter,
    mask::Mask,
    page::{Asked, Entry, Page, digest, fit},
    wire::Reply,
};
use crate::{
    pb,
    store::{
        Budget, Store, View,
        query::{Order, Position},
    },
};

/// The largest batch, as the contract says.
const MOST_BYTES: usize = 1 << 20;

/// What stands in a batch beside its events, at most: revision and token.
const BESIDE: usize = 256;

/// How many events are asked for at first, and at least: they are with the caller soon.
const FEWEST: usize = 64;

/// How many events are asked for at most.
const MOST: usize = 16_384;

/// Where an export stands that has nothing to send.
const END: Position = Position { major: u64::MAX, minor: 0 };

impl<S: Store> FactService<S> {
    pub(super) fn export_events(
        self,
        mut request: pb::ExportEventsRequest,
        budget: Budget,
    ) -> Result<(impl Stream<Item = Result<Reply, Error>> + use<S>, Option<http::HeaderValue>), Error> {
        let token = std::mem::take(&mut request.resume_token);
        let mut fields = Fields::default();
        let query = filter::event_query(&mut fields, request.filter.as_ref(), false);
        let token = fields.token(GoesOn::Batches, &token, &self.0.token_key);
        fields.finish()?;
        let page = Page::open(&self, GoesOn::Batches, digest(&request), Asked { size: FEWEST, token })?;
        let revision = super::revision(&*page.view);
        let batches = try_stream! {
            // Nothing is planned for a stream that nobody reads.
            let view = Arc::clone(&page.view);
            let plan = view.plan(&query, &budget).await?;
            let mut export = Export { page, plan, view: &*view, budget: &budget };
            let mut more = true;
            while more {
                let batch;
                (batch, more) = export.batch().await?;
                yield batch;
            }
        };
        Ok((batches, revision))
    }
}

/// An export under way.
struct Export<'v, V: View> {
    /// The next page: of the pinned view, after the last event sent.
    page: Page<V>,
    /// The view once more, with what it made of the question: each batch goes on in it.
    view: &'v V,
    plan: V::Plan<'v>,
    budget: &'v Budget,
}

impl<V: View> Export<'_, V> {
    /// The next batch, and whether there are more behind it.
    async fn batch(&mut self) -> Result<(Reply, bool), Error> {
        // Copying a mebibyte, and perhaps reading it, is a turn's work.
        self.budget.turn().await?;
        let hits = self.view.planned_events(&self.plan, Order::OldestFirst, self.page.of, self.budget).await?;
        let fit = fit(hits.hits.iter().map(|hit| 1 + hit.bytes.len()), MOST_BYTES - BESIDE);
        let (sent, left) = hits.hits.split_at(fit);
        let mut reply = Reply::with_capacity(sent.iter().map(|hit| 1 + hit.bytes.len()).sum::<usize>() + BESIDE);
        for hit in sent {
            Entry::of(hit.bytes, Mask::ALL, &mut Vec::new()).append(reply.message());
        }
        let more = hits.more || !left.is_empty();
        let last = sent.last().map(|hit| hit.at);
        drop(hits);
        let at = last.or(self.page.of.after).unwrap_or(END);
        reply.string(2, self.page.view.revision());
        reply.string(3, &self.page.token(at));
        self.page.of.after = Some(at);
        // As many as will fit, and some more: what is asked for in vain is read twice.
        let next = if fit == self.page.of.size { fit * 8 } else { fit + fit / 4 };
        self.page.of.size = next.clamp(FEWEST, MOST);
        Ok((reply, more))
    }
}
