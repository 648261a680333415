//! What the server is told, already validated.

use std::{fmt, net::TcpListener, num::NonZeroUsize, sync::Arc, thread, time::Duration};

use http::HeaderValue;
use tokio::sync::{mpsc, oneshot};

use super::{access::Access, rate::Rate, secrets::Secrets, tls::Tls, traces::Traces};
use crate::api;

/// Called once the server answers.
pub type Announce = Box<dyn FnOnce() + Send>;

/// How to serve.
pub struct Config {
    /// Runtimes of one thread each.
    pub workers: NonZeroUsize,
    /// What requests may ask for.
    pub limits: api::Limits,
    /// The longest that a call with one answer may take, whatever the caller allows.
    pub max_call_time: Duration,
    /// The longest that a stream of facts waits for its reader to take anything.
    pub max_stream_wait: Duration,
    /// Calls for facts in flight; more are sent away with RESOURCE_EXHAUSTED.
    pub max_calls: usize,
    /// Watches of facts in flight, which last as long as their callers like; more are sent away likewise.
    pub max_watches: usize,
    /// Watches of health in flight, and as many calls of reflection beside them; more are sent away likewise.
    pub max_operation_streams: usize,
    /// How long a call for facts may wait for its turn, in a line or unread; later it is sent away.
    pub max_queue_time: Duration,
    /// How much each caller may ask for, if that is limited.
    pub rate: Option<Rate>,
    /// Connections that are open; more are closed at once.
    pub max_connections: usize,
    /// The same from one address, if that is limited.
    pub max_connections_per_address: Option<usize>,
    /// How long a connection goes on, if not for ever: then its client is told to make another, and it is cut off when
    /// [`Config::max_connection_age_grace`] has passed too.
    pub max_connection_age: Option<Duration>,
    /// See [`Config::max_connection_age`].
    pub max_connection_age_grace: Duration,
    /// How long a connection goes on without a call, if not for ever.
    pub max_connection_idle: Option<Duration>,
    /// Who may do what.
    pub access: Arc<Access>,
    /// How connections are encrypted, if they are.
    pub tls: Option<Arc<Tls>>,
    /// What is read of files that change.
    pub secrets: Arc<Secrets>,
    /// How long it goes on, no longer ready, when it is to shut down: until nobody sends new callers any more.
    pub shutdown_delay: Duration,
    /// How long calls in flight may take to finish after that.
    pub drain: Duration,
    /// Web pages that may call from a browser.
    pub origins: Origins,
    /// Where operators ask for metrics and readiness, if anywhere: not for callers.
    pub admin: Option<TcpListener>,
    /// Whether they do so by TLS too.
    pub admin_tls: bool,
    /// Who is told of calls, if anybody.
    pub traces: Option<Arc<Traces>>,
    /// Loads the data anew when somebody sends whom to tell that it is done, if it can be.
    pub reload: Option<mpsc::Sender<oneshot::Sender<()>>>,
    /// Called once the server answers.
    pub announce: Option<Announce>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            workers: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            limits: api::Limits::default(),
            max_call_time: Duration::from_secs(30),
            max_stream_wait: Duration::from_secs(300),
            max_calls: 1024,
            max_watches: 1000,
            max_operation_streams: 1000,
            max_queue_time: Duration::from_millis(500),
            rate: None,
            max_connections: 10_000,
            max_connections_per_address: None,
            max_connection_age: Some(Duration::from_secs(3600)),
            max_connection_age_grace: Duration::from_secs(600),
            max_connection_idle: Some(Duration::from_secs(900)),
            access: Arc::default(),
            tls: None,
            secrets: Arc::default(),
            shutdown_delay: Duration::ZERO,
            drain: Duration::from_secs(10),
            origins: Origins::Loopback,
            admin: None,
            admin_tls: false,
            traces: None,
            reload: None,
            announce: None,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("workers", &self.workers)
            .field("max_call_time", &self.max_call_time)
            .field("max_stream_wait", &self.max_stream_wait)
            .field("max_calls", &self.max_calls)
            .field("max_watches", &self.max_watches)
            .field("max_operation_streams", &self.max_operation_streams)
            .field("max_queue_time", &self.max_queue_time)
            .field("rate", &self.rate)
            .field("max_connections", &self.max_connections)
            .field("access", &self.access)
            .field("tls", &self.tls)
            .field("shutdown_delay", &self.shutdown_delay)
            .field("drain", &self.drain)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

/// Web pages that may call from a browser (CORS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// Any page: right where anyone may read anyway.
    Any,
    /// Pages served by this machine, on any port: what a private server on loopback allows, so that no page of the web reads
    /// it through the browser of its owner.
    Loopback,
    /// Exactly these, such as `https://maps.example`.
    Listed(Vec<HeaderValue>),
}

impl Origins {
    /// Whether a page of this origin may read answers.
    pub fn allow(&self, origin: &HeaderValue) -> bool {
        match self {
            Origins::Any => true,
            Origins::Loopback => origin.to_str().is_ok_and(is_loopback),
            Origins::Listed(origins) => origins.contains(origin),
        }
    }
}

/// Whether an origin (`scheme://host[:port]`) is a page of this machine.
fn is_loopback(origin: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(scheme, "http" | "https") && matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_loopback() {
        for origin in
            ["http://localhost", "http://localhost:5173", "https://127.0.0.1:8443", "http://[::1]:80", "http://[::1]"]
        {
            assert!(Origins::Loopback.allow(&HeaderValue::from_static(origin)), "{origin}");
        }
        for origin in [
            "null",
            "",
            "https://example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "file://localhost",
            "http://example.com:80",
            "http://localhost:80:80",
            "http://user@localhost",
        ] {
            assert!(!Origins::Loopback.allow(&HeaderValue::from_static(origin)), "{origin}");
        }
    }
}
