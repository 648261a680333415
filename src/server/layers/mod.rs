//! What every request passes on its way to the services, outermost first:
//!
//! 1. [`call`]: gives it an id, which the answer carries back and every log line names;
//! 2. [`edge`]: answers what is not gRPC with HTTP's own statuses, and browsers' questions about origins (CORS);
//! 3. gRPC-Web (tonic-web): from here on a browser's call is a gRPC call like any other, so that its status can be read, and
//!    what the layers below answer themselves reaches it in its own form (ADR 20);
//! 4. [`observe`]: counters and the log line, with the status as the caller gets it, also if the caller goes away;
//! 5. [`access`]: who calls, and whether they may;
//! 6. [`limit`]: the deadline, how many calls may be in flight, and how much one caller may ask for;
//! 7. [`panics`]: a panic becomes INTERNAL.
//!
//! tonic's own timeout and limits are not used: they sit outside every layer one adds, so that nothing counts them.

pub(crate) mod access;
pub(crate) mod call;
mod deadline;
pub(crate) mod edge;
pub(crate) mod limit;
pub(crate) mod observe;
pub(crate) mod panics;
mod patience;
mod room;

use std::sync::Arc;

use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower_layer::Layer as _;

use super::{Config, Facts, metrics::Metrics, routes::Routes, rpcs::Rpcs};

/// The services behind all layers.
pub(super) type Stack<F> = call::Calls<
    edge::Edge<GrpcWebService<observe::Observe<access::Guard<limit::Limit<panics::CatchPanics<Routes<F>>>>>>>,
>;

/// Puts the layers around the services.
pub(super) fn around<F: Facts>(
    routes: Routes<F>,
    rpcs: &Arc<Rpcs>,
    metrics: &Arc<Metrics>,
    config: &Config,
    revision: call::Revision,
) -> Stack<F> {
    let inner = panics::CatchPanics::new(routes);
    let limited = limit::Limit::new(inner, Arc::clone(rpcs), Arc::clone(metrics), config);
    let guarded = access::Guard::new(limited, Arc::clone(rpcs), Arc::clone(&config.access));
    let observed = observe::Observe::new(guarded, Arc::clone(rpcs), Arc::clone(metrics), config.traces.clone());
    let web = GrpcWebLayer::new().layer(observed);
    call::Calls::new(edge::Edge::new(web, Arc::clone(rpcs), config.origins.clone()), revision)
}
