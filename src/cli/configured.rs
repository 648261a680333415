//! What a file says, as arguments: beside those of the command line and below those of the environment. So a value from a file
//! is read and checked as one from a flag, and there is one list of what can be said.

use std::{ffi::OsString, fs, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use toml::{Table, Value};

/// What a file adds to the command line.
#[derive(Debug, Default)]
pub(super) struct Configured {
    /// The file, if there is one.
    pub(super) file: Option<PathBuf>,
    /// The arguments that it adds.
    pub(super) arguments: Vec<OsString>,
    /// The names of those.
    pub(super) names: Vec<String>,
}

/// What the file named on the command line, or in the environment, adds to what the two say; or everything wrong with it.
pub(super) fn configured(command: &Command, said: &ArgMatches) -> Result<Configured, String> {
    let Some(file) = said.get_one::<PathBuf>("config").cloned() else { return Ok(Configured::default()) };
    let told = |what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| told(&error))?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| told(&error.to_string().trim_end()))?;
    let mut problems = vec![];
    let mut configured = Configured { file: Some(file.clone()), ..Configured::default() };
    for (key, value) in &table {
        let argument = command.get_arguments().find(|argument| key != "config" && name(argument) == Some(key));
        let Some(argument) = argument else {
            problems.push(told(&unknown(command, key)));
            continue;
        };
        let is_switch = matches!(argument.get_action(), ArgAction::SetTrue);
        match written(value) {
            Ok(_) if is_switch && !value.is_bool() => {
                problems.push(told(&format!("{key} is {value}; write true or false, without quotes")));
            }
            Err(found) => problems
                .push(told(&format!("{key} is {found}; write a text, a number, true or false, or a list of texts"))),
            Ok(_) if is_said(said, argument) => {}
            Ok(values) => {
                configured.names.push(key.clone());
                configured.arguments.extend(arguments(argument, key, values));
            }
        }
    }
    // What has no flag comes last: it stands where it is among others.
    configured.arguments.sort_by_key(|argument| !argument.as_encoded_bytes().starts_with(b"--"));
    if problems.is_empty() { Ok(configured) } else { Err(problems.join("\n")) }
}

/// What a file calls an argument: as its flag is called, or as the value that has none.
pub(super) fn name(argument: &Arg) -> Option<&str> {
    let of_no_use = matches!(argument.get_action(), ArgAction::Help | ArgAction::HelpLong | ArgAction::Version);
    argument.get_long().or_else(|| Some(argument.get_id().as_str())).filter(|_| !of_no_use)
}

/// Whether the command line or the environment says it.
fn is_said(said: &ArgMatches, argument: &Arg) -> bool {
    let source = said.value_source(argument.get_id().as_str());
    matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

fn unknown(command: &Command, key: &str) -> String {
    let known = command.get_arguments().filter_map(name).filter(|name| *name != "config");
    let near = known.map(|name| (strsim::jaro_winkler(name, &key.replace('_', "-")), name));
    let near = near.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, near)) => format!("unknown key {key:?}; did you mean {near:?}?"),
        None => format!("unknown key {key:?}; `dossier serve --help` has all, without their dashes"),
    }
}

/// The texts of a value, or what it is that is none.
fn written(value: &Value) -> Result<Vec<String>, &'static str> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Integer(number) => Ok(vec![number.to_string()]),
        Value::Boolean(truth) => Ok(vec![truth.to_string()]),
        Value::Array(values) => {
            let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or("a list of other things than texts")
        }
        Value::Float(_) => Err("a fraction"),
        Value::Datetime(_) => Err("a time"),
        Value::Table(_) => Err("a table"),
    }
}

/// As the command line would say it.
fn arguments(argument: &Arg, key: &str, values: Vec<String>) -> Vec<OsString> {
    if argument.is_positional() {
        return values.into_iter().map(OsString::from).collect();
    }
    if matches!(argument.get_action(), ArgAction::SetTrue) {
        let is_true = values.first().is_some_and(|value| value == "true");
        return if is_true { vec![format!("--{key}").into()] } else { vec![] };
    }
    vec![format!("--{key}={}", values.join(",")).into()]
}
