//! What `dossier serve` can be told: by flags, by the environment, or by a file.

use std::{
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

use clap::ValueEnum;
use http::HeaderValue;

const EXAMPLES: &str = "\
Examples:
  dossier serve
  dossier serve seeds my-facts --listen 127.0.0.1:0
  dossier serve seeds ucdp.facts
  dossier serve facts.dossier
  DOSSIER_ANONYMOUS=read dossier serve --listen 0.0.0.0:50051
  dossier serve --tls-cert tls.crt --tls-key tls.key --access access.toml
  dossier serve --config dossier.toml
  DOSSIER_LOG=debug dossier serve

The first line on standard output is `listening on HOST:PORT`, once the server answers; the log goes to standard error, as \
JSON where that is no terminal (filter: DOSSIER_LOG or RUST_LOG). SIGTERM and SIGINT stop it: calls in flight finish first; \
a second signal ends it at once.

SIGHUP loads the data anew: it is read and checked aside and swapped in, and no call fails for it. What is refused leaves what \
is served as it was; the log says why. Certificates, keys and lists of callers are loaded anew by themselves when their files change.

Whatever a flag says can stand in a TOML file too, by the same name, such as `max-calls`. Flags win over the environment, and that over \
the file; `dossier config check` says what holds.

Browsers (gRPC-Web): on loopback, pages of this machine may call; where anyone may read (DOSSIER_ANONYMOUS), any page \
may. --allow-origin sets it otherwise.";

/// Arguments of `dossier serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Args {
    /// Folders with fact files and .facts files, loaded together, or one snapshot of `dossier build`
    #[arg(value_name = "DATA", default_value = "seeds")]
    pub(super) data: Vec<PathBuf>,
    /// A TOML file with what is not told by flags or the environment
    #[arg(long, value_name = "FILE", env = "DOSSIER_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", env = "DOSSIER_LISTEN", default_value = "127.0.0.1:50051")]
    pub(super) listen: String,
    /// Where operators find /metrics, /livez and /readyz, and call AdminService: nowhere unless given
    #[arg(long, value_name = "HOST:PORT", env = "DOSSIER_ADMIN_LISTEN")]
    pub(super) admin_listen: Option<String>,
    /// Load anew when the data changes; SIGHUP does so at any time
    #[arg(long, env = "DOSSIER_RELOAD_ON_CHANGE")]
    pub(super) reload_on_change: bool,
    /// How long a revision that was replaced goes on answering its page tokens, in seconds
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_GRACE_TIME", default_value_t = 600)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86400))]
    pub(super) grace_time: u32,
    /// How many replaced revisions do so at most: each takes memory, or the disk space of its file
    #[arg(long, value_name = "REVISIONS", env = "DOSSIER_OLDER_REVISIONS", default_value = "4")]
    pub(super) older_revisions: NonZeroUsize,
    /// Where calls are told as traces, by OTLP over gRPC, such as http://127.0.0.1:4317
    #[arg(long, value_name = "URL", env = "DOSSIER_OTLP_ENDPOINT")]
    pub(super) otlp_endpoint: Option<String>,
    /// Of calls whose callers do not say whether they are traced, one in so many is
    #[arg(long, value_name = "CALLS", env = "DOSSIER_OTLP_ONE_IN", default_value = "100")]
    pub(super) otlp_one_in: NonZeroU64,
    /// Threads that serve; as many as cores if not given
    #[arg(long, value_name = "THREADS", env = "DOSSIER_WORKERS")]
    pub(super) workers: Option<NonZeroUsize>,
    /// A file with a secret, the same on all replicas, that page tokens are keyed with
    #[arg(long, value_name = "FILE", env = "DOSSIER_PAGE_TOKEN_KEY")]
    pub(super) page_token_key: Option<PathBuf>,
    #[command(flatten)]
    pub(super) callers: Callers,
    #[command(flatten)]
    pub(super) limits: Limits,
}

/// Who may call.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Who may call")]
pub(super) struct Callers {
    /// What anyone may do without saying who they are; if not given, everything on loopback, unless --access, --jwks or
    /// --tls-client-ca say who may
    #[arg(long, value_name = "RIGHT", env = "DOSSIER_ANONYMOUS", value_enum)]
    pub(super) anonymous: Option<Anonymous>,
    /// A TOML file with the digests of keys and the subjects of certificates, and what they may do (see `dossier key`)
    #[arg(long, value_name = "FILE", env = "DOSSIER_ACCESS")]
    pub(super) access: Option<PathBuf>,
    /// The public keys of the issuer of tokens (JWT): a file with a JSON Web Key Set, or its https address
    #[arg(long, value_name = "FILE|URL", env = "DOSSIER_JWKS", requires = "jwt_audience")]
    pub(super) jwks: Option<String>,
    /// Whom tokens must be for: their `aud`
    #[arg(long, value_name = "AUDIENCE", env = "DOSSIER_JWT_AUDIENCE", requires = "jwks")]
    pub(super) jwt_audience: Option<String>,
    /// Who must have issued them: their `iss`
    #[arg(long, value_name = "ISSUER", env = "DOSSIER_JWT_ISSUER", requires = "jwks")]
    pub(super) jwt_issuer: Option<String>,
    /// The certificate of the server and those that lead from it to one that clients know, in PEM: callers need TLS then
    #[arg(long, value_name = "FILE", env = "DOSSIER_TLS_CERT", requires = "tls_key")]
    pub(super) tls_cert: Option<PathBuf>,
    /// Its private key, in PEM
    #[arg(long, value_name = "FILE", env = "DOSSIER_TLS_KEY", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,
    /// Who signs the certificates of clients, in PEM: callers need one then (mutual TLS)
    #[arg(long, value_name = "FILE", env = "DOSSIER_TLS_CLIENT_CA", requires = "tls_cert")]
    pub(super) tls_client_ca: Option<PathBuf>,
    /// Which of these are revoked: certificate revocation lists, in PEM
    #[arg(long, value_name = "FILE", env = "DOSSIER_TLS_CLIENT_CRL", requires = "tls_client_ca")]
    pub(super) tls_client_crl: Option<PathBuf>,
    /// Speak TLS on the port of operators too, with the same certificate; they need none of their own
    #[arg(long, env = "DOSSIER_ADMIN_TLS", requires = "tls_cert")]
    pub(super) admin_tls: bool,
    /// Who may use reflection
    #[arg(long, value_name = "WHO", env = "DOSSIER_REFLECTION", value_enum, default_value = "read")]
    pub(super) reflection: Who,
    /// Who may ask for health
    #[arg(long, value_name = "WHO", env = "DOSSIER_HEALTH", value_enum, default_value = "open")]
    pub(super) health: Who,
    /// Web pages that may call from a browser: origins such as https://maps.example, or * for any
    #[arg(long, value_name = "ORIGIN", env = "DOSSIER_ALLOW_ORIGIN", value_delimiter = ',')]
    pub(super) allow_origin: Vec<HeaderValue>,
}

/// How much of it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// The longest that a call may take, in seconds, whatever the caller allows
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_MAX_CALL_TIME", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(super) max_call_time: u32,
    /// The longest that a stream of facts waits for its reader to take anything, in seconds; its resume_token goes on
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_MAX_STREAM_WAIT", default_value_t = 300)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86400))]
    pub(super) max_stream_wait: u32,
    /// Calls in flight; as many more wait for a place, the others are sent away with RESOURCE_EXHAUSTED
    #[arg(long, value_name = "CALLS", env = "DOSSIER_MAX_CALLS", default_value = "1024")]
    pub(super) max_calls: NonZeroUsize,
    /// The longest that a call waits for its turn, in milliseconds: later it is sent away, so that the others are answered in time
    #[arg(long, value_name = "MILLISECONDS", env = "DOSSIER_MAX_QUEUE_TIME", default_value_t = 500)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=60000))]
    pub(super) max_queue_time: u32,
    /// Watches of facts in flight; more are sent away with RESOURCE_EXHAUSTED
    #[arg(long, value_name = "WATCHES", env = "DOSSIER_MAX_WATCHES", default_value_t = 1000)]
    pub(super) max_watches: usize,
    /// Tokens that each caller gets a second: a call costs one, and one more for each 1,000 rows it looks at; unlimited if not given
    #[arg(long, value_name = "TOKENS", env = "DOSSIER_RATE")]
    pub(super) rate: Option<NonZeroU32>,
    /// Tokens that a caller can save; those of ten seconds if not given
    #[arg(long, value_name = "TOKENS", env = "DOSSIER_BURST", requires = "rate")]
    pub(super) burst: Option<NonZeroU32>,
    /// Connections that are open; more are closed at once
    #[arg(long, value_name = "CONNECTIONS", env = "DOSSIER_MAX_CONNECTIONS", default_value = "10000")]
    pub(super) max_connections: NonZeroUsize,
    /// The same from one address; unlimited if not given, for a proxy is one
    #[arg(long, value_name = "CONNECTIONS", env = "DOSSIER_MAX_CONNECTIONS_PER_ADDRESS")]
    pub(super) max_connections_per_address: Option<NonZeroUsize>,
    /// How long a connection goes on until its client is told to make another, in seconds; 0 for ever
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_MAX_CONNECTION_AGE", default_value_t = 3600)]
    pub(super) max_connection_age: u32,
    /// How long calls in flight may go on then, in seconds
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_MAX_CONNECTION_AGE_GRACE", default_value_t = 600)]
    pub(super) max_connection_age_grace: u32,
    /// How long a connection goes on without a call, in seconds; 0 for ever
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_MAX_CONNECTION_IDLE", default_value_t = 900)]
    pub(super) max_connection_idle: u32,
    /// How long to go on when told to stop, no longer ready, until nobody sends new callers any more, in seconds
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_SHUTDOWN_DELAY", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=3600))]
    pub(super) shutdown_delay: u32,
    /// How long calls in flight may take to finish after that, in seconds
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_DRAIN_TIME", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=3600))]
    pub(super) drain_time: u32,
}

/// What anyone may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Anonymous {
    /// Nobody, not even on loopback
    None,
    /// Anyone may read, page by page, and watch
    Read,
    /// Anyone may take everything along too (ExportEvents)
    Export,
}

/// Who may use a service beside the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Who {
    /// Anybody
    Open,
    /// Who may read facts
    Read,
    /// Nobody
    Off,
}
