//! Events around a point: towns in order of distance, of each the rows that match, newest first.

mod hits;
mod search;

use super::{facts::Facts, names::Resolver, view::ImageView};
use crate::{
    model::{name::Collection, sphere::Circle},
    store::{
        Budget, Error, Near,
        image::records::{Entity, NONE},
        index::rows::Filter,
        query::{EventQuery, NearQuery, Origin, PageOf},
    },
};

use hits::Piece;
use search::{Around, Search};

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
        let search = Search { facts: &facts, filter, around, near, certain, as_of, page };
        // Of few matching rows each is measured; of many the towns are visited, nearest first, until the page is full.
        let few = search.filter.is_sparse(page.size)?;
        let measured;
        let mut pieces = if few {
            // In a box: what this takes is not to be moved for the others.
            measured = Box::pin(search.measured(budget)).await?;
            measured.iter().map(Piece::from).collect()
        } else {
            search.visited(self, budget).await?
        };
        let more = hits::cut(&mut pieces, page.size);
        Ok(Near { hits: search.hits(&pieces, budget).await?, more })
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
        let search = Search { facts: &facts, filter, around, near, certain: false, as_of: None, page };
        let pieces = search.visited(self, budget).await?;
        Ok(pieces.iter().flat_map(|piece| piece.rows.iter().map(|row| (piece.distance, *row))).collect())
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
                    names.reject(Collection::Events, name, query.as_of.filter(|_| event.is_some()));
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
