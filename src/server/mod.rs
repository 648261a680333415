//! Sockets: [`serve`] is the one door, for production and for tests.
//!
//! One accept loop a listener hands connections, least loaded first, to one current-thread runtime a core, where TLS is spoken if
//! that is told. Each request then passes the layers of [`layers`] to reach the [`routes`]: the facts, `grpc.health.v1` and
//! reflection. Only the command line binds addresses and reads signals.

mod accept;
pub mod access;
mod admin;
pub(crate) mod aside;
mod config;
mod connection;
mod exposition;
mod health;
pub(crate) mod layers;
mod metrics;
mod open;
mod operations;
mod pulse;
pub mod rate;
mod reflection;
mod routes;
mod rpcs;
pub mod secrets;
mod status;
#[cfg(test)]
mod tests;
pub mod tls;
pub mod traces;
mod turns;
mod workers;
mod writes;

use std::{convert::Infallible, io, net::TcpListener, sync::Arc};

pub use config::{Announce, Config, Origins};
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::{body::Body, server::NamedService};
use tower_service::Service;

use crate::{
    api::FactService,
    pb::ReloadOutcome,
    store::{LastLoad, Store, View as _},
};

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A listener cannot be used.
    #[error("cannot accept connections: {0}")]
    Listener(#[source] io::Error),
    /// A thread or its runtime cannot be had.
    #[error("cannot start a worker: {0}")]
    Worker(#[source] io::Error),
    /// The descriptors built into this program are broken.
    #[error("cannot read the built-in descriptors: {0}")]
    Descriptors(String),
}

/// Serves a loaded store on bound listeners until `shutdown` and [`Config::shutdown_delay`], then lets requests in flight finish,
/// at most for [`Config::drain`].
pub async fn serve<S: Store>(
    listeners: Vec<TcpListener>,
    store: Arc<S>,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let stopping = CancellationToken::new();
    let facts = FactService::until(Arc::clone(&store), config.limits, stopping.clone());
    let (loads, last) = (store.loads(), store.loads());
    let (served, looked_at) = (Arc::clone(&store), Arc::clone(&store));
    let is_damaged = Box::new(move || looked_at.current().is_damaged());
    let now = Box::new(move || (served.current().summary().clone(), *last.borrow()));
    let revision = Arc::new(move || HeaderValue::try_from(store.current().revision()).ok());
    serve_facts(listeners, facts, Told { revision, loads, now, is_damaged, stopping }, config, shutdown).await
}

/// The same with nothing between the sockets and the facts, for ever: what benches hold the layers against.
#[doc(hidden)]
pub async fn serve_without_layers<S: Store>(
    listeners: Vec<TcpListener>,
    store: Arc<S>,
    mut config: Config,
) -> Result<Infallible, Error> {
    let facts = FactService::new(store, config.limits);
    let service =
        tower::ServiceExt::<Request<Body>>::map_request(facts, |request: Request<Incoming>| request.map(Body::new));
    let metrics = Arc::new(metrics::Metrics::new(&rpcs::Rpcs::new()?));
    let listeners =
        listeners.into_iter().map(accept::listener).collect::<Result<Vec<_>, _>>().map_err(Error::Listener)?;
    let workers = workers::Workers::start(&service, &metrics, &config).map_err(Error::Worker)?;
    if let Some(announce) = config.announce.take() {
        announce();
    }
    Ok(accept::all(&listeners, &workers).await)
}

/// Is ready again after data was loaded, for ever.
async fn recover(health: &health::Health, mut loads: watch::Receiver<LastLoad>) -> Infallible {
    while loads.changed().await.is_ok() {
        if loads.borrow_and_update().outcome != ReloadOutcome::Refused {
            health.set_loaded();
        }
    }
    std::future::pending().await
}

/// What answers the calls of the contract.
pub(crate) trait Facts:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + NamedService
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<F> Facts for F where
    F: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// What is told of the facts, whatever is asked.
pub(crate) struct Told {
    /// The revision that is served now.
    revision: layers::call::Revision,
    /// News of loads.
    loads: watch::Receiver<LastLoad>,
    /// What is served now, and what came of the last load.
    now: exposition::Now,
    /// Whether what is served now is damaged.
    is_damaged: metrics::IsDamaged,
    /// Cancelled when the server stops: what lasts as long as it does ends then.
    stopping: CancellationToken,
}

async fn serve_facts<F: Facts>(
    listeners: Vec<TcpListener>,
    facts: F,
    told: Told,
    mut config: Config,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let Told { revision, loads, now, is_damaged, stopping } = told;
    let announce = config.announce.take();
    let rpcs = Arc::new(rpcs::Rpcs::new()?);
    let metrics = Arc::new(metrics::Metrics::new(&rpcs));
    let health = health::Health::new(rpcs.services());
    metrics.tell(&health, is_damaged);
    let routes = routes::Routes::new(facts, health.clone(), Arc::clone(&rpcs))?;
    let service = layers::around(routes, &rpcs, &metrics, &config, revision);

    let listeners =
        listeners.into_iter().map(accept::listener).collect::<Result<Vec<_>, _>>().map_err(Error::Listener)?;
    if let Some(admin) = config.admin.take() {
        let listener = accept::listener(admin).map_err(Error::Listener)?;
        let (rpcs, metrics, health) = (Arc::clone(&rpcs), Arc::clone(&metrics), health.clone());
        drop(tokio::spawn(admin::serve(listener, operators(&mut config, rpcs, metrics, health, now)?)));
    }
    let workers = workers::Workers::start(&service, &metrics, &config).map_err(Error::Worker)?;

    health.set_serving();
    if let Some(announce) = announce {
        announce();
    }
    let shutdown = async {
        shutdown.await;
        // From here on probes say no; callers that have not heard of it are still answered.
        health.set_leaving();
        tokio::time::sleep(config.shutdown_delay).await;
    };
    tokio::select! {
        () = shutdown => {}
        never = accept::all(&listeners, &workers) => match never {},
        never = recover(&health, loads) => match never {},
        never = Arc::clone(&config.secrets).keep() => match never {},
        never = config.access.refresh(&config.secrets) => match never {},
    }
    // From here on no connection is accepted, and clients are told to go elsewhere.
    health.set_stopping();
    stopping.cancel();
    drop(listeners);
    tracing::info!(in_flight = metrics.in_flight(), "stopping");
    let cut = workers.stop().await;
    if let Some(traces) = &config.traces {
        traces.flush().await;
    }
    tracing::info!(connections_cut = cut, "stopped");
    Ok(())
}

/// What operators are answered from.
fn operators(
    config: &mut Config,
    rpcs: Arc<rpcs::Rpcs>,
    metrics: Arc<metrics::Metrics>,
    health: health::Health,
    now: exposition::Now,
) -> Result<admin::Port, Error> {
    #[expect(clippy::disallowed_methods, reason = "told to operators, and decides nothing")]
    let started = std::time::SystemTime::now();
    let exposition = Arc::new(exposition::Exposition {
        rpcs,
        metrics,
        health,
        now,
        started,
        secrets: Arc::clone(&config.secrets),
        tls: config.tls.clone(),
        most_calls: config.max_calls,
        most_connections: config.max_connections,
    });
    let operations = operations::Operations { exposition: Arc::clone(&exposition), reload: config.reload.take() };
    let reflection = reflection::Reflection::new(reflection::For::Operators)?;
    let (access, tls) = (Arc::clone(&config.access), config.tls.clone().filter(|_| config.admin_tls));
    Ok(admin::Port { exposition, operations, reflection, access, tls })
}
