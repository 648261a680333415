//! Which service answers a path: the facts, health, or reflection.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use tonic::body::Body;
use tonic_health::pb::health_server::HealthServer;
use tower::{
    ServiceExt as _,
    util::{BoxCloneSyncService, Oneshot},
};
use tower_service::Service;

use super::{
    Error, Facts,
    health::HealthService,
    reflection,
    rpcs::{Purpose, Rpcs},
    status,
};

/// A service whose calls are too rare for its type to matter.
type Operation = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// The services behind their paths.
#[derive(Debug, Clone)]
pub(crate) struct Routes<F> {
    facts: F,
    operation: Arc<[(&'static str, Operation)]>,
    rpcs: Arc<Rpcs>,
}

impl<F: Facts> Routes<F> {
    pub(super) fn new(facts: F, health: HealthServer<HealthService>, rpcs: Arc<Rpcs>) -> Result<Routes<F>, Error> {
        let broken = |error: tonic_reflection::server::Error| Error::Descriptors(error.to_string());
        let descriptors = reflection::public_descriptors()?;
        let v1 = reflection::builder(&descriptors).build_v1().map_err(broken)?;
        let v1alpha = reflection::builder(&descriptors).build_v1alpha().map_err(broken)?;
        let operation = Arc::new([named(health), named(v1), named(v1alpha)]);
        Ok(Routes { facts, operation, rpcs })
    }
}

fn named<S>(service: S) -> (&'static str, Operation)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + tonic::server::NamedService
        + Clone
        + Send
        + Sync
        + 'static,
{
    (S::NAME, BoxCloneSyncService::new(service))
}

impl<F: Facts> Service<Request<Body>> for Routes<F> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer<F>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.facts.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Answer<F> {
        let path = request.uri().path();
        let operation = || {
            let service = path.strip_prefix('/')?.split('/').next()?;
            self.operation.iter().find(|(name, _)| *name == service).map(|(_, operation)| operation.clone())
        };
        match self.rpcs.at(path).map(|rpc| rpc.purpose) {
            Some(Purpose::Facts) => Answer::Facts { future: self.facts.call(request) },
            Some(Purpose::Operation) => match operation() {
                Some(operation) => Answer::Operation { future: operation.oneshot(request) },
                None => Answer::Unknown,
            },
            None => Answer::Unknown,
        }
    }
}

pin_project_lite::pin_project! {
    /// The answer of one of them.
    #[project = AnswerOf]
    pub(crate) enum Answer<F: Service<Request<Body>>> {
        Facts { #[pin] future: F::Future },
        Operation { #[pin] future: Oneshot<Operation, Request<Body>> },
        Unknown,
    }
}

impl<F: Facts> Future for Answer<F> {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match self.project() {
            AnswerOf::Facts { future } => ready!(future.poll(cx)),
            AnswerOf::Operation { future } => ready!(future.poll(cx)),
            AnswerOf::Unknown => Ok(status::unknown_method().into_http()),
        };
        Poll::Ready(response)
    }
}
