//! `CountEvents`.

use super::{
    fields::Fields,
    filter,
    list::{List, Query},
    mask::Mask,
    page::{Page, Rows},
    wire::Reply,
};
use crate::{
    pb,
    store::{
        Budget, Counts, Error, View,
        query::{CountQuery, EventQuery, PageOf},
    },
};

impl List for pb::CountEventsRequest {
    type Query = (EventQuery, CountQuery);

    fn query(&self, fields: &mut Fields) -> Self::Query {
        let events = filter::event_query(fields, self.filter.as_ref(), false);
        let group_by: Vec<pb::CountDimension> = fields.enums("group_by", &self.group_by);
        if self.group_by.len() > 2 {
            fields.reject("group_by", format!("has {} dimensions; name at most two", self.group_by.len()));
        } else if let [first, second] = group_by.as_slice()
            && first == second
        {
            fields.reject("group_by[1]", "is the same as group_by[0]; name each dimension once");
        }
        (events, CountQuery { group_by })
    }

    fn mask(&self, _: &mut Fields) -> Mask {
        Mask::ALL
    }
}

impl Query for (EventQuery, CountQuery) {
    type Rows<'v> = Counts;

    async fn rows<'v, V: View>(&'v self, view: &'v V, page: PageOf, budget: &'v Budget) -> Result<Counts, Error> {
        let (events, count) = self;
        view.count(events, count, page, budget).await
    }
}

impl Rows for Counts {
    fn gather<V: View>(self, page: &Page<V>, _: Mask) -> Reply {
        let last = self.rows.last().map(|(_, at)| *at).filter(|_| self.more);
        Reply::encode(&pb::CountEventsResponse {
            rows: self.rows.into_iter().map(|(row, _)| row).collect(),
            total: self.total,
            events_without_casualties: self.without_casualties,
            next_page_token: last.map(|at| page.token(at)).unwrap_or_default(),
            revision: page.view.revision().to_owned(),
        })
    }
}
