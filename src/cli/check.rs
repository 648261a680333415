//! `dossier check`.

use std::process::ExitCode;

/// Arguments of `dossier check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs it.
pub(super) fn run(_args: Args) -> ExitCode {
    super::fail(1, "check: not built yet")
}
