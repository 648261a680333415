//! `GetSource`, `ListSources`.

use super::{Answer, FactService, error::Error, fields::Fields, mask::Mask, page::Paged as _};
use crate::{
    model::name::Collection,
    pb,
    store::{Budget, Store, query::EntityQuery},
};

/// What a list never carries: it would be most of its bytes.
const NEVER_LISTED: &[&str] = &["text", "cited_spans"];

impl<S: Store> FactService<S> {
    pub(super) async fn get_source(self, request: pb::GetSourceRequest, budget: Budget) -> Result<Answer, Error> {
        let mut fields = Fields::default();
        let name = fields.name("name", Collection::Sources, &request.name);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Source", &[]);
        fields.finish()?;
        self.get(Collection::Sources, name, None, mask, &budget).await
    }

    pub(super) async fn list_sources(
        self,
        mut request: pb::ListSourcesRequest,
        budget: Budget,
    ) -> Result<Answer, Error> {
        let page = request.take_page();
        let mut fields = Fields::default();
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Source", NEVER_LISTED);
        self.list_entities(fields, &request, page, &EntityQuery::Sources, mask, &budget).await
    }
}
