//! `GetEventsNear`.

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
    pb::{self, get_events_near_request::Origin as From},
    store::{
        Budget, Store, View as _,
        query::{NearQuery, Origin},
    },
};

impl<S: Store> FactService<S> {
    pub(super) async fn get_events_near(
        self,
        mut request: pb::GetEventsNearRequest,
        budget: Budget,
    ) -> Result<Answer, Error> {
        let asked = request.take_page();
        let mut fields = Fields::default();
        let query = filter::event_query(&mut fields, request.filter.as_ref(), request.radius_meters.is_some());
        let origin = origin(&mut fields, request.origin.as_ref());
        let radius = fields.meters("radius_meters", request.radius_meters);
        let max_uncertainty = fields.meters("max_uncertainty_meters", request.max_uncertainty_meters);
        let mask = Mask::read(&mut fields, request.read_mask.as_ref(), "Event", &[]);
        let asked = fields.page(asked, &self.limits.page_token_key);
        fields.finish()?;
        // Without an origin, `finish` has failed.
        let Some(origin) = origin else { return Err(Error::field("point", "is required")) };
        let near = NearQuery { origin, radius, max_uncertainty };
        let page = Page::open(&self, &request, asked)?;
        let hits = page.view.near(&query, &near, page.of, &budget).await?;
        Ok(Answer::new(page.gather_near(&hits, mask), &*page.view))
    }
}

fn origin(fields: &mut Fields, origin: Option<&From>) -> Option<Origin> {
    match origin {
        Some(From::Point(point)) => fields.point("point", point).map(Origin::Point),
        Some(From::Place(name)) => fields.name("place", Collection::Places, name).map(Origin::Place),
        Some(From::Camp(name)) => fields.name("camp", Collection::Camps, name).map(Origin::Camp),
        Some(From::Event(name)) => fields.name("event", Collection::Events, name).map(Origin::Event),
        None => {
            fields.reject("point", "is required, or place, camp or event: around what to search");
            None
        }
    }
}
