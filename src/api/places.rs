//! `GetPlace`, `ListPlaces`, and what all lists of entities share.

use super::{
    Answer, FactService,
    error::Error,
    fields::Fields,
    mask::Mask,
    page::{Page, Paged},
};
use crate::{
    model::name::Collection,
    pb,
    store::{Budget, Store, View as _, query::EntityQuery},
};

impl<S: Store> FactService<S> {
    pub(super) async fn get_place(self, request: pb::GetPlaceRequest, budget: Budget) -> Result<Answer, Error> {
        let mut fields = Fields::default();
        let name = fields.name("name", Collection::Places, &request.name);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Place", &[]);
        fields.finish()?;
        self.get(Collection::Places, name, None, mask, &budget).await
    }

    pub(super) async fn list_places(self, mut request: pb::ListPlacesRequest, budget: Budget) -> Result<Answer, Error> {
        let page = request.take_page();
        let mut fields = Fields::default();
        let query = EntityQuery::Places {
            kinds: fields.enums("kinds", &request.kinds),
            within: fields.optional_name("within", Collection::Places, &request.within),
            country_code: fields.country_code("country_code", &request.country_code),
        };
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Place", &[]);
        self.list_entities(fields, &request, page, &query, mask, &budget).await
    }

    /// The answer to a list of entities, once its own fields are read.
    pub(super) async fn list_entities(
        &self,
        mut fields: Fields,
        request: &impl Paged,
        asked: (i32, String),
        query: &EntityQuery,
        mask: Mask,
        budget: &Budget,
    ) -> Result<Answer, Error> {
        let asked = fields.page(asked, &self.limits.page_token_key);
        fields.finish()?;
        let page = Page::open(self, request, asked)?;
        let hits = page.view.list_entities(query, page.of, budget).await?;
        Ok(Answer::new(page.gather(&hits, mask), &*page.view))
    }
}
