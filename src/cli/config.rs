//! `dossier config`: what the server would be told, and from where.

use std::{ffi::OsStr, fmt::Write as _, process::ExitCode};

use clap::{ArgMatches, CommandFactory as _, Subcommand, parser::ValueSource};

use super::{
    Cli, answer,
    configured::{Configured, name},
    fail, serve,
};

/// Arguments of `dossier config`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: What,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Print what `dossier serve` would be told with the same flags, environment and file, and check what it would read
    Check(Box<serve::Args>),
    /// Print what can be said as a table in Markdown
    #[command(hide = true)]
    Table,
}

/// Runs it, with how the arguments were found.
pub(super) fn run(args: Args, said: &ArgMatches, configured: &Configured) -> ExitCode {
    match args.command {
        What::Table => answer(&table()),
        What::Check(args) => {
            let printed = answer(&resolved(said, configured));
            match serve::check(&args) {
                Ok(()) => printed,
                Err((code, reason)) => fail(code, reason),
            }
        }
    }
}

/// All values, with where each comes from: a file of them would say the same.
fn resolved(said: &ArgMatches, configured: &Configured) -> String {
    let mut text = String::new();
    for argument in serve_command().get_arguments() {
        let Some(name) = name(argument).filter(|name| *name != "config") else { continue };
        let id = argument.get_id().as_str();
        let from = match said.value_source(id) {
            Some(ValueSource::CommandLine) if configured.names.iter().any(|other| other == name) => {
                let file = configured.file.as_deref().unwrap_or(std::path::Path::new("")).display();
                format!("file {file}")
            }
            Some(ValueSource::CommandLine) => "flag".to_owned(),
            Some(ValueSource::EnvVariable) => {
                format!("environment {}", argument.get_env().unwrap_or_default().display())
            }
            _ => "default".to_owned(),
        };
        let raw: Vec<_> = said.get_raw(id).into_iter().flatten().map(OsStr::to_string_lossy).collect();
        let is_switch = !argument.get_action().takes_values();
        let value = match raw.as_slice() {
            _ if is_switch => Some(said.get_flag(id).to_string()),
            [] => None,
            [one] if one.parse::<u64>().is_ok() => Some(one.to_string()),
            [one] if !argument.is_positional() => Some(quoted(one)),
            several => Some(format!("[{}]", several.iter().map(|one| quoted(one)).collect::<Vec<_>>().join(", "))),
        };
        let _ = match value {
            Some(value) => writeln!(text, "{:<60} # {from}", format!("{name} = {value}")),
            None => writeln!(text, "{:<60} # not set", format!("# {name}")),
        };
    }
    text
}

/// A text as TOML writes it. What stands in an address before its host may be a password.
fn quoted(value: &str) -> String {
    let hidden = match value.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?.1))) {
        Some((scheme, rest)) => format!("{scheme}://(hidden)@{rest}"),
        None => value.to_owned(),
    };
    toml::Value::String(hidden).to_string()
}

fn serve_command() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    command.find_subcommand("serve").cloned().unwrap_or_default()
}

/// All that can be said, for the documents.
fn table() -> String {
    let mut text =
        String::from("| key, and flag with `--` | environment | if not set | what it says |\n|---|---|---|---|\n");
    for argument in serve_command().get_arguments() {
        let Some(name) = name(argument).filter(|name| *name != "config") else { continue };
        let env = argument.get_env().map_or_else(String::new, |env| format!("`{}`", env.display()));
        let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = match default.as_slice() {
            _ if !argument.get_action().takes_values() => "`false`".to_owned(),
            [] => "-".to_owned(),
            some => format!("`{}`", some.join(" ")),
        };
        let values = argument.get_possible_values();
        let values: Vec<_> = values.iter().map(|value| format!("`{}`", value.get_name())).collect();
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
        let one_of = if values.is_empty() || !argument.get_action().takes_values() {
            String::new()
        } else {
            format!(": {}", values.join(", "))
        };
        let _ = writeln!(text, "| `{name}` | {env} | {default} | {help}{one_of} |");
    }
    text
}
