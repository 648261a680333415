//! `GetActor`, `ListActors`.

use super::{Answer, FactService, error::Error, fields::Fields, mask::Mask, page::Paged as _};
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

    pub(super) async fn list_actors(self, mut request: pb::ListActorsRequest, budget: Budget) -> Result<Answer, Error> {
        let page = request.take_page();
        let mut fields = Fields::default();
        let query = EntityQuery::Actors {
            kinds: fields.enums("kinds", &request.kinds),
            within: fields.optional_name("within", Collection::Actors, &request.within),
            country_code: fields.country_code("country_code", &request.country_code),
        };
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Actor", &[]);
        self.list_entities(fields, &request, page, &query, mask, &budget).await
    }
}
