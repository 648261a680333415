//! Counts of events by up to two dimensions, with sums of deaths. Rows are read by column, and of the groups only those are kept
//! that the page may show, by numbers that order as their keys do.

use std::{collections::HashMap, ops::Range};

use super::{dimension::Dimension, facts::Facts, names::Resolver, view::ImageView};
use crate::{
    pb,
    store::{
        Budget, Counts, Error,
        image::{
            Array, Damaged, SectionId,
            records::{Deaths, Figures},
        },
        index::{
            rows::{Filter, Walk},
            tallies::Tally,
            zones::{Verdict, ZONE},
        },
        query::{CountQuery, EventQuery, PageOf, Position},
    },
};

/// So many groups of a step at most, before the budget is asked again.
const STEP: u64 = 1024;
/// With fewer groups than this none is ever left out.
const FEW: usize = 256;

/// The groups of a page: of those behind where the page before ended the first ones.
struct Groups {
    after: Option<u64>,
    /// None of those behind it is among the first.
    last: u64,
    most: usize,
    sums: HashMap<u64, Tally, foldhash::fast::RandomState>,
}

/// Rows on their way into groups.
struct Counting<'v> {
    facts: Facts<'v>,
    figures: Array<'v, Figures>,
    dimensions: Vec<Dimension<'v>>,
    /// The numbers of a row in each dimension.
    numbers: [Vec<u32>; 2],
    all: Tally,
    groups: Groups,
}

impl ImageView {
    pub(super) async fn counts_page(
        &self,
        query: &EventQuery,
        count: &CountQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Counts, Error> {
        let facts = self.facts();
        let mut filter = self.probe(query, Resolver::new(self), &facts, budget).await?;
        let mut counting = Counting {
            facts,
            figures: self.image.array(SectionId::Figures),
            dimensions: count.group_by.iter().map(|by| Dimension::new(self, *by)).collect(),
            numbers: [vec![], vec![]],
            all: Tally::default(),
            groups: Groups::new(page),
        };
        let every = 0..u32::MAX;
        let mut left = vec![every];
        if query.as_of.is_none() {
            if counting.dimensions.is_empty() && filter.only_checks() {
                left = self.add_zones(&filter, &mut counting.all, budget).await?;
            }
            self.only_known_now(&mut filter)?;
        }
        for rows in left {
            let mut walk = Walk::up(&filter, rows);
            while let Some(mut rows) = walk.step()? {
                while !rows.is_empty() {
                    let price = counting.add(&mut rows)?;
                    budget.spend(price).await?;
                }
                budget.spend(walk.price()).await?;
            }
        }
        Ok(counting.page(page)?)
    }

    /// Adds up the zones of which every row that is known now matches, and tells the rows that are left to look at.
    async fn add_zones(&self, filter: &Filter<'_>, all: &mut Tally, budget: &Budget) -> Result<Vec<Range<u32>>, Error> {
        let tallies = self.image.array::<Tally>(SectionId::Tallies);
        let mut left: Vec<Range<u32>> = vec![];
        for (zone, verdict) in filter.zones() {
            budget.spend(1).await?;
            let rows = zone * ZONE..(zone + 1).saturating_mul(ZONE);
            match (verdict, left.last_mut()) {
                (Verdict::All, _) => all.add_all(tallies.get(zone)?),
                (_, Some(before)) if before.end == rows.start => before.end = rows.end,
                (_, _) => left.push(rows),
            }
        }
        Ok(left)
    }
}

impl Counting<'_> {
    /// Counts rows that follow each other closely, or the first ones of them, and tells what that cost.
    fn add(&mut self, rows: &mut &[u32]) -> Result<u64, Damaged> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(0) };
        let columns = self.facts.rows.slice(*first..last.saturating_add(1))?;
        let mut price = 0;
        for (at, row) in rows.iter().enumerate() {
            if price >= STEP {
                *rows = rows.get(at..).unwrap_or_default();
                return Ok(price);
            }
            let Some(columns) = columns.get((row - first) as usize) else { break };
            let figures = self.figures.get(columns.figures)?;
            self.all.add(&figures.deaths);
            let [first, second] = &mut self.numbers;
            price += match &mut self.dimensions[..] {
                [] => 0,
                [by] => {
                    by.numbers(*row, columns, figures, first)?;
                    for number in first.iter() {
                        self.groups.add(key(*number, 0), &figures.deaths);
                    }
                    first.len() as u64
                }
                [by, then, ..] => {
                    by.numbers(*row, columns, figures, first)?;
                    first.retain(|number| self.groups.may_show(*number));
                    if !first.is_empty() {
                        then.numbers(*row, columns, figures, second)?;
                    }
                    for number in first.iter() {
                        for then in second.iter() {
                            self.groups.add(key(*number, *then), &figures.deaths);
                        }
                    }
                    1 + (first.len() * second.len()) as u64
                }
            };
        }
        *rows = &[];
        Ok(price)
    }

    /// The rows of the page.
    fn page(mut self, page: PageOf) -> Result<Counts, Damaged> {
        if self.dimensions.is_empty() && page.after.is_none() {
            self.groups.sums.insert(0, self.all);
        }
        let mut groups: Vec<(u64, Tally)> = self.groups.sums.into_iter().collect();
        groups.sort_unstable_by_key(|(key, _)| *key);
        let more = groups.len() > page.size;
        groups.truncate(page.size);
        let rows = groups.into_iter().map(|(key, sum)| {
            let numbers = [(key >> 32) as u32, key as u32];
            let keys = self.dimensions.iter().zip(numbers).filter_map(|(by, number)| by.key(number).transpose());
            let keys = keys.collect::<Result<_, _>>()?;
            let deaths = sum.deaths().map(|[low, best, high]| pb::Casualties { low, best, high, sides: vec![] });
            Ok((pb::CountRow { keys, count: sum.count, casualties: deaths }, Position { major: key, minor: 0 }))
        });
        let rows = rows.collect::<Result<_, Damaged>>()?;
        let Tally { count, told, .. } = self.all;
        Ok(Counts { rows, more, total: count, without_casualties: count.saturating_sub(told) })
    }
}

/// The number of a group by those of its keys. Numbers order as groups do.
fn key(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

impl Groups {
    fn new(page: PageOf) -> Groups {
        let most = page.size.saturating_add(1);
        Groups { after: page.after.map(|at| at.major), last: u64::MAX, most, sums: HashMap::default() }
    }

    /// Whether a group of this first number may be shown.
    fn may_show(&self, first: u32) -> bool {
        key(first, 0) <= self.last && self.after.is_none_or(|after| key(first, u32::MAX) > after)
    }

    /// Adds a row to a group.
    fn add(&mut self, key: u64, deaths: &Deaths) {
        if key > self.last || self.after.is_some_and(|after| key <= after) {
            return;
        }
        self.sums.entry(key).or_default().add(deaths);
        if self.sums.len() >= FEW.max(self.most.saturating_mul(2)) {
            self.leave_out();
        }
    }

    /// Leaves out the groups that have too many before them to be shown, however many rows are still to come.
    fn leave_out(&mut self) {
        let mut keys: Vec<u64> = self.sums.keys().copied().collect();
        let (_, last, _) = keys.select_nth_unstable(self.most - 1);
        self.last = *last;
        self.sums.retain(|key, _| key <= last);
    }
}
