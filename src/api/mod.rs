//! The contract's calls: parse the request, ask the store, gather the answer.
//!
//! Knows HTTP messages, but no sockets: [`FactService`] is a tower service that the server puts behind its layers.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use tonic::body::Body;

use crate::store::Store;

/// What requests may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest request message in bytes, after decompression.
    pub max_request_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_request_bytes: 1 << 20 }
    }
}

/// `dossier.v1.FactService` over a store.
#[derive(Debug)]
pub struct FactService<S> {
    store: Arc<S>,
    limits: Limits,
}

impl<S> Clone for FactService<S> {
    fn clone(&self) -> Self {
        FactService { store: Arc::clone(&self.store), limits: self.limits }
    }
}

impl<S: Store> FactService<S> {
    /// The service over a store.
    pub fn new(store: Arc<S>, limits: Limits) -> FactService<S> {
        FactService { store, limits }
    }
}

impl<S: Store> tonic::server::NamedService for FactService<S> {
    const NAME: &'static str = "dossier.v1.FactService";
}

impl<S: Store> tower_service::Service<http::Request<Body>> for FactService<S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        let _ = (&self.store, self.limits);
        Box::pin(async { Ok(tonic::Status::unimplemented("not yet").into_http()) })
    }
}
