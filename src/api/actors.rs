//! `GetActor`, `ListActors`.

use super::{Answer, FactService, error::Error, fields::Fields, list::List, mask::Mask};
use crate::{
    model::name::Collection,
    pb,
    store::{Budget, Store, query::EntityQuery},
};

impl<S: Store> FactService<S> {
    pub(super) async fn get_actor(self, request: pb::GetActorRequest, budget: Budget) -> Result<Answer, Error> {
        let mut fields = Fields::default();
        let name = fields.name("name", Collection::Actors, &request.name);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Actor", &[]);
        fields.finish()?;
        self.get(Collection::Actors, name, None, mask, &budget).await
    }
}

impl List for pb::ListActorsRequest {
    type Query = EntityQuery;

    fn query(&self, fields: &mut Fields) -> EntityQuery {
        EntityQuery::Actors {
            kinds: fields.enums("kinds", &self.kinds),
            within: fields.optional_name("within", Collection::Actors, &self.within),
            country_code: fields.country_code("country_code", &self.country_code),
        }
    }

    fn mask(&self, fields: &mut Fields) -> Mask {
        Mask::read(fields, self.read_mask.as_ref(), "Actor", &[])
    }
}
