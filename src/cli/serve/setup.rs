//! What the server is told, from what the command line was: who may call, by what, and how much.

use std::{fs, num::NonZeroU32, path::Path, sync::Arc, time::Duration};

use super::{
    Failed,
    args::{Anonymous, Args, Callers, Limits, Who},
};
use crate::{
    api,
    cli::USAGE,
    server::{
        Config, Origins,
        access::{Access, Policy, Roll, Scope, Scopes, Source, Tokens},
        rate::Rate,
        secrets::{Kept, Secret, Secrets},
        tls::{self, Tls},
        traces::Traces,
    },
};

/// Sets the server up, but for its sockets. `open` and `operators_open` tell whether others than this machine can reach it, and the
/// port of operators.
pub(super) fn config(args: &Args, open: bool, operators_open: bool) -> Result<Config, Failed> {
    let default = Config::default();
    let Args { callers, limits, .. } = args;
    let mut kept: Vec<Arc<dyn Kept>> = vec![];
    let failed = |reason| Failed(1, reason);
    let page_token_key = page_token_key(args.page_token_key.as_deref()).map_err(failed)?;
    let tls = encryption(callers).map_err(failed)?;
    kept.extend(tls.iter().map(|tls| Arc::clone(tls) as _));
    let access = access(callers, open, operators_open, &mut kept)?;
    if open && tls.is_none() && (callers.access.is_some() || callers.jwks.is_some()) {
        tracing::warn!(
            "keys and tokens come unencrypted: only a proxy that speaks TLS should be able to reach this server"
        );
    }
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let unless_zero = |time: u32| (time > 0).then(|| seconds(time));
    let Limits { max_calls, max_watches, max_connections, max_connections_per_address, .. } = *limits;
    Ok(Config {
        workers: args.workers.unwrap_or(default.workers),
        limits: api::Limits { page_token_key, ..default.limits },
        max_call_time: seconds(limits.max_call_time),
        max_stream_wait: seconds(limits.max_stream_wait),
        max_calls: max_calls.get(),
        max_queue_time: Duration::from_millis(limits.max_queue_time.into()),
        max_watches,
        rate: limits.rate.map(|tokens| Rate { tokens, burst: limits.burst.unwrap_or_else(|| ten_seconds_of(tokens)) }),
        max_connections: max_connections.get(),
        max_connections_per_address: max_connections_per_address.map(std::num::NonZero::get),
        max_connection_age: unless_zero(limits.max_connection_age),
        max_connection_age_grace: seconds(limits.max_connection_age_grace),
        max_connection_idle: unless_zero(limits.max_connection_idle),
        shutdown_delay: seconds(limits.shutdown_delay),
        drain: seconds(limits.drain_time),
        origins: origins(callers),
        access: Arc::new(access),
        admin_tls: callers.admin_tls,
        tls,
        secrets: Arc::new(Secrets::new(kept)),
        traces: args
            .otlp_endpoint
            .as_deref()
            .map(|to| Traces::to(to, args.otlp_one_in))
            .transpose()
            .map_err(failed)?
            .map(Arc::new),
        ..default
    })
}

fn ten_seconds_of(tokens: NonZeroU32) -> NonZeroU32 {
    tokens.saturating_mul(NonZeroU32::new(10).unwrap_or(NonZeroU32::MIN))
}

fn origins(callers: &Callers) -> Origins {
    match callers.allow_origin.as_slice() {
        [] if matches!(callers.anonymous, Some(Anonymous::Read | Anonymous::Export)) => Origins::Any,
        [] => Origins::Loopback,
        listed if listed.iter().any(|origin| origin == "*") => Origins::Any,
        listed => Origins::Listed(listed.to_vec()),
    }
}

fn encryption(callers: &Callers) -> Result<Option<Arc<Tls>>, String> {
    let (Some(certificate), Some(key)) = (callers.tls_cert.clone(), callers.tls_key.clone()) else { return Ok(None) };
    let (client_authorities, revoked) = (callers.tls_client_ca.clone(), callers.tls_client_crl.clone());
    Tls::of(tls::Files { certificate, key, client_authorities, revoked }).map(|tls| Some(Arc::new(tls)))
}

/// Who may do what. Nobody may by mistake: where others reach the server, it must be said who may call.
fn access(
    callers: &Callers,
    open: bool,
    operators_open: bool,
    kept: &mut Vec<Arc<dyn Kept>>,
) -> Result<Access, Failed> {
    let failed = |reason| Failed(1, reason);
    let known = callers.access.is_some() || callers.jwks.is_some() || callers.tls_client_ca.is_some();
    if open && !known && callers.anonymous.is_none() {
        let reason = "the server could be reached from other machines, and anyone could read; if that is meant, set \
                      DOSSIER_ANONYMOUS=read, else say who may call with --access, --jwks or --tls-client-ca, or listen on \
                      127.0.0.1";
        return Err(Failed(USAGE, reason.to_owned()));
    }
    let roll = callers.access.clone().map(|path| Secret::of(path, Roll::read)).transpose().map_err(failed)?;
    let roll = roll.map(Arc::new);
    kept.extend(roll.iter().map(|roll| Arc::clone(roll) as _));
    let tokens = match (&callers.jwks, &callers.jwt_audience) {
        (Some(source), Some(audience)) => {
            let source = Source::read(source).map_err(failed)?;
            let tokens = Tokens::new(source, audience.clone(), callers.jwt_issuer.clone());
            tokens.load().map_err(failed)?;
            Some(Arc::new(tokens))
        }
        _ => None,
    };
    kept.extend(tokens.iter().map(|tokens| Arc::clone(tokens) as _));
    let anonymous: Option<Scopes> = match callers.anonymous {
        Some(Anonymous::Read) => Some([Scope::Read].into_iter().collect()),
        Some(Anonymous::None) => None,
        None if known => None,
        Some(Anonymous::Export) | None => Some([Scope::Read, Scope::Export].into_iter().collect()),
    };
    let mut access = Access::new(anonymous, roll, tokens);
    access.anonymous_operators = !known && !operators_open;
    (access.health, access.reflection) = (policy(callers.health), policy(callers.reflection));
    Ok(access)
}

fn policy(who: Who) -> Policy {
    match who {
        Who::Open => Policy::Open,
        Who::Read => Policy::Read,
        Who::Off => Policy::Off,
    }
}

/// The secret of page tokens: a digest of a file's bytes, zeros without one.
fn page_token_key(file: Option<&Path>) -> Result<[u8; 32], String> {
    /// Fewer bytes than this can be guessed.
    const LEAST: usize = 16;
    let Some(file) = file else { return Ok([0; 32]) };
    let told = |what: String| format!("{}: {what}", file.display());
    let secret = fs::read(file).map_err(|error| told(format!("the page token key cannot be read: {error}")))?;
    if secret.len() < LEAST {
        return Err(told(format!("a page token key has at least {LEAST} bytes; write random ones")));
    }
    Ok(*blake3::hash(&secret).as_bytes())
}
