//! `dossier schema`.

use std::process::ExitCode;

/// Arguments of `dossier schema`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs it.
pub(super) fn run(_args: Args) -> ExitCode {
    super::fail(1, "schema: not built yet")
}
