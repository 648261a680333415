//! Events around a point: every matching row is measured, the nearest are kept.

use super::{filter::Resolver, view::MemoryView};
use crate::{
    model::{name::Collection, sphere::Circle},
    store::{
        Budget, Error, Hit, Near, NearHit,
        query::{EventQuery, NearQuery, Origin, PageOf, Position},
    },
};

/// What to search around: a circle, and the event that is not its own neighbour.
struct Around {
    circle: Circle,
    except: Option<u32>,
}

impl MemoryView {
    pub(super) async fn near_page(
        &self,
        query: &EventQuery,
        near: &NearQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Near<'_>, Error> {
        let mut names = Resolver::new(self);
        let around = self.around(&near.origin, query, &mut names);
        let rows = self.matching(query, names, budget).await?;
        let Some(around) = around? else { return Ok(Near::default()) };

        let start = page.after.map(|after| (after.major, after.minor));
        let mut found: Vec<(u64, u32, u32)> = vec![];
        for row in &rows {
            budget.spend(1).await?;
            let Some(columns) = self.columns.row(row) else { continue };
            let Some(circle) = columns.circle.filter(|_| around.except != Some(columns.event)) else { continue };
            let too_vague = match (near.max_uncertainty, near.radius) {
                (Some(most), _) => circle.radius_meters > most,
                (None, None) => columns.coarse,
                (None, Some(_)) => false,
            };
            let distance = around.circle.center.distance(&circle.center);
            let uncertainty = around.circle.radius_meters + circle.radius_meters;
            let sign = if query.certain { 1.0 } else { -1.0 };
            let outside = near.radius.is_some_and(|radius| distance + sign * uncertainty > radius);
            // Bits of distances, which are never negative, order as the distances do.
            let at = (distance.to_bits(), columns.newest);
            if !too_vague && !outside && start.is_none_or(|start| at > start) {
                found.push((at.0, at.1, row));
            }
        }
        let more = found.len() > page.size;
        if more && page.size > 0 {
            found.select_nth_unstable(page.size - 1);
            found.truncate(page.size);
        }
        found.sort_unstable();
        Ok(Near { hits: found.into_iter().filter_map(|at| self.near_hit(&around.circle, at)).collect(), more })
    }

    fn near_hit(&self, around: &Circle, (bits, newest, row): (u64, u32, u32)) -> Option<NearHit<'_>> {
        let columns = self.columns.row(row)?;
        let circle = columns.circle?;
        let distance = f64::from_bits(bits);
        let uncertainty = around.radius_meters + circle.radius_meters;
        let bearing = (distance > uncertainty).then(|| around.center.bearing(&circle.center));
        let hit = Hit { bytes: self.buffer.get(columns.bytes), at: Position { major: bits, minor: newest } };
        Some(NearHit { hit, distance, bearing, uncertainty })
    }

    /// Absent if the name means nothing, which `names` then tells.
    fn around(&self, origin: &Origin, query: &EventQuery, names: &mut Resolver<'_>) -> Result<Option<Around>, Error> {
        let (name, circle, except) = match origin {
            Origin::Point(point) => {
                let circle = Circle { center: *point, radius_meters: 0.0 };
                return Ok(Some(Around { circle, except: None }));
            }
            Origin::Place(name) => match names.one(Collection::Places, name) {
                Some(place) => (name, self.place_circle(place), None),
                None => return Ok(None),
            },
            Origin::Camp(name) => match names.one(Collection::Camps, name) {
                Some(camp) => (name, self.camp_circle(camp), None),
                None => return Ok(None),
            },
            Origin::Event(name) => {
                let event = self.names(Collection::Events).find(name);
                let row =
                    event.and_then(|event| self.version(event, query.as_of)).and_then(|row| self.columns.row(row));
                let Some(row) = row else {
                    names.reject(Collection::Events, name, query.as_of);
                    return Ok(None);
                };
                (name, row.circle, Some(row.event))
            }
        };
        match circle {
            Some(circle) => Ok(Some(Around { circle, except })),
            None => Err(Error::NoLocation(name.clone())),
        }
    }
}
