//! `ListClaims`.

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
    store::{Budget, Store, View as _, query::ClaimQuery},
};

impl<S: Store> FactService<S> {
    pub(super) async fn list_claims(self, mut request: pb::ListClaimsRequest, budget: Budget) -> Result<Answer, Error> {
        let asked = request.take_page();
        let mut fields = Fields::default();
        let query = filter::event_query(&mut fields, request.filter.as_ref(), false);
        let claims = ClaimQuery {
            claimants: fields.names("claimants", Collection::Actors, &request.claimants),
            sources: fields.names("sources", Collection::Sources, &request.sources),
            stances: fields.enums("stances", &request.stances),
            stated: fields
                .window(("stated_first_day", &request.stated_first_day), ("stated_last_day", &request.stated_last_day)),
        };
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Claim", &[]);
        let asked = fields.page(asked, &self.limits.page_token_key);
        fields.finish()?;
        let page = Page::open(&self, &request, asked)?;
        let hits = page.view.list_claims(&query, &claims, page.of, &budget).await?;
        Ok(Answer::new(page.gather(&hits, mask), &*page.view))
    }
}
