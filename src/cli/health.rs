//! `dossier health`: asks a server over `grpc.health.v1` whether it is ready, for the probes of containers.

use std::process::ExitCode;

/// Arguments of `dossier health`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of the server
    #[arg(value_name = "HOST:PORT", default_value = "127.0.0.1:50051")]
    address: String,
}

/// Runs it.
pub(super) fn run(args: Args) -> ExitCode {
    super::fail(1, format_args!("health {}: not built yet", args.address))
}
