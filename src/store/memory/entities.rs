//! Lists of places, actors, camps and sources, by name.

use super::{columns::Slice, filter::Resolver, view::MemoryView};
use crate::{
    model::{day::Day, name::Collection},
    store::{
        Budget, Error, Hit, Hits,
        query::{EntityQuery, PageOf, Position},
    },
};

impl MemoryView {
    pub(super) async fn entities_page(
        &self,
        query: &EntityQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        match query {
            EntityQuery::Places { kinds, within, country_code } => {
                self.known(Collection::Places, within.as_deref())?;
                let kinds: Vec<i32> = kinds.iter().map(|kind| (*kind).into()).collect();
                self.by_name(page, budget, self.places.len(), |at| {
                    let place = self.places.get(at)?;
                    let wanted = (kinds.is_empty() || kinds.contains(&place.kind))
                        && country_code.as_ref().is_none_or(|code| *code == place.country_code)
                        && self.lies_within(u32::try_from(at).ok(), within.as_deref());
                    wanted.then_some(place.bytes)
                })
                .await
            }
            EntityQuery::Actors { kinds, within, country_code } => {
                self.known(Collection::Actors, within.as_deref())?;
                let kinds: Vec<i32> = kinds.iter().map(|kind| (*kind).into()).collect();
                let names = self.names(Collection::Actors);
                self.by_name(page, budget, self.actors.len(), |at| {
                    let actor = self.actors.get(at)?;
                    let name = names.name(u32::try_from(at).ok()?);
                    let wanted = (kinds.is_empty() || kinds.contains(&actor.kind))
                        && country_code.as_ref().is_none_or(|code| *code == actor.country_code)
                        && within.as_ref().is_none_or(|of| self.actor_tree.is_within(name, of));
                    wanted.then_some(actor.bytes)
                })
                .await
            }
            EntityQuery::Camps { within, as_of } => self.camps_page(within.as_deref(), *as_of, page, budget).await,
            EntityQuery::Sources => {
                self.by_name(page, budget, self.sources.len(), |at| self.sources.get(at).map(|s| s.listed)).await
            }
        }
    }

    async fn camps_page(
        &self,
        within: Option<&str>,
        as_of: Option<Day>,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        self.known(Collection::Places, within)?;
        self.by_name(page, budget, self.camps.len(), |at| {
            let camp = self.camps.get(at)?;
            let version = camp.versions.iter().find(|version| version.known.answers(as_of))?;
            self.lies_within(camp.place, within).then_some(version.bytes)
        })
        .await
    }

    /// Whether a place lies in another, if one is asked for.
    fn lies_within(&self, place: Option<u32>, within: Option<&str>) -> bool {
        let names = self.names(Collection::Places);
        within.is_none_or(|of| place.is_some_and(|place| self.place_tree.is_within(names.name(place), of)))
    }

    /// Refuses a `within` that means nothing.
    fn known(&self, collection: Collection, within: Option<&str>) -> Result<(), Error> {
        let mut names = Resolver::new(self);
        if let Some(name) = within {
            names.one(collection, name);
        }
        names.finish()
    }

    /// A page of a collection, in the order of its names.
    async fn by_name(
        &self,
        page: PageOf,
        budget: &Budget,
        len: usize,
        wanted: impl Fn(usize) -> Option<Slice>,
    ) -> Result<Hits<'_>, Error> {
        let mut hits = Hits::default();
        let first = page.after.map_or(0, |after| usize::try_from(after.major).unwrap_or(usize::MAX).saturating_add(1));
        for at in first..len {
            budget.spend(1).await?;
            let Some(slice) = wanted(at) else { continue };
            if hits.hits.len() == page.size {
                hits.more = true;
                break;
            }
            hits.hits.push(Hit { bytes: self.buffer.get(slice), at: Position { major: at as u64, minor: 0 } });
        }
        Ok(hits)
    }
}
