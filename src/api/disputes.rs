//! `ListDisputes`.

use super::{
    Answer, FactService,
    error::Error,
    fields::Fields,
    filter,
    mask::Mask,
    page::{Page, Paged as _},
};
use crate::{
    pb,
    store::{Budget, Store, View as _},
};

impl<S: Store> FactService<S> {
    pub(super) async fn list_disputes(
        self,
        mut request: pb::ListDisputesRequest,
        budget: Budget,
    ) -> Result<Answer, Error> {
        let asked = request.take_page();
        let mut fields = Fields::default();
        let query = filter::event_query(&mut fields, request.filter.as_ref(), false);
        let aspects: Vec<pb::Aspect> = fields.enums("aspects", &request.aspects);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Dispute", &[]);
        let asked = fields.page(asked, &self.limits.page_token_key);
        fields.finish()?;
        let page = Page::open(&self, &request, asked)?;
        let hits = page.view.list_disputes(&query, &aspects, page.of, &budget).await?;
        Ok(Answer::new(page.gather(&hits, mask), &*page.view))
    }
}
