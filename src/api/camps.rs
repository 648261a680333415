//! `GetCamp`, `ListCamps`, `ListCampHandovers`.

use super::{
    Answer, FactService,
    error::Error,
    fields::Fields,
    filter,
    mask::Mask,
    page::{Page, Paged as _},
};
use crate::{
    model::name::Collection,
    pb,
    store::{Budget, Store, View as _, query::EntityQuery},
};

impl<S: Store> FactService<S> {
    pub(super) async fn get_camp(self, request: pb::GetCampRequest, budget: Budget) -> Result<Answer, Error> {
        let mut fields = Fields::default();
        let name = fields.name("name", Collection::Camps, &request.name);
        let as_of = fields.day("as_of", &request.as_of);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Camp", &[]);
        fields.finish()?;
        self.get(Collection::Camps, name, as_of, mask, &budget).await
    }

    pub(super) async fn list_camps(self, mut request: pb::ListCampsRequest, budget: Budget) -> Result<Answer, Error> {
        let page = request.take_page();
        let mut fields = Fields::default();
        let query = EntityQuery::Camps {
            within: fields.optional_name("within", Collection::Places, &request.within),
            as_of: fields.day("as_of", &request.as_of),
        };
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Camp", &[]);
        self.list_entities(fields, &request, page, &query, mask, &budget).await
    }

    pub(super) async fn list_camp_handovers(
        self,
        mut request: pb::ListCampHandoversRequest,
        budget: Budget,
    ) -> Result<Answer, Error> {
        let asked = request.take_page();
        let mut fields = Fields::default();
        let query = filter::event_query(&mut fields, request.filter.as_ref(), false);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "CampHandover", &[]);
        let asked = fields.page(asked, &self.limits.page_token_key);
        fields.finish()?;
        let page = Page::open(&self, &request, asked)?;
        let hits = page.view.list_handovers(&query, page.of, &budget).await?;
        Ok(Answer::new(page.gather(&hits, mask), &*page.view))
    }
}
