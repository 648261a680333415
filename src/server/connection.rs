//! One connection, from its first byte to its last: TLS if there is any, then HTTP, until either side has had enough.
//!
//! A connection ends well after its age or after a while without calls: its client is told to make another (GOAWAY), and calls in
//! flight go on for a grace. It is cut off when its peer says nothing at first, does not answer pings, holds an answer
//! unread longer than a call may take, or has a certificate that no longer holds.

use std::{
    hash::{BuildHasher as _, RandomState},
    io,
    net::IpAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use rustls::pki_types::CertificateDer;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{
    access::Peer,
    config::Config,
    metrics::{Metrics, Refused},
    tls::{self, Tls},
    turns::{Shared, Turn},
    workers::Serves,
    writes,
};

/// A peer that sends nothing for so long after connecting is let go: a port scan, or a probe of TCP.
const FIRST_BYTE: Duration = Duration::from_secs(20);

/// Bytes that HTTP/2 begins with (RFC 9113, 3.4); the shortest request of HTTP/1.1 has about as many.
const PREFACE: usize = 24;

/// The longest that TLS may take to be agreed on.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// HTTP/2 pings after so long a silence, and a peer that does not answer for [`PONG`] is gone.
const PING: Duration = Duration::from_secs(60);

/// See [`PING`].
const PONG: Duration = Duration::from_secs(20);

/// Calls in flight on one connection: at most so many, and at most a share of all calls. More wait at the client, so that one client
/// does not use up the server's limit.
const STREAMS: usize = 256;

/// See [`STREAMS`]: one connection has an eighth of all places, or some.
const SHARE: usize = 8;

/// See [`STREAMS`].
const SOME: usize = 16;

/// Streams that a client resets before we have seen them; with more it is cut off (rapid reset, CVE-2023-44487).
const RESETS: usize = 20;

/// Streams that we reset for an error of the client's; with more it is cut off.
const ERRORS: usize = 256;

/// Bytes of headers that a request may have; ours need some hundreds.
const HEADERS: u32 = 16 << 10;

/// Bytes of requests that a client may send unread, a stream and a connection: requests are small, and at most 1 MiB.
const STREAM_WINDOW: u32 = 128 << 10;

/// See [`STREAM_WINDOW`].
const CONNECTION_WINDOW: u32 = 512 << 10;

/// How connections are kept, the same for all.
#[derive(Debug)]
pub(super) struct Terms {
    age: Option<Duration>,
    grace: Duration,
    idle: Option<Duration>,
    /// The longest that an answer may be on its way.
    longest_call: Duration,
    /// Calls in flight on one of them.
    streams: u32,
    tls: Option<Arc<Tls>>,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    /// Spreads ages, so that clients that came together do not all come again together.
    spread: RandomState,
}

impl Terms {
    pub(super) fn new(config: &Config, metrics: Arc<Metrics>, stop: CancellationToken) -> Terms {
        Terms {
            age: config.max_connection_age,
            grace: config.max_connection_age_grace,
            idle: config.max_connection_idle,
            longest_call: config.max_call_time,
            streams: (config.max_calls / SHARE).clamp(SOME, STREAMS) as u32,
            tls: config.tls.clone(),
            metrics,
            stop,
            spread: RandomState::new(),
        }
    }

    /// The age of one connection: up to a tenth less than told.
    fn age_of(&self, peer: &Arc<Peer>) -> Option<Duration> {
        let share = self.spread.hash_one(Arc::as_ptr(peer)) as f64 / u64::MAX as f64;
        self.age.map(|age| age.mul_f64(1.0 - share / 10.0))
    }
}

/// Serves a connection to its end.
pub(super) async fn serve<S: Serves>(stream: TcpStream, address: IpAddr, service: S, terms: Arc<Terms>) {
    tokio::select! {
        first = timeout(FIRST_BYTE, stream.readable()) => match first {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        },
        () = terms.stop.cancelled() => return,
    }
    let Some(tls) = &terms.tls else {
        let (read, write) = stream.into_split();
        return http(read, write, Peer::at(address, false), service, &terms).await;
    };
    let news = tls.loads();
    let stream = match timeout(HANDSHAKE, TlsAcceptor::from(tls.config(false)).accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            terms.metrics.refuse(Refused::Handshake);
            return tracing::debug!(%error, %address, "TLS was not agreed on");
        }
        Err(_) => {
            terms.metrics.refuse(Refused::Handshake);
            return tracing::debug!(%address, "TLS was not agreed on in time");
        }
    };
    let chain: Vec<_> = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
    let peer = match chain.first() {
        Some(own) => Peer::certified(address, tls::names(own)),
        None => Peer::at(address, true),
    };
    let (read, write) = tokio::io::split(stream);
    tokio::select! {
        () = http(read, write, peer, service, &terms) => {}
        () = revoked(tls, news, &chain) => tracing::info!(%address, "a connection is cut off: its certificate no longer holds"),
    }
}

/// Ends when the certificate of a client no longer holds.
async fn revoked(tls: &Tls, mut news: tokio::sync::watch::Receiver<()>, chain: &[CertificateDer<'static>]) {
    while chain.is_empty() || tls.still_holds(chain) {
        if news.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Serves HTTP on what is read and written.
async fn http<S, R, W>(read: R, write: W, peer: Peer, service: S, terms: &Terms)
where
    S: Serves,
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let (peer, heard) = (Arc::new(peer), Arc::default());
    let (stream, writes) = writes::gather(Heard { inner: read, bytes: Arc::clone(&heard) }, write);
    let turn = Turn::default();
    let settings = settings(turn.clone(), terms.streams);
    let mut connection = pin!(settings.serve_connection(TokioIo::new(stream), Shared::new(service, Arc::clone(&peer))));
    let mut unread = pin!(unread(&peer, terms.longest_call));
    let ended = tokio::select! {
        ended = writes.after(&turn, connection.as_mut()) => ended,
        () = unread.as_mut() => Err("an answer was not taken in time".into()),
        () = silent(&heard) => Err("it did not say what it speaks".into()),
        grace = enough(&peer, terms) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = writes.after(&turn, connection) => ended,
                () = unread => Err("an answer was not taken in time".into()),
                () = after(grace) => Err("its age and its grace are over".into()),
            }
        }
    };
    if let Err(error) = ended {
        // The peer's doing, as a rule: it went away, or speaks something else.
        tracing::debug!(error, "connection failed");
    }
}

/// What is read of a connection, counted.
struct Heard<R> {
    inner: R,
    bytes: Arc<AtomicUsize>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Heard<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.inner).poll_read(cx, buffer);
        this.bytes.fetch_add(buffer.filled().len() - before, Relaxed);
        read
    }
}

/// Ends when too little has been heard to tell which version of HTTP comes: the library waits for that without an end.
async fn silent(heard: &AtomicUsize) {
    sleep(FIRST_BYTE).await;
    if heard.load(Relaxed) >= PREFACE {
        std::future::pending::<()>().await;
    }
}

/// HTTP/1.1 for gRPC-Web, HTTP/2 for all else, by the first bytes.
fn settings(turn: Turn, streams: u32) -> auto::Builder<Turn> {
    let mut http = auto::Builder::new(turn);
    http.http1().timer(TokioTimer::new()).header_read_timeout(FIRST_BYTE).max_buf_size(64 << 10);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .max_concurrent_streams(streams)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(ERRORS)
        .max_header_list_size(HEADERS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    http
}

/// Ends when a connection has gone on for long enough: with how long calls in flight may still take, if that is bounded.
async fn enough(peer: &Arc<Peer>, terms: &Terms) -> Option<Duration> {
    tokio::select! {
        // The worker bounds how long they may take then.
        () = terms.stop.cancelled() => None,
        () = after(terms.age_of(peer)) => Some(terms.grace),
        () = idle(peer, terms.idle) => Some(terms.grace),
    }
}

/// Ends when no call has come for a while and none is in flight.
async fn idle(peer: &Arc<Peer>, after: Option<Duration>) {
    let Some(after) = after else { return std::future::pending().await };
    loop {
        let calls = peer.calls();
        sleep(after).await;
        if peer.calls() == calls && peer.is_quiet() {
            return;
        }
    }
}

/// Ends when a call of one answer is still in flight after the longest that it may take, and as long again, or soon after: its
/// answer is not taken, and holds memory and a place.
async fn unread(peer: &Arc<Peer>, longest: Duration) {
    loop {
        sleep(longest).await;
        if !peer.next_generation() {
            return;
        }
    }
}

async fn after(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
        None => std::future::pending().await,
    }
}
