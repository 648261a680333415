//! Events around a point: towns in order of distance, of each the rows that match, newest first.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
};

use super::{
    facts::{Facts, Newest},
    names::Resolver,
    view::ImageView,
};
use crate::{
    model::{
        day::Day,
        name::Collection,
        sphere::{Circle, Point},
    },
    store::{
        Budget, Error, Hit, Near, NearHit,
        image::{
            Damaged, SectionId,
            records::{At, Entity, NONE, Spot},
        },
        index::{
            rows::{Filter, Walk},
            towns::{Bound, Nearest, Town, Towns, Within},
        },
        query::{EventQuery, NearQuery, Origin, PageOf, Position},
    },
};

/// Room for so many rows is made before any is found.
const MOST_AT_ONCE: usize = 128;

/// What to search around: a circle, and a row of the event that is not its own neighbour.
struct Around {
    circle: Circle,
    except: Option<u32>,
}

/// A row, by how the answer is ordered: the bits of its distance, which order as distances do since none is negative, and
/// how new it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    distance: u64,
    newest: Newest,
}

/// A search on its way.
struct Search<'f, 'v> {
    facts: Facts<'v>,
    filter: Filter<'f>,
    around: Around,
    near: &'f NearQuery,
    certain: bool,
    as_of: Option<Day>,
    page: PageOf,
}

impl ImageView {
    pub(super) async fn near_page(
        &self,
        query: &EventQuery,
        near: &NearQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Near<'_>, Error> {
        let mut names = Resolver::new(self);
        let facts = self.facts();
        let around = self.around(&near.origin, query, &facts, &mut names);
        let filter = self.probe(query, names, &facts, budget).await?;
        let Some(around) = around? else { return Ok(Near::default()) };
        let EventQuery { certain, as_of, .. } = *query;
        let search = Search { facts, filter, around, near, certain, as_of, page };
        // Of few matching rows each is measured; of many the towns are visited, nearest first, until the page is full.
        let few = search.filter.most().saturating_pow(2) <= page.size as u64 * u64::from(self.totals.rows);
        let mut found = if few { search.measured(budget).await? } else { search.visited(self, budget).await? };
        let more = found.len() > page.size;
        found.truncate(page.size);
        Ok(Near { hits: search.hits(&found)?, more })
    }

    /// The rows nearest to a point among all that are known now, with their distances: what a search does before it touches a
    /// fact. For measuring.
    #[doc(hidden)]
    pub async fn nearest_rows(
        &self,
        near: &NearQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Vec<(f64, u32)>, Error> {
        let Origin::Point(center) = near.origin else { return Ok(vec![]) };
        let around = Around { circle: Circle { center, radius_meters: 0.0 }, except: None };
        let (facts, filter) = (self.facts(), Filter::new(self.totals.rows));
        Search { facts, filter, around, near, certain: false, as_of: None, page }.visited(self, budget).await
    }

    /// Absent if the name means nothing, which `names` then tells.
    fn around(
        &self,
        origin: &Origin,
        query: &EventQuery,
        facts: &Facts<'_>,
        names: &mut Resolver<'_>,
    ) -> Result<Option<Around>, Error> {
        let (name, circle, except) = match origin {
            Origin::Point(point) => {
                let circle = Circle { center: *point, radius_meters: 0.0 };
                return Ok(Some(Around { circle, except: None }));
            }
            Origin::Place(name) => match names.one(Collection::Places, name)? {
                Some(place) => (name, self.entities(Collection::Places).get(place)?.circle(), None),
                None => return Ok(None),
            },
            Origin::Camp(name) => match names.one(Collection::Camps, name)? {
                Some(camp) => {
                    let place = self.entities(Collection::Camps).get(camp)?.place;
                    let places = self.entities(Collection::Places);
                    let place = if place == NONE { None } else { Some(places.get(place)?) };
                    (name, place.and_then(Entity::circle), None)
                }
                None => return Ok(None),
            },
            Origin::Event(name) => {
                let event = facts.find(name)?;
                let Some(row) = event.map(|row| facts.version(row, query.as_of)).transpose()?.flatten() else {
                    names.reject(Collection::Events, name, query.as_of.filter(|_| event.is_some()))?;
                    return Ok(None);
                };
                (name, facts.circle(row)?, Some(row))
            }
        };
        match circle {
            Some(circle) => Ok(Some(Around { circle, except })),
            None => Err(Error::NoLocation(name.clone())),
        }
    }
}

impl<'v> Search<'_, 'v> {
    /// Measures each row that matches.
    async fn measured(&self, budget: &Budget) -> Result<Vec<(f64, u32)>, Error> {
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
    async fn visited(&self, view: &ImageView, budget: &Budget) -> Result<Vec<(f64, u32)>, Error> {
        let center = &self.around.circle.center;
        let after = self.after()?;
        let wanted = self.page.size.saturating_add(1);
        let mut nearest = Nearest::new(wanted, Bound::NONE);
        let own = self.around.circle.radius_meters;
        let within = match self.near.radius {
            None => Within::Earth,
            Some(radius) if self.certain => Within::Points(radius - own),
            Some(radius) => Within::Circles(radius + own),
        };
        let mut search = Towns::open(view.image.section(SectionId::Towns))?.around(center, within);
        while let Some(town) = search.next(nearest.bound()) {
            let distance = if after.is_some() || self.near.radius.is_some() { town.distance(center) } else { 0.0 };
            let rows = self.count(&town, distance, after.as_ref(), wanted, budget).await?;
            nearest.offer(town, rows);
        }
        let mut found = Vec::with_capacity(wanted.min(MOST_AT_ONCE));
        let towns = nearest.finish(center);
        for tied in towns.chunk_by(|one, other| one.0 == other.0) {
            if found.len() >= wanted {
                break;
            }
            self.gather(tied, after.as_ref(), wanted, &mut found)?;
        }
        Ok(found)
    }

    /// How many rows of a town match, at most as many as are wanted.
    async fn count(
        &self,
        town: &Town<'_>,
        distance: f64,
        after: Option<&Found>,
        wanted: usize,
        budget: &Budget,
    ) -> Result<usize, Error> {
        let mut count = 0;
        let every = self.takes_all(after);
        if every && self.near.radius.is_none() && self.near.max_uncertainty.is_none() {
            budget.spend(1).await?;
            return Ok(town.rows as usize);
        }
        for spots in self.facts.by_run(town.spots) {
            let Some((spot, all)) = self.reached(spots, distance)? else { continue };
            if every && all {
                count += spot.current as usize;
                continue;
            }
            for rows in self.facts.runs_at(spot, self.as_of)?.into_iter().flat_map(|rows| rows.chunks(256)) {
                let mut looked = 0;
                for row in rows {
                    looked += 1;
                    count += usize::from(self.takes(*row, all, distance, after)?);
                    if count >= wanted {
                        break;
                    }
                }
                budget.spend(looked).await?;
                if count >= wanted {
                    return Ok(wanted);
                }
            }
        }
        budget.spend(1).await?;
        Ok(count)
    }

    /// Adds the matching rows of towns at one distance, newest first, until there are as many as are wanted.
    fn gather(
        &self,
        tied: &[(f64, Town<'_>)],
        after: Option<&Found>,
        wanted: usize,
        found: &mut Vec<(f64, u32)>,
    ) -> Result<(), Damaged> {
        let mut runs = vec![];
        for (distance, town) in tied {
            for spots in self.facts.by_run(town.spots) {
                let Some((spot, all)) = self.reached(spots, *distance)? else { continue };
                let rows = self.facts.runs_at(spot, self.as_of)?.into_iter().filter(|rows| !rows.is_empty());
                runs.extend(rows.map(|rows| (rows, all)));
            }
        }
        let Some((distance, _)) = tied.first() else { return Ok(()) };
        if let [(run, all)] = *runs {
            // It is in order as it stands: no row is looked at that is not answered.
            if all && self.takes_all(after) {
                found.extend(run.iter().take(wanted - found.len()).map(|row| (*distance, *row)));
                return Ok(());
            }
            for row in run {
                if found.len() == wanted {
                    break;
                }
                if self.takes(*row, all, *distance, after)? {
                    found.push((*distance, *row));
                }
            }
            return Ok(());
        }
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (number, (run, _)) in runs.iter().enumerate() {
            heads.extend(self.head(run, number)?);
        }
        while found.len() < wanted
            && let Some(mut head) = heads.peek_mut()
        {
            let Reverse(((.., row), number)) = *head;
            let Some((run, all)) = runs.get_mut(number) else { break };
            if self.takes(row, *all, *distance, after)? {
                found.push((*distance, row));
            }
            *run = run.get(1..).unwrap_or_default();
            match self.head(run, number)? {
                Some(next) => *head = next,
                None => drop(PeekMut::pop(head)),
            }
        }
        Ok(())
    }

    /// How new the first row of a run is, and the run's number.
    fn head(&self, run: &[u32], number: usize) -> Result<Option<Reverse<(Newest, usize)>>, Damaged> {
        run.first().map(|row| Ok(Reverse((self.facts.newest(*row)?, number)))).transpose()
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
    fn takes_all(&self, after: Option<&Found>) -> bool {
        self.filter.is_all() && self.around.except.is_none() && after.is_none()
    }

    /// Whether a row of a run is wanted, `all` of whose spots are near enough, or not.
    fn takes(&self, row: u32, all: bool, distance: f64, after: Option<&Found>) -> Result<bool, Damaged> {
        if !self.filter.contains(row)? || self.is_itself(row)? {
            return Ok(false);
        }
        let near = |spot: Option<&Spot>| spot.is_some_and(|spot| self.reaches(spot, distance));
        if !all && !near(self.facts.spot(self.facts.at(row)?)?) {
            return Ok(false);
        }
        let Some(after) = after else { return Ok(true) };
        Ok(Found { distance: distance.to_bits(), newest: self.facts.newest(row)? } > *after)
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

    /// The hits of rows at their distances.
    fn hits(&self, found: &[(f64, u32)]) -> Result<Vec<NearHit<'v>>, Damaged> {
        let events = self.facts.events(found.iter().map(|(_, row)| *row))?;
        let mut last = None;
        let hits = found.iter().zip(events);
        hits.map(|((distance, row), (place, bytes))| {
            let (bearing, uncertainty) = self.direction(*distance, place, &mut last)?;
            let at = Position { major: distance.to_bits(), minor: *row };
            Ok(NearHit { hit: Hit { bytes, at }, distance: *distance, bearing, uncertainty })
        })
        .collect()
    }

    /// The bearing to a row, if it is told, and how uncertain the distance is. Neighbours in the answer mostly lie on one point,
    /// `last`, whose bearing is measured once.
    fn direction(&self, distance: f64, at: At, last: &mut Option<(Point, f64)>) -> Result<(Option<f64>, f64), Damaged> {
        let from = &self.around.circle;
        let spot = self.facts.spot(at)?;
        let uncertainty = from.radius_meters + spot.map_or(0.0, |spot| spot.radius);
        let mut bearing = None;
        if let Some(spot) = spot.filter(|_| distance > uncertainty) {
            let same = last.filter(|(at, _)| at.latitude == spot.latitude && at.longitude == spot.longitude);
            let measured = same.or_else(|| spot.circle().map(|to| (to.center, from.center.bearing(&to.center))));
            bearing = measured.map(|(_, bearing)| bearing);
            *last = measured;
        }
        Ok((bearing, uncertainty))
    }
}
