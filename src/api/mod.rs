//! The contract's calls: parse the request, ask the store, gather the answer.
//!
//! Knows HTTP messages, but no sockets: [`FactService`] is a tower service that the server puts behind its layers. One file a
//! resource; what they share is beside them: every call that pages is a [`list::List`].

mod actors;
mod camps;
mod claims;
mod counts;
mod dataset;
mod disputes;
pub mod error;
mod events;
mod export;
mod fields;
mod filter;
mod list;
mod mask;
mod names;
mod near;
mod page;
mod places;
mod sources;
mod token;
mod unknown_fields;
mod watch;
pub(crate) mod wire;

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use error::Error;
pub use filter::parse as parse_filter;
use http::{HeaderName, HeaderValue};
use tokio_stream::{Stream, StreamExt as _};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use crate::{
    pb,
    store::{Budget, Store, View},
};

/// Carries the revision, in every answer to a call.
pub(crate) const REVISION: HeaderName = HeaderName::from_static("dossier-revision");

/// What requests may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest request message in bytes, after decompression.
    pub max_request_bytes: usize,
    /// A secret that page tokens are keyed with, the same on all replicas; zeros for none.
    pub page_token_key: [u8; 32],
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_request_bytes: 1 << 20, page_token_key: [0; 32] }
    }
}

/// `dossier.v1.FactService` over a store.
pub struct FactService<S: Store>(Arc<Parts<S>>);

/// What calls share. It is cloned for each of them: in one piece.
struct Parts<S: Store> {
    store: Arc<S>,
    max_request_bytes: usize,
    token_key: token::Key,
    differences: watch::Differences<S::View>,
    stopping: CancellationToken,
}

impl<S: Store> Clone for FactService<S> {
    fn clone(&self) -> Self {
        FactService(Arc::clone(&self.0))
    }
}

impl<S: Store> fmt::Debug for FactService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactService").field("max_request_bytes", &self.0.max_request_bytes).finish_non_exhaustive()
    }
}

/// An answer, and the revision that it is of.
struct Answer {
    reply: wire::Reply,
    revision: Option<HeaderValue>,
}

impl Answer {
    fn new(reply: wire::Reply, view: &impl View) -> Answer {
        Answer { reply, revision: revision(view) }
    }
}

/// The revision of a view, as a header tells it.
fn revision(view: &impl View) -> Option<HeaderValue> {
    HeaderValue::try_from(view.revision()).ok()
}

impl<S: Store> FactService<S> {
    /// The service over a store.
    pub fn new(store: Arc<S>, limits: Limits) -> FactService<S> {
        FactService::until(store, limits, CancellationToken::new())
    }

    /// The service over a store, whose watches end when `stopping` is cancelled: they would last for ever.
    pub fn until(store: Arc<S>, limits: Limits, stopping: CancellationToken) -> FactService<S> {
        let Limits { max_request_bytes, page_token_key } = limits;
        let token_key = token::Key::of(&page_token_key);
        FactService(Arc::new(Parts {
            store,
            max_request_bytes,
            token_key,
            differences: watch::Differences::default(),
            stopping,
        }))
    }

    /// Answers a unary call.
    async fn unary<M, F>(
        self,
        request: http::Request<Body>,
        method: impl FnOnce(Self, M, Budget) -> F,
    ) -> Result<http::Response<Body>, Infallible>
    where
        M: prost::Message + Default + prost::Name,
        F: Future<Output = Result<Answer, Error>>,
    {
        let accepted = wire::Encoding::accepted(request.headers());
        let budget = Budget::new(request.extensions().get().cloned().unwrap_or_default());
        let read = wire::read(request, self.0.max_request_bytes).await;
        // Once the request is here, which may take as long as its caller likes: an error tells the revision that it is of.
        let current = self.0.store.current();
        let answer = match read {
            Ok(message) => method(self, message, budget).await,
            Err(error) => Err(error),
        };
        Ok(match answer {
            Ok(Answer { reply, revision }) => told(reply.into_response(accepted).await, revision),
            Err(error) => told(error.into_status().into_http(), revision(&*current)),
        })
    }

    /// Answers a call with a stream of replies, of one revision.
    async fn streaming<M, R>(
        self,
        request: http::Request<Body>,
        method: impl FnOnce(Self, M, Budget) -> Result<(R, Option<HeaderValue>), Error>,
    ) -> Result<http::Response<Body>, Infallible>
    where
        M: prost::Message + Default + prost::Name,
        R: Stream<Item = Result<wire::Reply, Error>> + Send + 'static,
    {
        let accepted = wire::Encoding::accepted(request.headers());
        let budget = Budget::new(request.extensions().get().cloned().unwrap_or_default());
        let read = wire::read(request, self.0.max_request_bytes).await;
        let current = self.0.store.current();
        Ok(match read.and_then(|message| method(self, message, budget)) {
            Ok((replies, revision)) => {
                let replies = replies.map(|reply| reply.map_err(Error::into_status));
                told(wire::replies(replies, accepted), revision)
            }
            Err(error) => told(error.into_status().into_http(), revision(&*current)),
        })
    }

    /// Answers a call. Each method's future is boxed by itself: one of them all would be as large as the largest, and moved
    /// for every call.
    fn route(self, request: http::Request<Body>) -> Answering {
        match request.uri().path().rsplit('/').next().unwrap_or_default() {
            "GetDataset" => Box::pin(self.unary(request, Self::get_dataset)),
            "GetEvent" => Box::pin(self.unary(request, Self::get_event)),
            "BatchGetEvents" => Box::pin(self.unary(request, Self::batch_get_events)),
            "ListEvents" => Box::pin(self.unary(request, Self::list::<pb::ListEventsRequest>)),
            "GetEventsNear" => Box::pin(self.unary(request, Self::list::<pb::GetEventsNearRequest>)),
            "CountEvents" => Box::pin(self.unary(request, Self::list::<pb::CountEventsRequest>)),
            "ListDisputes" => Box::pin(self.unary(request, Self::list::<pb::ListDisputesRequest>)),
            "ListClaims" => Box::pin(self.unary(request, Self::list::<pb::ListClaimsRequest>)),
            "ListCampHandovers" => Box::pin(self.unary(request, Self::list::<pb::ListCampHandoversRequest>)),
            "GetPlace" => Box::pin(self.unary(request, Self::get_place)),
            "ListPlaces" => Box::pin(self.unary(request, Self::list::<pb::ListPlacesRequest>)),
            "GetActor" => Box::pin(self.unary(request, Self::get_actor)),
            "ListActors" => Box::pin(self.unary(request, Self::list::<pb::ListActorsRequest>)),
            "GetCamp" => Box::pin(self.unary(request, Self::get_camp)),
            "ListCamps" => Box::pin(self.unary(request, Self::list::<pb::ListCampsRequest>)),
            "GetSource" => Box::pin(self.unary(request, Self::get_source)),
            "ListSources" => Box::pin(self.unary(request, Self::list::<pb::ListSourcesRequest>)),
            "ResolveNames" => Box::pin(self.unary(request, Self::resolve_names)),
            "ExportEvents" => Box::pin(self.streaming(request, Self::export_events)),
            "WatchEvents" => Box::pin(self.streaming(request, Self::watch_events)),
            _ => not_implemented("dossier.v1.FactService has no such method"),
        }
    }
}

/// The answer to a call.
type Answering = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

fn not_implemented(why: &'static str) -> Answering {
    Box::pin(std::future::ready(Ok(Error::NotImplemented(why).into_status().into_http())))
}

/// An answer that tells its revision.
fn told(mut response: http::Response<Body>, revision: Option<HeaderValue>) -> http::Response<Body> {
    let headers = response.headers_mut();
    headers.insert(wire::ACCEPT_ENCODING, wire::ACCEPTED);
    if let Some(revision) = revision {
        headers.insert(REVISION, revision);
    }
    response
}

impl<S: Store> tonic::server::NamedService for FactService<S> {
    const NAME: &'static str = "dossier.v1.FactService";
}

impl<S: Store> tower_service::Service<http::Request<Body>> for FactService<S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        self.clone().route(request)
    }
}
