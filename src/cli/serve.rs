//! `dossier serve`: loads facts, binds, says where it listens, and serves until a signal.

use std::{
    fs,
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::ValueEnum;
use http::HeaderValue;
use tokio::{
    net::{TcpListener, TcpSocket, lookup_host},
    signal::unix::{Signal, SignalKind, signal},
};

use super::{
    USAGE, data, fail, log,
    reload::{Changes, Reloads},
};
use crate::{
    pb,
    server::{self, Config, Origins},
    store::{
        Store as _, View as _,
        engine::{ImageStore, Keep},
    },
};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

const EXAMPLES: &str = "\
Examples:
  dossier serve
  dossier serve seeds my-facts --listen 127.0.0.1:0
  dossier serve seeds ucdp.facts
  dossier serve facts.dossier
  DOSSIER_ANONYMOUS=read dossier serve --listen 0.0.0.0:50051
  DOSSIER_LOG=debug dossier serve

The first line on standard output is `listening on HOST:PORT`, once the server answers; the log goes to standard error, as \
JSON where that is no terminal (filter: DOSSIER_LOG or RUST_LOG). SIGTERM and SIGINT stop it: calls in flight finish first; \
a second signal ends it at once.

SIGHUP loads the data anew: it is read and checked aside and swapped in, and no call fails for it. What is refused leaves what \
is served as it was; the log says why.

Browsers (gRPC-Web): on loopback, pages of this machine may call; where anyone may read (DOSSIER_ANONYMOUS=read), any page \
may. --allow-origin sets it otherwise.";

/// Arguments of `dossier serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folders with fact files and .facts files, loaded together, or one snapshot of `dossier build`
    #[arg(value_name = "DATA", default_value = "seeds")]
    data: Vec<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", env = "DOSSIER_LISTEN", default_value = "127.0.0.1:50051")]
    listen: String,
    /// Where operators find /metrics, /livez and /readyz over plain HTTP: nothing of the facts, and nowhere unless given
    #[arg(long, value_name = "HOST:PORT", env = "DOSSIER_ADMIN_LISTEN")]
    admin_listen: Option<String>,
    /// Who may call without saying who they are, wherever they are: needed on any address that is not loopback
    #[arg(long, value_name = "RIGHT", env = "DOSSIER_ANONYMOUS", value_enum)]
    anonymous: Option<Anonymous>,
    /// Web pages that may call from a browser: origins such as https://maps.example, or * for any
    #[arg(long, value_name = "ORIGIN", env = "DOSSIER_ALLOW_ORIGIN", value_delimiter = ',')]
    allow_origin: Vec<HeaderValue>,
    /// The longest that a call may take, in seconds, whatever the caller allows
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_MAX_CALL_TIME", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3600))]
    max_call_time: u32,
    /// The longest that a stream of facts waits for its reader to take anything, in seconds; its resume_token goes on
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_MAX_STREAM_WAIT", default_value_t = 300)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86400))]
    max_stream_wait: u32,
    /// Calls in flight; more are sent away with RESOURCE_EXHAUSTED
    #[arg(long, value_name = "CALLS", env = "DOSSIER_MAX_CALLS", default_value = "1024")]
    max_calls: NonZeroUsize,
    /// Watches of facts in flight; more are sent away with RESOURCE_EXHAUSTED
    #[arg(long, value_name = "WATCHES", env = "DOSSIER_MAX_WATCHES", default_value_t = 1000)]
    max_watches: usize,
    /// How long calls in flight may take to finish when stopping, in seconds
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_DRAIN_TIME", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=3600))]
    drain_time: u32,
    /// Load anew when the data changes; SIGHUP does so at any time
    #[arg(long, env = "DOSSIER_RELOAD_ON_CHANGE")]
    reload_on_change: bool,
    /// How long a revision that was replaced goes on answering its page tokens, in seconds
    #[arg(long, value_name = "SECONDS", env = "DOSSIER_GRACE_TIME", default_value_t = 600)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86400))]
    grace_time: u32,
    /// How many replaced revisions do so at most: each takes memory, or the disk space of its file
    #[arg(long, value_name = "REVISIONS", env = "DOSSIER_OLDER_REVISIONS", default_value = "4")]
    older_revisions: NonZeroUsize,
    /// Threads that serve; as many as cores if not given
    #[arg(long, value_name = "THREADS", env = "DOSSIER_WORKERS")]
    workers: Option<NonZeroUsize>,
    /// A file with a secret, the same on all replicas, that page tokens are keyed with
    #[arg(long, value_name = "FILE", env = "DOSSIER_PAGE_TOKEN_KEY")]
    page_token_key: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Anonymous {
    /// Anyone may read
    Read,
}

/// Why the server did not start, and the exit code for it.
struct Failed(u8, String);

/// Runs it.
pub(super) fn run(args: Args) -> ExitCode {
    if let Err(reason) = log::start() {
        return fail(USAGE, reason);
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(1, format_args!("cannot start: {error}")),
    };
    let served = runtime.block_on(serve(args));
    // A load under way is not waited for.
    runtime.shutdown_background();
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(code, reason)) => fail(code, reason),
    }
}

async fn serve(args: Args) -> Result<(), Failed> {
    // Signals count from here on: one that comes while facts are loaded stops the server as soon as it could start.
    let stop = signals().map_err(|error| Failed(1, format!("cannot listen to signals: {error}")))?;
    let addresses = resolve(&args.listen).await?;
    // Before anything is loaded or bound: who starts it by mistake learns it at once.
    if let Some(open) = addresses.iter().find(|address| !is_loopback(address.ip())) {
        allowed(*open, args.anonymous)?;
    }
    let page_token_key = page_token_key(args.page_token_key.as_deref())?;
    // From here on as well: a hangup while facts are loaded loads them anew.
    let hangups =
        signal(SignalKind::hangup()).map_err(|error| Failed(1, format!("cannot listen to signals: {error}")))?;
    let watched =
        args.reload_on_change.then(|| Changes::of(&args.data)).transpose().map_err(|reason| Failed(1, reason))?;
    let view = data::view(&args.data, "served").map_err(|refused| Failed(1, refused.reason))?;
    let keep = Keep { most: args.older_revisions.get(), time: Duration::from_secs(args.grace_time.into()) };
    let store = Arc::new(ImageStore::keeping(view, keep));
    let (listener, address) = bound(&args.listen, &addresses, "--listen")?;
    let admin = match &args.admin_listen {
        Some(listen) => Some(bound(listen, &resolve(listen).await?, "--admin-listen")?),
        None => None,
    };

    let mut config = config(&args);
    config.limits.page_token_key = page_token_key;
    let dataset = store.current().summary().dataset.clone();
    if let Some((_, address)) = &admin {
        tracing::info!(%address, "metrics are at /metrics");
    }
    config.admin = admin.map(|(listener, _)| listener);
    config.announce = Some(Box::new(move || announce(address, &dataset)));
    let reloads = Reloads { data: args.data, store: Arc::clone(&store) };
    drop(tokio::spawn(reloads.run(hangups, watched)));
    server::serve(vec![listener], store, config, stop).await.map_err(|error| Failed(1, error.to_string()))
}

/// The addresses of `HOST:PORT`.
async fn resolve(listen: &str) -> Result<Vec<SocketAddr>, Failed> {
    let well_formed = listen.rsplit_once(':').is_some_and(|(host, port)| {
        let bracketed = host.starts_with('[') && host.ends_with(']');
        !host.is_empty() && (bracketed || !host.contains(':')) && port.parse::<u16>().is_ok()
    });
    if !well_formed {
        let cure = "write HOST:PORT, such as 127.0.0.1:50051, [::1]:50051 or localhost:0";
        return Err(Failed(USAGE, format!("{listen:?} is no address to listen on; {cure}")));
    }
    let found =
        lookup_host(listen).await.map_err(|error| Failed(1, format!("cannot find the host of {listen}: {error}")))?;
    let addresses: Vec<_> = found.collect();
    if addresses.is_empty() { Err(Failed(1, format!("the host of {listen} has no address"))) } else { Ok(addresses) }
}

/// Whether only this machine can reach an address.
fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Whether the server may listen where others reach it.
fn allowed(address: SocketAddr, anonymous: Option<Anonymous>) -> Result<(), Failed> {
    match anonymous {
        Some(Anonymous::Read) => Ok(()),
        None => Err(Failed(
            USAGE,
            format!(
                "{address} can be reached from other machines, and anyone could read; if that is meant, set \
                 DOSSIER_ANONYMOUS=read, else listen on 127.0.0.1"
            ),
        )),
    }
}

/// The secret of page tokens: a digest of a file's bytes, zeros without one.
fn page_token_key(file: Option<&Path>) -> Result<[u8; 32], Failed> {
    /// Fewer bytes than this can be guessed.
    const LEAST: usize = 16;
    let Some(file) = file else { return Ok([0; 32]) };
    let told = |what: String| Failed(1, format!("{}: {what}", file.display()));
    let secret = fs::read(file).map_err(|error| told(format!("the page token key cannot be read: {error}")))?;
    if secret.len() < LEAST {
        return Err(told(format!("a page token key has at least {LEAST} bytes; write random ones")));
    }
    Ok(*blake3::hash(&secret).as_bytes())
}

/// A listener where an argument says, and its address.
fn bound(
    listen: &str,
    addresses: &[SocketAddr],
    argument: &str,
) -> Result<(std::net::TcpListener, SocketAddr), Failed> {
    let listener = bind(addresses).and_then(|listener| Ok((listener.local_addr()?, listener.into_std()?)));
    let (address, listener) = listener.map_err(|error| {
        let cure = match error.kind() {
            io::ErrorKind::AddrInUse => format!("; stop what listens there, or choose another port with {argument}"),
            _ => String::new(),
        };
        Failed(1, format!("cannot listen on {listen}: {error}{cure}"))
    })?;
    Ok((listener, address))
}

/// The first of the addresses that can be bound.
fn bind(addresses: &[SocketAddr]) -> io::Result<TcpListener> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let bound = socket.and_then(|socket| {
            // A restart must not wait for connections of the run before.
            socket.set_reuseaddr(true)?;
            socket.bind(*address)?;
            socket.listen(BACKLOG)
        });
        match bound {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn config(args: &Args) -> Config {
    let default = Config::default();
    let origins = match args.allow_origin.as_slice() {
        [] if args.anonymous == Some(Anonymous::Read) => Origins::Any,
        [] => Origins::Loopback,
        listed if listed.iter().any(|origin| origin == "*") => Origins::Any,
        listed => Origins::Listed(listed.to_vec()),
    };
    Config {
        workers: args.workers.unwrap_or(default.workers),
        max_call_time: Duration::from_secs(args.max_call_time.into()),
        max_stream_wait: Duration::from_secs(args.max_stream_wait.into()),
        max_calls: args.max_calls.get(),
        max_watches: args.max_watches,
        drain: Duration::from_secs(args.drain_time.into()),
        origins,
        ..default
    }
}

/// Says where it listens and what it serves. Nobody may be reading: `dossier serve | head -1` is fine.
fn announce(address: SocketAddr, dataset: &pb::Dataset) {
    let lines = format!(
        "listening on {address}\n\
         revision {}\n\
         {}\n\
         grpcurl -plaintext -d '{{\"page_size\": 3}}' {} dossier.v1.FactService/ListEvents\n",
        dataset.revision,
        data::counts(dataset),
        reachable(address),
    );
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!(%error, "nobody reads standard output");
    }
    tracing::info!(%address, revision = dataset.revision, events = dataset.event_count, "serving");
}

/// The address to call from this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Ends with the first SIGTERM or SIGINT. The second ends the process.
fn signals() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        either(&mut terminate, &mut interrupt).await;
        tracing::info!("told to stop; told again, stops at once");
        drop(tokio::spawn(async move {
            either(&mut terminate, &mut interrupt).await;
            #[expect(clippy::exit, clippy::disallowed_methods, reason = "whoever asks twice does not want to wait")]
            std::process::exit(1);
        }));
    })
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_private() {
        for (ip, loopback) in [
            ("127.0.0.1", true),
            ("127.8.9.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false),
            ("::", false),
            ("10.0.0.1", false),
            ("fe80::1", false),
            ("::ffff:10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(ip.parse().unwrap()), loopback, "{ip}");
        }
    }

    #[test]
    fn the_address_to_call_is_one_that_answers() {
        for (listen, call) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:2", "[::1]:2"),
            ("127.0.0.1:3", "127.0.0.1:3"),
            ("[::1]:4", "[::1]:4"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), call);
        }
    }
}
