//! `GetEvent`, `BatchGetEvents`, `ListEvents`.

use super::{
    Answer, FactService,
    error::Error,
    fields::{Fields, MOST_VALUES},
    filter,
    mask::Mask,
    page::{self, Page, Paged as _},
};
use crate::{
    model::name::Collection,
    pb,
    store::{Budget, Store, View as _, query::Order},
};

impl<S: Store> FactService<S> {
    pub(super) async fn get_event(self, request: pb::GetEventRequest, budget: Budget) -> Result<Answer, Error> {
        let mut fields = Fields::default();
        let name = fields.name("name", Collection::Events, &request.name);
        let as_of = fields.day("as_of", &request.as_of);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Event", &[]);
        fields.finish()?;
        self.get(Collection::Events, name, as_of, mask, &budget).await
    }

    pub(super) async fn batch_get_events(
        self,
        request: pb::BatchGetEventsRequest,
        budget: Budget,
    ) -> Result<Answer, Error> {
        let mut fields = Fields::default();
        if request.names.is_empty() {
            fields.reject("names", format!("is empty; name 1 to {MOST_VALUES} events"));
        }
        let names = fields.names("names", Collection::Events, &request.names);
        let as_of = fields.day("as_of", &request.as_of);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Event", &[]);
        fields.finish()?;
        let view = self.store.current();
        let slices = view.get(Collection::Events, &names, as_of, &budget).await?;
        Ok(Answer::new(page::several(&slices, mask, view.revision()), &*view))
    }

    pub(super) async fn list_events(self, mut request: pb::ListEventsRequest, budget: Budget) -> Result<Answer, Error> {
        let asked = request.take_page();
        let mut fields = Fields::default();
        let query = filter::event_query(&mut fields, request.filter.as_ref(), false);
        let order = match fields.optional_enum("order", request.order) {
            Some(pb::EventOrder::NewestFirst) => Order::NewestFirst,
            Some(pb::EventOrder::OldestFirst | pb::EventOrder::Unspecified) | None => Order::OldestFirst,
        };
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Event", &[]);
        let asked = fields.page(asked, &self.limits.page_token_key);
        fields.finish()?;
        let page = Page::open(&self, &request, asked)?;
        let hits = page.view.list_events(&query, order, page.of, &budget).await?;
        Ok(Answer::new(page.gather(&hits, mask), &*page.view))
    }

    /// The answer to a get of one resource.
    pub(super) async fn get(
        &self,
        collection: Collection,
        name: Option<String>,
        as_of: Option<crate::model::day::Day>,
        mask: Mask,
        budget: &Budget,
    ) -> Result<Answer, Error> {
        let view = self.store.current();
        let names: Vec<String> = name.into_iter().collect();
        let slices = view.get(collection, &names, as_of, budget).await?;
        Ok(Answer::new(page::one(slices.first().copied().unwrap_or_default(), mask), &*view))
    }
}
