//! Lists: the frame of every call that pages. A request says what it asks and which rows answer it; reading its page, refusing
//! what is malformed, pinning a view and gathering are the same for all.

use prost::Message;

use super::{
    Answer, FactService,
    error::{Error, GoesOn},
    fields::Fields,
    mask::Mask,
    page::{Page, Rows, digest},
};
use crate::{
    pb,
    store::{
        self, Budget, Hits, Store, View,
        query::{EntityQuery, PageOf},
    },
};

/// A request for a page of a list.
pub(super) trait List: Paged {
    /// What it asks, in plain types.
    type Query: Query;

    /// Reads what it asks. What is malformed goes to `fields`, and then the query is never put to a store.
    fn query(&self, fields: &mut Fields) -> Self::Query;

    /// Which fields of an entry are wanted.
    fn mask(&self, fields: &mut Fields) -> Mask;
}

/// A question that a view answers with rows.
pub(super) trait Query: Send + Sync {
    /// Rows, which borrow their bytes from the view.
    type Rows<'v>: Rows
    where
        Self: 'v;

    /// The rows of one page.
    fn rows<'v, V: View>(
        &'v self,
        view: &'v V,
        page: PageOf,
        budget: &'v Budget,
    ) -> impl Future<Output = Result<Self::Rows<'v>, store::Error>> + Send;
}

/// Places, actors, camps and sources are asked alike.
impl Query for EntityQuery {
    type Rows<'v> = Hits<'v>;

    async fn rows<'v, V: View>(
        &'v self,
        view: &'v V,
        page: PageOf,
        budget: &'v Budget,
    ) -> Result<Hits<'v>, store::Error> {
        view.list_entities(self, page, budget).await
    }
}

impl<S: Store> FactService<S> {
    /// Answers a call that pages.
    pub(super) async fn list<R: List>(self, mut request: R, budget: Budget) -> Result<Answer, Error> {
        let asked = request.take_page();
        let mut fields = Fields::default();
        let query = request.query(&mut fields);
        let mask = request.mask(&mut fields);
        let asked = fields.page(asked, &self.0.token_key);
        fields.finish()?;
        let page = Page::open(&self, GoesOn::Pages, digest(&request), asked)?;
        let rows = query.rows(&*page.view, page.of, &budget).await?;
        Ok(Answer::new(rows.gather(&page, mask), &*page.view))
    }
}

/// A request that pages. Taking its page fields leaves what its tokens belong to.
pub(super) trait Paged: Message + prost::Name {
    /// Takes `page_size` and `page_token` out.
    fn take_page(&mut self) -> (i32, String);
}

macro_rules! paged {
    ($($request:ident)*) => {$(
        impl Paged for pb::$request {
            fn take_page(&mut self) -> (i32, String) {
                (std::mem::take(&mut self.page_size), std::mem::take(&mut self.page_token))
            }
        }
    )*};
}

paged! {
    ListEventsRequest GetEventsNearRequest CountEventsRequest ListDisputesRequest ListClaimsRequest
    ListCampHandoversRequest ListPlacesRequest ListActorsRequest ListCampsRequest ListSourcesRequest
}
