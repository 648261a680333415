//! `dossier serve`: loads facts, binds, says where it listens, and serves until a signal.

mod args;
mod listen;
mod setup;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    pin::pin,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

pub(super) use args::Args;
use listen::{bound, is_loopback, reachable, resolve};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    USAGE, data, fail, log,
    reload::{Changes, Reloads},
};
use crate::{
    pb, server,
    store::{
        Store as _, View as _,
        engine::{ImageStore, Keep},
    },
};

/// Why the server did not start, and the exit code for it.
struct Failed(u8, String);

/// Runs it.
pub(super) fn run(args: Args) -> ExitCode {
    let _log = match log::start() {
        Ok(log) => log,
        Err(reason) => return fail(USAGE, reason),
    };
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

/// Whether it would start: reads what it would, but for the facts, and binds nothing.
pub(super) fn check(args: &Args) -> Result<(), (u8, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| (1, format!("cannot start: {error}")))?;
    let checked = runtime.block_on(async {
        let (addresses, admin) = (resolve(&args.listen).await?, resolve_admin(args).await?);
        setup::config(args, is_open(&addresses), is_open(&admin)).map(drop)
    });
    checked.map_err(|Failed(code, reason)| (code, reason))
}

async fn serve(args: Args) -> Result<(), Failed> {
    descriptors();
    // Signals count from here on.
    let stop = signals().map_err(|error| Failed(1, format!("cannot listen to signals: {error}")))?;
    let mut stop = pin!(stop);
    let (addresses, admin) = (resolve(&args.listen).await?, resolve_admin(&args).await?);
    // Before anything is loaded or bound: who starts it by mistake learns it at once.
    let mut config = setup::config(&args, is_open(&addresses), is_open(&admin))?;
    // From here on as well: a hangup while facts are loaded loads them anew.
    let hangups =
        signal(SignalKind::hangup()).map_err(|error| Failed(1, format!("cannot listen to signals: {error}")))?;
    let watched =
        args.reload_on_change.then(|| Changes::of(&args.data)).transpose().map_err(|reason| Failed(1, reason))?;
    let loads = async {
        let view = data::view_aside(args.data.clone(), "served").await.map_err(|refused| Failed(1, refused.reason))?;
        config.access.fetch().await.map_err(|reason| Failed(1, format!("keys of tokens cannot be had: {reason}")))?;
        Ok(view)
    };
    let view = tokio::select! {
        loaded = loads => loaded?,
        // The load is not waited for: it has nothing to put away.
        () = stop.as_mut() => return Ok(()),
    };
    let keep = Keep { most: args.older_revisions.get(), time: Duration::from_secs(args.grace_time.into()) };
    let store = Arc::new(ImageStore::keeping(view, keep));
    let (listener, address) = bound(&args.listen, &addresses, "--listen")?;
    let admin = args.admin_listen.as_ref().map(|listen| bound(listen, &admin, "--admin-listen")).transpose()?;

    let dataset = store.current().summary().dataset.clone();
    if let Some((_, address)) = &admin {
        tracing::info!(%address, "metrics are at /metrics");
    }
    config.admin = admin.map(|(listener, _)| listener);
    config.announce = Some(Box::new(move || announce(address, &dataset)));
    let reloads = Reloads { data: args.data, store: Arc::clone(&store), secrets: Arc::clone(&config.secrets) };
    let (asks, asked) = tokio::sync::mpsc::channel(1);
    config.reload = Some(asks);
    drop(tokio::spawn(reloads.run(hangups, asked, watched)));
    server::serve(vec![listener], store, config, stop).await.map_err(|error| Failed(1, error.to_string()))
}

/// The addresses of the port of operators; none without it.
async fn resolve_admin(args: &Args) -> Result<Vec<SocketAddr>, Failed> {
    match &args.admin_listen {
        Some(listen) => resolve(listen).await,
        None => Ok(vec![]),
    }
}

/// Whether others than this machine can reach one of them.
fn is_open(addresses: &[SocketAddr]) -> bool {
    addresses.iter().any(|address| !is_loopback(address.ip()))
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

/// Takes as many descriptors as the system gives: each connection is one.
fn descriptors() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of descriptors");
    }
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
