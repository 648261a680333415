//! `dossier schema`: prints the JSON Schema of fact files.

use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  dossier schema > fact-file.schema.json

A fact file that starts with this line is completed and checked by editors with a YAML language server:
  # yaml-language-server: $schema=fact-file.schema.json";

/// Arguments of `dossier schema`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

/// Runs it.
pub(super) fn run(_args: Args) -> ExitCode {
    anstream::println!("{:#}", crate::seed::schema());
    ExitCode::SUCCESS
}
