//! `dossier serve`: loads facts, binds, says where it listens, and serves until a signal.

use std::{path::PathBuf, process::ExitCode};

/// Arguments of `dossier serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders with fact files, loaded together
    #[arg(value_name = "DATA", default_value = "seeds")]
    data: Vec<PathBuf>,
}

/// Runs it.
pub(super) fn run(args: Args) -> ExitCode {
    super::fail(1, format_args!("serve {:?}: not built yet", args.data))
}
