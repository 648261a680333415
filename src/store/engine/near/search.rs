//! The search: rows by distance, of rows as far the newest first.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, binary_heap::PeekMut},
};

use super::hits::Piece;
use crate::{
    model::{day::Day, sphere::Circle},
    store::{
        Budget, Error,
        engine::{
            facts::{Facts, Newest},
            view::ImageView,
        },
        image::{
            Damaged, SectionId, partition_point,
            records::{NONE, Run, Spot},
        },
        index::{
            rows::{Filter, Walk},
            towns::{Nearest, Town, Towns, Within},
        },
        query::{NearQuery, PageOf},
    },
};

/// So many rows are looked at before their price is told.
const LOOK: usize = 256;

/// What to search around: a circle, and a row of the event that is not its own neighbour.
pub(super) struct Around {
    pub(super) circle: Circle,
    pub(super) except: Option<u32>,
}

/// A row, by how the answer is ordered: the bits of its distance, which order as distances do since none is negative, and
/// how new it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    distance: u64,
    newest: Newest,
}

/// A search on its way.
pub(super) struct Search<'f, 'v> {
    pub(super) facts: &'f Facts<'v>,
    pub(super) filter: Filter<'f>,
    pub(super) around: Around,
    pub(super) near: &'f NearQuery,
    pub(super) certain: bool,
    pub(super) as_of: Option<Day>,
    pub(super) page: PageOf,
}

impl<'v> Search<'_, 'v> {
    /// Measures each row that matches.
    pub(super) async fn measured(&self, budget: &Budget) -> Result<Vec<(f64, u32)>, Error> {
        let after = self.after()?;
        let mut found = vec![];
        let mut walk = Walk::up(&self.filter, 0..u32::MAX);
        while let Some(rows) = walk.step()? {
            for row in rows {
                let Some(spot) = self.facts.spot(self.facts.at(*row)?)? else { continue };
                let Some(circle) = spot.circle() else { continue };
                let distance = self.around.circle.center.distance(&circle.center);
                let known = self.facts.answers(self.facts.rows.get(*row)?, self.as_of)?;
                if !known || !self.reaches(spot, distance) || self.is_itself(*row)? {
                    continue;
                }
                let row = Found { distance: distance.to_bits(), newest: self.facts.newest(*row)? };
                if after.is_none_or(|after| row > after) {
                    found.push(row);
                }
            }
            budget.spend(4 * walk.price()).await?;
        }
        let wanted = self.page.size.saturating_add(1);
        if found.len() > wanted {
            found.select_nth_unstable(wanted - 1);
            found.truncate(wanted);
        }
        found.sort_unstable();
        Ok(found.iter().map(|Found { distance, newest: (.., row) }| (f64::from_bits(*distance), *row)).collect())
    }

    /// Visits towns, nearest first, until they have as many rows as the page can take, and one more.
    pub(super) async fn visited(&self, view: &'v ImageView, budget: &Budget) -> Result<Vec<Piece<'v>>, Error> {
        let center = &self.around.circle.center;
        let after = self.after()?;
        let wanted = self.page.size.saturating_add(1);
        // Nothing is asked but what is near: then the tree knows what a town has.
        let NearQuery { radius, max_uncertainty, .. } = *self.near;
        let plain = self.takes_all() && after.is_none() && radius.is_none() && max_uncertainty.is_none();
        let towns = Towns::open(view.image.section(SectionId::Towns))?;
        let mut nearest = Nearest::new(wanted);
        let mut search = towns.around(center, self.within());
        while let Some(town) = search.next(nearest.bound()) {
            let rows = if plain {
                budget.spend(1).await?;
                town.rows as usize
            } else {
                let distance = if after.is_some() || radius.is_some() { towns.distance(town, center) } else { 0.0 };
                self.count(towns.spots(town), distance, after.as_ref(), budget).await?
            };
            nearest.offer(town, rows);
        }
        let mut pieces = vec![];
        let mut left = wanted;
        for tied in nearest.finish(&towns, center).chunk_by(|one, other| one.0 == other.0) {
            if left == 0 {
                break;
            }
            let whole = if let (true, [(distance, town)]) = (plain, tied) {
                self.whole(&towns, *town, *distance, left)?
            } else {
                None
            };
            left -= match whole {
                Some(piece) => {
                    pieces.push(piece);
                    piece.rows.len()
                }
                None => Box::pin(self.gather(&towns, tied, after.as_ref(), left, &mut pieces, budget)).await?,
            };
        }
        Ok(pieces)
    }

    /// Where to look.
    fn within(&self) -> Within {
        let own = self.around.circle.radius_meters;
        match self.near.radius {
            None => Within::Earth,
            Some(radius) if self.certain => Within::Points(radius - own),
            Some(radius) => Within::Circles(radius + own),
        }
    }

    /// So many rows of a town for a search that asks for nothing but what is near, as they stand in the file. Absent if they do not
    /// stand together.
    fn whole(&self, towns: &Towns<'_>, town: Town, distance: f64, wanted: usize) -> Result<Option<Piece<'v>>, Damaged> {
        let plain = towns.plain(town);
        if plain.first == NONE {
            return Ok(None);
        }
        let run = Run { first: plain.first, len: town.rows.min(wanted as u32) };
        let (rows, spots) = (self.facts.spot_rows.slice(run.range())?, self.facts.row_spots.slice(run.range())?);
        Ok(Some(Piece { rows, distance, spots: Some((plain.spot, spots)), event: plain.event }))
    }

    /// How many rows of spots at one point match, at most about as many as are wanted.
    async fn count(
        &self,
        spots: &[u32],
        distance: f64,
        after: Option<&Found>,
        budget: &Budget,
    ) -> Result<usize, Error> {
        let mut count = 0;
        let every = self.takes_all();
        budget.spend(1).await?;
        for spots in self.facts.by_run(spots) {
            let Some((spot, all)) = self.reached(spots, distance)? else { continue };
            for run in self.runs(spot, distance, after)? {
                if every && all {
                    count += run.len();
                    continue;
                }
                for rows in run.chunks(LOOK) {
                    budget.spend(rows.len() as u64).await?;
                    for row in rows {
                        count += usize::from(self.takes(*row, all, distance)?);
                    }
                    if count > self.page.size {
                        return Ok(count);
                    }
                }
            }
        }
        Ok(count)
    }

    /// Adds the matching rows of towns at one distance, newest first, until there are as many as are wanted. Answers how many.
    async fn gather(
        &self,
        towns: &Towns<'_>,
        tied: &[(f64, Town)],
        after: Option<&Found>,
        wanted: usize,
        pieces: &mut Vec<Piece<'v>>,
        budget: &Budget,
    ) -> Result<usize, Error> {
        let mut runs = vec![];
        for (distance, town) in tied {
            for spots in self.facts.by_run(towns.spots(*town)) {
                let Some((spot, all)) = self.reached(spots, *distance)? else { continue };
                let rows = self.runs(spot, *distance, after)?.into_iter().filter(|rows| !rows.is_empty());
                runs.extend(rows.map(|rows| (rows, all)));
            }
        }
        let Some((distance, _)) = tied.first() else { return Ok(0) };
        match *runs {
            // It is in order as it stands: no row is looked at that is not answered.
            [(run, true)] if self.takes_all() => {
                let rows = run.get(..wanted).unwrap_or(run);
                pieces.push(Piece::of(rows, *distance));
                Ok(rows.len())
            }
            _ => self.merge(&mut runs, *distance, wanted, pieces, budget).await,
        }
    }

    /// Adds the matching rows of runs, each of which has the newest first.
    async fn merge(
        &self,
        runs: &mut [(&'v [u32], bool)],
        distance: f64,
        wanted: usize,
        pieces: &mut Vec<Piece<'v>>,
        budget: &Budget,
    ) -> Result<usize, Error> {
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (number, (run, _)) in runs.iter().enumerate() {
            heads.extend(self.head(run, number)?);
        }
        let mut found = 0;
        while found < wanted && !heads.is_empty() {
            let mut looked = 0;
            while looked < LOOK && found < wanted {
                let Some(mut head) = heads.peek_mut() else { break };
                looked += 1;
                let Reverse((_, number)) = *head;
                let Some((run, all)) = runs.get_mut(number) else { break };
                let Some((first, rest)) = run.split_at_checked(1) else { break };
                if let [row] = first
                    && self.takes(*row, *all, distance)?
                {
                    pieces.push(Piece::of(first, distance));
                    found += 1;
                }
                *run = rest;
                match self.head(rest, number)? {
                    Some(next) => *head = next,
                    None => drop(PeekMut::pop(head)),
                }
            }
            budget.spend(looked as u64).await?;
        }
        Ok(found)
    }

    /// How new the first row of a run is, and the run's number.
    fn head(&self, run: &[u32], number: usize) -> Result<Option<Reverse<(Newest, usize)>>, Damaged> {
        run.first().map(|row| Ok(Reverse((self.facts.newest(*row)?, number)))).transpose()
    }

    /// The rows at a spot that may be answered, behind those that the page before answered: runs of which each has the newest
    /// first.
    fn runs(&self, spot: &Spot, distance: f64, after: Option<&Found>) -> Result<[&'v [u32]; 2], Damaged> {
        let mut runs = self.facts.runs_at(spot, self.as_of)?;
        let Some(after) = after else { return Ok(runs) };
        for run in &mut runs {
            let answered = match distance.to_bits().cmp(&after.distance) {
                Ordering::Less => run.len(),
                Ordering::Greater => 0,
                Ordering::Equal => partition_point(run.len(), |at| match run.get(at) {
                    Some(row) => Ok(self.facts.newest(*row)? <= after.newest),
                    None => Ok(false),
                })?,
            };
            *run = run.get(answered..).unwrap_or_default();
        }
        Ok(runs)
    }

    /// One of the spots that share a run, if any of them is near enough, and whether all are.
    fn reached(&self, spots: &[u32], distance: f64) -> Result<Option<(&'v Spot, bool)>, Damaged> {
        let (mut found, mut all) = (None, true);
        for spot in spots {
            let spot = self.facts.spots.get(*spot)?;
            if self.reaches(spot, distance) { found = Some(spot) } else { all = false }
        }
        Ok(found.map(|spot| (spot, all)))
    }

    /// Whether a spot is near enough, and placed well enough.
    fn reaches(&self, spot: &Spot, distance: f64) -> bool {
        let too_vague = match (self.near.max_uncertainty, self.near.radius) {
            (Some(most), _) => spot.radius > most,
            (None, None) => spot.coarse == 1,
            (None, Some(_)) => false,
        };
        let uncertainty = self.around.circle.radius_meters + spot.radius;
        let sign = if self.certain { 1.0 } else { -1.0 };
        !too_vague && self.near.radius.is_none_or(|radius| distance + sign * uncertainty <= radius)
    }

    /// Whether every row is wanted that is near enough. As of a day each has to be asked, and the filter is not empty.
    fn takes_all(&self) -> bool {
        self.filter.is_all() && self.around.except.is_none()
    }

    /// Whether a row of a run is wanted, `all` of whose spots are near enough, or not.
    fn takes(&self, row: u32, all: bool, distance: f64) -> Result<bool, Damaged> {
        if !self.filter.contains(row)? || self.is_itself(row)? {
            return Ok(false);
        }
        let near = |spot: Option<&Spot>| spot.is_some_and(|spot| self.reaches(spot, distance));
        Ok(all || near(self.facts.spot(self.facts.at(row)?)?))
    }

    fn is_itself(&self, row: u32) -> Result<bool, Damaged> {
        self.around.except.map_or(Ok(false), |except| self.facts.same_event(except, row))
    }

    /// Where the page before ended.
    fn after(&self) -> Result<Option<Found>, Damaged> {
        let Some(at) = self.page.after else { return Ok(None) };
        // A row that no list of this revision gave stands behind all others.
        let known = (at.minor as usize) < self.facts.rows.len();
        let newest = if known { self.facts.newest(at.minor)? } else { (true, Reverse(0), u32::MAX) };
        Ok(Some(Found { distance: at.major, newest }))
    }
}
