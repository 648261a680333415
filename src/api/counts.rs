//! `CountEvents`.

use super::{
    Answer, FactService,
    error::Error,
    fields::Fields,
    filter,
    page::{Page, Paged as _},
    wire::Reply,
};
use crate::{
    pb,
    store::{Budget, Store, View as _, query::CountQuery},
};

impl<S: Store> FactService<S> {
    pub(super) async fn count_events(
        self,
        mut request: pb::CountEventsRequest,
        budget: Budget,
    ) -> Result<Answer, Error> {
        let asked = request.take_page();
        let mut fields = Fields::default();
        let query = filter::event_query(&mut fields, request.filter.as_ref(), false);
        let group_by: Vec<pb::CountDimension> = fields.enums("group_by", &request.group_by);
        if request.group_by.len() > 2 {
            fields.reject("group_by", format!("has {} dimensions; name at most two", request.group_by.len()));
        } else if let [first, second] = group_by.as_slice()
            && first == second
        {
            fields.reject("group_by[1]", "is the same as group_by[0]; name each dimension once");
        }
        let asked = fields.page(asked, &self.limits.page_token_key);
        fields.finish()?;
        let page = Page::open(&self, &request, asked)?;
        let counts = page.view.count(&query, &CountQuery { group_by }, page.of, &budget).await?;
        let last = counts.rows.last().map(|(_, at)| *at).filter(|_| counts.more);
        let response = pb::CountEventsResponse {
            rows: counts.rows.into_iter().map(|(row, _)| row).collect(),
            total: counts.total,
            events_without_casualties: counts.without_casualties,
            next_page_token: last.map(|at| page.token(at)).unwrap_or_default(),
            revision: page.view.revision().to_owned(),
        };
        Ok(Answer::new(Reply::encode(&response), &*page.view))
    }
}
