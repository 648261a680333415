//! `dossier fmt`.

use std::process::ExitCode;

/// Arguments of `dossier fmt`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs it.
pub(super) fn run(_args: Args) -> ExitCode {
    super::fail(1, "fmt: not built yet")
}
