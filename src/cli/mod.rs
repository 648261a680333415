//! The command line: one file a subcommand, each with its `Args` and a `run(Args) -> ExitCode`.
//!
//! Exit codes are 0, 1 (it did not work, or problems were found) and 64 (wrong usage, `EX_USAGE` of sysexits.h; clap says 2).
//! Results go to standard output, all else to standard error.

use std::process::ExitCode;

use clap::{
    CommandFactory as _, Parser, Subcommand,
    error::{ContextKind, ContextValue},
};

mod build;
mod check;
mod cut_short;
mod data;
mod export;
mod fmt;
mod health;
mod import;
mod inspect;
mod log;
mod reload;
mod schema;
mod serve;

/// `EX_USAGE` of sysexits.h: the command line was wrong.
pub(crate) const USAGE: u8 = 64;

/// What `--version` prints after the name, up to the features that a build can lack.
macro_rules! version {
    ($more:literal) => {
        concat!(
            env!("CARGO_PKG_VERSION"),
            "\ncommit ",
            env!("DOSSIER_COMMIT"),
            "\ncontract dossier.v1\nfeatures grpc-web reflection gzip zstd",
            $more
        )
    };
}

const VERSION: &str = if cfg!(feature = "parquet") { version!(" parquet") } else { version!("") };

const EXAMPLES: &str = "\
Examples:
  dossier serve                     serve the folder seeds on 127.0.0.1:50051
  dossier serve seeds my-facts      serve two data sets together
  dossier build -o facts.dossier    make a file of seeds that is served at once
  dossier check seeds               say what is wrong in fact files, or left out
  dossier import --help             make facts of data sets such as UCDP GED
  dossier export -o events.csv      write events for other tools
  dossier health 127.0.0.1:50051    say whether a server is ready

Exit codes: 0 done, 1 failed or problems found, 64 wrong usage.";

/// Sourced facts about a conflict, over gRPC.
#[derive(Debug, Parser)]
#[command(name = "dossier", version = VERSION, after_help = EXAMPLES, propagate_version = false, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load facts and answer questions about them over gRPC
    Serve(serve::Args),
    /// Make a snapshot of facts: a file that is served at once, however many they are
    Build(build::Args),
    /// Say what a snapshot holds, and whether it is whole
    Inspect(inspect::Args),
    /// Check fact files: say every problem with its place and cure
    Check(check::Args),
    /// Write fact files canonically
    Fmt(fmt::Args),
    /// Print the JSON Schema of fact files, for editors
    Schema(schema::Args),
    /// Make a .facts file of a data set of others
    Import(import::Args),
    /// Write events to a file for other tools: JSON lines, CSV, GeoJSON, Parquet
    Export(export::Args),
    /// Ask a server whether it is ready
    Health(health::Args),
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(mut error) => {
            if let Some(tip) = of_the_environment(&error) {
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
            }
            // A closed pipe is no reason to fail: `dossier --help | head -1`.
            error.print().ok();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Build(args) => build::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Check(args) => check::run(args),
        Command::Fmt(args) => fmt::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Import(args) => import::run(args),
        Command::Export(args) => export::run(&args),
        Command::Health(args) => health::run(args),
    }
}

/// Clap names the flag of a bad value; if the value came from the environment, the variable is what has to be mended.
fn of_the_environment(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = argument.split(' ').next()?;
    if std::env::args().any(|given| given.split('=').next() == Some(flag)) {
        return None;
    }
    let command = Cli::command();
    let mut arguments = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let argument = arguments.find(|known| known.get_long() == flag.strip_prefix("--"))?;
    let variable = argument.get_env().filter(|variable| std::env::var_os(variable).is_some())?.display();
    let accepted = argument.get_possible_values();
    let accepted: Vec<&str> = accepted.iter().map(clap::builder::PossibleValue::get_name).collect();
    let cure = if accepted.is_empty() { "mend it".to_owned() } else { format!("set it to {}", accepted.join(" or ")) };
    Some(format!("the value is that of the environment variable {variable}; {cure}, or unset it"))
}

/// Says in one line on standard error why nothing was done.
pub(crate) fn fail(code: u8, reason: impl std::fmt::Display) -> ExitCode {
    use std::io::Write as _;
    // Without anyone to read it, the exit code has to do.
    writeln!(std::io::stderr(), "dossier: {reason}").ok();
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
