//! Who calls, and whether they may: before anything of the call is read. Who may not learns nothing of what there is.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use tonic::{Status, body::Body};
use tower_service::Service;

use super::call::Call;
use crate::server::{
    access::{Access, Peer, Policy, Principal, Scope, Stranger},
    rpcs::{Purpose, Rpcs},
    status,
};

/// The layer.
#[derive(Debug, Clone)]
pub(crate) struct Guard<S> {
    inner: S,
    rpcs: Arc<Rpcs>,
    access: Arc<Access>,
}

impl<S> Guard<S> {
    pub(crate) fn new(inner: S, rpcs: Arc<Rpcs>, access: Arc<Access>) -> Guard<S> {
        Guard { inner, rpcs, access }
    }

    /// Who calls; or why they may not. Nobody in particular where nobody has to say who they are.
    fn admit(&self, request: &Request<Body>) -> Result<Option<Arc<Principal>>, Status> {
        let rpc = self.rpcs.at(request.uri().path());
        let needed = match rpc.map(|rpc| rpc.purpose) {
            Some(Purpose::Health) => match self.access.health {
                Policy::Open => return Ok(None),
                Policy::Read => Some(Scope::Read),
                Policy::Off => None,
            },
            Some(Purpose::Reflection) => match self.access.reflection {
                Policy::Open => return Ok(None),
                Policy::Read => Some(Scope::Read),
                Policy::Off => None,
            },
            Some(Purpose::Facts) if rpc.is_some_and(|rpc| rpc.streams) => Some(Scope::Export),
            Some(Purpose::Facts | Purpose::Watch) => Some(Scope::Read),
            None => None,
        };
        let peer = request.extensions().get::<Arc<Peer>>();
        let principal = self.access.principal(request.headers(), peer.map(|peer| &**peer));
        let principal = principal.map_err(|Stranger| status::unauthenticated())?;
        match needed {
            Some(scope) if principal.may(scope) => Ok(Some(principal)),
            Some(scope) => Err(status::permission_denied(scope)),
            // Not served, for whoever asks.
            None => Err(status::unknown_method()),
        }
    }
}

impl<S, R> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible>,
    R: Default,
{
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Guarded<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.admit(&request) {
            Ok(principal) => {
                if let Some(principal) = principal {
                    Call::of(&request).is_by(principal);
                }
                Guarded::Passed { future: self.inner.call(request) }
            }
            Err(refusal) => Guarded::Refused { refusal },
        }
    }
}

pin_project_lite::pin_project! {
    /// An answer to whoever may have it.
    #[project = GuardedProjection]
    pub(crate) enum Guarded<F> {
        Refused { refusal: Status },
        Passed { #[pin] future: F },
    }
}

impl<F, R> Future for Guarded<F>
where
    F: Future<Output = Result<Response<R>, Infallible>>,
    R: Default,
{
    type Output = Result<Response<R>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project() {
            GuardedProjection::Refused { refusal } => {
                let response: Response<()> = refusal.clone().into_http();
                Ok(response.map(|()| R::default()))
            }
            GuardedProjection::Passed { future } => ready!(future.poll(cx)),
        })
    }
}
