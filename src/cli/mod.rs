//! The command line: one file a subcommand, each with its `Args` and a `run(Args) -> ExitCode`.
//!
//! Exit codes are 0, 1 (it did not work, or problems were found) and 64 (wrong usage, `EX_USAGE` of sysexits.h; clap says 2).
//! Results go to standard output, all else to standard error.

use std::{ffi::OsString, io::Write as _, process::ExitCode};

use clap::{
    ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    error::{ContextKind, ContextValue},
};

mod build;
mod check;
mod config;
mod configured;
mod cut_short;
mod data;
mod export;
mod fmt;
mod health;
mod import;
mod inspect;
mod key;
mod log;
mod reload;
mod schema;
mod serve;

use configured::Configured;

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

const VERSION: &str = match (cfg!(feature = "otlp"), cfg!(feature = "parquet")) {
    (false, false) => version!(""),
    (false, true) => version!(" parquet"),
    (true, false) => version!(" otlp"),
    (true, true) => version!(" otlp parquet"),
};

const EXAMPLES: &str = "\
Examples:
  dossier serve                     serve the folder seeds on 127.0.0.1:50051
  dossier serve seeds my-facts      serve two data sets together
  dossier build -o facts.dossier    make a file of seeds that is served at once
  dossier check seeds               say what is wrong in fact files, or left out
  dossier import --help             make facts of data sets such as UCDP GED
  dossier export -o events.csv      write events for other tools
  dossier health 127.0.0.1:50051    say whether a server is ready
  dossier config check              say what serve would be told, and from where

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
    Serve(Box<serve::Args>),
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
    /// Say what the server would be told, and from where
    Config(config::Args),
    /// Make a key for a caller
    Key(key::Args),
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let (said, configured) = match said() {
        Ok(said) => said,
        Err(code) => return code,
    };
    let cli = match Cli::from_arg_matches(&said) {
        Ok(cli) => cli,
        Err(error) => return refused(error, &Configured::default()),
    };
    match cli.command {
        Command::Serve(args) => serve::run(*args),
        Command::Build(args) => build::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Check(args) => check::run(args),
        Command::Fmt(args) => fmt::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Import(args) => import::run(args),
        Command::Export(args) => export::run(&args),
        Command::Health(args) => health::run(args),
        Command::Config(args) => config::run(args, innermost(&said), &configured),
        Command::Key(args) => key::run(&args),
    }
}

/// What the command line, the environment and a file say.
fn said() -> Result<(ArgMatches, Configured), ExitCode> {
    let given: Vec<_> = std::env::args_os().collect();
    let parse = |arguments: &[OsString], configured: &Configured| {
        Cli::command().try_get_matches_from(arguments).map_err(|error| refused(error, configured))
    };
    let said = parse(&given, &Configured::default())?;
    // Only these two have a file.
    if !matches!(said.subcommand(), Some(("serve", _))) && !is_check(&said) {
        return Ok((said, Configured::default()));
    }
    let command = Cli::command();
    let serve = command.find_subcommand("serve").cloned().unwrap_or_default();
    let configured = configured::configured(&serve, innermost(&said)).map_err(|problems| fail(USAGE, problems))?;
    if configured.arguments.is_empty() {
        return Ok((said, configured));
    }
    // Behind the subcommand, before what may follow `--`.
    let behind = if is_check(&said) { 3 } else { 2 };
    let (before, after) = given.split_at(behind.min(given.len()));
    let all = [before, configured.arguments.as_slice(), after].concat();
    Ok((parse(&all, &configured)?, configured))
}

/// Whether it is `dossier config check`.
fn is_check(said: &ArgMatches) -> bool {
    said.subcommand().is_some_and(|(name, said)| name == "config" && said.subcommand_name() == Some("check"))
}

/// What is said to the subcommand of a subcommand, or to that.
fn innermost(said: &ArgMatches) -> &ArgMatches {
    said.subcommand().map_or(said, |(_, said)| innermost(said))
}

/// Says what is wrong with the command line; or what it asked for, such as help.
fn refused(mut error: clap::Error, configured: &Configured) -> ExitCode {
    if let Some(tip) = of_the_file(&error, configured).or_else(|| of_the_environment(&error)) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    // A closed pipe is no reason to fail: `dossier --help | head -1`.
    error.print().ok();
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

/// The same for a value of a file.
fn of_the_file(error: &clap::Error, configured: &Configured) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = argument.split(' ').next()?.trim_start_matches("--");
    let file = configured.file.as_ref().filter(|_| configured.names.iter().any(|other| other == name))?;
    Some(format!("the value is that of {name} in {}; mend it there", file.display()))
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
    say(&format!("dossier: {reason}\n"));
    ExitCode::from(code)
}

/// Writes to standard error. Without anyone to read it, the exit code has to do.
fn say(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).ok();
}

/// Writes a result to standard output.
fn answer(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads on: `dossier config check | head -1`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(1, format_args!("cannot write: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
