//! Places, actors, camps and sources: one by name, and lists of them in the order of their names.

use super::{names::Resolver, view::ImageView};
use crate::{
    model::{day::Day, name::Collection},
    store::{
        Budget, Error, Hit, Hits,
        image::{
            Array, Damaged, SectionId,
            records::{Entity, Message, NONE},
        },
        query::{EntityQuery, PageOf, Position},
    },
};

/// What an entity costs that is looked at: what it lies in, and where its message stands.
const LOOK: u64 = 4;

impl ImageView {
    /// Where the messages of entities stand.
    pub(super) fn messages(&self) -> Array<'_, Message> {
        self.image.array(SectionId::Messages)
    }

    /// The message of an entity as known on a day, the first of those that answer.
    pub(super) fn message(&self, entity: &Entity, as_of: Option<Day>) -> Result<Option<&[u8]>, Damaged> {
        let messages = self.messages().slice(entity.messages.range())?;
        let message = messages.iter().find(|message| message.known.answers(as_of));
        message.map(|message| self.image.section(SectionId::MessageBytes).delimited(message.at)).transpose()
    }

    pub(super) async fn entities_page(
        &self,
        query: &EntityQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        match query {
            EntityQuery::Places { kinds, within, country_code } => {
                let within = self.within(Collection::Places, within.as_deref(), budget).await?;
                let kinds: Vec<i32> = kinds.iter().map(|kind| (*kind).into()).collect();
                self.by_name(Collection::Places, page, budget, |place| {
                    if !is_asked(place, &kinds, country_code.as_deref()) || !self.is_within(place, within)? {
                        return Ok(None);
                    }
                    self.message(place, None)
                })
                .await
            }
            EntityQuery::Actors { kinds, within, country_code } => {
                let within = self.within(Collection::Actors, within.as_deref(), budget).await?;
                let kinds: Vec<i32> = kinds.iter().map(|kind| (*kind).into()).collect();
                self.by_name(Collection::Actors, page, budget, |actor| {
                    if !is_asked(actor, &kinds, country_code.as_deref()) || !self.is_within(actor, within)? {
                        return Ok(None);
                    }
                    self.message(actor, None)
                })
                .await
            }
            EntityQuery::Camps { within, as_of } => {
                let within = self.within(Collection::Places, within.as_deref(), budget).await?;
                let places = self.entities(Collection::Places);
                self.by_name(Collection::Camps, page, budget, |camp| {
                    let lies = match (within, camp.place) {
                        (None, _) => true,
                        (Some(_), NONE) => false,
                        (Some(_), place) => self.is_within(places.get(place)?, within)?,
                    };
                    if lies { self.message(camp, *as_of) } else { Ok(None) }
                })
                .await
            }
            EntityQuery::Sources => {
                self.by_name(Collection::Sources, page, budget, |source| {
                    // The second message is the one without the text.
                    let listed = self.messages().get(source.messages.first.saturating_add(1))?;
                    self.image.section(SectionId::MessageBytes).delimited(listed.at).map(Some)
                })
                .await
            }
        }
    }

    /// The ordinal of a `within`; one that means nothing is refused.
    async fn within(&self, collection: Collection, name: Option<&str>, budget: &Budget) -> Result<Option<u32>, Error> {
        let mut names = Resolver::new(self);
        let found = name.map(|name| names.one(collection, name)).transpose()?.flatten();
        names.tell(budget).await?;
        Ok(found)
    }

    /// Whether an entity lies in or belongs to another, if one is asked for.
    fn is_within(&self, entity: &Entity, within: Option<u32>) -> Result<bool, Damaged> {
        let Some(within) = within else { return Ok(true) };
        Ok(self.image.array::<u32>(SectionId::Above).slice(entity.above.range())?.binary_search(&within).is_ok())
    }

    /// A page of a collection, in the order of its names.
    async fn by_name<'v>(
        &'v self,
        collection: Collection,
        page: PageOf,
        budget: &Budget,
        wanted: impl Fn(&'v Entity) -> Result<Option<&'v [u8]>, Damaged> + Send,
    ) -> Result<Hits<'v>, Error> {
        let entities = self.entities(collection);
        let mut hits = Hits::default();
        let first = page.after.map_or(0, |after| u32::try_from(after.major).unwrap_or(u32::MAX).saturating_add(1));
        for at in first..entities.len() as u32 {
            budget.spend(LOOK).await?;
            let Some(bytes) = wanted(entities.get(at)?)? else { continue };
            if hits.hits.len() == page.size {
                hits.more = true;
                break;
            }
            hits.hits.push(Hit { bytes, at: Position { major: u64::from(at), minor: 0 } });
        }
        Ok(hits)
    }
}

fn is_asked(entity: &Entity, kinds: &[i32], country_code: Option<&str>) -> bool {
    (kinds.is_empty() || kinds.contains(&entity.kind))
        && country_code.is_none_or(|code| code.as_bytes() == entity.country)
}
