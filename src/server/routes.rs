//! Which service answers a path: the facts, health, or reflection.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use tonic::body::Body;
use tower_service::Service;

use super::{
    Error, Facts,
    health::Health,
    reflection::{For, Reflection},
    rpcs::{Purpose, Rpcs},
    status,
};

/// The services behind their paths.
#[derive(Debug, Clone)]
pub(crate) struct Routes<F> {
    facts: F,
    health: Health,
    reflection: Reflection,
    rpcs: Arc<Rpcs>,
}

impl<F: Facts> Routes<F> {
    pub(super) fn new(facts: F, health: Health, rpcs: Arc<Rpcs>) -> Result<Routes<F>, Error> {
        Ok(Routes { facts, health, reflection: Reflection::new(For::Callers)?, rpcs })
    }
}

impl<F: Facts> Service<Request<Body>> for Routes<F> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer<F>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.facts.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Answer<F> {
        let rpc = self.rpcs.at(request.uri().path()).map(|rpc| (rpc.purpose, rpc.streams));
        match rpc {
            Some((Purpose::Facts | Purpose::Watch, _)) => Answer::Facts { future: self.facts.call(request) },
            Some((Purpose::Health, false)) => Answer::Health { future: Box::pin(self.health.clone().check(request)) },
            Some((Purpose::Health, true)) => Answer::Health { future: Box::pin(self.health.clone().watch(request)) },
            Some((Purpose::Reflection, _)) => Answer::Ready { response: Some(self.reflection.clone().answer(request)) },
            None => Answer::Ready { response: Some(status::unknown_method().into_http()) },
        }
    }
}

pin_project_lite::pin_project! {
    /// The answer of one of them.
    #[project = AnswerOf]
    pub(crate) enum Answer<F: Service<Request<Body>>> {
        Facts { #[pin] future: F::Future },
        Health { future: Pin<Box<dyn Future<Output = Response<Body>> + Send>> },
        Ready { response: Option<Response<Body>> },
    }
}

impl<F: Facts> Future for Answer<F> {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match self.project() {
            AnswerOf::Facts { future } => ready!(future.poll(cx)),
            AnswerOf::Health { future } => Ok(ready!(future.as_mut().poll(cx))),
            AnswerOf::Ready { response } => Ok(response.take().unwrap_or_default()),
        };
        Poll::Ready(response)
    }
}
