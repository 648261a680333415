//! `GetEvent`, `BatchGetEvents`, `ListEvents`.

use super::{
    Answer, FactService,
    error::Error,
    fields::{Fields, MOST_VALUES},
    filter,
    list::{List, Query},
    mask::Mask,
    page,
};
use crate::{
    model::{day::Day, name::Collection},
    pb,
    store::{
        self, Budget, Hits, Store, View,
        query::{EventQuery, Order, PageOf},
    },
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
        let view = self.0.store.current();
        let slices = view.get(Collection::Events, &names, as_of, &budget).await?;
        Ok(Answer::new(page::several(&slices, mask, view.revision()), &*view))
    }

    /// The answer to a get of one resource.
    pub(super) async fn get(
        &self,
        collection: Collection,
        name: Option<String>,
        as_of: Option<Day>,
        mask: Mask,
        budget: &Budget,
    ) -> Result<Answer, Error> {
        let view = self.0.store.current();
        let names: Vec<String> = name.into_iter().collect();
        let slices = view.get(collection, &names, as_of, budget).await?;
        Ok(Answer::new(page::one(slices.first().copied().unwrap_or_default(), mask), &*view))
    }
}

impl List for pb::ListEventsRequest {
    type Query = (EventQuery, Order);

    fn query(&self, fields: &mut Fields) -> Self::Query {
        let events = filter::event_query(fields, self.filter.as_ref(), false);
        let order = match fields.optional_enum("order", self.order) {
            Some(pb::EventOrder::NewestFirst) => Order::NewestFirst,
            Some(pb::EventOrder::OldestFirst | pb::EventOrder::Unspecified) | None => Order::OldestFirst,
        };
        (events, order)
    }

    fn mask(&self, fields: &mut Fields) -> Mask {
        Mask::read(fields, self.read_mask.as_ref(), "Event", &[])
    }
}

impl Query for (EventQuery, Order) {
    type Rows<'v> = Hits<'v>;

    async fn rows<'v, V: View>(
        &'v self,
        view: &'v V,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, store::Error> {
        let (events, order) = self;
        view.list_events(events, *order, page, budget).await
    }
}
