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
pub(crate) mod wire;

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use error::Error;
pub use filter::parse as parse_filter;
use http::HeaderValue;
use tokio_stream::{Stream, StreamExt as _};
use tonic::body::Body;

use crate::{
    pb,
    store::{Budget, Deadline, Store, View as _},
};

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
#[derive(Debug)]
pub struct FactService<S> {
    store: Arc<S>,
    max_request_bytes: usize,
    token_key: token::Key,
}

impl<S> Clone for FactService<S> {
    fn clone(&self) -> Self {
        let FactService { max_request_bytes, token_key, .. } = *self;
        FactService { store: Arc::clone(&self.store), max_request_bytes, token_key }
    }
}

/// An answer, and the revision that it is of.
struct Answer {
    reply: wire::Reply,
    revision: String,
}

impl Answer {
    fn new(reply: wire::Reply, view: &impl crate::store::View) -> Answer {
        Answer { reply, revision: view.revision().to_owned() }
    }
}

impl<S: Store> FactService<S> {
    /// The service over a store.
    pub fn new(store: Arc<S>, limits: Limits) -> FactService<S> {
        let Limits { max_request_bytes, page_token_key } = limits;
        FactService { store, max_request_bytes, token_key: token::Key::of(&page_token_key) }
    }

    /// Answers a unary call.
    async fn unary<M, F>(
        self,
        request: http::Request<Body>,
        method: impl FnOnce(Self, M, Budget) -> F,
    ) -> http::Response<Body>
    where
        M: prost::Message + Default + prost::Name,
        F: Future<Output = Result<Answer, Error>>,
    {
        let accepted = wire::Encoding::accepted(request.headers());
        let budget = Budget::new(request.extensions().get::<Deadline>().copied());
        let current = self.store.current();
        let answer = match wire::read(request, self.max_request_bytes).await {
            Ok(message) => method(self, message, budget).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(Answer { reply, revision }) => told(reply.into_response(accepted).await, &revision),
            Err(error) => told(error.into_status().into_http(), current.revision()),
        }
    }

    /// Answers a call with a stream of replies, of one revision.
    async fn streaming<M, R>(
        self,
        request: http::Request<Body>,
        method: impl FnOnce(Self, M, Budget) -> Result<(R, String), Error>,
    ) -> http::Response<Body>
    where
        M: prost::Message + Default + prost::Name,
        R: Stream<Item = Result<wire::Reply, Error>> + Send + 'static,
    {
        let accepted = wire::Encoding::accepted(request.headers());
        let budget = Budget::new(request.extensions().get::<Deadline>().copied());
        let current = self.store.current();
        let read = wire::read(request, self.max_request_bytes).await;
        match read.and_then(|message| method(self, message, budget)) {
            Ok((replies, revision)) => {
                let replies = replies.map(|reply| reply.map_err(Error::into_status));
                told(wire::replies(replies, accepted), &revision)
            }
            Err(error) => told(error.into_status().into_http(), current.revision()),
        }
    }

    async fn route(self, request: http::Request<Body>) -> http::Response<Body> {
        match request.uri().path().rsplit('/').next().unwrap_or_default() {
            "GetDataset" => self.unary(request, Self::get_dataset).await,
            "GetEvent" => self.unary(request, Self::get_event).await,
            "BatchGetEvents" => self.unary(request, Self::batch_get_events).await,
            "ListEvents" => self.unary(request, Self::list::<pb::ListEventsRequest>).await,
            "GetEventsNear" => self.unary(request, Self::list::<pb::GetEventsNearRequest>).await,
            "CountEvents" => self.unary(request, Self::list::<pb::CountEventsRequest>).await,
            "ListDisputes" => self.unary(request, Self::list::<pb::ListDisputesRequest>).await,
            "ListClaims" => self.unary(request, Self::list::<pb::ListClaimsRequest>).await,
            "ListCampHandovers" => self.unary(request, Self::list::<pb::ListCampHandoversRequest>).await,
            "GetPlace" => self.unary(request, Self::get_place).await,
            "ListPlaces" => self.unary(request, Self::list::<pb::ListPlacesRequest>).await,
            "GetActor" => self.unary(request, Self::get_actor).await,
            "ListActors" => self.unary(request, Self::list::<pb::ListActorsRequest>).await,
            "GetCamp" => self.unary(request, Self::get_camp).await,
            "ListCamps" => self.unary(request, Self::list::<pb::ListCampsRequest>).await,
            "GetSource" => self.unary(request, Self::get_source).await,
            "ListSources" => self.unary(request, Self::list::<pb::ListSourcesRequest>).await,
            "ResolveNames" => self.unary(request, Self::resolve_names).await,
            "ExportEvents" => self.streaming(request, Self::export_events).await,
            "WatchEvents" => {
                let why = "this server does not watch yet; compare the revision that GetDataset tells, and ExportEvents when it changed";
                Error::NotImplemented(why).into_status().into_http()
            }
            _ => Error::NotImplemented("dossier.v1.FactService has no such method").into_status().into_http(),
        }
    }
}

/// An answer that tells its revision.
fn told(mut response: http::Response<Body>, revision: &str) -> http::Response<Body> {
    let headers = response.headers_mut();
    headers.insert("grpc-accept-encoding", wire::ACCEPTED);
    if let Ok(value) = HeaderValue::try_from(revision) {
        headers.insert("dossier-revision", value);
    }
    response
}

impl<S: Store> tonic::server::NamedService for FactService<S> {
    const NAME: &'static str = "dossier.v1.FactService";
}

impl<S: Store> tower_service::Service<http::Request<Body>> for FactService<S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.route(request).await) })
    }
}
