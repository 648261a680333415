//! `ListDisputes`.

use super::{
    fields::Fields,
    filter,
    list::{List, Query},
    mask::Mask,
};
use crate::{
    pb,
    store::{
        Budget, Error, Hits, View,
        query::{EventQuery, PageOf},
    },
};

impl List for pb::ListDisputesRequest {
    type Query = (EventQuery, Vec<pb::Aspect>);

    fn query(&self, fields: &mut Fields) -> Self::Query {
        let events = filter::event_query(fields, self.filter.as_ref(), false);
        (events, fields.enums("aspects", &self.aspects))
    }

    fn mask(&self, fields: &mut Fields) -> Mask {
        Mask::read(fields, self.read_mask.as_ref(), "Dispute", &[])
    }
}

impl Query for (EventQuery, Vec<pb::Aspect>) {
    type Rows<'v> = Hits<'v>;

    async fn rows<'v, V: View>(&'v self, view: &'v V, page: PageOf, budget: &'v Budget) -> Result<Hits<'v>, Error> {
        let (events, aspects) = self;
        view.list_disputes(events, aspects, page, budget).await
    }
}
