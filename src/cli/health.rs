//! `dossier health`: asks a server over `grpc.health.v1` whether it is ready, for the probes of containers.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use tonic::{
    Code, Status,
    transport::{Certificate, ClientTlsConfig, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::{USAGE, fail};

const EXAMPLES: &str = "\
Examples:
  dossier health
  dossier health 127.0.0.1:50051 --timeout 1
  dossier health 127.0.0.1:50051 --service dossier.v1.FactService
  dossier health dossier.example:50051 --ca authority.crt

Exit codes: 0 if the server is SERVING, 1 if it is not or does not answer.";

/// Arguments of `dossier health`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Address of the server
    #[arg(value_name = "ADDR", default_value = "127.0.0.1:50051")]
    address: String,
    /// The service to ask about; the server as a whole if empty
    #[arg(long, value_name = "NAME", default_value = "")]
    service: String,
    /// How long to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=300))]
    timeout: u32,
    /// Ask by TLS, of a server whose certificate one of these has signed, in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Runs it.
pub(super) fn run(args: Args) -> ExitCode {
    let Args { address, service, timeout, ca } = args;
    let scheme = if ca.is_some() { "https" } else { "http" };
    let url = if address.contains("://") { address.clone() } else { format!("{scheme}://{address}") };
    let endpoint = match Endpoint::from_shared(url) {
        Ok(endpoint) if endpoint.uri().port().is_some() => endpoint,
        _ => {
            let cure = "write HOST:PORT, such as 127.0.0.1:50051";
            return fail(USAGE, format_args!("{address:?} is no address of a server; {cure}"));
        }
    };
    let endpoint = match ca.as_deref().map_or(Ok(endpoint.clone()), |ca| encrypted(endpoint, ca)) {
        Ok(endpoint) => endpoint,
        Err(reason) => return fail(1, reason),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(1, format_args!("cannot start: {error}")),
    };
    let time = Duration::from_secs(timeout.into());
    let asked = runtime.block_on(async { tokio::time::timeout(time, ask(endpoint, service.clone())).await });
    match asked {
        Ok(Ok(status)) => {
            // Nobody may be reading.
            writeln!(std::io::stdout(), "{}", status.as_str_name()).ok();
            if status == ServingStatus::Serving { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(Err(Failed::Unreachable(reason))) => {
            fail(1, format_args!("cannot reach {address}: {reason}; start a server there, or name the address of one"))
        }
        Ok(Err(Failed::Refused(status))) if status.code() == Code::NotFound => {
            let cure = "leave --service out to ask about the server as a whole, or name a service such as";
            fail(1, format_args!("{address} has no service {service:?}; {cure} dossier.v1.FactService"))
        }
        Ok(Err(Failed::Refused(status))) => {
            fail(1, format_args!("{address} does not say whether it is ready: {}", status.message()))
        }
        Err(_) => fail(1, format_args!("{address} did not answer within {timeout} s; allow more by --timeout")),
    }
}

/// By TLS, trusting those alone.
fn encrypted(endpoint: Endpoint, ca: &Path) -> Result<Endpoint, String> {
    let told = |what: &dyn std::fmt::Display| format!("{}: {what}", ca.display());
    let pem = fs::read(ca).map_err(|error| told(&error))?;
    let trusted = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
    endpoint.tls_config(trusted).map_err(|error| told(&innermost(&error)))
}

/// Why there is no answer.
enum Failed {
    Unreachable(String),
    Refused(Status),
}

async fn ask(endpoint: Endpoint, service: String) -> Result<ServingStatus, Failed> {
    let channel = endpoint.connect().await.map_err(|error| Failed::Unreachable(innermost(&error)))?;
    let answer = HealthClient::new(channel).check(HealthCheckRequest { service }).await;
    answer.map(|answer| answer.get_ref().status()).map_err(Failed::Refused)
}

/// What went wrong first: "connection refused" says more than "transport error".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
