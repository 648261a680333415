//! One current-thread runtime a core. A connection lives on one of them from its first byte to its last, so nothing of a call
//! moves between cores.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::{
    net::TcpStream,
    runtime::Runtime,
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::body::Body;
use tower_service::Service;

use super::{
    config::Config,
    connection::{self, Terms},
    metrics::Metrics,
    open::{Counted, Open},
};

/// While stopping: with no call in flight for so long, whoever is still connected is idle, and cut off. Long enough for the
/// last answer to leave, short enough for an orchestrator to call the stop prompt.
const QUIET: Duration = Duration::from_millis(500);

/// How often a stopping worker looks.
const LOOK: Duration = Duration::from_millis(20);

/// What the workers serve.
pub(super) trait Serves:
    Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

impl<S> Serves for S where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

/// A connection on its way to a worker, and what counts it.
type Handed = (std::net::TcpStream, Counted);

/// The running workers.
#[derive(Debug)]
pub(super) struct Workers {
    workers: Vec<Worker>,
    open: Arc<Open>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Worker {
    streams: mpsc::UnboundedSender<Handed>,
    load: Arc<AtomicUsize>,
    /// How many connections were cut off, once it ended.
    ended: oneshot::Receiver<usize>,
    thread: thread::JoinHandle<()>,
}

impl Workers {
    /// Starts them.
    pub(super) fn start<S: Serves>(service: &S, metrics: &Arc<Metrics>, config: &Config) -> io::Result<Workers> {
        let stop = CancellationToken::new();
        let terms = Arc::new(Terms::new(config, Arc::clone(metrics), stop.clone()));
        let open = Arc::new(Open::new(config, Arc::clone(metrics)));
        let workers = (0..NonZeroUsize::get(config.workers))
            .map(|number| {
                let (streams, incoming) = mpsc::unbounded_channel();
                let (ending, ended) = oneshot::channel();
                let load = Arc::default();
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let connections = Connections {
                    service: service.clone(),
                    terms: Arc::clone(&terms),
                    metrics: Arc::clone(metrics),
                    drain: config.drain,
                };
                let thread = thread::Builder::new().name(format!("dossier-{number}")).spawn(move || {
                    let _ = ending.send(connections.run(runtime, incoming));
                })?;
                Ok(Worker { streams, load, ended, thread })
            })
            .collect::<io::Result<_>>()?;
        Ok(Workers { workers, open, stop })
    }

    /// Gives a connection to the worker with the fewest, if there is room for it: else it is closed at once.
    pub(super) fn hand_over(&self, stream: TcpStream, from: SocketAddr) {
        let Some(worker) = self.workers.iter().min_by_key(|worker| worker.load.load(Relaxed)) else { return };
        let Some(counted) = self.open.enter(from.ip(), &worker.load) else { return };
        // Out of this runtime's reactor, into the worker's.
        match stream.into_std() {
            Ok(stream) => {
                if worker.streams.send((stream, counted)).is_err() {
                    tracing::error!("a worker has ended; its connection is dropped");
                }
            }
            Err(error) => tracing::warn!(%error, "cannot hand a connection over"),
        }
    }

    /// Lets calls in flight finish, then ends the workers. Returns how many connections were cut off.
    pub(super) async fn stop(self) -> usize {
        self.stop.cancel();
        let ending: Vec<_> = self.workers.into_iter().map(|worker| (worker.ended, worker.thread)).collect();
        let mut cut = 0;
        for (ended, thread) in ending {
            // Either fails if the worker panicked, which then is in the log.
            cut += ended.await.unwrap_or_default();
            let _ = thread.join();
        }
        cut
    }
}

/// What a worker does.
struct Connections<S> {
    service: S,
    terms: Arc<Terms>,
    metrics: Arc<Metrics>,
    drain: Duration,
}

impl<S: Serves> Connections<S> {
    /// Runs until stopped; returns how many connections were cut off.
    fn run(&self, runtime: Runtime, mut incoming: mpsc::UnboundedReceiver<Handed>) -> usize {
        let open = TaskTracker::new();
        let cut = runtime.block_on(async {
            while let Some((stream, counted)) = incoming.recv().await {
                match TcpStream::from_std(stream) {
                    Ok(stream) => {
                        let (service, terms) = (self.service.clone(), Arc::clone(&self.terms));
                        drop(open.spawn(async move {
                            connection::serve(stream, counted.address(), service, terms).await;
                            drop(counted);
                        }));
                    }
                    Err(error) => tracing::warn!(%error, "cannot take a connection over"),
                }
            }
            open.close();
            tokio::select! {
                () = open.wait() => {}
                () = self.quiet() => {}
            }
            open.len()
        });
        // Drops what is left: connections without a call in flight, or beyond the time to drain.
        drop(runtime);
        cut
    }

    /// Ends when no call has been in flight for a while, or the time to drain is over.
    async fn quiet(&self) {
        let end = Instant::now() + self.drain;
        let mut since = Instant::now();
        while Instant::now() < end && since.elapsed() < QUIET {
            if self.metrics.in_flight() > 0 {
                since = Instant::now();
            }
            sleep(LOOK).await;
        }
    }
}
