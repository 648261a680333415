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

/// A double on the wire: its tag and eight bytes.
const DOUBLE: usize = 9;

/// The wire type of doubles.
const FIXED64: u8 = 1;

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
        // Beside the event: two tags, a length of up to five bytes, three doubles.
        let bytes = self.hits.iter().map(|near| near.hit.bytes.len() + 34).sum();
        let mut scratch = Vec::new();
        page.gather(bytes, &self.hits, self.more, |near, out| {
            let event = Entry::of(near.hit.bytes, mask, &mut scratch);
            let mut tail = [0; 3 * DOUBLE];
            let doubles = [(2, Some(near.distance)), (3, near.bearing), (4, Some(near.uncertainty))];
            let told = doubles.into_iter().filter_map(|(field, value)| Some((field, value?)));
            let mut len = 0;
            for (to, (field, value)) in tail.chunks_exact_mut(DOUBLE).zip(told) {
                to[0] = field << 3 | FIXED64;
                to[1..].copy_from_slice(&f64::to_le_bytes(value));
                len += DOUBLE;
            }
            Entry::open(event.len() + len, out);
            event.append(out);
            out.extend_from_slice(&tail[..len]);
            near.hit.at
        })
    }
}
