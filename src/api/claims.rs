//! `ListClaims`.

use super::{
    fields::Fields,
    filter,
    list::{List, Query},
    mask::Mask,
};
use crate::{
    model::name::Collection,
    pb,
    store::{
        Budget, Error, Hits, View,
        query::{ClaimQuery, EventQuery, PageOf},
    },
};

impl List for pb::ListClaimsRequest {
    type Query = (EventQuery, ClaimQuery);

    fn query(&self, fields: &mut Fields) -> Self::Query {
        let events = filter::event_query(fields, self.filter.as_ref(), false);
        let claims = ClaimQuery {
            claimants: fields.names("claimants", Collection::Actors, &self.claimants),
            sources: fields.names("sources", Collection::Sources, &self.sources),
            stances: fields.enums("stances", &self.stances),
            stated: fields
                .window(("stated_first_day", &self.stated_first_day), ("stated_last_day", &self.stated_last_day)),
        };
        (events, claims)
    }

    fn mask(&self, fields: &mut Fields) -> Mask {
        Mask::read(fields, self.read_mask.as_ref(), "Claim", &[])
    }
}

impl Query for (EventQuery, ClaimQuery) {
    type Rows<'v> = Hits<'v>;

    async fn rows<'v, V: View>(&'v self, view: &'v V, page: PageOf, budget: &'v Budget) -> Result<Hits<'v>, Error> {
        let (events, claims) = self;
        view.list_claims(events, claims, page, budget).await
    }
}
