//! Lists of events, claims, disputes and handovers: pages of a bitmap of rows, in order of time.

use std::ops::Bound;

use roaring::RoaringBitmap;

use super::{columns::Slice, filter::Resolver, view::MemoryView};
use crate::{
    model::name::Collection,
    pb,
    store::{
        Budget, Error, Hit, Hits,
        query::{ClaimQuery, EventQuery, Order, PageOf, Position},
    },
};

impl MemoryView {
    pub(super) async fn events_page(
        &self,
        query: &EventQuery,
        order: Order,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        let rows = self.matching(query, Resolver::new(self), budget).await?;
        let mut hits = Hits::default();
        for row in self.in_order(&rows, order, page.after) {
            budget.spend(1).await?;
            if hits.hits.len() == page.size {
                hits.more = true;
                break;
            }
            if let Some(columns) = self.columns.row(row) {
                hits.hits.push(Hit { bytes: self.buffer.get(columns.bytes), at: at(row, 0) });
            }
        }
        Ok(hits)
    }

    pub(super) async fn handovers_page(
        &self,
        query: &EventQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        let rows = self.matching(query, Resolver::new(self), budget).await?;
        let rows = rows & self.postings.kind(pb::EventKind::Handover);
        self.entries(&rows, page, budget, |row| {
            let event = self.columns.row(row).map(|columns| columns.event);
            let versions = event.and_then(|event| self.handovers.get(&event));
            versions.into_iter().flatten().filter(|v| v.known.answers(query.as_of)).map(|v| v.bytes).collect()
        })
        .await
    }

    pub(super) async fn disputes_page(
        &self,
        query: &EventQuery,
        aspects: &[pb::Aspect],
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        let rows = self.matching(query, Resolver::new(self), budget).await?;
        self.entries(&rows, page, budget, |row| {
            let wanted = |aspect: i32| aspects.is_empty() || aspects.iter().any(|a| i32::from(*a) == aspect);
            let disputes = self.columns.disputes.get(row).iter();
            disputes.filter(|dispute| wanted(dispute.aspect)).map(|dispute| dispute.slice).collect()
        })
        .await
    }

    pub(super) async fn claims_page(
        &self,
        query: &EventQuery,
        claims: &ClaimQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        let mut names = Resolver::new(self);
        let claimants = names.all(Collection::Actors, &claims.claimants);
        let sources = names.all(Collection::Sources, &claims.sources);
        let rows = self.matching(query, names, budget).await?;
        self.entries(&rows, page, budget, |row| {
            let wanted = |claim: &&super::columns::ClaimEntry| {
                (claimants.is_empty() || claim.claimant.is_some_and(|claimant| claimants.contains(&claimant)))
                    && (sources.is_empty() || claim.sources.iter().any(|source| sources.contains(source)))
                    && (claims.stances.is_empty() || claims.stances.iter().any(|s| i32::from(*s) == claim.stance))
                    && claims
                        .stated
                        .is_none_or(|(first, last)| claim.stated.is_some_and(|day| (first..=last).contains(&day)))
            };
            self.columns.claims.get(row).iter().filter(wanted).map(|claim| claim.slice).collect()
        })
        .await
    }

    /// A page over the entries of rows: several a row, in the row's order. A position is the row and how many of its entries
    /// have been answered.
    async fn entries(
        &self,
        rows: &RoaringBitmap,
        page: PageOf,
        budget: &Budget,
        of_row: impl Fn(u32) -> Vec<Slice>,
    ) -> Result<Hits<'_>, Error> {
        let mut hits = Hits::default();
        let start = page.after.unwrap_or(Position { major: 0, minor: 0 });
        let first = u32::try_from(start.major).unwrap_or(u32::MAX);
        for row in rows.range(first..) {
            let skip = if row == first { start.minor as usize } else { 0 };
            let entries = of_row(row);
            budget.spend(1 + entries.len() as u64).await?;
            for (i, slice) in (0_u32..).zip(entries).skip(skip) {
                if hits.hits.len() == page.size {
                    hits.more = true;
                    return Ok(hits);
                }
                hits.hits.push(Hit { bytes: self.buffer.get(slice), at: at(row, i + 1) });
            }
        }
        Ok(hits)
    }

    /// Rows in an order, after the row at which the page before ended. Row order is oldest first with undated ones last; newest
    /// first turns the dated ones round.
    fn in_order<'r>(
        &self,
        rows: &'r RoaringBitmap,
        order: Order,
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = u32> + Send + 'r> {
        let dated = self.columns.dated;
        let after = after.map(|at| u32::try_from(at.major).unwrap_or(u32::MAX));
        match (order, after) {
            (Order::NewestFirst, None) => Box::new(rows.range(..dated).rev().chain(rows.range(dated..))),
            (Order::NewestFirst, Some(row)) if row < dated => {
                Box::new(rows.range(..row).rev().chain(rows.range(dated..)))
            }
            (_, None) => Box::new(rows.iter()),
            (_, Some(row)) => Box::new(rows.range((Bound::Excluded(row), Bound::Unbounded))),
        }
    }
}

fn at(row: u32, entry: u32) -> Position {
    Position { major: u64::from(row), minor: entry }
}
