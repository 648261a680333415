//! `dossier build`: makes a snapshot of facts, a file that is served at once however many they are.

use std::{io::BufWriter, path::PathBuf, process::ExitCode};

use super::{data, fail, inspect};
use crate::{facts::Replacement, store::build};

const EXAMPLES: &str = "\
Examples:
  dossier build -o facts.dossier
  dossier build seeds my-facts -o facts.dossier
  dossier inspect facts.dossier
  dossier serve facts.dossier

Equal facts give equal bytes, in whatever order they are named. The file is written aside and renamed when it is whole: until
then an older one of that name stays as it is, and what serves the older one goes on.

Exit codes: 0 if the file was written, 1 if not, 64 wrong usage.";

/// Arguments of `dossier build`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folders with fact files and .facts files, merged
    #[arg(value_name = "DATA", default_value = "seeds")]
    data: Vec<PathBuf>,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Runs it.
pub(super) fn run(args: &Args) -> ExitCode {
    match write(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(1, reason),
    }
}

fn write(args: &Args) -> Result<(), String> {
    let Args { data, output } = args;
    let unwritable = |error: std::io::Error| format!("{} cannot be written: {error}", output.display());
    // First of all: whoever cannot write there learns it before the facts are read.
    let file = Replacement::new(output).map_err(unwritable)?;
    let derived = data::facts(data, "built")?;
    let written = build::to_file(&derived, BufWriter::with_capacity(1 << 20, file));
    let written = written.map_err(|error| format!("{} cannot be built: {error}", output.display()))?;
    written.into_inner().map_err(|error| unwritable(error.into_error()))?.commit().map_err(unwritable)?;
    inspect::tell(&data::open(output)?, output)
}
