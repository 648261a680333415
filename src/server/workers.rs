//! One current-thread runtime a core. A connection lives on one of them from its first byte to its last, so nothing of a call
//! moves between cores.

use std::{
    convert::Infallible,
    io,
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
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::TcpStream,
    runtime::Runtime,
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::body::Body;
use tower_service::Service;

use super::{
    config::Config,
    metrics::Metrics,
    turns::{Shared, Turn},
    writes,
};

/// A peer that sends nothing for so long after connecting is let go: a port scan, or a probe of TCP.
const FIRST_BYTE: Duration = Duration::from_secs(20);

/// HTTP/2 pings after so long a silence, and a peer that does not answer for [`PONG`] is gone.
const PING: Duration = Duration::from_secs(60);

/// See [`PING`].
const PONG: Duration = Duration::from_secs(20);

/// Calls in flight on one connection. More wait at the client, so that one client does not use up the server's limit.
const STREAMS: u32 = 256;

/// Bytes of headers that a request may have; ours need some hundreds.
const HEADERS: u32 = 16 << 10;

/// Bytes of requests that a client may send unread, a stream and a connection: requests are small, and at most 1 MiB.
const STREAM_WINDOW: u32 = 256 << 10;

/// See [`STREAM_WINDOW`].
const CONNECTION_WINDOW: u32 = 1 << 20;

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

/// The running workers.
#[derive(Debug)]
pub(super) struct Workers {
    workers: Vec<Worker>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Worker {
    streams: mpsc::UnboundedSender<std::net::TcpStream>,
    load: Arc<AtomicUsize>,
    /// How many connections were cut off, once it ended.
    ended: oneshot::Receiver<usize>,
    thread: thread::JoinHandle<()>,
}

impl Workers {
    /// Starts them.
    pub(super) fn start<S: Serves>(service: &S, metrics: &Arc<Metrics>, config: &Config) -> io::Result<Workers> {
        let stop = CancellationToken::new();
        let workers = (0..NonZeroUsize::get(config.workers))
            .map(|number| {
                let (streams, incoming) = mpsc::unbounded_channel();
                let (ending, ended) = oneshot::channel();
                let load = Arc::default();
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let connections = Connections {
                    service: service.clone(),
                    load: Arc::clone(&load),
                    stop: stop.clone(),
                    metrics: Arc::clone(metrics),
                    drain: config.drain,
                };
                let thread = thread::Builder::new().name(format!("dossier-{number}")).spawn(move || {
                    let _ = ending.send(connections.run(runtime, incoming));
                })?;
                Ok(Worker { streams, load, ended, thread })
            })
            .collect::<io::Result<_>>()?;
        Ok(Workers { workers, stop })
    }

    /// Gives a connection to the worker with the fewest.
    pub(super) fn hand_over(&self, stream: TcpStream) {
        let Some(worker) = self.workers.iter().min_by_key(|worker| worker.load.load(Relaxed)) else { return };
        // Out of this runtime's reactor, into the worker's.
        match stream.into_std() {
            Ok(stream) => {
                worker.load.fetch_add(1, Relaxed);
                if worker.streams.send(stream).is_err() {
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

/// HTTP/1.1 for gRPC-Web, HTTP/2 for all else, by the first bytes.
fn http_settings(turn: Turn) -> auto::Builder<Turn> {
    let mut http = auto::Builder::new(turn);
    http.http1().timer(TokioTimer::new()).header_read_timeout(FIRST_BYTE).max_buf_size(64 << 10);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADERS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    http
}

/// What a worker does.
struct Connections<S> {
    service: S,
    load: Arc<AtomicUsize>,
    stop: CancellationToken,
    metrics: Arc<Metrics>,
    drain: Duration,
}

impl<S: Serves> Connections<S> {
    /// Runs until stopped; returns how many connections were cut off.
    fn run(&self, runtime: Runtime, mut incoming: mpsc::UnboundedReceiver<std::net::TcpStream>) -> usize {
        let open = TaskTracker::new();
        let cut = runtime.block_on(async {
            while let Some(stream) = incoming.recv().await {
                match TcpStream::from_std(stream) {
                    Ok(stream) => drop(open.spawn(self.connection(stream))),
                    Err(error) => {
                        self.load.fetch_sub(1, Relaxed);
                        tracing::warn!(%error, "cannot take a connection over");
                    }
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

    /// Serves one connection to its end.
    fn connection(&self, stream: TcpStream) -> impl Future<Output = ()> + Send + 'static {
        let service = Shared::new(self.service.clone());
        let stop = self.stop.clone();
        self.metrics.connect();
        let counted = Counted(Arc::clone(&self.load), Arc::clone(&self.metrics));
        async move {
            let _counted = counted;
            tokio::select! {
                first = timeout(FIRST_BYTE, stream.readable()) => match first {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) | Err(_) => return,
                },
                () = stop.cancelled() => return,
            }
            let (stream, writes) = writes::gather(stream);
            let turn = Turn::default();
            let http = http_settings(turn.clone());
            let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
            let ended = tokio::select! {
                ended = writes.after(&turn, connection.as_mut()) => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    writes.after(&turn, connection).await
                }
            };
            if let Err(error) = ended {
                // The peer's doing, as a rule: it went away, or speaks something else.
                tracing::debug!(error, "connection failed");
            }
        }
    }
}

/// A connection that counts as load until dropped.
struct Counted(Arc<AtomicUsize>, Arc<Metrics>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
        self.1.disconnect();
    }
}
