//! `GetCamp`, `ListCamps`, `ListCampHandovers`.

use super::{
    Answer, FactService,
    error::Error,
    fields::Fields,
    filter,
    list::{List, Query},
    mask::Mask,
};
use crate::{
    model::name::Collection,
    pb,
    store::{
        self, Budget, Hits, Store, View,
        query::{EntityQuery, EventQuery, PageOf},
    },
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
}

impl List for pb::ListCampsRequest {
    type Query = EntityQuery;

    fn query(&self, fields: &mut Fields) -> EntityQuery {
        EntityQuery::Camps {
            within: fields.optional_name("within", Collection::Places, &self.within),
            as_of: fields.day("as_of", &self.as_of),
        }
    }

    fn mask(&self, fields: &mut Fields) -> Mask {
        Mask::read(fields, self.read_mask.as_ref(), "Camp", &[])
    }
}

/// The handovers of these events.
pub(super) struct Handovers(EventQuery);

impl List for pb::ListCampHandoversRequest {
    type Query = Handovers;

    fn query(&self, fields: &mut Fields) -> Handovers {
        Handovers(filter::event_query(fields, self.filter.as_ref(), false))
    }

    fn mask(&self, fields: &mut Fields) -> Mask {
        Mask::read(fields, self.read_mask.as_ref(), "CampHandover", &[])
    }
}

impl Query for Handovers {
    type Rows<'v> = Hits<'v>;

    async fn rows<'v, V: View>(
        &'v self,
        view: &'v V,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, store::Error> {
        view.list_handovers(&self.0, page, budget).await
    }
}
