//! `GetSource`, `ListSources`.

use super::{Answer, FactService, error::Error, fields::Fields, list::List, mask::Mask};
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
}

impl List for pb::ListSourcesRequest {
    type Query = EntityQuery;

    fn query(&self, _: &mut Fields) -> EntityQuery {
        EntityQuery::Sources
    }

    fn mask(&self, fields: &mut Fields) -> Mask {
        Mask::read(fields, self.read_mask.as_ref(), "Source", NEVER_LISTED)
    }
}
