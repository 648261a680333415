//! Lists of events, disputes and handovers: pages of a filter's rows, in order of time.

use std::ops::Range;

use prost::Message as _;

use super::{
    facts::{Facts, InFile},
    names::Resolver,
    view::ImageView,
};
use crate::{
    model::encoded,
    pb,
    store::{
        Budget, Error, Hit, Hits,
        image::{Damaged, SectionId, records::NONE},
        index::{
            postings::Key,
            rows::{Filter, Walk},
        },
        query::{EventQuery, Order, PageOf, Position},
    },
};

/// The number of the field `Event.disputes`.
const DISPUTES: u64 = 15;

impl ImageView {
    pub(super) async fn events_page<'v>(
        &'v self,
        filter: &Filter<'v>,
        order: Order,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'v>, Error> {
        let facts = self.facts();
        let mut found = vec![];
        'full: for (rows, down) in self.in_order(order, page.after) {
            let mut walk = if down { Walk::down(filter, rows) } else { Walk::up(filter, rows) };
            while let Some(rows) = walk.step()? {
                found.extend_from_slice(rows);
                if found.len() > page.size {
                    break 'full;
                }
                budget.spend(walk.price()).await?;
            }
        }
        let more = found.len() > page.size;
        found.truncate(page.size);
        let alone = |row| InFile { rows: std::slice::from_ref(row), event: NONE };
        let alone: Vec<InFile<'_>> = found.iter().map(alone).collect();
        let messages = facts.events(&alone, budget).await?;
        let hits = found.iter().zip(messages).map(|(row, bytes)| Hit { bytes, at: at(*row, 0) });
        Ok(Hits { hits: hits.collect(), more })
    }

    /// The runs of rows that make an order, and whether each is walked down, after the row at which the page before ended. Row
    /// order is oldest first with undated ones last; newest first turns the dated ones round.
    fn in_order(&self, order: Order, after: Option<Position>) -> Vec<(Range<u32>, bool)> {
        let dated = self.totals.dated;
        let after = after.map(|at| u32::try_from(at.major).unwrap_or(u32::MAX));
        match (order, after) {
            (Order::NewestFirst, None) => vec![(0..dated, true), (dated..u32::MAX, false)],
            (Order::NewestFirst, Some(row)) if row < dated => vec![(0..row, true), (dated..u32::MAX, false)],
            (_, None) => vec![(0..u32::MAX, false)],
            (_, Some(row)) => vec![(row.saturating_add(1)..u32::MAX, false)],
        }
    }

    pub(super) async fn handovers_page(
        &self,
        query: &EventQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        let facts = self.facts();
        let mut filter = self.filter(query, Resolver::new(self), &facts, budget).await?;
        filter.any(vec![self.postings()?.get(Key::Kind(pb::EventKind::Handover.into()))?]);
        let messages = self.image.section(SectionId::MessageBytes);
        let handovers = |row| facts.handovers(row, query.as_of)?.into_iter().map(|at| messages.delimited(at)).collect();
        entries(&filter, page, budget, handovers, seen, |_, _| Ok(true)).await
    }

    pub(super) async fn disputes_page(
        &self,
        query: &EventQuery,
        aspects: &[pb::Aspect],
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        let facts = self.facts();
        let mut filter = self.filter(query, Resolver::new(self), &facts, budget).await?;
        filter.any(vec![self.postings()?.get(Key::Contested)?]);
        let is_asked = |_, dispute: &[u8]| {
            Ok(aspects.is_empty() || aspect(dispute).is_some_and(|aspect| aspects.contains(&aspect)))
        };
        let price = if aspects.is_empty() { seen } else { decoded };
        entries(&filter, page, budget, |row| parts(&facts, row, DISPUTES), price, is_asked).await
    }
}

/// The aspect of a dispute behind its length.
fn aspect(dispute: &[u8]) -> Option<pb::Aspect> {
    pb::Dispute::decode_length_delimited(dispute).ok().map(|dispute| dispute.aspect())
}

/// The entries of a repeated field of a row's event, each behind its length.
pub(super) fn parts<'v>(facts: &Facts<'v>, row: u32, field: u64) -> Result<Vec<&'v [u8]>, Damaged> {
    let message = facts.event(row)?;
    let body = encoded::behind_varint(message);
    Ok(encoded::entries(body, field).into_iter().filter_map(|entry| body.get(entry)).collect())
}

/// What a row costs whose event is looked into.
const LOOK: u64 = 8;

/// What an entry costs that is answered as it is.
pub(super) fn seen(_: &[u8]) -> u64 {
    1
}

/// What an entry costs that is decoded, and of whose parts some are looked up.
pub(super) fn decoded(entry: &[u8]) -> u64 {
    32 + entry.len() as u64 / 4
}

/// A page over the wanted entries of rows: several a row, in the row's order, each at a price. A position is the row and how many
/// of its wanted entries have been answered.
pub(super) async fn entries<'v>(
    filter: &Filter<'_>,
    page: PageOf,
    budget: &Budget,
    of_row: impl Fn(u32) -> Result<Vec<&'v [u8]>, Damaged> + Send,
    price: fn(&[u8]) -> u64,
    is_wanted: impl Fn(u32, &'v [u8]) -> Result<bool, Damaged> + Send,
) -> Result<Hits<'v>, Error> {
    let mut hits = Hits::default();
    let start = page.after.unwrap_or(Position { major: 0, minor: 0 });
    let first = u32::try_from(start.major).unwrap_or(u32::MAX);
    let mut walk = Walk::up(filter, first..u32::MAX);
    while let Some(rows) = walk.step()? {
        for row in rows {
            budget.spend(LOOK).await?;
            let answered = if *row == first { start.minor } else { 0 };
            let mut number = 0;
            for bytes in of_row(*row)? {
                budget.spend(price(bytes)).await?;
                if !is_wanted(*row, bytes)? {
                    continue;
                }
                number += 1;
                if number <= answered {
                    continue;
                }
                if hits.hits.len() == page.size {
                    hits.more = true;
                    return Ok(hits);
                }
                hits.hits.push(Hit { bytes, at: at(*row, number) });
            }
        }
        budget.spend(walk.price()).await?;
    }
    Ok(hits)
}

pub(super) fn at(row: u32, entry: u32) -> Position {
    Position { major: u64::from(row), minor: entry }
}
