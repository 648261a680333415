//! `GetEventsNear`.

use super::{
    fields::Fields,
    filter,
    list::{List, Query},
    mask::Mask,
    page::{Entry, Page, Rows},
    wire::Reply,
};
use crate::{
    model::name::Collection,
    pb::{self, get_events_near_request::Origin as From},
    store::{
        Budget, Error, Near, View,
        query::{EventQuery, NearQuery, Origin, PageOf},
    },
};

impl List for pb::GetEventsNearRequest {
    type Query = (EventQuery, NearQuery);

    fn query(&self, fields: &mut Fields) -> Self::Query {
        let events = filter::event_query(fields, self.filter.as_ref(), self.radius_meters.is_some());
        let near = NearQuery {
            // Around a place that no store has, if the origin is malformed.
            origin: origin(fields, self.origin.as_ref()).unwrap_or(Origin::Place(String::new())),
            radius: fields.meters("radius_meters", self.radius_meters),
            max_uncertainty: fields.meters("max_uncertainty_meters", self.max_uncertainty_meters),
        };
        (events, near)
    }

    fn mask(&self, fields: &mut Fields) -> Mask {
        Mask::read(fields, self.read_mask.as_ref(), "Event", &[])
    }
}

impl Query for (EventQuery, NearQuery) {
    type Rows<'v> = Near<'v>;

    async fn rows<'v, V: View>(&'v self, view: &'v V, page: PageOf, budget: &'v Budget) -> Result<Near<'v>, Error> {
        let (events, near) = self;
        view.near(events, near, page, budget).await
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

impl Rows for Near<'_> {
    fn gather<V: View>(self, page: &Page<V>, mask: Mask) -> Reply {
        // Beside the event: two tags, a length of up to four bytes, three doubles behind theirs.
        let bytes = self.hits.iter().map(|near| near.hit.bytes.len() + 34).sum();
        let mut scratch = Vec::new();
        page.gather(bytes, &self.hits, self.more, |near, out| {
            let event = Entry::of(near.hit.bytes, mask, &mut scratch);
            let len = event.len() + 9 + near.bearing.map_or(0, |_| 9) + 9;
            Entry::open(len, out);
            event.append(out);
            prost::encoding::double::encode(2, &near.distance, out);
            if let Some(bearing) = near.bearing {
                prost::encoding::double::encode(3, &bearing, out);
            }
            prost::encoding::double::encode(4, &near.uncertainty, out);
            near.hit.at
        })
    }
}
